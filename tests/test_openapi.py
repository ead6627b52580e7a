"""The sandbox held to its OpenAPI document: by ordinary traffic, and by Schemathesis, which tries what it says.

Nothing the sandbox answers may be otherwise than described, and what is described may not be otherwise than answered.
"""

import json
import runpy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import hypothesis
import pytest
import requests
import schemathesis
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import CheckContext
from schemathesis.specs.openapi.checks import negative_data_rejection, unsupported_method
from soak import SOAK
from test_sandbox import ANSWERED

from hoiio_numbers import ApiError, Hoiio, Registry, endpoints
from hoiio_numbers.cli import command
from hoiio_numbers.endpoints import Endpoint
from hoiio_numbers.sandbox import Sandbox, openapi
from hoiio_numbers.sandbox.protocol import CREDENTIALS
from hoiio_numbers.statuses import STATUSES, SUCCESS

pytest_plugins = ["schemathesis.pytest.plugin"]  # here alone: it is slow to start

ROOT = Path(__file__).parent.parent
EXAMPLES = 400 if SOAK else 20
SCENARIOS, STEPS = (150, 20) if SOAK else (20, 12)

Counted = Callable[[str, object], None]
Document = dict[str, Any]
Case = schemathesis.Case[Any]
DOCUMENT = openapi.document(Registry.default())
ENDPOINTS = [it for it in vars(endpoints).values() if isinstance(it, Endpoint)]
METHODS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


# -- the document ------------------------------------------------------------------------------------------------------


def test_it_is_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    for path, _ in METHODS:
        Draft202012Validator.check_schema(answers(path).schema)
        Draft202012Validator.check_schema(form(path).schema)


def test_the_sandbox_serves_it_and_the_command_prints_it(fresh: Sandbox, tmp_path: Path) -> None:
    assert requests.get(f"{fresh.base_url}openapi.json", timeout=30).json() == DOCUMENT
    assert json.loads(CliRunner().invoke(command, ["export", "openapi"]).stdout) == DOCUMENT
    (tmp_path / "common.toml").write_text('conflicts = []\ndurations = ["6"]', encoding="utf-8")
    other = json.loads(CliRunner().invoke(command, ["export", "openapi", "--overlay", str(tmp_path)]).stdout)
    assert other["components"]["schemas"]["duration"]["enum"] == ["6"]


def test_every_call_is_described_and_every_described_call_is_there(fresh: Sandbox) -> None:
    assert {path for path, _ in METHODS if path.startswith("/number/")} == {f"/{it.path}" for it in ENDPOINTS}
    answers = {(path, method): requests.request(method, _url(fresh, path), timeout=30) for path, method in METHODS}
    assert {response.status_code for response in answers.values()} == {200}
    assert {response.json()["status"] for response in answers.values()} == {"error_app_id_param_missing"}


def test_every_status_is_described() -> None:
    refused = {status for path, _ in METHODS if path.startswith("/number/") for status in refusals(path)}
    needed = {name for path, _ in METHODS for name in form_of(path)["required"] if path.startswith("/number/")}
    assert refused == {*STATUSES, *(f"error_{name}_param_missing" for name in {*needed, "state"})}
    for name, known in STATUSES.items():
        text = DOCUMENT["components"]["schemas"][name]["description"].lower()
        assert known.meaning.lower() in text
        assert known.hint.lower() in text
        assert ("later" in text) >= known.should_retry


@pytest.mark.parametrize("status", ANSWERED)
def test_a_refusal_is_one_of_its_call(status: str) -> None:
    verb, _ = ANSWERED[status]
    assert status in refusals(f"/number/{verb}")


# -- how it is read ----------------------------------------------------------------------------------------------------


def form_of(path: str) -> Document:
    schema: Document = DOCUMENT["paths"][path]["post"]["requestBody"]["content"][openapi.FORM]["schema"]
    return schema


def form(path: str) -> Draft202012Validator:
    """What judges the parameters of a call."""
    return _validator(form_of(path))


def answers(path: str) -> Draft202012Validator:
    """What judges the answers to a call."""
    return _validator(DOCUMENT["paths"][path]["post"]["responses"]["200"]["content"][openapi.JSON]["schema"])


