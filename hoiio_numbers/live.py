"""Capability data that is edited while a process runs."""

import os
from pathlib import Path
from threading import Lock

from hoiio_numbers import directories
from hoiio_numbers.check import HasCurrentRegistry
from hoiio_numbers.datafiles import Parsed
from hoiio_numbers.registry import Registry


class LiveRegistry:
    """The data files of a directory, read again when `refresh()` is called and not before: no watcher, no thread.

    It stands wherever a `Checker` takes a registry, which uses its `current` one at each check. A broken edit changes
    nothing: the last good registry serves on. The directory stands alone or is laid *over* another registry,
    where that is live, too, over what it has when this one is refreshed.
    May be used by many threads at once.
    """

    def __init__(self, directory: str | os.PathLike[str], *, over: HasCurrentRegistry | None = None) -> None:
        self._directory = Path(directory)
        self._over = over
        self._below: Registry | None = None
        self._files: dict[str, Parsed] = {}
        self._refreshing = Lock()
        self._current: Registry
        self.refresh()

    @property
    def current(self) -> Registry:
        """The newest registry that was good."""
        return self._current

    def refresh(self) -> bool:
        """Read what changed, and answer whether anything did, here or in what it is laid over.

        Raises `CapabilityDataError` with every fault, by file and line, when the files are broken now; then
        `current` stays as it was.
        """
        with self._refreshing:
            below = self._over.current if self._over else None
            files = {it.name: it for it in directories.read(self._directory, str(self._directory), self._files)}
            if below is self._below and files == self._files:
                return False
            self._current = Registry(directories.assemble([*files.values()], below.data if below else None))
            self._below, self._files = below, files
            return True
