import errno
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hoiio_numbers import RULES, Checker, Registry, Rulebook, check_config, exports, found, rule, schema
from hoiio_numbers.__main__ import main
from hoiio_numbers.cli import command, display
from hoiio_numbers.rulebook import Finding

CAPABILITIES = Path(__file__).parent.parent / "capabilities"
URL = "https://example.com/in"
DECISION_TABLE = tomllib.loads((Path(__file__).parent / "cases" / "decision-table.toml").read_text(encoding="utf-8"))


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(command, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _options(request: dict[str, Any]) -> list[str]:
    options = []
    for name, values in request.items():
        for value in values if isinstance(values, list) else [values]:
            options += [f"--{name.replace('_', '-')}", str(value)]
    return options


@pytest.mark.parametrize("case", DECISION_TABLE["case"], ids=lambda case: case["name"])
def test_the_decision_table_of_the_spec_holds_on_the_command_line(case: dict[str, Any]) -> None:
    request = dict(case["request"])
    result = run("check", request.pop("number"), *_options(request), "--json", "--on", "2026-01-01")
    report = json.loads(result.stdout)
    expected = [(violation["code"], violation.get("field")) for violation in case["expected"]]
    assert [(violation["code"], violation["field"]) for violation in report["violations"]] == expected
    assert result.exit_code == (0 if report["ok"] else 1)


def test_every_option_of_a_request_reaches_the_check() -> None:
    options = ["--state", "AK", "--capabilities", "fax", "--country", "us", "--mode", "voice", "--mode", "fax"]
    result = run("check", "201 555 0123", "--forward-to", URL, *options, "--on", "2026-01-01", "--json")
    assert (
        json.loads(result.stdout)
        == check_config(
            "201 555 0123",
            forward_to=URL,
            state="AK",
            capabilities=["fax"],
            country="us",
            mode=["voice", "fax"],
            on=Registry.default().turns[0].replace(year=2026, month=1),
        ).to_dict()
    )


def test_strict_lets_a_warning_refuse() -> None:
    arguments = ["check", "+6561234567", "--forward-to", "http://localhost/"]
    assert run(*arguments).exit_code == 0
    strict = run(*arguments, "--strict")
    assert strict.exit_code == 1
    assert "refused" in strict.stdout


def test_an_explanation_names_every_rule_and_the_data_lines() -> None:
    text = run("check", "+6561234567", "--forward-sms-to", URL, "--explain").stdout
    assert all(code in text for code, rule in RULES.items() if "configure" in rule.calls)
    assert re.search(r"failed +service\.unsupported .*\n.*capabilities/SG\.toml:10: sms = false", text)
    explained = json.loads(run("check", "+6561234567", "--forward-to", URL, "--explain", "--json").stdout)
    assert {it["outcome"] for it in explained["explanation"]} == {"passed", "not applicable"}


def test_hostile_words_are_shown_escaped_and_passwords_not_at_all() -> None:
    text = run("check", "+65\x1b[31m\n", "--forward-to", "http://user:secret@[x", "--mode", "\ud800").stdout
    assert "\x1b" not in text
    assert "secret" not in text
    assert "\\ud800" in text


def test_data_stands_alone_and_overlays_are_laid_over(tmp_path: Path) -> None:
    edited = (CAPABILITIES / "SG.toml").read_text(encoding="utf-8").replace("sms = false", "sms = true")
    (tmp_path / "SG.toml").write_text(edited, encoding="utf-8")
    arguments = ["check", "+6561234567", "--forward-sms-to", URL]
    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--overlay", str(tmp_path)).exit_code == 0
    alone = run(*arguments, "--data", str(tmp_path))
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert "common.toml: is missing." in alone.stderr
    (tmp_path / "common.toml").write_bytes((CAPABILITIES / "common.toml").read_bytes())
    assert run(*arguments, "--data", str(tmp_path)).exit_code == 0
    assert [row["country"] for row in json.loads(run("countries", "--json", "--data", str(tmp_path)).stdout)] == ["SG"]


def test_the_matrix_shows_places_with_data_of_their_own(tmp_path: Path) -> None:
    text = (CAPABILITIES / "US.toml").read_text(encoding="utf-8") + "[revision.subdivisions.AK]\nsms = false\n"
    (tmp_path / "US.toml").write_text(text, encoding="utf-8")
    rows = [line.split() for line in run("countries", "--overlay", str(tmp_path)).stdout.splitlines()]
    assert ["US-AK", "United", "States", "yes", "-", "-"] in [row[:6] for row in rows]
    assert run("countries", "--on", "2012-08-31").stdout == "No country's numbers are sold then.\n"


def test_lint_says_clean_or_names_the_faults(tmp_path: Path) -> None:
    assert run("capabilities", "lint", str(CAPABILITIES)).exit_code == 0
    (tmp_path / "SG.toml").write_text("country = 'XX'\n", encoding="utf-8")
    faulty = run("capabilities", "lint", str(tmp_path))
    assert faulty.exit_code == 1
    assert f"error: {tmp_path}/SG.toml:1: country: 'XX'" in faulty.stderr
    missing = run("capabilities", "lint", str(tmp_path / "nowhere"))
    assert missing.exit_code == 1
    assert "No such file or directory" in missing.stderr


def test_diff_counts_decisions_not_lines(tmp_path: Path) -> None:
    text = (CAPABILITIES / "SG.toml").read_text(encoding="utf-8")
    (tmp_path / "SG.toml").write_text(text.replace("capability table", "table"), encoding="utf-8")
    same = run("capabilities", "diff", str(CAPABILITIES), str(tmp_path))
    assert (same.exit_code, same.stdout) == (0, "No decision changes.\n")
    (tmp_path / "SG.toml").write_text(text.replace("sms = false", "sms = true"), encoding="utf-8")
    other = run("capabilities", "diff", str(CAPABILITIES), str(tmp_path), "--json")
    assert other.exit_code == 1
    assert {change["what"] for change in json.loads(other.stdout)} == {
        "sms",
        "voice and sms",
        "fax and sms",
        "voice, fax and sms",
    }
    shown = run("capabilities", "diff", str(CAPABILITIES), str(tmp_path))
    assert shown.stdout.count("service.unsupported sms") == shown.stdout.count("SG ")


def test_a_changed_duration_is_shown_as_everywhere(tmp_path: Path) -> None:
    text = (CAPABILITIES / "common.toml").read_text(encoding="utf-8").replace('"12", ', "")
    (tmp_path / "common.toml").write_text(text, encoding="utf-8")
    (tmp_path / "SG.toml").write_bytes((CAPABILITIES / "SG.toml").read_bytes())
    for file in CAPABILITIES.glob("??.toml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert "every" in run("capabilities", "diff", str(CAPABILITIES), str(tmp_path)).stdout


def test_rules_are_listed_and_told_one_by_one() -> None:
    assert all(code in run("rules").stdout for code in RULES)
    for code, its in RULES.items():
        told = run("rules", code)
        assert told.exit_code == 0
        assert its.description in told.stdout
    mistyped = run("rules", "service.unsuported")
    assert mistyped.exit_code == 2
    assert "did you mean service.unsupported?" in mistyped.stderr
    assert "there is no rule 'x'." in run("rules", "x").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "1", "--on", "yesterday"],
        ["check", "1", "--colour"],
        ["countries", "--data", "nowhere"],
        ["no"],
    ],
)
def test_misuse_is_exit_code_2_without_a_traceback(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_colours_are_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in run("check", "1").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("check", "1").stdout


def test_the_module_runs_as_the_command_does() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "hoiio_numbers", "check", ""], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "error[number.missing]" in ran.stdout


