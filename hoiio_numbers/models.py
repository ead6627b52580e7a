"""What the API's calls answer, under the names that its guide prints.

Every object keeps the fields that this library does not know in `others`. Money is Decimal, a day a `date` in GMT+8.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import field, frozen

from hoiio_numbers import urls
from hoiio_numbers.listed import ListedNumber
from hoiio_numbers.report import Report
from hoiio_numbers.services import Service
from hoiio_numbers.wire import Fields, is_count


def _url(value: str | None) -> str:
    """A URL as a repr shows it: without the credentials that may stand in it."""
    return repr(value and urls.redacted(value))


def _settings(values: Mapping[str, str | None]) -> str:
    return f"{{{', '.join(f'{name!r}: {_url(value)}' for name, value in values.items())}}}"


@frozen(kw_only=True)
class Answer:
    """What every answer, and every entry of one, has: the fields that this library does not know."""

    others: Mapping[str, object] = field(factory=dict, repr=False, hash=False)


# -- what can be had ---------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class State(Answer):
    """A state of a country: `code` is the second half of its ISO 3166-2 code."""

    code: str
    name: str
    capabilities: frozenset[Service] | None = None

    @classmethod
    def read(cls, fields: Fields) -> "State":
        """The object as the API answers it."""
        code = fields.needed(fields.text, "code")
        name, capabilities = fields.text("name") or code, fields.capabilities()
        return cls(code=code, name=name, capabilities=capabilities, others=fields.others)


@frozen(kw_only=True)
class Country(Answer):
    """A country whose numbers can be had: `code` is ISO 3166-1 alpha-2, `prefix` the calling code without a plus.

    `states` is empty for a country whose numbers are not sold by state.
    """

    code: str
    name: str
    prefix: str
    states: tuple[State, ...] = ()
    capabilities: frozenset[Service] | None = None

    @classmethod
    def read(cls, fields: Fields) -> "Country":
        """The object as the API answers it."""
        code = fields.needed(fields.text, "code")
        return cls(
            code=code,
            name=fields.text("name") or code,
            prefix=(fields.text("prefix") or "").removeprefix("+"),
            states=fields.entries("states", State.read),
            capabilities=fields.capabilities(),
            others=fields.others,
        )


@frozen(kw_only=True)
class Countries(Answer):
    """The answer of `available_countries()`."""

    entries: tuple[Country, ...]
    entries_count: int

    @classmethod
    def read(cls, fields: Fields) -> "Countries":
        """The object as the API answers it."""
        return cls(**_listed(fields, Country.read), others=fields.others)


@frozen(kw_only=True)
class AvailableNumber(ListedNumber):
    """A number that can be subscribed to, in the country and the state that were asked for."""

    @classmethod
    def read(cls, fields: Fields, place: tuple[str, str | None]) -> "AvailableNumber":
        """The object as the API answers it for a country and a state."""
        country, state = place
        return cls(
            number=fields.needed(fields.text, "number"),
            country=fields.text("country") or country,
            state=fields.text("state") or state,
            capabilities=fields.capabilities(),
            others=fields.others,
        )


@frozen(kw_only=True)
class AvailableNumbers(Answer):
    """A page of the answer of `available_numbers()`; `total_entries_count` counts all pages' numbers."""

    entries: tuple[AvailableNumber, ...]
    entries_count: int
    total_entries_count: int | None

    @classmethod
    def read(cls, fields: Fields, place: tuple[str, str | None]) -> "AvailableNumbers":
        """The object as the API answers it for a country and a state."""
        listed = _listed(fields, partial(AvailableNumber.read, place=place), plain="number")
        return cls(**listed, total_entries_count=fields.count("total_entries_count"), others=fields.others)


@frozen(kw_only=True)
class Rate(Answer):
    """What a number costs for `duration` months."""

    duration: int | str
    rate: Decimal

    @classmethod
    def read(cls, fields: Fields) -> "Rate":
        """The object as the API answers it."""
        duration = fields.needed(fields.text, "duration")
        return cls(
            duration=int(duration) if is_count(duration) else duration,
            rate=fields.needed(fields.money, "rate"),
            others=fields.others,
        )


@frozen(kw_only=True)
class Rates(Answer):
    """The answer of `rate()`: what the numbers of a country cost, in `currency` (ISO 4217)."""

    currency: str | None
    entries: tuple[Rate, ...]
    entries_count: int

    @classmethod
    def read(cls, fields: Fields) -> "Rates":
        """The object as the API answers it."""
        return cls(currency=fields.text("currency"), **_listed(fields, Rate.read), others=fields.others)


