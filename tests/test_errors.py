"""Errors survive what programs do to them: they are copied, stored, and raised out of another process."""

import copy
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date

import pytest

from hoiio_numbers import (
    ApiError,
    CapabilityDataError,
    Fault,
    Hoiio,
    HoiioError,
    InvalidRequestError,
    NotificationError,
    OutcomeUnknownError,
    PurchaseOutcome,
    Report,
    Service,
    SubscribedNumber,
    TransportError,
    check_config,
    parse_notification,
)
from hoiio_numbers.models import Configuration
from hoiio_numbers.sandbox import Sandbox
from hoiio_numbers.sandbox.server import Settings

NUMBER = "+6561234567"
HELD = SubscribedNumber(number=NUMBER, expiry=date(2026, 12, 31), capabilities=frozenset({Service.FAX}))


def kinds(root: type[HoiioError] = HoiioError) -> Iterator[type[HoiioError]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


def made(kind: type[HoiioError]) -> HoiioError:
    """An error of the kind, with something in everything that it can hold."""
    if issubclass(kind, ApiError):
        return kind(
            "number/rate", 429, "error_new", meaning="no", hint="Wait.", should_retry=True, retry_after=1.5, body="{}"
        )
    if kind is InvalidRequestError:
        return InvalidRequestError(check_config(NUMBER, forward_sms_to="https://example.com/"))
    if kind is CapabilityDataError:
        return CapabilityDataError([Fault("SG.toml", 3, "fax", "is missing.", "Write it.")])
    if kind is TransportError:
        return TransportError("number/rate", "timed out", sent=True, attempts=3)
    if kind is OutcomeUnknownError:
        return OutcomeUnknownError(NUMBER, "1", "timed out", before=HELD)
    return kind("why")


def _plain(error: HoiioError) -> dict[str, object]:
    return {name: it.to_dict() if isinstance(it, Report) else it for name, it in vars(error).items()}


@pytest.mark.parametrize("kind", [*kinds()])
def test_every_error_can_be_copied_and_stored(kind: type[HoiioError]) -> None:
    error = made(kind)
    error.add_note("by the way")
    stored = [
        pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own bytes
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for again in (copy.copy(error), copy.deepcopy(error), *stored):
        assert type(again) is type(error)
        assert (str(again), _plain(again)) == (str(error), _plain(error))
        assert again.__notes__ == ["by the way"]


def _refused(settings: Settings) -> object:
    with Hoiio(**settings) as hoiio:
        return hoiio.number.configure(NUMBER, forward_sms_to="https://example.com/")


def _lost(settings: Settings) -> object:
    with Hoiio(**settings) as hoiio:
        return hoiio.number.subscribe(hoiio.number.available_numbers("SG").entries[0], 1)


def _configured(settings: Settings) -> Configuration:
    with Hoiio(**settings) as hoiio:
        hoiio.number.subscribe(NUMBER, 1)
        return hoiio.number.configure(NUMBER, forward_to="https://example.com/")


def _parsed(_settings: Settings) -> object:
    return parse_notification("x=1")


def test_they_come_out_of_a_pool_of_processes(record_property: Callable[[str, object], None]) -> None:
    with (
        Sandbox() as sandbox,
        Hoiio(**sandbox.settings) as hoiio,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,
    ):
        sandbox.faults.plan("drop-after", verb="subscribe")
        with pytest.raises(OutcomeUnknownError) as lost:
            pool.submit(_lost, sandbox.settings).result()
        assert lost.value.before is not None
        assert hoiio.number.outcome_of(lost.value) is PurchaseOutcome.UNDECIDABLE  # another client bought it
        with pytest.raises(InvalidRequestError, match="cannot receive SMS"):
            pool.submit(_refused, sandbox.settings).result()
        with pytest.raises(NotificationError):
            pool.submit(_parsed, sandbox.settings).result()
        done = pool.submit(_configured, sandbox.settings).result()
        assert done.report.ok
    record_property("count", f"errors: {len([*kinds()])} kinds copied and stored, 3 out of another process")
