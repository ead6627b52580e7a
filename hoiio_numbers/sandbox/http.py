"""The sandbox's protocol over HTTP, as an ASGI application."""

from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hoiio_numbers.sandbox.control import Control
from hoiio_numbers.sandbox.deliveries import AGENT
from hoiio_numbers.sandbox.faults import Faults, Faulty
from hoiio_numbers.sandbox.protocol import Answer, Parameters, Protocol
from hoiio_numbers.statuses import NOT_DONE

LONGEST_BODY = 65_536
"""Bytes of the longest form that is read: two notify URLs of 4000 characters need fewer."""
MOST_PARAMETERS = 100


def application(protocol: Protocol, control: Control, faults: Faults, page: Callable[[], ASGIApp]) -> ASGIApp:
    """The application that serves *protocol*, in front of which *faults* are, and *control* below `/open/`.

    What they speak is described at `/open/openapi.json`. What *page* makes, once it is asked for, is at `/`, and what
    belongs to it below `/page/`.

    What is logged of a request has no query: some old clients send the access token in it.
    """

    async def described(_request: Request) -> JSONResponse:
        from hoiio_numbers.sandbox import openapi  # few ask, and a sandbox is to be ready soon

        return JSONResponse(openapi.document(protocol.inventory.edition.registry))

    later = _Later(page)
    routes = [
        Route("/open/openapi.json", described),
        Route("/open/number/{verb}", Faulty(_Calls(protocol), faults)),
        Route("/open/sandbox/{verb}", _Calls(control)),
        Route("/", later),
        Mount("/page", later),
    ]
    served = Starlette(routes=routes, exception_handlers={Exception: _failed})
    served.router.redirect_slashes = False  # a redirect would repeat the query

    async def without_query(scope: Scope, receive: Receive, send: Send) -> None:
        within = {**scope}
        scope["query_string"] = b""  # of the scope that the server's access log reads
        await served(within, receive, send)

    return without_query


def _failed(_request: Request, _error: Exception) -> JSONResponse:
    """What the API answers when it fails; the error itself goes to uvicorn's log."""
    return JSONResponse({"status": "error_internal_server_error"})


class _Later:
    """An application that is made when it is first asked for: few look at the page, and all wait for the sandbox."""

    def __init__(self, made: Callable[[], ASGIApp]) -> None:
        self._made = cache(made)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._made()(scope, receive, send)


class _Calls:
    """The endpoints, for every method: another one than GET and POST gets the API's own answer.

    Errors come with HTTP 200, for some of the existing clients lose the status otherwise.
    """

    def __init__(self, answering: Protocol | Control) -> None:
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._response(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _response(self, request: Request) -> JSONResponse:
        verb = request.path_params["verb"]
        if verb not in self._answering.verbs:
            return JSONResponse({"status": "error_no_such_call"}, status_code=404)
        if isinstance(self._answering, Control) and request.headers.get("User-Agent") == AGENT:
            return JSONResponse({"status": NOT_DONE, "message": "a notification that asks for more is a loop"})
        if request.method not in {"GET", "POST"}:
            return JSONResponse({"status": "error_invalid_http_method"})
        try:
            parameters = await _parameters(request)
        except ValueError:
            return JSONResponse({"status": "error_malformed_params"})
        return JSONResponse(await answer_of(self._answering, verb, parameters))


async def answer_of(answering: Protocol | Control, verb: str, parameters: Parameters) -> Answer:
    """The answer to a call, without keeping others waiting."""
    if isinstance(answering, Control):  # it may wait for a receiver, which may be served here, too
        return await run_in_threadpool(answering.answer, verb, parameters)
    return answering.answer(verb, parameters)


async def _parameters(request: Request) -> dict[str, str]:
    """The parameters of the query and of the body, a form whatever its Content-Type says; raises ValueError."""
    parameters: dict[str, str] = {}
    for encoded in (request.scope["query_string"], await body_of(request)):
        text = encoded.decode("ascii")
        for name, value in parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS):
            if parameters.setdefault(name, value) != value:
                raise ValueError(f"{name} is given twice")
    return parameters


async def body_of(request: Request) -> bytes:
    """The whole body; raises ValueError for one that is too long."""
    body = b""
    async for chunk in request.stream():  # to its end, or a client that still sends could not hear the answer
        if len(body) <= LONGEST_BODY:
            body += chunk
    if len(body) > LONGEST_BODY:
        raise ValueError("the body is too long")
    return body
