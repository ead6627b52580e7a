"""The sandbox's state: the ledger, what ends and is extended when the clock moves, several applications, files."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hoiio_numbers.registry import VENDOR_TIME
from hoiio_numbers.sandbox.store import AUTO_EXTEND, Application, RefusedError, Store, later

US, SG = "+16001234567", "+6561234560"


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store()) as store:
        go_to(store, date(2031, 1, 31))
        yield store


@pytest.fixture
def rich(store: Store) -> Application:
    return store.add_application(Decimal(1000))


def go_to(store: Store, day: date) -> None:
    """Move the clock to noon of *day*, so that no test straddles midnight."""
    store.advance(datetime.combine(day, time(12), VENDOR_TIME) - store.now())


def credit(store: Store, application: Application) -> Decimal:
    found = store.application(application.app_id)
    assert found
    return found.credit


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2031-01-31", 1, "2031-02-28"),
        ("2032-01-31", 1, "2032-02-29"),
        ("2031-02-28", 1, "2031-03-28"),
        ("2030-11-30", 3, "2031-02-28"),
        ("2031-12-31", 1, "2032-01-31"),
        ("2031-12-01", 12, "2032-12-01"),
        ("2032-02-29", 12, "2033-02-28"),
        ("2031-03-31", 1, "2031-04-30"),
        ("2031-06-15", 0, "2031-06-15"),
        ("2031-05-31", 120, "2041-05-31"),
    ],
)
def test_months_are_added_by_the_calendar(day: str, months: int, expected: str) -> None:
    assert later(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("duration", "amount", "expiry"),
    [
        ("1", "4.00", date(2031, 2, 28)),
        ("3", "11.40", date(2031, 4, 30)),
        ("12", "40.80", date(2032, 1, 31)),
        (AUTO_EXTEND, "4.00", date(2031, 2, 28)),
    ],
)
def test_a_subscription_is_charged_once_and_stands_in_the_ledger(
    store: Store, rich: Application, duration: str, amount: str, expiry: date
) -> None:
    charge = store.subscribe(rich.app_id, US, "US", duration)
    assert (charge.app_id, charge.number, charge.duration) == (rich.app_id, US, duration)
    assert (charge.amount, charge.expiry, charge.at.date()) == (Decimal(amount), expiry, date(2031, 1, 31))
    assert store.charges() == [charge]
    assert credit(store, rich) == 1000 - Decimal(amount)
    (held,) = store.held_by(rich.app_id)
    assert (held.number, held.expiry, held.auto_extend) == (US, expiry, duration == AUTO_EXTEND)
    assert (held.forward_to, held.forward_sms_to, held.mode) == ("", "", "voice")


def test_a_held_number_is_extended_from_its_end_and_keeps_its_settings(store: Store, rich: Application) -> None:
    store.subscribe(rich.app_id, US, "US", "1")
    store.configure(rich.app_id, US, "https://example.com/calls", "", "voice")
    go_to(store, date(2031, 2, 10))
    assert store.subscribe(rich.app_id, US, "US", "3").expiry == date(2031, 5, 28)
    held = store.held(rich.app_id, US)
    assert (held.expiry, held.auto_extend, held.forward_to) == (date(2031, 5, 28), False, "https://example.com/calls")
    assert [charge.amount for charge in store.charges()] == [Decimal("4.00"), Decimal("11.40")]


def test_once_extended_by_itself_always_extended_by_itself(store: Store, rich: Application) -> None:
    store.subscribe(rich.app_id, US, "US", AUTO_EXTEND)
    store.subscribe(rich.app_id, US, "US", "1")
    assert store.held(rich.app_id, US).auto_extend
    store.subscribe(rich.app_id, SG, "SG", "1")
    store.subscribe(rich.app_id, SG, "SG", AUTO_EXTEND)
    assert store.held(rich.app_id, SG).auto_extend


def test_a_number_is_held_on_its_last_day_and_free_on_the_next(store: Store, rich: Application) -> None:
    store.subscribe(rich.app_id, US, "US", "1")
    go_to(store, date(2031, 2, 28))
    assert store.taken() == {US}
    go_to(store, date(2031, 3, 1))
    assert store.taken() == frozenset()
    with pytest.raises(RefusedError, match="error_number_not_assigned"):
        store.held(rich.app_id, US)
    again = store.subscribe(rich.app_id, US, "US", "1")
    assert again.expiry == date(2031, 4, 1)
    assert store.held(rich.app_id, US).forward_to == ""


def test_the_clock_renews_month_by_month(store: Store, rich: Application) -> None:
    store.subscribe(rich.app_id, US, "US", AUTO_EXTEND)
    go_to(store, date(2031, 6, 15))
    expiries = [charge.expiry for charge in store.charges()]
    assert expiries == [date(2031, 2, 28), *(date(2031, month, 28) for month in range(3, 7))]
    assert {(charge.duration, charge.amount) for charge in store.charges()} == {(AUTO_EXTEND, Decimal("4.00"))}
    assert credit(store, rich) == 1000 - 5 * 4
    assert store.held(rich.app_id, US).expiry == date(2031, 6, 28)


def test_what_cannot_be_paid_any_more_ends(store: Store) -> None:
    poor = store.add_application(Decimal("9.99"))
    store.subscribe(poor.app_id, US, "US", AUTO_EXTEND)
    go_to(store, date(2032, 1, 1))
    assert [charge.expiry for charge in store.charges()] == [date(2031, 2, 28), date(2031, 3, 28)]
    assert store.held_by(poor.app_id) == []
    assert credit(store, poor) == Decimal("1.99")


def test_the_ledger_and_the_credit_agree_whatever_happens(store: Store) -> None:
    spender = store.add_application(Decimal("100.00"))
    for number, country, duration in [(US, "US", AUTO_EXTEND), (SG, "SG", "3"), ("+6561234561", "SG", AUTO_EXTEND)]:
        store.subscribe(spender.app_id, number, country, duration)
    go_to(store, date(2035, 1, 1))
    spent = sum(charge.amount for charge in store.charges())
    assert credit(store, spender) == Decimal("100.00") - spent
    assert 0 <= credit(store, spender) < 10


def test_the_clock_runs_and_adds_up(store: Store) -> None:
    before = store.now()
    store.advance(timedelta(hours=30))
    store.advance(timedelta(hours=-6))
    assert timedelta(days=1) <= store.now() - before < timedelta(days=1, minutes=5)
    assert store.now().utcoffset() == timedelta(hours=8)


def test_a_day_that_no_calendar_has_leaves_the_clock_as_it_was(store: Store) -> None:
    with pytest.raises(OverflowError):
        store.advance(timedelta(days=10**7))
    assert store.now().date() == date(2031, 1, 31)


def test_applications_see_only_their_own_numbers(store: Store, rich: Application) -> None:
    other = store.add_application(Decimal(100))
    store.subscribe(rich.app_id, US, "US", "1")
    store.subscribe(other.app_id, SG, "SG", "1")
    assert [held.number for held in store.held_by(rich.app_id)] == [US]
    assert [held.number for held in store.held_by(other.app_id)] == [SG]
    with pytest.raises(RefusedError, match="error_number_not_assigned"):
        store.held(other.app_id, US)
    store.configure(other.app_id, US, "https://example.com/mine", "", "voice")
    assert store.held(rich.app_id, US).forward_to == ""
    assert store.taken() == {US, SG}


@pytest.mark.parametrize(
    ("account", "status"),
    [
        ({"credit": Decimal("3.99")}, "error_insufficient_credit"),
        ({"credit": Decimal(100), "trial": True}, "error_not_allowed_for_trial"),
        ({"credit": Decimal(100), "most_numbers": 0}, "error_exceed_max_subscriptions"),
    ],
)
def test_a_refused_subscription_changes_nothing(store: Store, account: dict[str, Decimal | bool], status: str) -> None:
    application = store.add_application(**account)  # type: ignore[arg-type]  # the table holds the keywords' types
    with pytest.raises(RefusedError) as refused:
        store.subscribe(application.app_id, US, "US", "1")
    assert refused.value.status == status
    assert (store.charges(), store.taken(), credit(store, application)) == ([], frozenset(), account["credit"])


def test_the_most_numbers_are_no_limit_to_extending_one(store: Store) -> None:
    application = store.add_application(Decimal(100), most_numbers=1)
    store.subscribe(application.app_id, US, "US", "1")
    with pytest.raises(RefusedError, match="error_exceed_max_subscriptions"):
        store.subscribe(application.app_id, SG, "SG", "1")
    assert store.subscribe(application.app_id, US, "US", "1").expiry == date(2031, 3, 28)


def test_anothers_number_cannot_be_had_or_extended(store: Store, rich: Application) -> None:
    other = store.add_application(Decimal(100))
    store.subscribe(rich.app_id, US, "US", "1")
    with pytest.raises(RefusedError, match="error_subscribe_number_not_available"):
        store.subscribe(other.app_id, US, "US", "1")
    assert len(store.charges()) == 1


def test_the_exact_price_is_enough(store: Store) -> None:
    application = store.add_application(Decimal("4.00"))
    store.subscribe(application.app_id, US, "US", "1")
    assert credit(store, application) == 0


def test_a_token_is_in_no_repr(rich: Application) -> None:
    assert rich.access_token not in repr(rich)


# -- files -------------------------------------------------------------------------------------------------------------


def test_two_stores_on_one_file_are_one_state(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(Store(file)) as one, closing(Store(str(file))) as two:
        application = one.first_application(Decimal(10))
        assert two.first_application(Decimal(99)) == application
        charge = one.subscribe(application.app_id, US, "US", "1")
        assert two.charges() == [charge]
        other = two.add_application(Decimal(10))
        with pytest.raises(RefusedError, match="error_subscribe_number_not_available"):
            two.subscribe(other.app_id, US, "US", "1")
        two.advance(timedelta(days=60))
        assert one.taken() == frozenset()
        assert timedelta(days=60) <= one.now() - charge.at < timedelta(days=60, hours=1)


def test_a_file_outlives_its_stores(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(Store(file)) as store:
        application = store.first_application(Decimal(10))
        store.advance(timedelta(days=400))
        store.subscribe(application.app_id, US, "US", "1")
        held, now = store.held_by(application.app_id), store.now()
    with closing(Store(file)) as store:
        assert store.held_by(application.app_id) == held
        assert store.first_application(Decimal(1)).credit == 6
        assert timedelta() <= store.now() - now < timedelta(minutes=5)


def test_memory_is_each_stores_own() -> None:
    with closing(Store()) as one, closing(Store()) as two:
        assert one.first_application(Decimal(1)).app_id != two.first_application(Decimal(1)).app_id


def test_one_of_many_connections_to_a_file_gets_the_number(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    file = tmp_path / "state.db"
    refused: list[str] = []

    def buy(_turn: int) -> None:
        with closing(Store(file)) as store:
            application = store.add_application(Decimal(10))
            try:
                store.subscribe(application.app_id, US, "US", "1")
            except RefusedError as error:
                refused.append(error.status)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(buy, range(24)))
    with closing(Store(file)) as store:
        assert len(store.charges()) == 1
    assert refused == ["error_subscribe_number_not_available"] * 23
    record_property("count", f"sandbox: {len(refused) + 1} stores on one new file after one number: 1 charge")


def test_processes_that_begin_together_share_one_first_application(tmp_path: Path) -> None:
    program = (
        "import sys; from decimal import Decimal; from hoiio_numbers.sandbox.store import Store;"
        "print(Store(sys.argv[1]).first_application(Decimal(1)).app_id)"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "state.db")]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert said[0] == said[1] != ""


@pytest.mark.parametrize("text", ["no database at all, and longer than a header of SQLite's, which has 100 bytes" * 3])
def test_a_file_that_is_no_database_is_a_plain_oserror(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.db"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OSError, match=r"cannot be kept in .*state\.db: file is not a database"):
        Store(file)
    assert file.read_text(encoding="utf-8") == text


def test_a_directory_that_is_not_there_is_a_plain_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="unable to open database file"):
        Store(tmp_path / "nowhere" / "state.db")


def test_a_killed_process_leaves_whole_transactions(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(Store(file)) as store:
        application = store.first_application(Decimal(10_000))
    program = (
        "import sys; from hoiio_numbers.sandbox.store import Store; store = Store(sys.argv[1])\n"
        f"while True: print(store.subscribe({application.app_id!r}, {US!r}, 'US', '1'), flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(3)]
        process.kill()
    with closing(Store(file)) as store:
        charges = store.charges()
        assert store.first_application(Decimal(0)).credit == 10_000 - 4 * len(charges)
        assert store.held_by(application.app_id)[0].expiry == charges[-1].expiry
