"""A hundred thousand rows, a million in a soak: each is decided as `check_config()` decides it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
from soak import SOAK
from tables import ON, as_table, differing, portfolio, results

from hoiio_numbers import Checker, bulk, numbers
from hoiio_numbers.bulk.ranges import ASK, Ranges
from hoiio_numbers.numberplan import calling_codes, ranges_of

pytestmark = pytest.mark.long

Count = Callable[[str, object], None]

ROWS = 1_000_000 if SOAK else 100_000
PART = 20_000


@pytest.mark.parametrize("part", range(ROWS // PART))
def test_a_portfolio_is_decided_row_by_row(part: int, record_property: Count) -> None:
    checker = Checker()
    rows = [*portfolio(PART, seed=part)]
    table = as_table(rows)
    answers = results(bulk.check_table(table, checker=checker, on=ON))
    assert not differing(rows, answers, checker)
    assert results(bulk.check_table(pl.DataFrame(table), checker=checker, on=ON)) == answers
    if part == 0:
        record_property("count", f"bulk, pyarrow and polars: {ROWS:,} rows, 0 differences from check_config()")


def test_numbers_at_the_edges_of_ranges_are_of_the_kind_that_they_are_read_as(record_property: Count) -> None:
    """Each kind of number has one reading: state, and region where it has one."""
    edges = sorted({bound + step for region in calling_codes() for bound in ranges_of(region) for step in (-1, 0)})
    around = [number for edge in edges[::7] for number in (edge, edge // 10, edge * 10)]
    with_zeros = [f"+0{number}".encode() for number in around[::5]]  # first, lest their digits be taken for a code's
    texts = with_zeros + [f"+{number}".encode() for number in around]
    data = np.frombuffer(b" " * 24 + b"".join(texts), np.uint8)
    kinds = Ranges().kinds(data, np.cumsum([24, *map(len, texts)]))
    read: dict[int, set[tuple[object, ...]]] = {}
    for text, kind in zip(texts, kinds.tolist(), strict=True):
        if kind != ASK:
            state, e164, reason, *_ = numbers.read(text.decode())
            read.setdefault(kind, set()).add((state, reason, e164 in {None, text.decode()}))
    assert all(len(readings) == 1 for readings in read.values())
    assert not kinds[: len(with_zeros)].any()
    assert np.count_nonzero(kinds == ASK) < len(texts) / 4
    record_property("count", f"bulk: {len(texts):,} numbers at edges of ranges, of {len(read)} kinds")


def test_threads_that_meet_the_same_calling_codes_at_once_read_alike() -> None:
    texts = [f"+{number}".encode() for region in calling_codes() for number in ranges_of(region)[:30:2]]
    data, offsets = np.frombuffer(b" " * 24 + b"".join(texts), np.uint8), np.cumsum([24, *map(len, texts)])
    ranges = Ranges()
    with ThreadPoolExecutor(8) as pool:
        at_once = [*pool.map(lambda _: ranges.kinds(data, offsets), range(8))]
    afterwards = ranges.kinds(data, offsets)
    assert np.count_nonzero(afterwards) > len(texts) / 2
    assert all((kinds == afterwards).all() for kinds in at_once)
