from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, ClassVar

import faces
import pytest
from flask import Flask, render_template_string, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm  # type: ignore[import-untyped]  # theirs is untyped
from multidict import MultiDict as AiohttpMultiDict
from werkzeug.datastructures import MultiDict
from wtforms import Form, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from hoiio_numbers import Report, Violation, capabilities_for
from hoiio_numbers.forms.wtforms import ModeField, NumberConfigForm, NumberConfigMixin

CHECKER = faces.checker()
NUMBER, CALLS, SMS = "+6561234567", "https://example.com/calls", "https://example.com/sms"
PAGE = """<form method="post">{% for field in form %}{{ field.label }}{{ field }}
{% for it in field.errors %}<p class="error">{{ it }}</p>{% endfor %}
{% for it in form.warnings.get(field.short_name, []) %}<p class="warning">{{ it }}</p>{% endfor %}
{% endfor %}</form>"""


class FullForm(NumberConfigForm):
    def check_mapping(self, data: Any) -> Report:
        return CHECKER.check_mapping(data)


app = Flask(__name__)


@app.post("/")
def configure() -> ResponseReturnValue:
    form = FullForm(request.form)
    is_valid = form.validate()
    codes = [[it.field, it.code] for it in form.report.violations] if form.report is not None else []
    said = {"errors": form.errors, "warnings": form.warnings, "codes": codes, "number": form.number.data}
    return said, 200 if is_valid else 422


@app.post("/page")
def page() -> str:
    form = NumberConfigForm(request.form)
    form.validate()
    return render_template_string(PAGE, form=form)


