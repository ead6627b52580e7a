import json
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import faces
import pytest
from fastapi import Body, FastAPI, Form
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.datastructures import FormData
from starlette.requests import Request

from hoiio_numbers import InvalidRequestError, Report, Violation, capabilities_for, check_mapping
from hoiio_numbers.forms.pydantic import Country, Modes, NotifyURL, Number, NumberConfig, problem_response

CHECKER = faces.checker()
NUMBER, CALLS, SMS = "+6561234567", "https://example.com/calls", "https://example.com/sms"
Errors = list[tuple[str, tuple[str | int, ...]]]


class FullConfig(NumberConfig):
    @classmethod
    def check_mapping(cls, data: Mapping[str, object]) -> Report:
        return CHECKER.check_mapping(data)


class Said(BaseModel):
    number: str
    warnings: list[tuple[str | None, str]]


app = FastAPI(exception_handlers={InvalidRequestError: problem_response})


def said(config: NumberConfig) -> Said:
    return Said(number=config.number, warnings=[(it.field, it.code) for it in config.warnings])


@app.post("/json")
def by_json(config: FullConfig) -> Said:
    return said(config)


@app.post("/form")
def by_form(config: Annotated[FullConfig, Form()]) -> Said:
    return said(config)


@app.post("/starlette")
async def by_starlette(request: Request) -> Said:
    try:
        return said(FullConfig.model_validate(await request.form()))
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


@app.post("/problem")
def by_problem(data: Annotated[dict[str, Any], Body()]) -> None:
    check_mapping(data).raise_for_errors()


client = TestClient(app)


def expected(violations: Iterable[Violation], *outer: str) -> Errors:
    return [(it.code, outer if it.field is None else (*outer, it.field)) for it in violations]


@pytest.mark.parametrize("way", ["json", "form"])
def test_fastapi_answers_what_check_config_says(way: str, record_property: Callable[[str, object], None]) -> None:
    for request in faces.standard():
        filled = {name: value for name, value in request.items() if value is not None}
        answer = client.post("/json", json=request) if way == "json" else client.post("/form", data=filled)
        report = CHECKER.check_config(**request)  # type: ignore[arg-type]  # its own data
        assert answer.status_code == (200 if report.ok else 422)
        if report.ok:
            assert answer.json()["number"] == report.number
            assert answer.json()["warnings"] == [[it.field, it.code] for it in report.warnings]
        else:
            details = answer.json()["detail"]
            assert [(it["type"], tuple(it["loc"])) for it in details] == expected(report.errors, "body")
            for detail, violation in zip(details, report.errors, strict=True):
                assert detail["ctx"] == {**violation.params, "message": violation.message, "hint": violation.hint}
                assert detail["msg"] == f"{violation.message} {violation.hint}"
    record_property("count", f"FastAPI, {way}: {len(faces.standard())} requests, 0 disagreements with check_config()")


def test_both_ticked_modes_of_form_data_are_seen() -> None:
    data = FormData([("number", NUMBER), ("forward_to", CALLS), ("mode", "voice"), ("mode", "fax")])
    assert errors_of(NumberConfig, data) == [("service.conflict", ("mode",))]
    for way in ("/form", "/starlette"):
        sent = {"number": NUMBER, "forward_to": CALLS, "mode": ["voice", "fax"]}
        assert [it["type"] for it in client.post(way, data=sent).json()["detail"]] == ["service.conflict"]


def errors_of(model: type[BaseModel], data: object) -> Errors:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data)
    return [(it["type"], it["loc"]) for it in caught.value.errors()]


def test_a_config_holds_what_to_send() -> None:
    config = NumberConfig(number=" 6123-4567 ", country="sg ", mode="Fax", forward_to=f" {CALLS}", state="")  # type: ignore[arg-type]
    assert config.model_dump() == {
        "number": NUMBER,
        "country": "sg",
        "state": None,
        "mode": ("fax",),
        "forward_to": CALLS,
        "forward_sms_to": None,
    }
    assert json.loads(config.model_dump_json())["mode"] == ["fax"]
    assert NumberConfig.model_validate_json(config.model_dump_json()) == config
    assert NumberConfig.model_validate(config) is config
    with pytest.raises(ValidationError, match="frozen"):
        config.mode = ()


