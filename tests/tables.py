"""Tables that a bulk check is held to, row by row, against `check_config()`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from hoiio_numbers import Checker, Registry, Report
from hoiio_numbers.mappings import PARAMETERS
from hoiio_numbers.numberplan import ranges_of

ON = date(2026, 1, 1)
RESULTS = ("ok", "number", "country", "codes", "fields")
Row = dict[str, Any]
Result = tuple[bool, str | None, str | None, list[str], list[str | None]]

NUMBERS = [
    None, "", " ", "\t\n", "\u3000", "\x00", "+", "++6561234567", "+65+61234567", "6561234567", "61234567", "6123-4567",
    "(65) 6123 4567", "+65 6123-4567", "＋65 ６１２３ ４５６７", "+٦٥٦١٢٣٤٥٦٧", "+65.6123.4567", "+65 6123 4567",
    "+1800FLOWERS", "+6561234567abc", "+65 6123 4567 ext 3", "tel:+6561234567", "+6561234567/68", "+656,+652",
    "+65", "+651", "+6511111111", "+16001234567", "+999123456789", "+9991234", "+0", "+0065612345", "+80012345678",
    "+44 (0)20 7946 0000", "+640800123456", "+61891641234", "+14165551234", "+18002345678", "+375808100054365", "()",
    "+491" + "5" * 13, "+1" + "2" * 17, "+1" + "2" * 18, "+" + "9" * 300, "\ufeff+6561234567", "+656123\x00", "²",
    "+65 6123\u20114567", "+65\x1c61234567", "0065 6123 4567", "011 65 6123 4567", "é", "+85221234567", "+5",
]  # fmt: skip
COUNTRIES = [
    None,
    "",
    "SG",
    "us",
    " AU ",
    "CX",
    "CC",
    "GB",
    "UK",
    "XX",
    "Singapore",
    "AQ",
    "TA",
    "HK",
    "ß",
    "\x00",
    "001",
]
STATES = [None, "", "AL", "us-al", "US-AK", "AK", "nowhere", "ON", "ı", " ny "]
MODES = [
    None, "", " ", "voice", "Voice", "FAX", "voice, fax", "voice+fax", "fax voice", "both", "sms", "telex, voice", ",",
    "ﬁax", "\x00", "x" * 5000,
]  # fmt: skip
URLS = [
    None, "", " ", "https://example.com/in", "HTTP://EXAMPLE.COM", " https://hooks.acme.com.sg:8443/a?b=c ",
    "example.com", "/in", "ftp://example.com/", "mailto:me@example.com", "https:///in", "https://", "https://-a.com",
    "https://a..com", "https://a_b.com", "https://[::1", "https://[::1]/", "https://[2606:4700::1]/", "https://300.1.2.3/",
    "https://127.1", "http://0x7f000001/", "https://1.2.3.09", "https://me:secret@example.com/", "https://me@10.0.0.1",
    "http://localhost", "https://printer.local/", "https://a.internal:80/", "https://a.test", "https://a.invalid?x",
    "https://www.example/", "https://example.info/", "https://a.museum/", "https://example.com:0", "https://example.com:65536",
    "https://example.com:09", "https://example.com:", "https://example.com:http", "https://two words.com/",
    "https://example.com/two words", "https:\\\\example.com", "https://example.com/a\\b", "https://example.com/\x00",
    "https://example.com/\x85", "https://ü.example.com/", "https://example.com/ü", "https://xn--a.com", "https://a。com",
    "https://example.com/" + "x" * 3981, "https://example.com/" + "x" * 3980, "http://localhost/" + "ü" * 4000, "//a",
    "https://" + "a." * 127 + "com", "https://" + "a" * 64 + ".com", "https://example.com\n", "\u00a0https://example.com/",
]  # fmt: skip


def portfolio(rows: int, seed: int = 1) -> Iterator[Row]:
    """Rows of texts and nulls: everything that the specification calls malformed, and numbers of the whole world."""
    dice = Random(seed)  # noqa: S311 - a seed, so that every run is the same
    for _ in range(rows):
        yield {
            "number": dice.choice(NUMBERS) if dice.random() < 0.3 else _number(dice),
            "country": dice.choice(COUNTRIES) if dice.random() < 0.3 else None,
            "state": dice.choice(STATES) if dice.random() < 0.2 else None,
            "mode": dice.choice(MODES) if dice.random() < 0.5 else None,
            "forward_to": _url(dice),
            "forward_sms_to": _url(dice) if dice.random() < 0.5 else None,
        }


_SOLD = ("AU", "CX", "HK", "NZ", "SG", "US", "VN")
_REGIONS = sorted(SUPPORTED_REGIONS)
_CODES = sorted(COUNTRY_CODE_TO_REGION_CODE)


def _number(dice: Random) -> str:
    bounds = ranges_of(dice.choice(_SOLD if dice.random() < 0.7 else _REGIONS))
    if not bounds or dice.random() < 0.1:
        return f"+{dice.choice(_CODES)}{dice.randrange(10 ** dice.randrange(1, 19))}"
    place = dice.randrange(0, len(bounds), 2)
    number = dice.choice([*bounds[place : place + 2], bounds[place] - 1, dice.randrange(*bounds[place : place + 2])])
    text = f"+{number}"
    if dice.random() < 0.8:
        return text
    return dice.choice([f"{text[:3]} {text[3:7]}-{text[7:]}", text[:-2], text[1:], f"{text}9"])


def _url(dice: Random) -> str | None:
    if dice.random() < 0.3:
        return dice.choice(URLS)
    return f"https://hooks.acme-{dice.randrange(1000)}.com/calls/{dice.randrange(1000)}"


def as_table(rows: Sequence[Row]) -> pa.Table:
    """Rows of texts as a table."""
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in PARAMETERS})


def expected(checker: Checker, row: Mapping[str, Any]) -> Result:
    """The result of a row, by `check_config()`."""
    report: Report = checker.check_config(**{"number": None, **row}, on=ON)
    found = report.violations
    return report.ok, report.number, report.country, [it.code for it in found], [it.field for it in found]


def rows_of(table: Any) -> list[dict[str, Any]]:
    """The rows of a table of any library."""
    if isinstance(table, pd.DataFrame):
        return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    rows: list[dict[str, Any]] = table.to_dicts() if isinstance(table, pl.DataFrame) else table.to_pylist()
    return rows


def results(table: Any) -> list[Result]:
    """What stands in the columns of the result alone: other columns may hold what Python has no values for."""
    own = table[[*RESULTS]] if isinstance(table, pd.DataFrame) else table.select([*RESULTS])
    return [*map(_result, rows_of(own))]


def _result(row: Mapping[str, Any]) -> Result:
    number, country = (value if isinstance(value, str) else None for value in (row["number"], row["country"]))
    return row["ok"], number, country, [*row["codes"]], [*row["fields"]]


def differing(rows: Sequence[Mapping[str, Any]], answers: Sequence[Result], checker: Checker) -> list[object]:
    """The rows of which an answer is not that of `check_config()`, with both."""
    decided = ((row, expected(checker, row), answer) for row, answer in zip(rows, answers, strict=True))
    return [difference for difference in decided if difference[1] != difference[2]]


def checker() -> Checker:
    """A checker by the packaged data."""
    return Checker(Registry.default())
