"""What a configured URL receives, as the frameworks hand it over."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict as AiohttpMultiDict
from starlette.datastructures import QueryParams
from werkzeug.datastructures import MultiDict

from hoiio_numbers import IncomingCall, IncomingFax, IncomingSMS, NotificationError, parse_notification
from hoiio_numbers.registry import VENDOR_TIME

COMMON = {"txn_ref": "TX-1", "from": "+6591234567", "to": "+6511111111", "date": "2012-09-01 23:59:59"}
COST = {"currency": "SGD", "debit": "0.020"}
SMS = {**COMMON, **COST, "msg": " Hello + goodbye "}
CALL = {**COMMON, "ivr_block": "answer", "session": "S-1", "tag": "shop"}
FAX = {
    **COMMON,
    **COST,
    "fax_status": "answered",
    "fax_url": "https://fax.example.com/a.pdf?signature=x",
    "duration": "2",
}
MOMENT = datetime(2012, 9, 1, 23, 59, 59, tzinfo=VENDOR_TIME)


def test_an_sms() -> None:
    sms = parse_notification("https://example.com/sms?" + urlencode(SMS))
    assert sms == IncomingSMS(
        txn_ref="TX-1",
        sender="+6591234567",
        to="+6511111111",
        date=MOMENT,
        msg=" Hello + goodbye ",
        currency="SGD",
        debit=Decimal("0.020"),
    )
    assert sms.date.utcoffset() == timedelta(hours=8)


def test_a_call() -> None:
    call = parse_notification(urlencode(CALL))
    assert isinstance(call, IncomingCall)
    assert (call.session, call.tag, call.to) == ("S-1", "shop", "+6511111111")
    assert parse_notification(urlencode({**CALL, "tag": ""})) != call


def test_a_fax_that_arrived_and_one_that_did_not() -> None:
    fax = parse_notification(urlencode(FAX))
    assert isinstance(fax, IncomingFax)
    assert (fax.fax_status, fax.fax_url, fax.duration, fax.fax_error_code) == ("answered", FAX["fax_url"], 2, None)
    assert "signature" not in repr(fax)
    failed = {name: value for name, value in FAX.items() if name != "fax_url"} | {"fax_status": "failed"}
    missed = parse_notification(urlencode({**failed, "fax_error_code": "busy"}))
    assert isinstance(missed, IncomingFax)
    assert (missed.fax_status, missed.fax_url, missed.fax_error_code) == ("failed", None, "busy")


SHAPES: dict[str, Callable[[str], Any]] = {
    "a URL": lambda query: f"https://example.com/in?{query}#top",
    "a path": lambda query: f"/in?{query}",
    "a query": str,
    "bytes": str.encode,
    "Django": QueryDict,
    "werkzeug": lambda query: MultiDict(QueryParams(query).multi_items()),
    "Starlette": QueryParams,
    "aiohttp": lambda query: AiohttpMultiDict(QueryParams(query).multi_items()),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("sent", [SMS, CALL, FAX])
def test_parameters_that_are_passed_on_stay_apart(shape: Callable[[str], Any], sent: dict[str, str]) -> None:
    own = urlencode([("shop", "7"), ("shop", "8"), ("from", "mine"), ("empty", "")])
    notification = parse_notification(shape(f"{own}&{urlencode(sent)}"))
    assert notification.sender == "+6591234567"
    assert notification.passed_on == {"shop": ("7", "8"), "from": ("mine",), "empty": ("",)}


def test_a_plain_mapping_will_do() -> None:
    assert parse_notification({**SMS, "shop": "7"}).passed_on == {"shop": ("7",)}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("+6591234567", "+6591234567"),
        (" 6591234567", "+6591234567"),
        ("6591234567", "+6591234567"),
        ("HOIIO", "HOIIO"),
        ("", None),
    ],
)
def test_senders(sent: str, read: str | None) -> None:
    assert parse_notification({**SMS, "from": sent}).sender == read


def test_a_plus_that_nobody_escaped_arrives_as_a_space() -> None:
    query = urlencode(SMS).replace("%2B65", "+65")
    sms = parse_notification(query)
    assert (sms.sender, sms.to) == ("+6591234567", "+6511111111")


@pytest.mark.parametrize(("encoding", "text"), [("utf-8", "Grüße €"), ("latin-1", "Grüße")])
def test_messages_come_in_the_characters_of_the_network(encoding: str, text: str) -> None:
    sms = parse_notification(urlencode({**SMS, "msg": text}, encoding=encoding))
    assert isinstance(sms, IncomingSMS)
    assert sms.msg == text


@pytest.mark.parametrize(
    "base", ["https://example.com/a=b/in?next=/x?y&shop=7&", "/in?next=/x?y&shop=7&", "next=/x?y&shop=7&"]
)
def test_a_question_mark_may_stand_anywhere(base: str) -> None:
    for sent in (SMS, {**SMS, "msg": "Why?"}):
        sms = parse_notification(base + urlencode(sent, safe="?"))
        assert isinstance(sms, IncomingSMS)
        assert (sms.msg, sms.passed_on) == (sent["msg"], {"next": ("/x?y",), "shop": ("7",)})


def test_a_number_sign_ends_a_url_and_no_bare_query() -> None:
    query = urlencode(SMS) + "&shop=7#8"
    assert [parse_notification(it).passed_on["shop"] for it in (query, f"/in?{query}")] == [("7#8",), ("7",)]


@pytest.mark.parametrize("sent", [SMS, CALL, FAX])
def test_what_it_is_the_server_says_and_not_what_is_passed_on(sent: dict[str, str]) -> None:
    mine = "msg=mine&fax_status=mine&ivr_block=mine&msg=again"
    found = parse_notification(f"{mine}&{urlencode(sent)}")
    assert type(found) is type(parse_notification(sent))
    assert sum(map(len, found.passed_on.values())) == 4


@pytest.mark.parametrize("moment", ["2012-09-01 23:59:59", "2012-09-01 23:59:59.250", "2012-09-01T23:59:59"])
def test_moments_have_the_vendors_time_zone(moment: str) -> None:
    assert parse_notification({**SMS, "date": moment}).date.replace(microsecond=0) == MOMENT


def test_a_moment_that_names_its_time_zone_is_that_moment() -> None:
    date = parse_notification({**SMS, "date": "2012-09-01T15:59:59Z"}).date
    assert (date, date.tzinfo) == (MOMENT, VENDOR_TIME)


JUNK: list[tuple[Any, str]] = [
    ("", "it has none of fax_status, ivr_block, msg"),
    ("https://example.com/sms", "it has none of"),
    ("\udc00", "it has none of"),
    ({}, "it has none of"),
    ("&".join(f"a{n}=1" for n in range(1001)), "more than 1000 parameters"),
    ({**CALL, "ivr_block": "hangup"}, "ivr_block of the notification is 'hangup', which is no incoming call"),
    ({**CALL, "session": " "}, "the notification has no session"),
    ({**SMS, "to": "nobody"}, "to of the notification is 'nobody', not a phone number"),
    ({**SMS, "to": ""}, "the notification has no to"),
    ({**SMS, "date": "yesterday"}, "date of the notification is 'yesterday', not a date and a time"),
    ({**SMS, "date": "2012-09-01"}, "date of the notification is '2012-09-01', not a date and a time"),
    ({**SMS, "date": "0001-01-01T00:00:00+23:00"}, "not a date and a time"),
    ({**SMS, "debit": "1e999999"}, "debit of the notification is '1e999999', not an amount"),
    ({**FAX, "duration": "9" * 5000}, "duration of the notification is '999"),
    ({**SMS, "debit": "cheap"}, "debit of the notification is 'cheap', not an amount"),
    ({**SMS, "msg": 7}, "msg of the notification is int, not text"),
    ({**FAX, "fax_url": "javascript:alert(1)"}, "not a URL"),
    ({**FAX, "duration": "long"}, "duration of the notification is 'long', not a count"),
    ({name: value for name, value in SMS.items() if name != "txn_ref"}, "the notification has no txn_ref"),
]


@pytest.mark.parametrize(("received", "problem"), JUNK)
def test_junk_is_refused_with_the_place(received: Any, problem: str) -> None:
    with pytest.raises(NotificationError, match=problem):
        parse_notification(received)


@pytest.mark.parametrize("received", [None, 7, ["msg"]])
def test_what_is_neither_text_nor_a_mapping_is_misuse(received: Any) -> None:
    with pytest.raises(TypeError, match=type(received).__name__):
        parse_notification(received)


NAMES = st.sampled_from([*SMS, *CALL, *FAX]) | st.text()


@given(st.text() | st.binary() | st.dictionaries(NAMES, st.text() | st.none() | st.integers() | st.lists(st.text())))
def test_generated_junk_never_raises_anything_else(received: Any) -> None:
    with suppress(NotificationError):
        parse_notification(received)


@given(changed=st.dictionaries(NAMES, st.text()), base=st.sampled_from([SMS, CALL, FAX]))
def test_generated_changes_never_raise_anything_else(changed: dict[str, str], base: dict[str, str]) -> None:
    with suppress(NotificationError):
        parse_notification({**base, **changed})
