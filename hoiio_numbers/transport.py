"""One POST to the API: within a time, repeated where that does no harm, its answer an object or a typed error.

The only importer of requests. What requests reads of the environment (proxies, CA bundles) holds here, too.
"""

import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from time import monotonic, sleep
from typing import TypeVar
from urllib.parse import quote_plus

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, InvalidHeader, LocationValueError, NewConnectionError
from urllib3.util import Retry

from hoiio_numbers import wire
from hoiio_numbers.endpoints import Endpoint
from hoiio_numbers.errors import ApiError, TransportError, UnexpectedAnswerError
from hoiio_numbers.statuses import ERROR, SUCCESS, Status, gateway, status
from hoiio_numbers.text import encodable, shown
from hoiio_numbers.wire import Fields, UnreadableError

T = TypeVar("T")

ATTEMPTS = 5
"""How often a call that may be repeated is sent at most."""
ATTEMPT_SECONDS = 10.0
"""How long one of several attempts waits for the server."""
LEAST_SECONDS = 0.001
"""How long it waits where a pause took all the time that was left."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0
CONNECTIONS = 64

_ONCE = Retry(0, read=False)
_BEFORE_ANYTHING = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)


def new_session(base_url: str) -> requests.Session:
    """A session for calls below *base_url*, with room for many threads.

    The environment is read once, now: requests would look through it for each call, which is a fifth of what a call on
    loopback takes.
    """
    session = requests.Session()
    for prefix in ("https://", "http://"):
        session.mount(prefix, HTTPAdapter(pool_maxsize=CONNECTIONS))
    settings = session.merge_environment_settings(base_url, {}, stream=None, verify=None, cert=None)
    session.proxies, session.verify, session.trust_env = settings["proxies"], settings["verify"], False
    return session


class Transport:
    """Sends forms with the credentials in them to `base_url`, which ends in a slash."""

    def __init__(self, credentials: Mapping[str, str], base_url: str, session: requests.Session) -> None:
        self.base_url = base_url
        self.session = session
        self._credentials = {name: encodable(value) for name, value in credentials.items()}

    def call(self, endpoint: Endpoint, form: Mapping[str, str], read: Callable[[Fields], T], timeout: float) -> T:
        """What *read* makes of the answer, in at most *timeout* seconds, repeats and pauses between them included.

        Raises `ApiError` or `TransportError`. A call that is not repeatable goes out once, on a new connection.
        """
        ends, attempt = monotonic() + timeout, 0
        while True:
            attempt += 1
            try:
                return self._attempt(endpoint, form, read, max(ends - monotonic(), LEAST_SECONDS))
            except (ApiError, TransportError) as error:
                if isinstance(error, TransportError):
                    error.attempts = attempt
                pause = _pause(error, attempt)
                if (
                    not (endpoint.repeatable and error.should_retry)
                    or attempt == ATTEMPTS
                    or monotonic() + pause >= ends
                ):
                    raise
            sleep(pause)

    def _attempt(self, endpoint: Endpoint, form: Mapping[str, str], read: Callable[[Fields], T], left: float) -> T:
        seconds = min(left, ATTEMPT_SECONDS) if endpoint.repeatable else left
        url = self.base_url + endpoint.path
        data = {**self._credentials, **{name: encodable(value) for name, value in form.items()}}
        try:
            with nullcontext(self.session) if endpoint.repeatable else self._new_connection(url) as session:
                response = session.post(url, data, timeout=seconds, allow_redirects=False)
        except (OSError, HTTPError, ValueError) as error:  # the last for a header that is no text
            failure = self._unanswered(endpoint, error)
        else:
            return self._read(endpoint, response, read)
        raise failure  # out here it has no context: that holds the form, with the access token in it

    @contextmanager
    def _new_connection(self, url: str) -> Iterator[requests.Session]:
        """The session as it is but for a connection of its own, on which nothing is sent twice.

        A connection that was kept alive may be dead already, which nobody could tell from an answer that was lost.
        """
        adapter = self.session.get_adapter(url)
        if not isinstance(adapter, HTTPAdapter):
            yield self.session
            return
        once = _twin(adapter, max_retries=_ONCE, proxy_manager={})
        once.init_poolmanager(1, 1)
        try:
            yield _twin(self.session, adapters={url: once})
        finally:
            once.close()

    def _read(self, endpoint: Endpoint, response: requests.Response, read: Callable[[Fields], T]) -> T:
        said, message = None, None
        meant = None if 200 <= response.status_code < 300 else gateway(response.status_code)
        try:
            fields = wire.document(response.content)
            said, message = fields.needed(fields.text, "status"), fields.text("message")
            if said == SUCCESS and meant is None:
                return read(fields)
        except UnreadableError as error:
            problem = str(error)
        else:
            problem = f"the status {shown(said)!r} is neither {SUCCESS} nor an error"
        if said and said.startswith(ERROR):
            meant = status(said, message, failed=response.status_code >= 500)
        hint = "Check base_url; the whole answer is in the error's body."
        raise self._refused(endpoint, response, said, meant or Status(UnexpectedAnswerError, problem, hint))

    def _refused(self, endpoint: Endpoint, response: requests.Response, said: str | None, meant: Status) -> ApiError:
        return meant.error(
            endpoint.path,
            response.status_code,
            said and self._redacted(said),
            meaning=self._redacted(meant.meaning),
            hint=meant.hint,
            should_retry=meant.should_retry,
            retry_after=_retry_after(response),
            body=self._redacted(response.content.decode("utf-8", "replace")),
        )

    def _unanswered(self, endpoint: Endpoint, error: Exception) -> TransportError:
        root = _root(error)
        reason = self._redacted(getattr(root, "strerror", None) or str(root) or type(root).__name__)
        return TransportError(endpoint.path, reason, sent=_may_have_left(error))

    def _redacted(self, text: str) -> str:
        for secret in self._credentials.values():
            text = text.replace(secret, "***").replace(quote_plus(secret), "***")
        return text


def _twin(original: T, **changes: object) -> T:
    """Another object of the same attributes, whatever class a user derived its own from, but for *changes*."""
    twin = object.__new__(type(original))
    vars(twin).update(vars(original), **changes)
    return twin


def _pause(error: ApiError | TransportError, attempt: int) -> float:
    """How many seconds to wait: what the server asks for, else a random part of a span that doubles up to a cap."""
    if isinstance(error, ApiError) and error.retry_after is not None:
        return error.retry_after
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311 - no secret hangs on it


def _retry_after(response: requests.Response) -> float | None:
    """The seconds that a Retry-After header asks for, which may hold a date; None for one that cannot be read."""
    asked = response.headers.get("Retry-After")
    try:
        return None if asked is None else _ONCE.parse_retry_after(asked)
    except InvalidHeader:
        return None


def _root(error: BaseException) -> BaseException:
    """The error at the bottom: what the network said, without the layers that passed it on."""
    below = error.__cause__ or error.__context__
    return _root(below) if below else error


def _may_have_left(error: Exception) -> bool:
    """Whether a byte of the request may have reached the server: true unless it is certain that none did."""
    if not isinstance(error, requests.RequestException):
        # A host that is none is found out before; and so is a CA bundle that is not there, by a bare OSError.
        return not isinstance(error, LocationValueError) and type(error) is not OSError
    if isinstance(error, _BEFORE_ANYTHING):
        return False
    if isinstance(_root(error), ssl.SSLCertVerificationError):
        return False
    return not isinstance(getattr(next(iter(error.args), None), "reason", None), NewConnectionError)
