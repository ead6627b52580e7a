import json
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import faces
import pytest
from django import forms
from django.db import connection, models
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template import Context, Template
from django.test import Client, override_settings
from django.urls import path
from django.utils.functional import lazy
from django.utils.translation import get_language, override

from hoiio_numbers import Report, capabilities_for
from hoiio_numbers.forms.django import ModeField, NumberConfigForm, NumberConfigMixin

CHECKER = faces.checker()
NUMBER, CALLS, SMS = "+6561234567", "https://example.com/calls", "https://example.com/sms"


class FullForm(NumberConfigForm):
    def check_mapping(self, data: Any) -> Report:
        return CHECKER.check_mapping(data)


def configure(request: HttpRequest) -> HttpResponse:
    form = FullForm(request.POST)
    return JsonResponse(
        {
            "valid": form.is_valid(),
            "errors": form.errors.get_json_data(),
            "warnings": form.warnings.get_json_data(),
            "number": form.cleaned_data.get("number"),
        }
    )


urlpatterns = [path("", configure)]


@pytest.fixture(autouse=True)
def _urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def located(found: dict[str, list[dict[str, str]]]) -> set[faces.Outcome]:
    return {(None if name == "__all__" else name, it["code"]) for name, errors in found.items() for it in errors}


def test_the_form_says_what_check_config_says(record_property: Callable[[str, object], None]) -> None:
    client = Client()
    for request in faces.standard():
        answer = client.post("/", {name: value for name, value in request.items() if value is not None}).json()
        report = CHECKER.check_config(**request)  # type: ignore[arg-type]  # its own data
        assert located(answer["errors"]) == {(it.field, it.code) for it in report.errors}
        assert located(answer["warnings"]) == {(it.field, it.code) for it in report.warnings}
        assert answer["valid"] == report.ok
        if report.ok:
            assert answer["number"] == report.number
    record_property("count", f"Django: {len(faces.standard())} requests, 0 disagreements with check_config()")


class ModelessForm(NumberConfigMixin, forms.Form):
    number = forms.CharField(required=False)
    mode = forms.ChoiceField(required=False, choices=[("", "-"), ("voice", "Calls"), ("fax", "Faxes")])
    forward_to = forms.CharField(required=False)


@pytest.mark.parametrize("form", [NumberConfigForm, ModelessForm])
def test_two_ticked_modes_are_two_whatever_the_field_makes_of_them(form: type[forms.Form]) -> None:
    filled = form(QueryDict(f"number=%2B6561234567&forward_to={CALLS}&mode=voice&mode=fax"))
    assert [error.code for error in filled.errors.as_data()["mode"]] == ["service.conflict"]


def test_the_number_comes_out_in_e164_form() -> None:
    form = NumberConfigForm({"number": " 6123-4567 ", "country": "sg", "forward_to": CALLS, "mode": ["fax"]})
    assert form.is_valid()
    assert form.cleaned_data["number"] == NUMBER
    assert form.cleaned_data["mode"] == ["fax"]
    assert form.report is not None
    assert form.report.country == "SG"


def test_an_error_carries_the_params_and_shows_what_to_do_instead() -> None:
    (error,) = NumberConfigForm({"number": NUMBER, "forward_sms_to": SMS}).errors.as_data()["forward_sms_to"]
    assert error.code == "service.unsupported"
    assert error.params is not None
    assert (error.params["service"], error.params["country"], error.params["alternatives"]) == ("sms", "SG", ["US"])
    instead = "Leave SMS out, or use a number that can receive it, of one of these: US."
    assert error.messages == [f"Numbers of SG cannot receive SMS. {instead}"]


TYPED = ["100%", "%(number)s", "{number}", "%s%d%", "<b>", "\x01", "%(hint)s"]


@pytest.mark.parametrize("typed", TYPED)
def test_signs_of_templates_in_what_was_typed_are_no_template(typed: str) -> None:
    form = NumberConfigForm({"number": typed, "forward_to": CALLS})
    assert form.report is None
    messages = form.errors["number"]
    assert form.report is not None
    (violation,) = form.report.errors
    assert messages == [f"{violation.message} {violation.hint}"]


def test_a_rule_without_a_hint_is_told_without_one() -> None:
    class Strict(NumberConfigForm):
        def check_mapping(self, data: Any) -> Report:
            return faces.HINTLESS.check_mapping(data)

    assert Strict({"forward_to": CALLS}).errors == {"number": ["Where to?"]}


class OwnTexts(NumberConfigMixin, forms.Form):
    error_messages: ClassVar = {
        "service.unsupported": "%(country)s has no %(service)s; %(alternatives)s have.",
        "request.empty": "And now?",
        "url.unreachable": "Is %(host)s up?",
        "number.missing": "not used, for the field's own wins",
    }
    number = forms.CharField(required=False, error_messages={"number.missing": "Which number?"})
    forward_to = forms.CharField(required=False)
    forward_sms_to = forms.CharField(required=False)


def test_texts_of_a_field_and_of_a_form_stand_in_for_ours() -> None:
    assert OwnTexts({}).errors == {"number": ["Which number?"], "__all__": ["And now?"]}
    form = OwnTexts({"number": "+85221234567", "forward_sms_to": "http://localhost/"})
    assert form.errors == {"forward_sms_to": ["HK has no sms; US have."]}
    assert form.warnings == {"forward_sms_to": ["Is localhost up?"]}
    assert OwnTexts({"number": NUMBER, "forward_to": "x"}).errors["forward_to"] == [
        "'x' is not an absolute URL. Give a fully qualified URL, such as https://example.com/calls."
    ]


def test_texts_are_translated_when_they_are_shown() -> None:
    texts = {"de": "%(country)s kann kein %(service)s.", "fr": "%(country)s n'a pas de %(service)s."}

    class Translated(NumberConfigForm):
        error_messages: ClassVar = {"service.unsupported": lazy(lambda: texts[str(get_language())], str)()}

    form = Translated({"number": NUMBER, "forward_sms_to": SMS})
    for language, shown in (("de", "SG kann kein sms."), ("fr", "SG n'a pas de sms.")):
        with override(language):
            assert form.errors["forward_sms_to"] == [shown]


WARNED = {"number": "+16001234567", "forward_to": "http://me:secret@localhost/"}


def test_warnings_refuse_nothing_and_templates_show_them() -> None:
    form = NumberConfigForm(WARNED)
    assert form.is_valid()
    assert form.errors == {}
    page = Template(
        "{% for field in form %}{% for it in field.warnings %}[{{ field.name }}: {{ it }}]{% endfor %}{% endfor %}"
    )
    shown = page.render(Context({"form": form}))
    assert shown.count("[number: ") == 1
    assert shown.count("[forward_to: ") == 2
    assert "secret" not in shown
    assert 'class="errorlist"' in Template("{{ form.warnings.number }}").render(Context({"form": form}))


def test_warnings_that_are_of_no_field_are_the_forms() -> None:
    class Numberless(NumberConfigMixin, forms.Form):
        forward_to = forms.CharField()

        def check_mapping(self, data: Any) -> Report:
            return CHECKER.check_mapping({**data, "number": "+6511111111"})

    form = Numberless({"forward_to": "http://localhost/"})
    page = Template("{% for it in form.non_field_warnings %}[{{ it }}]{% endfor %}")
    assert page.render(Context({"form": form})).startswith("[+6511111111 is in no range of numbers")
    assert [it.code for it in form.non_field_warnings().as_data()] == ["number.unassigned"]
    assert form.cleaned_data == {"forward_to": "http://localhost/"}, "and the number is not the form's"
    assert NumberConfigForm(WARNED).non_field_warnings() == []


def test_warnings_may_be_asked_for_before_anything_else() -> None:
    assert [error.code for error in NumberConfigForm(WARNED).warnings.as_data()["number"]] == ["number.unassigned"]


def test_a_form_that_nobody_has_filled_in_has_no_warnings() -> None:
    assert NumberConfigForm().warnings == {}
    assert NumberConfigForm().report is None
    formset = forms.formset_factory(NumberConfigForm, extra=2)
    filled = formset({"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-number": "+651"})
    assert [form.is_valid() for form in filled] == [False, True]
    assert filled[1].warnings == {}


class Line(models.Model):
    phone: "models.CharField[str, str]" = models.CharField(max_length=16, unique=True)
    mode: "models.CharField[str, str]" = models.CharField(
        max_length=5, blank=True, choices=[("voice", "Calls"), ("fax", "Faxes")]
    )
    calls_url: "models.CharField[str, str]" = models.CharField(max_length=4000, blank=True)
    sms_url: "models.CharField[str, str]" = models.CharField(max_length=4000, blank=True)

    class Meta:
        app_label = "tests"


