"""What stands before a page that needs no password: who may ask for it at all, and what a browser may do with it.

Another site's page can make a browser send requests to this machine (cross-site request forgery), can point a name of
its own here (DNS rebinding), and can frame what it gets (clickjacking).
"""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",  # so that no text can be taken for markup
    "trusted-types 'none'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""The headers of every answer."""


class Guard:
    """An ASGI application that lets through to *served* what comes from this machine and from the page itself."""

    def __init__(self, served: ASGIApp) -> None:
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it with HTTP 403 and a `message`."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = next(_refusals(scope), None)
        served = JSONResponse({"message": refused}, 403) if refused else self._served
        await served(scope, receive, with_headers)


def _refusals(scope: Scope) -> Iterator[str]:
    """Why a request is refused."""
    headers, (client, _), (server, _) = Headers(scope=scope), scope["client"], scope["server"]
    host = headers.get("Host", "")
    if not _is_here(client, server):
        yield "The page needs no password, so that only the sandbox's own machine gets it."
    if not _is_here(_name(host), server):
        yield "The page goes by localhost or by the sandbox's own address, and by no other name."
    if headers.get("Origin", f"http://{host}") != f"http://{host}":
        yield "Another site sent this request."
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"} and not _is_link(scope, headers):
        yield "Another site sent this request."


def _is_link(scope: Scope, headers: Headers) -> bool:
    """Whether a link was followed to here, in a window of its own: the site with the link sees nothing of it."""
    return scope["method"] == "GET" and headers.get("Sec-Fetch-Dest") == "document"


def _name(host: str) -> str:
    """The host in a `Host` header without the port; empty where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_here(host: str, server: str) -> bool:
    """Whether a host is this machine: a loopback address, or the one that the connection was made to."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address == ip_address(server)
