"""What a rule says of a request: a `Violation`, with its severity and the data behind it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import attrs
from attrs import frozen

from hoiio_numbers.services import Service
from hoiio_numbers.text import encodable, escaped, shown


class Severity(StrEnum):
    """Whether a violation refuses the request (error) or only warns."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Source:
    """Where a fact of the capability data stands, and who says so.

    `file` is the data file as it was named to us, `line` counts from 1, `key` is the dotted TOML key,
    `text` the line itself, `as_of` the date from which it holds (None for facts without a date) and `citation` the
    file's own word for who says so.
    """

    file: str
    line: int
    key: str
    text: str = ""
    as_of: date | None = None
    citation: str | None = None

    def __str__(self) -> str:
        dated = f", as of {self.as_of}" if self.as_of else ""
        return f"{self.file}:{self.line}: {self.key}{dated}"

    def to_dict(self) -> dict[str, str | int | None]:
        """The source as JSON scalars."""
        as_of = self.as_of.isoformat() if self.as_of else None
        return {
            "file": self.file,
            "line": self.line,
            "key": self.key,
            "text": self.text,
            "as_of": as_of,
            "citation": self.citation,
        }


Param = str | int | bool | list[str] | None


@frozen(slots=False)  # a frozen one is made in half the time without slots
class Violation:
    """One thing that is wrong with a request.

    `code` is stable and never given another meaning. `field` is the parameter at fault, None for the request as
    a whole. `message` and `hint` are given as templates (`str.format`) that the `params` fill. `source` is where the
    deciding fact stands in the capability data, and `server_status` the API status that this violation pre-empts; each
    may be None.
    """

    code: str
    field: str | None
    severity: Severity
    _message: str = attrs.field(repr=False)
    _hint: str | None = attrs.field(default=None, repr=False)
    _params: Mapping[str, Param] = attrs.field(factory=dict, hash=False)
    source: Source | None = None
    server_status: str | None = None

    @property
    def message(self) -> str:
        """What is wrong, with the value: one English sentence."""
        return self._texts[0]

    @property
    def hint(self) -> str | None:
        """What to do instead, or None."""
        return self._texts[1]

    @property
    def _texts(self) -> tuple[str, str | None]:
        """Both texts, filled when one is first read; `cached_property` takes a lock for that, on Python 3.11."""
        kept = self.__dict__
        texts: tuple[str, str | None] | None = kept.get("texts")
        if texts is None:
            shown = _Shown(self._params)
            hint = self._hint
            texts = kept["texts"] = self._message.format_map(shown), None if hint is None else hint.format_map(shown)
        return texts

    @property
    def params(self) -> dict[str, Param]:
        """The JSON scalars and lists of strings that a translator needs; a copy, since requests share violations."""
        return {name: [*value] if isinstance(value, list) else value for name, value in self._params.items()}

    def __str__(self) -> str:
        return f"{escaped(self.field)}: {self.message}" if self.field else self.message

    def to_dict(self) -> dict[str, object]:
        """The violation as stable JSON."""
        return {
            "code": self.code,
            "field": None if self.field is None else encodable(self.field),
            "severity": str(self.severity),
            "message": self.message,
            "hint": self.hint,
            "params": {name: _encodable(value) for name, value in self._params.items()},
            "source": self.source.to_dict() if self.source else None,
            "server_status": self.server_status,
        }


_SERVICE_PARAMS = frozenset({"service", "services"})


class _Shown(dict[str, Param]):
    """Params as texts show them: those that the texts name, worked out when they do."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        value = dict.__getitem__(self, name)  # super() would take as long again
        if name in _SERVICE_PARAMS:
            names = value if isinstance(value, list) else [value]
            value = ["SMS" if service == Service.SMS else str(service) for service in names]
        return shown(value)


def _encodable(value: Param) -> Param:
    if isinstance(value, list):
        return [encodable(item) for item in value]
    return encodable(value) if isinstance(value, str) else value
