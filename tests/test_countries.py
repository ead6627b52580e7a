import pycountry
import pytest

from hoiio_numbers import countries


def test_the_codes_are_those_of_iso_3166() -> None:
    assert countries.codes() == {country.alpha_2 for country in pycountry.countries}
    assert {"SG", "US", "GB", "CX", "AQ"} <= countries.codes()
    assert not {"UK", "EU", "XK", "sg", "", "SGP"} & countries.codes()


@pytest.mark.parametrize(
    ("code", "name"), [("SG", "Singapore"), ("VN", "Vietnam"), ("US", "United States"), ("TW", "Taiwan")]
)
def test_a_country_goes_by_its_common_name(code: str, name: str) -> None:
    assert countries.name(code).startswith(name)


@pytest.mark.parametrize("code", ["UK", "XX", ""])
def test_what_is_no_code_has_no_name(code: str) -> None:
    with pytest.raises(KeyError, match=repr(code)):
        countries.name(code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UK", "GB"),
        ("uk", "GB"),
        ("EL", "GR"),
        ("SGP", "SG"),
        ("sgp", "SG"),
        ("Singapore", "SG"),
        ("SINGAPORE", "SG"),
        ("702", "SG"),
        ("Viet Nam", "VN"),
        ("United States of America", "US"),
        ("XX", None),
        ("Singapor", None),
        ("United", None),
        ("", None),
        ("\ud800", None),
        ("S" * 100, None),
        ("S" * 1_000_000, None),
    ],
)
def test_a_code_is_meant_by_other_names_that_are_certain(text: str, code: str | None) -> None:
    assert countries.code_meant(text) == code


def test_every_name_and_code_of_iso_3166_means_its_country() -> None:
    for country in pycountry.countries:
        for text in (country.alpha_2, country.alpha_3, country.numeric, country.name):
            assert countries.code_meant(text) == country.alpha_2


def test_subdivisions_go_without_their_country() -> None:
    states = countries.subdivisions("US")
    assert (states["AL"], states["DC"]) == ("Alabama", "District of Columbia")
    assert not any(code.startswith("US-") for code in states)


@pytest.mark.parametrize("country", ["AQ", "XX", ""])
def test_a_country_may_have_no_subdivisions(country: str) -> None:
    assert dict(countries.subdivisions(country)) == {}


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("US", "Alabama", "AL"),
        ("US", "ALABAMA", "AL"),
        ("US", "AL", None),
        ("US", "Ontario", None),
        ("CA", "Ontario", "ON"),
        ("AQ", "Alabama", None),
        ("US", "", None),
    ],
)
def test_a_subdivision_is_meant_by_its_name(country: str, text: str, code: str | None) -> None:
    assert countries.subdivision_meant(country, text) == code