def refusals(path: str) -> set[str]:
    names = {name for name in DOCUMENT["components"]["schemas"] if name.startswith("error_")}
    return {name for name in names if answers(path).is_valid({"status": name})}


def _validator(schema: Document) -> Draft202012Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _url(sandbox: Sandbox, path: str) -> str:
    return sandbox.base_url.removesuffix("/") + path


def path_of(request: requests.PreparedRequest) -> str:
    return urlsplit(str(request.url)).path.removeprefix("/open")


def sent(request: requests.PreparedRequest) -> dict[str, object]:
    """The parameters of a request, of the types that the document gives them; an empty one is none."""
    body = request.body or ""
    text = body.decode("ascii") if isinstance(body, bytes) else str(body)
    pairs = [*parse_qsl(urlsplit(str(request.url)).query), *parse_qsl(text)]
    return {name: _typed(name, value.strip()) for name, value in pairs if value.strip()}


def _typed(name: str, value: str) -> object:
    kind = DOCUMENT["components"]["schemas"].get(name, {}).get("type")
    try:
        return {"integer": int, "number": float}.get(kind, str)(value)
    except ValueError:
        return value


def is_described(request: requests.PreparedRequest) -> bool:
    """Whether a request has what its call needs, and nothing but what it may be; case does not count."""
    lowered = {name: value.lower() if isinstance(value, str) else value for name, value in sent(request).items()}
    return form(path_of(request)).is_valid(lowered)


# -- ordinary traffic --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traffic() -> list[requests.Response]:
    """What goes between a client and a sandbox on the walk of the vendor's guide, and where it is left."""
    exchanged: list[requests.Response] = []
    with Sandbox() as sandbox, requests.Session() as session:
        session.hooks["response"] = [lambda response, **_: exchanged.append(response)]
        with Hoiio(**sandbox.settings, session=session) as hoiio:
            demo = runpy.run_path(str(ROOT / "examples" / "demo.py"))
            for part in ("look_around", "buy", "configure", "show"):
                demo[part](hoiio.number)
            demo["hear"](hoiio.number, sandbox)
            hoiio.call("sandbox/event", {"kind": "sms", "to": "+16001234567", "from": "+6591234567", "msg": "Hello"})
            hoiio.call("sandbox/deliveries", {})
            hoiio.call("sandbox/fault", {})
            for refused in (
                lambda: hoiio.number.subscribe("+85221234500", 2, preflight=False),
                lambda: hoiio.call("sandbox/event", {"kind": "fax", "to": "+16001234567"}),
            ):
                with pytest.raises(ApiError):
                    refused()
    return exchanged


def test_ordinary_traffic_is_as_described(traffic: list[requests.Response], record_property: Counted) -> None:
    for response in traffic:
        path, parameters = path_of(response.request), sent(response.request)
        assert is_described(response.request) or response.json()["status"] != SUCCESS, parameters
        assert parameters.keys() <= form_of(path)["properties"].keys()
        assert (response.status_code, response.headers["Content-Type"]) == (200, openapi.JSON)
        answers(path).validate(response.json())
    assert {path_of(response.request) for response in traffic} == {path for path, _ in METHODS}
    record_property("count", f"OpenAPI: {len(traffic)} requests of the guide's walk and their answers as described")


def test_nothing_is_left_open(traffic: list[requests.Response], record_property: Counted) -> None:
    """An answer that lacks a field, has another one or one of another type is not as described."""
    count = 0
    for response in traffic:
        judge = answers(path_of(response.request))
        for spoilt in _spoilt(response.json()):
            assert not judge.is_valid(spoilt), spoilt
            count += 1
    record_property(
        "count", f"OpenAPI: {count:,} answers with a field too few, too many or of another type, all refused"
    )


def _spoilt(value: Any) -> Iterator[Any]:
    """*value* with one thing wrong with it, anywhere."""
    if isinstance(value, dict):
        yield {**value, "new": "x"}
        for name, inner in value.items():
            yield {other: it for other, it in value.items() if other != name}
            yield from ({**value, name: it} for it in _spoilt(inner))
    elif isinstance(value, list):
        yield None
        for inner in value[:1]:  # the others are of its kind
            yield from ([it] for it in _spoilt(inner))
    else:
        yield None
        yield 7


# -- Schemathesis ------------------------------------------------------------------------------------------------------

