"""The exported schemas beside the check: held equal by two validators, Python's jsonschema and npm's ajv."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faces import full_registry, requests
from jsonschema import Draft202012Validator
from phonenumbers import PhoneNumberFormat, example_number, format_number

from hoiio_numbers import RULES, Checker, Registry, Severity, check_mapping, countries, patterns
from hoiio_numbers.facts import Call
from hoiio_numbers.mappings import PARAMETERS, meant_by
from hoiio_numbers.schema import DECIDES, Extent, Schema, json_schema, json_schemas
from hoiio_numbers.text import given
from hoiio_numbers.urls import LONGEST

ON = date(2026, 1, 1)
COUNT = 5_000
WHOLLY = {code for code, (extent, _) in DECIDES.items() if extent is Extent.WHOLLY}
ROOT = Path(__file__).parent.parent
AJV = Path(sys.prefix) / "ajv" / "node_modules"  # where `make test` installs it

Body = dict[str, Any]
Counted = Callable[[str, object], None]


# -- the validators ----------------------------------------------------------------------------------------------------

Questions = Sequence[tuple[Schema, Sequence[Body]]]
"""Schemas, each with the bodies of which it is asked whether it takes them."""


def by_jsonschema(questions: Questions) -> list[list[bool]]:
    for schema, _ in questions:
        Draft202012Validator.check_schema(schema)
    return [[*map(Draft202012Validator(schema).is_valid, bodies)] for schema, bodies in questions]


def by_ajv(questions: Questions) -> list[list[bool]]:
    if not (AJV / "ajv").is_dir() or not shutil.which("node"):
        pytest.skip("needs node, and ajv where `make test` installs it")
    ran = subprocess.run(
        ["node", ROOT / "tests" / "ajv" / "verdicts.cjs"],
        env={**os.environ, "NODE_PATH": str(AJV)},
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, ""), "ajv complains of nothing, strict as it is"
    return [[verdict == "1" for verdict in line] for line in ran.stdout.splitlines()]


# -- the check in a schema's place -------------------------------------------------------------------------------------


def hold_equal(registry: Registry, bodies_of: Callable[[str], Sequence[Body]]) -> str:
    """Hold the schema of each country against the check, by both validators, and answer what came of it."""
    schemas, checker = json_schemas(registry=registry, on=ON), Checker(registry)
    questions = [(schema, bodies_of(country)) for country, schema in schemas.items()]
    verdicts = by_jsonschema(questions)
    counts: Counter[str] = Counter()
    for country, (_, bodies), answers in zip(schemas, questions, verdicts, strict=True):
        for body, is_taken in zip(bodies, answers, strict=True):
            counts[_compared(checker, country, body, is_taken=is_taken)] += 1
    assert counts["taken by both"], "a schema that takes nothing is right for no reason"
    assert by_ajv(questions) == verdicts
    what = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    return f"{counts.total():,} requests beside the check, by jsonschema and by ajv: {what}; 0 disagreements"


def _compared(checker: Checker, country: str, body: Body, *, is_taken: bool) -> str:
    """What came of *body*, which is about numbers of *country* unless it says itself which, beside what should."""
    report = checker.check_mapping(body, country=country if given(body.get("country")) is None else None, on=ON)
    works = report.ok and report.country == country
    assert is_taken or not works, f"the schema of {country} refuses {body}, which the check accepts"
    decided = WHOLLY & {violation.code for violation in report.errors}
    assert not is_taken or not decided or not _is_ascii(body), f"the schema of {country} takes {body}: {decided}"
    return "taken by both" if works else "left to the check" if is_taken else "refused by both"


def _is_ascii(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_ascii, [*value, *value.values()]))
    if isinstance(value, list):
        return all(map(_is_ascii, value))
    return not isinstance(value, str) or value.isascii()


@pytest.mark.long
def test_schemas_agree_with_the_check_over_the_enumeration_for_faces(tmp_path: Path, record_property: Counted) -> None:
    registry = full_registry(tmp_path)
    enumeration = requests(Checker(registry))
    tally = hold_equal(registry, lambda _country: enumeration)
    record_property("count", f"schemas over the enumeration for faces, {len(enumeration)} by country: {tally}")


# -- every way of asking -----------------------------------------------------------------------------------------------

SERVICES = ("voice", "fax", "sms")
SUBSETS = [{*some} for count in range(4) for some in combinations(SERVICES, count)]
CONFLICTS = {
    "voice or fax": [["voice", "fax"]],
    "no conflicts": [],
    "SMS alone": [["voice", "sms"], ["sms", "fax"]],
    "one of three": [["voice", "fax", "sms"]],
}
MODES = [
    None,
    "",
    "voice",
    ["fax"],
    "FAX,voice",
    ["fax", "voice"],
    [" Voice ", None, ""],
    "telex",
    ["fax", "telex"],
    ",+",
]
STATES = [None, " ", "AK", "us-al", "AZ", "WY", "ON"]
URL = "https://example.com/in"


def _flags(services: Iterable[str]) -> str:
    return "".join(f"{service} = {str(service in services).lower()}\n" for service in SERVICES)


def _registry(directory: Path, conflicts: list[list[str]]) -> Registry:
    """A country for each set of services, one with states, a seller of a territory and one without a calling code."""
    nationwide = dict(zip(("SG", "HK", "VN", "NZ", "DE", "MY", "TH", "AU"), SUBSETS, strict=True))
    files = {
        code: f'country = "{code}"\n[[revision]]\nfrom = 2012-09-01\nsource = "a test"\n{_flags(services)}'
        for code, services in {**nationwide, "US": {"voice", "sms"}, "AQ": {"voice"}}.items()
    }
    files["AU"] = f'territories = ["CX"]\n{files["AU"]}'
    for state, services in {"AK": {"voice"}, "AL": {"fax", "sms"}, "AZ": ()}.items():
        files["US"] += f"[revision.subdivisions.{state}]\n{_flags(services)}"
    files["common"] = f'conflicts = {json.dumps(conflicts)}\ndurations = ["1"]\n'
    for name, text in files.items():
        (directory / f"{name}.toml").write_text(text, encoding="utf-8")
    return Registry.load(directory)


def _asking(country: str) -> list[Body]:
    example = example_number(country)
    number = format_number(example, PhoneNumberFormat.E164) if example else "+6561234567"
    ways = product(MODES, (None, URL), (None, URL), STATES)
    names = ("mode", "forward_to", "forward_sms_to", "state")
    return [{"number": number, **dict(zip(names, way, strict=True))} for way in ways]


@pytest.mark.parametrize("conflicts", CONFLICTS)
def test_what_is_asked_for_is_decided_wholly_whatever_the_data_says(
    conflicts: str, tmp_path: Path, record_property: Counted
) -> None:
    tally = hold_equal(_registry(tmp_path, CONFLICTS[conflicts]), _asking)
    assert "left" not in tally
    record_property("count", f"schemas, every way of asking, {conflicts}: {tally}")


# -- hostile bodies ----------------------------------------------------------------------------------------------------

SPACES = ["", " ", "\t", "\n", "\x0b", "\x1c", "\x85", "\xa0", "\u3000", "\ufeff"]
STRANGE = ["\0", "\x7f", "\x80", "é", "ß", "ſ", "\ud800", "😀", "\u212a", "|", "$", "\\", '"']
PIECES: dict[str, list[str]] = {
    "number": [*"+64(1).-", "6432345678", "32345678", "2015550123", "0", "00", "x", "+", "+", "＋", "５", "\u2212"],
    "country": ["NZ", "us", "Us", "AU", "cx", "N", "Z", "USA", "XX"],
    "state": ["US-", "us-", "VN-", "AK", "al", "wy", "01", "-", "A"],
    "mode": ["voice", "FAX", "Voice", "fax", "sms", "telex", *",+, ", "vo\u0130ce"],
    "forward_to": [
        *(
            "http",
            "HTTPS",
            "://",
            "//",
            "https://",
            "https://",
            "ftp:",
            "a",
            "-",
            "_",
            ".",
            "example.com",
            "xn--x",
            "ü",
        ),
        *("1.2.3", "[::1]", "[", "]", "%", ":80", ":", ":99999", "me:secret@", "@", "/in", "?a=b", "#c", "x" * 3990),
    ],
}
PIECES["forward_sms_to"] = PIECES["forward_to"]
OTHERS: list[object] = [
    None,
    0,
    6561234567,
    1.5,
    True,
    False,
    [],
    {},
    [None],
    [""],
    ["voice"],
    ["fax", ["voice"]],
    {"a": 1},
]
FINE: dict[str, list[object]] = {
    "number": ["+6432345678", "+842101234567", "+12015550123", "+61891641234", "0891641234"],
    "mode": ["voice", "fax", ["voice", "fax"], None],
    "forward_to": [URL, None],
    "forward_sms_to": [URL, None],
}
KEYS = [
    "foward_to",
    "forward_to ",
    "Forward_SMS_To",
    "forwardto",
    "csrf",
    "forwärd_to",
    "forward_to\n",
    "toforward",
    "to",
]


def _hostile(chance: Random) -> Body:
    """A body that is mostly in order, so that one thing at a time is not."""
    body = {name: chance.choice(values) for name, values in FINE.items()}
    for name in chance.sample([*PIECES], chance.choice([0, 1, 1, 2])):
        body[name] = _value(name, chance)
    if chance.random() < 0.1:
        body[chance.choice(KEYS)] = chance.choice([URL, "", None, 7])
    return {name: value for name, value in body.items() if value is not None or chance.random() < 0.2}


def _value(name: str, chance: Random) -> object:
    if chance.random() < 0.1:
        return chance.choice(OTHERS)
    if name == "mode" and chance.random() < 0.3:
        return [_value(name, chance) for _ in range(chance.randrange(4))]
    pieces = chance.choices(PIECES[name], k=chance.randrange(6))
    if chance.random() < 0.2:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(STRANGE))
    return chance.choice(SPACES) + "".join(pieces) + chance.choice(SPACES)


@pytest.mark.long
def test_hostile_bodies_are_never_refused_wrongly_nor_taken_where_the_schema_decides(
    tmp_path: Path, record_property: Counted
) -> None:
    chance = Random(20120901)  # noqa: S311 - a seed, so that every run is the same
    bodies = [_hostile(chance) for _ in range(COUNT)]
    registry = _registry(tmp_path, CONFLICTS["voice or fax"])
    tally = hold_equal(registry, lambda country: bodies if country in {"NZ", "VN", "US", "AU"} else [])
    record_property("count", f"schemas, hostile bodies: {tally}")


# -- what is said of it ------------------------------------------------------------------------------------------------

SG = json_schema("SG", on=ON)
CALL = {"number": "+6561234567", "forward_to": URL}
DECIDED_WHOLLY: dict[str, Body] = {
    "country.unknown": {**CALL, "country": "Singapore"},
    "country.unsupported": {"number": "+442079460000", "forward_to": URL, "country": "GB"},
    "mode.unknown": {**CALL, "mode": "telex"},
    "number.missing": {"forward_to": URL},
    "parameter.unknown": {**CALL, "forward_sms": None, "forwad_to": URL},
    "request.empty": {"number": "+6561234567"},
    "service.conflict": {**CALL, "mode": ["voice", "fax"]},
    "service.unsupported": {**CALL, "forward_sms_to": URL},
    "state.unknown": {**CALL, "state": "AL"},
    "url.too_long": {**CALL, "forward_to": f"{URL}/{'x' * LONGEST}"},
}
DECIDED_PARTLY: dict[str, tuple[Body, Body]] = {
    "country.mismatch": ({**CALL, "number": "+12015550123"}, {**CALL, "number": "001 201 555 0123"}),
    "number.impossible": ({**CALL, "number": "+651"}, {**CALL, "number": "1234"}),
    "number.malformed": ({**CALL, "number": "+65x"}, {**CALL, "number": "１x"}),
    "url.malformed": ({**CALL, "forward_to": "example.com"}, {**CALL, "forward_to": "http://1.2.3.999/"}),
}


def _takes(body: Body) -> bool:
    return Draft202012Validator(SG).is_valid(body)


def _errors(body: Body) -> list[str]:
    return [violation.code for violation in check_mapping(body, country=body.get("country", "SG"), on=ON).errors]


def test_the_table_says_of_every_rule_of_the_call_how_far_it_is_decided() -> None:
    rules = {code: rule for code, rule in RULES.items() if Call.CONFIGURE in rule.calls}
    assert [*DECIDES] == [*rules]
    extents = {extent: {code for code, (said, _) in DECIDES.items() if said is extent} for extent in Extent}
    assert extents[Extent.NOT] == {code for code, rule in rules.items() if rule.severity is Severity.WARNING}
    assert extents[Extent.WHOLLY] == set(DECIDED_WHOLLY)
    assert extents[Extent.PARTLY] == set(DECIDED_PARTLY)


@pytest.mark.parametrize(("code", "refused"), DECIDED_WHOLLY.items())
def test_what_is_decided_wholly_is_refused_for_itself_alone(code: str, refused: Body) -> None:
    assert _errors(refused) == [code]
    assert not _takes(refused)


@pytest.mark.parametrize(("code", "bodies"), DECIDED_PARTLY.items())
def test_what_is_decided_partly_is_refused_and_let_pass(code: str, bodies: tuple[Body, Body]) -> None:
    assert [_errors(body) for body in bodies] == [[code], [code]]
    assert [_takes(body) for body in bodies] == [False, True]


def test_a_url_is_counted_without_the_white_space_around_it() -> None:
    longest = URL.ljust(LONGEST, "x")
    for url, is_taken in ((longest, True), (f"\t {longest}\n", True), (f"{longest}x", False)):
        body = {**CALL, "forward_to": url}
        assert _takes(body) == (_errors(body) == []) == is_taken


def test_the_description_says_what_is_decided() -> None:
    for code, (extent, what) in DECIDES.items():
        assert (code in SG["description"]) == (extent is not Extent.NOT)
        assert extent is Extent.NOT or what in SG["description"]


def test_a_schema_names_itself_and_its_fields_for_forms() -> None:
    assert SG["$id"] == "tag:hoiio-numbers,2026:configure/SG/2012-09-01"
    assert SG["title"] == "Configure a number: Singapore (SG)"
    assert set(SG["properties"]) == set(PARAMETERS)
    for schema in json_schemas(on=ON).values():
        assert all(it["title"] and it["description"] for it in schema["properties"].values())
        assert '"format"' not in json.dumps(schema)
    modes = {code: it["properties"]["mode"]["anyOf"][0]["enum"] for code, it in json_schemas(on=ON).items()}
    assert modes["SG"] == ["voice", "fax"]
    assert modes["US"] == ["voice"]
    assert "Numbers of SG cannot receive SMS." in SG["properties"]["forward_sms_to"]["description"]
    assert set(json_schema("us")["properties"]["state"]["examples"]) == set(countries.subdivisions("US"))


def test_a_clause_between_fields_has_the_code_of_its_rule() -> None:
    (error,) = Draft202012Validator(SG).iter_errors({"number": "+6561234567"})
    assert isinstance(error.schema, dict)
    assert error.schema["title"] in RULES


def test_a_territory_has_the_schema_of_its_seller_and_a_stranger_none() -> None:
    assert json_schema("cx", on=ON) == json_schema("AU", on=ON)
    with pytest.raises(ValueError, match="no numbers of GB are sold on 2026-01-01"):
        json_schema("GB", on=ON)
    with pytest.raises(ValueError, match="no numbers of SG are sold on 2012-08-31"):
        json_schema("SG", on=date(2012, 8, 31))
    assert json_schemas(on=date(2012, 8, 31)) == {}


# -- misspelt names ----------------------------------------------------------------------------------------------------


def _misspellings(chance: Random) -> Iterator[str]:
    for _ in range(COUNT * 4):
        letters = [*chance.choice(["forwardto", "forwardsmsto", "smstoforward", "forward_to", "forward_sms_to"])]
        for _ in range(chance.choice([0, 1, 1, 2, 3])):
            place, width = chance.randrange(len(letters) + 1), chance.randrange(3)
            swapped = letters[place : place + 2][::-1]
            letters[place : place + 2] = chance.choice([swapped, [*chance.choices("forwadsmtxz_- 1A\nä", k=width)]])
        text = "".join(letters)
        yield chance.choice([text, text, text.title(), text.upper()])


def test_misspelt_names_are_those_that_the_check_finds(record_property: Counted) -> None:
    pattern = re.compile(patterns.misspelt())
    names = {*_misspellings(Random(1)), *PARAMETERS}  # noqa: S311 - a seed, so that every run is the same
    misspelt = {name for name in names if name.isascii() and name not in PARAMETERS and meant_by(name)}
    assert {name for name in names if pattern.search(name)} == misspelt
    record_property("count", f"misspelt names: {len(names):,} tried, {len(misspelt):,} of them misspelt, 0 differ")
