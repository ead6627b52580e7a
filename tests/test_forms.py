from pathlib import Path

import faces
import pytest

from hoiio_numbers import Registry
from hoiio_numbers.forms import judged, offered, text

CHECKER = faces.checker()


@pytest.mark.parametrize(
    ("country", "modes", "useless", "told"),
    [
        ("US", {"voice"}, set(), {"mode": "Numbers of US can receive voice and SMS."}),
        (
            "SG",
            {"voice", "fax"},
            {"forward_sms_to"},
            {
                "mode": "Numbers of SG can receive voice and fax; voice and fax exclude each other.",
                "forward_sms_to": "Numbers of SG cannot receive SMS.",
            },
        ),
        (
            "MY",
            set(),
            {"mode", "forward_to", "forward_sms_to"},
            {
                "mode": "Numbers of MY can receive none.",
                "forward_to": "Numbers of MY cannot receive voice or fax.",
                "forward_sms_to": "Numbers of MY cannot receive SMS.",
            },
        ),
        ("FR", {"voice", "fax"}, set(), {}),
    ],
)
def test_a_form_can_offer_what_the_data_has(
    country: str, modes: set[str], useless: set[str], told: dict[str, str]
) -> None:
    offer = offered(CHECKER.capabilities_for(country))
    assert offer.modes == frozenset(modes)
    assert offer.useless == frozenset(useless)
    assert {parameter: text.partition(" (")[0] for parameter, text in offer.help_texts.items()} == told
    assert all(text.endswith(", as of 2012-09-01)") for text in offer.help_texts.values())


def test_limitations_and_the_state_are_told(tmp_path: Path) -> None:
    (tmp_path / "US.toml").write_text(
        'country = "US"\n[[revision]]\nfrom = 2012-09-01\nsource = "a test"\nvoice = true\nfax = false\nsms = true\n'
        'limitations = "Not on Sundays."\n[revision.subdivisions.AK]\nlimitations = "Not in winter."\n',
        encoding="utf-8",
    )
    registry = Registry.default().overlay(tmp_path)
    assert offered(registry.capabilities("US")).help_texts["mode"] == (
        "Numbers of US can receive voice and SMS. Not on Sundays. (a test, as of 2012-09-01)"
    )
    assert offered(registry.capabilities("US", state="AK")).help_texts["mode"] == (
        "Numbers of US-AK can receive voice and SMS. Not in winter. (a test, as of 2012-09-01)"
    )


def test_what_is_no_mode_is_kept_among_the_choices() -> None:
    offer = offered(CHECKER.capabilities_for("DE"))
    assert [choice for choice in ("", None, "fax", "voice", "both") if offer.keeps(choice)] == ["", None, "fax", "both"]


def test_several_values_that_were_sent_are_judged_whatever_a_field_made_of_them() -> None:
    assert judged("fax", ["voice", "fax"]) == ["voice", "fax"]
    assert judged({"fax"}, None) == {"fax"}
    assert judged(Path("x"), "y") == "x"
    assert judged(None, "y") is None


def test_a_text_says_what_to_do_instead_where_the_rule_does() -> None:
    (hintless,) = faces.HINTLESS.check_config(None).errors
    assert text(hintless) == "Where to?"
    (missing,) = CHECKER.check_config(None, forward_to="https://example.com/").errors
    assert text(missing).startswith("No number was given. Give the number in E.164 form")