def test_assignments_are_judged_where_a_model_allows_them() -> None:
    class Changing(NumberConfig):
        model_config = ConfigDict(frozen=False, validate_assignment=True)

    config = Changing(number=NUMBER, forward_to=CALLS)
    config.forward_to = "http://localhost/"
    assert [it.code for it in config.warnings] == ["url.unreachable"]
    for name, value in {"forward_sms_to": SMS, "number": "+651", "mode": ["voice", "fax"]}.items():
        with pytest.raises(ValidationError):
            setattr(config, name, value)
    assert config == Changing(number=NUMBER, forward_to="http://localhost/"), "what was refused has changed nothing"
    assert [it.code for it in config.warnings] == ["url.unreachable"]


def test_warnings_refuse_nothing_and_travel_with_the_config() -> None:
    config = NumberConfig(number="+16001234567", forward_to="http://localhost/")
    assert [it.code for it in config.warnings] == ["number.unassigned", "url.unreachable"]
    assert config.model_copy(deep=True).warnings == pickle.loads(pickle.dumps(config)).warnings == config.warnings  # noqa: S301
    assert NumberConfig.model_construct().warnings == ()


def test_a_rule_without_a_hint_is_told_without_one() -> None:
    class Strict(NumberConfig):
        @classmethod
        def check_mapping(cls, data: Mapping[str, object]) -> Report:
            return faces.HINTLESS.check_mapping(data)

    with pytest.raises(ValidationError) as caught:
        Strict(forward_to=CALLS)
    assert [it["msg"] for it in caught.value.errors()] == ["Where to?"]
    assert caught.value.errors()[0]["ctx"] == {"hint": "", "message": "Where to?"}


def test_every_violation_is_an_error_of_its_own_with_its_place_in_the_model_around_it() -> None:
    class Order(BaseModel):
        lines: list[NumberConfig]
        name: str

    data = {"lines": [{"number": NUMBER, "forward_to": CALLS}, {"number": "+651", "forward_to": "x", "mode": "telex"}]}
    assert errors_of(Order, data) == [
        ("number.impossible", ("lines", 1, "number")),
        ("mode.unknown", ("lines", 1, "mode")),
        ("url.malformed", ("lines", 1, "forward_to")),
        ("missing", ("name",)),
    ]


class CamelConfig(NumberConfig):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)
    forward_sms_to: str | None = Field(None, validation_alias=AliasChoices("smsUrl", "forwardSmsTo"))


def test_aliases_are_the_models_own_names() -> None:
    config = CamelConfig.model_validate({"number": NUMBER, "forwardTo": CALLS})
    assert config.forward_to == CALLS
    assert errors_of(CamelConfig, {"number": NUMBER, "forwardTo": "x"}) == [("url.malformed", ("forwardTo",))]
    assert errors_of(CamelConfig, {"number": NUMBER, "forward_to": CALLS, "smsUrl": SMS}) == [
        ("service.unsupported", ("smsUrl",))
    ]
    assert errors_of(CamelConfig, {"number": NUMBER, "forwardSmsTo": SMS}) == [("service.unsupported", ("smsUrl",))]
    both = FormData([("number", NUMBER), ("forwardTo", CALLS), ("forwardTo", SMS)])
    assert errors_of(CamelConfig, both) == [("url.malformed", ("forwardTo",))]


def test_attributes_are_read_where_the_model_says_so() -> None:
    class Row:
        number = NUMBER
        forward_sms_to = SMS

    class FromRows(NumberConfig):
        model_config = ConfigDict(from_attributes=True)

    assert errors_of(FromRows, Row()) == [("service.unsupported", ("forward_sms_to",))]


def test_what_is_no_mapping_is_pydantics_to_refuse() -> None:
    assert errors_of(NumberConfig, [NUMBER]) == [("model_type", ())]


def test_a_misspelt_parameter_is_an_error_where_it_stands() -> None:
    answer = client.post("/json", json={"number": NUMBER, "foward_to": CALLS, "other": "x"})
    assert [(it["type"], it["loc"]) for it in answer.json()["detail"]] == [
        ("parameter.unknown", ["body", "foward_to"]),
        ("request.empty", ["body"]),
    ]


