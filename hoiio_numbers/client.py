"""The Number API: every call is checked before it is sent, and what comes back has the names of the vendor's guide.

    with Hoiio(app_id="…", access_token="…") as hoiio:
        for country in hoiio.number.available_countries().entries:
            print(country.name, country.code, country.prefix)

`Hoiio` is an account, `NumberAPI` the calls that it can make.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import cached_property, partial
from threading import TIMEOUT_MAX, Lock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from hoiio_numbers import endpoints, urls
from hoiio_numbers.check import Checker
from hoiio_numbers.endpoints import Endpoint
from hoiio_numbers.errors import (
    ApiError,
    InvalidRequestError,
    NumberNotYoursError,
    OutcomeUnknownError,
    ServerError,
    TransportError,
    UnexpectedAnswerError,
)
from hoiio_numbers.listed import ListedNumber
from hoiio_numbers.models import (
    AvailableNumber,
    AvailableNumbers,
    Configuration,
    Countries,
    Rates,
    Reconfiguration,
    SubscribedNumbers,
    Subscription,
)
from hoiio_numbers.purchases import PurchaseOutcome, digits, found, outcome
from hoiio_numbers.report import Report
from hoiio_numbers.services import MODES
from hoiio_numbers.statuses import STATUSES
from hoiio_numbers.text import given
from hoiio_numbers.transport import Transport, new_session
from hoiio_numbers.urls import Url
from hoiio_numbers.wire import Fields

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

CREDENTIALS = {"app_id": "HOIIO_APP_ID", "access_token": "HOIIO_ACCESS_TOKEN"}
"""Each credential, and the environment variable that it comes from where it is not given."""
BASE_URL = "https://secure.hoiio.com/open/"
TIMEOUT = 30.0
MOST_PAGES = 10_000


class Keep(Enum):
    """What `reconfigure()` does with a setting that it is not given."""

    KEEP = "keep"


KEEP = Keep.KEEP
"""Leave the setting as it is."""


class Hoiio:
    """An account of the Hoiio API; `number` holds the calls of its Number API.

    *app_id* and *access_token* come from the environment (`HOIIO_APP_ID`, `HOIIO_ACCESS_TOKEN`) where they are not
    given, *base_url* from `HOIIO_BASE_URL`, else it is the vendor's. *timeout* is the time in seconds within which a
    call ends, repeats included; each call can be given another. *session* is a `requests.Session` of your own, for
    proxies, certificates or adapters; it stays yours to close. *checker* decides what may be sent: by default the
    packaged data and the library's rules. Raises ValueError for credentials that are missing, a base URL that is none
    and a timeout in which nothing can be done.

    May be used by many threads at once, as long as nobody changes its session meanwhile. Used as a context manager it
    closes its connections at the end.
    """

    def __init__(
        self,
        app_id: str | None = None,
        access_token: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        session: "requests.Session | None" = None,
        checker: Checker | None = None,
    ) -> None:
        credentials = {
            "app_id": _credential(app_id, "app_id"),
            "access_token": _credential(access_token, "access_token"),
        }
        self._timeout = _seconds(timeout)
        self.base_url = _base_url(base_url)
        self._session = session or new_session(self.base_url)
        self._is_own_session = session is None
        self._transport = Transport(credentials, self.base_url, self._session)
        self.number = NumberAPI(self._transport, checker or Checker(), timeout)

    def __repr__(self) -> str:
        return f"<Hoiio at {self.base_url}>"

    def call(
        self, path: str, parameters: Mapping[str, str], *, repeatable: bool = False, timeout: float | None = None
    ) -> dict[str, object]:
        """The fields of the answer to any other call, such as `sandbox/deliveries`; nothing is checked before.

        It is sent once, unless it is *repeatable*. Raises `ApiError` or `TransportError`.
        """
        seconds = self._timeout if timeout is None else _seconds(timeout)
        return self._transport.call(Endpoint(path, repeatable), parameters, lambda fields: {**fields.others}, seconds)

    def close(self) -> None:
        """Close the connections, unless the session is yours."""
        if self._is_own_session:
            self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class NumberAPI:
    """The calls of the Number API. *timeout* is the time in seconds within which a call ends, repeats included.

    A call raises `InvalidRequestError` when it cannot work, before anything is sent, and otherwise `ApiError`,
    `TransportError` or, from `subscribe()`, `OutcomeUnknownError`. With *preflight* false it is sent although the
    data refuses it, for the data may be older than the API. A number is E.164 text or one that the API listed, whose
    own country and capabilities then decide.
    """

    def __init__(self, transport: Transport, checker: Checker, timeout: float) -> None:
        self._transport = transport
        self._checker = checker
        self._timeout = timeout
        self._purchases: Counter[str] = Counter()  # of each number's digits, those that were made or may have been
        self._counting = Lock()

    def available_countries(self, *, timeout: float | None = None) -> Countries:
        """The countries whose numbers can be had, with their calling codes and states."""
        return self._call(endpoints.COUNTRIES, {}, Countries.read, timeout)

    def available_numbers(
        self,
        country: str,
        state: str | None = None,
        *,
        page: int | None = None,
        preflight: bool = True,
        timeout: float | None = None,
    ) -> AvailableNumbers:
        """A page of at most 20 numbers that can be had in a country, in a state of it where it sells by state.

        *country* is an ISO 3166-1 alpha-2 code, *state* an ISO 3166-2 one (`AL` or `US-AL`), *page* counts from 1. A
        page past the end has no entries.
        """
        report = self._checker.check_available_numbers(country, state=state, page=page)
        if preflight:
            report.raise_for_errors()
        place = _country(country, report), _state(state)
        form = {"country": place[0], "state": place[1], "page": _text(page)}
        return self._call(endpoints.CHOICES, form, partial(AvailableNumbers.read, place=place), timeout)

    def iter_available_numbers(
        self, country: str, state: str | None = None, *, preflight: bool = True, timeout: float | None = None
    ) -> Iterator[AvailableNumber]:
        """Every number that can be had, each once; the next page is asked for when it is needed.

        Ends when every number that the API counts has come, or a page brings none that is new. *timeout* is for each
        page.
        """
        if preflight:
            self._checker.check_available_numbers(country, state=state).raise_for_errors()
        read_page = partial(self.available_numbers, country, state, preflight=preflight, timeout=timeout)
        return _each_once(read_page)

    def rate(self, country: str, *, preflight: bool = True, timeout: float | None = None) -> Rates:
        """What a number of *country* (ISO 3166-1 alpha-2) costs for each duration."""
        report = self._checker.check_rate(country)
        if preflight:
            report.raise_for_errors()
        return self._call(endpoints.RATES, {"country": _country(country, report)}, Rates.read, timeout)

    def subscribe(
        self,
        number: str | ListedNumber,
        duration: int | str,
        *,
        preflight: bool = True,
        timeout: float | None = None,
    ) -> Subscription:
        """Buy a number for 1, 3 or 12 months or, with `auto_extend`, month by month; one that is yours is extended.

        It is sent once. `OutcomeUnknownError` means that it may have been done: look before you buy again.
        """
        report = self._checker.check_subscribe(number, duration)
        if preflight:
            report.raise_for_errors()
        form = {"number": _number(number, report), "duration": _text(duration) or ""}
        read = partial(Subscription.read, sent=form, report=report)
        with self._sent_purchase(form["number"]):
            try:
                return self._call(endpoints.SUBSCRIBE, form, read, timeout)
            except (ServerError, TransportError, UnexpectedAnswerError) as error:
                if isinstance(error, TransportError) and not error.sent:
                    raise
                before = number if isinstance(number, ListedNumber) else None
                raise OutcomeUnknownError(**form, reason=str(error), before=before) from error

    def outcome_of(self, error: OutcomeUnknownError, *, timeout: float | None = None) -> PurchaseOutcome:
        """What became of a purchase that ended in *error*, by the numbers that are yours now; never wrongly certain.

        What can be known depends on what `subscribe()` was given: of a number that the API had listed it was known
        whether it was yours, and until when; of a bare one that is yours now nothing can be told. That a purchase was
        charged only the client can tell that sent it, and only where it sent no other purchase of the number. Nobody
        else may buy the number with this account meanwhile.
        """
        ours = self.subscribed_numbers(timeout=timeout)
        return outcome(error, ours, is_only_one=self._purchases[digits(error.number)] == 1)

    def configure(
        self,
        number: str | ListedNumber,
        *,
        forward_to: str | None = None,
        forward_sms_to: str | None = None,
        mode: str | Collection[str] | None = None,
        preflight: bool = True,
        timeout: float | None = None,
    ) -> Configuration:
        """Set where a number of yours announces calls, or faxes in mode `fax` (*forward_to*), and SMS.

        It replaces the whole setting: what is left out is cleared. `reconfigure()` keeps it. The result carries the
        report, in which the warnings are.
        """
        report = self._checker.check_config(number, forward_to=forward_to, forward_sms_to=forward_sms_to, mode=mode)
        if preflight:
            report.raise_for_errors()
        return self._configure(number, report, timeout)

    def reconfigure(
        self,
        number: str | ListedNumber,
        *,
        forward_to: str | Keep | None = KEEP,
        forward_sms_to: str | Keep | None = KEEP,
        mode: str | Collection[str] | Keep | None = KEEP,
        dry_run: bool = False,
        preflight: bool = True,
        timeout: float | None = None,
    ) -> Reconfiguration:
        """Change a part of a number's settings: what is left out is kept, None clears.

        Reads the present settings, merges, checks the whole and sends it, unless it is a *dry_run*. A mode that is
        kept goes with the `forward_to` that it is for. Raises `NumberNotYoursError` for a number that is not among
        the subscribed ones. *timeout* is for the reading and for the sending.
        """
        settings: dict[str, Any] = {"forward_to": forward_to, "forward_sms_to": forward_sms_to, "mode": mode}
        kept = {name for name, value in settings.items() if value is KEEP}
        report = self._checker.check_config(number, **{**settings, **dict.fromkeys(kept)})
        if report.number is None:
            raise InvalidRequestError(report)
        before = found(report.number, self.subscribed_numbers(timeout=timeout))
        if before is None:
            _, meaning, hint, _ = STATUSES["error_number_not_assigned"]
            raise NumberNotYoursError(endpoints.ACTIVE.path, 200, meaning=f"{meaning} {report.number}", hint=hint)
        settings.update({name: getattr(before, name) for name in kept})
        if "mode" in kept and given(settings["forward_to"]) is None:
            settings["mode"] = None
        report = self._clearing.check_config(before, **settings)
        if preflight:
            report.raise_for_errors()
        if not dry_run:
            self._configure(before, report, timeout)
        return Reconfiguration(before=before, after=_settings(report), report=report, sent=not dry_run)

    def subscribed_numbers(self, *, timeout: float | None = None) -> SubscribedNumbers:
        """The numbers that are yours, with their settings."""
        return self._call(endpoints.ACTIVE, {}, SubscribedNumbers.read, timeout)

    def _configure(self, number: str | ListedNumber, report: Report, timeout: float | None) -> Configuration:
        form = {"number": _number(number, report), **_settings(report)}
        read = partial(Configuration.read, sent=form, report=report)
        return self._call(endpoints.UPDATE_FORWARDING, form, read, timeout)

    @cached_property
    def _clearing(self) -> Checker:
        """The checker for settings that are read before they are changed: to clear all of them asks for something."""
        book = self._checker.rules
        return Checker(self._checker.registry, rules=book.silence("request.empty") if "request.empty" in book else book)

    @contextmanager
    def _sent_purchase(self, number: str) -> Iterator[None]:
        """Count a purchase of *number*, unless it ends in an error that says for certain that it was not made."""
        number = digits(number)
        with self._counting:
            self._purchases[number] += 1
        try:
            yield
        except (ApiError, TransportError):
            with self._counting:
                self._purchases[number] -= 1
            raise

    def _call(
        self,
        endpoint: Endpoint,
        form: Mapping[str, str | None],
        read: Callable[[Fields], T],
        timeout: float | None,
    ) -> T:
        seconds = self._timeout if timeout is None else _seconds(timeout)
        return self._transport.call(endpoint, _filled(form), read, seconds)


def _each_once(read_page: Callable[..., AvailableNumbers]) -> Iterator[AvailableNumber]:
    """The numbers of all pages. Some servers repeat a page for ever: one that brings nothing new is the last."""
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        answer = read_page(page=page)
        new = {entry.number: entry for entry in answer.entries if entry.number not in seen}
        yield from new.values()
        seen.update(new)
        if not new or len(seen) == answer.total_entries_count:
            return
    meaning = f"the list of available numbers does not end: {MOST_PAGES} pages came"
    raise UnexpectedAnswerError(endpoints.CHOICES.path, 200, meaning=meaning, hint="Check base_url.")


# -- what is sent for what was given -----------------------------------------------------------------------------------


def _text(value: object) -> str | None:
    present = given(value)
    return None if present is None else str(present)


def _filled(form: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in form.items() if value is not None}


def _number(number: object, report: Report) -> str:
    """The E.164 form, or what was typed where there is none."""
    return report.number or _text(number.number if isinstance(number, ListedNumber) else number) or ""


def _country(country: object, report: Report) -> str:
    """The code of the country that sells the numbers, or what was typed where it is no country's."""
    return report.country or _text(country) or ""


