"""What the sandbox speaks, as an OpenAPI 3.1 document: each call, what it takes, and everything that it can answer.

It is made of the tables that the code goes by: endpoints, statuses, rules, durations, services, faults. The shapes of
the answers are in no table and stand here; the tests hold every answer of a running sandbox to them. They leave nothing
open: a field that is missing, or that is new, is not as described.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from hoiio_numbers import endpoints, urls
from hoiio_numbers.facts import Call
from hoiio_numbers.registry import Registry
from hoiio_numbers.rules import RULES
from hoiio_numbers.sandbox.deliveries import KINDS
from hoiio_numbers.sandbox.faults import MOST_SECONDS, MOST_TIMES, VERBS, Fault
from hoiio_numbers.sandbox.protocol import CREDENTIALS, PAGE
from hoiio_numbers.services import MODES, Service
from hoiio_numbers.statuses import STATUSES, SUCCESS, status

Schema = dict[str, Any]

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


# -- what is sent ------------------------------------------------------------------------------------------------------


def _parameters(durations: Iterable[str]) -> dict[str, Schema]:
    """Every parameter by its name on the wire."""
    url = {"type": "string", "format": "uri", "maxLength": urls.LONGEST, "examples": ["https://example.com/in"]}
    return {
        "app_id": {"type": "string", "minLength": 1, "description": "Which application asks."},
        "access_token": {
            "type": "string",
            "minLength": 1,
            "format": "password",
            "description": "Its secret, which can spend money. In a URL it is logged by whom it passes: POST it.",
        },
        "country": {
            "type": "string",
            "pattern": "^[A-Za-z]{2}$",
            "examples": ["SG", "US"],
            "description": "An ISO 3166-1 alpha-2 code.",
        },
        "state": {
            "type": "string",
            "examples": ["AL", "US-AL"],
            "description": "An ISO 3166-2 code, with its country or without. Needed for a country that is sold by state"
            " (`get_countries` lists its states), ignored for others.",
        },
        "page": {"type": "integer", "minimum": 1, "default": 1, "description": f"Which page; each has up to {PAGE}."},
        "number": {
            "type": "string",
            "minLength": 1,
            "examples": ["+16001234567", "+6511111111"],
            "description": "A number in E.164 form.",
        },
        "duration": {
            "type": "string",
            "enum": [*durations],
            "description": "For how many months, or `auto_extend`: month by month, until it cannot be paid.",
        },
        "forward_to": {**url, "description": "Hears of calls or, in mode `fax`, of faxes."},
        "forward_sms_to": {**url, "description": "Hears of SMS."},
        "mode": {
            "type": "string",
            "enum": [*map(str, MODES)],
            "default": "voice",
            "description": "What `forward_to` hears of.",
        },
        "kind": {"type": "string", "enum": [*KINDS], "description": "What arrives."},
        "to": {"type": "string", "examples": ["+16001234567"], "description": "The number at which it arrives."},
        "from": {"type": "string", "examples": ["+6591234567"], "description": "Who calls or writes."},
        "msg": {"type": "string", "description": "The text of an SMS."},
        "tag": {"type": "string", "description": "The tag of a call."},
        "fax_url": {"type": "string", "format": "uri", "description": "Where the document of a fax is."},
        "fax_error_code": {"type": "string", "examples": ["busy"], "description": "Why a fax failed."},
        "fault": {"type": "string", "enum": [*map(str, Fault)], "description": "What the next calls get."},
        "verb": {"type": "string", "enum": sorted(VERBS), "description": "Of this call alone."},
        "times": {"type": "integer", "minimum": 1, "maximum": MOST_TIMES, "default": 1, "description": "How often."},
        "seconds": {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": MOST_SECONDS,
            "description": "How long `slow` and `refuse` last from now on.",
        },
        "share": {"type": "number", "minimum": 0, "maximum": 1, "description": "The share of all calls with a fault."},
        "seed": {"type": "integer", "default": 0, "description": "The same seed gives the same faults."},
    }


# -- what is answered --------------------------------------------------------------------------------------------------


def _object(properties: Mapping[str, Schema]) -> Schema:
    """An object that has all of these, and nothing else."""
    closed = {"required": [*properties], "additionalProperties": False}
    return {"type": "object", "properties": {**properties}, **closed}


def _text(pattern: str, description: str) -> Schema:
    return {"type": "string", "pattern": pattern, "description": description}


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _entries(name: str) -> dict[str, Schema]:
    return {"entries_count": _COUNT, "entries": {"type": "array", "items": _named(name)}}


_COUNT = _text("^(0|[1-9][0-9]*)$", "How many, as text.")
_AMOUNT = _text(r"^[0-9]+\.[0-9]{2}$", "An amount, as text.")
_CURRENCY = _text("^[A-Z]{3}$", "An ISO 4217 code.")
_DAY = {"type": "string", "format": "date", "description": "The last day that is paid for, in GMT+8."}
_NUMBER = _text(r"^\+[1-9][0-9]{1,14}$", "In E.164 form.")
_COUNTRY = _text("^[A-Z]{2}$", "An ISO 3166-1 alpha-2 code.")
_STATE = _text("^[A-Z0-9]{1,3}$", "An ISO 3166-2 code without its country.")
_NAME = {"type": "string", "minLength": 1, "description": "An English name."}
_CAPABILITY = {
    "type": "array",
    "items": {"enum": [service.upper() for service in Service]},
    "uniqueItems": True,
    "description": "What the numbers can receive.",
}
_URL = {"type": "string", "maxLength": urls.LONGEST, "description": "Empty where it is not set."}

_ENTRIES: dict[str, Schema] = {
    "Country": _object(
        {
            "code": _COUNTRY,
            "name": _NAME,
            "prefix": _text("^([1-9][0-9]{0,2})?$", "The calling code without a plus."),
            "states": {
                "type": "array",
                "items": _named("State"),
                "description": "Those that the numbers are sold by; empty where they are not sold by state.",
            },
        }
    ),
    "State": _object({"code": _STATE, "name": _NAME, "capability": _CAPABILITY}),
    "AvailableNumber": _object({"number": _NUMBER, "capability": _CAPABILITY}),
    "Rate": _object({"duration": _text("^[1-9][0-9]*$", "Months, as text."), "rate": _AMOUNT}),
    "SubscribedNumber": _object(
        {
            "number": _NUMBER,
            "forward_to": _URL,
            "forward_sms_to": _URL,
            "mode": {"enum": [*map(str, MODES)]},
            "expiry": _DAY,
            "auto_extend_status": {"enum": ["enabled", "disabled"]},
            "country": _COUNTRY,
            "state": {**_STATE, "pattern": "^[A-Z0-9]{0,3}$"},
            "capabilities": _CAPABILITY,
        }
    ),
    "Delivery": _object(
        {
            "number": _NUMBER,
            "kind": {"enum": [*KINDS]},
            "url": {"type": "string", "minLength": 1},
            "at": {"type": "string", "format": "date-time"},
            "outcome": {"type": "string", "minLength": 1, "description": "`HTTP 200`, or why there is no status."},
        }
    ),
}
_NOT_DONE = _object(
    {
        "status": {"const": "error_not_done", "description": "What was asked for cannot be."},
        "message": {"type": "string", "minLength": 1, "description": "Why."},
    }
)


# -- the calls ---------------------------------------------------------------------------------------------------------


class _Described(NamedTuple):
    """What a call takes and answers.

    It refuses with the statuses that the rules of `checked` pre-empt, with `refusals`, and with `others`. `leads_to`
    names for other calls the parameter that comes from here, and from where.
    """

    path: str
    summary: str
    answer: Mapping[str, Schema]
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    checked: Call | None = None
    refusals: tuple[str, ...] = ()
    others: tuple[Schema, ...] = ()
    leads_to: Mapping[str, tuple[str, str]] = {}

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def particular(self) -> set[str]:
        """The statuses that belong to this call and not to every one."""
        return {*_preempted(self.checked), *self.refusals}


def _preempted(call: Call | None) -> Iterator[str]:
    """The statuses that the rules of a call pre-empt."""
    for rule in RULES.values():
        told = rule.server_status if call in rule.calls else None
        if isinstance(told, str):
            yield told
        elif told:
            yield from (name for about, name in told.items() if about in {*Service, call})


_FIRST_NUMBER = "$response.body#/entries/0/number"

_CALLS = (
    _Described(
        endpoints.COUNTRIES.path,
        "List the countries whose numbers can be had",
        _entries("Country"),
        leads_to=dict.fromkeys(("get_choices", "get_rates"), ("country", "$response.body#/entries/0/code")),
    ),
    _Described(
        endpoints.CHOICES.path,
        "List the numbers that can be had in a country, or in a state; a page past the end has none",
        {"total_entries_count": {**_COUNT, "description": "How many on all pages, as text."}}
        | _entries("AvailableNumber"),
        needed=("country",),
        optional=("state", "page"),
        checked=Call.AVAILABLE_NUMBERS,
        leads_to={"subscribe": ("number", _FIRST_NUMBER)},
    ),
    _Described(
        endpoints.RATES.path,
        "Say what a number of a country costs",
        {"currency": _CURRENCY, **_entries("Rate")},
        needed=("country",),
        checked=Call.RATE,
    ),
    _Described(
        endpoints.SUBSCRIBE.path,
        "Buy a number, or extend the subscription to it: each call that succeeds is charged",
        {"currency": _CURRENCY, "debit": _AMOUNT, "expiry": _DAY},
        needed=("number", "duration"),
        checked=Call.SUBSCRIBE,
        refusals=(
            "error_number_not_available",
            "error_pick_number_not_available",
            "error_subscribe_number_not_available",
            "error_exceed_max_subscriptions",
            "error_not_allowed_for_trial",
            "error_auto_extend_not_available",
            "error_insufficient_credit",
        ),
        leads_to={"update_forwarding": ("number", "$request.body#/number")},
    ),
    _Described(
        endpoints.UPDATE_FORWARDING.path,
        "Replace the whole setting of a number: what is left out is cleared",
        {},
        needed=("number",),
        optional=("forward_to", "forward_sms_to", "mode"),
        checked=Call.CONFIGURE,
        refusals=("error_number_not_assigned",),
        leads_to={"event": ("to", "$request.body#/number")},
    ),
    _Described(
        endpoints.ACTIVE.path,
        "List the numbers that the application subscribes to",
        _entries("SubscribedNumber"),
        leads_to={"subscribe": ("number", _FIRST_NUMBER), "update_forwarding": ("number", _FIRST_NUMBER)},
    ),
    _Described(
        "sandbox/fault",
        "Let the next calls go wrong, or a share of all; without a fault and a share, no more",
        {},
        optional=("fault", "verb", "times", "seconds", "share", "seed"),
        others=(_NOT_DONE,),
    ),
    _Described(
        "sandbox/event",
        "Let a call, an SMS or a fax arrive at a number, which announces it as it is set to",
        {"entries": {"type": "array", "items": _named("Delivery")}},
        needed=("kind", "to"),
        optional=("from", "msg", "tag", "fax_url", "fax_error_code"),
        refusals=("error_number_not_assigned",),
        others=(_NOT_DONE,),
    ),
    _Described(
        "sandbox/deliveries",
        "List every notification that was to be sent",
        {"entries": {"type": "array", "items": _named("Delivery")}},
    ),
)

_PARTICULAR = {name for call in _CALLS for name in call.particular}
_TO_EVERY_CALL = {f"error_{name}_param_missing" for name in CREDENTIALS} | (STATUSES.keys() - _PARTICULAR)


# -- the document ------------------------------------------------------------------------------------------------------

_ABOUT = f"""The Number API of the Hoiio Open API, as the sandbox of hoiio-numbers serves it.

