"""What the sandbox sells: valid numbers per country and state, beside the vendor's own examples; and at what price.

The numbers of the US and of Australia are kept for fiction by their authorities (NANPA: 555-0100 to 555-0199 in every
area code; ACMA: +61 2 5550 1000 and on), those of the other shipped countries are around libphonenumber's example
numbers. A country of a user's own data gets the beginning of its widest range. All prices are made up.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from hoiio_numbers import countries, numberplan
from hoiio_numbers.automata import contains
from hoiio_numbers.registry import Edition
from hoiio_numbers.services import Service

NUMBERS_IN_A_PLACE = 45  # two whole pages and a short one

GUIDE = {"+16001234567": ("US", "AL"), "+16502222222": ("US", "CA"), "+6511111111": ("SG", "")}
"""The numbers of the vendor's guide and reference."""

# One area code for each state and the capital; source: NANPA's list of geographic codes.
_AREA_CODES = """
    AL 205 AK 907 AZ 480 AR 479 CA 213 CO 303 CT 203 DE 302 DC 202 FL 305 GA 404 HI 808 ID 208 IL 217 IN 219 IA 319
    KS 316 KY 502 LA 504 ME 207 MD 301 MA 413 MI 313 MN 218 MS 228 MO 314 MT 406 NE 402 NV 702 NH 603 NJ 201 NM 505
    NY 212 NC 252 ND 701 OH 216 OK 405 OR 503 PA 215 RI 401 SC 803 SD 605 TN 423 TX 210 UT 435 VT 802 VA 276 WA 206
    WV 304 WI 262 WY 307
"""
_FIRST = {
    ("AU", ""): 61255501000,
    ("HK", ""): 85221234500,
    ("NZ", ""): 6432345600,
    ("SG", ""): 6561234560,  # the number of our own documentation among them
    ("VN", ""): 842101234500,
    **{("US", state): int(f"1{area}5550100") for state, area in zip(*[iter(_AREA_CODES.split())] * 2, strict=True)},
}

_MONTHLY = {"US": Decimal("4.00"), "SG": Decimal("10.00")}
_MONTHLY_ELSEWHERE = Decimal("8.00")
_FACTORS = {"3": Decimal("2.85"), "12": Decimal("10.20"), "auto_extend": Decimal(1)}  # else the count of months


class Place(NamedTuple):
    """Where numbers are sold: a country, or a state of one; `state` is empty for a country without."""

    country: str
    state: str


class Inventory:
    """Every number that the sandbox sells under one edition of the capability data."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition

    @cached_property
    def places(self) -> Mapping[Place, tuple[str, ...]]:
        """The numbers of each place in E.164 form, the guide's own first."""
        return {place: self._numbers(place) for country in self.edition.countries for place in self._places(country)}

    @cached_property
    def place_of(self) -> Mapping[str, Place]:
        """Where each number is sold."""
        return {number: place for place, numbers in self.places.items() for number in numbers}

    def states(self, country: str) -> tuple[str, ...]:
        """The codes of the states that *country* is sold by; none for one that is not sold by state."""
        return tuple(place.state for place in self.places if place.country == country and place.state)

    def services(self, place: Place) -> frozenset[Service]:
        """What the numbers of a place can receive; nothing where the data does not sell them any more."""
        entry = self.edition.capabilities(place.country, place.state)
        return entry.services if entry else frozenset()

    def _places(self, country: str) -> Iterator[Place]:
        if not self.edition.countries[country].sells_by_state:
            yield Place(country, "")
            return
        known = sorted(state for code, state in _FIRST if code == country and state)
        for state in known or sorted(countries.subdivisions(country)):
            yield Place(country, state)

    def _numbers(self, place: Place) -> tuple[str, ...]:
        own = [number for number, where in GUIDE.items() if where == place]
        first = _FIRST.get(place) or _first_elsewhere(place)
        made = range(first, first + NUMBERS_IN_A_PLACE)
        valid = numberplan.ranges_of(place.country)
        return (*own, *(f"+{number}" for number in made if contains(valid, number)))


def price(country: str, duration: str) -> Decimal:
    """What a number of *country* costs for *duration*; `auto_extend` costs it every month."""
    months = _FACTORS.get(duration) or Decimal(duration)
    return (_MONTHLY.get(country, _MONTHLY_ELSEWHERE) * months).quantize(Decimal("0.01"))


def _first_elsewhere(place: Place) -> int:
    """A stretch of the widest valid range of a country, for each of its states another one."""
    spans = list(pairwise(numberplan.ranges_of(place.country)))[::2]
    widest, _ = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    rank = sorted(countries.subdivisions(place.country)).index(place.state) if place.state else 0
    return widest + NUMBERS_IN_A_PLACE * rank
