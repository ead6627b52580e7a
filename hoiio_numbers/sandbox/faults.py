"""What can go wrong between a client and a server, on demand: the next calls, or a share of all by a seed."""

import asyncio
from collections import deque
from collections.abc import Collection
from enum import StrEnum
from random import Random
from threading import Lock

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Fault(StrEnum):
    """What happens to a call instead of its answer; `…-after` does the work first."""

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

    def take(self, verb: str) -> Fault | None:
        """The fault of a call of *verb*."""
        with self._lock:
            for place, (fault, of) in enumerate(self._next):
                if of in {None, verb}:
                    del self._next[place]
                    return fault
            return self._random.choice(self._kinds) if self._random.random() < self._share else None


_INSTEAD: dict[Fault, Response] = {
    Fault.ERROR: JSONResponse({"status": "error_internal_server_error"}, 500),
    Fault.HTML: HTMLResponse("<html><h1>502 Bad Gateway</h1></html>", 502),
    Fault.RATE_LIMIT: JSONResponse({"status": "error_rate_limit_exceeded"}, headers={"Retry-After": "0"}),
}
_AFTER = {Fault.DROP_AFTER: Fault.DROP, Fault.ERROR_AFTER: Fault.ERROR, Fault.HTML_AFTER: Fault.HTML}


class Faulty:
    """An ASGI application with faults in front of it. The server puts each connection's transport into the scope."""

    def __init__(self, served: ASGIApp, faults: Faults) -> None:
        self._served = served
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or let it go wrong."""
        fault = self._faults.take(scope["path"].rpartition("/")[2])
        if fault is Fault.SLOW:
            await asyncio.sleep(self._faults.slow_seconds)
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
        if fault is Fault.TRUNCATE:
            start, body = answer
            await send(start)
            await send({**body, "body": body["body"][: len(body["body"]) // 2], "more_body": True})
        scope["state"]["transport"].close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _keeping(messages: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        messages.append(message)

    return keep
