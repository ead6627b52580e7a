"""The house itself: floors, public names, what an import costs."""

import ast
import re
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import pytest

import hoiio_numbers

PACKAGE = Path(hoiio_numbers.__file__).parent
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
MODULES = sorted(FILES)
FLOORS = ("words", "facts", "decisions", "the API", "faces")


def _order() -> list[str]:
    """The modules from the lowest up, as the package's docstring draws them; a floor may take several lines."""
    drawing = re.findall(rf"^    (?:{'|'.join(FLOORS)}|) +(.+)$", hoiio_numbers.__doc__ or "", re.MULTILINE)
    return [module for floor in drawing for module in floor.split()]


@cache
def _imports(module: str) -> frozenset[str]:
    """What a module imports when it runs: `if TYPE_CHECKING:` does not count."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    modules = {f"hoiio_numbers.{it}" for it in MODULES}
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(names & modules or {str(node.module)})
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return frozenset(found)


def test_the_drawing_of_the_floors_names_every_module() -> None:
    assert sorted(_order()) == [module for module in MODULES if not module.startswith("__")]


@pytest.mark.parametrize("module", _order())
def test_a_module_imports_only_from_below(module: str) -> None:
    own = {name.removeprefix("hoiio_numbers.") for name in _imports(module) if name.startswith("hoiio_numbers.")}
    below = _order()[: _order().index(module)]
    assert own <= set(below)


ARROW = ("cells", "files", "frames", "kernel", "links", "portfolios", "results", "threads")


@pytest.mark.parametrize(
    ("library", "importers"),
    [
        ("phonenumbers", {"numberplan", "numbers"}),
        ("pycountry", {"countries"}),
        ("idna", {"urls"}),
        ("click", {"cli", "cli.filecheck", "cli.online"}),
        ("rich", {"cli.display"}),
        ("requests", {"transport"}),
        ("urllib3", {"transport"}),
        ("starlette", {"forms.pydantic", "sandbox.faults", "sandbox.guard", "sandbox.http", "sandbox.page"}),
        ("uvicorn", {"sandbox.server"}),
        ("sqlite3", {"sandbox.store"}),
        ("django", {"forms.django"}),
        ("rest_framework", {"forms.drf"}),
        ("wtforms", {"forms.wtforms"}),
        ("pydantic", {"forms.pydantic"}),
        (
            "numpy",
            {f"bulk.{room}" for room in ("cells", "kernel", "links", "portfolios", "ranges", "results")} | {"bulk"},
        ),
        ("pyarrow", {f"bulk.{room}" for room in ARROW} | {"bulk"}),
        ("pyspark", {"bulk"}),
        ("matplotlib", {"cli.plots"}),
        ("polars", {"bulk.frames"}),
    ],
)
def test_a_library_comes_in_by_one_door(library: str, importers: set[str]) -> None:
    assert {
        module for module in MODULES if any(f"{it}.".startswith(f"{library}.") for it in _imports(module))
    } == importers


def test_public_names_are_sorted_and_there() -> None:
    names = hoiio_numbers.__all__
    constants_first = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert names == constants_first
    assert set(names) == set(hoiio_numbers._HOMES)  # noqa: SLF001 - the two lists are to be one
    assert all(getattr(hoiio_numbers, name).__doc__ for name in names)
    assert set(names) <= set(dir(hoiio_numbers))


def test_what_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="check_everything"):
        getattr(hoiio_numbers, "check_everything")  # noqa: B009 - the type checker knows that it is not there


def _imported_by(program: str) -> set[str]:
    listing = f"import sys; {program}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


CHECK = (
    "from hoiio_numbers import check_config; check_config('+6561234567', forward_to='https://example.com', mode='x')"
)


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        ("import hoiio_numbers", {"attrs", "phonenumbers", "pycountry", "requests", "tomllib"}),
        ("from hoiio_numbers import check_config", {"phonenumbers", "pycountry", "requests", "click", "rich", "idna"}),
        (f"{CHECK}.to_dict()", {"pycountry", "requests", "click", "rich", "idna"}),
        (f"{CHECK.replace('mode=', 'country=')}", {"requests"}),
        ("from hoiio_numbers.cli import command", {"requests", "starlette", "uvicorn", "sqlite3", "pyarrow"}),
        ("import hoiio_numbers.pytest_plugin", {"attrs", "requests", "starlette", "uvicorn", "sqlite3"}),
        ("from hoiio_numbers.sandbox import Sandbox; Sandbox().__enter__()", {"phonenumbers", "pycountry", "requests"}),
        ("import hoiio_numbers.forms", {"django", "pydantic", "rest_framework", "wtforms"}),
        ("import hoiio_numbers.forms.pydantic", {"django", "fastapi", "starlette", "wtforms"}),
    ],
)
def test_nothing_is_imported_before_it_is_used(program: str, unwanted: set[str]) -> None:
    assert not unwanted & _imported_by(program)


@pytest.mark.untraced
def test_coverage_does_not_look_on_where_it_need_not() -> None:
    assert sys.gettrace() is threading.gettrace() is None