class LineForm(NumberConfigMixin, forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    field_names: ClassVar = {"number": "phone", "forward_to": "calls_url", "forward_sms_to": "sms_url"}

    class Meta:
        model = Line
        fields = ("phone", "mode", "calls_url", "sms_url")
        error_messages: ClassVar = {"sms_url": {"service.unsupported": "No %(service)s in %(country)s."}}


def test_a_model_form_with_names_of_its_own_saves_the_number_in_e164_form() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Line)
    form = LineForm({"phone": "+65 6123-4567", "calls_url": CALLS, "mode": "fax"})
    saved = form.save()
    assert Line.objects.get() == saved
    assert (saved.phone, saved.mode) == (NUMBER, "fax")
    assert codes(LineForm({"phone": "+65 61234567", "calls_url": CALLS})) == {"phone": ["unique"]}
    again = LineForm({"phone": NUMBER, "sms_url": SMS, "mode": "fax"}, instance=saved)
    assert {name: [it.code for it in errors] for name, errors in again.errors.as_data().items()} == {
        "sms_url": ["service.unsupported"]
    }
    assert again.errors["sms_url"] == ["No sms in SG."]
    assert [it.code for it in again.warnings.as_data()["mode"]] == ["mode.unused"]


def codes(form: forms.BaseForm) -> dict[str, list[str | None]]:
    return {name: [error.code for error in errors] for name, errors in form.errors.as_data().items()}


def test_a_field_that_says_itself_that_it_is_required_says_it_alone() -> None:
    class Required(NumberConfigMixin, forms.Form):
        number = forms.CharField()
        forward_to = forms.CharField(required=False)

    assert codes(Required({"forward_to": CALLS})) == {"number": ["required"]}


def test_what_a_field_refuses_itself_is_judged_as_it_was_typed() -> None:
    class Narrow(NumberConfigMixin, forms.Form):
        number = forms.CharField()
        mode = forms.MultipleChoiceField(choices=[("voice", "Calls")], required=False)
        forward_to = forms.URLField(assume_scheme="https")

    form = Narrow({"number": NUMBER, "mode": ["voice", "telex"], "forward_to": "http://[/"})
    assert codes(form) == {"mode": ["invalid_choice", "mode.unknown"], "forward_to": ["invalid", "url.malformed"]}
    assert form.warnings == {}, "a forward_to was given, so that the mode is of use"


def test_what_a_field_made_of_it_is_what_is_judged() -> None:
    class Completing(NumberConfigMixin, forms.Form):
        number = forms.CharField()
        forward_to = forms.URLField(assume_scheme="https")

    form = Completing({"number": NUMBER, "forward_to": "example.com/calls"})
    assert form.is_valid()
    assert form.cleaned_data["forward_to"] == "https://example.com/calls"


class Phone:
    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


class PhoneField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        return Phone(value)


def test_a_field_may_make_an_object_of_the_number() -> None:
    class WithPhone(NumberConfigMixin, forms.Form):
        number = PhoneField()
        forward_to = forms.CharField()

    assert WithPhone({"number": NUMBER, "forward_to": CALLS}).is_valid()
    assert codes(WithPhone({"number": "+651", "forward_to": CALLS})) == {"number": ["number.impossible"]}


def test_a_disabled_field_counts_with_its_initial_value() -> None:
    class Fixed(NumberConfigForm):
        number = forms.CharField(disabled=True)

    form = Fixed(QueryDict(f"number=1&number=2&forward_to={CALLS}"), initial={"number": NUMBER})
    assert form.is_valid()


def test_what_is_wrong_with_a_field_that_is_not_there_is_wrong_with_the_form() -> None:
    assert codes(ModelessForm({"number": "+442079460000", "forward_to": CALLS})) == {"__all__": ["country.unsupported"]}


def test_a_parameter_that_the_page_misspells_is_an_error() -> None:
    form = NumberConfigForm({"number": NUMBER, "foward_to": CALLS})
    assert codes(form) == {"__all__": ["parameter.unknown", "request.empty"]}


def test_keys_of_other_forms_are_not_looked_at() -> None:
    data = {"a-number": NUMBER, "a-forward_to": CALLS, "foward_to": "x", "country": "FR", "a-country": "", "a-": "x"}
    assert NumberConfigForm(data, prefix="a").is_valid()
    assert codes(NumberConfigForm({**data, "a-foward_to": CALLS}, prefix="a")) == {"__all__": ["parameter.unknown"]}
    beside = {"number": NUMBER, "forward_to": CALLS, "2-number": NUMBER, "2-forward_to": CALLS}
    assert NumberConfigForm(beside).is_valid()
    assert codes(NumberConfigForm({**beside, "forward-to": CALLS})) == {"__all__": ["parameter.unknown"]}

    class WithOneMore(NumberConfigForm):
        forward_too = forms.CharField()

    assert WithOneMore({"number": NUMBER, "forward_to": CALLS, "forward_too": "a colleague"}).is_valid()


