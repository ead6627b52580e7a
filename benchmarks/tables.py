"""Whole tables: the bulk check beside a bare scan of the same file, a loop over its rows, and a bare write.

Every subject is timed in a process of its own, so that none pays for what another left in memory and the peak of each
can be told. The processes take turns.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen

from benchmarks.portfolios import ROW_GROUP, Portfolio
from benchmarks.processes import python
from hoiio_numbers import Checker, bulk
from hoiio_numbers.bulk import files, portfolios

COLUMNS = ["number", "forward_to", "forward_sms_to", "mode"]
POOLED, DISTINCT = "1,000 URLs", "distinct URLs"
LOOPED = 20_000
"""Rows of a loop in Python: so many tell what one takes."""

RUNS = 3
MEBIBYTE = 1024


@frozen
class Run:
    """What a process took: seconds (of its median run), for how many rows, and its peak memory in MiB."""

    seconds: float
    rows: int
    peak: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


# -- what is timed -----------------------------------------------------------------------------------------------------


def scan(path: Path) -> int:
    """Polars' bare scan of the columns."""
    import polars as pl

    return len(pl.scan_parquet(path).select(COLUMNS).collect())


def loop(path: Path) -> int:
    """Phonenumbers' three calls on the numbers of some rows: no rules, no URLs."""
    import phonenumbers

    phonenumbers.enable_pattern_cache()
    numbers = pq.ParquetFile(path).read_row_group(0, columns=["number"])["number"].to_pylist()[:LOOPED]
    for number in numbers:
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            continue
        phonenumbers.is_valid_number(parsed)
        phonenumbers.region_code_for_number(parsed)
    return len(numbers)


def read(path: Path) -> pa.Table:
    """The file as the bulk check likes it: texts of which there are few in dictionaries."""
    packed = files.well_packed(pq.read_metadata(path))
    return pq.read_table(path, columns=COLUMNS, read_dictionary=packed)


def batches(path: Path) -> pa.RecordBatchReader:
    """The same batch by batch: the next is read while those before it are decided."""
    packed = files.well_packed(pq.read_metadata(path))
    file = pq.ParquetFile(path, read_dictionary=packed, memory_map=True)
    schema = pa.schema([file.schema_arrow.field(name) for name in COLUMNS])
    return pa.RecordBatchReader.from_batches(schema, file.iter_batches(ROW_GROUP, columns=COLUMNS))


def decide(path: Path) -> int:
    """The packed decision of every row."""
    return len(bulk.decide(batches(path)).packed)


def check(path: Path) -> int:
    """Every row with its result, as a Parquet file."""
    rows = 0
    checked = bulk.check_batches(batches(path))
    first = next(checked)
    with pq.ParquetWriter(path.with_suffix(".out"), first.schema) as writer:
        for batch in chain([first], checked):
            writer.write_batch(batch)
            rows += len(batch)
    return rows


def stream(path: Path) -> int:
    """What `check-file` does when it writes nothing: rows are counted, in parts."""
    with files.opened(str(path), "parquet") as source:
        return portfolios.decide_file(source, [Checker()]).total()


def write(path: Path) -> Callable[[], int]:
    """The same Parquet file from ready-made columns."""
    table = bulk.check_table(read(path))

    def written() -> int:
        pq.write_table(table, path.with_suffix(".out"))
        return len(table)

    return written


PLAIN: tuple[Callable[[Path], int], ...] = (scan, loop, decide, check, stream)
SUBJECTS: dict[str, Callable[[Path], Callable[[], int]]] = {
    "write": write,
    **{it.__name__: partial(partial, it) for it in PLAIN},
}


# -- processes ---------------------------------------------------------------------------------------------------------


def main(subject: str, path: str, runs: str) -> None:
    """Time one subject: a run that warms up, and then some; or one cold run alone."""
    run = SUBJECTS[subject](Path(path))
    seconds = []
    for _ in range(int(runs) + 1 if int(runs) > 1 else 1):
        start = perf_counter()
        rows = run()
        seconds.append(perf_counter() - start)
    print(json.dumps([median(seconds[1:] or seconds), rows, _peak()]))


def _peak() -> float:
    """The most memory that this process ever had, in MiB; getrusage() would tell its parent's, where that had more."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / MEBIBYTE


def _timed(subject: str, path: Path, runs: int = RUNS) -> Run:
    return Run(*json.loads(python("-m", "benchmarks.tables", subject, str(path), str(runs))))


# -- what is measured --------------------------------------------------------------------------------------------------


@frozen
class Tables:
    """By portfolio and subject every round's run; and streams of some rows and of ten times as many."""

    rounds: dict[str, dict[str, tuple[Run, ...]]]
    streams: tuple[Run, Run]

    def typical(self, portfolio: str, subject: str) -> float:
        """The median rate, in millions of rows a second."""
        return median(run.rate for run in self.rounds[portfolio][subject]) / 1e6

    def ratio(self, portfolio: str, ours: str, other: str) -> float:
        """The median of our rate by another's in the same round."""
        rounds = self.rounds[portfolio]
        return median(a.rate / b.rate for a, b in zip(rounds[ours], rounds[other], strict=True))


BUSY = ("scan", "decide", "loop", "write", "check")


def measure(rows: int, rounds: int) -> Tables:
    """Write portfolios, and time everything on them in turns."""
    with TemporaryDirectory() as directory:
        paths: dict[str, Path] = {}
        for urls in (POOLED, DISTINCT):
            portfolio = Portfolio(distinct_urls=urls == DISTINCT)
            for mix in ("clean", "dirty"):
                path = paths[f"{mix}, {urls}"] = Path(directory) / f"{mix}-{len(paths)}.parquet"
                portfolio.write(path, rows, dirty=mix == "dirty")
        taken: dict[str, dict[str, list[Run]]] = {name: {} for name in paths}
        for _ in range(rounds):
            for name, path in paths.items():
                for subject in BUSY:
                    taken[name].setdefault(subject, []).append(_timed(subject, path))
        path = paths[f"clean, {POOLED}"]
        return Tables(
            {name: {subject: tuple(runs) for subject, runs in its.items()} for name, its in taken.items()},
            (_timed("stream", path, 1), _timed("stream", _ten_times(path), 1)),
        )


def _ten_times(path: Path) -> Path:
    """A file of the rows of another, ten times over."""
    target = path.with_name("ten-times.parquet")
    source = pq.ParquetFile(path)
    with pq.ParquetWriter(target, source.schema_arrow) as writer:
        for _ in range(10):
            for group in range(source.num_row_groups):
                writer.write_table(source.read_row_group(group))
    return target


if __name__ == "__main__":
    main(*sys.argv[1:])
