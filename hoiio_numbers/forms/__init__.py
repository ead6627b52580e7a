"""What the adapters to web frameworks share: how a form is judged, texts for its users, and what it can offer them.

The adapters are modules of their own, each importing its framework: `hoiio_numbers.forms.django`, `.drf`, `.wtforms`
and `.pydantic`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from attrs import frozen

from hoiio_numbers.check import check_mapping
from hoiio_numbers.mappings import PARAMETERS
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.report import Report
from hoiio_numbers.services import MODES, Service
from hoiio_numbers.text import encodable, shown
from hoiio_numbers.violations import Param, Violation

MODE_CHOICES = (("voice", "Voice"), ("fax", "Fax"))
"""Every mode and its label, as forms are given choices."""

_PART = re.compile(r"[_-]\d+$")
_PLAIN = (str, list, tuple, set, frozenset, dict, int, float, type(None))


class RuledForm:
    """What the mixins have in common: a form's own names of the parameters, and its report."""

    field_names: ClassVar[Mapping[str, str]] = {}
    """The form's own names of parameters, where they differ: `{"number": "phone"}`."""

    report: Report | None = None
    """What was found, once the form is validated."""

    _names: ClassVar[Mapping[str, str]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Raise ValueError where `field_names` has a key that is no parameter."""
        super().__init_subclass__(**options)
        if unknown := set(cls.field_names) - set(PARAMETERS):
            raise ValueError(f"field_names has no parameter {shown(sorted(unknown))}; there are {shown(PARAMETERS)}")
        cls._names = {parameter: cls.field_names.get(parameter, parameter) for parameter in PARAMETERS}

    def check_mapping(self, data: Mapping[str, object]) -> Report:
        """Judge *data*, parameters by name: override it to decide by a `Checker`, a date or a listing of your own."""
        return check_mapping(data)

    def _judge(
        self, fields: Collection[str], value_of: Callable[[str], object], sent: Iterable[object], prefix: str = ""
    ) -> Report:
        """Judge the *fields* that are parameters, and the keys *sent* with the form's *prefix*: one may be misspelt."""
        keys = [key.removeprefix(prefix) for key in sent if isinstance(key, str) and key.startswith(prefix)]
        others = dict.fromkeys(key for key in keys if not _is_fields(key, fields))  # None: another form's business
        values = {parameter: value_of(name) for parameter, name in self._names.items() if name in fields}
        self.report = self.check_mapping({**others, **values})
        return self.report

    def _located(
        self, violations: Iterable[Violation], fields: Collection[str]
    ) -> Iterator[tuple[str | None, Violation]]:
        """Each violation with the form's own name of its field, or None where that is none of the form's *fields*."""
        for violation in violations:
            name = self._names.get(violation.field or "", violation.field)
            yield (name if name in fields else None), violation


def _is_fields(key: str, fields: Collection[str]) -> bool:
    """Whether *key* is one of the *fields*, a part of one (`forward_to_0`), or one of another form (`b-forward_to`)."""
    return _PART.sub("", key) in fields or key.rpartition("-")[2] in fields


def judged(value: object, sent: object) -> object:
    """What to judge of a field: the *value* that it made of what was *sent*; where several were sent, all of them.

    A value that is an object of its own, as some fields for phone numbers have it, counts as its text.
    """
    if isinstance(sent, list):
        return sent
    return value if isinstance(value, _PLAIN) else str(value)


class Words(list[str]):
    """A list that a text shows with commas in between."""

    def __str__(self) -> str:
        return ", ".join(self)


def params(violation: Violation) -> dict[str, object]:
    """What a text about *violation* is filled from: its params, and its `hint` and its `message` besides."""
    own = {name: _encodable(value) for name, value in violation.params.items()}
    return {**own, "hint": violation.hint or "", "message": violation.message}


def _encodable(value: Param) -> Param:
    if isinstance(value, list):
        return Words(map(encodable, value))
    return encodable(value) if isinstance(value, str) else value


def text(violation: Violation) -> str:
    """What is wrong and what to do instead, as the user of a form reads it."""
    return f"{violation.message} {violation.hint}" if violation.hint else violation.message


@frozen
class Offer:
    """What a form can offer where numbers with certain capabilities are configured.

    `modes` are the values of `mode` that can work, `useless` the parameters that cannot whatever their value, and
    `help_texts` say by parameter what the numbers can receive, who says so, and since when.
    """

    modes: frozenset[str]
    useless: frozenset[str]
    help_texts: Mapping[str, str]

    def keeps(self, choice: object) -> bool:
        """Whether the value of a *choice* for `mode` can work, or is no mode, as that of a blank choice."""
        return choice in self.modes or choice not in MODES


def offered(capabilities: CountryCapabilities | None) -> Offer:
    """What to offer by the answer of `capabilities_for()`: everything where that is None."""
    if capabilities is None:
        return Offer(frozenset(map(str, MODES)), frozenset(), {})
    services = capabilities.services
    place = f"{capabilities.country}-{capabilities.state}" if capabilities.state else capabilities.country
    source = f"({capabilities.citation}, as of {capabilities.as_of})"
    conflicts = [f"{_in_words(group)} exclude each other" for group in capabilities.conflicts if group <= services]
    sentences = [f"{'; '.join([f'Numbers of {place} can receive {_in_words(services)}', *conflicts])}."]
    if capabilities.limitations:
        sentences.append(capabilities.limitations)
    help_texts = {"mode": " ".join([*sentences, source])}
    modes = services.intersection(MODES)
    if not modes:
        help_texts["forward_to"] = f"Numbers of {place} cannot receive voice or fax. {source}"
    if Service.SMS not in services:
        help_texts["forward_sms_to"] = f"Numbers of {place} cannot receive SMS. {source}"
    useless = {*help_texts} - ({"mode"} if modes else set())
    return Offer(frozenset(map(str, modes)), frozenset(useless), help_texts)


def _in_words(services: Collection[Service]) -> str:
    return shown(["SMS" if service is Service.SMS else service for service in Service if service in services])
