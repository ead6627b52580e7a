"""Notifications that the sandbox sends: as the facts have them, and to nobody who should not get them."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scripted import HANGS, Reply, Server, certificate_in

from hoiio_numbers import ApiError, Hoiio, IncomingCall, IncomingFax, IncomingSMS, parse_notification
from hoiio_numbers.cli import command
from hoiio_numbers.sandbox import Sandbox, deliveries
from hoiio_numbers.sandbox.deliveries import deliver, parts
from hoiio_numbers.sandbox.faults import Fault

SG, US = "+6511111111", "+16001234567"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox, Hoiio(**sandbox.settings) as hoiio:
        for number in (SG, US):
            hoiio.number.subscribe(number, 1)
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Server]:
    with Server(Reply(b"ignored")) as receiver:
        yield receiver


def configure(sandbox: Sandbox, number: str, **settings: Any) -> None:
    with Hoiio(**sandbox.settings) as hoiio:
        hoiio.number.configure(number, **settings)


def received(receiver: Server) -> list[IncomingCall | IncomingSMS | IncomingFax]:
    assert all(it.method == "POST" and it.form == {} for it in receiver.received)
    return [parse_notification(it.path) for it in receiver.received]


# -- what arrives ------------------------------------------------------------------------------------------------------


def test_an_sms_arrives_with_what_the_url_passes_on(sandbox: Sandbox, receiver: Server) -> None:
    configure(sandbox, US, forward_sms_to=f"{receiver.base_url}sms?shop=7#top")
    (sent,) = sandbox.send("sms", US, sender="+12015550123", msg="Hello + goodbye")
    (sms,) = received(receiver)
    assert isinstance(sms, IncomingSMS)
    assert (sms.msg, sms.sender, sms.to, sms.currency) == ("Hello + goodbye", "+12015550123", US, "SGD")
    assert sms.passed_on == {"shop": ("7",)}
    assert abs((sandbox.now() - sms.date).total_seconds()) < 60
    assert (sent.number, sent.kind, sent.outcome) == (US, "sms", "HTTP 200")
    assert sandbox.deliveries() == [sent]


def test_a_long_sms_arrives_in_parts(sandbox: Sandbox, receiver: Server) -> None:
    configure(sandbox, US, forward_sms_to=receiver.base_url)
    text = "".join(chr(65 + place % 26) for place in range(400))
    assert [it.outcome for it in sandbox.send("sms", US, msg=text)] == ["HTTP 200"] * 3
    messages = [it.msg for it in received(receiver) if isinstance(it, IncomingSMS)]
    assert [len(message) for message in messages] == [152, 152, 96]
    assert "".join(messages) == text
    assert len({it.txn_ref for it in received(receiver)}) == 3


@given(st.text(max_size=1000))
def test_parts_are_the_whole(text: str) -> None:
    found = parts(text)
    assert "".join(found) == text
    assert all(len(part) <= 152 for part in found) if len(text) > 160 else found == [text]


def test_a_call_and_a_fax_arrive_by_the_mode(sandbox: Sandbox, receiver: Server) -> None:
    configure(sandbox, SG, forward_to=receiver.base_url)
    sandbox.send("call", SG, tag="shop")
    with pytest.raises(ValueError, match=r"\+6511111111 is in mode voice, in which it receives no fax"):
        sandbox.send("fax", SG)
    configure(sandbox, SG, forward_to=receiver.base_url, mode="fax")
    sandbox.send("fax", SG)
    sandbox.send("fax", SG, fax_error_code="busy")
    with pytest.raises(ValueError, match="is in mode fax, in which it receives no call"):
        sandbox.send("call", SG)
    call, fax, failed = received(receiver)
    assert isinstance(call, IncomingCall)
    assert (call.tag, call.session[:2]) == ("shop", "S-")
    assert isinstance(fax, IncomingFax)
    assert (fax.fax_status, fax.fax_url, fax.duration) == ("answered", "https://example.com/fax.pdf", 1)
    assert isinstance(failed, IncomingFax)
    assert (failed.fax_status, failed.fax_url, failed.fax_error_code) == ("failed", None, "busy")
    sandbox.send("fax", SG, fax_url="https://example.com/other.pdf")
    assert "other.pdf" in receiver.received[-1].path


def test_where_nothing_is_set_nothing_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"\+16001234567 announces no sms: its forward_sms_to is not set"):
        sandbox.send("sms", US, msg="Hello")
    with pytest.raises(ValueError, match=r"nobody subscribes to \+6561234560"):
        sandbox.send("sms", "+6561234560", msg="Hello")
    assert sandbox.deliveries() == []


def test_what_is_no_kind_of_event_is_told(sandbox: Sandbox) -> None:
    configure(sandbox, US, forward_sms_to="http://127.0.0.1:1/")
    with pytest.raises(ValueError, match="kind must be one of call, sms, fax, not 'telex'"):
        sandbox.send("telex", US)
    assert sandbox.deliveries() == []


def test_a_delivery_that_fails_is_listed_and_not_sent_again(sandbox: Sandbox, receiver: Server) -> None:
    receiver.script = [Reply(b"", 500)]
    configure(sandbox, US, forward_sms_to=receiver.base_url)
    sandbox.send("sms", US, msg="one")
    configure(sandbox, US, forward_sms_to="http://127.0.0.1:1/")
    sandbox.send("sms", US, msg="two")
    assert [it.outcome for it in sandbox.deliveries()] == ["HTTP 500", "failed: Connection refused"]
    assert len(receiver.received) == 1


# -- whom it is not sent to --------------------------------------------------------------------------------------------

METADATA = "169.254.169.254 is not on this machine"
MALFORMED, CREDENTIALS = "the URL is malformed", "the URL holds credentials"
CHANGING = "changing.example.com"
ELSEWHERE = {
    "another machine": ("http://192.0.2.1/", "192.0.2.1 is not on this machine"),
    "the metadata of a cloud": ("http://169.254.169.254/latest", METADATA),
    "in one number": ("http://2852039166/", METADATA),
    "in hexadecimal": ("http://0xa9fea9fe/", METADATA),
    "in octal": ("http://0251.0376.0251.0376/", METADATA),
    "in three parts": ("http://169.254.43518/", METADATA),
    "in full-width digits": ("http://１６９.２５４.１６９.２５４/", METADATA),
    "in circled digits": ("http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/", METADATA),
    "with ideographic stops": ("http://169。254。169。254/", METADATA),
    "with a final dot": ("http://169.254.169.254./", METADATA),
    "in escapes": ("http://%31%36%39.254.169.254/", MALFORMED),
    "with a tab": ("http://169.254.169.\t254/", MALFORMED),
    "on a second line": ("http://127.0.0.1\n.169.254.169.254/", MALFORMED),
    "with one slash": ("http:/169.254.169.254/", MALFORMED),
    "mapped to IPv6": ("http://[::ffff:169.254.169.254]/", "::ffff:169.254.169.254"),
    "this machine, mapped to IPv6": ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
    "this machine, as IPv6 once had it": ("http://[::127.0.0.1]/", "::7f00:1 is not on this machine"),
    "this machine, by 6to4": ("http://[2002:7f00:1::]/", "2002:7f00:1:: is not on this machine"),
    "this machine, by NAT64": ("http://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1 is not on this machine"),
    "an IPv6 zone": ("http://[::1%25eth0]/", MALFORMED),
    "behind a bracket": ("http://[::1].169.254.169.254/", MALFORMED),
    "any address": ("http://0.0.0.0/", "0.0.0.0 is not on this machine"),
    "any address in one digit": ("http://0/", "0.0.0.0 is not on this machine"),
    "any IPv6 address": ("http://[::]/", ":: is not on this machine"),
    "everybody": ("http://255.255.255.255/", "255.255.255.255 is not on this machine"),
    "a private network": ("http://10.0.0.1/", "10.0.0.1 is not on this machine"),
    "behind a user": ("http://127.0.0.1@169.254.169.254/", CREDENTIALS),
    "behind a user and a port": ("http://127.0.0.1:80@169.254.169.254/", CREDENTIALS),
    "behind a user in brackets": ("http://[::1]@169.254.169.254/", CREDENTIALS),
    "behind a user and a backslash": ("http://127.0.0.1\\@169.254.169.254/", MALFORMED),
    "before a backslash": ("http://169.254.169.254\\@127.0.0.1/", MALFORMED),
    "before a query that looks like a host": ("http://169.254.169.254?@127.0.0.1/", METADATA),
    "credentials": ("http://user:secret@127.0.0.1/", CREDENTIALS),
    "a header of its own": ("http://127.0.0.1/\r\nX-Injected: 1", MALFORMED),
    "no such host": ("http://nowhere.invalid/", "there is no host nowhere.invalid"),
    "another scheme": ("file:///etc/passwd", MALFORMED),
    "no URL": ("127.0.0.1/x", MALFORMED),
    "a name for elsewhere": (f"http://{CHANGING}/", f"{CHANGING} is not on this machine (169.254.169.254)"),
    "a name for here and elsewhere": (f"http://{CHANGING}/", f"{CHANGING} is not on this machine (169.254.169.254)"),
}


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A name server whose answers change: the addresses that it gives, one list for each question."""
    answers: list[list[str]] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> Any:
        if host != CHANGING:
            return real(host, port, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers


def test_a_url_that_leads_elsewhere_gets_nothing(
    resolver: list[list[str]], record_property: Callable[[str, object], None]
) -> None:
    resolver += [["169.254.169.254"], ["127.0.0.1", "169.254.169.254"]]
    told = {trick: deliver(url, {"msg": "x"}, anywhere=False) for trick, (url, _) in ELSEWHERE.items()}
    assert {trick: it for trick, it in told.items() if ELSEWHERE[trick][1] not in it} == {}
    sent = sum(not it.startswith("not sent: ") for it in told.values())
    assert sent == 0
    record_property("count", f"deliveries: {len(told)} tricks of a URL tried, {sent} delivered")


@pytest.mark.parametrize("spelling", ["127.0.0.1", "2130706433", "0x7f000001", "127.1", "localhost", "LOCALHOST."])
def test_this_machine_may_be_spelt_in_any_way(receiver: Server, spelling: str) -> None:
    port = urlsplit(receiver.base_url).port
    assert deliver(f"http://{spelling}:{port}/x", {"a": "b"}, anywhere=False) == "HTTP 200"
    assert receiver.received[0].path == "/x?a=b"


def test_a_notification_to_the_sandbox_itself_makes_no_loop(sandbox: Sandbox) -> None:
    event = {"kind": "sms", "to": US, "from": "+6591234567", "msg": "x"}
    query = urlencode({"app_id": sandbox.app_id, "access_token": sandbox.access_token, **event})
    configure(sandbox, US, forward_sms_to=f"{sandbox.base_url}sandbox/event?{query}")
    assert [it.outcome for it in sandbox.send("sms", US, msg="x")] == ["HTTP 200"]
    assert len(sandbox.deliveries()) == 1


def test_a_redirect_is_not_followed(receiver: Server, record_property: Callable[[str, object], None]) -> None:
    statuses = (301, 302, 303, 307, 308)
    for status in statuses:
        with Server(Reply(b"", status, {"Location": receiver.base_url})) as redirecting:
            assert deliver(redirecting.base_url, {}, anywhere=False) == f"HTTP {status}"
    assert receiver.received == []
    record_property("count", f"deliveries: {len(statuses)} redirects, {len(receiver.received)} followed")


def test_a_name_is_looked_up_once_and_what_was_checked_is_called(
    receiver: Server, resolver: list[list[str]], record_property: Callable[[str, object], None]
) -> None:
    resolver += [["127.0.0.1"], ["169.254.169.254"]]
    port = urlsplit(receiver.base_url).port
    assert deliver(f"http://{CHANGING}:{port}/", {}, anywhere=False) == "HTTP 200"
    assert resolver == [["169.254.169.254"]]
    assert receiver.received[0].headers["Host"] == f"{CHANGING}:{port}"
    record_property("count", f"deliveries: a name that changes its answer is looked up {2 - len(resolver)} time")


def test_each_address_of_a_name_is_tried(receiver: Server, resolver: list[list[str]]) -> None:
    url = f"http://{CHANGING}:{urlsplit(receiver.base_url).port}/"
    resolver += [["::1", "127.0.0.1"], ["127.0.0.1", "::1"], ["::1"]]
    outcomes = [deliver(url, {}, anywhere=False) for _ in range(3)]
    assert outcomes == ["HTTP 200", "HTTP 200", "failed: Connection refused"]


def test_a_flag_allows_more(resolver: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    resolver += [["192.0.2.1"]]
    monkeypatch.setattr(deliveries, "SECONDS", 0.01)
    assert deliver(f"http://{CHANGING}:1/", {}, anywhere=True).startswith("failed: ")


def test_a_receiver_that_says_nothing_is_given_up(receiver: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.script = [HANGS]
    monkeypatch.setattr(deliveries, "SECONDS", 0.1)
    assert deliver(receiver.base_url, {}, anywhere=False) == "failed: timed out"


def test_a_receiver_that_answers_byte_by_byte_is_given_up(receiver: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.script = [Reply(drips=True)]
    monkeypatch.setattr(deliveries, "SECONDS", 0.3)
    assert deliver(receiver.base_url, {}, anywhere=False) == "failed: timed out"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"", "failed: the answer is no HTTP"),
        (b"220 mail\r\n", "failed: the answer is no HTTP"),
        (b"HTTP/1.1 204 No Content\r\n", "HTTP 204"),
    ],
)
def test_of_an_answer_only_the_status_counts(answer: bytes, outcome: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = Event()

        def receive() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)
                if b"204" in answer:
                    over.wait()  # the rest of it never comes

        receiver = Thread(target=receive)
        receiver.start()
        try:
            assert deliver(f"http://127.0.0.1:{listening.getsockname()[1]}/", {}, anywhere=False) == outcome
        finally:
            over.set()
            receiver.join()


def test_an_endless_answer_is_cut(receiver: Server) -> None:
    receiver.script = [Reply(b"x" * 10_000_000)]
    assert deliver(receiver.base_url, {}, anywhere=False) == "HTTP 200"


def test_a_url_with_other_letters_arrives_escaped(receiver: Server) -> None:
    assert deliver(f"{receiver.base_url}grüße%21?a=é&b=~", {"msg": "x"}, anywhere=False) == "HTTP 200"
    assert receiver.received[0].path == "/open/gr%C3%BC%C3%9Fe%21?a=%C3%A9&b=~&msg=x"


def test_a_secure_receiver_must_prove_who_it_is(
    receiver: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_in(tmp_path)
    receiver.secure(certificate)
    assert "certificate verify failed" in deliver(receiver.base_url, {}, anywhere=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.public))
    assert deliver(receiver.base_url, {}, anywhere=False) == "HTTP 200"
    other_name = receiver.base_url.replace("localhost", "127.0.0.1")
    assert "certificate is not valid for '127.0.0.1'" in deliver(other_name, {}, anywhere=False)
    assert len(receiver.received) == 1


def test_an_ipv6_receiver_is_called_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "SECONDS", 0.1)
    assert deliver("http://[::1]:1/", {}, anywhere=False) == "failed: Connection refused"


