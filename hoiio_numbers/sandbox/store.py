"""The sandbox's state in SQLite: applications, who has which number, and a ledger of every charge.

Each change is one transaction, so that several processes may share a file and a killed one leaves it consistent.
Amounts are kept in cents, days as ISO 8601 text, moments in the vendor's time zone.
"""

import calendar
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import RLock
from typing import Any

import attrs
from attrs import field, frozen

from hoiio_numbers import urls
from hoiio_numbers.registry import VENDOR_TIME
from hoiio_numbers.sandbox.inventory import price

CURRENCY = "SGD"
AUTO_EXTEND = "auto_extend"

_SCHEMA = """
create table if not exists application (
    app_id text primary key, access_token text not null, credit integer not null,
    most_numbers integer not null, trial integer not null, refusal text
);
create table if not exists subscription (
    number text primary key, app_id text not null references application, country text not null,
    forward_to text not null default '', forward_sms_to text not null default '', mode text not null default 'voice',
    expiry text not null, auto_extend integer not null
);
create table if not exists charge (
    app_id text not null, number text not null, duration text not null,
    amount integer not null, at text not null, expiry text not null
);
create table if not exists delivery (
    app_id text not null, number text not null, kind text not null, url text not null, at text not null,
    outcome text not null
);
create table if not exists clock (ahead real not null);
"""


