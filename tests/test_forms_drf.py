import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import faces
import pytest
from django.db import models
from django.http import QueryDict
from django.test import override_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.generics import CreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from hoiio_numbers import Report, Violation, capabilities_for
from hoiio_numbers.forms.drf import ModeField, NumberConfigMixin, NumberConfigSerializer, TextField

CHECKER = faces.checker()
NUMBER, CALLS, SMS = "+6561234567", "https://example.com/calls", "https://example.com/sms"


class FullSerializer(NumberConfigSerializer):
    def check_mapping(self, data: Any) -> Report:
        return CHECKER.check_mapping(data)


Codes = dict[str, list[str]]


def codes(details: Mapping[str, Any]) -> Codes:
    return {name: [error.code for error in errors] for name, errors in details.items()}


def expected(violations: Iterable[Violation]) -> Codes:
    found: Codes = {}
    for violation in violations:
        found.setdefault(violation.field or "non_field_errors", []).append(violation.code)
    return found


class Configure(APIView):
    def post(self, request: Request) -> Response:
        serializer = FullSerializer(data=request.data)
        is_valid = serializer.is_valid()
        return Response(
            {
                "errors": codes(serializer.errors),
                "warnings": codes(serializer.warnings),
                "number": serializer.validated_data.get("number"),
            },
            200 if is_valid else 400,
        )


class Usual(CreateAPIView[Any]):
    serializer_class = NumberConfigSerializer

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        serializer: Any = super().get_serializer(*args, **options)
        serializer.narrow(capabilities_for("SG"))
        return serializer


urlpatterns = [path("", Configure.as_view()), path("usual/", Usual.as_view())]


@pytest.fixture(autouse=True)
def _urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.parametrize("sent_as", ["json", "multipart"])
def test_the_serializer_says_what_check_config_says(
    sent_as: str, record_property: Callable[[str, object], None]
) -> None:
    client = APIClient()
    for request in faces.standard():
        data = {name: value for name, value in request.items() if sent_as == "json" or value is not None}
        answer = client.post("/", data, format=sent_as)
        report = CHECKER.check_config(**request)  # type: ignore[arg-type]  # its own data
        said = answer.json()
        assert (answer.status_code == 200) == report.ok
        assert said["errors"] == expected(report.errors)
        assert said["warnings"] == expected(report.warnings)
        if report.ok:
            assert said["number"] == report.number
    record_property("count", f"DRF, {sent_as}: {len(faces.standard())} requests, 0 disagreements with check_config()")


WRONG_TYPES: list[dict[str, object]] = [
    {"number": 6561234567, "forward_to": 5},
    {"number": ["+6561234567"], "country": {}, "forward_to": [CALLS, SMS], "mode": 7},
    {"number": True, "state": [], "mode": [1, None, "fax"], "forward_sms_to": {"url": "https://me:secret@example.com"}},
    {"number": "\ud800", "forward_to": "https://example.com/\ud800", "foward_to\ud800": "x"},
]


@pytest.mark.parametrize("data", WRONG_TYPES)
def test_values_of_wrong_types_are_refused_with_the_same_codes(data: dict[str, object]) -> None:
    answer = APIClient().post("/", json.dumps(data), content_type="application/json")
    report = CHECKER.check_mapping(data)
    whole = [it for it in report.errors if it.code == "parameter.unknown"]  # a key, which is no field
    located = expected(it for it in report.errors if it not in whole)
    if whole:
        located["non_field_errors"] = ["parameter.unknown"]
    assert answer.json()["errors"] == located


def test_the_usual_answer_says_what_is_wrong_and_what_to_do_instead() -> None:
    answer = APIClient().post("/usual/", {"number": NUMBER, "forward_sms_to": SMS}, format="json")
    assert answer.status_code == 400
    instead = "Leave SMS out, or use a number that can receive it, of one of these: US."
    assert answer.json() == {"forward_sms_to": [f"Numbers of SG cannot receive SMS. {instead}"]}


def test_a_body_that_is_no_mapping_is_the_frameworks_to_refuse() -> None:
    answer = APIClient().post("/usual/", [NUMBER], format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["non_field_errors"])


def test_two_ticked_modes_are_two_whatever_the_field_makes_of_them() -> None:
    class OneMode(NumberConfigSerializer):
        mode = serializers.ChoiceField(choices=["voice", "fax"])  # type: ignore[assignment]  # as users do

    for serializer in (NumberConfigSerializer, OneMode):
        filled = serializer(data=QueryDict(f"number=%2B6561234567&forward_to={CALLS}&mode=voice&mode=fax"))
        assert not filled.is_valid()
        assert codes(filled.errors) == {"mode": ["service.conflict"]}


def test_warnings_refuse_nothing() -> None:
    serializer = NumberConfigSerializer(data={"number": "+16001234567", "forward_to": "http://localhost/"})
    assert serializer.warnings == {}
    assert serializer.is_valid()
    assert codes(serializer.warnings) == {"number": ["number.unassigned"], "forward_to": ["url.unreachable"]}


class Phone(models.Model):
    phone: "models.CharField[str, str]" = models.CharField(max_length=16)
    calls_url: "models.CharField[str, str]" = models.CharField(max_length=4000, blank=True)
    sms_url: "models.CharField[str, str]" = models.CharField(max_length=4000, blank=True)

    class Meta:
        app_label = "tests"