def test_two_sandboxes_on_one_file_deliver_and_sell_at_once(tmp_path: Path, receiver: Server) -> None:
    def deliver(sandbox: Sandbox) -> None:
        for _ in range(10):
            sandbox.send("sms", US, msg="x")

    def buy(sandbox: Sandbox, country: str) -> None:
        with Hoiio(**sandbox.settings) as hoiio:
            for entry in hoiio.number.available_numbers(country).entries[:10]:
                hoiio.number.subscribe(entry, 1)

    db = tmp_path / "shared.db"
    with Sandbox(db=db) as one, Sandbox(db=db) as other, ThreadPoolExecutor() as pool:
        with Hoiio(**one.settings) as hoiio:
            hoiio.number.subscribe(US, 1)
        configure(one, US, forward_sms_to=receiver.base_url)
        work = [pool.submit(deliver, it) for it in (one, other, one)]
        work += [pool.submit(buy, *it) for it in ((one, "SG"), (other, "HK"), (other, "AU"))]
        for it in work:
            it.result()
        assert one.deliveries() == other.deliveries()
        assert [it.outcome for it in one.deliveries()] == ["HTTP 200"] * len(receiver.received) == ["HTTP 200"] * 30
        assert one.charges() == other.charges()
        assert len(one.charges()) == 31


