"""Pages that are made at a build, in folders that git ignores."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Make *folder* hold these pages by name, and no others; one that did not change is left as it is."""
    folder.mkdir(exist_ok=True)
    for stale in {*folder.glob("*.md")} - {folder / f"{name}.md" for name in pages}:
        stale.unlink()
    for name, text in pages.items():
        page = folder / f"{name}.md"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
