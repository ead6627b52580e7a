"""A Number API of one's own on this machine, that keeps state like the real one: no account, no money."""

import asyncio
import os
import socket
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, TypedDict

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from hoiio_numbers.check import HasCurrentRegistry
from hoiio_numbers.registry import Registry
from hoiio_numbers.sandbox.control import Control
from hoiio_numbers.sandbox.deliveries import UndeliverableError, send
from hoiio_numbers.sandbox.faults import Faults
from hoiio_numbers.sandbox.http import application
from hoiio_numbers.sandbox.protocol import Protocol
from hoiio_numbers.sandbox.store import Application, Charge, Delivery, Store

if TYPE_CHECKING:
    from starlette.types import ASGIApp

CREDIT = Decimal("1000.00")


class Settings(TypedDict):
    """The keywords of a `Hoiio`, in a form that type checkers can follow into its call."""

    app_id: str
    access_token: str
    base_url: str


class _Running(NamedTuple):
    """What a sandbox has while it runs; leaving `resources` ends it."""

    base_url: str
    store: Store
    application: Application
    resources: ExitStack


class Sandbox:
    """A local server of the Number API. As a context manager it is ready when entered, and gone afterwards.

        with Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
            hoiio.number.available_countries()

    It listens on *host*, which only this machine reaches unless told otherwise, at *port* (0: any that is free). State
    is kept in memory, or in the SQLite file *db*, which several sandboxes may share. Numbers, capabilities and
    durations come from *registry*, by default the packaged data. *rate_limit* is how many calls an application may
    make in a minute, None for any number. Its first application has *credit* in SGD. Notifications go to addresses of
    this machine, unless it may *deliver_anywhere*; `faults` lets calls go wrong.

    Entering raises OSError for an address that cannot be had and a file that cannot be used. Before and afterwards
    there is nothing to ask of it, and while it runs it cannot be entered again: RuntimeError.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        db: str | os.PathLike[str] | None = None,
        registry: HasCurrentRegistry | None = None,
        rate_limit: int | None = None,
        credit: Decimal | int = CREDIT,
        deliver_anywhere: bool = False,
    ) -> None:
        self.faults = Faults()
        self._deliver_anywhere = deliver_anywhere
        self._address = host, port
        self._db = db
        self._registry = registry
        self._rate_limit = rate_limit
        self._credit = credit
        self._now_running: _Running | None = None

    def __enter__(self) -> Self:
        if self._now_running:
            raise RuntimeError("the sandbox is running already; make another one: Sandbox()")
        with ExitStack() as resources:
            store = resources.enter_context(closing(Store(self._db)))
            listening = resources.enter_context(_listening(*self._address))
            first = store.first_application(self._credit)
            registry = self._registry or Registry.default()
            protocol = Protocol(store, registry, rate_limit=self._rate_limit)
            control = Control(protocol, store, self.faults, anywhere=self._deliver_anywhere)

            def page() -> "ASGIApp":
                from hoiio_numbers.sandbox.page import Page

                return Page(protocol, control, store, registry).served()

            served = application(protocol, control, self.faults, page)
            server = _Server(uvicorn.Config(served, http=_Connection, log_config=None, lifespan="off", ws="none"))
            thread = Thread(target=server.run, args=([listening],), name="hoiio-sandbox", daemon=True)
            thread.start()
            resources.callback(_end, server, thread)
            self.faults.refuse = server.refuse
            self._now_running = _Running(_base_url(listening), store, first, resources.pop_all())
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        ended, self._now_running = self._running, None
        self.faults.refuse = None
        ended.resources.close()

    @property
    def base_url(self) -> str:
        """The URL to give a client; it ends in `/open/` as the real one's does."""
        return self._running.base_url

    @property
    def page_url(self) -> str:
        """The URL of the sandbox's page, for a browser on this machine."""
        return self.base_url.removesuffix("open/")

    @property
    def app_id(self) -> str:
        """The id of the first application."""
        return self._application.app_id

    @property
    def access_token(self) -> str:
        """The access token of the first application."""
        return self._application.access_token

    @property
    def settings(self) -> Settings:
        """The keywords of a `Hoiio` that uses the sandbox."""
        return self.settings_of(self._application)

    def settings_of(self, application: Application) -> Settings:
        """The keywords of a `Hoiio` that uses the sandbox as another application."""
        return {"app_id": application.app_id, "access_token": application.access_token, "base_url": self.base_url}

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables for a `Hoiio` that uses the sandbox."""
        return {f"HOIIO_{name.upper()}": str(value) for name, value in self.settings.items()}

    def add_application(
        self,
        credit: Decimal | int = CREDIT,
        *,
        most_numbers: int = 100,
        trial: bool = False,
        refusal: str | None = None,
    ) -> Application:
        """Another application, which sees only its own numbers.

        It may have *most_numbers*; on *trial* it may subscribe to none. *refusal* is a status that answers all its
        calls, such as `error_developer_suspended`.
        """
        return self._store.add_application(credit, most_numbers=most_numbers, trial=trial, refusal=refusal)

    def credit_of(self, app_id: str) -> Decimal:
        """What is left of an application's credit, in SGD; raises KeyError for an unknown one."""
        found = self._store.application(app_id)
        if found is None:
            raise KeyError(app_id)
        return found.credit

    def charges(self) -> list[Charge]:
        """The ledger: every charge, oldest first."""
        return self._store.charges()

    def send(
        self,
        kind: str,
        to: str,
        *,
        sender: str = "+6591234567",
        msg: str = "",
        tag: str = "",
        fax_url: str = "",
        fax_error_code: str = "",
    ) -> list[Delivery]:
        """Let a `call`, an `sms` or a `fax` arrive at a number, and announce it to the URL that is set for it.

        The rest is what the notification says: *msg* of an SMS, *tag* of a call, *fax_url* of a fax, or why it failed,
        *fax_error_code*. Answers what became of each notification, of which a long SMS has several. Only addresses of
        this machine are called, unless the sandbox may `deliver_anywhere`. Raises ValueError for another *kind*, for a
        number that nobody subscribes to and for one whose setting announces no such thing.
        """
        holder = self._store.holder(to)
        if holder is None:
            raise ValueError(f"nobody subscribes to {to}")
        details = {"msg": msg, "tag": tag, "fax_url": fax_url, "fax_error_code": fax_error_code}
        try:
            return send(self._store, holder, kind, to, sender, details, anywhere=self._deliver_anywhere)
        except UndeliverableError as error:
            raise ValueError(str(error)) from None

    def deliveries(self) -> list[Delivery]:
        """Every notification that was to be sent, oldest first, and what became of it."""
        return self._store.deliveries()

    def now(self) -> datetime:
        """The time in the sandbox, in GMT+8."""
        return self._store.now()

    def advance(self, by: timedelta) -> None:
        """Move the sandbox's clock; subscriptions that end meanwhile are over, or extended and charged."""
        self._store.advance(by)

    @property
    def _application(self) -> Application:
        return self._running.application

    @property
    def _store(self) -> Store:
        return self._running.store

    @property
    def _running(self) -> _Running:
        if self._now_running is None:
            raise RuntimeError("the sandbox is not running; enter it first: with Sandbox() as sandbox")
        return self._now_running


