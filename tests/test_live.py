import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Barrier, Event

import pytest

from hoiio_numbers import CapabilityDataError, Checker, LiveRegistry, Registry, Service

ON = date(2020, 1, 1)
COMMON = 'conflicts = [["voice", "fax"]]\ndurations = ["1", "3"]\n'
SMS_URL = "https://example.com/sms"


def country(code: str, *, sms: bool) -> str:
    revision = f'[[revision]]\nfrom = 2012-09-01\nsource = "me"\nvoice = true\nfax = false\nsms = {str(sms).lower()}\n'
    return f'country = "{code}"\n\n{revision}'


def write(directory: Path, name: str, text: str) -> None:
    (directory / name).write_text(text, encoding="utf-8")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "live"
    path.mkdir()
    write(path, "common.toml", COMMON)
    write(path, "US.toml", country("US", sms=True))
    write(path, "SG.toml", country("SG", sms=False))
    return path


@pytest.fixture
def live(directory: Path) -> LiveRegistry:
    return LiveRegistry(directory)


def with_sms(live: LiveRegistry) -> tuple[str, ...]:
    return live.current.countries_with(Service.SMS, on=ON)


@contextmanager
def refused(file: Path, line: int | None) -> Iterator[None]:
    with pytest.raises(CapabilityDataError) as caught:
        yield
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(file), line)]


# -- refresh -----------------------------------------------------------------------------------------------------------


def test_a_live_registry_answers_as_soon_as_it_is_made(live: LiveRegistry, directory: Path) -> None:
    assert with_sms(live) == ("US",)
    assert live.current.data == Registry.load(directory).data


def test_a_refresh_without_a_change_answers_false_and_keeps_the_registry(live: LiveRegistry, directory: Path) -> None:
    current = live.current
    write(directory, "US.toml", country("US", sms=True))
    write(directory, "README.md", "not data")
    assert live.refresh() is False
    assert live.current is current


def test_nothing_is_read_before_a_refresh(live: LiveRegistry, directory: Path) -> None:
    write(directory, "SG.toml", country("SG", sms=True))
    assert with_sms(live) == ("US",)


def test_a_refresh_after_an_edit_answers_true_and_serves_the_new(live: LiveRegistry, directory: Path) -> None:
    before = live.current
    write(directory, "SG.toml", country("SG", sms=True))
    assert live.refresh() is True
    assert with_sms(live) == ("SG", "US")
    assert before.countries_with(Service.SMS, on=ON) == ("US",)
    assert live.refresh() is False


def test_a_file_that_is_as_it_was_is_not_read_into_a_new_country(live: LiveRegistry, directory: Path) -> None:
    before = live.current.countries
    write(directory, "SG.toml", country("SG", sms=True))
    live.refresh()
    assert live.current.countries["US"] is before["US"]
    assert live.current.countries["SG"] is not before["SG"]


def test_an_edit_that_says_nothing_new_still_moves_the_sources(live: LiveRegistry, directory: Path) -> None:
    write(directory, "US.toml", "# A comment.\n" + country("US", sms=True))
    assert live.refresh() is True
    entry = live.current.capabilities("US", on=ON)
    assert entry is not None
    assert entry.sources["sms"].line == 9


def test_an_added_file_adds_its_country(live: LiveRegistry, directory: Path) -> None:
    write(directory, "HK.toml", country("HK", sms=True))
    assert live.refresh() is True
    assert with_sms(live) == ("HK", "US")


def test_a_deleted_file_takes_its_country_away(live: LiveRegistry, directory: Path) -> None:
    (directory / "SG.toml").unlink()
    assert live.refresh() is True
    assert list(live.current.countries) == ["US"]


def test_an_edit_of_the_common_file_counts_too(live: LiveRegistry, directory: Path) -> None:
    write(directory, "common.toml", 'conflicts = []\ndurations = ["24"]\n')
    assert live.refresh() is True
    assert (live.current.conflicts, live.current.durations) == ((), ("24",))


# -- broken edits ------------------------------------------------------------------------------------------------------


def test_a_broken_edit_keeps_the_last_good_registry(live: LiveRegistry, directory: Path) -> None:
    current = live.current
    write(directory, "SG.toml", country("SG", sms=True).replace("sms", "smss"))
    write(directory, "US.toml", country("US", sms=False))
    with pytest.raises(CapabilityDataError) as caught:
        live.refresh()
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [
        (f"{directory}/SG.toml", line) for line in (3, 8)
    ]
    assert live.current is current


def test_a_broken_file_is_refused_again_until_it_is_mended(live: LiveRegistry, directory: Path) -> None:
    write(directory, "SG.toml", "country = SG\n")
    for _ in range(2):
        with refused(directory / "SG.toml", 1):
            live.refresh()
    write(directory, "SG.toml", country("SG", sms=True))
    assert live.refresh() is True
    assert with_sms(live) == ("SG", "US")


def test_a_broken_edit_taken_back_is_no_change(live: LiveRegistry, directory: Path) -> None:
    current = live.current
    write(directory, "SG.toml", "country = SG\n")
    with refused(directory / "SG.toml", 1):
        live.refresh()
    write(directory, "SG.toml", country("SG", sms=False))
    assert live.refresh() is False
    assert live.current is current


