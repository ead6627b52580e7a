"""WTForms held against the rules: `NumberConfigMixin` for any form, `NumberConfigForm` with fields of its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from wtforms import Form, SelectField, SelectMultipleField, StringField
from wtforms.form import BaseForm
from wtforms.widgets import CheckboxInput, ListWidget, TelInput, URLInput

from hoiio_numbers.forms import MODE_CHOICES, Offer, RuledForm, judged, offered, params, text
from hoiio_numbers.mappings import together
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.violations import Violation


class ModeField(SelectMultipleField):
    """Checkboxes for the modes. Whether a mode is a valid choice is left to the rules, which say more about it."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str | None = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, **{"choices": dict(MODE_CHOICES), "validate_choice": False, **options})

    def process_data(self, value: Any) -> None:
        """Take in what an object has, or the form's data: a mode may stand there alone."""
        super().process_data([value] if isinstance(value, str) else value)


class NumberConfigMixin(RuledForm, BaseForm):
    """Holds any form against the rules: `class NumberForm(NumberConfigMixin, Form)`, or Flask-WTF's `FlaskForm`.

    Those of its fields are judged that are parameters. Each error is among those of its field, or of the form as a
    whole where that has no such field. Afterwards the number is in E.164 form and `report` holds the `Report`, which
    has the codes.
    """

    error_messages: ClassVar[Mapping[str, Any]] = {}
    """Texts of your own by code, filled from the params with `%`."""

    _prefix: str  # WTForms' own, of which the stubs do not know
    _sent: tuple[str, ...] = ()

    def narrow(self, capabilities: CountryCapabilities | None) -> None:
        """Offer what `capabilities_for()` has answered, and say so in the fields' descriptions.

        Modes that cannot work are no choices any longer, inputs that cannot work are disabled in the page.
        """
        offer = offered(capabilities)
        for parameter, name in self._names.items():
            if name in self._fields:
                field = self._fields[name]
                field.description = offer.help_texts.get(parameter, field.description)
                if parameter in offer.useless:
                    field.render_kw = {**(field.render_kw or {}), "disabled": True}
                if parameter == "mode" and isinstance(field, SelectField):
                    field.choices = _narrowed(field.choices, offer)

    def process(self, formdata: Any = None, *args: Any, **options: Any) -> None:
        """Take in what was sent, as WTForms does, and note under which names."""
        formdata = self.meta.wrap_formdata(self, formdata)
        self._sent = tuple(formdata or ())
        super().process(formdata, *args, **options)

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Validate the fields, and hold the form against the rules."""
        self.form_errors = []  # as each field begins with none
        is_valid = super().validate(extra_validators)
        report = self._judge(self._fields, self._value, self._sent, self._prefix)
        for name, violation in self._located(report.errors, self._fields):
            if name is None:
                self.form_errors.append(self._text(violation))
            elif not (violation.code == "number.missing" and self._fields[name].errors):  # the field has said so
                self._fields[name].errors = [*self._fields[name].errors, self._text(violation)]
        if report.number and self._names["number"] in self._fields:
            self._fields[self._names["number"]].data = report.number
        return is_valid and report.ok

    @property
    def warnings(self) -> dict[str, list[str]]:
        """What should be heard of and refuses nothing, in the shape of `errors`: of the form as a whole under `""`."""
        warnings: dict[str, list[str]] = {}
        for name, violation in self._located(self.report.warnings if self.report is not None else (), self._fields):
            warnings.setdefault(name or "", []).append(self._text(violation))
        return warnings

    def _value(self, name: str) -> object:
        """What is judged of the field: as it was typed where the field cannot read it."""
        field = self._fields[name]
        sent = together(field.raw_data or ())
        return judged(sent if field.process_errors else field.data, sent)

    def _text(self, violation: Violation) -> str:
        template = self.error_messages.get(violation.code)
        return text(violation) if template is None else str(template % params(violation))


def _narrowed(choices: Any, offer: Offer) -> Any:
    """The *choices* that are kept, in any of the shapes that WTForms takes them in."""
    if isinstance(choices, dict):
        kept = {value: label for value, label in choices.items() if offer.keeps(value)}
        return {it: label if isinstance(label, str) else _narrowed(label, offer) for it, label in kept.items()}
    return [it for it in choices or () if offer.keeps(it if isinstance(it, str) else next(iter(it)))]


class NumberConfigForm(NumberConfigMixin, Form):
    """A form with a field for each parameter of a configure request."""

    number = StringField(widget=TelInput(), render_kw={"required": True})
    country = StringField()
    state = StringField()
    mode = ModeField()
    forward_to = StringField("Forward to", widget=URLInput())
    forward_sms_to = StringField("Forward SMS to", widget=URLInput())
