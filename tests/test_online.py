"""The verbs that talk to the API, against a sandbox: in this process by click's runner, and as real processes."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result

from hoiio_numbers import Hoiio, Registry
from hoiio_numbers.cli import command, online
from hoiio_numbers.sandbox import Sandbox
from hoiio_numbers.sandbox.faults import Faults

US, SG = "+16001234567", "+6561234560"
CALLS, SMS = "https://example.com/calls", "https://example.com/sms"
HOSTILE = "\x1b[31m[bold]red\u202e\n"


def run(*arguments: str, answer: str = "") -> Result:
    result = CliRunner().invoke(command, arguments, input=answer)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def rows(result: Result) -> list[list[str]]:
    """A table's cells, its title first: columns stand two blanks or more apart."""
    assert result.exit_code == 0, result.output
    return [re.split(r"  +", line.strip()) for line in result.stdout.splitlines()]


@pytest.fixture
def hoiio(hoiio_sandbox: Sandbox) -> Iterator[Hoiio]:
    with Hoiio(**hoiio_sandbox.settings) as hoiio:
        yield hoiio


@pytest.fixture
def held(hoiio: Hoiio) -> Hoiio:
    """An account that has US, with both URLs set, and SG without any."""
    hoiio.number.subscribe(US, "auto_extend")
    hoiio.number.subscribe(SG, 1)
    hoiio.number.configure(US, forward_to=CALLS, forward_sms_to=SMS)
    return hoiio


def settings(hoiio: Hoiio, number: str = US) -> tuple[str | None, str | None, str | None]:
    (it,) = [it for it in hoiio.number.subscribed_numbers().entries if it.number == number]
    return it.forward_to, it.forward_sms_to, it.mode


# -- what can be had ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hoiio_sandbox")
def test_available_lists_every_number_or_a_page_of_them() -> None:
    title, first, *others = rows(run("available", "US", "AL"))
    assert title == ["number", "place", "can receive"]
    assert first == [US, "US-AL", "sms, voice"]
    assert len(others) == 45
    third = rows(run("available", "SG", "--page", "3"))
    assert len(third) == 1 + 6
    assert {row[1] for row in third[1:]} == {"SG"}
    assert rows(run("available", "SG", "--page", "9")) == [title]


def test_available_as_json_is_what_the_client_answers(hoiio: Hoiio) -> None:
    listed = json.loads(run("available", "us", "al", "--json").stdout)
    assert [it["number"] for it in listed] == [it.number for it in hoiio.number.iter_available_numbers("US", "AL")]
    fields = {"number": US, "country": "US", "state": "AL", "capabilities": ["sms", "voice"], "others": {}}
    assert listed[0] == fields


@pytest.mark.usefixtures("hoiio_sandbox")
def test_rate_shows_what_a_number_costs() -> None:
    assert rows(run("rate", "US")) == [["months", "rate"], ["1", "4.00 SGD"], ["3", "11.40 SGD"], ["12", "40.80 SGD"]]
    told = json.loads(run("rate", "US", "--json").stdout)
    assert (told["currency"], told["entries"][1]) == ("SGD", {"others": {}, "duration": 3, "rate": "11.40"})


@pytest.mark.usefixtures("hoiio_sandbox")
def test_countries_can_be_asked_of_the_api() -> None:
    title, *listed = rows(run("countries", "--live"))
    assert title == ["country", "prefix", "states"]
    assert ["SG", "Singapore", "65"] in listed
    assert any(row[:3] == ["US", "United States", "1"] and row[3].startswith("AK, AL, AR") for row in listed)
    told = json.loads(run("countries", "--live", "--json").stdout)
    assert [it["code"] for it in told] == list(Registry.default().in_force().countries)


# -- subscribing -------------------------------------------------------------------------------------------------------


