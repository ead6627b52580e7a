"""What a rule is, and a book of them: rules are looked up, added, replaced, silenced and re-graded by code."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from attrs import evolve, field, frozen

from hoiio_numbers import urls
from hoiio_numbers.facts import Call, Facts
from hoiio_numbers.violations import Param, Severity, Source, Violation

Texts = str | Mapping[str, str]
"""A template for `str.format` with a violation's params, or several by its `params["reason"]`."""

OTHERWISE, NO_ALTERNATIVES = "otherwise", "no_alternatives"
"""Among several templates: that for every other reason; and that for empty `params["alternatives"]`."""


Finding = tuple[str | None, Mapping[str, Param], Source | None]
"""One thing that a rule's generator found wrong, as `found()` has it; the rule makes a `Violation` of it."""


def found(field: str | None, source: Source | None = None, /, **params: Param) -> Finding:
    """Something wrong with *field* (None: with the request as a whole).

    *params* fill the rule's texts and are what translators get: JSON scalars and lists of strings. What could be the
    password of a URL in them is hidden. *source* is where the fact that decided stands in the data.
    """
    for name, value in params.items():
        if isinstance(value, str):
            if "//" in value:
                params[name] = urls.redacted(value)
        elif isinstance(value, list) and "//" in "".join(value):
            params[name] = [urls.redacted(item) if "//" in item else item for item in value]
    return field, params, source


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)  # of `tuple` itself attrs would look up the signature, for long


def _calls(calls: Iterable[str]) -> frozenset[Call]:
    return frozenset(map(Call, calls))


def _always(_facts: Facts) -> bool:
    return True


def _nothing(_facts: Facts) -> Iterable[Source]:
    return ()


@frozen(eq=False)
class Rule:
    """One thing that can be wrong with a request: called with `Facts`, it yields a `Violation` for each place.

    `find` is a generator of findings, a pure function of the facts that `reads` names, run when `applies` says that
    there is anything to judge. A rule that reads `request`, the raw values, is run each time; the answers of all
    others are remembered. `message` and `hint` are templates filled from the params. `server_status` is the API
    status that the violation pre-empts, where that depends on the service or the call by the name of it. `evidence`
    gives the data behind a request that passed.
    """

    find: Callable[[Facts], Iterable[Finding]]
    code: str
    severity: Severity = field(converter=Severity)
    reads: tuple[str, ...] = field(converter=_names)
    message: Texts
    hint: Texts | None = None
    server_status: str | Mapping[str, str] | None = None
    calls: frozenset[Call] = field(default=frozenset({Call.CONFIGURE}), converter=_calls)
    applies: Callable[[Facts], bool] = _always
    evidence: Callable[[Facts], Iterable[Source]] = _nothing

    @reads.validator
    def _names_facts(self, _attribute: object, names: tuple[str, ...]) -> None:
        unknown = set(names) - set(Facts._fields)
        if unknown:
            raise ValueError(f"reads names no fact by {', '.join(sorted(unknown))}")

    @property
    def description(self) -> str:
        """What the rule is about, in a sentence or two."""
        return " ".join((self.find.__doc__ or "").split())

    @property
    def reads_request(self) -> bool:
        """Whether the rule looks at raw values, so that its answer cannot be remembered by the facts."""
        return "request" in self.reads

    def is_about(self, facts: Facts) -> bool:
        """Whether the rule has anything to judge in these facts."""
        return facts.call in self.calls and self.applies(facts)

    def __call__(self, facts: Facts) -> Iterator[Violation]:
        """What the rule finds wrong."""
        return iter(self.violations(facts) if self.is_about(facts) else ())

    def violations(self, facts: Facts) -> list[Violation]:
        """What the rule finds wrong where it is about the facts, by service."""
        found = list(self.find(facts))
        if len(found) > 1:
            found.sort(key=_service)
        return [self._violation(finding, facts.call) for finding in found]

    def _violation(self, finding: Finding, call: Call) -> Violation:
        place, params, source = finding
        message, hint, status = self.message, self.hint, self.server_status
        if not isinstance(message, str):
            message = _text(message, params)
        if not (hint is None or isinstance(hint, str)):
            hint = _text(hint, params)
        if not (status is None or isinstance(status, str)):
            status = status.get(str(params.get("service") or call))
        return Violation(self.code, place, self.severity, message, hint, params, source, status)


def _service(finding: Finding) -> str:
    """The service or the services that a finding is about, by which the findings of a rule are ordered."""
    _, params, _ = finding
    return str(params.get("service") or params.get("services") or "")


def _text(texts: Mapping[str, str], params: Mapping[str, Param]) -> str:
    """Of several texts that for no alternatives, or that for the reason."""
    if NO_ALTERNATIVES in texts and params.get("alternatives") == []:
        return texts[NO_ALTERNATIVES]
    return texts.get(str(params.get("reason"))) or texts[OTHERWISE]


def rule(**fields: Any) -> Callable[[Callable[[Facts], Iterable[Finding]]], Rule]:
    """Make a `Rule` of a generator `(facts) -> found(…)…`: a decorator, whose keywords are the rule's other fields."""
    return partial(Rule, **fields)


class Rulebook(Mapping[str, Rule]):
    """Rules by code, immutable: `add`, `silence` and `regrade` answer a new book."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.code: rule for rule in sorted(rules, key=lambda rule: rule.code)}

    def __getitem__(self, code: str) -> Rule:
        return self._rules[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"<Rulebook of {len(self)} rules>"

    def add(self, *rules: Rule) -> "Rulebook":
        """The book with *rules* besides; one with a code that is in the book already replaces that."""
        return Rulebook([*{**self._rules, **{rule.code: rule for rule in rules}}.values()])

    def silence(self, *codes: str) -> "Rulebook":
        """The book without the rules of *codes*; raises KeyError for a code that is not in it."""
        silenced = [self[code] for code in codes]
        return Rulebook(rule for rule in self.values() if rule not in silenced)

    def regrade(self, severity: Severity | str, *codes: str) -> "Rulebook":
        """The book with the rules of *codes* as *severity*; raises KeyError for a code that is not in it."""
        return self.add(*(evolve(self[code], severity=severity) for code in codes))
