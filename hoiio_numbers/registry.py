"""Which country's numbers can receive what, since when, and who says so: data files as an immutable `Registry`."""

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone
from functools import cache, cached_property
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType

from attrs import Factory, field, frozen

from hoiio_numbers import directories
from hoiio_numbers.datafiles import Country
from hoiio_numbers.directories import Data
from hoiio_numbers.numberplan import NumberPlan
from hoiio_numbers.services import Service
from hoiio_numbers.violations import Source

VENDOR_TIME = timezone(timedelta(hours=8), "GMT+8")
"""The vendor's time zone: dates turn there."""


def today() -> date:
    """Today's date where the vendor is."""
    return datetime.now(VENDOR_TIME).date()


def span_of(day: date) -> tuple[float, float]:
    """When *day* begins and when it ends where the vendor is, in seconds since the epoch."""
    midnight = datetime.combine(day, time(), VENDOR_TIME)
    return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()


# Compared by identity: a registry makes one object per place and revision, a cheap key for what is decided from it.
@frozen(eq=False)
class CountryCapabilities:
    """What numbers of one place can receive on a date, and the data behind it.

    `country` is an ISO 3166-1 alpha-2 code; `state` the ISO 3166-2 subdivision (`AL`) whose own data this is, or
    None. `as_of` is the date from which `citation` says it, `until` that of the next revision, if there is one.
    `conflicts` are the groups of services that one number cannot receive at the same time; `territories` the
    regions whose numbers are sold as the country's. `sources` tells the file and line of `country`, `from`, and
    each service; of `sells_by_state`, `territories` and `limitations` where the file has them.
    """

    country: str
    state: str | None
    services: frozenset[Service]
    conflicts: tuple[frozenset[Service], ...]
    as_of: date
    until: date | None
    citation: str
    limitations: str | None
    sells_by_state: bool
    territories: tuple[str, ...]
    sources: Mapping[str, Source] = field(repr=False)

    def supports(self, service: str) -> bool:
        """Whether numbers of this place can receive *service*; raises ValueError for a name that is no service."""
        return Service(service) in self.services

    def to_dict(self) -> dict[str, object]:
        """The entry as stable JSON."""
        return {
            "country": self.country,
            "state": self.state,
            "services": sorted(self.services),
            "conflicts": [sorted(group) for group in self.conflicts],
            "as_of": self.as_of.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "citation": self.citation,
            "limitations": self.limitations,
            "sells_by_state": self.sells_by_state,
            "territories": list(self.territories),
            "sources": {key: source.to_dict() for key, source in self.sources.items()},
        }


def _place(entry: CountryCapabilities) -> tuple[str, str]:
    return entry.country, entry.state or ""


class SoldBy(dict[tuple[str, ...], tuple[tuple[CountryCapabilities, ...], str | None]]):
    """By several countries' codes their entries, and the code where there is but one; made when first asked for."""

    def __init__(self, countries: Mapping[str, CountryCapabilities]) -> None:
        super().__init__()
        self._countries = countries

    def __missing__(self, codes: tuple[str, ...]) -> tuple[tuple[CountryCapabilities, ...], str | None]:
        entries = tuple(self._countries[code] for code in codes if code in self._countries)
        self[codes] = found = entries, entries[0].country if len(entries) == 1 else None
        return found


@frozen(eq=False)
class Edition:
    """The registry as it stands between two dates: one entry per country that has a revision in force.

    `subdivisions` holds the entries of subdivisions with data of their own, by country and code; `plan` says which
    country of the registry sells which numbers; `sold_by` has the entries of the countries that it names.
    """

    registry: "Registry"
    countries: Mapping[str, CountryCapabilities] = field(repr=False)
    subdivisions: Mapping[tuple[str, str], CountryCapabilities] = field(repr=False)
    sold_by: SoldBy = field(init=False, repr=False)
    plan: NumberPlan = field(init=False, repr=False)

    @sold_by.default
    def _none_yet(self) -> SoldBy:
        return SoldBy(self.countries)

    @plan.default
    def _the_registry_s(self) -> NumberPlan:
        return self.registry.plan

    def capabilities(self, country: str, state: str | None = None) -> CountryCapabilities | None:
        """The entry of *country*, or of the country that sells a territory's numbers; None when there is none."""
        country = self.registry.home(country)
        return self.subdivisions.get((country, state or "")) or self.countries.get(country)

    def all(self) -> tuple[CountryCapabilities, ...]:
        """Every entry: each country's, followed by those of its subdivisions."""
        return tuple(sorted([*self.countries.values(), *self.subdivisions.values()], key=_place))

    def countries_with(self, service: str) -> tuple[str, ...]:
        """The codes of the countries whose numbers can receive *service*, in order."""
        wanted = Service(service)
        return tuple(code for code, entry in self.countries.items() if wanted in entry.services)


