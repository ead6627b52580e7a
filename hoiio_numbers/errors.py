"""Everything this library raises on purpose.

HoiioError
├── InvalidRequestError (ValueError)     a request that its report refuses; nothing was sent
├── CapabilityDataError (ValueError)     capability data files that cannot be used
├── ApiError                             the API answered, and not with what was asked for
│   ├── CredentialsError                 it does not know the app_id or the access_token
│   ├── AccountError                     the account may not do this: suspended, on trial, at its limit
│   ├── InsufficientCreditError          the account has not enough credit
│   ├── RateLimitError                   too many requests in a minute
│   ├── ParameterError                   it refuses a parameter that was sent
│   ├── NumberNotAvailableError          the number, or every number, is taken
│   ├── NumberNotYoursError              the number is not subscribed to by this account
│   ├── ServerError                      it failed
│   └── UnexpectedAnswerError            what came is no answer of this API
├── TransportError                       no answer came, and what was asked for was not done or may be asked again
├── OutcomeUnknownError                  no answer came to a purchase: it may have been made
└── NotificationError (ValueError)       what a configured URL received is no notification
"""

from __future__ import annotations

import copyreg
from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from hoiio_numbers.listed import ListedNumber
    from hoiio_numbers.report import Report


class HoiioError(Exception):
    """The root of the tree: catch this for anything that the library raises on purpose.

    Every error can be copied and pickled, and so crosses a process pool.
    """

    def __reduce__(self) -> tuple[object, ...]:
        # Python's own way calls the class with `args`, which has no place for what is named.
        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]


class InvalidRequestError(HoiioError, ValueError):
    """A request that cannot work; `report` says everything that is wrong with it."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return "\n".join(f"{it.severity}: {it} [{it.code}]" for it in self.report.violations)


@frozen
class Fault:
    """One fault of a capability data file: where it stands, what is wrong, how to mend it.

    `line` counts from 1 and `key` is dotted; each is None where the fault is no line's or no key's (a missing file).
    """

    file: str
    line: int | None
    key: str | None
    problem: str
    mend: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f"{self.key}: " if self.key else ""
        return f"{place}: {key}{self.problem} {self.mend}"


class CapabilityDataError(HoiioError, ValueError):
    """Capability data that cannot be used; `faults` lists every fault of the directory."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


class ApiError(HoiioError):
    """The API answered, and not with what was asked for.

    `endpoint` is what was called (`number/subscribe`), `http_status` the answer's, `api_status` its own word for what
    is wrong (`error_…`; None where it says none), `body` its text. `meaning` says in a sentence what is wrong, `hint`
    what to do, `should_retry` whether the very same request may succeed later, and `retry_after` in how many seconds
    at the earliest, where the server says so.
    """

    def __init__(
        self,
        endpoint: str,
        http_status: int,
        api_status: str | None = None,
        *,
        meaning: str,
        hint: str,
        should_retry: bool = False,
        retry_after: float | None = None,
        body: str = "",
    ) -> None:
        super().__init__(endpoint, http_status, api_status)
        self.endpoint = endpoint
        self.http_status = http_status
        self.api_status = api_status
        self.meaning = meaning
        self.hint = hint
        self.should_retry = should_retry
        self.retry_after = retry_after
        self.body = body

    def __str__(self) -> str:
        status = self.api_status or (None if self.http_status == 200 else f"HTTP {self.http_status}")
        return f"{self.endpoint}: {self.meaning}" + (f" [{status}]" if status else "")


class CredentialsError(ApiError):
    """The API does not know the app_id, or the access_token is not its own."""


class AccountError(ApiError):
    """The account may not do this: it is suspended, on trial, not live, at its limit, or lacks the permission."""


class InsufficientCreditError(ApiError):
    """The account has not enough credit."""


class RateLimitError(ApiError):
    """Too many requests in a minute; wait and ask again."""


class ParameterError(ApiError):
    """The API refuses a parameter that was sent."""


class NumberNotAvailableError(ApiError):
    """The number, or every number that was asked for, is taken or not for sale."""


class NumberNotYoursError(ApiError):
    """The number is not one that this account subscribes to."""


class ServerError(ApiError):
    """The API failed; ask again later."""


class UnexpectedAnswerError(ApiError):
    """What came is no answer of this API: a gateway's page, half a document, values of other types."""


class TransportError(HoiioError):
    """No answer came. The request never left, or is one that may be sent again: nothing was bought.

    `endpoint` is what was called, `reason` what the network said, `attempts` how often it was tried, and `sent` whether
    a byte of the request may have reached the server.
    """

    should_retry = True

    def __init__(self, endpoint: str, reason: str, *, sent: bool, attempts: int = 1) -> None:
        super().__init__(endpoint, reason)
        self.endpoint = endpoint
        self.reason = reason
        self.sent = sent
        self.attempts = attempts

    def __str__(self) -> str:
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return f"{self.endpoint}: no answer came, tried {times}: {self.reason}"


class NotificationError(HoiioError, ValueError):
    """What was received is no notification of the API; the text says why."""


class OutcomeUnknownError(HoiioError):
    """A purchase was sent and no answer came that can be understood: it may have been made, or be made yet.

    Do not subscribe again before you know: a second one extends the subscription, at a price. `number` is in E.164
    form, `duration` as it was sent; `before` is what was known of the number before the call: the listed object that
    the call was given, or None. `hint` says how to find out.
    """

    should_retry = False
    hint = (
        "Do not buy it again before you know: hoiio.number.outcome_of(error) looks at your numbers, "
        "and the developer portal has the charges."
    )

    def __init__(self, number: str, duration: str, reason: str, *, before: ListedNumber | None = None) -> None:
        super().__init__(number, duration, reason)
        self.number = number
        self.duration = duration
        self.reason = reason
        self.before = before

    def __str__(self) -> str:
        return f"It is not known whether {self.number} was subscribed to ({self.duration}): {self.reason}"