class PartedField(forms.MultiValueField):
    def __init__(self, **options: Any) -> None:
        parts = (forms.CharField(), forms.CharField())
        super().__init__(parts, widget=forms.MultiWidget((forms.TextInput(), forms.TextInput())), **options)

    def compress(self, data_list: list[str]) -> str:
        return "".join(data_list)


def test_a_field_of_several_inputs_is_judged_by_what_it_makes_of_them() -> None:
    class Parted(NumberConfigForm):
        forward_to = PartedField()  # type: ignore[assignment]  # as users do

    data = {"number": NUMBER, "forward_to_0": "https://", "forward_to_1": "example.com"}
    assert Parted(data).is_valid()
    assert codes(Parted({**data, "forward_to_1": ":"})) == {"forward_to": ["url.malformed"]}
    assert codes(Parted({**data, "forward_to_": "x"})) == {"__all__": ["parameter.unknown"]}


def test_a_clean_of_ones_own_goes_on_from_there() -> None:
    class Own(NumberConfigForm):
        def clean(self) -> dict[str, Any]:
            cleaned = super().clean()
            if cleaned.get("number") == NUMBER:
                self.add_error("number", "taken")
            return cleaned

    assert Own({"number": "(65) 6123 4567", "country": "SG", "forward_to": CALLS}).errors == {"number": ["taken"]}


def test_a_name_for_no_parameter_is_the_programmers_error() -> None:
    with pytest.raises(ValueError, match="has no parameter foward_to; there are number, forward_to"):

        class Misspelt(NumberConfigForm):
            field_names: ClassVar = {"foward_to": "calls"}


def test_a_form_offers_what_can_work() -> None:
    form = NumberConfigForm()
    form.narrow(capabilities_for("US"))
    assert isinstance(form.fields["mode"], ModeField)
    assert form.fields["mode"].choices == [("voice", "Voice")]
    assert str(form.fields["mode"].help_text).startswith("Numbers of US can receive voice and SMS. (Hoiio Number API")
    assert "disabled" not in str(form["forward_sms_to"])
    form.narrow(capabilities_for("+6561234567"))
    assert "disabled" in str(form["forward_sms_to"])
    assert "cannot receive SMS" in str(form.fields["forward_sms_to"].help_text)


def test_a_form_is_not_narrowed_where_nothing_is_known() -> None:
    form = NumberConfigForm()
    form.narrow(capabilities_for("FR"))
    assert form.as_p() == NumberConfigForm().as_p()


def test_a_narrowed_form_keeps_what_is_no_mode_and_what_it_does_not_have() -> None:
    form = ModelessForm()
    form.narrow(CHECKER.capabilities_for("DE"))
    assert form.fields["mode"].choices == [("", "-"), ("fax", "Faxes")]  # type: ignore[attr-defined]  # it has
    form.fields["mode"].choices = [("Lines", form.fields["mode"].choices), ("both", "Either")]  # type: ignore[attr-defined]
    form.narrow(CHECKER.capabilities_for("US"))
    assert form.fields["mode"].choices == [("Lines", [("", "-")]), ("both", "Either")]  # type: ignore[attr-defined]
    line = LineForm()
    line.narrow(CHECKER.capabilities_for("MY"))
    assert line["calls_url"].as_widget().count("disabled") == 1
    assert "disabled" in line["mode"].as_widget()


def test_what_is_sent_in_spite_of_a_narrowed_form_is_judged_as_ever() -> None:
    form = NumberConfigForm({"number": "+12015550123", "forward_to": CALLS, "mode": ["fax"]})
    form.narrow(capabilities_for("US"))
    assert codes(form) == {"mode": ["service.unsupported"]}


def test_reports_and_json_are_there_for_scripts() -> None:
    form = NumberConfigForm({"number": NUMBER, "forward_sms_to": SMS})
    assert json.loads(form.errors.as_json())["forward_sms_to"][0]["code"] == "service.unsupported"
    assert form.report is not None
    assert form.report.to_problem()["status"] == 422
