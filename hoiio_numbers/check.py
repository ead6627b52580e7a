"""The checks: facts are gathered, the rules decide by them, a report says what came of it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from math import inf
from time import time
from typing import Any, Protocol

from hoiio_numbers import mappings
from hoiio_numbers.facts import UNSEEN, Call, Facts, Gathered, gather, named
from hoiio_numbers.registry import CountryCapabilities, Edition, Registry, span_of, today
from hoiio_numbers.report import Decision, Report
from hoiio_numbers.rulebook import Rule, Rulebook
from hoiio_numbers.rules import RULES
from hoiio_numbers.text import given

CONFIGURE = Call.CONFIGURE
MOST_REMEMBERED = 20_000
_NEVER: Any = (inf, -inf, None, None, None)  # a day that it is not yet


class HasCurrentRegistry(Protocol):
    """A `Registry`, or a `LiveRegistry`, which answers another one after a refresh."""

    @property
    def current(self) -> Registry:
        """The registry to decide by now."""


class Checker:
    """Checks requests against a registry (by default the packaged data) and a book of rules.

    A checker may be used by many threads at once. `check_config()`, `check_mapping()` and `capabilities_for()` are
    methods of the one that is made without arguments.
    """

    def __init__(self, registry: HasCurrentRegistry | None = None, *, rules: Rulebook = RULES) -> None:
        if not isinstance(rules, Rulebook):
            raise TypeError(f"rules must be a Rulebook, not {type(rules).__name__}; RULES.add(…) makes one")
        if registry is not None and not hasattr(registry, "current"):
            raise TypeError(f"registry must be a Registry or a LiveRegistry, not {type(registry).__name__}")
        self._registry = registry
        self.rules = rules
        self._by_facts = [rule for rule in rules.values() if not rule.reads_request]
        self._by_request = [rule for rule in rules.values() if rule.reads_request]
        self._remembered: dict[tuple[object, ...], Decision] = {}
        # What is remembered is the whole decision, unless there are rules that look at what was typed.
        self._final = {} if self._by_request else self._remembered
        self._today: tuple[float, float, HasCurrentRegistry, Registry, tuple[date, Edition]] = _NEVER

    @property
    def registry(self) -> HasCurrentRegistry:
        """The data to decide by; where none was given it is read when it is first asked for."""
        if self._registry is None:
            self._registry = Registry.default()
        return self._registry

    def __reduce__(self) -> str | tuple[Any, ...]:
        """The default checker is the same in every process, so that its functions can be sent to others."""
        return "DEFAULT" if self is DEFAULT else super().__reduce__()

    def check_config(
        self,
        number: object,
        *,
        forward_to: object = None,
        forward_sms_to: object = None,
        mode: object = None,
        country: object = None,
        state: object = None,
        capabilities: Collection[str] | str | None = None,
        on: date | None = None,
    ) -> Report:
        """Whether a number can be configured so, and everything that is wrong with it.

        Nothing is sent and nothing is read from a network. No value of the data (*number*, *forward_to*,
        *forward_sms_to*, *mode*, *country*, *state*) raises, whatever its type; None, `""` and white space alone
        mean that it was not given.

        *number* is in E.164 form, or as dialled in *country* (ISO 3166-1 alpha-2). *forward_to* is the URL that
        hears of calls, or of faxes when *mode* is `fax`; *forward_sms_to* that of SMS. *state* is an ISO 3166-2
        subdivision (`AL` or `US-AL`). *capabilities* are the API's own words for what this number can receive, which
        then decide in the data's place. *on* is the date whose data decides: by default today, in GMT+8.

        Raises TypeError when *capabilities* or *on* are of a wrong type.
        """
        on, edition = self._now() if on is None else self._then(on)
        gathered = gather(
            CONFIGURE, edition, on, number, country, state, mode, forward_to, forward_sms_to, capabilities
        )
        return Report(gathered, self._final.get(gathered[0]) or self._decide(gathered))

    def check_mapping(
        self,
        data: Mapping[str, object],
        *,
        country: object = None,
        state: object = None,
        capabilities: Collection[str] | str | None = None,
        on: date | None = None,
    ) -> Report:
        """The same for a form's or a JSON body's mapping, multi-dicts included; *country* and *state* win over its own.

        A key that is a near miss of `forward_to` or `forward_sms_to` is an error; all other keys are ignored.
        Raises TypeError when *data* is no mapping.
        """
        submitted = mappings.read(data)
        parameters = dict(submitted.parameters)
        keywords = {"country": country, "state": state}
        parameters.update({name: value for name, value in keywords.items() if given(value) is not None})
        return self._check(Call.CONFIGURE, on, **parameters, capabilities=capabilities, misspelt=submitted.misspelt)

    def check_available_numbers(
        self, country: object, *, state: object = None, page: object = None, on: date | None = None
    ) -> Report:
        """Whether the available numbers of a country, in a state, can be listed from *page* (1 or more)."""
        return self._check(Call.AVAILABLE_NUMBERS, on, country=country, state=state, page=page)

    def check_rate(self, country: object, *, on: date | None = None) -> Report:
        """Whether the rates of a country can be asked for."""
        return self._check(Call.RATE, on, country=country)

    def check_subscribe(self, number: object, duration: object, *, on: date | None = None) -> Report:
        """Whether a number can be subscribed to for *duration*: 1, 3 or 12 months, or `auto_extend`."""
        return self._check(Call.SUBSCRIBE, on, number=number, duration=duration)

    def capabilities_for(
        self, number_or_country: object, *, state: object = None, on: date | None = None
    ) -> CountryCapabilities | None:
        """What a number, or the numbers of a country, can receive: for the choices and the help texts of a form.

        None when there is no data, or when the number could be of several countries.
        """
        typed = given(number_or_country)
        is_number = isinstance(typed, str) and any(map(str.isdecimal, typed))
        what: dict[str, Any] = {"number" if is_number else "country": typed}
        on, edition = self._now() if on is None else self._then(on)
        candidates = named(gather(CONFIGURE, edition, on, **what, state=state)).candidates
        return candidates[0] if len(candidates) == 1 else None

    def _decide(self, gathered: Gathered) -> Decision:
        """The decision by the facts, and by what was typed where rules look at that."""
        decision = self._remembered.get(gathered[0]) or self._decided(gathered)
        if self._by_request:
            facts = named(gathered)
            decision = self._decision(decision.broken + _broken(self._by_request, facts), facts)
        return decision

    def _decided(self, gathered: Gathered) -> Decision:
        """Equal facts have one decision, worked out once and remembered."""
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        facts = named(gathered)
        decision = self._remembered[gathered[0]] = self._decision(_broken(self._by_facts, facts), facts)
        return decision

    def _decision(self, broken: tuple[Rule, ...], facts: Facts) -> Decision:
        return Decision(self.rules, broken, facts._replace(request=UNSEEN))

    def _check(self, call: Call, on: date | None, **values: Any) -> Report:
        on, edition = self._now() if on is None else self._then(on)
        gathered = gather(call, edition, on, **values)
        return Report(gathered, self._decide(gathered))

    def _now(self) -> tuple[date, Edition]:
        """Today's date and its data, worked out once a day and registry."""
        start, end, registry, current, now = self._today
        if start <= time() < end and registry.current is current:
            return now
        self._today = self._newly()
        return self._today[-1]

    def _newly(self) -> tuple[float, float, HasCurrentRegistry, Registry, tuple[date, Edition]]:
        on, current = today(), self.registry.current
        self._remembered.clear()  # what was decided by another day's data, or another registry's, is not kept alive
        return *span_of(on), self.registry, current, (on, current.in_force(on))

    def _then(self, on: date) -> tuple[date, Edition]:
        if isinstance(on, datetime) or not isinstance(on, date):
            raise TypeError(f"on must be a date, not {type(on).__name__}")
        return on, self.registry.current.in_force(on)


def _broken(rules: list[Rule], facts: Facts) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.is_about(facts) and next(iter(rule.find(facts)), None))


DEFAULT = Checker()
check_config, check_mapping, capabilities_for = DEFAULT.check_config, DEFAULT.check_mapping, DEFAULT.capabilities_for
