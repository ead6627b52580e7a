"""Measure everything, print the ratios and then the figures, and write `benchmarks/results.json`."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import phonenumbers
from attrs import asdict, frozen
from rich.console import Console
from rich.table import Table

from benchmarks import calls, imports, inputs, pattern_cache, registries, singles, tables
from benchmarks.calls import Calls
from benchmarks.imports import Import
from benchmarks.machine import machine, versions
from benchmarks.peers import BASE, PEERS, Answers
from benchmarks.registries import Measured
from benchmarks.singles import OURS, OURS_IN_WORDS, OURS_OK_ALONE, Mix
from benchmarks.tables import Tables
from benchmarks.timing import Times

RESULTS = Path(__file__).parent / "results.json"


@frozen
class Size:
    """How much is measured."""

    requests: int
    calls: int
    rounds: int
    import_rounds: int
    processes: int
    rows: int
    table_rounds: int


FULL = Size(inputs.HOW_MANY, calls=1000, rounds=7, import_rounds=21, processes=3, rows=5_000_000, table_rounds=3)
QUICK = Size(requests=800, calls=100, rounds=3, import_rounds=5, processes=1, rows=50_000, table_rounds=1)


@frozen
class Results:
    """Everything that was measured."""

    clean: Mix
    dirty: Mix
    ways_in: dict[str, Times]
    world: Measured
    revisions: Measured
    cache: dict[str, pattern_cache.Figures]
    imports: dict[str, Import]
    calls: Calls
    tables: Tables


@frozen
class Target:
    """What is to be reached: a ratio of at most *limit*, or of at least that."""

    what: str
    measured: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the ratio is within the limit."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def measure(size: Size, console: Console) -> Results:
    """Everything, from the most to the least disturbed by other work on the machine."""
    phonenumbers.enable_pattern_cache()
    clean, dirty = inputs.clean(size.requests), inputs.dirty(size.requests)
    console.print("imports in fresh processes …", style="dim")
    of_imports = imports.measure(size.import_rounds)
    console.print("calls, and how soon the sandbox is ready …", style="dim")
    of_calls = calls.measure(size.calls, size.rounds, size.processes * 3)
    console.print("with and without the pattern cache, in fresh processes …", style="dim")
    everywhere = inputs.of_regions(sorted(phonenumbers.SUPPORTED_REGIONS), size.requests)
    mixes = {pattern_cache.CLEAN: clean, pattern_cache.DIRTY: dirty, pattern_cache.WORLD: everywhere}
    cache = pattern_cache.measure(mixes, size.processes)
    console.print("whole tables, in fresh processes …", style="dim")
    of_tables = tables.measure(size.rows, size.table_rounds)
    console.print("single checks, the answers compared first …", style="dim")
    return Results(
        clean=singles.measure(clean, size.rounds),
        dirty=singles.measure(dirty, size.rounds),
        ways_in=singles.measure_ways_in(clean, size.rounds),
        world=registries.measure_world(size.requests, size.rounds),
        revisions=registries.measure_revisions(size.requests, size.rounds),
        cache=cache,
        imports=of_imports,
        calls=of_calls,
        tables=of_tables,
    )


def targets(results: Results) -> Iterator[Target]:
    """The ratios that have a limit to keep."""
    three_calls = "of phonenumbers' three calls"
    for name, mix, limit in (("clean", results.clean, 0.15), ("dirty", results.dirty, 0.35)):
        for subject, what in ((OURS, "a check"), (OURS_IN_WORDS, "a check, in words")):
            yield Target(f"{what}, {name} mix, {three_calls}", mix.times[subject].ratio(mix.times[BASE]), limit)
    world, revisions = results.world.times, results.revisions.times
    yield Target("all regions, of six countries", world[registries.WORLD].ratio(world[registries.SIX]), 1.25)
    for twenty, one, when in (
        (registries.TWENTY, registries.ONE, "today"),
        (registries.TWENTY_ON_DATES, registries.ONE_ON_DATES, "on random dates"),
    ):
        yield Target(f"20 revisions per country, of one, {when}", revisions[twenty].ratio(revisions[one]), 1.1)
    for name, mix in (("clean", results.clean), ("dirty", results.dirty)):
        same = [peer for peer in PEERS if PEERS[peer].answers is Answers.ALL]
        fastest = min(same, key=lambda peer: mix.times[peer].typical)
        for subject, what in ((OURS, "ours"), (OURS_IN_WORDS, "ours in words")):
            ratio = mix.times[fastest].ratio(mix.times[subject])
            title = f"fastest peer with the same answers ({fastest}), {name} mix, of {what}"
            yield Target(title, ratio, 5, at_least=True)
    for what, limit in ((imports.OURS, 0.45), (imports.FIRST_CHECK, 0.85)):
        yield Target(f"{what}, of {imports.REQUESTS}", results.imports[what].per_requests, limit)
    ratio = results.calls.times[calls.OURS].ratio(results.calls.times[calls.PLAIN])
    yield Target(f"{calls.OURS}, of {calls.PLAIN}", ratio, 1.06)
    for portfolio in results.tables.rounds:
        if tables.DISTINCT in portfolio:  # the loop reads no URLs, so that it is no measure of this
            limits = {("decide", "scan"): 1 / 10, ("check", "write"): 1 / 2}
        else:
            limits = {("decide", "scan"): 1 / 5, ("decide", "loop"): 120, ("check", "write"): 1 / 2}
        for (ours, other), limit in limits.items():
            ratio = results.tables.ratio(portfolio, ours, other)
            yield Target(f"table, {portfolio}: rate of {ours}, of {other}", ratio, limit, at_least=True)
    some, ten_times = results.tables.streams
    yield Target("table, streamed: seconds of ten times the rows", ten_times.seconds / some.seconds, 10.5)
    yield Target(f"table, streamed: peak MiB of {ten_times.rows:,} rows", ten_times.peak, 1024)
    yield Target(
        "milliseconds until the fixture's sandbox is ready, imports included", results.calls.ready_milliseconds, 300
    )


def print_ratios(results: Results, console: Console) -> None:
    """What can be compared between machines."""
    table = _table("Targets", "ratio", "measured", "target", "")
    for target in targets(results):
        limit = f"{'≥' if target.at_least else '≤'} {target.limit}"
        table.add_row(target.what, f"{target.measured:.3f}", limit, "met" if target.is_met else "[bold]missed[/]")
    console.print(table)

    table = _table("Single checks: ratio to phonenumbers' three calls", "", "clean mix", "dirty mix", "answers")
    for name in sorted(results.clean.times, key=lambda name: results.clean.times[name].typical):
        ratios = (mix.times[name].ratio(mix.times[BASE]) for mix in (results.clean, results.dirty))
        table.add_row(name, *(f"{ratio:.3f}" for ratio in ratios), _answers(name))
    console.print(table)

    _print_ratios(console, "Ways to ask, clean mix: ratio to check_config()", results.ways_in, "check_config()")
    title = f"{results.world.countries} regions in the registry: ratio to the six countries"
    _print_ratios(console, title, results.world.times, registries.SIX)
    _print_ratios(console, "Revisions: ratio to one", results.revisions.times, registries.ONE)

    table = _table("phonenumbers.enable_pattern_cache(), in fresh processes: ratio of without to with", "", "ratio")
    for name, figure in results.cache[pattern_cache.ON].items():
        table.add_row(name, f"{results.cache[pattern_cache.OFF][name] / figure:.2f}")
    console.print(table)

    table = _table(f"Fresh processes, over a bare interpreter: ratio to `{imports.REQUESTS}`", "", "ratio")
    for name, one in results.imports.items():
        table.add_row(name, f"{one.per_requests:.2f}")
    console.print(table)


def print_figures(results: Results, console: Console) -> None:
    """What this machine takes."""
    table = _table("Single checks, µs, median round", "", "clean mix", "dirty mix")
    for name in sorted(results.clean.times, key=lambda name: results.clean.times[name].typical):
        table.add_row(name, *(f"{mix.times[name].typical:.2f}" for mix in (results.clean, results.dirty)))
    console.print(table)

    table = _table("Ways to ask, countries and revisions, µs, median round", "", "")
    for name, times in {**results.ways_in, **results.world.times, **results.revisions.times}.items():
        table.add_row(name, f"{times.typical:.2f}")
    console.print(table)

    table = _table("A call on loopback, µs, median round", "", "")
    for name, times in results.calls.times.items():
        table.add_row(name, f"{times.typical:.1f}")
    console.print(table)

    table = _table("Whole tables, million rows a second, median round", "", *tables.BUSY)
    for portfolio in results.tables.rounds:
        table.add_row(portfolio, *(f"{results.tables.typical(portfolio, it):.3f}" for it in tables.BUSY))
    console.print(table)

    table = _table("phonenumbers.enable_pattern_cache(), µs", "", *results.cache)
    for name in results.cache[pattern_cache.ON]:
        table.add_row(name, *(f"{figures[name]:.2f}" for figures in results.cache.values()))
    console.print(table)

    table = _table("Fresh processes, ms over a bare interpreter", "", "")
    for name, one in results.imports.items():
        table.add_row(name, f"{one.milliseconds:.1f}")
    console.print(table)

    table = _table("Measured on", "", "")
    for name, value in {**machine(), **versions()}.items():
        table.add_row(name, value)
    console.print(table)


def _print_ratios(console: Console, title: str, times: dict[str, Times], base: str) -> None:
    table = _table(title, "", "ratio")
    for name, one in times.items():
        table.add_row(name, f"{one.ratio(times[base]):.3f}")
    console.print(table)


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for other in others:
        table.add_column(other, justify="right")
    return table


def _answers(name: str) -> str:
    if name in PEERS:
        return PEERS[name].answers
    return {
        OURS: "everything wrong, where and why",
        OURS_IN_WORDS: "the same, in words",
        OURS_OK_ALONE: Answers.YES_OR_NO,
    }.get(name, "no rules")


def as_json(results: Results, size: Size) -> dict[str, object]:
    """The results with everything that they depend on."""
    return {
        "size": asdict(size),
        "seed": inputs.SEED,
        "machine": machine(),
        "versions": versions(),
        "targets": [{**asdict(target), "is_met": target.is_met} for target in targets(results)],
        "results": asdict(results, value_serializer=_plain),
    }


def _plain(_instance: object, _attribute: object, value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(None, None, one) for name, one in value.items()}
    return {"typical": value.typical, "rounds": value.rounds} if isinstance(value, Times) else value


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few requests and rounds: whether it runs, not how fast")
    size = QUICK if parser.parse_args().quick else FULL
    console = Console(width=None if Console().is_terminal else 120)
    start = perf_counter()
    results = measure(size, console)
    print_ratios(results, console)
    print_figures(results, console)
    RESULTS.write_text(json.dumps(as_json(results, size), indent=1, ensure_ascii=False) + "\n")
    console.print(f"{perf_counter() - start:.0f} s; all of it is in {RESULTS}")


if __name__ == "__main__":
    main()
