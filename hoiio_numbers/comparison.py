"""Which decisions change between two sets of capability data: decisions, not lines of files."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from attrs import evolve, frozen

from hoiio_numbers.check import Checker
from hoiio_numbers.demands import DEMANDS, ask, brief, findings
from hoiio_numbers.registry import Registry
from hoiio_numbers.report import Report
from hoiio_numbers.text import shown


@frozen
class Change:
    """One decision that the new data makes differently.

    It is about *what* is asked of numbers of `country` (a territory counts as one), in `state` where that has data of
    its own, from the date `start` (`date.min`: ever) to before `end` (None: for good). Of a duration, which is the
    same everywhere, `country` is None. `before` and `after` list the violations as `code`, or `code service`; an
    empty list is an accepted request.
    """

    country: str | None
    state: str | None
    what: str
    start: date
    end: date | None
    before: tuple[str, ...]
    after: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """The change as JSON; a `start` of null is "ever"."""
        return {
            "country": self.country,
            "state": self.state,
            "what": self.what,
            "start": None if self.start == date.min else self.start.isoformat(),
            "end": self.end.isoformat() if self.end else None,
            "before": list(self.before),
            "after": list(self.after),
        }


def compare(old: Registry, new: Registry) -> tuple[Change, ...]:
    """Every decision that changes from *old* to *new*; none exactly when both decide alike."""
    starts = sorted({*old.turns, *new.turns})  # before the first there is no data, which all agree on
    checkers = Checker(old), Checker(new)
    changes = []
    for country, state in _places(old, new):
        for what, question in _questions(state).items():
            for start, end in zip(starts, [*starts[1:], None], strict=True):
                before, after = (_decision(question(checker, country, state, start), country) for checker in checkers)
                if before != after:
                    changes.append(Change(country, state, what, start, end, before, after))
    return (*_joined(changes), *_durations(*checkers))


def _places(*registries: Registry) -> list[tuple[str, str | None]]:
    """Every country and territory, and every subdivision with data of its own, in any of the registries."""
    places: set[tuple[str, str]] = set()
    for registry in registries:
        for country in registry.countries.values():
            states = {state for revision in country.revisions for state in revision.subdivisions}
            places.update((code, state) for code in registry.plan.sold[country.code] for state in ("", *states))
    return [(country, state or None) for country, state in sorted(places)]


Question = Callable[[Checker, str, str | None, date], Report]


def _questions(state: str | None) -> dict[str, Question]:
    """What is asked of each place: every set of services; of a country besides, whether a state must be named."""
    questions: dict[str, Question] = {shown(demand): partial(ask, demand) for demand in DEMANDS}
    return questions if state else {**questions, "numbers of any state": _list_numbers}


def _list_numbers(checker: Checker, country: str, _state: str | None, on: date) -> Report:
    return checker.check_available_numbers(country, on=on)


def _decision(report: Report, country: str | None) -> tuple[str, ...]:
    """The violations, but for the number that no question has; and who sells the numbers of a territory."""
    seller = [f"as {report.country}"] if report.country != country else []
    return (*map(brief, findings(report)), *seller)


def _joined(changes: list[Change]) -> Iterator[Change]:
    """The same changes, those of periods that follow each other made one."""
    last: Change | None = None
    for change in changes:
        if last and last.end == change.start and evolve(last, start=change.start, end=change.end) == change:
            last = evolve(last, end=change.end)
        else:
            if last:
                yield last
            last = change
    if last:
        yield last


def _durations(before: Checker, after: Checker) -> Iterator[Change]:
    checkers = before, after
    sold = {duration for checker in checkers for duration in checker.registry.current.durations}
    for duration in sorted(sold):
        was, now = (_decision(checker.check_subscribe(None, duration), None) for checker in checkers)
        if was != now:
            yield Change(None, None, f"a duration of {duration}", date.min, None, was, now)