WRONG_TYPES: list[dict[str, object]] = [
    {"number": 6561234567, "forward_to": 5},
    {"number": [NUMBER], "country": {}, "forward_to": ["https://me:secret@example.com/", SMS], "mode": 7},
    {"number": True, "state": [], "mode": [1, None, "fax"], "forward_sms_to": {"url": "https://me:secret@example.com"}},
    {"number": "\ud800", "forward_to": "https://me:secret@example.com/\ud800", "foward_to\ud800": "x"},
    {
        "number": float("nan"),
        "forward_to": float("inf"),
        "mode": [float("-inf")],
    },
    {"number": "{message}{hint}", "forward_to": "{url}", "mode": "{unknown}"},
]


@pytest.mark.parametrize("data", WRONG_TYPES)
def test_values_of_wrong_types_are_refused_with_the_same_codes(data: dict[str, object]) -> None:
    answer = client.post("/json", content=json.dumps(data), headers={"Content-Type": "application/json"})
    report = CHECKER.check_mapping(data)
    details = answer.json()["detail"]
    assert [it["type"] for it in details] == [it.code for it in report.errors]
    assert [it["msg"] for it in details] == [f"{it.message} {it.hint}" for it in report.errors]
    assert "secret" not in answer.text


def test_no_password_is_shown() -> None:
    with pytest.raises(ValidationError) as caught:
        NumberConfig(number="+651", forward_to="ftp://me:secret@example.com/")
    assert "secret" not in str(caught.value)
    assert "secret" not in caught.value.json()
    config = NumberConfig(number=NUMBER, forward_to="https://me:secret@example.com/")
    assert config.forward_to == "https://me:secret@example.com/"
    assert "forward_to='https://***@example.com/'" in repr(config)
    assert "secret" not in f"{config!r}{config}"


class Contact(BaseModel):
    number: Number
    country: Country = None
    modes: Modes = ()
    url: NotifyURL = None


def test_single_data_are_judged_by_their_own_rules() -> None:
    contact = Contact(number="+65 6123-4567", country=" sg", modes="fax", url=f"{CALLS} ")  # type: ignore[arg-type]
    assert contact.model_dump() == {"number": NUMBER, "country": "sg", "modes": ("fax",), "url": CALLS}
    assert Contact(number="+16001234567", url="http://localhost/", modes=("voice",)).modes == ("voice",)
    assert Contact(number=NUMBER, country="", url=" ").model_dump(exclude={"number"}) == {
        "country": None,
        "modes": (),
        "url": None,
    }
    long = f"example.com/{'x' * 4000}"
    assert errors_of(Contact, {"number": "", "country": "XX", "modes": ["voice", "fax", "telex"], "url": long}) == [
        ("number.missing", ("number",)),
        ("country.unknown", ("country",)),
        ("mode.unknown", ("modes",)),
        ("service.conflict", ("modes",)),
        ("url.malformed", ("url",)),
        ("url.too_long", ("url",)),
    ]


def test_a_problem_document_answers_where_a_report_is_raised() -> None:
    answer = client.post("/problem", json={"number": NUMBER, "forward_sms_to": SMS})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == check_mapping({"number": NUMBER, "forward_sms_to": SMS}).to_problem()
    assert client.post("/problem", json={"number": NUMBER, "forward_to": CALLS}).status_code == 200


def test_a_narrowed_model_offers_what_can_work_and_judges_the_same() -> None:
    schema = NumberConfig.model_json_schema()
    assert schema["required"] == ["number"]
    assert schema["properties"]["mode"]["items"]["enum"] == ["voice", "fax"]
    in_singapore = NumberConfig.narrowed(capabilities_for("SG"))
    narrowed = in_singapore.model_json_schema()
    assert (narrowed["title"], narrowed["required"]) == ("NumberConfigSG", ["number"])
    assert narrowed["properties"]["mode"]["items"]["enum"] == ["fax", "voice"]
    assert "voice and fax exclude each other" in narrowed["properties"]["mode"]["description"]
    assert "forward_sms_to" not in narrowed["properties"]
    assert errors_of(in_singapore, {"number": NUMBER, "forward_sms_to": SMS}) == [
        ("service.unsupported", ("forward_sms_to",))
    ]
    assert NumberConfig.narrowed(None) is NumberConfig
    aliased = CamelConfig.narrowed(CHECKER.capabilities_for("US", state="AK")).model_json_schema()
    assert aliased["title"] == "CamelConfigUSAK"
    assert aliased["properties"]["mode"]["items"]["enum"] == ["voice"]
    assert "forwardTo" in aliased["properties"]