def test_without_its_extra_the_command_says_so_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in ("hoiio_numbers.cli", "click"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "click", None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "The command line needs click and rich: pip install 'hoiio-numbers[cli]'\n"


def test_another_missing_module_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hoiio_numbers.cli", raising=False)
    monkeypatch.setitem(sys.modules, "hoiio_numbers.comparison", None)
    with pytest.raises(ModuleNotFoundError, match="comparison"):
        main()


def test_the_command_is_what_its_name_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hoiio-numbers", "rules", "mode.unused"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("warning[mode.unused]")


def test_the_command_writes_to_whatever_stands_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["hoiio-numbers", "rules", "mode.unused"])
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with pytest.raises(SystemExit):
        main()
    assert out.getvalue().startswith("warning[mode.unused]")


def test_a_fact_without_a_date_is_shown_without_one() -> None:
    lines = run("check", "+6561234567", "--forward-to", URL, "--mode", "voice,fax").stdout.splitlines()
    assert [line for line in lines if line.startswith("   | ")] == [
        '   | capabilities/common.toml:6: conflicts = [["voice", "fax"]]',
        "   | by Hoiio Number API guide, September 2012",
    ]


def test_a_rule_of_a_user_s_own_may_have_no_hint(capsys: pytest.CaptureFixture[str]) -> None:
    @rule(code="acme.closed", severity="error", reads=(), message="We are closed.")
    def closed(_facts: object) -> Iterator[Finding]:
        """We are closed."""
        yield found(None)

    report = Checker(rules=Rulebook([closed])).check_config(None)
    display.report(report, {}, refused=True)
    assert capsys.readouterr().out.startswith("error[acme.closed]: We are closed.\n\nrefused: ")