def test_subscribe_asks_first_and_says_what_was_charged(hoiio_sandbox: Sandbox) -> None:
    refused = run("subscribe", SG, "3", answer="n\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"Subscribe to {SG} (3)? This costs money." in refused.stderr
    assert hoiio_sandbox.charges() == []
    assert run("subscribe", SG, "3", answer="").exit_code == 1  # nobody there to answer
    assert hoiio_sandbox.charges() == []
    bought = run("subscribe", SG, "3", answer="y\n")
    expiry = hoiio_sandbox.charges()[0].expiry
    assert (bought.exit_code, bought.stdout) == (0, f"{SG} is yours until {expiry}; charged 28.50 SGD.\n")


def test_subscribe_with_yes_does_not_ask(hoiio_sandbox: Sandbox) -> None:
    told = json.loads(run("subscribe", "+65 6123 4560", "auto_extend", "--yes", "--json").stdout)
    assert (told["number"], told["duration"], told["debit"]) == (SG, "auto_extend", "10.00")
    assert told["expiry"] == hoiio_sandbox.charges()[0].expiry.isoformat()
    assert told["report"]["ok"] is True


def test_numbers_lists_what_is_held_with_its_settings(held: Hoiio, hoiio_sandbox: Sandbox) -> None:
    expiry = str(hoiio_sandbox.charges()[0].expiry)
    title, us, sg = rows(run("numbers"))
    assert title == ["number", "place", "can receive", "until", "extended", "mode", "forward_to", "forward_sms_to"]
    assert us == [US, "US-AL", "sms, voice", expiry, "by itself", "voice", CALLS, SMS]
    assert sg == [SG, "SG", "fax, voice", expiry, "no", "voice", "-", "-"]
    told = json.loads(run("numbers", "--json").stdout)
    assert (told[0]["forward_to"], told[1]["forward_to"], told[0]["auto_extend_status"]) == (CALLS, None, "enabled")
    hoiio_sandbox.advance(timedelta(days=400))
    assert [it["number"] for it in json.loads(run("numbers", "--json").stdout)] == [US]
    assert len(held.number.subscribed_numbers().entries) == 1


@pytest.mark.usefixtures("hoiio_sandbox")
def test_no_numbers_are_said_to_be_none() -> None:
    assert run("numbers").stdout == "No number is subscribed to.\n"
    assert run("numbers", "--json").stdout == "[]\n"


# -- configuring -------------------------------------------------------------------------------------------------------


def test_configure_shows_what_would_change_and_asks(held: Hoiio) -> None:
    change = ["configure", US, "--forward-sms-to", f"{SMS}?2"]
    shown = [["setting", "before", "after"], ["forward_to", CALLS, "-"], ["forward_sms_to", SMS, f"{SMS}?2"]]
    shown.append(["mode", "voice", "-"])
    refused = run(*change, answer="n\n")
    assert (refused.exit_code, "Send this?" in refused.stderr) == (1, True)
    assert [re.split(r"  +", line.strip()) for line in refused.stdout.splitlines()] == shown
    assert settings(held) == (CALLS, SMS, "voice")
    sent = run(*change, answer="y\n")
    assert rows(sent) == [*shown, [f"{US}: configured."]]
    assert settings(held) == (None, f"{SMS}?2", "voice")


def test_reconfigure_keeps_what_is_left_out(held: Hoiio) -> None:
    sent = run("reconfigure", US, "--forward-to", f"{CALLS}?2", "--yes")
    assert (sent.exit_code, sent.stderr) == (0, "")
    assert rows(sent) == [["setting", "before", "after"], ["forward_to", CALLS, f"{CALLS}?2"], [f"{US}: configured."]]
    assert settings(held) == (f"{CALLS}?2", SMS, "voice")


def test_reconfigure_clears_what_it_is_told_to(held: Hoiio) -> None:
    assert run("reconfigure", US, "--clear", "forward-to", "--clear", "mode", "--yes").exit_code == 0
    assert settings(held) == (None, SMS, "voice")
    assert run("reconfigure", US, "--clear", "forward-sms-to", "--yes").exit_code == 0
    assert settings(held) == (None, None, "voice")
    both = run("reconfigure", US, "--clear", "forward-to", "--forward-to", CALLS, "--yes")
    assert (both.exit_code, "forward_to is both given and cleared." in both.stderr) == (2, True)


def test_a_dry_run_sends_nothing_and_asks_nothing(held: Hoiio) -> None:
    dry = run("reconfigure", US, "--clear", "forward-sms-to", "--dry-run")
    assert rows(dry)[1:] == [["forward_sms_to", SMS, "-"], [f"{US}: nothing was sent."]]
    assert dry.stderr == ""
    told = json.loads(run("reconfigure", US, "--clear", "forward-sms-to", "--dry-run", "--json").stdout)
    assert (told["sent"], told["before"]["forward_sms_to"], told["after"]["forward_sms_to"]) == (False, SMS, None)
    assert settings(held) == (CALLS, SMS, "voice")


def test_what_changes_nothing_is_said_to(held: Hoiio) -> None:
    assert run("reconfigure", US, "--dry-run").stdout == f"Nothing changes.\n{US}: nothing was sent.\n"
    assert settings(held) == (CALLS, SMS, "voice")


def test_json_stands_alone_on_standard_output_and_what_is_asked_about_beside_it(held: Hoiio) -> None:
    asked = run("configure", US, "--forward-to", CALLS, "--json", answer="y\n")
    told = json.loads(asked.stdout)
    assert (told["sent"], told["after"]) == (True, {"forward_to": CALLS, "forward_sms_to": None, "mode": None})
    assert told["report"]["violations"] == []
    assert re.search(rf"forward_sms_to +{SMS} +-", asked.stderr)
    quiet = run("configure", US, "--forward-to", CALLS, "--json", "--yes")
    assert (json.loads(quiet.stdout)["sent"], quiet.stderr) == (True, "")
    assert settings(held) == (CALLS, None, "voice")


def test_warnings_are_shown_before_anything_is_sent(held: Hoiio) -> None:
    warned = run("reconfigure", US, "--forward-to", "http://localhost/calls", answer="n\n")
    assert "warning[url.unreachable]: The vendor's servers cannot reach localhost." in warned.stdout
    assert settings(held) == (CALLS, SMS, "voice")


def test_a_fax_number_is_set_to_fax(held: Hoiio) -> None:
    assert run("configure", SG, "--mode", "fax", "--forward-to", CALLS, "--yes").exit_code == 0
    assert settings(held, SG) == (CALLS, None, "fax")


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["available", "GB"], "country.unsupported"),
        (["available", "US"], "state.required"),
        (["available", "SG", "--page", "0"], "page.invalid"),
        (["rate", "Singapore"], "country.unknown"),
        (["subscribe", SG, "2", "--yes"], "duration.unknown"),
        (["configure", US, "--mode", "fax", "--forward-to", CALLS, "--yes"], "service.unsupported"),
        (["reconfigure", US, "--mode", "fax", "--yes"], "service.unsupported"),
        (["reconfigure", "nonsense", "--yes"], "number.malformed"),
    ],
)
def test_what_the_data_refuses_is_not_sent_and_told_like_a_check(held: Hoiio, arguments: list[str], code: str) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 1
    assert f"error[{code}]" in refused.stdout
    assert settings(held) == (CALLS, SMS, "voice")