def _state(state: object) -> str | None:
    """The second half of an ISO 3166-2 code."""
    text = _text(state)
    return text and text.upper().rpartition("-")[2]


def _settings(report: Report) -> dict[str, str | None]:
    """What a checked request configures, by the API's names."""
    facts, request = report.facts, report.facts.request
    modes = [*(str(mode) for mode in MODES if mode in facts.modes), *request.unknown_modes]
    return {
        "forward_to": _text(request.forward_to),
        "forward_sms_to": _text(request.forward_sms_to),
        "mode": ",".join(modes) or None,
    }


def _seconds(timeout: float) -> float:
    if not 0 < timeout <= TIMEOUT_MAX:  # nor is "not a number" a time
        raise ValueError(f"timeout must be a finite number of seconds, more than 0, not {timeout}")
    return timeout


def _credential(value: str | None, name: str) -> str:
    variable = CREDENTIALS[name]
    found = given(value) or given(os.environ.get(variable))
    if not isinstance(found, str):
        raise ValueError(f"no {name} was given: pass {name}= or set {variable}")  # noqa: TRY004 - mostly it is missing
    return found


def _base_url(base_url: str | None) -> str:
    """The URL that was given, or that of the environment, or the vendor's, with a slash at its end."""
    for name, url in (("base_url", base_url), ("HOIIO_BASE_URL", os.environ.get("HOIIO_BASE_URL"))):
        known = urls.read(url)
        if known & (Url.MALFORMED | Url.CREDENTIALS) or (known and set("?#") & set(str(url))):
            wanted = "an absolute http or https URL without credentials, query or fragment"
            raise ValueError(f"{name} must be {wanted}, not {urls.redacted(str(url))!r}")
        if url and known:
            return url.strip().removesuffix("/") + "/"
    return BASE_URL