class RefusedError(Exception):
    """What was asked for is not done; `status` says why in the API's words."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


@frozen
class Application:
    """An account that can use the API. `refusal` is the status that it gets to every call, None for a sound one."""

    app_id: str
    access_token: str = field(repr=False)
    credit: Decimal
    most_numbers: int
    trial: bool
    refusal: str | None


@frozen
class Held:
    """A number that an application subscribes to."""

    number: str
    app_id: str
    country: str
    forward_to: str
    forward_sms_to: str
    mode: str
    expiry: date
    auto_extend: bool


@frozen
class Charge:
    """A line of the ledger: what was paid for which number, and until when it was then paid for."""

    app_id: str
    number: str
    duration: str
    amount: Decimal
    at: datetime
    expiry: date


@frozen
class Delivery:
    """One notification that was to be sent: `outcome` is `HTTP 200`, or says why there is no status."""

    app_id: str
    number: str
    kind: str
    url: str = field(repr=urls.redacted)
    at: datetime
    outcome: str


class Store:
    """The state behind a sandbox, in the SQLite file *path* or in memory; raises OSError for a file that is none."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._lock = RLock()
        try:
            self._connection = _opened(path or ":memory:")
        except sqlite3.Error as error:
            raise OSError(f"the state cannot be kept in {path}: {error}") from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # -- the clock -----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time in the sandbox."""
        return datetime.now(VENDOR_TIME) + self._ahead()

    def advance(self, by: timedelta) -> None:
        """Move the clock, and settle what ended meanwhile."""
        with self._transaction():
            ahead = self._ahead() + by
            self._connection.execute("delete from clock")
            self._connection.execute("insert into clock values (?)", (ahead.total_seconds(),))
            self._settle()

    def _ahead(self) -> timedelta:
        return timedelta(seconds=sum(row["ahead"] for row in self._rows("select ahead from clock")))

    # -- applications --------------------------------------------------------------------------------------------------

    def add_application(
        self, credit: Decimal | int, *, most_numbers: int = 100, trial: bool = False, refusal: str | None = None
    ) -> Application:
        """A new application, with credentials of its own."""
        app_id, access_token, cents = f"sandbox-{secrets.token_hex(4)}", secrets.token_urlsafe(24), _cents(credit)
        values = (app_id, access_token, cents, most_numbers, trial, refusal)
        with self._transaction():
            self._connection.execute("insert into application values (?, ?, ?, ?, ?, ?)", values)
        return Application(app_id, access_token, _amount(cents), most_numbers, trial, refusal)

    def application(self, app_id: str) -> Application | None:
        """The application of that id."""
        rows = self._rows("select * from application where app_id = ?", app_id)
        return next((_application(row) for row in rows), None)

    def first_application(self, credit: Decimal | int) -> Application:
        """The one that was added first; where there is none a new one, with that credit."""
        with self._transaction():
            rows = self._rows("select * from application order by rowid limit 1")
            return _application(rows[0]) if rows else self.add_application(credit)

    # -- numbers -------------------------------------------------------------------------------------------------------

    def taken(self) -> frozenset[str]:
        """The numbers that anybody subscribes to."""
        with self._settled():
            return frozenset(row["number"] for row in self._rows("select number from subscription"))

    def held_by(self, app_id: str) -> list[Held]:
        """The numbers that an application subscribes to, in the order in which it first did."""
        with self._settled():
            return [
                _held(row) for row in self._rows("select * from subscription where app_id = ? order by rowid", app_id)
            ]

    def holder(self, number: str) -> str | None:
        """The application that subscribes to a number, if one does."""
        with self._settled():
            rows = self._rows("select app_id from subscription where number = ?", number)
        return next((str(row["app_id"]) for row in rows), None)

    def held(self, app_id: str, number: str) -> Held:
        """A number that an application subscribes to; raises `RefusedError` when it does not."""
        found = next((held for held in self.held_by(app_id) if held.number == number), None)
        if found is None:
            raise RefusedError("error_number_not_assigned")
        return found

    def configure(self, app_id: str, number: str, forward_to: str, forward_sms_to: str, mode: str) -> None:
        """Replace the whole setting of a number that the application subscribes to."""
        with self._transaction():
            self._connection.execute(
                "update subscription set forward_to = ?, forward_sms_to = ?, mode = ? where number = ? and app_id = ?",
                (forward_to, forward_sms_to, mode, number, app_id),
            )

    def subscribe(self, app_id: str, number: str, country: str, duration: str) -> Charge:
        """Charge for a number and let the application have it, or have it for longer; raises `RefusedError`."""
        with self._settled():
            held = next((_held(row) for row in self._rows("select * from subscription where number = ?", number)), None)
            if held and held.app_id != app_id:
                raise RefusedError("error_subscribe_number_not_available")
            application = self.application(app_id)
            if application is None or application.trial:
                raise RefusedError("error_not_allowed_for_trial")
            if held is None and len(self.held_by(app_id)) >= application.most_numbers:
                raise RefusedError("error_exceed_max_subscriptions")
            today = self.now().date()
            charge = self._charge(app_id, number, country, duration, max(held.expiry, today) if held else today)
            auto_extend = duration == AUTO_EXTEND or bool(held and held.auto_extend)
            self._connection.execute(
                "insert into subscription (number, app_id, country, expiry, auto_extend) values (?, ?, ?, ?, ?)"
                " on conflict (number) do update set expiry = excluded.expiry, auto_extend = excluded.auto_extend",
                (number, app_id, country, charge.expiry.isoformat(), auto_extend),
            )
            return charge

    def charges(self) -> list[Charge]:
        """The ledger, oldest line first."""
        return [_charged(row) for row in self._rows("select * from charge order by rowid")]

    def record(self, delivery: Delivery) -> None:
        """Keep what became of a notification."""
        with self._transaction():
            self._connection.execute(
                "insert into delivery values (?, ?, ?, ?, ?, ?)",
                (*attrs.astuple(delivery)[:4], delivery.at.isoformat(), delivery.outcome),
            )

    def deliveries(self) -> list[Delivery]:
        """Every notification, oldest first."""
        rows = self._rows("select * from delivery order by rowid")
        return [Delivery(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows]

    def _charge(self, app_id: str, number: str, country: str, duration: str, start: date) -> Charge:
        amount = price(country, duration)
        expiry = later(start, 1 if duration == AUTO_EXTEND else int(duration))
        charge = Charge(app_id, number, duration, amount, self.now(), expiry)
        paid = self._connection.execute(
            "update application set credit = credit - :cents where app_id = :app_id and credit >= :cents",
            {"cents": _cents(amount), "app_id": app_id},
        )
        if not paid.rowcount:
            raise RefusedError("error_insufficient_credit")
        self._connection.execute(
            "insert into charge (app_id, number, duration, amount, at, expiry) values (?, ?, ?, ?, ?, ?)",
            (app_id, number, duration, _cents(amount), charge.at.isoformat(), expiry.isoformat()),
        )
        return charge

    # -- transactions --------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it or nothing; one inside another is part of that one."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("begin immediate")
            try:
                yield
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """A transaction in which nothing is left of what ended before today."""
        with self._transaction():
            self._settle()
            yield

    def _settle(self) -> None:
        """Let every subscription that ended be extended, if it is to be and can be paid, or be over."""
        today = self.now().date().isoformat()
        while ended := self._rows("select * from subscription where expiry < ?", today):
            for row in ended:
                self._extend_or_end(_held(row))

    def _extend_or_end(self, held: Held) -> None:
        if held.auto_extend:
            with suppress(RefusedError):
                charge = self._charge(held.app_id, held.number, held.country, AUTO_EXTEND, held.expiry)
                values = (charge.expiry.isoformat(), held.number)
                self._connection.execute("update subscription set expiry = ? where number = ?", values)
                return
        self._connection.execute("delete from subscription where number = ?", (held.number,))

    def _rows(self, query: str, *values: str) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(row) for row in self._connection.execute(query, values)]


def _opened(path: str | os.PathLike[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _cents(amount: Decimal | int) -> int:
    return int(Decimal(amount).scaleb(2))


def _amount(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _application(row: dict[str, Any]) -> Application:
    return Application(**{**row, "credit": _amount(row["credit"]), "trial": bool(row["trial"])})


def _held(row: dict[str, Any]) -> Held:
    expiry = date.fromisoformat(row["expiry"])
    return Held(**{**row, "expiry": expiry, "auto_extend": bool(row["auto_extend"])})


def _charged(row: dict[str, Any]) -> Charge:
    at, expiry = datetime.fromisoformat(row["at"]), date.fromisoformat(row["expiry"])
    return Charge(**{**row, "amount": _amount(row["amount"]), "at": at, "expiry": expiry})