@pytest.mark.usefixtures("held")
def test_anyway_sends_it_and_the_api_refuses() -> None:
    refused = run("configure", SG, "--forward-sms-to", SMS, "--anyway", "--yes")
    assert refused.exit_code == 1
    assert "[error_incoming_sms_not_supported]" in refused.stderr
    assert "   = instead: Leave forward_sms_to out" in refused.stderr
    bought = run("subscribe", SG, "2", "--anyway", "--yes")
    assert (bought.exit_code, "[error_invalid_duration]" in bought.stderr) == (1, True)


def test_what_the_api_refuses_is_told_with_what_to_do(hoiio_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    poor = hoiio_sandbox.add_application(Decimal(1))
    monkeypatch.setenv("HOIIO_APP_ID", poor.app_id)
    monkeypatch.setenv("HOIIO_ACCESS_TOKEN", poor.access_token)
    refused = run("subscribe", SG, "1", "--yes")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        "error: number/subscribe: the account has not enough credit [error_insufficient_credit]",
        "   = instead: Add credit, or check the card on file.",
    ]
    monkeypatch.setenv("HOIIO_ACCESS_TOKEN", "wrong")
    assert "[error_invalid_access_token]" in run("numbers").stderr


def test_a_number_that_is_not_held_cannot_be_configured(hoiio_sandbox: Sandbox) -> None:
    for verb in ("configure", "reconfigure"):
        refused = run(verb, SG, "--forward-to", CALLS, "--yes")
        assert refused.exit_code == 1
        assert refused.stderr.startswith(
            f"error: number/get_active: this account does not subscribe to the number {SG}\n"
        )
    assert hoiio_sandbox.charges() == []