class PhoneSerializer(NumberConfigMixin, serializers.ModelSerializer[Phone]):
    field_names: ClassVar = {"number": "telephone", "forward_to": "calls_url", "forward_sms_to": "sms_url"}
    default_error_messages: ClassVar = {"service.unsupported": "{country} has no {service}; {alternatives} have."}
    telephone = serializers.CharField(source="phone", error_messages={"number.impossible": "Hm, {number}? {{{hint}}}"})

    class Meta:
        model = Phone
        fields = ("telephone", "calls_url", "sms_url")


def test_a_model_serializer_has_names_and_texts_of_its_own() -> None:
    serializer = PhoneSerializer(data={"telephone": "+65 6123-4567", "calls_url": CALLS})
    assert serializer.is_valid()
    assert serializer.validated_data == {"phone": NUMBER, "calls_url": CALLS}
    refused = PhoneSerializer(data={"telephone": NUMBER, "sms_url": SMS})
    assert not refused.is_valid()
    assert refused.errors == {"sms_url": ["SG has no sms; US have."]}
    odd = PhoneSerializer(data={"telephone": "+65 1", "sms_url": SMS})
    assert not odd.is_valid()
    assert odd.errors["telephone"][0].startswith("Hm, +65 1? {Check the digits, and that")


def test_an_update_is_judged_with_what_is_kept() -> None:
    kept = Phone(phone=NUMBER, calls_url=CALLS)
    serializer = PhoneSerializer(kept, data={"calls_url": "http://localhost/"}, partial=True)
    assert serializer.is_valid()
    assert serializer.validated_data == {"calls_url": "http://localhost/"}
    refused = PhoneSerializer(kept, data={"sms_url": SMS}, partial=True)
    assert not refused.is_valid()
    assert codes(refused.errors) == {"sms_url": ["service.unsupported"]}
    moved = PhoneSerializer(kept, data={"telephone": "+442079460000"}, partial=True)
    assert not moved.is_valid()
    assert codes(moved.errors) == {"non_field_errors": ["country.unsupported"]}
    for sent, found in (({"calls_url": ""}, "request.empty"), ({}, None)):
        full = PhoneSerializer(kept, data={"telephone": NUMBER, **sent})
        assert full.is_valid() == (not found)
        assert codes(full.errors) == ({"non_field_errors": [found]} if found else {})


class Owned(NumberConfigMixin):
    number = serializers.CharField(source="line.phone")
    forward_to = serializers.CharField(source="line.url")


def test_values_may_come_from_deeper_in_an_instance_and_go_there() -> None:
    serializer = Owned(data={"number": "+65 6123-4567", "forward_to": CALLS})
    assert serializer.is_valid()
    assert serializer.validated_data == {"line": {"phone": NUMBER, "url": CALLS}}
    for instance in (SimpleNamespace(line=Phone(phone=NUMBER)), {"line": {"phone": NUMBER}}):
        partial = Owned(instance, data={"forward_to": CALLS}, partial=True)
        assert partial.is_valid()
        assert partial.validated_data == {"line": {"url": CALLS}}
    unkept = Owned({}, data={"forward_to": CALLS}, partial=True)
    assert not unkept.is_valid()
    assert codes(unkept.errors) == {"number": ["number.missing"]}


def test_what_can_only_be_read_is_judged_as_it_is_kept() -> None:
    class Fixed(PhoneSerializer):
        telephone = serializers.CharField(source="phone", read_only=True)

    kept = Phone(phone=NUMBER)
    serializer = Fixed(kept, data=QueryDict(f"telephone=1&telephone=2&calls_url={CALLS}"))
    assert serializer.is_valid()
    assert serializer.validated_data == {"calls_url": CALLS}
    refused = Fixed(kept, data={"sms_url": SMS})
    assert not refused.is_valid()
    assert codes(refused.errors) == {"sms_url": ["service.unsupported"]}


def test_each_of_many_is_judged() -> None:
    good = {"number": NUMBER, "forward_to": CALLS}
    serializer = NumberConfigSerializer(data=[good, {**good, "foward_to": "x"}, {}], many=True)
    assert not serializer.is_valid()
    errors: Any = serializer.errors  # a list with a place for each of them, before DRF 3.18
    refused = errors if isinstance(errors, dict) else {index: it for index, it in enumerate(errors) if it}
    assert {index: codes(errors) for index, errors in refused.items()} == {
        1: {"non_field_errors": ["parameter.unknown"]},
        2: {"number": ["number.missing"], "non_field_errors": ["request.empty"]},
    }


def test_what_a_field_refuses_itself_is_refused_first() -> None:
    class Strict(NumberConfigSerializer):
        number = serializers.CharField(max_length=5)  # type: ignore[assignment]  # as users do

    serializer = Strict(data={"number": NUMBER})
    assert not serializer.is_valid()
    assert codes(serializer.errors) == {"number": ["max_length"]}


def test_a_serializer_offers_what_can_work() -> None:
    options = APIClient().options("/usual/").json()["actions"]["POST"]
    assert options["mode"]["choices"] == [
        {"value": "voice", "display_name": "Voice"},
        {"value": "fax", "display_name": "Fax"},
    ]
    assert "voice and fax exclude each other" in options["mode"]["help_text"]
    assert options["forward_sms_to"]["help_text"].startswith("Numbers of SG cannot receive SMS.")

    class NoState(NumberConfigMixin):
        mode = ModeField()
        number = TextField()

    serializer = NoState()
    serializer.narrow(CHECKER.capabilities_for("DE"))
    assert [*serializer.fields["mode"].choices] == ["fax"]  # type: ignore[attr-defined]  # it has
    assert [*NoState().fields["mode"].choices] == ["voice", "fax"]  # type: ignore[attr-defined]
