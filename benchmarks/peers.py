"""The same rules by other means: each peer answers what it finds wrong with a request."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import cel
import fastjsonschema
import phonenumbers
import rule_engine  # type: ignore[import-untyped] # it ships no types, and nobody else does
import zen
from jsonschema import Draft202012Validator
from phonenumbers import NumberParseException
from pydantic import (
    AfterValidator,
    BaseModel,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_extra_types.phone_numbers import PhoneNumberValidator

from benchmarks import facts, straight
from benchmarks.facts import FORBIDDEN, Fact
from benchmarks.inputs import Request
from benchmarks.straight import UNSUPPORTED, Broken


class Answers(StrEnum):
    """How much a peer tells, and so what is compared of its answers."""

    ALL = "everything wrong"
    FIRST_ERROR = "first error"
    YES_OR_NO = "yes or no"


class Peer(NamedTuple):
    """Something that answers: a set of `Broken`, a `Broken` or None, or whether the request is accepted."""

    check: Callable[[Request], object]
    answers: Answers


# -- phonenumbers alone: no rules, the base line -----------------------------------------------------------------------


def three_calls(request: Request) -> object:
    """What anybody pays for looking at the number alone."""
    try:
        number = phonenumbers.parse(request.number)
    except NumberParseException:
        return None
    return phonenumbers.is_valid_number(number), phonenumbers.region_code_for_number(number)


def parse_alone(request: Request) -> object:
    """The first of the three calls."""
    try:
        return phonenumbers.parse(request.number)
    except NumberParseException:
        return None


# -- pydantic ----------------------------------------------------------------------------------------------------------


class Seen:
    """What validators tell each other, and the warnings, which pydantic has no place for."""

    def __init__(self) -> None:
        self.country = ""
        self.warnings: set[Broken] = set()


def _error(loc: str | None, code: str, value: object) -> InitErrorDetails:
    error = PydanticCustomError(code, "This request cannot work.")
    return InitErrorDetails(type=error, loc=() if loc is None else (loc,), input=value)


class Asked(BaseModel):
    """The parameters about URLs and modes, and the rules that look at several parameters."""

    forward_to: str | None = None
    forward_sms_to: str | None = None
    mode: str | None = None

    @field_validator("forward_to", "forward_sms_to")
    @classmethod
    def url_can_be_called(cls, value: str | None, info: ValidationInfo[Seen]) -> str | None:
        """One error at most, which is all that a field's validator can raise; warnings besides."""
        url = straight.read_url(value)
        if url is straight.FINE or not url.given:
            return value
        if url.malformed:
            raise PydanticCustomError("url.malformed", "This is no URL that can be called.")
        if url.too_long:
            raise PydanticCustomError("url.too_long", "This URL is too long.")
        info.context.warnings |= straight.about_url(str(info.field_name), url)
        return value

    @field_validator("mode")
    @classmethod
    def mode_is_known(cls, value: str | None) -> str | None:
        """Only voice and fax."""
        if not straight.read_modes(value) <= {"voice", "fax"}:
            raise PydanticCustomError("mode.unknown", "This is no mode.")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def services_are_supported(
        cls, data: dict[str, Any], handler: ModelWrapValidatorHandler["Asked"], info: ValidationInfo[Any]
    ) -> "Asked":
        """The errors of the fields, and those of fields together: a `wrap` validator runs even where fields fail."""
        errors: list[InitErrorDetails] = []
        model = None
        try:
            model = handler(data)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            errors = [_error(str(one["loc"][0]), one["type"], one["input"]) for one in found]
        seen: Seen = info.context
        calls, messages = (bool(data[name] and data[name].strip()) for name in ("forward_to", "forward_sms_to"))
        if seen.country == UNSUPPORTED:
            errors.append(_error("country", "country.unsupported", None))
        for field, code in straight.about_services(seen.country, straight.read_modes(data["mode"]), calls, messages):
            if code == "mode.unused":
                seen.warnings.add((field, code))
            elif code != "mode.unknown":
                errors.append(_error(field, code, None))
        if errors or model is None:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return model


class Configure(Asked):
    """The whole request, its number read by the straight-line code."""

    number: str

    @field_validator("number")
    @classmethod
    def number_is_usable(cls, value: str, info: ValidationInfo[Seen]) -> str:
        """Anything but missing, malformed or impossible."""
        state, info.context.country = straight.read_number(value)
        if state == "unassigned":
            info.context.warnings.add(("number", "number.unassigned"))
        elif state != "valid":
            raise PydanticCustomError(f"number.{state}", "This is no number that can be configured.")
        return value


def _with_country(value: str, info: ValidationInfo[Seen]) -> str:
    """PhoneNumber hands on text, from which the region has to be found once more."""
    info.context.country = straight.read_number(value)[1]
    return value


