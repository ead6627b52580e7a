"""A directory of capability data files: all of it or, when anything is wrong, every fault of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from hoiio_numbers.datafiles import COMMON, COMMON_KEYS, Common, Country, Parsed, parse
from hoiio_numbers.errors import CapabilityDataError, Fault

OVERLAYS_VARIABLE = "HOIIO_CAPABILITIES"
"""The environment variable that names directories (parted as PATH is) laid over the packaged data."""

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    Directory = Path | Traversable


class Data(NamedTuple):
    """What the files of one directory, or of several laid over each other, say."""

    countries: Mapping[str, Country]
    common: Common


def default() -> Data:
    """The packaged data with the directories that the environment names laid over it."""
    data = packaged()
    for directory in filter(None, os.environ.get(OVERLAYS_VARIABLE, "").split(os.pathsep)):
        data = assemble(read(Path(directory), directory), data)
    return data


def packaged() -> Data:
    """The data that ships."""
    return assemble(read(_packaged(), "capabilities", known_to_iso=True))


def _packaged() -> Directory:
    """Where it is: inside the package once that is built, beside it in a checkout."""
    package = Path(__file__).parent
    if (package / "_capabilities").is_dir():
        return package / "_capabilities"
    if (package.parent / "pyproject.toml").is_file():
        return package.parent / "capabilities"
    from importlib import resources  # for a package in a zip file; it takes longer to import than the data to read

    return resources.files("hoiio_numbers") / "_capabilities"


def read(
    directory: Directory, label: str, before: Mapping[str, Parsed] = MappingProxyType({}), *, known_to_iso: bool = False
) -> tuple[Parsed, ...]:
    """Every data file of *directory*, which messages call *label*; one that is as it was *before* is not parsed again.

    Hidden files and those that are not TOML are somebody else's and left alone. Raises `CapabilityDataError` for a
    directory that cannot be read or holds no data file at all.
    """
    try:
        names = sorted(entry.name for entry in directory.iterdir() if _is_data_file(entry))
    except OSError as error:
        raise CapabilityDataError([_unreadable(label, error)]) from None
    if not names:
        fault = Fault(label, None, None, "holds no capability data.", "Put a country's file, such as SG.toml, there.")
        raise CapabilityDataError([fault])
    return tuple(_read(directory / name, f"{label}/{name}", before.get(name), known_to_iso) for name in names)


def _is_data_file(entry: Directory) -> bool:
    return entry.name.lower().endswith(".toml") and not entry.name.startswith(".") and not entry.is_dir()


def _read(file: Directory, label: str, before: Parsed | None, known_to_iso: bool) -> Parsed:
    try:
        data = file.read_bytes()
    except OSError as error:
        return Parsed(file.name, label, b"", None, (_unreadable(label, error),))
    if before and before.data == data:
        return before
    return parse(file.name, label, data, known_to_iso=known_to_iso)


def _unreadable(label: str, error: OSError) -> Fault:
    return Fault(label, None, None, f"cannot be read: {error.strerror}.", "Check the path and its permissions.")


def assemble(files: Sequence[Parsed], base: Data | None = None) -> Data:
    """What *files* say, alone or laid over *base*: a country's file replaces the country, `common.toml` key by key.

    Raises `CapabilityDataError` with every fault of the files and of what they say together.
    """
    said = [(file, file.said) for file in files]
    own = [(file, country) for file, country in said if isinstance(country, Country)]
    common = next((common for _, common in said if isinstance(common, Common)), None)
    countries = {**(base.countries if base else {}), **{country.code: country for _, country in own}}
    faults = [fault for file in files for fault in file.faults]
    faults += _duplicates(own)
    faults += _doubly_sold(countries, {country.code for _, country in own})
    if base is None:
        faults += _missing_common(files, common)
    if faults:
        raise CapabilityDataError(faults)
    layers = (common or Common(), base.common if base else Common())
    return Data(MappingProxyType(dict(sorted(countries.items()))), _laid(*layers))


def _laid(upper: Common, lower: Common) -> Common:
    return Common(
        lower.conflicts if upper.conflicts is None else upper.conflicts,
        lower.durations if upper.durations is None else upper.durations,
        MappingProxyType({**lower.sources, **upper.sources}),
    )


def _duplicates(own: Sequence[tuple[Parsed, Country]]) -> Iterator[Fault]:
    first: dict[str, Parsed] = {}
    for file, country in own:
        other = first.setdefault(country.code, file)
        if other is not file:
            line = country.sources["country"].line
            problem = f"{country.code} has a file already, {other.name}."
            yield Fault(file.label, line, "country", problem, "Keep one file for each country.")


def _doubly_sold(countries: Mapping[str, Country], own: AbstractSet[str]) -> Iterator[Fault]:
    """A territory's numbers are sold as one country's: not as its own, nor as another's.

    The fault is that of a file of the *own* directory, where there is a choice.
    """
    sellers: dict[str, str] = {}
    for country in countries.values():
        for territory in country.territories:
            other = territory if territory in countries else sellers.setdefault(territory, country.code)
            if other != country.code:
                blamed = countries[territory] if country.code not in own and territory in own else country
                key, seller = ("territories", other) if blamed is country else ("country", country.code)
                source = blamed.sources[key]
                problem = f"the numbers of {territory} are sold as those of {seller} already."
                yield Fault(source.file, source.line, source.key, problem, "Name each territory in one place.")


def _missing_common(files: Sequence[Parsed], common: Common | None) -> Iterator[Fault]:
    """A directory that stands alone says itself what holds for every country."""
    label = f"{files[0].label.rpartition('/')[0]}/{COMMON}"
    if not any(file.name == COMMON for file in files):
        yield Fault(
            label, None, None, "is missing.", "Copy the one that ships, or lay the directory over the shipped data."
        )
    for key in ("conflicts", "durations"):
        if common and key not in common.sources:
            yield Fault(label, 1, key, "is missing.", f"Write {COMMON_KEYS[key].example}.")
