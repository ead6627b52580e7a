"""What a configured URL receives: a notification as a typed object.

    @app.post("/sms")
    def sms():
        notification = parse_notification(request.query_string)

The parameters are those of the Hoiio Open API's reference; they come in the query of the URL.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from attrs import field, frozen

from hoiio_numbers import mappings, urls
from hoiio_numbers.errors import NotificationError
from hoiio_numbers.text import shown
from hoiio_numbers.urls import Url
from hoiio_numbers.wire import Fields, UnreadableError

MOST_PARAMETERS = 1000
_up_to_query = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:/)?/[^?]*\?|[^?=&]*\?").match
_is_number = re.compile(r"[+ ]?([1-9][0-9]{4,14})").fullmatch  # a plus that nobody escaped arrives as a space

Values = dict[str, list[str]]


@frozen(kw_only=True)
class Notification:
    """What every notification has, under the API's names.

    `to` is the number of yours in E.164 form, `sender` (`from` on the wire) who called or wrote, as the network said:
    mostly E.164, sometimes a name, None when it is withheld. `txn_ref` identifies the event at the vendor's; `date`
    is when it happened, in GMT+8. `passed_on` holds the parameters that are no notification's own, each with all its
    values: those of the URL as it was configured.
    """

    txn_ref: str
    sender: str | None
    to: str
    date: datetime
    passed_on: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)


@frozen(kw_only=True)
class IncomingCall(Notification):
    """A call that waits to be answered through the IVR API in `session`; `tag` is what an application gave it."""

    session: str
    tag: str | None


@frozen(kw_only=True)
class IncomingSMS(Notification):
    """An SMS, or a part of one: over 160 characters it comes in several of at most 152. `debit` is what it cost."""

    msg: str
    currency: str | None
    debit: Decimal | None


@frozen(kw_only=True)
class IncomingFax(Notification):
    """A fax that was received, or that failed for the reason `fax_error_code` (`busy` is one).

    `fax_status` is `answered` or `failed`, `fax_url` where the PDF is, signed and expiring, None when there is none,
    `duration` how many minutes it took, `debit` what it cost.
    """

    fax_status: str
    fax_url: str | None = field(repr=False)  # who has it can read the fax
    fax_error_code: str | None
    duration: int | None
    currency: str | None
    debit: Decimal | None


def parse_notification(received: str | bytes | Mapping[str, object]) -> IncomingCall | IncomingSMS | IncomingFax:
    """The notification in a URL, in its query, or in a web framework's mapping of it (multi-dicts are read whole).

    Raises `NotificationError` for what is no notification, and TypeError for what is neither text nor a mapping.
    """
    values = _of_mapping(received) if isinstance(received, Mapping) else _of_query(received)
    # The server adds its parameters to those of the URL, so that what comes last is its own.
    kind = next((name for name in reversed(values) if name in _KINDS), None)
    if kind is None:
        raise NotificationError(f"this is no notification, for it has none of {', '.join(_KINDS)}")
    own, read = _KINDS[kind]
    fields = Fields({name: values[name].pop() for name in own if values.get(name)}, "the notification")
    passed_on = {name: tuple(others) for name, others in values.items() if others}
    try:
        return read(fields, passed_on)
    except UnreadableError as error:
        raise NotificationError(str(error)) from None


def _call(fields: Fields, passed_on: Mapping[str, tuple[str, ...]]) -> IncomingCall:
    block = fields.text("ivr_block")
    if block != "answer":
        raise UnreadableError(f"ivr_block of the notification is {shown(block)!r}, which is no incoming call")
    session = fields.needed(fields.text, "session")
    return IncomingCall(session=session, tag=fields.text("tag"), **_common(fields), passed_on=passed_on)


def _sms(fields: Fields, passed_on: Mapping[str, tuple[str, ...]]) -> IncomingSMS:
    return IncomingSMS(msg=fields.verbatim("msg"), **_cost(fields), **_common(fields), passed_on=passed_on)


def _fax(fields: Fields, passed_on: Mapping[str, tuple[str, ...]]) -> IncomingFax:
    url = fields.text("fax_url")
    if url and Url.MALFORMED in urls.read(url):
        raise UnreadableError(f"fax_url of the notification is {urls.redacted(shown(url))!r}, not a URL")
    return IncomingFax(
        fax_status=fields.needed(fields.text, "fax_status"),
        fax_url=url,
        fax_error_code=fields.text("fax_error_code"),
        duration=fields.count("duration"),
        **_cost(fields),
        **_common(fields),
        passed_on=passed_on,
    )


_COMMON = ("txn_ref", "from", "to", "date")
_COST = ("currency", "debit")
# By the parameter that no other kind has: all its own, and what reads them.
_KINDS: dict[str, tuple[tuple[str, ...], Callable[..., IncomingCall | IncomingSMS | IncomingFax]]] = {
    "fax_status": ((*_COMMON, *_COST, "fax_status", "fax_url", "fax_error_code", "duration"), _fax),
    "ivr_block": ((*_COMMON, "ivr_block", "session", "tag"), _call),
    "msg": ((*_COMMON, *_COST, "msg"), _sms),
}


def _common(fields: Fields) -> dict[str, Any]:
    sender = fields.text("from")
    to = fields.needed(fields.text, "to")
    if not (number := _is_number(to)):
        raise UnreadableError(f"to of the notification is {shown(to)!r}, not a phone number")
    return {
        "txn_ref": fields.needed(fields.text, "txn_ref"),
        "sender": f"+{found[1]}" if sender and sender[0] != "+" and (found := _is_number(sender)) else sender,
        "to": f"+{number[1]}",
        "date": fields.needed(fields.moment, "date"),
    }


def _cost(fields: Fields) -> dict[str, Any]:
    return {"currency": fields.text("currency"), "debit": fields.money("debit")}


def _of_query(received: str | bytes) -> Values:
    if not isinstance(received, str | bytes):
        raise TypeError(f"a notification is a URL, its query or a mapping of it, not {type(received).__name__}")
    text = received.decode("ascii", "replace") if isinstance(received, bytes) else received
    url = _up_to_query(text)
    query = text[url.end() :].partition("#")[0] if url else text
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError:  # the networks' own characters
        pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise NotificationError(f"this is no notification, for it has more than {MOST_PARAMETERS} parameters") from None
    values: Values = {}
    for name, value in pairs:
        values[name] = [*values.pop(name, ()), value]  # in the order in which they come last
    return values


def _of_mapping(received: Mapping[str, object]) -> Values:
    values: Values = {}
    for name in received:
        for value in mappings.every(received, name):
            if not isinstance(value, str):
                raise NotificationError(f"{shown(name)} of the notification is {type(value).__name__}, not text")
            values.setdefault(name, []).append(value)
    return values
