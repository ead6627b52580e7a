"""What the sandbox's page asks the server for: the same answers as everywhere, and none for another site."""

import re
import socket
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import faces
import pytest
import requests
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from hoiio_numbers import RULES, Hoiio
from hoiio_numbers.exports import capability_index
from hoiio_numbers.sandbox import Sandbox
from hoiio_numbers.sandbox.guard import HEADERS, Guard
from hoiio_numbers.sandbox.page import MOST_SHOWN

US, SG = "+16001234567", "+6561234560"
CHECK = {"number": SG, "forward_sms_to": "https://example.com/sms"}
FILES = {"": "text/html", "page/": "text/html", "page/page.css": "text/css", "page/page.js": "text/javascript"}
READS = [*FILES, "page/capabilities", "page/state"]
WRITES = ["page/check", "page/inbox/x", "page/number/get_active", "page/sandbox/deliveries"]


def ask(sandbox: Sandbox, path: str, method: str = "GET", **how: Any) -> requests.Response:
    return requests.request(method, sandbox.page_url + path, timeout=30, **how)


def post(sandbox: Sandbox, path: str, **parameters: object) -> Any:
    answer = ask(sandbox, f"page/{path}", "POST", json=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def state(sandbox: Sandbox) -> Any:
    return ask(sandbox, "page/state").json()


# -- the same answers --------------------------------------------------------------------------------------------------


def test_the_page_says_what_the_check_says(record_property: Callable[[str, object], None]) -> None:
    checker, requested = faces.checker(), faces.standard()
    with Sandbox(registry=checker.registry) as sandbox, requests.Session() as session:
        for request in requested:
            answer = session.post(f"{sandbox.page_url}page/check", json=request, timeout=30).json()
            on = date.fromisoformat(answer["on"])
            report = checker.check_mapping(request, on=on)
            explanation = answer.pop("explanation")
            assert answer == report.to_dict()
            assert answer == checker.check_config(**{"number": None, **request}, on=on).to_dict()
            assert explanation == [it.to_dict() for it in report.explain()]
    record_property("count", f"the page: {len(requested):,} requests beside check_config(), 0 disagreements")


def test_each_violation_comes_with_its_rule_and_the_data_line_behind_it(fresh: Sandbox) -> None:
    answer = post(fresh, "check", **CHECK)
    (violation,) = answer["violations"]
    assert (violation["source"]["file"], violation["source"]["text"]) == ("capabilities/SG.toml", "sms = false")
    rules = {it["code"]: it for it in answer["explanation"]}
    assert rules[violation["code"]]["description"] == RULES["service.unsupported"].description
    assert rules[violation["code"]]["outcome"] == "failed"


def test_a_misspelt_name_is_found(fresh: Sandbox) -> None:
    codes = [it["code"] for it in post(fresh, "check", number=SG, foward_to="https://example.com/")["violations"]]
    assert codes == ["parameter.unknown", "request.empty"]


def test_the_data_is_that_of_the_sandboxes_own_day(sandbox: Sandbox) -> None:
    sandbox.advance(timedelta(days=400))
    on = sandbox.now().date()
    assert ask(sandbox, "page/capabilities").json() == capability_index(on=on)
    assert post(sandbox, "check", **CHECK)["on"] == on.isoformat()


def test_it_acts_as_the_first_application(sandbox: Sandbox) -> None:
    other = sandbox.add_application()
    assert post(sandbox, "number/subscribe", number=US, duration="1", app_id=other.app_id)["debit"] == "4.00"
    settings = {"number": US, "forward_sms_to": "http://127.0.0.1:1/"}
    assert post(sandbox, "number/update_forwarding", **settings) == {"status": "success_ok"}
    shown = state(sandbox)
    with Hoiio(**sandbox.settings) as hoiio:
        assert [it.number for it in hoiio.number.subscribed_numbers().entries] == [US]
        assert shown["numbers"] == hoiio.call("number/get_active", {})["entries"]
    assert (shown["app_id"], shown["credit"]) == (sandbox.app_id, "996.00")
    (sent,) = post(sandbox, "sandbox/event", kind="sms", to=US, msg="Hello\nyou")["entries"]
    assert sent["outcome"].startswith("failed")
    assert state(sandbox)["deliveries"] == [sent] == post(sandbox, "sandbox/deliveries")["entries"]


def test_a_refusal_is_told_in_words(fresh: Sandbox) -> None:
    assert post(fresh, "number/update_forwarding", number=US) == {
        "status": "error_number_not_assigned",
        "message": "this account does not subscribe to the number",
    }
    message = post(fresh, "sandbox/event", kind="telex", to=US)["message"]
    assert message == "kind must be one of call, sms, fax, not 'telex'"


def test_looking_is_no_call_and_acting_is_one() -> None:
    with Sandbox(rate_limit=1) as sandbox:
        for _ in range(3):
            assert state(sandbox)["numbers"] == []
        assert post(sandbox, "number/get_rates", country="SG")["status"] == "success_ok"
        assert post(sandbox, "number/get_rates", country="SG")["status"] == "error_rate_limit_exceeded"


# -- the inbox ---------------------------------------------------------------------------------------------------------


def test_the_inbox_shows_what_arrives(sandbox: Sandbox) -> None:
    inbox = f"{sandbox.page_url}page/inbox/a/b?shop=7"
    with Hoiio(**sandbox.settings) as hoiio:
        for number in (US, SG):
            hoiio.number.subscribe(number, 1)
        hoiio.number.configure(US, forward_to=inbox, forward_sms_to=inbox)
        hoiio.number.configure(SG, forward_to=inbox, mode="fax")
    for kind, to in (("call", US), ("sms", US), ("fax", SG)):
        (sent,) = post(sandbox, "sandbox/event", kind=kind, to=to, msg="<b>Hé", **{"from": "+12015550123"})["entries"]
        assert sent["outcome"] == "HTTP 200"
    call, sms, fax = state(sandbox)["inbox"]
    assert [it["kind"] for it in (call, sms, fax)] == ["call", "sms", "fax"]
    assert {it["name"] for it in (call, sms, fax)} == {"a/b"}
    assert (sms["parameters"]["msg"], sms["parameters"]["shop"], fax["parameters"]["to"]) == ("<b>Hé", "7", SG)


def test_what_is_no_notification_is_shown_as_that(sandbox: Sandbox) -> None:
    assert ask(sandbox, "page/inbox/?x=1", "POST").status_code == 200
    (entry,) = state(sandbox)["inbox"]
    assert (entry["kind"], entry["name"]) == ("unknown", "")
    assert entry["parameters"]["error"].startswith("this is no notification")


def test_the_inbox_keeps_the_newest(sandbox: Sandbox) -> None:
    with requests.Session() as session:
        for place in range(MOST_SHOWN + 1):
            session.post(f"{sandbox.page_url}page/inbox/{place}", timeout=30)
    names = [it["name"] for it in state(sandbox)["inbox"]]
    assert (len(names), names[0], names[-1]) == (MOST_SHOWN, "1", str(MOST_SHOWN))


# -- its files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "media_type"), FILES.items())
def test_the_files_are_served(fresh: Sandbox, path: str, media_type: str) -> None:
    answer = ask(fresh, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{media_type}; charset=utf-8")


def test_nothing_is_inline_or_from_elsewhere(fresh: Sandbox) -> None:
    html, css, script = (ask(fresh, path).text for path in ("", "page/page.css", "page/page.js"))
    links = re.findall(r'(?:src|href|action|srcset)="([^"]*)"', html)
    assert [it for it in links if not it.startswith(("/page/", "#", "data:image/"))] == []
    assert not re.search(r"<style|<script>|style=|\son\w+=|http-equiv", html)
    assert not re.search(r"url\(|@import", css)
    assert not re.search(r"https?:|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|import\b", script)


@pytest.mark.parametrize("path", [*READS, "page/none.css", "page/check"])
def test_every_answer_tells_the_browser_what_is_allowed(fresh: Sandbox, path: str) -> None:
    headers = ask(fresh, path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_what_there_is_not_is_not_found(fresh: Sandbox) -> None:
    for path in ("page/none.css", "page/server.py", "page/static/index.html"):
        assert (ask(fresh, path).status_code, ask(fresh, path).json()) == (404, {"message": "Not Found"})
    for path in ("page/number/steal", "page/nothing/get_active"):
        assert ask(fresh, path, "POST", json={}).status_code == 404
    assert ask(fresh, "page/check").status_code == 405


# -- who may ask -------------------------------------------------------------------------------------------------------


def test_the_access_token_stays_here(sandbox: Sandbox) -> None:
    post(sandbox, "number/subscribe", number=US, duration="1")
    said = [ask(sandbox, path).text for path in READS]
    said += [ask(sandbox, path, "POST", json=CHECK).text for path in WRITES]
    assert not [text for text in said if sandbox.access_token in text]


FOREIGN = {
    "another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another site, of an old browser": {"Origin": "https://evil.example"},
    "a page without an origin": {"Origin": "null"},
    "another port of this machine": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    "another site, without an origin": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "a frame of another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
    "a name that leads here": {"Host": "evil.example"},
    "a name that leads here, and its port": {"Host": "evil.example:80", "Origin": "http://evil.example:80"},
    "a name that ends like ours": {"Host": "localhost.evil.example"},
    "an address of elsewhere": {"Host": "192.0.2.1"},
    "no host at all": {"Host": ""},
    "half a host": {"Host": "[::1"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_another_site_is_refused_everywhere(fresh: Sandbox, headers: dict[str, str]) -> None:
    before = state(fresh)["inbox"]
    for path in READS:
        assert ask(fresh, path, headers=headers).status_code == 403, path
    for path in WRITES:
        answer = ask(fresh, path, "POST", json=CHECK, headers=headers)
        assert (answer.status_code, [*answer.json()]) == (403, ["message"]), path
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert state(fresh)["inbox"] == before


def test_the_refused_sites_are_counted(record_property: Callable[[str, object], None]) -> None:
    tried = len(FOREIGN) * len(READS + WRITES)
    record_property("count", f"the page: {tried} requests of {len(FOREIGN)} kinds of other sites, all refused")


def test_a_link_to_the_page_may_be_followed_and_no_form_sent(fresh: Sandbox) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert ask(fresh, "", headers=link).status_code == 200
    assert ask(fresh, "page/inbox/x", "POST", headers=link).status_code == 403


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "127.0.0.3"])
def test_this_machines_own_names_are_fine(fresh: Sandbox, name: str) -> None:
    port = urlsplit(fresh.page_url).port
    for host in (f"{name}:{port}", f"{name}:1", name):  # a tunnel has another port
        own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert ask(fresh, "page/check", "POST", json=CHECK, headers=own).status_code == 200


def test_others_who_reach_the_api_do_not_reach_the_page() -> None:
    guarded = Guard(PlainTextResponse("the page"))
    for client, served in (
        ("192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", "192.0.2.7"),
        ("::1", "[::1]"),
        ("::1", "localhost"),
    ):

        async def reached(scope: Scope, receive: Receive, send: Send, served: str = served) -> None:
            # Starlette's test client can read no IPv6 address before 1.7.
            await guarded({**scope, "server": (served.strip("[]"), 80)}, receive, send)

        answer = TestClient(reached, client=(client, 1)).get("/", headers={"Host": served})
        assert answer.status_code == 200, client
    for client in ("192.0.2.8", "2001:db8::1"):
        refused = TestClient(guarded, "http://192.0.2.7", client=(client, 1)).get("/")
        assert refused.status_code == 403
        assert refused.json() == {
            "message": "The page needs no password, so that only the sandbox's own machine gets it."
        }


NO_JSON = (400, {"message": "The body is no JSON that can be read."})
NO_OBJECT = (400, {"message": "The body must be a JSON object."})
BODIES = {
    b"": NO_JSON,
    b"{": NO_JSON,
    b"\xff": NO_JSON,
    b"[" * 60_000: NO_JSON,
    b"9" * 5_000: NO_JSON,
    b"[]": NO_OBJECT,
    b'"x"': NO_OBJECT,
    b'{"x": "' + b"x" * 70_000 + b'"}': (413, {"message": "The body is longer than 65536 bytes."}),
}


@pytest.mark.parametrize(("body", "expected"), BODIES.items(), ids=range(len(BODIES)))
def test_a_body_that_is_no_object_is_a_clear_error(fresh: Sandbox, body: bytes, expected: object) -> None:
    answer = ask(fresh, "page/check", "POST", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == expected


def test_who_hangs_up_leaves_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox() as sandbox:
        address = urlsplit(sandbox.page_url)
        with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=30) as connection:
            head = f"POST /page/check HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            connection.sendall(f"{head}Content-Length: 10\r\n\r\n{{".encode())
        assert post(sandbox, "check", **CHECK)["ok"] is False
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_what_a_form_could_send_is_refused(fresh: Sandbox, media_type: str | None) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = ask(fresh, "page/number/get_active", "POST", data=b"{}", headers=headers)
    assert (answer.status_code, answer.json()) == (415, {"message": "The body must be application/json."})


@pytest.mark.parametrize("value", [1, None, ["x"], {}])
def test_a_parameter_of_the_api_is_text(fresh: Sandbox, value: object) -> None:
    answer = ask(fresh, "page/number/get_rates", "POST", json={"country": value})
    assert (answer.status_code, answer.json()) == (400, {"message": "Every parameter must be text."})


HOSTILE: list[object] = [
    "\udc00",
    "\x00",
    "\u202e\x1b[2J",
    "<script>alert(1)</script>",
    "'; drop table application; --",
    10**400,
    True,
    {},
]


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
def test_hostile_values_are_judged(fresh: Sandbox, value: object) -> None:
    for name in ("number", "country", "state", "mode", "forward_to", "forward_sms_to", str(value)):
        assert post(fresh, "check", **{name: value})["ok"] is False
        if isinstance(value, str):
            for path in ("number/subscribe", "number/get_choices", "sandbox/event"):
                assert post(fresh, path, **{"number": US, "kind": "sms", name: value})["status"].startswith("error_")