@pytest.mark.parametrize("missing", ["HOIIO_APP_ID", "HOIIO_ACCESS_TOKEN"])
@pytest.mark.usefixtures("hoiio_sandbox")
def test_missing_credentials_are_misuse(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    for arguments in (["numbers"], ["rate", "SG"], ["countries", "--live"], ["subscribe", SG, "1"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.endswith(f"Error: set {missing}: the sandbox prints it, or the developer portal has it.\n")


def test_what_is_wrong_with_the_environment_is_said_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOIIO_APP_ID", raising=False)
    monkeypatch.setenv("HOIIO_ACCESS_TOKEN", " ")
    assert "Error: set HOIIO_APP_ID and HOIIO_ACCESS_TOKEN: the sandbox" in run("numbers").stderr
    for name in ("HOIIO_APP_ID", "HOIIO_ACCESS_TOKEN", "HOIIO_BASE_URL"):
        monkeypatch.setenv(name, "x")
    assert "Error: HOIIO_BASE_URL must be an absolute http or https URL" in run("numbers").stderr


def test_no_server_is_exit_code_3(hoiio_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox() as gone:
        monkeypatch.setenv("HOIIO_BASE_URL", gone.base_url)
    result = run("subscribe", SG, "1", "--yes")
    assert (result.exit_code, result.stdout) == (3, "")
    assert re.fullmatch(r"error: number/subscribe: no answer came, tried once: Connection refused\n", result.stderr)
    assert hoiio_sandbox.charges() == []


# -- hostile texts -----------------------------------------------------------------------------------------------------


class _Hostile(BaseHTTPRequestHandler):
    """An API whose every text would steer a terminal."""

    answers: dict[str, dict[str, Any]] = {  # noqa: RUF012 - a table
        "get_countries": {
            "entries": [{"code": HOSTILE, "name": HOSTILE, "prefix": HOSTILE, "states": [{"code": HOSTILE}]}]
        },
        "get_choices": {"entries": [{"number": HOSTILE, "country": HOSTILE, "state": HOSTILE, "capability": ["SMS"]}]},
        "get_rates": {"currency": HOSTILE, "entries": [{"duration": HOSTILE, "rate": "1"}]},
        "subscribe": {"currency": HOSTILE, "debit": "1", "expiry": "2031-01-01", HOSTILE: HOSTILE},
        "get_active": {
            "entries": [
                {
                    "number": US + HOSTILE,
                    "country": HOSTILE,
                    "state": HOSTILE,
                    "mode": HOSTILE,
                    "forward_to": f"https://u:secret@e.com/{HOSTILE}",
                    "forward_sms_to": HOSTILE,
                    "auto_extend_status": HOSTILE,
                    HOSTILE: HOSTILE,
                },
                {"number": SG, "forward_sms_to": f"https://u:secret@e.com/{HOSTILE}"},
            ]
        },
        "update_forwarding": {"status": f"error_{HOSTILE}", HOSTILE: HOSTILE},
    }

    def do_POST(self) -> None:
        verb = self.path.rsplit("/", 1)[-1]
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"status": "success_ok", **self.answers[verb]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hostile) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("HOIIO_BASE_URL", f"http://127.0.0.1:{server.server_port}/open/")
        monkeypatch.setenv("HOIIO_APP_ID", "canary-app")
        monkeypatch.setenv("HOIIO_ACCESS_TOKEN", "canary-token")
        yield
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("json_too", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["countries", "--live"], 0),
        (["available", "SG"], 0),
        (["rate", "SG"], 0),
        (["numbers"], 0),
        (["subscribe", SG, "1", "--yes"], 0),
        (["configure", SG, "--forward-to", CALLS, "--yes"], 1),
        (["reconfigure", SG, "--clear", "forward-sms-to", "--dry-run"], 0),
        (["reconfigure", SG, "--forward-to", CALLS, "--dry-run"], 1),
    ],
)
@pytest.mark.usefixtures("hostile")
def test_hostile_texts_of_a_server_are_escaped(arguments: list[str], exit_code: int, json_too: list[str]) -> None:
    result = run(*arguments, *json_too)
    assert result.exit_code == exit_code, result.output
    for text in (result.stdout, result.stderr):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "canary" not in text
    if exit_code or not json_too:
        assert "secret" not in result.output
        assert "\\x1b[31m[bold]red" in result.output


# -- real processes ----------------------------------------------------------------------------------------------------

PROGRAM = [sys.executable, "-m", "hoiio_numbers"]


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def test_a_session_as_a_shell_sees_it(hoiio_sandbox: Sandbox) -> None:
    said = [
        process("rate", "SG"),
        process("subscribe", SG, "1", "--yes"),
        process("configure", SG, "--forward-to", CALLS, "--yes"),
        process("numbers"),
        process("configure", SG, "--forward-sms-to", SMS, "--yes"),
        process("numbers", HOIIO_ACCESS_TOKEN="not-it"),  # noqa: S106 - no password of anybody
        process("numbers", HOIIO_ACCESS_TOKEN=""),
        process("available", "US", "AL"),
    ]
    assert [it.returncode for it in said] == [0, 0, 0, 0, 1, 1, 2, 0]
    assert said[1].stdout.startswith(f"{SG} is yours until ")
    assert CALLS in said[3].stdout
    assert len(said[7].stdout.splitlines()) == 1 + 46
    for it in said:
        assert "Traceback" not in it.stderr
        assert hoiio_sandbox.access_token not in it.stdout + it.stderr
        assert hoiio_sandbox.app_id not in it.stdout + it.stderr


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`hoiio-numbers sandbox` as a process that has printed its settings, and these."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*PROGRAM, "sandbox", *arguments], text=True, **pipes) as server:  # type: ignore[call-overload]
        try:
            assert server.stdout
            exports = [server.stdout.readline() for _ in range(3)]
            assert all(line.startswith("export HOIIO_") for line in exports), server.communicate()
            yield server, dict(line.removeprefix("export ").rstrip("\n").split("=", 1) for line in exports)
        finally:
            server.kill()


@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_the_sandbox_serves_until_it_is_interrupted(signalled: signal.Signals) -> None:
    with serving() as (server, environment):
        assert list(environment) == ["HOIIO_APP_ID", "HOIIO_ACCESS_TOKEN", "HOIIO_BASE_URL"]
        assert environment["HOIIO_BASE_URL"].startswith("http://127.0.0.1:")
        assert process("rate", "SG", **environment).returncode == 0
        server.send_signal(signalled)
        page = environment["HOIIO_BASE_URL"].removesuffix("open/")
        assert server.communicate() == ("", f"Its page: {page}\n")
        assert server.returncode == 0
    assert process("subscribe", SG, "1", "--yes", **environment).returncode == 3


def test_a_shell_can_take_its_settings_over() -> None:
    with serving("--host", "::1") as (_server, environment):
        exports = "\n".join(f"export {name}={value}" for name, value in environment.items())
        script = f"{exports}\n{' '.join(PROGRAM)} rate US"
        said = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        assert "4.00 SGD" in said.stdout


def test_a_file_survives_a_restart(tmp_path: Path) -> None:
    db = str(tmp_path / "state.db")
    with serving("--db", db) as (server, environment):
        assert process("subscribe", SG, "12", "--yes", **environment).returncode == 0
        server.send_signal(signal.SIGTERM)
        server.communicate()
    with serving("--db", db) as (server, again):
        assert {**again, "HOIIO_BASE_URL": ""} == {**environment, "HOIIO_BASE_URL": ""}
        assert SG in process("numbers", **again).stdout


def test_its_rate_limit_is_asked_for() -> None:
    with serving("--rate-limit", "2") as (_server, environment):
        form = {name.removeprefix("HOIIO_").lower(): value for name, value in environment.items()}
        url = f"{form.pop('base_url')}number/get_active"
        said = [requests.post(url, form, timeout=30).json()["status"] for _ in range(3)]
        assert said == ["success_ok", "success_ok", "error_rate_limit_exceeded"]


def test_a_share_of_calls_goes_wrong_by_a_seed() -> None:
    said = []
    for _ in range(2):
        with serving("--faults", "0.5", "--seed", "1") as (_server, environment):
            form = {name.removeprefix("HOIIO_").lower(): value for name, value in environment.items()}
            url = f"{form.pop('base_url')}number/get_active"
            said.append([_outcome(url, form) for _ in range(4)])
    assert said[0] == said[1]
    assert len(set(said[0])) > 1


def _outcome(url: str, form: dict[str, str]) -> str:
    try:
        return str(requests.post(url, form, timeout=30).status_code)
    except requests.RequestException as error:
        return type(error).__name__


def test_what_keeps_the_sandbox_from_starting_is_one_plain_sentence(hoiio_sandbox: Sandbox, tmp_path: Path) -> None:
    port = hoiio_sandbox.base_url.split("/")[2].split(":")[1]
    (tmp_path / "text").write_text("no database, " * 100, encoding="utf-8")
    for arguments, problem in [
        (["--port", port], "Address already in use"),
        (["--db", str(tmp_path / "no" / "db")], "unable to open database file"),
        (["--db", str(tmp_path / "text")], "file is not a database"),
        (["--host", "no-such-host.invalid"], ""),
        (["--faults", "nan"], "share must be 0 to 1, not nan"),
    ]:
        refused = run("sandbox", *arguments)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert re.search(rf"Error: the sandbox cannot start: .*{problem}", refused.stderr)


@pytest.mark.parametrize("arguments", [["sandbox"], ["export", "openapi"]])
def test_the_sandbox_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    for module in [name for name in sys.modules if name.startswith("hoiio_numbers.sandbox")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "the sandbox needs uvicorn: pip install 'hoiio-numbers[sandbox]'" in refused.stderr


def test_the_sandbox_serves_in_this_process_too() -> None:
    """The same as above, where coverage looks on: a thread reads the settings and then ends it."""
    before = signal.getsignal(signal.SIGTERM)
    reading, writing = os.pipe()
    lines: list[str] = []

    def stop() -> None:
        with os.fdopen(reading) as output:
            lines.extend(output.readline() for _ in range(3))
            os.kill(os.getpid(), signal.SIGTERM)

    stopper = threading.Thread(target=stop)
    try:
        with os.fdopen(writing, "w") as output, contextlib.redirect_stdout(output):
            stopper.start()
            online.sandbox.main(["--faults", "0.5", "--seed", "7"], standalone_mode=False)
    finally:
        signal.signal(signal.SIGTERM, before)
        stopper.join()
    assert all(line.startswith("export HOIIO_") for line in lines)


def test_the_sandbox_can_begin_with_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    scattered: list[tuple[float, int]] = []
    monkeypatch.setattr("signal.signal", lambda *_arguments: None)  # the process is this test's, too
    monkeypatch.setattr(
        "hoiio_numbers.cli.online.time", SimpleNamespace(sleep=interrupted)
    )  # threads of others sleep, too
    monkeypatch.setattr(Faults, "scatter", lambda _faults, share, *, seed: scattered.append((share, seed)))
    result = CliRunner().invoke(command, ["sandbox", "--faults", "0.5", "--seed", "3"])
    assert (result.exit_code, len(result.stdout.splitlines()), scattered) == (0, 3, [(0.5, 3)])
