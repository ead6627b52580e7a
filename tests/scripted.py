"""A real HTTP server that answers as a script says and remembers what it was sent."""

import json
import ssl
import subprocess
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple, Self
from urllib.parse import parse_qs


class Received(NamedTuple):
    """One request as it arrived; `peer` tells connections apart."""

    method: str
    path: str
    form: Mapping[str, list[str]]
    headers: Mapping[str, str]
    peer: int


class Reply(NamedTuple):
    """What the script says: an answer, of which only so many bytes may be sent, or one at a time, or none at all."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    sent_bytes: int | None = None
    is_dropped: bool = False
    hangs: bool = False
    drips: bool = False


DROPPED = Reply(is_dropped=True)
HANGS = Reply(hangs=True)
DRIPPING_SECONDS = 0.05  # for each byte


def ok(**fields: object) -> Reply:
    return Reply(json.dumps({"status": "success_ok", **fields}).encode())


def refusal(status: str, http_status: int = 200, **headers: str) -> Reply:
    return Reply(json.dumps({"status": status}).encode(), http_status, headers)


class Certificate(NamedTuple):
    """A certificate for localhost that nobody signed but itself: the `public` part, and one with the key."""

    public: Path
    private: Path


def certificate_in(directory: Path) -> Certificate:
    made = Certificate(directory / "public.pem", directory / "private.pem")
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", made.private, "-out", made.public], check=True, capture_output=True)
    made.private.write_bytes(made.private.read_bytes() + made.public.read_bytes())
    return made


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """Say nothing of clients that go away, as some tests have them do."""


class Server:
    """Answers one request after the other by *script*; the last reply is repeated."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.received: list[Received] = []
        self._over = Event()
        self._origin = "http://127.0.0.1"

    def __enter__(self) -> Self:
        self._server = _Quiet(("127.0.0.1", 0), _handler(self._next, self._over))
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        return f"{self._origin}:{self._server.server_port}/open/"

    def secure(self, certificate: Certificate) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.private)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._origin = "https://localhost"

    @property
    def paths(self) -> Iterable[str]:
        return [f"{it.method} {it.path.removeprefix('/open/')}" for it in self.received]

    def _next(self, received: Received) -> Reply:
        self.received.append(received)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def _handler(answer: Callable[[Received], Reply], over: Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = parse_qs(
                self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(), keep_blank_values=True
            )
            peer = self.client_address[1]
            reply = answer(Received(self.command, self.path, form, dict(self.headers), peer))
            if reply.hangs:
                over.wait()
            if reply.hangs or reply.is_dropped:
                self.close_connection = True
                return
            if reply.drips:
                for byte in b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(reply.body), reply.body):
                    self.wfile.write(bytes([byte]))
                    over.wait(DRIPPING_SECONDS)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.sent_bytes])
            if reply.sent_bytes is not None:
                self.close_connection = True

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler
