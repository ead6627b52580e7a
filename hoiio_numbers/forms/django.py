"""Django forms held against the rules: `NumberConfigMixin` for any form, `NumberConfigForm` with fields of its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms.utils import ErrorDict, ErrorList

from hoiio_numbers.forms import MODE_CHOICES, Offer, RuledForm, judged, offered, params
from hoiio_numbers.mappings import whole
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.violations import Violation


class ModeField(forms.MultipleChoiceField):
    """Checkboxes for the modes. Whether a mode is a valid choice is left to the rules, which say more about it."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, choices: Any = MODE_CHOICES, required: bool = False, **options: Any) -> None:
        super().__init__(choices=choices, required=required, **options)

    def valid_value(self, value: object) -> bool:  # noqa: ARG002 - Django gives it
        """Whether *value* is left to the rules: always."""
        return True


class RuledBoundField(forms.BoundField):
    """A field as templates see it: `{{ field.warnings }}` stands beside `{{ field.errors }}`."""

    form: "NumberConfigMixin"

    @property
    def warnings(self) -> ErrorList:
        """What should be heard of and refuses nothing."""
        return self.form.warnings.get(self.name, self.form.error_class())


class NumberConfigMixin(RuledForm, forms.BaseForm):
    """Holds any `Form` or `ModelForm` against the rules: `class NumberForm(NumberConfigMixin, forms.ModelForm)`.

    Those of its fields are judged that are parameters. Each error lands on its field with the violation's code and
    params, or on the form as a whole where that has no such field. Afterwards the number in `cleaned_data` is in E.164
    form and `report` holds the `Report`.
    """

    error_messages: ClassVar[Mapping[str, Any]] = {}
    """Texts of your own by code, filled from the params with `%`; those of a field win."""

    bound_field_class = RuledBoundField

    def narrow(self, capabilities: CountryCapabilities | None) -> None:
        """Offer what `capabilities_for()` has answered, and say so in the help texts.

        Modes that cannot work are no choices any longer, inputs that cannot work are disabled in the page.
        """
        offer = offered(capabilities)
        for parameter, name in self._names.items():
            if name in self.fields:
                field = self.fields[name]
                field.help_text = offer.help_texts.get(parameter, field.help_text)
                if parameter in offer.useless:
                    field.widget.attrs["disabled"] = True
                if parameter == "mode" and isinstance(field, forms.ChoiceField):
                    field.choices = _narrowed(field.choices, offer)

    def clean(self) -> dict[str, Any]:
        """Hold the form against the rules; a `clean()` of your own calls this one, as Django's own asks for."""
        self.cleaned_data = super().clean() or self.cleaned_data
        report = self._judge(self.fields, self._value, self.data, self.add_prefix(""))
        for name, violation in self._located(report.errors, self.fields):
            if not (violation.code == "number.missing" and name and self.has_error(name)):  # the field has said so
                self.add_error(name, self._error(name, violation))
        number = self._names["number"]
        if report.number and number in self.cleaned_data:
            self.cleaned_data[number] = report.number
        return self.cleaned_data

    @property
    def warnings(self) -> ErrorDict:
        """What should be heard of and refuses nothing, in the shape of `errors`."""
        warnings = ErrorDict(renderer=self.renderer)
        self.is_valid()  # templates may ask for the warnings first
        for name, violation in self._located(self.report.warnings if self.report is not None else (), self.fields):
            of_field = warnings.setdefault(name or NON_FIELD_ERRORS, self.error_class(renderer=self.renderer))
            of_field.append(self._error(name, violation))
        return warnings

    def non_field_warnings(self) -> ErrorList:
        """The warnings that are of none of its fields, as `non_field_errors()` are for errors."""
        return self.warnings.get(NON_FIELD_ERRORS, self.error_class(renderer=self.renderer))

    def _value(self, name: str) -> object:
        """What is judged of the field: as it was typed where the field itself refuses it."""
        bound = self[name]
        is_sent = bound.html_name in self.data and not bound.field.disabled
        sent = whole(self.data, bound.html_name) if is_sent else None
        return judged(self.cleaned_data.get(name, bound.data), sent)

    def _error(self, name: str | None, violation: Violation) -> ValidationError:
        texts = {**self.error_messages, **(self.fields[name].error_messages if name else {})}
        ours = "%(message)s %(hint)s" if violation.hint else "%(message)s"
        return ValidationError(texts.get(violation.code, ours), code=violation.code, params=params(violation))


def _narrowed(choices: Any, offer: Offer) -> list[tuple[Any, Any]]:
    """The *choices* that are kept, of a group those of the group."""
    kept = [(value, label) for value, label in choices if offer.keeps(value)]
    return [(it, _narrowed(label, offer) if isinstance(label, list | tuple) else label) for it, label in kept]


class NumberConfigForm(NumberConfigMixin, forms.Form):
    """A form with a field for each parameter of a configure request."""

    number = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "tel", "required": True}))
    country = forms.CharField(required=False)
    state = forms.CharField(required=False)
    mode = ModeField()
    forward_to = forms.CharField(required=False, label="Forward to", widget=forms.URLInput)
    forward_sms_to = forms.CharField(required=False, label="Forward SMS to", widget=forms.URLInput)