- GET and POST are the same: parameters are a form, in the query or in the body, each of them once. POST keeps the
  access token out of logs.
- White space around a value does not count, nor does case in codes and words; but credentials, and what is the
  sandbox's own, are taken as they are. An empty value is none, and an unknown parameter is ignored.
- Every answer has a `status`: `{SUCCESS}`, or why nothing was done. Refusals come with HTTP 200, too. Another method
  than GET and POST is answered with `error_invalid_http_method`, an unknown call with HTTP 404.
- Counts and amounts are texts, days and times are those of GMT+8.

The real API differs: its refusals may have other HTTP statuses, its counts and amounts may be numbers, fields may be
missing. Some of the statuses are its alone. What a planned fault does (`sandbox/fault`) is not described.
"""


def document(registry: Registry) -> Schema:
    """The OpenAPI document of a sandbox that goes by *registry*, as a new mapping of JSON's types."""
    parameters = _parameters(registry.durations)
    statuses = {name: _status(name) for name in sorted(_PARTICULAR | _TO_EVERY_CALL)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hoiio Number API", "version": "1", "summary": "A sandbox of it.", "description": _ABOUT},
        "servers": [{"url": "/open", "description": "The sandbox that serves this document."}],
        "tags": [
            {"name": "number", "description": "The API."},
            {"name": "sandbox", "description": "What only a sandbox has."},
        ],
        "paths": {f"/{call.path}": _methods(call) for call in _CALLS},
        "components": {"schemas": {**parameters, **_ENTRIES, **statuses}},
    }


