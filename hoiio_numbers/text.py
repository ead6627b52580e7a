"""How typed values are read and shown."""

LONGEST_SHOWN = 60


def given(value: object) -> object | None:
    """*value* without outer white space, or None where nothing was given (None, `""`, white space alone)."""
    if isinstance(value, str):
        return value.strip() or None
    return value


def capitals(text: str) -> str:
    """*text* in capitals if it is ASCII, as codes are: those of "ß" are "SS", which is South Sudan."""
    return text.upper() if text.isascii() else text


def scalar(value: object) -> str:
    """*value* as `params` hold what should have been text: text without outer white space, or its type's name."""
    return value.strip() if isinstance(value, str) else type(value).__name__


def shown(value: object) -> str:
    """*value* as a message shows it: cut at 60 characters, unprintable characters escaped, lists in words."""
    if not isinstance(value, str) and isinstance(value, (list, tuple)):  # nearly all are text, which is told at once
        *most, last = map(shown, value) if value else ("none",)
        return f"{', '.join(most)} and {last}" if most else last
    text = str(value)
    if len(text) > LONGEST_SHOWN:
        text = text[: LONGEST_SHOWN - 1] + "…"
    return escaped(text)


def escaped(text: str) -> str:
    """*text* with unprintable characters as Python's escapes: nothing in it steers a terminal or fails to encode."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def encodable(text: str) -> str:
    r"""*text* with halves of surrogate pairs as `\\udc00`, so that it can be sent as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