NUMBERS = ["+16001234567", "+6511111111", "+6561234560", "+85221234500", "+6569999999", "+442079460000"]
URLS = ["http://localhost:1/in", "http://localhost:1/in?shop=7", "https://127.0.0.1:1/", "localhost"]
KNOWN = {
    "app_id": ["app_id"],  # stands for the real one, which is not known when the tests are collected
    "access_token": ["access_token"],
    "country": ["SG", "us", "HK", "GB"],
    "state": ["AL", "us-ca", "XX"],
    "number": NUMBERS,
    "to": NUMBERS,
    "forward_to": URLS,
    "forward_sms_to": URLS,
}
"""What one knows who reads the document with a sandbox before him; without it hardly a call would succeed."""


def _read_with_knowledge() -> schemathesis.BaseSchema:
    document = deepcopy(DOCUMENT)
    for name, values in KNOWN.items():
        document["components"]["schemas"][name] = {"type": "string", "enum": values}
    settings = {
        "seed": 9,
        "generation": {"deterministic": True, "max-examples": EXAMPLES},
        "phases": {"stateful": {"generation": {"mode": "positive"}}},
    }
    return schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_dict(settings))


READ = _read_with_knowledge()


class Caller:
    """Sends what Schemathesis makes up to a sandbox, as an application there, and holds the answers to the document."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._application = sandbox.add_application(10**9)
        with Hoiio(**sandbox.settings_of(self._application)) as hoiio:
            for number in NUMBERS[:2]:
                hoiio.number.subscribe(number, 1)
                hoiio.number.configure(number, forward_to=URLS[0])
        self.counts: Counter[tuple[str, bool]] = Counter()  # of each operation, those that were done and those refused

    def call(self, case: Case) -> schemathesis.Response:
        for part in (case.query, case.body):
            if isinstance(part, dict):
                part.update({it: getattr(self._application, it) for it in CREDENTIALS if part.get(it) == it})
        response = case.call(base_url=self._sandbox.base_url)
        self._sandbox.faults.clear()  # the call may have planned some, and they would be the next one's
        return response

    def judge(self, case: Case, response: schemathesis.Response) -> None:
        case.validate_response(response, **CHECKS)
        self.counts[case.operation.label, response.json()["status"] == SUCCESS] += 1

    def told(self, label: str) -> str:
        done, refused = self.counts[label, True], self.counts[label, False]
        return f"{label}, {done:,} requests done and {refused:,} refused; 0 answers other than described"


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with Sandbox() as sandbox:
        yield Caller(sandbox)


def is_done_only_as_described(_context: CheckContext, response: schemathesis.Response, _case: Case) -> None:
    """The API refuses with HTTP 200: its status says whether it was done, which only a described request may be."""
    status = response.json()["status"]
    assert status != "error_internal_server_error"
    assert status != SUCCESS or is_described(response.request), sent(response.request)


CHECKS: Mapping[str, Any] = {
    "additional_checks": [is_done_only_as_described],
    "excluded_checks": [negative_data_rejection, unsupported_method],  # they look for HTTP statuses that are not used
}


@READ.parametrize()
def test_requests_by_the_document_and_against_it(case: Case, caller: Caller, request: pytest.FixtureRequest) -> None:
    caller.judge(case, caller.call(case))
    request.node.user_properties[:] = [("count", f"OpenAPI: Schemathesis, {caller.told(case.operation.label)}")]


def test_calls_that_lead_to_each_other(sandbox: Sandbox, record_property: Counted) -> None:
    caller = Caller(sandbox)

    class Scenario(READ.as_state_machine()):  # type: ignore[misc]
        def call(self, case: Case, **_: object) -> schemathesis.Response:
            return caller.call(case)

        def validate_response(self, response: schemathesis.Response, case: Case, **_: object) -> None:
            caller.judge(case, response)

    settings = hypothesis.settings(max_examples=SCENARIOS, stateful_step_count=STEPS, derandomize=True, deadline=None)
    Scenario.run(settings=settings)
    done = Counter({label: count for (label, is_done), count in caller.counts.items() if is_done})
    assert {f"POST /{it.path}" for it in ENDPOINTS} <= set(done)
    total = caller.counts.total()
    record_property("count", f"OpenAPI: Schemathesis, {SCENARIOS} scenarios, {total:,} requests, {done.total():,} done")