def _status(name: str) -> Schema:
    known = status(name)
    again = " The same request may succeed later." if known.should_retry else ""
    return {"const": name, "description": f"{known.meaning[0].upper()}{known.meaning[1:]}. {known.hint}{again}"}


def _methods(call: _Described) -> Schema:
    needed, names = (*CREDENTIALS, *call.needed), (*CREDENTIALS, *call.needed, *call.optional)
    form = {
        "type": "object",
        "properties": {name: _named(name) for name in names},
        "required": [*needed],
        "additionalProperties": {"type": "string"},
    }
    query = [{"name": it, "in": "query", "required": it in needed, "schema": _named(it)} for it in names]
    links = {
        target: {"operationId": target, "requestBody": {parameter: source}}
        for target, (parameter, source) in call.leads_to.items()
    }
    common = {"summary": call.summary, "tags": [call.path.partition("/")[0]]}
    answer = _answer(call)
    return {
        "post": {
            **common,
            "operationId": call.name,
            "requestBody": {"required": True, "content": {FORM: {"schema": form}}},
            "responses": {"200": {**answer, "links": links}},
        },
        "get": {**common, "operationId": f"{call.name}_by_get", "parameters": query, "responses": {"200": answer}},
    }


def _answer(call: _Described) -> Schema:
    success = _object({"status": {"const": SUCCESS}, **call.answer})
    refusal = _object({"status": {"oneOf": [_named(name) for name in sorted(call.particular | _TO_EVERY_CALL)]}})
    return {
        "description": "What was asked for, or why not.",
        "content": {JSON: {"schema": {"oneOf": [success, refusal, *call.others]}}},
    }