# Without slots: beside them cached properties make attrs look up every attribute in Python.
@frozen(eq=False, slots=False)
class Registry:
    """Capability data, checked and immutable: made by `default()`, `load()` and `overlay()`.

    `current` is the registry itself; a `LiveRegistry` has its newest one there, so that either can stand for the other.
    """

    data: Data
    current: "Registry" = field(init=False, default=Factory(lambda self: self, takes_self=True))
    _editions: dict[int, Edition] = field(factory=dict, init=False)

    def __repr__(self) -> str:
        return f"<Registry of {', '.join(self.countries) or 'no country'}>"

    @staticmethod
    def default() -> "Registry":
        """The packaged data with the directories of `HOIIO_CAPABILITIES` laid over it; read once in a process."""
        return _default()

    @staticmethod
    def load(directory: str | os.PathLike[str]) -> "Registry":
        """The data files of *directory* alone; raises `CapabilityDataError` with every fault of it."""
        path = Path(directory)
        return Registry(directories.assemble(directories.read(path, str(path))))

    def overlay(self, directory: str | os.PathLike[str]) -> "Registry":
        """A new registry, in which a country file of *directory* replaces that country, its `common.toml` key by key.

        Raises `CapabilityDataError` with every fault of the directory.
        """
        path = Path(directory)
        return Registry(directories.assemble(directories.read(path, str(path)), self.data))

    def in_force(self, on: date | None = None) -> Edition:
        """The data that holds on the date *on*, by default today."""
        index = bisect_right(self._ordinals, (on or today()).toordinal())
        edition = self._editions.get(index)
        if edition is None:
            start = self.turns[index - 1] if index else date.min
            edition = self._editions[index] = self._edition(start)
        return edition

    def capabilities(
        self, country: str, *, state: str | None = None, on: date | None = None
    ) -> CountryCapabilities | None:
        """What numbers of *country* (`US`), in *state* (`AL`), can receive on a date; None where the data is silent."""
        return self.in_force(on).capabilities(country, state)

    def countries_with(self, service: str, *, on: date | None = None) -> tuple[str, ...]:
        """The codes of the countries whose numbers can receive *service* on a date, in order."""
        return self.in_force(on).countries_with(service)

    @property
    def countries(self) -> Mapping[str, Country]:
        """Every country's data, revisions of all dates included, by its ISO 3166-1 alpha-2 code."""
        return self.data.countries

    @property
    def conflicts(self) -> tuple[frozenset[Service], ...]:
        """The groups of services that one number cannot receive at the same time."""
        return self.data.common.conflicts or ()

    @property
    def durations(self) -> tuple[str, ...]:
        """How long a number can be subscribed to: months, or `auto_extend`."""
        return self.data.common.durations or ()

    @property
    def sources(self) -> Mapping[str, Source]:
        """Where `conflicts` and `durations` stand in the data."""
        return self.data.common.sources

    @cached_property
    def turns(self) -> tuple[date, ...]:
        """Every date on which a revision comes into force, in order."""
        return tuple(sorted({revision.start for country in self.countries.values() for revision in country.revisions}))

    @cached_property
    def _ordinals(self) -> tuple[int, ...]:
        """The same as numbers, which are compared sooner."""
        return tuple(turn.toordinal() for turn in self.turns)

    def first_date(self, country: str) -> date | None:
        """The date from which the data has *country* (or the seller of a territory); None for one that it has not."""
        data = self.countries.get(self.home(country))
        return data.revisions[0].start if data else None

    def home(self, code: str) -> str:
        """The country that sells the numbers of the territory *code*; any other code as it is."""
        return self._homes.get(code, code)

    @cached_property
    def plan(self) -> NumberPlan:
        """Which country sells which numbers: those of its own region and of its territories."""
        return NumberPlan({code: (code, *country.territories) for code, country in self.countries.items()})

    @cached_property
    def _homes(self) -> dict[str, str]:
        return {territory: country.code for country in self.countries.values() for territory in country.territories}

    def _edition(self, start: date) -> Edition:
        in_force = {}
        for code, revisions in self._entries.items():
            begun = [entries for entries in revisions if entries[None].as_of <= start]
            in_force.update({(code, state): entry for state, entry in (begun[-1] if begun else {}).items()})
        return Edition(
            self,
            MappingProxyType({code: entry for (code, state), entry in in_force.items() if state is None}),
            MappingProxyType({(code, state): entry for (code, state), entry in in_force.items() if state is not None}),
        )

    @cached_property
    def _entries(self) -> dict[str, list[dict[str | None, CountryCapabilities]]]:
        """Each country's revisions in order of date: the entry of each subdivision, under None the country's own."""
        return {code: list(self._revisions(country)) for code, country in self.countries.items()}

    def _revisions(self, country: Country) -> Iterator[dict[str | None, CountryCapabilities]]:
        for revision, following in zip_longest(country.revisions, country.revisions[1:]):
            yield {
                state: CountryCapabilities(
                    country=country.code,
                    state=state,
                    services=terms.services,
                    conflicts=self.conflicts,
                    as_of=revision.start,
                    until=following.start if following else None,
                    citation=revision.citation,
                    limitations=terms.limitations,
                    sells_by_state=country.sells_by_state,
                    territories=country.territories,
                    sources=MappingProxyType({**country.sources, "from": revision.source, **terms.sources}),
                )
                for state, terms in [(None, revision.nationwide), *revision.subdivisions.items()]
            }


@cache
def _default() -> Registry:
    return Registry(directories.default())