def texts(violations: Iterable[Violation]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for it in violations:
        found.setdefault(it.field or "", []).append(" ".join(filter(None, [it.message, it.hint])))
    return found


def test_the_form_says_what_check_config_says(record_property: Callable[[str, object], None]) -> None:
    client = app.test_client()
    for sent in faces.standard():
        answer = client.post("/", data={name: value for name, value in sent.items() if value is not None})
        report = CHECKER.check_config(**sent)  # type: ignore[arg-type]  # its own data
        said = answer.get_json()
        assert (answer.status_code == 200) == report.ok
        assert said["codes"] == [[it.field, it.code] for it in report.violations]
        assert said["errors"] == texts(report.errors)
        assert said["warnings"] == texts(report.warnings)
        if report.number:
            assert said["number"] == report.number
    record_property(
        "count", f"WTForms, in Flask: {len(faces.standard())} requests, 0 disagreements with check_config()"
    )


class OwnForm(NumberConfigMixin, Form):
    field_names: ClassVar = {"number": "phone", "forward_to": "calls_url"}
    error_messages: ClassVar = {"service.unsupported": "%(country)s has no %(service)s; %(alternatives)s have."}
    phone = StringField(validators=[InputRequired()])
    mode = RadioField(choices={"": "-", "voice": "Calls", "fax": "Faxes"}, default="")
    calls_url = StringField(validators=[Length(max=60)])


def sent(**values: str | list[str]) -> MultiDict[str, str]:
    return MultiDict(
        [(name, it) for name, some in values.items() for it in ([some] if isinstance(some, str) else some)]
    )


def test_two_ticked_modes_are_two_whatever_the_field_makes_of_them() -> None:
    own = OwnForm(sent(phone=NUMBER, calls_url=CALLS, mode=["voice", "fax"]))
    ours = NumberConfigForm(sent(number=NUMBER, forward_to=CALLS, mode=["voice", "fax"]))
    for form in (own, ours):
        assert not form.validate()
        assert form.report is not None
        assert [it.code for it in form.report.errors] == ["service.conflict"]
        assert [*form.errors] == ["mode"]


def test_names_and_texts_may_be_the_forms_own() -> None:
    form = OwnForm(sent(phone="+1 201 555 0123", calls_url=CALLS, mode="fax"))
    assert not form.validate()
    assert form.errors == {"mode": ["US has no fax; SG have."]}
    assert form.phone.data == "+12015550123"
    assert not form.validate()
    assert form.errors == {"mode": ["US has no fax; SG have."]}, "however often it is asked"


def test_a_field_that_says_itself_that_it_is_required_says_it_alone() -> None:
    form = OwnForm(sent(calls_url=CALLS))
    assert not form.validate()
    assert form.errors == {"phone": ["This field is required."]}


def test_what_a_field_refuses_itself_is_judged_too() -> None:
    form = OwnForm(sent(phone=NUMBER, calls_url=f"example.com/{'x' * 60}", mode=""))
    assert not form.validate()
    assert form.report is not None
    assert [it.code for it in form.report.errors] == ["url.malformed"]
    assert len(form.calls_url.errors) == 2
    long = OwnForm(sent(phone=NUMBER, calls_url=f"https://example.com/{'x' * 60}", mode=""))
    assert not long.validate()
    assert long.report is not None
    assert long.report.ok, "it is the field alone that has something against it"


def test_what_a_field_cannot_read_is_judged_as_it_was_typed() -> None:
    class Odd(NumberConfigForm):
        number = IntegerField()  # type: ignore[assignment]  # as users do

    form = Odd(sent(number="+65x", forward_to=CALLS))
    assert not form.validate()
    assert [it.code for it in form.report.errors] == ["number.malformed"] if form.report is not None else False
    assert len(form.number.errors) == 2


def test_what_is_wrong_with_a_field_that_is_not_there_is_wrong_with_the_form() -> None:
    form = OwnForm(sent(phone="+442079460000", calls_url=CALLS, mode=""))
    for _ in range(2):
        assert not form.validate()
        assert len(form.form_errors) == 1
    assert form.form_errors[0].startswith("+442079460000 is a number of GB, of which Hoiio sells none.")
    unassigned = OwnForm(sent(phone="+1 800 234 5678", mode="voice"))
    unassigned.check_mapping = CHECKER.check_mapping  # type: ignore[method-assign]  # a checker of one's own
    assert unassigned.validate()
    assert [*unassigned.warnings] == ["mode"]


def test_warnings_refuse_nothing_and_templates_show_them() -> None:
    form = NumberConfigForm(sent(number="+16001234567", forward_to="http://me:secret@localhost/"))
    assert form.warnings == {}
    assert form.validate()
    assert {name: len(some) for name, some in form.warnings.items()} == {"number": 1, "forward_to": 2}
    page = app.test_client().post("/page", data={"number": "+16001234567", "forward_to": "http://localhost/"}).text
    assert page.count('class="warning"') == 2
    assert page.count('class="error"') == 0


def test_a_parameter_that_the_page_misspells_is_an_error() -> None:
    form = NumberConfigForm(sent(number=NUMBER, foward_to=CALLS))
    assert not form.validate()
    assert len(form.errors[""]) == 2
    assert "Write forward_to." in form.form_errors[0]


def test_keys_of_other_forms_are_not_looked_at() -> None:
    data = {"a-number": NUMBER, "a-forward_to": CALLS, "foward_to": "x", "country": "FR"}
    assert NumberConfigForm(sent(**data), prefix="a").validate()
    assert not NumberConfigForm(sent(**data, **{"a-foward_to": "x"}), prefix="a").validate()
    assert NumberConfigForm(sent(number=NUMBER, forward_to=CALLS, **{"2-forward_to": CALLS})).validate()


def test_forms_are_filled_from_objects_and_from_other_multi_dicts_too() -> None:
    assert NumberConfigForm(data={"number": NUMBER, "forward_to": CALLS, "mode": ["fax"]}).validate()
    line = SimpleNamespace(number=NUMBER, forward_to=CALLS, mode="fax")
    kept = NumberConfigForm(obj=line)
    assert kept.validate()
    assert kept.mode.data == ["fax"]
    assert kept.mode().count(" checked ") == 1
    assert not NumberConfigForm().validate()
    pairs = [("number", NUMBER), ("forward_to", CALLS), ("mode", "voice"), ("mode", "fax")]
    form = NumberConfigForm(AiohttpMultiDict(pairs))
    assert not form.validate()
    assert [*form.errors] == ["mode"]


def test_a_flask_form_takes_in_what_was_sent_by_itself() -> None:
    class LineForm(NumberConfigMixin, FlaskForm):  # type: ignore[misc]  # as said above
        number = StringField()
        forward_to = StringField()

        class Meta:
            csrf = False

    for data, errors in (({"forward_to": CALLS}, {}), ({"foward_to": CALLS}, {"": 2})):
        with app.test_request_context(method="POST", data={"number": NUMBER, **data}):
            form = LineForm()  # type: ignore[call-arg]  # for the same reason
            assert form.validate_on_submit() == (not errors)
            assert {name: len(some) for name, some in form.errors.items()} == errors


def test_a_name_for_no_parameter_is_the_programmers_error() -> None:
    with pytest.raises(ValueError, match="has no parameter modes"):

        class Misspelt(NumberConfigForm):
            field_names: ClassVar = {"modes": "mode"}


def test_a_form_offers_what_can_work() -> None:
    form = NumberConfigForm()
    assert isinstance(form.mode, ModeField)
    form.narrow(capabilities_for("US"))
    assert [option.label.text for option in form.mode] == ["Voice"]
    assert form.mode.description.startswith("Numbers of US can receive voice and SMS.")
    assert "disabled" not in form.forward_sms_to()
    form.narrow(capabilities_for("SG"))
    assert "disabled" in form.forward_sms_to()
    assert form.forward_sms_to.description.startswith("Numbers of SG cannot receive SMS.")


def test_a_form_is_not_narrowed_where_nothing_is_known() -> None:
    form = NumberConfigForm()
    form.narrow(capabilities_for("FR"))
    assert form.mode() == NumberConfigForm().mode()


def test_choices_are_narrowed_in_every_shape_they_are_given_in() -> None:
    germany = CHECKER.capabilities_for("DE")
    form = OwnForm()
    form.narrow(germany)
    assert form.mode.choices == {"": "-", "fax": "Faxes"}

    class Listed(NumberConfigMixin, Form):
        mode = SelectField(choices=["", "voice", "fax"])  # type: ignore[list-item]  # the stubs know of pairs only

    listed = Listed()
    listed.narrow(germany)
    assert [*(listed.mode.choices or ())] == ["", "fax"]

    class Grouped(NumberConfigMixin, Form):
        mode = SelectField(choices={"": "-", "Lines": {"voice": "Calls", "fax": "Faxes"}})

    grouped = Grouped()
    grouped.narrow(germany)
    assert grouped.mode.choices == {"": "-", "Lines": {"fax": "Faxes"}}

    class Paired(NumberConfigMixin, Form):
        mode = SelectMultipleField()

    paired = Paired()
    paired.mode.choices = [("voice", "Calls"), ("fax", "Faxes")]
    paired.narrow(germany)
    assert paired.mode.choices == [("fax", "Faxes")]

    class Free(NumberConfigMixin, Form):
        mode = StringField()

    Free().narrow(germany)
