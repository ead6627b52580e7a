"""`check-file` and `capabilities impact`: every format in and out, and what is wrong with files."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from functools import cache
from importlib import util
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rich.console
from click.testing import CliRunner, Result
from tables import ON, as_table, expected, portfolio

from hoiio_numbers import Checker
from hoiio_numbers.bulk import files
from hoiio_numbers.cli import command, display
from hoiio_numbers.mappings import PARAMETERS

FORMATS = ("csv", "jsonl", "parquet")


@cache
def portfolio_rows() -> list[dict[str, Any]]:
    """Rows of texts that each of the formats can hold."""
    return [row for row in portfolio(400, seed=3) if not any("\x00" in (cell or "") for cell in row.values())]


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(command, [str(it) for it in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(as_table(rows), path, row_group_size=100)
    elif path.suffix == ".jsonl":
        path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, PARAMETERS, quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows({name: row.get(name) for name in PARAMETERS} for row in rows)
    return path


def read(path: Path) -> list[tuple[Any, ...]]:
    """What stands in the columns of the result, as `check_config()` says it."""
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
    elif path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        rows = [*csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))]
        for row in rows:
            row |= {name: row[name].split() for name in ("codes", "fields")}
            row |= {"ok": row["ok"] == "true", "fields": [None if it == "-" else it for it in row["fields"]]}
    return [(row["ok"], row["number"] or None, row["country"] or None, row["codes"], row["fields"]) for row in rows]


@pytest.mark.parametrize("into", FORMATS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_row_is_decided_alike_from_every_format_into_every_other(tmp_path: Path, form: str, into: str) -> None:
    file, out = write(tmp_path / f"in.{form}", portfolio_rows()), tmp_path / f"out.{into}"
    result = run("check-file", file, "--out", out, "--on", ON, "--json")
    checker = Checker()
    answers = [expected(checker, row) for row in portfolio_rows()]
    assert read(out) == answers
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert (summary["rows"], summary["refused"]) == (len(portfolio_rows()), sum(not answer[0] for answer in answers))
    found: dict[str, list[Any]] = {
        "code": [codes for *_, codes, _ in answers],
        "field": [fields for *_, fields in answers],
    }
    for what, its in found.items():
        counts = {it[what]: it["rows"] for it in summary[f"by_{what}"]}
        assert counts == {name: sum(name in names for names in its) for name in counts}
    assert sum(it["rows"] for it in summary["by_country"]) == len(portfolio_rows())
    assert sum(it["refused"] for it in summary["by_country"]) == summary["refused"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({f"in.{form}", f"out.{into}"})


GOOD = {"number": "+6561234567", "forward_to": "https://example.com/", "note": "good"}
BAD = {"number": "61234567", "forward_to": "example.com", "note": "bad"}


@pytest.mark.parametrize("form", FORMATS)
def test_the_refused_rows_alone(tmp_path: Path, form: str) -> None:
    file, out = tmp_path / "in.jsonl", tmp_path / f"out.{form}"
    file.write_text("".join(json.dumps(row) + "\n" for row in (GOOD, BAD, GOOD)), encoding="utf-8")
    assert run("check-file", file, "--out", out, "--only", "refused").exit_code == 1
    assert [number for _, number, *_ in read(out)] == [None]
    assert "bad" in out.read_bytes().decode("latin-1")


def test_a_file_of_accepted_rows_exits_with_0_and_shows_what_was_counted(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    result = run("check-file", file)
    assert result.exit_code == 0
    assert " ".join(result.stdout.split()) == "country rows refused SG 1 0 1 rows: 1 accepted, 0 refused"


def test_the_summary_says_what_is_wrong_where(tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in (GOOD, BAD, {"number": None})), encoding="utf-8")
    result = run("check-file", file)
    for line in (
        "number.malformed 1", "url.malformed 1", "number.missing 1", "request.empty 1", "number 2", "forward_to 1",
        "the row as a whole 1", "not settled 2 2", "SG 1 0", "3 rows: 1 accepted, 2 refused",
    ):  # fmt: skip
        assert line in [" ".join(it.split()) for it in result.stdout.splitlines()]


def test_standard_streams() -> None:
    text = b'\xef\xbb\xbf"number","forward_to"\r\n"+65 6123 4567",https://example.com/\r\n'
    result = run("check-file", "-", "--out", "-", stdin=text)
    assert result.stdout.splitlines() == [
        '"given_number","forward_to","ok","number","country","codes","fields"',
        '"+65 6123 4567","https://example.com/",true,"+6561234567","SG","",""',
    ]
    assert "1 rows: 1 accepted" in result.stderr
    lines = run("check-file", "-", "--out", "-", "--format", "jsonl", "--out-format", "jsonl", stdin=b'{"number": 5}')
    assert json.loads(lines.stdout)["codes"] == ["number.malformed", "request.empty"]
    assert json.loads(lines.stdout)["given_number"] == 5


def test_parquet_is_not_read_from_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "in.parquet"
    os.mkfifo(pipe)
    writing = Thread(target=lambda: pipe.open("wb").close())
    writing.start()
    result = run("check-file", pipe)
    writing.join()
    assert result.exit_code == 2
    assert "Parquet cannot be read from a pipe: give the name of the file." in result.stderr


def test_a_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    pipe, read = tmp_path / "out.csv", []
    os.mkfifo(pipe)
    reading = Thread(target=lambda: read.append(pipe.read_bytes()))
    reading.start()
    assert run("check-file", write(tmp_path / "in.jsonl", [GOOD]), "--out", pipe).exit_code == 0
    reading.join()
    assert b'"good",true,"+6561234567","SG"' in read[0]
    assert pipe.is_fifo()


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("rb+", buffering=0) as full:
        name = f"/dev/fd/{full.fileno()}"
        result = run("check-file", write(tmp_path / "in.jsonl", [GOOD]), "--out", name, "--out-format", "jsonl")
    assert (result.exit_code, result.stderr) == (2, "error: the output cannot be written: No space left on device.\n")


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    file = write(tmp_path / "in.parquet", portfolio_rows())
    data = bytearray(file.read_bytes())
    data[100:3000] = b"\xff" * 2900
    file.write_bytes(data)
    result = run("check-file", file)
    assert (result.exit_code, result.stderr.startswith("Usage: ")) == (2, True)


def test_columns_may_be_mapped(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("msisdn,url\n+6561234567,https://example.com/\n", encoding="utf-8")
    columns = ("--column", "number=msisdn", "--column", "forward_to=url")
    assert run("check-file", file, *columns, "--on", ON).exit_code == 0
    assert run("check-file", file, *columns, "--on", "2012-08-31").exit_code == 1


@pytest.mark.parametrize(
    ("name", "text", "options", "message"),
    [
        ("a.csv", "msisdn\n1\n", (), "there is no column 'number' for number, only msisdn"),
        ("a.csv", "number\n1\n", ("--column", "mode=how"), "there is no column 'how' for mode"),
        ("a.csv", "number\n1\n", ("--column", "how=number"), "'how=number' is not number|forward_to|"),
        ("a.csv", "number\n1\n", ("--column", "mode"), "'mode' is not number|"),
        ("a.csv", "number,foward_to\n1,\n", (), "the column 'foward_to' is nearly called forward_to"),
        ("a.csv", "number,mode\n1\n", (), "Expected 2 columns, got 1"),
        ("a.csv", "", (), "there is no column 'number' for number, only none at all"),
        ("a.csv", "number,given_number\n1,\n", ("--out", "o.csv"), "'number' would be kept as 'given_number'"),
        ("a.txt", "number\n1\n", (), "a file's name ends in one of .csv, "),
        ("a.csv", "number\n1\n", ("--out", "o.txt"), "a file's name ends in one of .csv, "),
        ("a.csv", "number\n1\n", ("--out", "nowhere/o.csv"), "No such file or directory"),
        ("a.csv", "number\n1\n", ("--data", "nowhere/data"), "nowhere/data: cannot be read: No such file or directory"),
        ("a.csv", "number\n1\n", ("--plot", "nowhere/o.svg"), "nowhere/o.svg' is in no directory that there is."),
        ("a.csv", "number\n1\n", ("--plot", "o.gif"), "o.gif' ends neither in .svg nor in .png"),
        ("a.jsonl", '{"number": "1"}\n[]\n', (), "line 2 is no JSON object"),
        ("a.jsonl", '{"number": "1"\n', (), "line 1 is no JSON object"),
        ("a.jsonl", "[" * 100_000, (), "line 1 is no JSON object"),
        ("a.parquet", "PAR1", (), "Parquet"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_and_leaves_nothing(
    tmp_path: Path, name: str, text: str, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    paths = (str(tmp_path / it) if it.startswith(("o.", "nowhere/")) else it for it in options)
    result = run("check-file", tmp_path / name, *paths)
    assert result.exit_code == 2
    assert message in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_is_not_there_is_said() -> None:
    result = run("check-file", "nowhere.csv")
    assert (result.exit_code, "nowhere.csv: No such file or directory." in result.stderr) == (2, True)


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_without_rows_is_written_without_rows(tmp_path: Path, form: str) -> None:
    empty = [write(tmp_path / "in.csv", []), write(tmp_path / "in.parquet", []), tmp_path / "in.pq"]
    pq.ParquetWriter(empty[-1], as_table([]).schema).close()
    for file in empty:
        out = file.with_name(f"{file.name}.{form}")
        assert run("check-file", file, "--out", out, "--on", ON).exit_code == 0
        assert read(out) == []


def test_columns_of_other_types_pass_through(tmp_path: Path) -> None:
    file = tmp_path / "in.parquet"
    table = {"number": ["+6561234567"], "day": [ON], "tags": [["a", None]], "kind": pa.array(["x"]).dictionary_encode()}
    pq.write_table(pa.table(table), file)
    assert run("check-file", file, "--out", tmp_path / "out.csv").exit_code == 1
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert '"+6561234567",2026-01-01,"[""a"", null]","x",false' in text
    assert run("check-file", file, "--out", tmp_path / "out.jsonl").exit_code == 1
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["tags"] == ["a", None]


def test_keys_of_json_lines_may_come_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_ROWS", 1)
    file = tmp_path / "in.jsonl"
    late = {"number": "61234567", "country": "SG", "x": {"y": []}}
    file.write_text('{"number": "61234567"}\n' + json.dumps(late), encoding="utf-8")
    assert run("check-file", file, "--out", tmp_path / "out.jsonl", "--on", ON).exit_code == 1
    assert [(number, country) for _, number, country, *_ in read(tmp_path / "out.jsonl")] == [
        (None, None),
        ("+6561234567", "SG"),
    ]
    result = run("check-file", file, "--out", tmp_path / "out.csv", "--on", ON)
    assert result.exit_code == 2
    assert "a row has the key 'country', which none of the first 1 has: write JSON lines." in result.stderr


@pytest.mark.parametrize("suffix", ["svg", "PNG"])
def test_the_summary_is_drawn(tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"summary.{suffix}"
    assert run("check-file", write(tmp_path / "in.csv", portfolio_rows()), "--plot", picture, "--on", ON).exit_code == 1
    start = picture.read_bytes()[:8]
    assert start == b"\x89PNG\r\n\x1a\n" if suffix == "PNG" else start.startswith(b"<?xml")


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _name: None)
    monkeypatch.setattr("hoiio_numbers.cli.filecheck.find_spec", lambda _name: None)
    result = run("check-file", "in.csv", "--plot", "x.svg")
    assert "a plot needs matplotlib: pip install 'hoiio-numbers[plot]'." in result.stderr
    for module in [name for name in sys.modules if name.startswith("hoiio_numbers.bulk")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delattr("hoiio_numbers.bulk", raising=False)
    result = run("check-file", tmp_path / "in.csv")
    assert result.exit_code == 2
    assert "files need pyarrow: pip install 'hoiio-numbers[bulk]'" in result.stderr


def test_a_run_that_is_interrupted_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old", encoding="utf-8")
    arguments = [sys.executable, "-m", "hoiio_numbers", "check-file", "-", "--out", str(out)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin
        process.stdin.write(b"number,forward_to\n" + b"+6561234567,https://example.com/\n" * 1_000_000)
        process.stdin.flush()  # by now most of it is read
        assert len([*tmp_path.iterdir()]) == 2
        process.send_signal(signal.SIGTERM)
        process.stdin.close()
    assert process.returncode != 0
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"out.csv": "old"}


def test_a_terminal_sees_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    console = rich.console.Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr(display, "_console", lambda **_options: console)
    run("check-file", write(tmp_path / "in.parquet", portfolio_rows()))
    assert f"{len(portfolio_rows())} rows, " in screen.getvalue()


# -- the impact of an edit ---------------------------------------------------------------------------------------------


def data(directory: Path, *, fax: str) -> Path:
    directory.mkdir()
    (directory / "SG.toml").write_text(
        f'country = "SG"\n[[revision]]\nfrom = 2012-09-01\nsource = "x"\nvoice = true\nfax = {fax}\nsms = false\n',
        encoding="utf-8",
    )
    return directory


def test_the_rows_that_an_edit_changes(tmp_path: Path) -> None:
    old, new = data(tmp_path / "old", fax="true"), data(tmp_path / "new", fax="false")
    file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    fax = {**GOOD, "mode": "fax"}
    file.write_text("".join(json.dumps(row) + "\n" for row in (GOOD, fax, BAD, fax)), encoding="utf-8")
    result = run("capabilities", "impact", old, new, file, "--out", out, "--on", ON)
    assert result.exit_code == 1
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "rows country before after",
        "2 SG accepted service.unsupported",
        "",
        "4 rows: 2 change.",
    ]
    assert [row[3] for row in read(out)] == [["service.unsupported"]] * 2
    listed = json.loads(run("capabilities", "impact", old, new, file, "--json", "--on", ON).stdout)
    assert (listed["rows"], listed["changed"]) == (4, 2)
    assert listed["changes"][0]["after"]["codes"] == ["service.unsupported"]
    same = run("capabilities", "impact", old, old, file)
    assert (same.exit_code, same.stdout) == (0, "4 rows: 0 change.\n")