# -- from the command line ---------------------------------------------------------------------------------------------


def run(sandbox: Sandbox, *arguments: str) -> tuple[int, str]:
    result = CliRunner(env=dict(sandbox.environment)).invoke(command, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_events_on_the_command_line(sandbox: Sandbox, receiver: Server) -> None:
    configure(sandbox, US, forward_sms_to=receiver.base_url)
    exit_code, output = run(sandbox, "sandbox-event", "sms", US, "--from", "+12015550123", "--msg", "Hello")
    assert exit_code == 0
    assert [line.split()[:4] for line in output.splitlines()][1] == [US, "sms", "HTTP", "200"]
    (sms,) = received(receiver)
    assert (sms.sender, isinstance(sms, IncomingSMS)) == ("+12015550123", True)
    _, shown = run(sandbox, "sandbox-event", "sms", US, "--msg", "Hello", "--json")
    assert json.loads(shown)[0]["outcome"] == "HTTP 200"
    with Hoiio(**sandbox.settings) as hoiio:
        assert len(hoiio.call("sandbox/deliveries", {})["entries"]) == 2  # type: ignore[arg-type]


def test_an_event_that_nobody_hears_of_is_told(sandbox: Sandbox) -> None:
    exit_code, output = run(sandbox, "sandbox-event", "call", US)
    assert exit_code == 1
    assert "announces no call: its forward_to is not set" in output


def test_faults_on_the_command_line(sandbox: Sandbox) -> None:
    assert run(sandbox, "sandbox-fault", "rate-limit", "--on", "get_rates", "--times", "9") == (
        0,
        "Planned: rate-limit.\n",
    )
    assert run(sandbox, "rate", "SG")[0] == 1
    assert run(sandbox, "numbers")[0] == 0
    assert run(sandbox, "sandbox-fault") == (0, "No more faults.\n")
    assert run(sandbox, "rate", "SG")[0] == 0
    exit_code, output = run(sandbox, "sandbox-fault", "earthquake")
    assert exit_code == 1
    assert "there is no fault 'earthquake': it is one of refuse, drop, drop-after" in output
    assert run(sandbox, "sandbox-fault", "slow", "--seconds", "0.01") == (0, "Planned: slow.\n")
    exit_code, output = run(sandbox, "sandbox-fault", "--on", "subscribe")
    assert (exit_code, "verb goes with a fault: give one, too" in output) == (1, True)
    assert sandbox.faults.seconds == 0.01
    assert run(sandbox, "rate", "SG")[0] == 0
    run(sandbox, "sandbox-fault", "drop-after", "--on", "subscribe")
    exit_code, output = run(sandbox, "subscribe", "+6561234567", "1", "--yes")
    assert (exit_code, "= instead: Do not buy it again before you know" in output) == (3, True)


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        ("sandbox/event", {"kind": "telex", "to": US}, "error_not_done"),
        ("sandbox/event", {"kind": "sms", "to": "+6561234560"}, "error_number_not_assigned"),
        ("sandbox/fault", {"fault": "drop", "times": "often"}, "error_not_done"),
        ("sandbox/fault", {"fault": "drop", "times": "1000000000"}, "error_not_done"),
        ("sandbox/fault", {"fault": "drop", "times": "9" * 5000}, "error_not_done"),
        ("sandbox/fault", {"fault": "drop", "times": "0"}, "error_not_done"),
        ("sandbox/fault", {"fault": "drop", "verb": "subscrib"}, "error_not_done"),
        ("sandbox/fault", {"fault": "refuse", "verb": "subscribe"}, "error_not_done"),
        ("sandbox/fault", {"share": "most"}, "error_not_done"),
        ("sandbox/fault", {"share": "nan"}, "error_not_done"),
        ("sandbox/fault", {"share": "1.5"}, "error_not_done"),
        ("sandbox/fault", {"share": "0.5", "seed": "x"}, "error_not_done"),
        ("sandbox/fault", {"share": "0.5", "fault": "drop"}, "error_not_done"),
        ("sandbox/fault", {"verb": "subscribe"}, "error_not_done"),
        ("sandbox/fault", {"share": "0.5", "times": "2"}, "error_not_done"),
        ("sandbox/fault", {"fault": "drop", "seed": "7"}, "error_not_done"),
        ("sandbox/fault", {"fault": "slow", "seconds": "inf"}, "error_not_done"),
        ("sandbox/fault", {"fault": "slow", "seconds": "-1"}, "error_not_done"),
        ("sandbox/nothing", {}, "error_no_such_call"),
    ],
)
def test_what_the_sandbox_does_not_know_is_refused(
    sandbox: Sandbox, path: str, parameters: dict[str, str], status: str
) -> None:
    with Hoiio(**sandbox.settings) as hoiio, pytest.raises(ApiError) as caught:
        hoiio.call(path, parameters)
    assert caught.value.api_status == status