def test_display_is_ready_for_a_number_that_was_not_given() -> None:
    assert display._typed(None) == display._typed(()) == ""  # noqa: SLF001 - every way a parameter can be left out


def test_what_a_terminal_cannot_show_is_escaped() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "hoiio_numbers", "check", "+65", "--forward-to", "https://ü.example/" + "x" * 100],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "\\u2026" in ran.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have a disk that is always full")
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [["check", "+65"], ["countries"], ["rules"], ["--help"]])
def test_a_full_disk_is_no_refusal(arguments: list[str], unbuffered: str, *, both: bool) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "hoiio_numbers", *arguments],
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            stdout=full,
            stderr=full if both else subprocess.PIPE,
            text=True,
            check=False,
        )
    told = None if both else "error: the output cannot be written: No space left on device.\n"
    assert (ran.returncode, ran.stderr) == (2, told)


@pytest.mark.parametrize(
    ("error", "code", "told"), [(errno.ENOSPC, 2, "No space left on device."), (errno.EPIPE, 1, "")]
)
def test_what_cannot_be_written_is_told_unless_nobody_reads(
    error: int, code: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(display, "report", fail)
    result = run("check", "+65")
    assert result.exit_code == code
    assert told in result.stderr


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = f"'{sys.executable}' -m hoiio_numbers check +65 --explain | head -1"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in ran.stderr


def test_directories_are_judged_whatever_the_environment_lays_over_the_shipped_data(tmp_path: Path) -> None:
    (tmp_path / "SG.toml").write_text("country = 7\n")
    lint = [sys.executable, "-m", "hoiio_numbers", "capabilities", "lint"]
    for directory, code in {CAPABILITIES: 0, tmp_path: 1}.items():
        for overlay in (tmp_path, "/nowhere"):
            environment = {**os.environ, "HOIIO_CAPABILITIES": str(overlay)}
            ran = subprocess.run([*lint, directory], env=environment, capture_output=True, text=True, check=False)
            assert (ran.returncode, "nowhere" in ran.stdout + ran.stderr) == (code, False)


def test_exports_are_what_the_library_answers() -> None:
    on = date(2026, 1, 1)
    schemas = json.loads(run("export", "json-schema", "--on", "2026-01-01").stdout)
    assert schemas == schema.json_schemas(on=on)
    assert json.loads(run("export", "json-schema", "--country", "sg", "--on", "2026-01-01").stdout) == schemas["SG"]
    index = json.loads(run("export", "capabilities", "--country", "SG", "--on", "2026-01-01").stdout)
    assert index == exports.capability_index(country="SG", on=on)
    rows = exports.decisions(country="SG", on=on)
    for form, write in exports.FORMATS.items():
        table = run("export", "decisions", "--country", "SG", "--on", "2026-01-01", "--format", form).stdout
        assert table == write(rows) + "\n"
    assert run("export", "decisions").stdout == exports.to_markdown(exports.decisions()) + "\n"


def test_exports_are_of_the_data_that_is_named(tmp_path: Path) -> None:
    edited = (CAPABILITIES / "SG.toml").read_text(encoding="utf-8").replace("sms = false", "sms = true")
    (tmp_path / "SG.toml").write_text(edited, encoding="utf-8")
    for verb in ("json-schema", "capabilities", "decisions"):
        arguments = ["export", verb, "--country", "SG"]
        assert run(*arguments).stdout != run(*arguments, "--overlay", str(tmp_path)).stdout


@pytest.mark.parametrize("verb", ["json-schema", "capabilities", "decisions"])
def test_an_export_of_a_country_without_data_is_misuse(verb: str) -> None:
    result = run("export", verb, "--country", "GB")
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(r"--country: (no numbers|there is no data) of GB", result.stderr)