# -- what one has ------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Subscription(Answer):
    """The answer of `subscribe()`: what was charged, in `currency` (ISO 4217), and until when the number is yours.

    `number` and `duration` are as they were sent; what the API left out is None.
    """

    number: str
    duration: str
    debit: Decimal | None
    currency: str | None
    expiry: date | None
    report: Report = field(repr=False, eq=False)

    @classmethod
    def read(cls, fields: Fields, sent: Mapping[str, str], report: Report) -> "Subscription":
        """The object as the API answers it to the form that was *sent*."""
        return cls(
            **sent,
            report=report,
            debit=fields.money("debit"),
            currency=fields.text("currency"),
            expiry=fields.day("expiry"),
            others=fields.others,
        )


@frozen(kw_only=True)
class SubscribedNumber(ListedNumber):
    """A number that the account subscribes to, and its settings; a URL that is not set is None.

    `mode` says what `forward_to` hears of, `expiry` until which day the number is yours, `auto_extend_status`
    (`enabled`, `disabled`) whether it is extended month by month.
    """

    forward_to: str | None = field(default=None, repr=_url)
    forward_sms_to: str | None = field(default=None, repr=_url)
    mode: str | None = None
    expiry: date | None = None
    auto_extend_status: str | None = None

    @property
    def auto_extends(self) -> bool:
        """Whether the subscription is extended by itself."""
        return self.auto_extend_status == "enabled"

    @classmethod
    def read(cls, fields: Fields) -> "SubscribedNumber":
        """The object as the API answers it."""
        return cls(
            number=fields.needed(fields.text, "number"),
            country=fields.text("country"),
            state=fields.text("state"),
            capabilities=fields.capabilities(),
            forward_to=fields.text("forward_to"),
            forward_sms_to=fields.text("forward_sms_to"),
            mode=fields.text("mode"),
            expiry=fields.day("expiry"),
            auto_extend_status=fields.text("auto_extend_status"),
            others=fields.others,
        )


@frozen(kw_only=True)
class SubscribedNumbers(Answer):
    """The answer of `subscribed_numbers()`."""

    entries: tuple[SubscribedNumber, ...]
    entries_count: int

    @classmethod
    def read(cls, fields: Fields) -> "SubscribedNumbers":
        """The object as the API answers it; one without a list is no word that there are no numbers."""
        if not fields.others.keys() & {"entries", "entries_count"}:
            fields.needed(fields.take, "entries")
        return cls(**_listed(fields, SubscribedNumber.read), others=fields.others)


# -- settings ----------------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Configuration(Answer):
    """The result of `configure()`: what was sent for `number`, and the report that says what to mind.

    None was not sent, which clears it: a number hears of calls, faxes or SMS at the URLs of its last configuration.
    """

    number: str
    forward_to: str | None = field(repr=_url)
    forward_sms_to: str | None = field(repr=_url)
    mode: str | None
    report: Report = field(repr=False, eq=False)

    @classmethod
    def read(cls, fields: Fields, sent: Mapping[str, Any], report: Report) -> "Configuration":
        """The object as the API answers it to the form that was *sent*."""
        return cls(**sent, report=report, others=fields.others)


@frozen(kw_only=True)
class Reconfiguration:
    """The result of `reconfigure()`: the number as it was, and its settings from now on by the API's names.

    A setting of None is cleared. `sent` is false after a dry run.
    """

    before: SubscribedNumber
    after: Mapping[str, str | None] = field(repr=_settings)
    report: Report = field(repr=False, eq=False)
    sent: bool

    @property
    def changes(self) -> dict[str, tuple[str | None, str | None]]:
        """By the API's names what changes: each setting before and after."""
        both = {name: (getattr(self.before, name), value) for name, value in self.after.items()}
        return {name: (before, after) for name, (before, after) in both.items() if before != after}


def _listed(fields: Fields, read: Callable[[Fields], object], *, plain: str | None = None) -> dict[str, Any]:
    """The entries of an answer, and how many it says that it has; where it says nothing, how many there are."""
    entries, count = fields.entries("entries", read, plain=plain), fields.count("entries_count")
    return {"entries": entries, "entries_count": len(entries) if count is None else count}
