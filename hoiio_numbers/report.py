"""What a check answers: a `Report`, which can explain itself."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Never
from urllib.parse import quote

from attrs import define, field, frozen

from hoiio_numbers.errors import InvalidRequestError
from hoiio_numbers.facts import Facts, Gathered, Request, named
from hoiio_numbers.registry import Edition
from hoiio_numbers.rulebook import Rule, Rulebook
from hoiio_numbers.text import encodable, shown
from hoiio_numbers.urls import Url
from hoiio_numbers.violations import Severity, Source, Violation

FIELDS = ("number", "country", "state", "mode", "forward_to", "forward_sms_to")
"""The parameters of a configure request, in the order in which violations are listed."""

# This project has no public site, and a URL of somebody else's would be a lie. RFC 9457 (3.1.1) allows a reference that
# is relative to the server that answers, and asks for its full path.
RULE_PAGES = "/hoiio-numbers/rules/"
"""Where problem details look for a page `<code>.html` about each rule, as `make docs` builds them."""


class Outcome(StrEnum):
    """What became of one rule."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@frozen
class Explanation:
    """What one rule made of the request: the facts that it read, as text, and the data lines behind its answer."""

    rule: Rule
    outcome: Outcome
    facts: Mapping[str, str]
    sources: tuple[Source, ...]

    def to_dict(self) -> dict[str, object]:
        """The explanation as stable JSON."""
        return {
            "code": self.rule.code,
            "outcome": str(self.outcome),
            "description": self.rule.description,
            "facts": dict(self.facts),
            "sources": [source.to_dict() for source in self.sources],
        }


@frozen(eq=False, slots=False)  # without slots, beside which cached properties make every attribute slow
class Decision:
    """What equal facts have in common: those of the `rules` that are `broken`, and whether none of them is an error.

    `facts` are these facts, without the raw values of any request.
    """

    rules: Rulebook
    broken: tuple[Rule, ...]
    facts: Facts = field(repr=False)
    ok: bool = field(init=False)

    @ok.default
    def _no_errors(self) -> bool:
        return not any(rule.severity is Severity.ERROR for rule in self.broken)

    @cached_property
    def parted(self) -> tuple[tuple[Violation, ...], tuple[Rule, ...]]:
        """The violations of every request with these facts, in order, and the rules that quote what was typed."""
        shared: list[Violation] = []
        quoting = []
        for rule in self.broken:
            if rule.reads_request:
                quoting.append(rule)
                continue
            try:
                shared += rule.violations(self.facts)
            except Exception:  # it looked at what was typed
                quoting.append(rule)
        return tuple(sorted(shared, key=_order)), tuple(quoting)


