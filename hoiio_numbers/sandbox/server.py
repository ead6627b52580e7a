"""A Number API of one's own on this machine, that keeps state like the real one: no account, no money."""

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Event, Thread
from types import TracebackType
from typing import Self, TypedDict

import uvicorn

from hoiio_numbers.check import HasCurrentRegistry
from hoiio_numbers.registry import Registry
from hoiio_numbers.sandbox.http import application
from hoiio_numbers.sandbox.protocol import Protocol
from hoiio_numbers.sandbox.store import Application, Charge, Store

CREDIT = Decimal("1000.00")


class Settings(TypedDict):
    """The keywords of a `Hoiio` that uses a sandbox."""

    app_id: str
    access_token: str
    base_url: str


class Sandbox:
    """A local server of the Number API. As a context manager it is ready when entered, and gone afterwards.

        with Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
            hoiio.number.available_countries()

    It listens on *host*, which only this machine reaches unless told otherwise, at *port* (0: any that is free). State
    is kept in memory, or in the SQLite file *db*, which several sandboxes may share. Numbers, capabilities and
    durations come from *registry*, by default the packaged data. *rate_limit* is how many calls an application may
    make in a minute, None for any number. Its first application has *credit* in SGD.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        db: str | os.PathLike[str] | None = None,
        registry: HasCurrentRegistry | None = None,
        rate_limit: int | None = None,
        credit: Decimal = CREDIT,
    ) -> None:
        self._address = host, port
        self._db = db
        self._registry = registry
        self._rate_limit = rate_limit
        self._credit = credit

    def __enter__(self) -> Self:
        self._socket = _listening(*self._address)
        self._store = Store(self._db)
        protocol = Protocol(self._store, self._registry or Registry.default(), rate_limit=self._rate_limit)
        self._application = self._store.first_application() or self._store.add_application(self._credit)
        self._server = _Server(uvicorn.Config(application(protocol), log_config=None, access_log=False, lifespan="off"))
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="hoiio-sandbox", daemon=True)
        self._thread.start()
        self._server.ready.wait()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self._store.close()

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The URL to give a client; it ends in `/open/` as the real one's does."""
        host, port, *_ = self._socket.getsockname()
        return f"http://[{host}]:{port}/open/" if ":" in host else f"http://{host}:{port}/open/"

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
        self, credit: Decimal = CREDIT, *, most_numbers: int = 100, trial: bool = False, refusal: str | None = None
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

    def now(self) -> datetime:
        """The time in the sandbox, in GMT+8."""
        return self._store.now()

    def advance(self, by: timedelta) -> None:
        """Move the sandbox's clock; subscriptions that end meanwhile are over, or extended and charged."""
        self._store.advance(by)


class _Server(uvicorn.Server):
    """Tells when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.ready.set()  # a server that could not start keeps nobody waiting


def _listening(host: str, port: int) -> socket.socket:
    """A socket that connections can be made to from now on; raises OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=1024)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio sets it for its own sockets only
    return listening
