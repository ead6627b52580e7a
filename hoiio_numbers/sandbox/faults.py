"""What can go wrong between a client and a server, on demand: the next calls, or a share of all by a seed."""

from collections import deque
from collections.abc import Collection
from enum import StrEnum
from random import Random
from threading import Lock


class Fault(StrEnum):
    """What happens to a call instead of its answer; `…-after` does the work first."""

    REFUSE = "refuse"  # the connection is reset before the request is read
    DROP = "drop"  # the request is read, and the connection closed
    DROP_AFTER = "drop-after"
    TRUNCATE = "truncate"  # the work is done, and half the answer sent
    ERROR = "error"  # HTTP 500 with the API's own status
    ERROR_AFTER = "error-after"
    HTML = "html"  # a gateway's page with HTTP 502
    HTML_AFTER = "html-after"
    RATE_LIMIT = "rate-limit"
    SLOW = "slow"  # the work is done, and answered, after a while


class Faults:
    """Which fault the next call of a verb gets. May be asked by many threads at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next: deque[tuple[Fault, str | None]] = deque()
        self._random = Random()  # noqa: S311 - no secret hangs on it
        self._share = 0.0
        self._kinds: tuple[Fault, ...] = tuple(Fault)
        self.slow_seconds = 1.0

    def plan(self, fault: Fault | str, *, verb: str | None = None, times: int = 1) -> None:
        """Give the next *times* calls of *verb* (such as `subscribe`; None: of any) a fault, in order."""
        with self._lock:
            self._next.extend([(Fault(fault), verb)] * times)

    def scatter(self, share: float, *, seed: int, kinds: Collection[Fault | str] = tuple(Fault)) -> None:
        """Give a *share* of all calls (0 to 1) a fault of some *kinds*, the same ones for the same *seed*."""
        with self._lock:
            self._share, self._kinds = share, tuple(map(Fault, kinds))
            self._random.seed(seed)

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._share = 0.0
            self._next.clear()

    def refuses(self) -> bool:
        """Whether the connection that is being made is to be reset, which its fault is used up by."""
        with self._lock:
            if self._next and self._next[0] == (Fault.REFUSE, None):
                self._next.popleft()
                return True
            return False

    def take(self, verb: str) -> Fault | None:
        """The fault of a call of *verb*."""
        with self._lock:
            for place, (fault, of) in enumerate(self._next):
                if of in {None, verb}:
                    del self._next[place]
                    return fault
            return self._random.choice(self._kinds) if self._random.random() < self._share else None
