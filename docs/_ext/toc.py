"""Every page finds its place, and every link its page, where it is told from outside of this folder, too."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

OTHERS = "%others%"
LINKS = {"../": "", "docs/": "", "capabilities/README.md": "capabilities.md", "CHANGELOG.md": "changelog.md"}
"""How links to other folders begin, and how they do in the site."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Have each page's text looked at before it is read, and each text that a page includes."""
    app.connect("source-read", _read)
    app.connect("include-read", _include)
    return {"parallel_read_safe": True}


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    pages = {page for page in app.env.found_docs if "/" not in page}
    if name == "index":
        others = sorted(pages - {name, *source[0].split()})
        source[0] = source[0].replace(OTHERS, "\n".join(others))
    if name in pages:
        source[0] = _linked(source[0])


def _include(_app: Sphinx, _path: Path, _name: str, source: list[str]) -> None:
    source[0] = _linked(source[0])


def _linked(text: str) -> str:
    for outside, inside in LINKS.items():
        text = text.replace(f"]({outside}", f"]({inside}")
    return text
