"""The sandbox's page: its files, and what it asks the server for.

It acts as the sandbox's first application, whose access token stays here. What it shows is what the checker and the
API's own endpoints answer; it decides nothing.
"""

import json
from collections import deque
from functools import partial
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from hoiio_numbers.check import Checker, HasCurrentRegistry
from hoiio_numbers.errors import NotificationError
from hoiio_numbers.exports import capability_index
from hoiio_numbers.notifications import IncomingCall, IncomingFax, IncomingSMS, parse_notification
from hoiio_numbers.sandbox.control import Control
from hoiio_numbers.sandbox.guard import Guard
from hoiio_numbers.sandbox.http import LONGEST_BODY, answer_of, body_of
from hoiio_numbers.sandbox.protocol import Answer, Protocol
from hoiio_numbers.sandbox.store import Application, Store
from hoiio_numbers.statuses import SUCCESS, status
from hoiio_numbers.text import encodable

MOST_SHOWN = 100
"""How many deliveries, and how many notifications in the inbox, are shown: the newest."""

_FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_KINDS = {IncomingCall: "call", IncomingSMS: "sms", IncomingFax: "fax"}


class Page:
    """What can be asked for below `/page/`; the page itself is at `/`, too."""

    def __init__(self, protocol: Protocol, control: Control, store: Store, registry: HasCurrentRegistry) -> None:
        self._protocol = protocol
        self._control = control
        self._store = store
        self._checker = Checker(registry)
        self._inbox: deque[Answer] = deque(maxlen=MOST_SHOWN)

    def served(self) -> ASGIApp:
        """It as an ASGI application, guarded."""
        routes = [
            Route("/capabilities", self._capabilities),
            Route("/state", self._state),
            Route("/check", self._check, methods=["POST"]),
            Route("/inbox/{name:path}", self._receive, methods=["POST"]),
            Route("/number/{verb}", partial(self._call, self._protocol), methods=["POST"]),
            Route("/sandbox/{verb}", partial(self._call, self._control), methods=["POST"]),
            *(Route(path, partial(_file, *file)) for path, file in _FILES.items()),
        ]
        served = Starlette(routes=routes, exception_handlers={HTTPException: _refused})
        served.router.redirect_slashes = False
        return Guard(served)

    def _application(self) -> Application:
        """The first application as it stands now: one is always there."""
        return self._store.first_application(0)

    async def _capabilities(self, _request: Request) -> Response:
        """The capability data in brief."""
        return JSONResponse(capability_index(self._checker.registry.current, on=self._store.now().date()))

    async def _check(self, request: Request) -> Response:
        """What the check says of the mapping that the body is, and what each rule made of it."""
        report = self._checker.check_mapping(await _mapping(request), on=self._store.now().date())
        return JSONResponse({**report.to_dict(), "explanation": [it.to_dict() for it in report.explain()]})

    async def _state(self, _request: Request) -> Response:
        """What there is now. To look is no call of the API, so that no rate limit counts it."""
        application = self._application()
        numbers = self._protocol.verbs["get_active"](application, {})
        deliveries = self._control.verbs["deliveries"](application, {})
        return JSONResponse(
            {
                "app_id": application.app_id,
                "credit": str(application.credit),
                "now": self._store.now().isoformat(),
                "numbers": numbers["entries"],
                "deliveries": _newest(deliveries["entries"]),
                "inbox": [*self._inbox],
            }
        )

    async def _call(self, answering: Protocol | Control, request: Request) -> Response:
        """What the API, or the sandbox's own endpoint, answers the application to the parameters in the body."""
        verb = request.path_params["verb"]
        if verb not in answering.verbs:
            raise HTTPException(404)
        parameters = await _mapping(request)
        if not all(isinstance(value, str) for value in parameters.values()):
            raise HTTPException(400, "Every parameter must be text.")
        application = self._application()
        parameters = {name: encodable(value) for name, value in parameters.items()}
        parameters.update(app_id=application.app_id, access_token=application.access_token)
        answer = await answer_of(answering, verb, parameters)
        if answer["status"] != SUCCESS:
            answer.setdefault("message", status(str(answer["status"])).meaning)
        return JSONResponse(answer)

    async def _receive(self, request: Request) -> Response:
        """Take a notification, as a server of the user's own would."""
        parameters = dict(request.query_params)
        try:
            kind = _KINDS[type(parse_notification(request.query_params))]
        except NotificationError as error:
            kind, parameters = "unknown", {"error": str(error)}
        at, name = self._store.now().isoformat(), request.path_params["name"]
        self._inbox.append({"at": at, "name": name, "kind": kind, "parameters": parameters})
        return JSONResponse({"status": SUCCESS})


async def _file(name: str, media_type: str, _request: Request) -> Response:
    """One of the page's own files, from wherever the package is, a zip file too."""
    content = resources.files("hoiio_numbers.sandbox").joinpath("static", name).read_bytes()
    return Response(content, media_type=media_type)


async def _mapping(request: Request) -> dict[str, Any]:
    """The JSON object in the body. It must say that it is JSON, as no form of another site can."""
    if request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
        raise HTTPException(415, "The body must be application/json.")
    try:
        body = await body_of(request)
    except ValueError:
        raise HTTPException(413, f"The body is longer than {LONGEST_BODY} bytes.") from None
    except ClientDisconnect:
        body = b""  # nobody hears the answer
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is no JSON that can be read.") from None
    if not isinstance(data, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return data


async def _refused(_request: Request, error: Exception) -> Response:
    return JSONResponse({"message": getattr(error, "detail", "")}, getattr(error, "status_code", 500))


def _newest(entries: Any) -> list[Answer]:
    newest: list[Answer] = entries[-MOST_SHOWN:]
    return newest