def test_good_files_that_do_not_go_together_are_a_broken_edit(live: LiveRegistry, directory: Path) -> None:
    write(directory, "AU.toml", 'territories = ["SG"]\n' + country("AU", sms=False))
    with refused(directory / "AU.toml", 1):
        live.refresh()
    (directory / "SG.toml").unlink()
    assert live.refresh() is True
    assert live.current.home("SG") == "AU"


def test_a_directory_that_goes_away_keeps_the_last_good_registry(live: LiveRegistry, directory: Path) -> None:
    current = live.current
    moved = directory.rename(directory.with_name("moved"))
    with refused(directory, None):
        live.refresh()
    assert live.current is current
    moved.rename(directory)
    assert live.refresh() is False


def test_a_deleted_common_file_keeps_the_last_good_registry(live: LiveRegistry, directory: Path) -> None:
    (directory / "common.toml").unlink()
    with refused(directory / "common.toml", None):
        live.refresh()
    assert live.current.durations == ("1", "3")


def test_broken_data_makes_no_live_registry(directory: Path) -> None:
    write(directory, "SG.toml", "country = SG\n")
    with refused(directory / "SG.toml", 1):
        LiveRegistry(directory)


def test_a_missing_directory_makes_no_live_registry(directory: Path) -> None:
    with refused(directory / "missing", None):
        LiveRegistry(directory / "missing")


# -- over another registry ---------------------------------------------------------------------------------------------


def test_a_live_registry_is_laid_over_another(live: LiveRegistry, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    write(above, "SG.toml", country("SG", sms=True))
    over = LiveRegistry(above, over=live.current)
    assert with_sms(over) == ("SG", "US")
    assert over.current.durations == ("1", "3")
    (above / "SG.toml").rename(above / "HK.toml")
    write(above, "HK.toml", country("HK", sms=True))
    assert over.refresh() is True
    assert with_sms(over) == ("HK", "US")
    assert with_sms(live) == ("US",)


def test_a_live_registry_over_another_is_held_against_it(live: LiveRegistry, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    write(above, "AU.toml", 'territories = ["SG"]\n' + country("AU", sms=False))
    with refused(above / "AU.toml", 1):
        LiveRegistry(above, over=live.current)


def test_a_live_registry_over_a_live_one_follows_it(live: LiveRegistry, directory: Path, tmp_path: Path) -> None:
    above = tmp_path / "above"
    above.mkdir()
    write(above, "HK.toml", country("HK", sms=True))
    over = LiveRegistry(above, over=live)
    assert with_sms(over) == ("HK", "US")
    write(directory, "SG.toml", country("SG", sms=True))
    assert over.refresh() is False  # nobody has refreshed the one below
    assert live.refresh() is True
    assert over.refresh() is True
    assert with_sms(over) == ("HK", "SG", "US")
    assert over.refresh() is False


# -- a checker ---------------------------------------------------------------------------------------------------------


def test_a_checker_answers_by_the_newest_registry(live: LiveRegistry, directory: Path) -> None:
    checker = Checker(live)

    def errors() -> list[str]:
        return [found.code for found in checker.check_config("+6561234567", forward_sms_to=SMS_URL, on=ON).errors]

    assert errors() == ["service.unsupported"]
    write(directory, "SG.toml", country("SG", sms=True))
    assert errors() == ["service.unsupported"]
    live.refresh()
    assert errors() == []
    (directory / "SG.toml").unlink()
    live.refresh()
    assert errors() == ["country.unsupported"]


def test_a_report_keeps_the_data_that_it_was_made_by(live: LiveRegistry, directory: Path) -> None:
    report = Checker(live).check_config("+6561234567", forward_sms_to=SMS_URL, on=ON)
    write(directory, "SG.toml", country("SG", sms=True))
    live.refresh()
    assert [found.code for found in report.errors] == ["service.unsupported"]


# -- threads -----------------------------------------------------------------------------------------------------------

READERS, ROUNDS = 4, 25


@pytest.fixture
def _threads_change_places_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_threads_change_places_often")
def test_readers_never_see_a_mix_of_two_editions_of_the_data(live: LiveRegistry, directory: Path) -> None:
    """US and SG always say the opposite: whoever finds them alike has seen half a refresh."""
    done, seen_by = Event(), Barrier(READERS + 1)

    def read() -> set[tuple[str, ...]]:
        seen = {with_sms(live)}
        seen_by.wait(timeout=60)
        while not done.is_set():
            seen.add(with_sms(live))
        return seen | {with_sms(live)}

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read) for _ in range(READERS)]
        try:
            seen_by.wait(timeout=60)
            for turn in range(ROUNDS):
                write(directory, "US.toml", country("US", sms=turn % 2 == 1))
                write(directory, "SG.toml", country("SG", sms=turn % 2 == 0))
                assert live.refresh() is True
        finally:
            done.set()
    for reader in readers:
        assert reader.result() == {("US",), ("SG",)}


@pytest.mark.usefixtures("_threads_change_places_often")
def test_of_many_refreshes_at_once_exactly_one_takes_the_edit(live: LiveRegistry, directory: Path) -> None:
    at_once = Barrier(READERS)

    def refresh() -> bool:
        at_once.wait(timeout=60)
        return live.refresh()

    for turn in range(ROUNDS):
        write(directory, "US.toml", country("US", sms=turn % 2 == 1))
        with ThreadPoolExecutor(READERS) as pool:
            answers = [answer.result() for answer in [pool.submit(refresh) for _ in range(READERS)]]
        assert sorted(answers) == [False] * (READERS - 1) + [True]
