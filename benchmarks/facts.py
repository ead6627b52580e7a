"""Each rule as combinations of facts that it forbids: what is handed to the rule engines and to JSON Schema.

One table, so that each of them is given the same rules, written the way it reads them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.inputs import Request
from benchmarks.straight import SERVICES, UNSUPPORTED, Broken, read_modes, read_number, read_url

Fact = str | bool


class Forbidden(NamedTuple):
    """A combination of facts that must not be: each of them has one of the values."""

    broken: Broken
    facts: dict[str, tuple[Fact, ...]]
    is_error: bool = True


def read(request: Request) -> dict[str, Fact]:
    """The facts of one request, flat, as all of the engines take them."""
    state, country = read_number(request.number)
    calls, messages = read_url(request.forward_to), read_url(request.forward_sms_to)
    modes = read_modes(request.mode)
    return {
        "number": state,
        "country": country,
        "voice": "voice" in modes,
        "fax": "fax" in modes,
        "other_mode": not modes <= {"voice", "fax"},
        "calls_given": calls.given,
        "calls_malformed": calls.malformed,
        "calls_too_long": calls.too_long,
        "calls_unreachable": calls.unreachable,
        "calls_credentials": calls.credentials,
        "messages_given": messages.given,
        "messages_malformed": messages.malformed,
        "messages_too_long": messages.too_long,
        "messages_unreachable": messages.unreachable,
        "messages_credentials": messages.credentials,
    }


def _forbidden() -> Iterator[Forbidden]:
    yes: tuple[Fact, ...] = (True,)
    no: tuple[Fact, ...] = (False,)
    for state in ("missing", "malformed", "impossible"):
        yield Forbidden(("number", f"number.{state}"), {"number": (state,)})
    yield Forbidden(("number", "number.unassigned"), {"number": ("unassigned",)}, is_error=False)
    yield Forbidden(("country", "country.unsupported"), {"country": (UNSUPPORTED,)})
    for field, url in (("forward_to", "calls"), ("forward_sms_to", "messages")):
        for flaw, is_error in {"malformed": True, "too_long": True, "unreachable": False, "credentials": False}.items():
            yield Forbidden((field, f"url.{flaw}"), {f"{url}_{flaw}": yes}, is_error)
    yield Forbidden(("mode", "mode.unknown"), {"other_mode": yes})
    for mode in ("voice", "fax"):
        yield Forbidden(("mode", "mode.unused"), {mode: yes, "calls_given": no}, is_error=False)
        yield Forbidden(("mode", "service.unsupported"), {mode: yes, "country": _without(mode)})
    yield Forbidden(("mode", "service.conflict"), {"voice": yes, "fax": yes})
    no_mode = {"voice": no, "fax": no, "other_mode": no}
    by_default: dict[str, tuple[Fact, ...]] = {"calls_given": yes, **no_mode, "country": _without("voice")}
    yield Forbidden(("forward_to", "service.unsupported"), by_default)
    by_url: dict[str, tuple[Fact, ...]] = {"messages_given": yes, "country": _without("sms")}
    yield Forbidden(("forward_sms_to", "service.unsupported"), by_url)
    yield Forbidden((None, "request.empty"), {"calls_given": no, "messages_given": no, **no_mode})


def _without(service: str) -> tuple[str, ...]:
    return tuple(country for country, services in SERVICES.items() if service not in services)


# What can never be, for no country is without the service, is no rule to anybody.
FORBIDDEN = tuple(one for one in _forbidden() if all(one.facts.values()))
