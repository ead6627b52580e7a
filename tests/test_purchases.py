"""Never buy twice: seeded schedules of faults, judged by the sandbox's ledger; and a server that is killed."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from random import Random
from time import monotonic
from urllib.parse import urlsplit

import pytest
import requests
from scripted import Reply, Server, ok
from soak import SOAK

from hoiio_numbers import (
    ApiError,
    AvailableNumber,
    Hoiio,
    HoiioError,
    ListedNumber,
    OutcomeUnknownError,
    PurchaseOutcome,
    SubscribedNumber,
    TransportError,
    transport,
)
from hoiio_numbers.sandbox import Sandbox
from hoiio_numbers.sandbox.faults import Fault
from hoiio_numbers.sandbox.inventory import price
from hoiio_numbers.sandbox.store import Application, Store

SCHEDULES = 10_000 if SOAK else 200
A_SANDBOX = 40  # schedules; each has an account and a number of its own
READS = 10_000 if SOAK else 300
KILLS = 100 if SOAK else 3
CREDIT = 10_000  # more than the numbers cost that there are
PATIENCE, SLOW = 0.25, 0.4  # seconds: a slow call outlasts the client's patience, and is done all the same
DURATIONS = (1, 3, 12, "auto_extend")
AFTER = {Fault.DROP_AFTER, Fault.TRUNCATE, Fault.ERROR_AFTER, Fault.HTML_AFTER}
LASTING = {Fault.SLOW, Fault.REFUSE}
MOSTLY_QUICK = [fault for fault in Fault if fault not in LASTING] * 5 + [*LASTING]
CHARGED, NOT_CHARGED, UNDECIDABLE = PurchaseOutcome


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.001)


# -- schedules of faults -----------------------------------------------------------------------------------------------


class Schedule:
    """One account that buys one number a few times, while calls go wrong by a seed."""

    def __init__(self, sandbox: Sandbox, number: str, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - the same schedule for the same seed is what is wanted
        self.sandbox = sandbox
        self.number = number
        self.application = sandbox.add_application()
        self.hoiio = Hoiio(**sandbox.settings_of(self.application), timeout=5)
        self.known: list[str | ListedNumber] = [number, AvailableNumber(number=number)]
        self.seen: Counter[str] = Counter()
        self.fewest = self.most = 0  # charges that there must be, and may be, slow ones included that are yet to come

    def charges(self) -> int:
        return sum(charge.app_id == self.application.app_id for charge in self.sandbox.charges())

    def run(self) -> None:
        with self.hoiio:
            for _ in range(self.random.randint(1, 3)):
                self.buy()
                self.sandbox.faults.clear()
                if self.random.random() < 0.5:
                    self.known += self.hoiio.number.subscribed_numbers().entries
        self.charged_in_time = self.charges()

    def buy(self) -> None:
        """Buy with what is known of the number, be it stale; then hold what is said of it against the ledger."""
        fault = self.random.choice(MOSTLY_QUICK)
        if self.random.random() < 0.7:
            self.sandbox.faults.plan(fault, verb=None if fault is Fault.REFUSE else "subscribe")
        before = self.charges()
        given, duration = self.random.choice(self.known), self.random.choice(DURATIONS)
        fewest, most = 0, 1
        try:
            self.hoiio.number.subscribe(given, duration, timeout=PATIENCE)
            fewest, said = 1, "subscribed"
        except OutcomeUnknownError as error:
            said = self.look(error, before)
            if "timed out" not in error.reason:  # else it may be done later, and faults are cleared before it has one
                fewest = most = int(fault in AFTER)
        except (ApiError, TransportError) as error:
            most, said = 0, type(error).__name__
        self.fewest, self.most = self.fewest + fewest, self.most + most
        assert self.fewest <= self.charges() <= self.most, said
        self.seen[said] += 1

    def look(self, error: OutcomeUnknownError, before: int) -> str:
        charged_before_we_looked = self.charges() > before
        outcome = self.hoiio.number.outcome_of(error)
        if outcome is NOT_CHARGED:
            assert not charged_before_we_looked
        if outcome is CHARGED:
            assert self.charges() == before + 1
        return str(outcome)


def numbers_of(sandbox: Sandbox) -> list[str]:
    with Hoiio(**sandbox.settings) as hoiio:
        return [entry.number for entry in hoiio.number.iter_available_numbers("SG")]


def test_no_call_is_charged_twice_and_nothing_wrong_is_said_of_one(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seen: Counter[str] = Counter()
    late = 0
    for first in range(0, SCHEDULES, A_SANDBOX):
        db, schedules = tmp_path / f"{first}.db", []
        with Sandbox(db=db) as sandbox:
            sandbox.faults.seconds = SLOW
            for seed, number in zip(range(first, first + A_SANDBOX), numbers_of(sandbox), strict=False):
                schedules.append(Schedule(sandbox, number, seed))
                schedules[-1].run()
        with closing(Store(db)) as store:  # with what was still on its way
            ledger = Counter(charge.app_id for charge in store.charges())
        for schedule in schedules:
            charged = ledger[schedule.application.app_id]
            assert schedule.fewest <= charged <= schedule.most
            late += charged - schedule.charged_in_time
            seen += schedule.seen
    assert {"subscribed", "RateLimitError", "TransportError", *map(str, PurchaseOutcome)} <= set(seen)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(seen.items()))
    told = f"never two charges for a call, no wrong word: {kinds}; {late:,} charged after all was over"
    record_property("count", f"purchases: {SCHEDULES:,} schedules, {told}")


def test_a_refused_connection_bought_nothing_and_the_sandbox_comes_back(sandbox: Sandbox, hoiio: Hoiio) -> None:
    listed = hoiio.number.available_numbers("SG").entries[0]
    sandbox.faults.seconds = 3600
    sandbox.faults.plan("refuse")
    with pytest.raises(TransportError, match="refused") as caught:
        hoiio.number.subscribe(listed, 1)
    assert not caught.value.sent
    with pytest.raises(TransportError, match="refused"):  # nor is there an old connection left
        hoiio.number.available_numbers("SG", timeout=0.1)
    sandbox.faults.clear()
    sandbox.faults.seconds = 0.1
    sandbox.faults.plan(Fault.REFUSE)
    transport.FIRST_PAUSE = 1.0  # the fixture sets it back
    assert hoiio.number.available_numbers("SG").entries[0] == listed  # by and by
    sandbox.faults.scatter(1, seed=1, kinds=["refuse"])
    with pytest.raises(OutcomeUnknownError):  # it was reached, and gone
        hoiio.number.subscribe(listed, 1)
    sandbox.faults.clear()
    assert hoiio.number.subscribe(listed, 1).debit == 10
    assert len(sandbox.charges()) == 1


def test_a_connection_that_is_made_as_they_begin_to_be_refused_is_closed(sandbox: Sandbox) -> None:
    address = urlsplit(sandbox.base_url).hostname, urlsplit(sandbox.base_url).port
    for _ in range(10):
        with ExitStack() as dialling:
            for _ in range(20):
                dialling.enter_context(socket.create_connection(address))
            sandbox.faults.plan(Fault.REFUSE)
        sandbox.faults.clear()
    gc.collect()  # what nobody closed is told of here, which is an error


def test_a_slow_call_is_heard_to_its_end(sandbox: Sandbox) -> None:
    sandbox.faults.seconds = 0.001
    sandbox.faults.plan(Fault.SLOW)
    form = {"app_id": sandbox.app_id, "access_token": sandbox.access_token, "country": "x" * 1_000_000}
    answer = requests.post(f"{sandbox.base_url}number/get_rates", form, timeout=30)
    assert answer.json() == {"status": "error_malformed_params"}


def test_a_slow_purchase_is_made_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    db = tmp_path / "state.db"
    with Sandbox(db=db) as sandbox, Hoiio(**sandbox.settings) as hoiio:
        sandbox.faults.seconds = 60  # to the end of the sandbox, which does not wait for it
        sandbox.faults.plan(Fault.SLOW, verb="subscribe")
        with pytest.raises(OutcomeUnknownError, match="timed out") as caught:
            hoiio.number.subscribe(_listed(hoiio), 1, timeout=PATIENCE)
        assert hoiio.number.outcome_of(caught.value) is NOT_CHARGED
    with Sandbox(db=db) as sandbox:
        assert len(sandbox.charges()) == 1


@pytest.fixture
def hoiio(sandbox: Sandbox) -> Iterator[Hoiio]:
    with Hoiio(**sandbox.settings) as hoiio:
        yield hoiio


def _lost(
    sandbox: Sandbox, hoiio: Hoiio, number: str | ListedNumber, fault: Fault, duration: int | str = 1
) -> OutcomeUnknownError:
    sandbox.faults.plan(fault, verb="subscribe")
    with pytest.raises(OutcomeUnknownError) as caught:
        hoiio.number.subscribe(number, duration)
    return caught.value


def _bought(hoiio: Hoiio, duration: int | str) -> SubscribedNumber:
    hoiio.number.subscribe("+6511111111", duration)
    return hoiio.number.subscribed_numbers().entries[0]


def _listed(hoiio: Hoiio) -> AvailableNumber:
    return hoiio.number.available_numbers("SG").entries[0]


@pytest.mark.parametrize(("fault", "outcome"), [(Fault.DROP, NOT_CHARGED), (Fault.DROP_AFTER, CHARGED)])
def test_of_a_number_that_was_listed_as_available_it_can_be_told(
    sandbox: Sandbox, hoiio: Hoiio, fault: Fault, outcome: PurchaseOutcome
) -> None:
    assert hoiio.number.outcome_of(_lost(sandbox, hoiio, _listed(hoiio), fault)) is outcome


@pytest.mark.parametrize(("fault", "outcome"), [(Fault.DROP, NOT_CHARGED), (Fault.DROP_AFTER, UNDECIDABLE)])
def test_of_a_bare_number_only_that_it_was_not_bought(
    sandbox: Sandbox, hoiio: Hoiio, fault: Fault, outcome: PurchaseOutcome
) -> None:
    assert hoiio.number.outcome_of(_lost(sandbox, hoiio, "+6511111111", fault)) is outcome


@pytest.mark.parametrize(
    ("bought", "fault", "duration", "outcome"),
    [
        (1, Fault.DROP, 1, NOT_CHARGED),
        (1, Fault.DROP_AFTER, 1, CHARGED),
        (1, Fault.DROP_AFTER, "auto_extend", CHARGED),
        ("auto_extend", Fault.DROP, 1, NOT_CHARGED),
        ("auto_extend", Fault.DROP_AFTER, 1, UNDECIDABLE),  # it may have been extended by itself
    ],
)
def test_of_a_number_that_was_ours_its_expiry_tells(
    sandbox: Sandbox, hoiio: Hoiio, bought: int | str, fault: Fault, duration: int | str, outcome: PurchaseOutcome
) -> None:
    held = _bought(hoiio, bought)
    with Hoiio(**sandbox.settings) as another_process:  # which sent no purchase of the number yet
        assert another_process.number.outcome_of(_lost(sandbox, another_process, held, fault, duration)) is outcome
    assert len(sandbox.charges()) == 1 + (fault is Fault.DROP_AFTER)


def test_of_several_purchases_nobody_can_tell_which_it_was(sandbox: Sandbox, hoiio: Hoiio) -> None:
    listed = _listed(hoiio)
    first = _lost(sandbox, hoiio, listed, Fault.DROP_AFTER)
    second = _lost(sandbox, hoiio, listed, Fault.DROP)
    assert {hoiio.number.outcome_of(error) for error in (first, second)} == {UNDECIDABLE}
    assert len(sandbox.charges()) == 1


def test_a_refused_purchase_makes_no_riddle_of_the_next(sandbox: Sandbox, hoiio: Hoiio) -> None:
    listed = _listed(hoiio)
    sandbox.faults.plan(Fault.RATE_LIMIT, verb="subscribe")
    with pytest.raises(ApiError):
        hoiio.number.subscribe(listed, 1)
    assert hoiio.number.outcome_of(_lost(sandbox, hoiio, listed, Fault.DROP_AFTER)) is CHARGED


def test_a_number_is_the_same_with_and_without_its_plus(sandbox: Sandbox, hoiio: Hoiio) -> None:
    sandbox.faults.plan(Fault.DROP, verb="subscribe")
    with pytest.raises(OutcomeUnknownError) as caught:
        hoiio.number.subscribe(AvailableNumber(number="6511111111"), 1, preflight=False)
    assert hoiio.number.outcome_of(caught.value) is NOT_CHARGED
    hoiio.number.subscribe("+6511111111", 1)
    assert hoiio.number.outcome_of(caught.value) is UNDECIDABLE


@pytest.mark.parametrize(
    ("given", "listed", "outcome"),
    [
        (AvailableNumber(number="+6511111111"), {"entries": []}, NOT_CHARGED),
        (AvailableNumber(number="+6511111111"), {"entries": [], "entries_count": "1"}, UNDECIDABLE),
        (AvailableNumber(number="+6511111111"), {"entries": [{"number": "+65 1111 1111"}]}, CHARGED),
        ("+6511111111", {"entries": []}, NOT_CHARGED),
        ("0065 1111 1111", {"entries": [{"number": "+6511111111"}]}, UNDECIDABLE),
    ],
)
def test_nothing_is_certain_of_a_list_that_may_not_show_it(
    given: str | ListedNumber, listed: dict[str, object], outcome: PurchaseOutcome
) -> None:
    with Server(Reply(status=500), ok(**listed)) as server, Hoiio("an-app", "a-token", base_url=server.base_url) as it:
        with pytest.raises(OutcomeUnknownError) as caught:
            it.number.subscribe(given, 1, preflight=False)
        assert it.number.outcome_of(caught.value) is outcome


# -- reads and configure -----------------------------------------------------------------------------------------------


def test_every_call_ends_in_a_result_or_a_typed_error_within_its_time(
    record_property: Callable[[str, object], None],
) -> None:
    seen: Counter[str] = Counter()
    with Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
        hoiio.number.subscribe("+6511111111", 12)
        calls: list[Callable[[], object]] = [
            lambda: hoiio.number.available_countries(timeout=PATIENCE),
            lambda: hoiio.number.available_numbers("US", "AL", timeout=PATIENCE),
            lambda: hoiio.number.rate("SG", timeout=PATIENCE),
            lambda: hoiio.number.subscribed_numbers(timeout=PATIENCE),
            lambda: hoiio.number.configure("+6511111111", forward_to="https://example.com/", timeout=PATIENCE),
        ]
        sandbox.faults.seconds = SLOW
        sandbox.faults.scatter(0.7, seed=READS, kinds=MOSTLY_QUICK)
        longest = 0.0
        for number in range(READS):
            start = monotonic()
            try:
                calls[number % len(calls)]()
                seen["results"] += 1
            except HoiioError as error:
                seen[type(error).__name__] += 1
            longest = max(longest, monotonic() - start)
            assert longest < PATIENCE + 2  # its own time, and what a busy machine adds
        sandbox.faults.clear()
        assert hoiio.number.subscribed_numbers().entries[0].forward_to == "https://example.com/"
    assert len(seen) > 2
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(seen.items()))
    told = f"each ended, given {PATIENCE} s, within {longest:.2f}: {kinds}"
    record_property("count", f"reads and configure: {READS:,} calls, 70 % of them faulty, {told}")


# -- crashes -----------------------------------------------------------------------------------------------------------


@contextmanager
def _server(db: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    command = [sys.executable, "-m", "hoiio_numbers", "sandbox", "--db", str(db)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        lines = [server.stdout.readline() for _ in range(3)]
        yield (
            server,
            {name[6:].lower(): value.strip("'\n") for name, _, value in (it[7:].partition("=") for it in lines)},
        )
        server.kill()


class Life:
    """What was asked of one file's servers: which numbers were tried, and which of them acknowledged."""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.bought: list[str] = []
        self.enough = threading.Event()
        self.application: Application | None = None

    def buy_until_it_is_gone(self, settings: dict[str, str], country: str, wanted: int) -> None:
        try:
            with Hoiio(settings["app_id"], settings["access_token"], base_url=settings["base_url"], timeout=5) as hoiio:
                for entry in hoiio.number.iter_available_numbers(country):
                    self.tried.append(entry.number)
                    hoiio.number.subscribe(entry, 1)
                    self.bought.append(entry.number)
                    if len(self.bought) >= wanted:
                        self.enough.set()
                    hoiio.number.configure(entry, forward_to="https://example.com/")
            raise AssertionError("every number is sold, and the server was not killed")
        except (OutcomeUnknownError, TransportError):  # what else it ends in is a failure of the test
            pass
        finally:
            self.enough.set()


