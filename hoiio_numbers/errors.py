"""Everything this library raises on purpose.

HoiioError
├── InvalidRequestError (ValueError)     a request that its report refuses
└── CapabilityDataError (ValueError)     capability data files that cannot be used
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from hoiio_numbers.report import Report


class HoiioError(Exception):
    """The root of the tree: catch this for anything that the library raises on purpose."""


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
