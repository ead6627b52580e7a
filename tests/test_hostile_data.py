"""Capability data as an accident leaves it: seeded mutations of the shipped files, and edits while others read."""

import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from soak import SOAK

from hoiio_numbers import CapabilityDataError, Checker, Fault, LiveRegistry, Registry
from hoiio_numbers.registry import today

MUTATIONS = 10_000 if SOAK else 400
EDITS = 1_000 if SOAK else 60
READERS = 8
CAPABILITIES = Path(__file__).parent.parent / "capabilities"
NAMES = sorted(file.name for file in CAPABILITIES.glob("*.toml"))
COUNTRIES = [name for name in NAMES if name != "common.toml"]
JUNK = [
    b"\x00",
    b"\xff",
    b"=",
    b"[",
    b"]]",
    b'"',
    b"\n",
    b"#",
    b"true",
    b"2012-02-30",
    b"[[revision]]",
    "ſ€".encode(),
    b"\r",
]


def mutated(data: bytes, random: Random) -> bytes:
    """*data* after one to four accidents to its bytes or its lines."""
    for _ in range(random.randint(1, 4)):
        lines = data.split(b"\n")
        place, other = random.randrange(len(lines)), random.randrange(len(lines))
        at = random.randrange(len(data) + 1)
        match random.randrange(7):
            case 0:
                del lines[place]
                data = b"\n".join(lines)
            case 1:
                lines.insert(place, lines[other])
                data = b"\n".join(lines)
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
                data = b"\n".join(lines)
            case 3:
                data = data[:at]
            case 4:
                data = data[:at] + random.choice(JUNK) + data[at:]
            case 5:
                data = data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
            case _:
                old, new = random.sample([b"true", b"false", b"voice", b"sms", b"country", b"2012", b"from", b'"'], 2)
                data = data.replace(old, new, 1)
    return data


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CAPABILITIES, tmp_path / "capabilities"))


def _faults(directory: Path) -> tuple[Fault, ...]:
    """What is wrong with the files; where nothing is, the whole registry is there and can be decided by."""
    try:
        registry = Registry.load(directory)
    except CapabilityDataError as error:
        return error.faults
    assert len(registry.countries) == len(COUNTRIES)
    for country in registry.countries:
        Checker(registry).check_config(None, country=country, forward_sms_to="https://example.com").to_dict()
    return ()


def test_mutated_files_load_or_are_refused_by_file_and_line(
    directory: Path, record_property: Callable[[str, object], None]
) -> None:
    seen, different = Counter[str](), set[bytes]()
    for seed in range(MUTATIONS):
        random = Random(seed)  # noqa: S311 - the same accidents for the same seed are what is wanted
        name = random.choice(NAMES)
        original = (CAPABILITIES / name).read_bytes()
        accident = mutated(original, random)
        (directory / name).write_bytes(accident)
        faults = _faults(directory)
        assert all(fault.line and fault.file == f"{directory}/{name}" and fault.mend for fault in faults), seed
        seen["refused" if faults else "loaded"] += 1
        (directory / name).write_bytes(original)
        different.add(accident)
    assert min(seen["refused"], seen["loaded"]) > MUTATIONS // 20
    kinds = " and ".join(f"{count:,} {kind}" for kind, count in sorted(seen.items()))
    tried = f"{MUTATIONS:,} mutations, {len(different):,} of them different"
    record_property("count", f"data files: {tried}, {kinds}, 0 other exceptions")


def _write(directory: Path, version: int, broken: str | None) -> None:
    """Version *version* of every country's file, one of them *broken*."""
    for name in NAMES:
        text = (CAPABILITIES / name).read_text(encoding="utf-8")
        dated = text.replace("September 2012", f"version {version}")
        (directory / name).write_text(dated if name != broken else dated.replace("true", "perhaps"), encoding="utf-8")


def _versions(registry: Registry) -> set[str]:
    """The versions that the data is of."""
    return {entry.citation.rpartition(" ")[2] for entry in registry.in_force(today()).all()}


def _read(live: LiveRegistry, over: threading.Event, troubles: list[object], seen: Counter[str]) -> None:
    """Check and look at the whole data again and again: all of it is always of one version."""
    checker = Checker(live)
    while not over.wait(0.001):  # which leaves the one who edits some of the machine
        try:
            report = checker.check_config("+6561234567", forward_sms_to="https://example.com/")
            version, *others = _versions(live.current)
            if others or report.ok:
                troubles.append((version, others, report))
            seen[version] += 1
        except Exception as error:
            troubles.append(error)


def test_readers_of_edited_data_see_one_version_and_no_error(
    directory: Path, record_property: Callable[[str, object], None]
) -> None:
    random = Random(0)  # noqa: S311 - the same edits each time are what is wanted
    _write(directory, 0, None)
    live, over = LiveRegistry(directory), threading.Event()
    troubles: list[object] = []
    seen = [Counter[str]() for _ in range(READERS)]
    readers = [threading.Thread(target=_read, args=(live, over, troubles, reads)) for reads in seen]
    for reader in readers:
        reader.start()
    refused = 0
    try:
        for version in range(1, EDITS + 1):
            broken = random.choice(COUNTRIES) if random.random() < 0.5 else None
            _write(directory, version, broken)
            before = live.current
            if broken:
                with pytest.raises(CapabilityDataError):
                    live.refresh()
                assert live.current is before
                refused += 1
            else:
                assert live.refresh()
                assert _versions(live.current) == {str(version)}
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert troubles == []
    assert all(len(reads) > 1 for reads in seen)
    reads, versions = sum(map(Counter.total, seen)), len(set().union(*seen))
    counts = (
        f"{EDITS:,} edits, {refused:,} of them broken, {READERS} readers, {reads:,} readings of {versions:,} versions"
    )
    record_property("count", f"live data: {counts}, 0 errors and 0 mixes seen")