def test_faults_that_cannot_be_are_told(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="kinds must name a fault"):
        sandbox.faults.scatter(0.5, seed=1, kinds=[])
    with pytest.raises(ValueError, match="there is no call 'rate': it is one of get_active, get_choices"):
        sandbox.faults.plan("drop", verb="rate")
    with pytest.raises(RuntimeError, match="the sandbox is not running"):
        Sandbox().faults.plan("refuse")
    Sandbox().faults.clear()


def test_nobody_lets_things_happen_to_another_applications_number(sandbox: Sandbox, receiver: Server) -> None:
    configure(sandbox, US, forward_sms_to=receiver.base_url)
    with Hoiio(**sandbox.settings_of(sandbox.add_application())) as other:
        with pytest.raises(ApiError, match="error_number_not_assigned"):
            other.call("sandbox/event", {"kind": "sms", "to": US, "msg": "x"})
        sandbox.send("sms", US, msg="x")
        assert other.call("sandbox/deliveries", {})["entries"] == []
    with Hoiio("nobody", "nothing", base_url=sandbox.base_url) as nobody, pytest.raises(ApiError):
        nobody.call("sandbox/fault", {"fault": "drop"})


def test_faults_of_a_share_come_from_a_seed() -> None:
    with Sandbox() as one, Sandbox() as another:
        for sandbox in (one, another):
            with Hoiio(**sandbox.settings) as hoiio:
                hoiio.call("sandbox/fault", {"share": "0.5", "seed": "7"})
        seen, same = ([sandbox.faults.take("rate") for _ in range(200)] for sandbox in (one, another))
    assert seen == same
    assert set(seen) == {None, *Fault}
    assert 80 < sum(fault is not None for fault in seen) < 120
