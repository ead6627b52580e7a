"""Every code block of the documentation is executed: Python as a doctest, commands for real, TOML by the loader."""

import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any, TypeVar

import django
import hypothesis
import pytest
import yaml
from django.conf import settings
from sybil import Document, Example, Region, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

import hoiio_numbers
from hoiio_numbers import datafiles
from hoiio_numbers.sandbox import Sandbox

ROOT = Path(__file__).parent
pytest_plugins = ["hoiio_numbers.pytest_plugin"]
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

SANDBOX = "hoiio-numbers sandbox"

# How long a test takes says more of the machine than of the code.
hypothesis.settings.register_profile("without deadlines", deadline=None)
hypothesis.settings.load_profile("without deadlines")

# What .ci/run and the workflow do for real, and the tests of the site and of the examples.
RUN_ELSEWHERE = (
    {"make demo", "make test", "make lint", "make docs", "make bench", "make release-check"}
    | {f"python examples/forms_{framework}.py" for framework in ("django", "drf", "fastapi", "flask")}
    | {"python examples/bulk_spark.py portfolio.parquet checked.parquet"}
)


FILE = re.compile(r"# (\w+\.py)\n")


class _PythonParser(PythonCodeBlockParser):
    """Python is run, but a block whose first line names a file is that file, in the document's scratch directory."""

    def __call__(self, document: Document) -> Iterator[Region]:
        for region in super().__call__(document):
            if isinstance(region.parsed, str) and FILE.match(region.parsed):
                region.evaluator = _file
            yield region


def _file(example: Example) -> None:
    name = example.parsed.partition("\n")[0].removeprefix("# ")
    (example.namespace["scratch"] / name).write_text(example.parsed, encoding="utf-8")


def _console(example: Example) -> None:
    """Run each `$ command` of the block in the document's scratch directory and compare what it prints."""
    for session in ("\n" + example.parsed).split("\n$ ")[1:]:
        command, _, expected = session.partition("\n")
        program = subprocess.Popen(
            ["bash", "-c", command],
            cwd=example.namespace["scratch"],
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = _settings(program, example) if command == SANDBOX else program.communicate()[0]
        assert _alike(_lines(printed), _lines(expected)), f"$ {command}\n{printed}"


def _settings(sandbox: subprocess.Popen[str], example: Example) -> str:
    """What a sandbox prints, which goes on in the background: the rest of the document has it in its environment."""
    assert sandbox.stdout
    example.namespace["running"].append(sandbox)
    lines = [next(sandbox.stdout) for _ in range(4)]
    for export in lines[:3]:
        name, _, value = export.strip().removeprefix("export ").partition("=")
        os.environ[name] = value
    return "".join(lines)


def _alike(printed: list[str], expected: list[str]) -> bool:
    """Whether the lines are the same; an ellipsis in an expected one stands for what is another each time."""
    patterns = [".+".join(map(re.escape, line.split("…"))) for line in expected]
    return len(printed) == len(patterns) and all(map(re.fullmatch, patterns, printed))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _sh(example: Example) -> None:
    unknown = set(example.parsed.strip().splitlines()) - RUN_ELSEWHERE
    assert not unknown, f"no test runs {unknown}"


def _html(example: Example) -> None:
    """A template, by whose name the view that the document has made asks for it."""
    from django.test import RequestFactory, override_settings

    view, scratch = example.namespace["configure"], example.namespace["scratch"]
    (scratch / view.view_initkwargs["template_name"]).write_text(example.parsed, encoding="utf-8")
    with override_settings(TEMPLATES=[{**settings.TEMPLATES[0], "DIRS": [scratch]}]):
        page = view(RequestFactory().get("/")).render().content.decode()
    assert all(f'name="{name}"' in page for name in ("csrfmiddlewaretoken", "number", "forward_to"))


def _toml(example: Example) -> None:
    """The loader takes the block as the file that its first line names."""
    text = example.parsed
    name = text.partition("\n")[0].removeprefix("# ")
    assert datafiles.parse(name, name, text.encode()).faults == ()


def _yaml(example: Example) -> None:
    """The hook that the block asks pre-commit for is one that this project offers."""
    (repository,) = yaml.safe_load(example.parsed)["repos"]
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in repository["hooks"]} == {hook["id"] for hook in offered}


def _setup(namespace: dict[str, Any]) -> None:
    namespace["__name__"] = "__main__"  # as for one who types it in
    namespace.update(environment=dict(os.environ), running=[])
    scratch = namespace["scratch"] = Path(tempfile.mkdtemp())
    for name in ("capabilities", "examples"):
        shutil.copytree(ROOT / name, scratch / name)


def _teardown(namespace: dict[str, Any]) -> None:
    for program in namespace["running"]:
        program.terminate()
        program.communicate()
    os.environ.clear()
    os.environ.update(namespace["environment"])
    shutil.rmtree(namespace["scratch"])


pytest_collect_file = Sybil(
    parsers=[
        _PythonParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE),
        CodeBlockParser("console", _console),
        CodeBlockParser("html", _html),
        CodeBlockParser("sh", _sh),
        CodeBlockParser("toml", _toml),
        CodeBlockParser("yaml", _yaml),
    ],
    patterns=["README.md", "CONTRIBUTING.md", "SECURITY.md", "capabilities/README.md", "docs/*.md"],
    excludes=["docs/tutorial.md"],  # tests/test_tutorial.py follows it in a virtual environment of its own
    setup=_setup,
    teardown=_teardown,
).pytest()


def pytest_configure() -> None:
    """Django is set up once in a process, for all tests and documents: its classes ask for settings early."""
    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    )
    django.setup()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of the test's own."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def fresh() -> Iterator[Sandbox]:
    """One for all the tests of a module that change nothing of its first application."""
    with Sandbox() as sandbox:
        yield sandbox


def pytest_collection_finish() -> None:
    """Where coverage looks on, it sees every module imported, whichever test would have been the first to."""
    if sys.gettrace():
        for module in pkgutil.walk_packages(hoiio_numbers.__path__, "hoiio_numbers."):
            importlib.import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Coverage does not look on while a `long` or `untraced` test is called.

    What pytest-cov has for that, `no_cover`, does nothing in the workers of xdist: a second collector takes over.
    """
    if not any(map(item.get_closest_marker, ("long", "untraced"))):
        return (yield)
    trace, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)
        threading.settrace(of_threads)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set nothing may be missing, so that a skipped test is a failed one."""
    return _unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself when it is collected."""
    return _unskipped((yield))


def _unskipped(report: Report) -> Report:
    if report.skipped and "CI" in os.environ:
        report.outcome = "failed"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests counted: each says so with `record_property("count", "…")`."""
    reports = [report for status in ("passed", "failed") for report in terminalreporter.getreports(status)]
    for report in sorted(reports, key=lambda report: report.nodeid):
        for name, text in report.user_properties:
            if name == "count":
                terminalreporter.write_line(str(text))
