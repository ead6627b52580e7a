"""What the sandbox sells: real numbers of the right places, for the shipped countries and for a user's own."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import phonenumbers
import pytest

from hoiio_numbers import Registry, countries, numberplan
from hoiio_numbers.sandbox.inventory import GUIDE, NUMBERS_IN_A_PLACE, Inventory, Place, price
from hoiio_numbers.services import Service


@pytest.fixture(scope="module")
def shipped() -> Inventory:
    return Inventory(Registry.default().in_force())


def own(directory: Path, code: str, *, by_state: bool) -> Inventory:
    """The inventory of the shipped data with a country of the user's own laid over it."""
    text = f'country = "{code}"\nsells_by_state = {str(by_state).lower()}\n\n[[revision]]\nfrom = 2012-09-01\n'
    text += 'source = "me"\nvoice = true\nfax = false\nsms = true\n'
    (directory / f"{code}.toml").write_text(text, encoding="utf-8")
    return Inventory(Registry.default().overlay(directory).in_force())


def test_every_listed_number_is_valid_and_of_its_country(
    shipped: Inventory, record_property: Callable[[str, object], None]
) -> None:
    counted = 0
    for place, numbers in shipped.places.items():
        for number in numbers:
            if number not in GUIDE:
                parsed = phonenumbers.parse(number)
                assert phonenumbers.is_valid_number(parsed), number
                assert phonenumbers.is_valid_number_for_region(parsed, place.country), number
                assert phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) == number
                counted += 1
    assert counted == NUMBERS_IN_A_PLACE * len(shipped.places)
    record_property("count", f"sandbox: {counted:,} numbers for sale, each valid for its country by phonenumbers")


def test_every_place_of_the_shipped_data_has_two_pages_and_a_short_one(shipped: Inventory) -> None:
    assert {place.country for place in shipped.places} == set(shipped.edition.countries)
    fewest = min(len(numbers) for numbers in shipped.places.values())
    assert 40 < fewest == NUMBERS_IN_A_PLACE < 60


def test_no_number_is_sold_twice(shipped: Inventory) -> None:
    assert sum(map(len, shipped.places.values())) == len(shipped.place_of)


def test_the_guides_own_numbers_come_first(shipped: Inventory) -> None:
    for number, (country, state) in GUIDE.items():
        place = Place(country, state)
        assert shipped.places[place][0] == number
        assert shipped.place_of[number] == place


def test_the_us_sell_by_all_their_states_and_the_capital(shipped: Inventory) -> None:
    states = shipped.states("US")
    assert len(states) == 51
    assert set(states) <= set(countries.subdivisions("US"))
    assert {"AL", "CA", "DC"} <= set(states)
    assert shipped.states("SG") == ()


def test_the_us_numbers_are_kept_for_fiction(shipped: Inventory) -> None:
    assert all(
        number[5:10] == "55501"
        for number, place in shipped.place_of.items()
        if place.country == "US" and number not in GUIDE
    )


@pytest.mark.parametrize("code", ["GB", "MY", "DE", "IT"])
def test_a_country_of_the_users_own_data_has_numbers(tmp_path: Path, code: str) -> None:
    numbers = own(tmp_path, code, by_state=False).places[Place(code, "")]
    assert len(numbers) == NUMBERS_IN_A_PLACE
    assert all(phonenumbers.is_valid_number_for_region(phonenumbers.parse(number), code) for number in numbers)


@pytest.mark.parametrize("code", ["CA", "AU", "IN"])
def test_a_country_sold_by_state_has_numbers_of_its_own_in_each(tmp_path: Path, code: str) -> None:
    inventory = own(tmp_path, code, by_state=True)
    assert set(inventory.states(code)) == set(countries.subdivisions(code))
    places = [place for place in inventory.places if place.country == code]
    numbers = [number for place in places for number in inventory.places[place]]
    assert len(set(numbers)) == len(numbers) == NUMBERS_IN_A_PLACE * len(places)
    assert all(phonenumbers.is_valid_number_for_region(phonenumbers.parse(number), code) for number in numbers)


def test_a_country_without_a_number_plan_has_no_numbers(tmp_path: Path) -> None:
    assert "AQ" not in numberplan.calling_codes()
    assert own(tmp_path, "AQ", by_state=False).places[Place("AQ", "")] == ()


def test_what_a_place_can_receive_is_what_the_data_says(shipped: Inventory) -> None:
    assert shipped.services(Place("US", "AL")) == {Service.VOICE, Service.SMS}
    assert shipped.services(Place("SG", "")) == {Service.VOICE, Service.FAX}
    assert shipped.services(Place("GB", "")) == frozenset()


@pytest.mark.parametrize(
    ("country", "duration", "expected"),
    [
        ("US", "1", "4.00"),
        ("US", "3", "11.40"),
        ("US", "12", "40.80"),
        ("US", "auto_extend", "4.00"),
        ("SG", "12", "102.00"),
        ("HK", "1", "8.00"),
        ("US", "6", "24.00"),
    ],
)
def test_prices_are_exact_to_the_cent(country: str, duration: str, expected: str) -> None:
    assert str(price(country, duration)) == str(Decimal(expected))