def _listening(host: str, port: int) -> socket.socket:
    """A socket that connections can be made to from now on; raises OSError when the address cannot be had."""
    if not host:  # which a socket takes for every network
        raise OSError("the host is empty; for all networks give 0.0.0.0")
    if not 0 <= port <= 65_535:
        raise OSError(f"there is no port {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=1024)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for its own sockets only
    return listening


def _base_url(listening: socket.socket) -> str:
    host, port, *_ = listening.getsockname()
    return f"http://[{host}]:{port}/open/" if ":" in host else f"http://{host}:{port}/open/"


class _Connection(H11Protocol):
    """Puts its transport into the scope of each request, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """Can refuse connections for a while, and waits at its end for no half request and for none that is slow."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._absence: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state["ending"] = self._ending  # which is in the scope of each request
        await super().startup(sockets)
        if not self._loop.done():
            self._loop.set_result(asyncio.get_running_loop())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.set()
        for connection in self.server_state.connections:
            connection.transport.close()
        await super().shutdown(sockets)

    def refuse(self, seconds: float) -> None:
        """Refuse connections from now on for so long (0: not any longer); for other threads than the server's own."""
        asyncio.run_coroutine_threadsafe(self._refuse(seconds), self._loop.result()).result()

    async def _refuse(self, seconds: float) -> None:
        if self._absence:
            self._absence.cancel()
        if seconds:
            await self._stop_listening()
        self._absence = asyncio.create_task(self._listen_after(seconds))
        if not seconds:
            await self._absence

    async def _stop_listening(self) -> None:
        listeners, self.servers = self.servers, []
        for listener in listeners:
            self._address = listener.sockets[0].getsockname()
            asyncio.get_running_loop().remove_reader(listener.sockets[0])
        await asyncio.sleep(0)  # asyncio forgets to close what was accepted a moment before its listener is closed
        for listener in listeners:
            listener.close()
        for connection in [*self.server_state.connections]:
            connection.shutdown()  # one that is answering does so first

    async def _listen_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if not (self.servers or self.should_exit):
            host, port, *_ = self._address
            await self.startup([_listening(host, port)])


def _end(server: uvicorn.Server, thread: Thread) -> None:
    server.should_exit = True
    thread.join()
