"""`llms.txt`: what the site holds, for language models, with links to the pages, as Markdown where they are it (https://llmstxt.org)."""

from typing import Any

from docutils import nodes
from sphinx.addnodes import toctree
from sphinx.application import Sphinx

START = "index"


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the file written when the pages are."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True}


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name != "html":
        return
    lines = [f"# {app.config.project}", "", f"> {_first_paragraph(app, START)}"]
    for tree in app.env.get_doctree(START).findall(toctree):
        lines += ["", f"## {tree['caption']}", ""]
        lines += [_line(app, name) for _, start in tree["entries"] for name in _with_pages_below(app, start)]
    (app.outdir / "llms.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _with_pages_below(app: Sphinx, name: str) -> list[str]:
    return [name, *app.env.toctree_includes.get(name, [])]


def _line(app: Sphinx, name: str) -> str:
    source = app.env.doc2path(name)
    is_whole = "```{" not in source.read_text(encoding="utf-8")  # else a build has put in what it tells
    page = f"_sources/{name}{source.suffix}.txt" if is_whole else f"{name}.html"
    return f"- [{app.env.titles[name].astext()}]({page}): {_first_paragraph(app, name)}"


def _first_paragraph(app: Sphinx, name: str) -> str:
    """The first paragraph of a page, in one line."""
    paragraph = next(iter(app.env.get_doctree(name).findall(nodes.paragraph)), None)
    return " ".join(paragraph.astext().split()) if paragraph else ""