def test_the_ledger_survives_a_server_that_is_killed(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    lives = [Life() for _ in range(10)]
    for kill in range(KILLS):
        db, life = tmp_path / f"{kill % 10}.db", lives[kill % 10]  # each file lives through ten deaths
        with closing(Store(db)) as store:
            application = life.application = life.application or store.add_application(CREDIT, most_numbers=1000)
        life.enough.clear()
        with _server(db) as (server, settings):
            wanted = len(life.bought) + 1 + kill * 7 % 17
            buyers = [
                threading.Thread(target=life.buy_until_it_is_gone, args=(settings, country, wanted))
                for country in ("SG", "HK", "AU", "NZ")
            ]
            for buyer in buyers:
                buyer.start()
            life.enough.wait()
            os.kill(server.pid, signal.SIGKILL)
            for buyer in buyers:
                buyer.join()
        _agree(db, application.app_id, life)
    bought, tried = sum(len(life.bought) for life in lives), sum(len(life.tried) for life in lives)
    cut = f"{bought:,} purchases acknowledged, {tried - bought:,} cut off"
    record_property("count", f"crashes: {KILLS} times killed, {cut}, ledger and numbers agree each time")


def _agree(db: Path, app_id: str, life: Life) -> None:
    """The ledger holds what was acknowledged, and nothing that nobody asked for; numbers and credit say the same."""
    with closing(Store(db)) as store:
        charges, held, application = store.charges(), store.held_by(app_id), store.application(app_id)
    assert set(life.bought) <= {charge.number for charge in charges} <= set(life.tried)
    assert {it.number: it.expiry for it in held} == {charge.number: charge.expiry for charge in charges}
    assert len(charges) == len(held)
    assert all(charge.amount == price(it.country, "1") for charge, it in zip(charges, held, strict=True))
    assert application is not None
    assert application.credit == CREDIT - sum(charge.amount for charge in charges)
