"""Whole tables are decided as `check_config()` decides each row, whatever the cells and their types."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import faces
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import ON, RESULTS, as_table, differing, results, rows_of

from hoiio_numbers import RULES, Checker, LiveRegistry, bulk, found, rule
from hoiio_numbers.bulk.cells import Answers
from hoiio_numbers.facts import Facts
from hoiio_numbers.mappings import PARAMETERS
from hoiio_numbers.rulebook import Finding

Count = Callable[[str, object], None]


# -- the same decisions ------------------------------------------------------------------------------------------------


def _as_objects(requests: list[faces.Request]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([it.get(name) for it in requests], dtype=object) for name in PARAMETERS})


def _as_arrow(requests: list[faces.Request]) -> pa.Table:
    modes = [request.get("mode") for request in requests]
    lists = pa.array([[mode] if isinstance(mode, str) else mode for mode in modes], pa.list_(pa.string()))
    texts = {name: pa.array([it.get(name) for it in requests], pa.string()) for name in PARAMETERS if name != "mode"}
    return pa.table({**texts, "mode": lists})


MADE: dict[str, Callable[[list[faces.Request]], Any]] = {
    "pyarrow": _as_arrow,
    "polars": lambda requests: pl.DataFrame(_as_arrow(requests)),
    "polars objects": lambda requests: pl.DataFrame(
        {name: pl.Series([it.get(name) for it in requests], dtype=pl.Object) for name in PARAMETERS}
    ),
    "pandas": lambda requests: _as_arrow(requests).to_pandas(),
    "pandas objects": _as_objects,
}


@pytest.mark.untraced
@pytest.mark.parametrize("library", MADE)
def test_every_outcome_and_every_two_facts_are_decided_alike(library: str, record_property: Count) -> None:
    checker, requests = faces.checker(), faces.standard()
    table = MADE[library](requests)
    checked = bulk.check_table(table, checker=checker, on=ON)
    assert type(checked) is type(table)
    assert not differing(requests, results(checked), checker)
    record_property("count", f"bulk, {library}: {len(requests)} requests of every outcome, 0 differences")


# -- cells and columns of every type -----------------------------------------------------------------------------------

TEXTS = {
    "number": tables.NUMBERS,
    "country": tables.COUNTRIES,
    "state": tables.STATES,
    "mode": tables.MODES,
    "forward_to": tables.URLS,
    "forward_sms_to": tables.URLS,
}
TYPES = [
    pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.uint32(), pa.large_string()), pa.dictionary(pa.int32(), pa.string_view()),
]  # fmt: skip
NOT_TEXT = [
    pa.array([None, 5, 0, -1]), pa.array([6561234567, None, 1, 2]), pa.array([0.5, None, float("nan"), 1e300]),
    pa.array([b"voice", None, b"\xff", b""]), pa.array([True, None, False, True]), pa.nulls(4),
    pa.array([date(2012, 9, 1), None, None, None]),
    pa.array([["voice", "fax"], None, [], ["fax", None, "telex"]]),
    pa.array([["voice"], None, [], ["Fax"]], pa.large_list(pa.large_string())),
    pa.array([["voice"], None, [], ["fax"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    pa.array([[5], None, [None], [1, 2]]), pa.array([[["voice"]], None, [[]], [None]]),
    pa.array([{"a": "voice"}, None, {"a": None}, {"a": "x"}]),
    pa.array([["voice"], None, ["fax"], ["x"]], pa.list_(pa.string(), 1)),
    pa.array([[("voice", "fax")], None, [], [("a", "b")]], pa.map_(pa.string(), pa.string())),
    pa.array([1, None, 1, 2]).dictionary_encode(), pa.DictionaryArray.from_arrays([0, None, 1, 0], ["voice", None]),
    pa.UnionArray.from_sparse(
        pa.array([0, 1, 0, 1], pa.int8()), [pa.array(["voice", "", "+6561234567", ""]), pa.array([0, 5, 0, None])]
    ),
    pa.RunEndEncodedArray.from_arrays([2, 4], ["voice", "https://example.com/"]),
    pa.array(["voice", None, "+65 6123 4567", "https://a.com"], pa.string()).cast(pa.string_view()),
    pa.array(["voice", None, "+65 6123 4567", "https://a.com"]).view(pa.string()),
]  # fmt: skip


@st.composite
def nasty(draw: st.DrawFn) -> pa.Table:
    """A table of any of the columns, each of any type, in chunks of their own, perhaps a slice."""
    count = draw(st.integers(0, 12))
    names = ["number", *draw(st.sets(st.sampled_from([*PARAMETERS[1:]])))]
    columns = {}
    for name in names:
        cell = st.sampled_from(TEXTS[name]) | st.text(max_size=6) | st.text("+(-.) 0123456789\x1c٣６", max_size=14)
        cut, kind = draw(st.integers(0, count + 2)), draw(st.sampled_from(TYPES))
        chunks = [pa.array([draw(cell) for _ in range(some)], pa.large_string()) for some in (cut, count + 2 - cut)]
        columns[name] = pa.chunked_array([chunk.cast(kind) for chunk in chunks], kind)
    return pa.table(columns).slice(1, count)


@pytest.mark.untraced
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(nasty())
def test_texts_of_every_type_are_decided_alike(table: pa.Table) -> None:
    checker = tables.checker()
    rows = table.to_pylist()
    assert not differing(rows, results(bulk.check_table(table, on=ON)), checker)
    batches = table.to_batches(max_chunksize=3)
    streamed = [row for batch in bulk.check_batches(batches, on=ON) for row in results(batch)]
    assert not differing(rows, streamed, checker)
    packed, decisions = bulk.decide(table, on=ON)
    assert [decisions[place].codes for place in packed] == [tuple(answer[3]) for answer in streamed]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_column_of_each_type_is_decided_alike(kind: pa.DataType) -> None:
    table = pa.table({name: pa.array((texts * 20)[:20], pa.large_string()).cast(kind) for name, texts in TEXTS.items()})
    assert not differing(table.to_pylist(), results(bulk.check_table(table, on=ON)), tables.checker())


HEADS = [
    "", " ", "http:", "https:/", "HTTPS://", "http:///", "//", "a", "a.com", "a.com:80", "1a:b", "+a:b", "ftp:",
    "ftp://a.com", "mailto:me@a.com", "https:a.com", "https://a.com", " https://a.com", "\thttps://a.com",
    "https ://a.com", "ht\ntp://a.com", "https://a.com:", "https://a.com:80", "https://a.com:99999",
    "https://a.com:b", "https://me:x@a.com", "https://me@a@b.com", "https://@a.com", "https://:@a.com",
    "https://A.Com", "https://a_b.com", "https://-a.com", "https://a..com", "https://a.com.", "https://a b.com",
    "https://a\\b.com", "https://a\x00b.com", "https://a\x7fb.com", "https:\\\\a.com", "https:a\\b", "https://[::1]",
    "https://[2606:4700::1]:80", "https://[::1", "https://1.2.3.4", "https://127.1", "https://300.1.2.3",
    "https://localhost", "https://a.test", "https://ü.com", "https://a。com", "https://a.com:٣", "ü", "ü:a",
    "https://" + "a" * 300 + ".com", "https://" + "a." * 2100 + "com", "https://a.com\x85", "https://a.com\u2028",
    "\ufeffhttps://a.com", "https://{{a}}", "https://%61.com",
]  # fmt: skip
TAILS = [
    "", "/", "?", "#", "/x", "?x", "#x", "//x", "/@x", "?me@b.com/", "/:80/", "?a=b&c=%zz", "#/", "/[x]",
    "/{x}|^`<>\"", "/'~!*()", "/x ", "/x\n", "/ ", "/ x", "/x y", "/x\ty", "?x\x00y", "/x\x1fy ", "/x\x7f", "/x\x7fy",
    "/\\", "/\\x", "/x\\y", "/x y\\", "/x\x85y", "/x\x85", "/ü", "/xü", "/x yü", "/üx y", "/\u3000", "/x\u3000y",
    "/x\u3000", "/\u200b", "/\x1c", "/x\x1cy", "/x\u2028y", " /x", "\\x", "\n/x",
    *("/" + "x" * length + end for length in (3985, 3986, 3987) for end in ("", "x", " ", " x", "\\x", "ü")),
    "?" + "x" * 9000, "/" + "ü" * 2500, "/" + "x" * 3000 + "ü" * 900, "/" + " x" * 2100, "/x://b.com/", "/x:y",
    "?https://b c",
]  # fmt: skip


def test_urls_that_begin_alike_are_told_apart_where_they_differ(record_property: Count) -> None:
    texts = [head + tail for head in HEADS for tail in TAILS]
    table = pa.table({"number": pa.repeat("+6561234567", len(texts)), "forward_to": texts})
    assert not differing(table.to_pylist(), results(bulk.check_table(table, on=ON)), tables.checker())
    record_property("count", f"bulk: {len(texts):,} URLs of {len(HEADS)} beginnings, 0 differences")


@pytest.mark.parametrize("column", NOT_TEXT, ids=lambda column: str(column.type))
@pytest.mark.parametrize("name", PARAMETERS)
def test_cells_of_every_other_type_are_decided_alike(name: str, column: pa.Array) -> None:
    table = pa.table({"number": pa.array(["+6561234567"] * 4), "forward_to": pa.array(["https://a.com"] * 4)})
    table = pa.table({**dict(zip(table.column_names, table.columns, strict=True)), name: column})
    checked = bulk.check_table(table, on=ON)
    assert not differing(table.to_pylist(), results(checked), tables.checker())


def test_a_cell_that_python_has_no_value_for_is_no_text() -> None:
    far = pa.array([2**62, None], pa.timestamp("s"))
    assert [
        codes for *_, codes, _ in results(bulk.check_table(pa.table({"number": far, "forward_to": far}), on=ON))
    ] == [
        ["number.malformed", "url.malformed"],
        ["number.missing", "request.empty"],
    ]


def test_bad_utf8_is_malformed() -> None:
    bad = pa.array([b"+6561234567\xff", b"\xc3", b"+6561234567"]).view(pa.string())
    lists = (
        pa.array([[b"voice", b"\xff"], [b"fax"], None])
        .cast(pa.list_(pa.large_binary()))
        .view(pa.list_(pa.large_string()))
    )
    table = pa.table(
        {"number": bad, "mode": lists.cast(pa.large_list(pa.large_string())), "forward_to": bad, "country": bad}
    )
    assert [codes for *_, codes, _ in results(bulk.check_table(table, on=ON))] == [
        ["number.malformed", "country.unknown", "mode.unknown", "url.malformed"],
        ["number.malformed", "country.unknown", "url.malformed"],
        ["country.unknown", "url.malformed"],
    ]


def test_what_lies_in_the_place_of_a_null_is_not_read() -> None:
    hidden = pa.array(["+6561234567", "+6561234568"] * 20)
    validity = pa.py_buffer(bytes([0b01010101] * 5))
    number = pa.Array.from_buffers(pa.string(), 40, [validity, *hidden.buffers()[1:]])
    assert [number for _, number, *_ in results(bulk.check_table(pa.table({"number": number}), on=ON))] == [
        "+6561234567",
        None,
    ] * 20


def test_a_slice_of_a_long_dictionary_reads_what_it_uses() -> None:
    urls = pa.array([f"https://example.com/{place}" for place in range(1000)] + ["nowhere"])
    column = pa.DictionaryArray.from_arrays(pa.array([3, 1000, None], pa.int16()), urls)
    table = pa.table({"number": ["+6561234567"] * 3, "forward_to": column, "mode": column})
    assert not differing(table.to_pylist(), results(bulk.check_table(table, on=ON)), tables.checker())


# -- tables of every library -------------------------------------------------------------------------------------------

ONE = {"number": ["+65 6123-4567"], "forward_to": ["https://example.com/"], "note": ["x"]}
CHECKED = {
    "given_number": "+65 6123-4567", "forward_to": "https://example.com/", "note": "x", "ok": True,
    "number": "+6561234567", "country": "SG", "codes": [], "fields": [],
}  # fmt: skip


@pytest.mark.parametrize("make", [pa.table, pa.RecordBatch.from_pydict, pl.DataFrame])
def test_a_table_comes_back_as_what_it_was(make: Callable[[Any], Any]) -> None:
    table = make(ONE)
    checked = bulk.check_table(table)
    assert type(checked) is type(table)
    assert rows_of(checked) == [CHECKED]
    assert rows_of(bulk.check_table(table[:0])) == []


def test_a_data_frame_of_pandas_keeps_its_index() -> None:
    frame = pd.DataFrame(ONE, index=["a"])
    checked = bulk.check_table(frame)
    assert [*checked.index] == ["a"]
    assert checked.loc["a"].to_dict() | {"codes": [], "fields": []} == CHECKED
    assert len(bulk.check_table(frame[:0])) == 0


def test_for_spark_there_are_no_dictionaries() -> None:
    rows = [*tables.portfolio(100)]
    batches = [*bulk.spark_batches(as_table(rows).to_batches(max_chunksize=30), on=ON)]
    assert [len(batch) for batch in batches] == [30, 30, 30, 10]
    assert [str(kind) for kind in batches[0].schema.types[-3:]] == [
        "string",
        "list<item: string>",
        "list<item: string>",
    ]
    assert not differing(rows, [answer for batch in batches for answer in results(batch)], tables.checker())


def test_any_table_that_arrow_can_take_comes_back_as_one_of_arrow() -> None:
    reader = pa.table(ONE).to_reader()
    checked = bulk.check_table(reader)
    assert isinstance(checked, pa.Table)
    assert checked.to_pylist() == [CHECKED]


def test_metadata_and_the_types_of_other_columns_stay() -> None:
    table = pa.table({**ONE, "day": pa.array([ON])}).replace_schema_metadata({"a": "b"})
    checked = bulk.check_table(table)
    assert checked.schema.metadata == {b"a": b"b"}
    assert checked.schema.field("day").type == pa.date32()
    assert checked.schema.names[-5:] == [*RESULTS]
    assert [str(kind) for kind in checked.schema.types[-2:]] == [
        "list<item: dictionary<values=string, indices=int32, ordered=0>>"
    ] * 2


def test_missing_cells_of_pandas_are_not_given() -> None:
    cells = [None, float("nan"), pd.NA, pd.NaT, 5, "+6561234567", ["voice"], {"a": 1}, "\ud800"]
    frame = pd.DataFrame({"number": pd.Series(cells, dtype=object), "mode": pd.Series(cells[::-1], dtype=object)})
    answers = results(bulk.check_table(frame, on=ON))
    plain = [None if any(cell is it for it in cells[:4]) else cell for cell in cells]
    rows = [{"number": number, "mode": mode} for number, mode in zip(plain, plain[::-1], strict=True)]
    assert not differing(rows, answers, tables.checker())


@pytest.mark.parametrize("table", [None, [], {"number": ["+6561234567"]}, "number", pl.LazyFrame(ONE)])
def test_what_is_no_table_is_refused(table: object) -> None:
    with pytest.raises(TypeError, match="a table of pyarrow, polars or pandas is needed, not "):
        bulk.check_table(table)


# -- columns -----------------------------------------------------------------------------------------------------------


def test_columns_may_be_called_otherwise() -> None:
    table = pa.table({"msisdn": ["+6561234567"], "url": ["https://example.com/"], "number": ["not this one"]})
    checked = bulk.check_table(table, columns={"number": "msisdn", "forward_to": "url"}).to_pylist()
    assert checked[0]["ok"]
    assert (checked[0]["given_number"], checked[0]["msisdn"]) == ("not this one", "+6561234567")


@pytest.mark.parametrize(
    ("names", "columns", "message"),
    [
        (["msisdn"], {}, "there is no column 'number' for number, only msisdn"),
        ([], {}, "there is no column 'number' for number, only none at all"),
        (["number"], {"mode": "how"}, "there is no column 'how' for mode, only number"),
        (["number"], {"numbr": "number"}, "'numbr' is no parameter of a request; there are number, "),
        (["number", "number"], {}, "there are several columns 'number'"),
        (["number", "foward_to"], {}, "the column 'foward_to' is nearly called forward_to: rename it, or tell"),
        (
            ["number", "given_number"],
            {},
            "'number' would be kept as 'given_number', and there is such a column already",
        ),
    ],
)
def test_columns_that_cannot_be_used_are_named_before_any_work(
    names: list[str], columns: dict[str, str], message: str
) -> None:
    table = pa.table([pa.array(["+6561234567"])] * len(names), names=names)
    with pytest.raises(ValueError, match=message):
        bulk.check_table(table, columns=columns)
    with pytest.raises(ValueError, match=message):
        next(bulk.check_batches(table.to_batches() or [pa.record_batch({})], columns=columns))


@pytest.mark.parametrize("columns", [{"forward_to": "foward_to"}, {"forward_to": "forward_to"}])
def test_a_near_miss_is_no_matter_where_it_is_clear_which_column_is_meant(columns: dict[str, str]) -> None:
    table = pa.table({"number": ["+6561234567"], "foward_to": ["https://a.com"], "forward_to": ["https://a.com"]})
    assert bulk.check_table(table, columns=columns)["ok"].to_pylist() == [True]


# -- by whom and when --------------------------------------------------------------------------------------------------


@rule(code="acme.short", severity="error", reads=("request",), message="It is short.")
def short(facts: Facts) -> Iterator[Finding]:
    """A typed number has seven characters or more."""
    if isinstance(facts.request.typed_number, str) and len(facts.request.typed_number) < 12:
        yield found("number")


def test_rules_that_look_at_the_request_are_asked_of_every_row() -> None:
    checker = Checker(rules=RULES.add(short))
    rows = [*tables.portfolio(500)]
    answers = results(bulk.check_table(as_table(rows), checker=checker, on=ON))
    assert not differing(rows, answers, checker)
    assert any("acme.short" in codes for *_, codes, _ in answers)


def test_the_date_and_the_checker_decide() -> None:
    table = pa.table(ONE)
    assert bulk.check_table(table, on=date(2012, 8, 31))["codes"].to_pylist() == [["country.unsupported"]]
    silent = Checker(rules=RULES.silence("country.unsupported"))
    assert bulk.check_table(table, checker=silent, on=date(2012, 8, 31))["codes"].to_pylist() == [[]]
    for check in (bulk.check_table, bulk.decide):
        with pytest.raises(TypeError, match="on must be a date, not str"):
            check(table, on="today")  # type: ignore[arg-type]  # the programmer's mistake


def test_a_registry_that_is_refreshed_in_the_middle_of_a_stream_changes_nothing_of_it(tmp_path: Path) -> None:
    write_data(tmp_path, fax=False)
    registry = LiveRegistry(tmp_path)
    batches = pa.table({"number": ["+6561234567"] * 9, "mode": ["fax"] * 9, "forward_to": ["https://a.com"] * 9})
    stream = bulk.check_batches(iter(batches.to_batches(max_chunksize=1)), checker=Checker(registry), on=ON)
    first = next(stream)["ok"].to_pylist()
    write_data(tmp_path, fax=True)
    registry.refresh()
    assert [first, *(batch["ok"].to_pylist() for batch in stream)] == [[False]] * 9
    assert bulk.check_table(batches, checker=Checker(registry), on=ON)["ok"].to_pylist() == [True] * 9


def write_data(directory: Path, *, fax: bool) -> None:
    text = f"""country = "SG"
