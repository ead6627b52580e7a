"""A page for each rule, at `rules/<code>.html`, which is where the `type` of a problem document points."""

import ast
import io
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from generated import table, write
from sphinx.application import Sphinx

from hoiio_numbers import RULES, Rule, Severity
from hoiio_numbers.statuses import status

WAYS_IN = ("Checker", "check_config", "check_mapping")
SHOW = """
for violation in report.violations:
    print(violation.code, violation, violation.hint, sep="\\n  ")
"""
NOTES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the pages written before Sphinx looks for pages."""
    app.connect("builder-inited", lambda app: write(app.srcdir / "rules", pages()))
    return {"parallel_read_safe": True}


def pages() -> dict[str, str]:
    """The text of every rule's page, by its code, and that of their index."""
    return {"index": _index(), **{code: _page(rule) for code, rule in RULES.items()}}


def _index() -> str:
    rows = [(f"[`{code}`]({code}.md)", str(rule.severity), rule.description) for code, rule in RULES.items()]
    codes = "\n".join(RULES)
    return f"""# Rules

Everything that a request is held to. An error refuses the request, a warning does not. A code is never renamed, and
never given [another meaning](../versioning.md).

{table(("code", "severity", "what holds"), rows)}
```{{toctree}}
:hidden:

{codes}
```
"""


def _page(rule: Rule) -> str:
    notes = NOTES[rule.code]
    said = "an error: the request is refused" if rule.severity is Severity.ERROR else "a warning, which refuses nothing"
    names: dict[str, Any] = {}
    imported = ", ".join(name for name in WAYS_IN if f"{name}(" in notes["refused"])
    shown = _session(f"from hoiio_numbers import {imported}\n{notes['refused']}\n{SHOW}", names)
    mended = _session(f"{notes['mended']}\n[violation.code for violation in report.violations]", names)
    return f"""# {rule.code}

{rule.description}

This is {said}. It is asked of {_words(sorted(f"`{call}`" for call in rule.calls))}, and decided by
{_words([f"`{name}`" for name in rule.reads])} of the request's [facts](../how-it-decides.md).

## Cause

{notes["cause"]}

{_texts("message", rule.message)}
## Mend

{_texts("hint", rule.hint)}
## Server status

{_status(rule)}
## Example

```python
{shown}
```

Mended:

```python
{mended}
```
"""


def _words(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _texts(head: str, texts: Any) -> str:
    """The rule's templates: the one, or a table of them by `params["reason"]`."""
    if isinstance(texts, str):
        return f"> {_escaped(texts)}\n"
    return table(("reason", head), [(f"`{reason}`", _escaped(text)) for reason, text in texts.items()])


def _escaped(text: str) -> str:
    return text.replace("*", "\\*").replace("_", "\\_").replace("<", "\\<")


def _status(rule: Rule) -> str:
    if rule.server_status is None:
        return "The API has no status for this that we know of.\n"
    if isinstance(rule.server_status, str):
        return f"Sent all the same, the API may answer {_meaning(rule.server_status)}.\n"
    rows = [(f"`{case}`", _meaning(name)) for case, name in rule.server_status.items()]
    return "Sent all the same, the API may answer:\n\n" + table(("for", "status"), rows)


def _meaning(name: str) -> str:
    return f"`{name}` ({status(name).meaning})"


def _session(source: str, names: dict[str, Any]) -> str:
    """What an interactive session with these statements looks like: it is run, with *names* as its globals."""
    source, lines = source.strip(), []
    for statement in ast.parse(source).body:
        first, *others = (ast.get_source_segment(source, statement) or "").splitlines()
        lines += [f">>> {first}", *(f"... {line}".rstrip() for line in others)]
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(ast.Interactive([statement]), "<example>", "single"), names)  # noqa: S102 - it is our own
        lines += printed.getvalue().splitlines()
    return "\n".join(lines)
