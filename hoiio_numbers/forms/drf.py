"""Django REST framework's serializers held against the rules, with the same codes."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty, get_attribute
from rest_framework.settings import api_settings

from hoiio_numbers.forms import MODE_CHOICES, RuledForm, judged, offered, params, text
from hoiio_numbers.mappings import whole
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.violations import Violation

Details = dict[str, list[ErrorDetail]]


class TextField(serializers.CharField):
    """A text as it was sent. Whether it is one is left to the rules, which say more about it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "allow_blank": True, **options})

    def run_validation(self, data: Any = empty) -> Any:
        """Whatever is sent; raises `SkipField` where nothing is."""
        return self.validate_empty_values(data)[1]


class ModeField(serializers.MultipleChoiceField):
    """The modes as they were sent, checkboxes in a page. Whether one is a valid choice is left to the rules."""

    def __init__(self, **options: Any) -> None:
        style = {"base_template": "checkbox_multiple.html"}
        super().__init__(**{"required": False, "allow_null": True, "choices": MODE_CHOICES, "style": style, **options})

    def run_validation(self, data: Any = empty) -> Any:
        """Whatever is sent; raises `SkipField` where nothing is."""
        return self.validate_empty_values(data)[1]


class NumberConfigMixin(RuledForm, serializers.Serializer[Any]):
    """Holds any serializer against the rules: `class NumberSerializer(NumberConfigMixin, ModelSerializer)`.

    Each error is under its field with the violation's code (`ErrorDetail.code`), or a non-field error where the
    serializer has no such field. Texts of your own are `error_messages` by code, of the field or of the serializer,
    filled as the framework does. Afterwards the number is in E.164 form and `report` holds the `Report`: with
    `many=True` that of the last item.
    """

    def narrow(self, capabilities: CountryCapabilities | None) -> None:
        """Offer what `capabilities_for()` has answered, in the choices (`OPTIONS` lists them) and in the help texts."""
        offer = offered(capabilities)
        for parameter, name in self._names.items():
            if name in self.fields:
                field = self.fields[name]
                field.help_text = offer.help_texts.get(parameter, field.help_text)
                if parameter == "mode" and isinstance(field, serializers.ChoiceField):
                    field.choices = [choice for choice in field.choices.items() if offer.keeps(choice[0])]

    def to_internal_value(self, data: Any) -> Any:
        """What the fields make of *data*, with the number in E.164 form; raises `ValidationError` with every error."""
        values = super().to_internal_value(data)

        def value_of(name: str) -> object:
            field = self.fields[name]
            kept = _held(self.instance, field)  # as saving leaves it, where nothing else comes
            is_sent = name in data and not field.read_only
            return judged(_held(values, field, kept), whole(data, name) if is_sent else None)

        report = self._judge(self.fields, value_of, data)
        if report.errors:
            raise serializers.ValidationError(self._details(report.errors))
        number = self.fields.get(self._names["number"])
        if report.number and number is not None and _held(values, number) is not None:
            self.set_value(values, number.source_attrs, report.number)
        return values

    @property
    def warnings(self) -> Details:
        """What should be heard of and refuses nothing, in the shape of `errors`."""
        return self._details(self.report.warnings if self.report is not None else ())

    def _details(self, violations: Iterable[Violation]) -> Details:
        details: Details = {}
        for name, violation in self._located(violations, self.fields):
            messages = {**self.error_messages, **(self.fields[name].error_messages if name else {})}
            template = messages.get(violation.code)
            message = text(violation) if template is None else template.format(**params(violation))
            key = name or api_settings.NON_FIELD_ERRORS_KEY
            details.setdefault(key, []).append(ErrorDetail(message, violation.code))
        return details


def _held(holder: Any, field: serializers.Field[Any, Any, Any, Any], otherwise: object = None) -> object:
    """What the *holder* of values, an instance or a mapping, has at the source of the *field*."""
    try:
        return get_attribute(holder, field.source_attrs)
    except (AttributeError, KeyError):
        return otherwise


class NumberConfigSerializer(NumberConfigMixin):
    """A serializer with a field for each parameter of a configure request."""

    number = TextField()
    country = TextField()
    state = TextField()
    mode = ModeField()
    forward_to = TextField()
    forward_sms_to = TextField()
