"""The reference: a page for each public module, made of docstrings.

Public is what `hoiio_numbers` offers, and what a page of this documentation imports. The docstrings are plain text with
`names` between backticks and *arguments* between asterisks; Sphinx takes reStructuredText.
"""

import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

from generated import table, write
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import hoiio_numbers

IMPORT = re.compile(r"^(?:>>> )?from hoiio_numbers\.([\w.]+) import", re.MULTILINE)
CODE = re.compile(r"`([^`]*)`(?=(\w?))")
NAME = re.compile(r"[A-Za-z_][\w.]*(\(\))?")


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the pages written before Sphinx looks for pages, and the docstrings made ready when they are read."""
    app.connect("builder-inited", lambda app: write(app.srcdir / "reference", pages(app.srcdir)))
    app.connect("autodoc-process-docstring", _as_restructured_text)
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _is_skipped)
    return {"parallel_read_safe": True}


def pages(docs: Path) -> dict[str, str]:
    """The text of every module's page, by its name, and that of their index; *docs* says which are public."""
    homes = hoiio_numbers._HOMES  # noqa: SLF001 - where the public names come from
    imported = {name for page in docs.glob("*.md") for name in IMPORT.findall(page.read_text(encoding="utf-8"))}
    modules = sorted({*homes.values(), *imported})
    return {"index": _index(homes, modules), **{module: _page(module) for module in modules}}


def _index(homes: dict[str, str], modules: list[str]) -> str:
    names = [(f"[`{name}`]({homes[name]}.md)", _summary(homes[name], name)) for name in hoiio_numbers.__all__]
    rooms = [(f"[`hoiio_numbers.{module}`]({module}.md)", _summary(module)) for module in modules]
    listed = "\n".join(modules)
    return f"""# Reference

Import these from `hoiio_numbers`:

{table(("name", "what it is"), names)}
The modules in which they are written, and those that are imported by name:

{table(("module", "what it holds"), rooms)}
```{{toctree}}
:hidden:

{listed}
```
"""


def _summary(module: str, name: str | None = None) -> str:
    """The first line of what the code says of a module, or of a name in it."""
    home = f"hoiio_numbers.{module}"
    constants = ModuleAnalyzer.for_module(home).find_attr_docs()
    if name and ("", name) in constants:
        return constants["", name][0]
    thing = import_module(home)
    return ((getattr(thing, name) if name else thing).__doc__ or "").partition("\n")[0]


def _page(module: str) -> str:
    return f"# hoiio_numbers.{module}\n\n```{{eval-rst}}\n.. automodule:: hoiio_numbers.{module}\n```\n"


def _as_restructured_text(
    _app: Sphinx, _what: str, _name: str, _it: object, _options: object, lines: list[str]
) -> None:
    """What is indented or drawn is shown as it is; a name becomes a link, other code is shown as code."""
    lines[:] = [line for paragraph in "\n".join(lines).split("\n\n") for line in _paragraph(paragraph.splitlines())]


def _paragraph(lines: list[str]) -> Iterator[str]:
    if any(line.startswith(" ") or "──" in line for line in lines):
        yield from ("::", "", *(f"    {line}" for line in lines), "")
    else:
        yield from (CODE.sub(_code, "\n".join(lines)).splitlines())
        yield ""


def _code(found: re.Match[str]) -> str:
    role = f":py:obj:`{found[1]}`" if NAME.fullmatch(found[1]) else f"``{found[1]}``"
    return f"{role}\\ " if found[2] else role


def _signature(
    _app: Sphinx, _what: str, _name: str, it: object, _options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """A protocol is not made, so that it is shown without what making it would take."""
    return ("" if getattr(it, "_is_protocol", False) else signature), returned


def _is_skipped(_app: Sphinx, _what: str, _name: str, it: object, _skip: bool, _options: object) -> bool | None:
    """Members of enumerations are there; of the fields of a named tuple its class tells."""
    if (it.__doc__ or "").startswith("Alias for field number"):
        return True
    return False if isinstance(it, Enum) else None