class ConfigurePhoneNumber(Asked):
    """The whole request, its number a `PhoneNumber`, which has one error for all that can be wrong with it."""

    number: Annotated[str, PhoneNumberValidator(number_format="E164"), AfterValidator(_with_country)]

    @field_validator("number", mode="before")
    @classmethod
    def number_is_digits(cls, value: str) -> str:
        """Letters and what follows a number, phonenumbers alone would take."""
        if not value.lstrip("+").replace(" ", "").replace("-", "").isdecimal():
            raise PydanticCustomError("number.malformed", "This is no number.")
        return value


def pydantic_model(request: Request) -> set[Broken]:
    """A model with field and model validators, all errors collected."""
    seen = Seen()
    try:
        Configure.model_validate(request._asdict(), context=seen)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        return seen.warnings | {(str(one["loc"][0]) if one["loc"] else None, one["type"]) for one in errors}
    return seen.warnings


def pydantic_phone_number(request: Request) -> bool:
    """The same with pydantic-extra-types' PhoneNumber."""
    try:
        ConfigurePhoneNumber.model_validate(request._asdict(), context=Seen())
    except ValidationError as error:
        error.errors(include_url=False, include_context=False, include_input=False)
        return False
    return True


# -- JSON Schema over the facts ----------------------------------------------------------------------------------------


def _as_schema(forbidden: facts.Forbidden) -> dict[str, object]:
    properties = {name: {"enum": values} for name, values in forbidden.facts.items()}
    return {"title": str(forbidden.broken), "not": {"properties": properties, "required": list(properties)}}


def _schema(dialect: str, rules: list[facts.Forbidden]) -> dict[str, object]:
    return {"$schema": dialect, "type": "object", "allOf": [_as_schema(one) for one in rules]}


def _jsonschema() -> Callable[[Request], set[Broken]]:
    validator = Draft202012Validator(_schema("https://json-schema.org/draft/2020-12/schema", list(FORBIDDEN)))

    def check(request: Request) -> set[Broken]:
        return {FORBIDDEN[int(error.schema_path[1])].broken for error in validator.iter_errors(facts.read(request))}

    return check


def _fastjsonschema() -> Callable[[Request], Broken | None]:
    """It knows draft 7, not 2020-12, stops at what it finds first, and has no warnings."""
    errors = [one for one in FORBIDDEN if one.is_error]
    validate = fastjsonschema.compile(_schema("http://json-schema.org/draft-07/schema#", errors))
    by_title = {str(one.broken): one.broken for one in errors}

    def check(request: Request) -> Broken | None:
        try:
            validate(facts.read(request))
        except fastjsonschema.JsonSchemaValueException as error:
            return by_title[error.definition["title"]]
        return None

    return check


# -- rule engines over the facts ---------------------------------------------------------------------------------------


def _literal(value: Fact) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def _condition(name: str, values: tuple[Fact, ...]) -> str:
    if values in {(True,), (False,)}:
        return f"{name} == {_literal(values[0])}"
    return f"{name} in [{', '.join(map(_literal, values))}]"


def _expression(both: str) -> str:
    """All rules as one expression, a list with the answer of each: a single call crosses into the engine."""
    conditions = (both.join(_condition(*fact) for fact in one.facts.items()) for one in FORBIDDEN)
    return f"[{', '.join(conditions)}]"


def _engine(evaluate: Callable[[dict[str, Fact]], Any]) -> Callable[[Request], set[Broken]]:
    def check(request: Request) -> set[Broken]:
        answers = evaluate(facts.read(request))
        return {one.broken for one, is_broken in zip(FORBIDDEN, answers, strict=True) if is_broken}

    return check


BASE = "phonenumbers: parse, is_valid_number, region_code_for_number"
PARSE_ALONE = "phonenumbers: parse"
BASE_LINES: dict[str, Callable[[Request], object]] = {BASE: three_calls, PARSE_ALONE: parse_alone}

PEERS = {
    "straight-line Python": Peer(straight.check, Answers.ALL),
    "pydantic": Peer(pydantic_model, Answers.ALL),
    "pydantic, PhoneNumber": Peer(pydantic_phone_number, Answers.YES_OR_NO),
    "fastjsonschema": Peer(_fastjsonschema(), Answers.FIRST_ERROR),
    "jsonschema": Peer(_jsonschema(), Answers.ALL),
    "zen-engine": Peer(_engine(zen.compile_expression(_expression(" and ")).evaluate), Answers.ALL),
    "common-expression-language": Peer(_engine(cel.compile(_expression(" && ")).execute), Answers.ALL),
    "rule-engine": Peer(_engine(rule_engine.Rule(_expression(" and ")).evaluate), Answers.ALL),
}
