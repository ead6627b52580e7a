"""pydantic models held against the rules: `NumberConfig` whole, and single data as `Annotated` types.

Every violation is an error of its own: its `type` is the code, its `loc` the field, and its `ctx` holds the params, the
`message` and the `hint`. FastAPI makes its usual answer 422 of them.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PrivateAttr,
    SkipValidation,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import InitErrorDetails, PydanticCustomError

from hoiio_numbers import urls
from hoiio_numbers.check import check_mapping
from hoiio_numbers.errors import InvalidRequestError
from hoiio_numbers.forms import offered, params
from hoiio_numbers.mappings import PARAMETERS, whole
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.report import Report
from hoiio_numbers.services import MODES
from hoiio_numbers.text import encodable, given, scalar
from hoiio_numbers.violations import Violation

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import JSONResponse


Mode = Literal["voice", "fax"]


class NumberConfig(BaseModel):
    """A configure request that can work; making one raises `ValidationError` with every error.

    `number` is in E.164 form, and what should be heard of and refuses nothing is in `warnings`. Aliases give the fields
    other names, as in any model.
    """

    model_config = ConfigDict(frozen=True, json_schema_extra={"required": ["number"]})

    # The types are what is made of the values, and what JSON Schema says. Whether a value has it is left to the rules.
    number: Annotated[str, SkipValidation] = ""
    country: Annotated[str | None, SkipValidation] = None
    state: Annotated[str | None, SkipValidation] = None
    mode: Annotated[tuple[Mode, ...], SkipValidation] = ()
    forward_to: Annotated[str | None, SkipValidation] = None
    forward_sms_to: Annotated[str | None, SkipValidation] = None

    _warnings: tuple[Violation, ...] = PrivateAttr(())

    @property
    def warnings(self) -> tuple[Violation, ...]:
        """What should be heard of and refuses nothing."""
        return self._warnings

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Keep the credentials of URLs out of logs."""
        for name, value in super().__repr_args__():
            yield name, urls.redacted(value) if isinstance(value, str) else value

    @classmethod
    def check_mapping(cls, data: Mapping[str, object]) -> Report:
        """Judge *data*, parameters by name: override it to decide by a `Checker`, a date or a listing of your own."""
        return check_mapping(data)

    @classmethod
    def narrowed(cls, capabilities: CountryCapabilities | None) -> type[Self]:
        """A model that judges the same and whose JSON Schema offers what `capabilities_for()` has answered."""
        if capabilities is None:
            return cls
        offer = offered(capabilities)

        def narrow(schema: dict[str, Any]) -> None:
            properties = schema["properties"]
            schema["required"] = [_name(cls, "number")]
            properties[_name(cls, "mode")]["items"] = {"type": "string", "enum": sorted(offer.modes)}
            for parameter, text in offer.help_texts.items():
                properties[_name(cls, parameter)]["description"] = text
            for parameter in offer.useless:
                del properties[_name(cls, parameter)]

        name = f"{cls.__name__}{capabilities.country}{capabilities.state or ''}"
        return create_model(name, __base__=cls, __module__=cls.__module__, __cls_kwargs__={"json_schema_extra": narrow})

    @model_validator(mode="wrap")
    @classmethod
    def _hold_against_the_rules(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        before = dict(vars(data)) if isinstance(data, cls) else {}
        known = {name for parameter in PARAMETERS for name in (parameter, *_aliases(cls, parameter))}
        sent = data if isinstance(data, Mapping) else {}
        config = handler({**sent, **{key: whole(sent, key) for key in sent if key in known}} if sent else data)
        values = {parameter: getattr(config, parameter) for parameter in PARAMETERS}
        report = cls.check_mapping({**dict.fromkeys(key for key in sent if key not in known), **values})
        if report.errors:
            vars(config).update(before)  # what is refused when it is assigned has been assigned by now
            errors = [_error(found, _loc(cls, found.field), values.get(found.field or "")) for found in report.errors]
            raise ValidationError.from_exception_data(cls.__name__, errors)
        # Past the model's own __setattr__, since it is frozen, and another object may not come back from __init__.
        vars(config).update({parameter: _read(report, parameter, value) for parameter, value in values.items()})
        config._warnings = report.warnings  # noqa: SLF001 - our own
        return config


def _aliases(model: type[BaseModel], parameter: str) -> list[str]:
    alias = model.model_fields[parameter].validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return [choice for choice in choices if isinstance(choice, str)]


def _name(model: type[BaseModel], parameter: str) -> str:
    """What the users of *model* call a parameter."""
    return next(iter(_aliases(model, parameter)), parameter)


def _loc(model: type[BaseModel], field: str | None) -> tuple[str, ...]:
    if field is None:
        return ()
    return (_name(model, field) if field in PARAMETERS else encodable(field),)


def _error(violation: Violation, loc: tuple[str, ...], value: object) -> InitErrorDetails:
    # pydantic fills a template from ctx in its order: with the message last, no brace in it is taken for a template's.
    template = "{message} {hint}" if violation.hint else "{message}"
    error = PydanticCustomError(violation.code, template, params(violation))
    return InitErrorDetails(type=error, loc=loc, input=_input(value))


def _input(value: object) -> object:
    """*value* as an error may show it: texts without secrets, objects by the name of their type."""
    if isinstance(value, list | tuple | set | frozenset):
        return [urls.redacted(encodable(scalar(item))) for item in value]
    # A float is a type like any other: infinity, which JSON has no way to write, would be no answer.
    return value if isinstance(value, int | None) else urls.redacted(encodable(scalar(value)))


def _read(report: Report, parameter: str, value: object) -> object:
    """What was made of the *value* of a parameter that the rules have nothing against."""
    if parameter == "number":
        return report.number
    if parameter == "mode":
        return tuple(str(mode) for mode in MODES if mode in report.facts.modes)
    return given(value)


def _alone(parameter: str, value: object) -> object:
    report = check_mapping({parameter: value})
    errors = [_error(found, (), value) for found in report.errors if found.field == parameter]
    if errors:
        raise ValidationError.from_exception_data(parameter, errors)
    return _read(report, parameter, value)


Number = Annotated[str, BeforeValidator(partial(_alone, "number"))]
"""A phone number, in E.164 form; one that is not given is an error."""

Country = Annotated[str | None, BeforeValidator(partial(_alone, "country"))]
"""A country whose numbers are sold, None where none is given."""

Modes = Annotated[tuple[Mode, ...], BeforeValidator(partial(_alone, "mode"))]
"""Modes that do not exclude each other."""

NotifyURL = Annotated[str | None, BeforeValidator(partial(_alone, "forward_to"))]
"""A URL that can be called, None where none is given."""


async def problem_response(_request: "Request", error: InvalidRequestError) -> "JSONResponse":
    """Answer with problem details (RFC 9457): `FastAPI(exception_handlers={InvalidRequestError: problem_response})`."""
    from starlette.responses import JSONResponse

    return JSONResponse(error.report.to_problem(), status_code=422, media_type="application/problem+json")
