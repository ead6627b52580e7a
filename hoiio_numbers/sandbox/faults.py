"""What can go wrong between a client and a server, on demand: the next calls, or a share of all by a seed."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from enum import StrEnum
from random import Random
from threading import Lock

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hoiio_numbers import endpoints
from hoiio_numbers.endpoints import Endpoint
from hoiio_numbers.text import shown

SECONDS = 1.0
MOST_SECONDS, MOST_TIMES = 3600, 1000
VERBS = frozenset(
    endpoint.path.rpartition("/")[2] for endpoint in vars(endpoints).values() if isinstance(endpoint, Endpoint)
)
"""The calls of the API by their names on the wire, such as `subscribe`."""


class Fault(StrEnum):
    """What happens to a call instead of its answer; `…-after` does the work first."""

    REFUSE = "refuse"  # no connection is taken for a while
    DROP = "drop"  # the connection is closed
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
        self._seconds = SECONDS
        self.refuse: Callable[[float], None] | None = None  # the running sandbox's

    @property
    def seconds(self) -> float:
        """How long `slow` and `refuse` last; to set it raises ValueError for what is no time."""
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        if not 0 < seconds <= MOST_SECONDS:
            raise ValueError(f"seconds must be more than 0 and at most {MOST_SECONDS}, not {seconds}")
        self._seconds = seconds

    def plan(self, fault: Fault | str, *, verb: str | None = None, times: int = 1) -> None:
        """Give the next *times* calls of *verb* (such as `subscribe`; None: of any) a fault, in order.

        To `refuse` connections begins at once, for *times* the `seconds`; it knows no verb, for nobody is asked
        anything. Raises ValueError for what cannot be.
        """
        planned = _fault(fault)
        if verb is not None and verb not in VERBS:
            raise ValueError(f"there is no call {shown(verb)!r}: it is one of {', '.join(sorted(VERBS))}")
        if not 1 <= times <= MOST_TIMES:
            raise ValueError(f"times must be 1 to {MOST_TIMES}, not {times}")
        if planned is Fault.REFUSE:
            if verb is not None:
                raise ValueError("a connection is refused before it is known what is called: leave the verb out")
            self.refuse_connections(times)
            return
        with self._lock:
            self._next.extend([(planned, verb)] * times)

    def scatter(self, share: float, *, seed: int, kinds: Collection[Fault | str] = tuple(Fault)) -> None:
        """Give a *share* of all calls (0 to 1) a fault of some *kinds*.

        The same *seed* gives the same faults to the same number of calls. Raises ValueError for what cannot be.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"share must be 0 to 1, not {share}")
        if not kinds:
            raise ValueError("kinds must name a fault")
        with self._lock:
            self._share, self._kinds = share, tuple(map(_fault, kinds))
            self._random.seed(seed)

    def clear(self) -> None:
        """No more faults, from now on."""
        with self._lock:
            self._share = 0.0
            self._next.clear()
        if self.refuse:
            self.refuse(0)

    def refuse_connections(self, times: int = 1) -> None:
        """Refuse connections for *times* the `seconds`; raises RuntimeError when there is no sandbox that could."""
        if self.refuse is None:
            raise RuntimeError("the sandbox is not running; enter it first: with Sandbox() as sandbox")
        self.refuse(self.seconds * times)

    def take(self, verb: str) -> Fault | None:
        """The fault of a call of *verb*."""
        with self._lock:
            for place, (fault, of) in enumerate(self._next):
                if of in {None, verb}:
                    del self._next[place]
                    return fault
            return self._random.choice(self._kinds) if self._random.random() < self._share else None


def _fault(name: Fault | str) -> Fault:
    if name not in {*Fault}:
        raise ValueError(f"there is no fault {shown(name)!r}: it is one of {', '.join(Fault)}")
    return Fault(name)


_INSTEAD: dict[Fault, Response] = {
    Fault.ERROR: JSONResponse({"status": "error_internal_server_error"}, 500),
    Fault.HTML: HTMLResponse("<html><h1>502 Bad Gateway</h1></html>", 502),
    Fault.RATE_LIMIT: JSONResponse({"status": "error_rate_limit_exceeded"}, headers={"Retry-After": "0"}),
}
_AFTER = {Fault.DROP_AFTER: Fault.DROP, Fault.ERROR_AFTER: Fault.ERROR, Fault.HTML_AFTER: Fault.HTML}


class Faulty:
    """An ASGI application with faults in front of it.

    The server puts into the scope each connection's `transport`, and the event of its own end, `ending`.
    """

    def __init__(self, served: ASGIApp, faults: Faults) -> None:
        self._served = served
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or let it go wrong."""
        fault = self._faults.take(scope["path"].rpartition("/")[2])
        if fault is Fault.SLOW:
            receive = await _arrived(receive)
            with suppress(TimeoutError):
                await asyncio.wait_for(scope["state"]["ending"].wait(), self._faults.seconds)
        if fault is Fault.REFUSE:
            await run_in_threadpool(self._faults.refuse_connections)
        if fault in {None, Fault.SLOW}:
            await self._served(scope, receive, send)
            return
        answer: list[Message] = []
        if fault in {*_AFTER, Fault.TRUNCATE}:
            await self._served(scope, receive, _keeping(answer))
        fault = _AFTER.get(fault, fault)
        if fault in _INSTEAD:
            await _INSTEAD[fault](scope, receive, send)
            return
        if fault is Fault.TRUNCATE and answer:  # to a client that went away there is none
            start, body = answer
            await send(start)
            await send({**body, "body": body["body"][: len(body["body"]) // 2], "more_body": True})
        scope["state"]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _arrived(receive: Receive) -> Receive:
    """What brings a request again of which all has come by now: its client may be gone before it is looked at."""
    messages = deque([await receive()])
    while messages[-1].get("more_body"):
        messages.append(await receive())

    async def receive_again() -> Message:
        return messages.popleft() if messages else await receive()

    return receive_again


def _keeping(messages: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        messages.append(message)

    return keep