[[revision]]
from = 2012-09-01
source = "the tests"
voice = true
fax = {str(fax).lower()}
sms = false
"""
    (directory / "SG.toml").write_text(text, encoding="utf-8")
    (directory / "common.toml").write_text('conflicts = []\ndurations = ["1"]', encoding="utf-8")


def test_a_stream_reads_few_batches_ahead_and_keeps_their_order() -> None:
    read = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for place in range(100):
            read += 1
            yield pa.record_batch({"number": [f"+65612345{place:02}"] * 50})

    stream = bulk.check_batches(batches())
    assert read == 0
    for place, batch in enumerate(stream):
        assert set(batch["number"].to_pylist()) == {f"+65612345{place:02}"}
        assert read <= place + 2 * pa.cpu_count() + 2


def test_a_reader_is_decided_while_it_is_read() -> None:
    table = as_table([*tables.portfolio(1000, seed=9)]).rename_columns({"number": "msisdn"})
    columns, batches = {"number": "msisdn"}, iter(table.to_batches(max_chunksize=300))
    packed, decisions = bulk.decide(pa.RecordBatchReader.from_batches(table.schema, batches), columns=columns, on=ON)
    again, others = bulk.decide(table, columns=columns, on=ON)
    assert next(batches, None) is None
    assert [decisions[place] for place in packed] == [others[place] for place in again]
    with pytest.raises(ValueError, match="there is no column 'number' for number"):
        bulk.decide(table.to_reader())


@pytest.mark.untraced
def test_threads_may_share_a_checker() -> None:
    rows = [*tables.portfolio(1000, seed=7)]
    table, checker = as_table(rows), Checker()
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(lambda _: results(bulk.check_table(table, checker=checker, on=ON)), range(8))]
    assert all(answer == answers[0] for answer in answers)
    assert not differing(rows, answers[0], checker)


def test_a_result_is_written_and_read_again(tmp_path: Path) -> None:
    checked = bulk.check_table(as_table([*tables.portfolio(1000)]), on=ON)
    pq.write_table(checked, tmp_path / "checked.parquet")
    assert pq.read_table(tmp_path / "checked.parquet").to_pylist() == checked.to_pylist()


@pytest.mark.parametrize("largest", [9_999, 2**40])
def test_every_key_is_asked_for_once(largest: int) -> None:
    answers, asked = Answers(), list[int]()

    def ask(row: int) -> int:
        asked.append(row)
        return 70 + row

    keys = np.array([largest, *range(9_999)] * 2)
    of_first_rows = [70 + row for row in range(len(keys) // 2)] * 2
    assert [answers.of(keys, ask).tolist() for _ in range(2)] == [of_first_rows] * 2
    assert sorted(asked) == [*range(len(keys) // 2)]