@define(eq=False)
class Report:
    """Everything that is wrong with one request. It is true when the request can work.

    `decision` says which rules found something in the facts that were gathered. Out of a pickle comes a `StoredReport`.
    """

    _gathered: Gathered
    decision: Decision
    _violations: tuple[Violation, ...] | None = None

    @property
    def facts(self) -> Facts:
        """What was decided by."""
        return named(self._gathered)

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings refuse nothing."""
        return self.decision.ok

    def __bool__(self) -> bool:
        return self.ok

    def __copy__(self) -> "Report":
        return self

    def __deepcopy__(self, _memo: dict[int, object]) -> "Report":
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return StoredReport, (self.ok, self.violations, self.number, self.country, self.on)

    def __repr__(self) -> str:
        codes = ", ".join(violation.code for violation in self.violations)
        return f"<Report {'ok' if self.ok else 'refused'}: {self.number or 'no usable number'}{codes and ': ' + codes}>"

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Every violation, ordered by field, then by code, then by service."""
        if self._violations is None:
            shared, quoting = self.decision.parted
            self._violations = self._quoting(shared, quoting) if quoting else shared
        return self._violations

    def _quoting(self, shared: tuple[Violation, ...], rules: tuple[Rule, ...]) -> tuple[Violation, ...]:
        facts = self.facts
        found = [*shared]
        for rule in rules:
            found += rule.violations(facts)
        if len(found) > 1:
            found.sort(key=_order)
        return tuple(found)

    @property
    def errors(self) -> tuple[Violation, ...]:
        """The violations that refuse the request."""
        return tuple(violation for violation in self.violations if violation.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Violation, ...]:
        """The violations that refuse nothing, and that the user should hear of."""
        return tuple(violation for violation in self.violations if violation.severity is Severity.WARNING)

    @property
    def number(self) -> str | None:
        """The number in E.164 form, which is what to send; None unless the number is usable."""
        return self.facts.request.number.e164

    @property
    def country(self) -> str | None:
        """The country given (for a territory the country that sells its numbers), else the one the number is of."""
        return self.facts.request.country

    @property
    def on(self) -> date:
        """The date whose data decided."""
        return self.facts.request.on

    def by_field(self) -> dict[str | None, tuple[Violation, ...]]:
        """The violations of each field that has any; those of the request as a whole are under None."""
        fields = dict.fromkeys(violation.field for violation in self.violations)
        return {field: tuple(found for found in self.violations if found.field == field) for field in fields}

    def raise_for_errors(self, *, strict: bool = False) -> None:
        """Raise `InvalidRequestError`, a ValueError, when there are errors; with *strict* for warnings too."""
        if not self.ok or (strict and self.violations):
            raise InvalidRequestError(self)

    def explain(self) -> tuple[Explanation, ...]:
        """What each rule that this call is held against made of the request."""
        facts = self.facts
        return tuple(self._explained(rule, facts) for rule in self.decision.rules.values() if facts.call in rule.calls)

    def _explained(self, rule: Rule, facts: Facts) -> Explanation:
        read = {name: _fact(getattr(facts, name)) for name in rule.reads}
        if not rule.is_about(facts):
            return Explanation(rule, Outcome.NOT_APPLICABLE, read, ())
        found = [violation.source for violation in self.violations if violation.code == rule.code]
        sources = filter(None, found) if found else rule.evidence(facts)
        return Explanation(rule, Outcome.FAILED if found else Outcome.PASSED, read, tuple(sources))

    def to_dict(self) -> dict[str, object]:
        """The report as stable JSON."""
        return {
            "ok": self.ok,
            "number": self.number,
            "country": self.country,
            "on": self.on.isoformat(),
            "violations": [violation.to_dict() for violation in self.violations],
        }

    def to_problem(self, *, pages: str = RULE_PAGES) -> dict[str, object]:
        """The report as problem details (RFC 9457), to be sent as `application/problem+json`.

        `errors` lists every violation, warnings too, each with a JSON Pointer to its field and the page of its rule as
        its `type`. The `type` of the whole is that of the first error. *pages* is the URL, with a slash at its end,
        below which the pages of the rules are served: those of this documentation, and yours about rules of your own.
        """
        first = next(iter(self.errors or self.violations), None)
        return {
            "type": f"{pages}index.html" if first is None else _page(pages, first),
            "title": "The request cannot work." if self.errors else "The request works, with warnings.",
            "status": 422,
            "detail": " ".join(map(str, self.errors or self.violations)),
            "errors": [
                {"type": _page(pages, found), "pointer": _pointer(found.field), **found.to_dict()}
                for found in self.violations
            ],
        }


class StoredReport(Report):
    """A report out of a pickle: all that it says, without the facts and the rules that it came from.

    The whole registry hangs on those, and functions of yours: `facts`, `decision` and `explain()` are to be had in the
    process where the request was checked.
    """

    __slots__ = ("country", "number", "ok", "on", "violations")
    ok: bool
    violations: tuple[Violation, ...]
    number: str | None
    country: str | None
    on: date

    def __init__(
        self, ok: bool, violations: tuple[Violation, ...], number: str | None, country: str | None, on: date
    ) -> None:
        self.ok = ok
        self.violations = violations
        self.number = number
        self.country = country
        self.on = on

    def __getattr__(self, name: str) -> Never:
        raise AttributeError(f"a report out of a pickle has no {name}: its facts stayed in the process that made it")


_PLACES: Mapping[str | None, int] = {**{field: place for place, field in enumerate(FIELDS)}, None: len(FIELDS) + 1}


def _order(found: Violation) -> tuple[int, str, str]:
    return _PLACES.get(found.field, len(FIELDS)), found.field or "", found.code


def _fact(value: object) -> str:
    """A fact as an explanation shows it."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Request):
        return "as typed"
    if isinstance(value, Edition):
        return f"the data of {', '.join(value.countries) or 'no country'}"
    if isinstance(value, Url):
        return ", ".join(str(flag.name).lower().replace("_", " ") for flag in value) or "not given"
    if isinstance(value, frozenset):
        return shown(sorted(value))
    if isinstance(value, tuple):
        return " or ".join(f"{entry.country}-{entry.state}" if entry.state else entry.country for entry in value)
    return shown(value)


def _pointer(field: str | None) -> str:
    """A JSON Pointer to *field*, as the fragment of a URI."""
    if field is None:
        return "#"
    return "#/" + quote(encodable(field).replace("~", "~0").replace("/", "~1"))


def _page(pages: str, violation: Violation) -> str:
    """The URL of the page about a violation's rule."""
    return f"{pages}{quote(violation.code)}.html"
