import json
import tomllib
from collections.abc import Generator, Mapping
from datetime import date
from importlib import resources
from pathlib import Path, PosixPath
from typing import Any, Self

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hoiio_numbers import CapabilityDataError, Fault, Registry, Service, directories
from hoiio_numbers.comparison import compare
from hoiio_numbers.datafiles import Country, Parsed, parse

SHIPPED = Path(__file__).parent.parent / "capabilities"
COMMON = 'conflicts = [["voice", "fax"]]\ndurations = ["1", "3"]\n'
SG = """\
country = "SG"
territories = ["CC"]

[[revision]]
from = 2012-09-01
source = "The guide"
voice = true
fax = true
sms = false
"""
SECOND = """
[[revision]]
from = 2013-01-01
source = "The second guide"
voice = true
fax = true
sms = true
"""
ALASKA = """
[revision.subdivisions.AK]
sms = false
"""
US = SG.replace('"SG"', '"US"').replace('["CC"]', "[]")
NO_REVISION = SG.partition("[[")[0]

Files = Mapping[str, str | bytes | None]
Expected = tuple[str, int | None, str | None, str, str]
"""The file, the line and the key of a fault, and a piece of its problem and of its mend."""


def written(directory: Path, files: Files) -> Path:
    """A directory that stands alone, but for what *files* put in or, with None, take out."""
    contents: Files = {"common.toml": COMMON, "SG.toml": SG, **files}
    for name, content in contents.items():
        if content is not None:
            (directory / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return directory


def faults_of(directory: Path) -> tuple[Fault, ...]:
    with pytest.raises(CapabilityDataError) as caught:
        Registry.load(directory)
    return caught.value.faults


def edited(old: str, new: str, text: str = SG) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def country(code: str, territories: str) -> str:
    return SG.replace('"SG"', f'"{code}"').replace('["CC"]', territories)


def sg(old: str, new: str, *expected: tuple[int, str | None, str, str]) -> tuple[Files, list[Expected]]:
    """A case in which SG.toml is broken by one edit."""
    return {"SG.toml": edited(old, new)}, [("SG.toml", *fault) for fault in expected]


def us(text: str, *expected: tuple[int, str | None, str, str]) -> tuple[Files, list[Expected]]:
    """A case in which US.toml is broken by what follows a good revision."""
    return {"US.toml": US + text}, [("US.toml", *fault) for fault in expected]


def common(text: str, *expected: tuple[int, str | None, str, str]) -> tuple[Files, list[Expected]]:
    """A case in which common.toml is broken."""
    return {"common.toml": text}, [("common.toml", *fault) for fault in expected]


A_COUNTRY = 'Write country = "SG".'
TERRITORIES = 'Write territories = ["CC", "CX"].'
A_REVISION = "Write a [[revision]] table."
A_DATE = "Write from = 2012-09-01, without quotes."
A_SOURCE = 'Write source = "who says so".'
VOICE, FAX, SMS = (f"Write {service} = true or {service} = false." for service in Service)
LIMITATIONS = 'Write limitations = "…".'
SUBDIVISIONS = "Write [revision.subdivisions.AK] tables."
CONFLICTS = 'Write conflicts = [["voice", "fax"]].'
DURATIONS = 'Write durations = ["1", "3", "12", "auto_extend"].'

UNKNOWN_KEYS: dict[str, tuple[Files, list[Expected]]] = {
    "near one of the file": sg(
        'territories = ["CC"]', "sell_by_state = true", (2, "sell_by_state", "is not a key", "Write sells_by_state.")
    ),
    "near one of the revision": sg(
        "sms = false",
        "smss = false",
        (4, "revision.sms", "is missing.", SMS),
        (9, "revision.smss", "is not a key of this table.", "Write sms."),
    ),
    "near one of a subdivision": us(
        ALASKA + "vioce = true\n", (13, "revision.subdivisions.AK.vioce", "is not a key", "Write voice.")
    ),
    "near one of common.toml": common(COMMON + "duration = 1\n", (3, "duration", "is not a key", "Write durations.")),
    "near none of the file": sg(
        'territories = ["CC"]',
        "x = 1",
        (2, "x", "is not a key of this table.", "Use only country, sells_by_state, territories, revision."),
    ),
    "near none of the revision": sg(
        "voice = true",
        "voice = true\nx = 1",
        (8, "revision.x", "is not a key", "Use only from, source, voice, fax, sms, limitations, subdivisions."),
    ),
    "near none of a subdivision": us(
        ALASKA + "from = 2012-09-01\n",
        (13, "revision.subdivisions.AK.from", "is not a key", "Use only voice, fax, sms, limitations."),
    ),
    "near none of common.toml": common(
        COMMON + "x = 1\n", (3, "x", "is not a key", "Use only conflicts, source, durations.")
    ),
    "a table of the file": sg(
        "sms = false", "sms = false\n[notes]", (10, "notes", "is not a key", "Use only country, sells_by_state,")
    ),
}

MISSING_KEYS: dict[str, tuple[Files, list[Expected]]] = {
    "country": sg('country = "SG"', "", (1, "country", "is missing.", A_COUNTRY)),
    "country, and a fault besides": (
        {"SG.toml": SG.replace('country = "SG"', "").replace("sms = false", "sms = 0")},
        [("SG.toml", 1, "country", "is missing.", A_COUNTRY), ("SG.toml", 9, "revision.sms", "cannot hold 0.", SMS)],
    ),
    "revision": ({"SG.toml": NO_REVISION}, [("SG.toml", 1, "revision", "is missing.", A_REVISION)]),
    "all": (
        {"SG.toml": ""},
        [("SG.toml", 1, "country", "is missing.", A_COUNTRY), ("SG.toml", 1, "revision", "is missing.", A_REVISION)],
    ),
    "from": sg("from = 2012-09-01", "", (4, "revision.from", "is missing.", A_DATE)),
    "from, twice": (
        {"SG.toml": SG.replace("from = 2012-09-01", "") + SECOND.replace("from = 2013-01-01\n", "")},
        [
            ("SG.toml", 4, "revision.from", "is missing.", A_DATE),
            ("SG.toml", 11, "revision.from", "is missing.", A_DATE),
        ],
    ),
    "source": sg('source = "The guide"', "", (4, "revision.source", "is missing.", A_SOURCE)),
    "voice": sg("voice = true", "", (4, "revision.voice", "is missing.", VOICE)),
    "fax": sg("fax = true", "", (4, "revision.fax", "is missing.", FAX)),
    "sms": sg("sms = false", "", (4, "revision.sms", "is missing.", SMS)),
    "conflicts": common('durations = ["1"]\n', (1, "conflicts", "is missing.", CONFLICTS)),
    "durations": common('conflicts = [["voice", "fax"]]\n', (1, "durations", "is missing.", DURATIONS)),
    "all of common.toml": common(
        "", (1, "conflicts", "is missing.", CONFLICTS), (1, "durations", "is missing.", DURATIONS)
    ),
    "common.toml": (
        {"common.toml": None},
        [("common.toml", None, None, "is missing.", "Copy the one that ships, or lay the directory over the shipped")],
    ),
}

WRONG_TYPES: dict[str, tuple[Files, list[Expected]]] = {
    "country, a number": sg('"SG"', "65", (1, "country", "cannot hold 65.", A_COUNTRY)),
    "country, blank": sg('"SG"', '"  "', (1, "country", "cannot hold '  '.", A_COUNTRY)),
    "country, tables": (
        {"SG.toml": SG.replace('country = "SG"', "") + "[[country]]\n"},
        [("SG.toml", 10, "country", "cannot hold this list.", A_COUNTRY)],
    ),
    "sells_by_state, text": sg(
        'territories = ["CC"]',
        'sells_by_state = "no"',
        (2, "sells_by_state", "cannot hold 'no'.", "Write sells_by_state = true."),
    ),
    "territories, text": sg('["CC"]', '"CC"', (2, "territories", "cannot hold 'CC'.", TERRITORIES)),
    "territories, numbers": sg('["CC"]', "[1]", (2, "territories", "cannot hold this list.", TERRITORIES)),
    "territories, blank": sg('["CC"]', '[""]', (2, "territories", "cannot hold this list.", TERRITORIES)),
    "revision, one table": sg("[[revision]]", "[revision]", (4, "revision", "cannot hold a table.", A_REVISION)),
    "revision, an empty list": (
        {"SG.toml": NO_REVISION + "revision = []\n"},
        [("SG.toml", 4, "revision", "cannot hold an empty list.", A_REVISION)],
    ),
    "revision, numbers": (
        {"SG.toml": NO_REVISION + "revision = [2012]\n"},
        [("SG.toml", 4, "revision", "cannot hold this list.", A_REVISION)],
    ),
    "from, quoted": sg("2012-09-01", '"2012-09-01"', (5, "revision.from", "cannot hold '2012-09-01'.", A_DATE)),
    "from, a moment": sg(
        "2012-09-01", "2012-09-01T08:00:00Z", (5, "revision.from", "cannot hold 2012-09-01 08:00:00+00:00.", A_DATE)
    ),
    "from, a local moment": sg(
        "2012-09-01", "2012-09-01 08:00:00", (5, "revision.from", "cannot hold 2012-09-01 08:00:00.", A_DATE)
    ),
    "from, a time": sg("2012-09-01", "08:00:00", (5, "revision.from", "cannot hold 08:00:00.", A_DATE)),
    "source of common.toml, a flag": common(COMMON + "source = true\n", (3, "source", "cannot hold true.", A_SOURCE)),
    "source, a flag": sg('"The guide"', "true", (6, "revision.source", "cannot hold true.", A_SOURCE)),
    "source, empty": sg('"The guide"', '""', (6, "revision.source", "cannot hold ''.", A_SOURCE)),
    "voice, yes": sg("voice = true", 'voice = "yes"', (7, "revision.voice", "cannot hold 'yes'.", VOICE)),
    "voice, a control character": sg(
        "voice = true", r'voice = "\u0007"', (7, "revision.voice", r"cannot hold '\x07'.", VOICE)
    ),
    "voice, 1": sg("voice = true", "voice = 1", (7, "revision.voice", "cannot hold 1.", VOICE)),
    "voice, the longest number that is shown as it is": sg(
        "voice = true", f"voice = {2**64 - 1}", (7, "revision.voice", f"cannot hold {2**64 - 1}.", VOICE)
    ),
    "voice, one more": sg(
        "voice = true", f"voice = {2**64}", (7, "revision.voice", "cannot hold 0x10000000000000000.", VOICE)
    ),
    "voice, a hexadecimal number of 5000 digits": sg(
        "voice = true", f"voice = 0x{'f' * 5000}", (7, "revision.voice", "cannot hold", VOICE)
    ),
    "fax, a list": sg("fax = true", "fax = [true]", (8, "revision.fax", "cannot hold this list.", FAX)),
    "fax, a table": sg(
        "fax = true\nsms = false",
        "sms = false\n[revision.fax]\nx = 1",
        (9, "revision.fax", "cannot hold a table.", FAX),
    ),
    "fax, an empty table": sg(
        "fax = true\nsms = false",
        "sms = false\n[revision.fax]",
        (9, "revision.fax", "cannot hold an empty table.", FAX),
    ),
    "sms, no number": sg("sms = false", "sms = nan", (9, "revision.sms", "cannot hold nan.", SMS)),
    "sms, a list in lines": sg("sms = false", "sms = [\n1,\n]", (9, "revision.sms", "cannot hold this list.", SMS)),
    "limitations, a number": us("limitations = 3\n", (10, "revision.limitations", "cannot hold 3.", LIMITATIONS)),
    "subdivisions, a flag": us(
        "subdivisions = true\n", (10, "revision.subdivisions", "cannot hold true", SUBDIVISIONS)
    ),
    "subdivisions, tables": us(
        ALASKA.replace("[revision.subdivisions.AK]", "[[revision.subdivisions]]"),
        (11, "revision.subdivisions", "cannot hold this list.", SUBDIVISIONS),
    ),
    "subdivisions, a table of flags": us(
        "[revision.subdivisions]\nAK = false\n", (10, "revision.subdivisions", "cannot hold a table.", SUBDIVISIONS)
    ),
    "sms of a subdivision, text": us(
        ALASKA.replace("false", '"false"'), (12, "revision.subdivisions.AK.sms", "cannot hold 'false'.", SMS)
    ),
    "limitations of a subdivision, blank": us(
        ALASKA + 'limitations = " "\n',
        (13, "revision.subdivisions.AK.limitations", "cannot hold ' '.", LIMITATIONS),
    ),
    "conflicts, one group": common(
        'conflicts = ["voice", "fax"]\ndurations = ["1"]\n', (1, "conflicts", "cannot hold this list.", CONFLICTS)
    ),
    "conflicts, a word": common(
        'conflicts = "voice"\ndurations = ["1"]\n', (1, "conflicts", "cannot hold 'voice'.", CONFLICTS)
    ),
    "durations, numbers": common(
        "conflicts = []\ndurations = [1, 3]\n", (2, "durations", "cannot hold this list.", DURATIONS)
    ),
    "durations, a number": common("conflicts = []\ndurations = 1\n", (2, "durations", "cannot hold 1.", DURATIONS)),
}

NOT_AFTER = "is not what the file is named after."
NOT_ISO = "is not an ISO 3166-1 code."
NOT_A_PLACE = "Write the second half of an ISO 3166-2 code, such as AK for US-AK."
SOLD_ELSEWHERE = "Name each territory in one place."
ONE_DATE = "Give each revision a date of its own, or make them one."

WRONG_CODES: dict[str, tuple[Files, list[Expected]]] = {
    "a file name that is not the country": (
        {"HK.toml": country("US", "[]")},
        [("HK.toml", 1, "country", f"'US' {NOT_AFTER}", "Name the file US.toml, or mend the code.")],
    ),
    "a file name in other letters": (
        {"us.TOML": US},
        [("us.TOML", 1, "country", f"'US' {NOT_AFTER}", "Name the file US.toml, or mend the code.")],
    ),
    "the United Kingdom's everyday code": (
        {"UK.toml": country("UK", "[]")},
        [("UK.toml", 1, "country", f"'UK' {NOT_ISO}", "Write GB.")],
    ),
    "three letters": (
        {"USA.toml": country("USA", "[]")},
        [("USA.toml", 1, "country", f"'USA' {NOT_ISO}", "Write US.")],
    ),
    "small letters": ({"us.toml": country("us", "[]")}, [("us.toml", 1, "country", f"'us' {NOT_ISO}", "Write US.")]),
    "nobody's code": (
        {"ZZ.toml": country("ZZ", "[]")},
        [("ZZ.toml", 1, "country", f"'ZZ' {NOT_ISO}", "Write a two-letter code, such as SG.")],
    ),
    "nobody's code has no subdivisions": (
        {"ZZ.toml": country("ZZ", "[]") + ALASKA},
        [("ZZ.toml", 1, "country", f"'ZZ' {NOT_ISO}", "Write a two-letter code, such as SG.")],
    ),
    "two files of a country": (
        {"US.toml": US, "VN.toml": US},
        [
            ("VN.toml", 1, "country", f"'US' {NOT_AFTER}", "Name the file US.toml, or mend the code."),
            ("VN.toml", 1, "country", "US has a file already, US.toml.", "Keep one file for each country."),
        ],
    ),
    "a territory unknown": sg(
        '"CC"', '"ZZ"', (2, "territories", f"'ZZ' {NOT_ISO}", "Write a two-letter code, such as")
    ),
    "a territory twice": sg(
        '"CC"',
        '"CC", "CX", "CC"',
        (2, "territories", "'CC' stands there twice or is the country itself.", "Take it out."),
    ),
    "a territory that is the country": sg(
        '"CC"', '"SG"', (2, "territories", "'SG' stands there twice or is the country itself.", "Take it out.")
    ),
    "a territory with a file of its own": (
        {"CC.toml": country("CC", "[]")},
        [("SG.toml", 2, "territories", "the numbers of CC are sold as those of CC already.", SOLD_ELSEWHERE)],
    ),
    "a territory of two countries": (
        {"AU.toml": country("AU", '["CX", "CC"]')},
        [("SG.toml", 2, "territories", "the numbers of CC are sold as those of AU already.", SOLD_ELSEWHERE)],
    ),
    "a subdivision unknown": us(
        ALASKA.replace("AK", "XX"), (11, "revision.subdivisions.XX", "'XX' is not a subdivision of US.", NOT_A_PLACE)
    ),
    "a subdivision of a country without any": (
        {"HK.toml": country("HK", "[]") + ALASKA},
        [("HK.toml", 11, "revision.subdivisions.AK", "'AK' is not a subdivision of HK.", NOT_A_PLACE)],
    ),
    "a subdivision by its whole code": us(
        ALASKA.replace("AK", "US-AK"), (11, "revision.subdivisions.US-AK", "'US-AK' is not a sub", NOT_A_PLACE)
    ),
    "two revisions of one date": (
        {"SG.toml": SG + SECOND + SECOND.replace("2013-01-01", "2012-09-01")},
        [("SG.toml", 19, "revision.from", "2012-09-01 is where the revision of line 5 starts too.", ONE_DATE)],
    ),
    "two revisions of the first date of all": (
        {"SG.toml": SG.replace("2012-09-01", "0001-01-01") + SECOND.replace("2013-01-01", "0001-01-01")},
        [("SG.toml", 12, "revision.from", "0001-01-01 is where the revision of line 5 starts too.", ONE_DATE)],
    ),
    "a conflict with an unknown service": common(
        'durations = ["1"]\nconflicts = [["voice", "telex"]]\n',
        (2, "conflicts", "'telex' is not a service.", "Use voice, fax, sms."),
    ),
    "a conflict with unknown services": common(
        'durations = ["1"]\nconflicts = [["telex", "voice", "mail"]]\n',
        (2, "conflicts", "'telex' is not a service.", "Use voice, fax, sms."),
        (2, "conflicts", "'mail' is not a service.", "Use voice, fax, sms."),
    ),
    "a conflict of one": common(
        'conflicts = [["voice", "fax"], ["sms"]]\ndurations = ["1"]\n',
        (1, "conflicts", "a group names fewer than two services.", "Name those that exclude each other."),
    ),
    "a conflict with itself": common(
        'conflicts = [["sms", "sms"]]\ndurations = ["1"]\n', (1, "conflicts", "a group names fewer", "Name those that")
    ),
    "a conflict of nothing": common(
        'conflicts = [[]]\ndurations = ["1"]\n', (1, "conflicts", "a group names fewer", "Name those that")
    ),
    "durations empty": common(
        "conflicts = []\ndurations = []\n",
        (2, "durations", "is empty or names a duration twice.", "Name each duration"),
    ),
    "durations of no length": common(
        'conflicts = []\ndurations = ["1", " 3 ", "0"]\n',
        (2, "durations", "' 3 ' is not a duration.", 'Use months, as "12", or a word, as "auto_extend".'),
        (2, "durations", "'0' is not a duration.", 'Use months, as "12", or a word, as "auto_extend".'),
    ),
    "a duration of too many digits": common(
        f'conflicts = []\ndurations = ["{"9" * 5000}"]\n', (2, "durations", "'99999", "Use months")
    ),
    "durations twice": common(
        'conflicts = []\ndurations = ["1", "3", "1"]\n', (2, "durations", "is empty or names a duration twice.", "Name")
    ),
}

MEND = "Mend that line."
BARE = "Write each key bare on a line of its own, without quotes, dots or braces."
NOT_BARE = "holds a quoted or dotted key or an inline table."
UTF8 = "Save the file as UTF-8."
DEEP = "is nested too deeply."
A_PLACE_IN_A_NAME = '["(at line 99, column 1)"]\n'

WRONG_TEXTS: dict[str, tuple[Files, list[Expected]]] = {
    "Latin-1": (
        {"SG.toml": SG.replace("The guide", "Leitfaden für alle").encode("latin-1")},
        [("SG.toml", 6, None, "is not UTF-8 text.", UTF8)],
    ),
    "UTF-16": ({"SG.toml": SG.encode("utf-16")}, [("SG.toml", 1, None, "is not UTF-8 text.", UTF8)]),
    "a byte order mark and Latin-1": (
        {"SG.toml": b"\xef\xbb\xbf\n\xff" + SG.encode()},
        [("SG.toml", 2, None, "is not UTF-8 text.", UTF8)],
    ),
    "a bare word": sg("voice = true", "voice = yes", (7, None, "is not TOML: Invalid value.", MEND)),
    "a string without an end": sg('guide"', "guide", (6, None, r"is not TOML: Illegal character '\n'.", MEND)),
    "a day that is none": sg("2012-09-01", "2012-09-31", (5, None, "is not TOML: Invalid date or datetime.", MEND)),
    "a key twice": sg(
        "fax = true", "fax = true\nfax = true", (9, None, "is not TOML: Cannot overwrite a value.", MEND)
    ),
    "a key twice at the end": sg(
        "sms = false\n", "sms = false\nsms = false", (10, None, "is not TOML: Cannot overwrite a value.", MEND)
    ),
    "a table twice": us(
        "[revision.subdivisions.AK]\n[revision.subdivisions.AK]\n", (11, None, "is not TOML: Cannot declare", MEND)
    ),
    "a table named as a place, twice": us(A_PLACE_IN_A_NAME * 2, (11, None, "is not TOML: Cannot declare", MEND)),
    "a list without an end": sg("sms = false\n", "sms = [", (9, None, "is not TOML: Invalid value.", MEND)),
    "a carriage return alone": sg("fax = true\n", "fax = true\r", (8, None, "is not TOML: Expected newline", MEND)),
    "an inline table": sg('"The guide"', '{ by = "me" }', (6, None, NOT_BARE, BARE)),
    "an empty inline table": sg('"The guide"', "{}", (6, None, NOT_BARE, BARE)),
    "an inline table in a list": sg('["CC"]', "[\n  [{}],\n]", (3, None, NOT_BARE, BARE)),
    "inline revisions": (
        {"SG.toml": NO_REVISION + "revision = [{ from = 2012-09-01 }]\n"},
        [("SG.toml", 4, None, NOT_BARE, BARE)],
    ),
    "a dotted key": us("subdivisions.AK.sms = false\n", (10, None, NOT_BARE, BARE)),
    "a dotted key with an inline table": us("subdivisions.AK = { sms = false }\n", (10, None, NOT_BARE, BARE)),
    "a quoted key": sg("voice =", '"voice" =', (7, None, NOT_BARE, BARE)),
    "a literal key": sg("voice =", "'voice' =", (7, None, NOT_BARE, BARE)),
    "a quoted table": us('[revision.subdivisions."AK"]\nsms = false\n', (10, None, NOT_BARE, BARE)),
    "a quoted key in another file's words": us('"voice = 1" = 1\n', (10, None, NOT_BARE, BARE)),
    "thousands of brackets": sg("sms = false", f"sms = {'[' * 5000}{']' * 5000}", (9, None, DEEP, "Write it as the")),
    "thousands of open brackets": sg("fax = true", f"fax = {'[' * 5000}", (8, None, DEEP, "Write it as the schema")),
    "a number of 5000 digits": sg(
        "fax = true", f"fax = {'9' * 5000}", (8, None, "holds a number of thousands of digits.", MEND)
    ),
}

SEVERAL: dict[str, tuple[Files, list[Expected]]] = {
    "in one file and another": (
        {
            "common.toml": 'conflicts = [["voice", "telex"]]\nduration = ["1"]\n',
            "SG.toml": edited("voice = true", "voise = true"),
            "UK.toml": country("UK", '["CC"]'),
            "VN.toml": b"\xff",
        },
        [
            ("SG.toml", 4, "revision.voice", "is missing.", VOICE),
            ("SG.toml", 7, "revision.voise", "is not a key", "Write voice."),
            ("UK.toml", 1, "country", f"'UK' {NOT_ISO}", "Write GB."),
            ("VN.toml", 1, None, "is not UTF-8 text.", UTF8),
            ("common.toml", 1, "conflicts", "'telex' is not a service.", "Use voice, fax, sms."),
            ("common.toml", 2, "duration", "is not a key", "Write durations."),
            ("UK.toml", 2, "territories", "the numbers of CC are sold as those of SG already.", SOLD_ELSEWHERE),
            ("common.toml", 1, "durations", "is missing.", DURATIONS),
        ],
    )
}


def named(**tables: dict[str, tuple[Files, list[Expected]]]) -> list[Any]:
    return [
        pytest.param(*case, id=f"{table}: {name}") for table, cases in tables.items() for name, case in cases.items()
    ]


@pytest.mark.parametrize(
    ("files", "expected"),
    named(
        unknown_key=UNKNOWN_KEYS,
        missing=MISSING_KEYS,
        wrong_type=WRONG_TYPES,
        wrong=WRONG_CODES,
        text=WRONG_TEXTS,
        several=SEVERAL,
    ),
)
def test_every_fault_names_its_file_line_and_key_and_the_mend(
    tmp_path: Path, files: Files, expected: list[Expected]
) -> None:
    faults = faults_of(written(tmp_path, files))
    places = [(f"{tmp_path}/{file}", line, key) for file, line, key, _, _ in expected]
    assert [(fault.file, fault.line, fault.key) for fault in faults] == places
    for fault, (_, _, _, problem, mend) in zip(faults, expected, strict=True):
        assert fault.problem.startswith(problem)
        assert fault.mend.startswith(mend)


def test_what_the_table_breaks_is_good_before(tmp_path: Path) -> None:
    files = {"US.toml": US + ALASKA + SECOND, "HK.toml": country("HK", '["CX"]')}
    assert set(Registry.load(written(tmp_path, files)).countries) == {"HK", "SG", "US"}


def test_an_error_has_one_line_for_each_fault_of_every_file(tmp_path: Path) -> None:
    files = {"common.toml": None, "SG.toml": edited("voice = true", "voise = true"), "VN.toml": b"\xff"}
    with pytest.raises(CapabilityDataError) as caught:
        Registry.load(written(tmp_path, files))
    assert str(caught.value).split("\n") == [
        f"{tmp_path}/SG.toml:4: revision.voice: is missing. Write voice = true or voice = false.",
        f"{tmp_path}/SG.toml:7: revision.voise: is not a key of this table. Write voice.",
        f"{tmp_path}/VN.toml:1: is not UTF-8 text. Save the file as UTF-8.",
        f"{tmp_path}/common.toml: is missing. Copy the one that ships, or lay the directory over the shipped data.",
    ]


def test_a_broken_common_file_is_not_said_to_lack_what_it_holds(tmp_path: Path) -> None:
    faults = faults_of(written(tmp_path, {"common.toml": "conflicts = 1\ndurations = 2\n"}))
    assert [fault.problem for fault in faults] == ["cannot hold 1.", "cannot hold 2."]


def test_an_overlay_is_held_against_the_data_below_it(tmp_path: Path) -> None:
    below, above = tmp_path / "below", tmp_path / "above"
    for directory in (below, above):
        directory.mkdir()
    registry = Registry.load(written(below, {}))
    written(above, {"common.toml": None, "SG.toml": None, "US.toml": country("US", '["CC"]')})
    with pytest.raises(CapabilityDataError) as caught:
        registry.overlay(above)
    assert [(fault.file, fault.problem) for fault in caught.value.faults] == [
        (f"{above}/US.toml", "the numbers of CC are sold as those of SG already.")
    ]


# -- directories -------------------------------------------------------------------------------------------------------


def test_an_empty_directory_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path)
    assert str(fault) == f"{tmp_path}: holds no capability data. Put a country's file, such as SG.toml, there."


def test_a_missing_directory_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "missing")
    assert (fault.file, fault.line, fault.key) == (str(tmp_path / "missing"), None, None)
    assert fault.problem.startswith("cannot be read: ")
    assert fault.mend == "Check the path and its permissions."


def test_a_file_where_a_directory_belongs_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, {}) / "SG.toml")
    assert fault.file == str(tmp_path / "SG.toml")
    assert fault.problem.startswith("cannot be read: ")


class Vanishing(PosixPath):
    """A directory out of which SG.toml is taken between the listing and the reading."""

    def iterdir(self) -> Generator[Self, None, None]:
        yield from super().iterdir()
        Path(self, "SG.toml").unlink()


def test_a_file_that_cannot_be_read_is_a_fault_beside_the_others(tmp_path: Path) -> None:
    written(tmp_path, {"VN.toml": ""})
    with pytest.raises(CapabilityDataError) as caught:
        directories.assemble(directories.read(Vanishing(tmp_path), "data"))
    first, *others = caught.value.faults
    assert (first.file, first.line, first.key) == ("data/SG.toml", None, None)
    assert first.problem.startswith("cannot be read: ")
    assert first.mend == "Check the path and its permissions."
    assert {fault.file for fault in others} == {"data/VN.toml"}


def test_other_files_of_the_directory_are_left_alone(tmp_path: Path) -> None:
    names = (
        ".#US.toml",
        ".US.toml.swp",
        ".US.toml",
        "US.toml~",
        "#US.toml#",
        "README.md",
        "schema.json",
        "US.toml.bak",
    )
    written(tmp_path, dict.fromkeys(names, "{"))
    for name in ("VN.toml", ".git"):
        (tmp_path / name).mkdir()
    assert list(Registry.load(tmp_path).countries) == ["SG"]


# -- lines -------------------------------------------------------------------------------------------------------------

MISLEADING = {
    "comments": (
        'country = "US" # [x]\n# [[revision]]\n[[revision]] # ] [ = {\n# sms = 1\nsource = "#" # "\nsms = 3 # here\n'
    ),
    "a string like a comment": 'country = "US"\n[[revision]]\nsource = "# \\" ["\nsms = 3 # here\n',
    "a literal string": "country = 'US'\n[[revision]]\nsource = '[\"\\'\nsms = 3 # here\n",
    "a string in lines": (
        'country = "US"\n[[revision]]\nsource = """\n[[revision]]\n\nsms = 1\n[\n"""\nsms = 3 # here\n'
    ),
    "a literal string in lines": (
        "country = 'US'\n[[revision]]\nsource = '''\n[a]\nsms = 1 # \"\"\" [\n'''\nsms = 3 # here\n"
    ),
    "quotes in a string in lines": (
        'country = "US"\n[[revision]]\nsource = """"a" \\""" ""\n""""" # "\nsms = 3 # here\n'
    ),
    "two strings in lines": (
        'country = "US"\n[[revision]]\nsource = """a\n"""\nlimitations = """\n"b"\n"""\nsms = 3 # here\n'
    ),
    "a list in lines": (
        'country = "US"\nterritories = [ # [\n  "[AS]",\n  # "]",\n  "sms = 1"\n]\n[[revision]]\nsms = 3 # here\n'
    ),
    "a list of strings in lines": (
        'country = "US"\nterritories = [\n"""\n]\n""", "["\n]\n[[revision]]\nsms = 3 # here\n'
    ),
    "lists in lists": 'country = "US"\n[[revision]]\nfrom = [[\n1], [[\n2], 3]\n]\nsms = 3 # here\n',
    "spaces": 'country="US"\n\n\n\t[[ revision ]]\n \t sms\t=3 # here\n',
    "the second revision": 'country = "US"\n[[revision]]\nsms = true\n[[revision]]\nsms = 3 # here\n',
    "a subdivision of the second revision": (
        'country = "US"\n[[revision]]\n[revision.subdivisions.AK]\nsms = true\n[[revision]]\n'
        "[ revision . subdivisions . AL ]\nsms = true\n[revision.subdivisions.AK]\nsms = 3 # here\n"
    ),
    "a subdivision of the first revision": (
        'country = "US"\n[[revision]]\n[revision.subdivisions.AK]\nsms = 3 # here\n[[revision]]\n'
        "[revision.subdivisions.AK]\nsms = true\n"
    ),
}


@pytest.mark.parametrize("before", ["", "\ufeff", "\n\n", "# sms = 1\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", MISLEADING.values(), ids=MISLEADING)
def test_lines_are_right_whatever_stands_around_them(text: str, newline: str, before: str) -> None:
    whole = before + text
    (here,) = (line for line, row in enumerate(whole.split("\n"), start=1) if "# here" in row)
    parsed = parse("US.toml", "US.toml", whole.replace("\n", newline).encode())
    assert [fault.line for fault in parsed.faults if fault.problem == "cannot hold 3."] == [here]


FILLING = st.lists(
    st.sampled_from(["", " ", "# sms = false", "# [[revision]]", "#[", '# """', "# '", "\t# }", "# ]]"]), max_size=4
)
CITATIONS = st.sampled_from(['"one"', "'two'", '"""\nsms = true\n[x]\n"""', "'''three\n\n'''", '"\\" [["', "'#'"])


@settings(deadline=None)
@given(st.lists(FILLING, min_size=9, max_size=9), CITATIONS, st.sampled_from(["\n", "\r\n"]))
def test_every_source_points_at_the_line_that_says_it(fillings: list[list[str]], citation: str, newline: str) -> None:
    rows = [row.replace('"The guide"', citation) for row in SG.replace("\n\n", "\n").split("\n")]
    text = "\n".join(line for filling, row in zip(fillings, rows, strict=True) for line in (*filling, row))
    terms = said(parse("SG.toml", "SG.toml", text.replace("\n", newline).encode())).revisions[0].nationwide
    assert set(terms.sources) == set(Service)
    for service, source in terms.sources.items():
        line = f"{service} = {str(service in terms.services).lower()}"
        assert (source.text, text.split("\n")[source.line - 1]) == (line, line)


def said(parsed: Parsed) -> Country:
    assert not parsed.faults
    assert isinstance(parsed.said, Country)
    return parsed.said


SNIPPETS = [
    "[",
    "]",
    "[[revision]]\n",
    '"',
    '"""',
    "'",
    "=",
    "{",
    ".",
    "#",
    "\n",
    "\r",
    "\0",
    "é",
    "1e999",
    "0xff",
    "-",
]


@settings(deadline=None)
@example([(9, '"""'), (86, '"""')])  # a code of several lines
@given(st.lists(st.tuples(st.integers(0, len(US)), st.sampled_from(SNIPPETS)), max_size=5))
def test_an_edit_gives_either_a_country_or_faults_on_lines_of_the_file(edits: list[tuple[int, str]]) -> None:
    text = US
    for at, snippet in edits:
        text = text[:at] + snippet + text[at:]
    check_parsed("US.toml", text.encode())


@pytest.mark.parametrize("name", ["SG.toml", "common.toml"])
@settings(deadline=None)
@given(data=st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_no_bytes_make_the_parser_raise(name: str, data: bytes) -> None:
    check_parsed(name, data)


def check_parsed(name: str, data: bytes) -> None:
    parsed = parse(name, name, data)
    assert parsed.faults or parsed.said
    assert all(1 <= fault.line <= data.count(b"\n") + 1 for fault in parsed.faults if fault.line is not None)
    assert "\n" not in "".join(map(str, parsed.faults))


# -- the data that ships -----------------------------------------------------------------------------------------------

SHIPPED_SERVICES = {
    "AU": {Service.VOICE},
    "HK": {Service.VOICE},
    "NZ": {Service.VOICE},
    "SG": {Service.VOICE, Service.FAX},
    "US": {Service.VOICE, Service.SMS},
    "VN": {Service.VOICE},
}


def shipped() -> Registry:
    """The data that ships as a user would load it: held against ISO 3166."""
    return Registry.load(SHIPPED)


def test_the_shipped_data_is_the_table_of_the_guide() -> None:
    edition = shipped().in_force(date(2012, 9, 1))
    assert {code: set(entry.services) for code, entry in edition.countries.items()} == SHIPPED_SERVICES
    assert edition.subdivisions == {}


def test_the_shipped_data_holds_from_september_2012_and_is_not_revised() -> None:
    registry = shipped()
    assert registry.turns == (date(2012, 9, 1),)
    assert {len(each.revisions) for each in registry.countries.values()} == {1}


def test_the_shipped_data_says_what_holds_for_every_country() -> None:
    registry = shipped()
    assert registry.conflicts == (frozenset({Service.VOICE, Service.FAX}),)
    assert registry.durations == ("1", "3", "12", "auto_extend")


def test_the_shipped_data_knows_the_territories_of_australia_and_that_the_us_sells_by_state() -> None:
    countries = shipped().countries.values()
    assert {each.code: each.territories for each in countries if each.territories} == {"AU": ("CC", "CX")}
    assert [each.code for each in countries if each.sells_by_state] == ["US"]


def test_the_packaged_data_is_the_shipped_data_without_being_held_against_iso(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(directories.OVERLAYS_VARIABLE, raising=False)
    assert compare(Registry(directories.default()), shipped()) == ()


def test_the_data_that_ships_is_in_the_package_or_else_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the real artefacts find is tested where they are built; this is the order of looking."""
    monkeypatch.delenv(directories.OVERLAYS_VARIABLE, raising=False)
    package = tmp_path / "hoiio_numbers"
    monkeypatch.setattr(directories, "__file__", str(package / "directories.py"))
    monkeypatch.setattr(resources, "files", tmp_path.joinpath)
    with pytest.raises(CapabilityDataError, match="capabilities: cannot be read"):
        directories.default()
    (package / "_capabilities").mkdir(parents=True)
    written(package / "_capabilities", {})
    assert list(directories.default().countries) == ["SG"]


# -- the schema for editors --------------------------------------------------------------------------------------------


def as_json(text: str) -> Any:
    """A data file as an editor hands it to the schema: dates are strings there."""
    return json.loads(json.dumps(tomllib.loads(text), default=date.isoformat))


def schema() -> Draft202012Validator:
    content = json.loads((SHIPPED / "schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


@pytest.mark.parametrize("name", [*(f"{code}.toml" for code in SHIPPED_SERVICES), "common.toml"])
def test_every_shipped_file_fits_the_schema_and_names_it(name: str) -> None:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    schema().validate(as_json(text))
    assert text.startswith("#:schema ./schema.json\n")


FULL = (
    US.replace("[]", '["GU"]\nsells_by_state = true').replace("sms = false", 'sms = false\nlimitations = "none"')
    + ALASKA
    + 'voice = true\nfax = true\nlimitations = "few"\n'
    + SECOND
)


@pytest.mark.parametrize(("name", "text"), [("US.toml", FULL), ("common.toml", COMMON)])
def test_a_file_with_every_key_fits_both_the_schema_and_the_loader(name: str, text: str) -> None:
    schema().validate(as_json(text))
    assert parse(name, name, text.encode()).faults == ()


REFUSED_BY_BOTH = {
    "nothing in it": "",
    "an unknown key": "x = 1\n" + SG,
    "an unknown key of a revision": SG + "x = 1\n",
    "an unknown key of a subdivision": US + ALASKA + "x = 1\n",
    "no country": edited('country = "SG"', ""),
    "no revision": NO_REVISION,
    "no revision in the list": NO_REVISION + "revision = []\n",
    "no date": edited("from = 2012-09-01", ""),
    "no source": edited('source = "The guide"', ""),
    "a blank source": edited("The guide", " "),
    "no sms": edited("sms = false", ""),
    "a quoted flag": edited("voice = true", 'voice = "true"'),
    "a quoted flag of a subdivision": US + ALASKA.replace("false", '"false"'),
    "small letters": edited('"SG"', '"sg"'),
    "three letters": edited('"SG"', '"SGP"'),
    "a territory twice": edited('"CC"', '"CC", "CC"'),
    "a subdivision by its whole code": US + ALASKA.replace("AK", "US-AK"),
}


@pytest.mark.parametrize("text", REFUSED_BY_BOTH.values(), ids=REFUSED_BY_BOTH)
def test_the_schema_refuses_what_the_loader_refuses_of_a_country(text: str) -> None:
    assert parse("SG.toml", "SG.toml", text.encode()).faults
    assert not schema().is_valid(as_json(text))


COMMON_REFUSED_BY_BOTH = {
    "an unknown key": COMMON + "x = 1\n",
    "an unknown service": COMMON.replace("fax", "telex"),
    "a group of one": COMMON.replace(', "fax"', ""),
    "durations empty": COMMON.replace('"1", "3"', ""),
    "durations twice": COMMON.replace('"3"', '"1"'),
    "durations as numbers": COMMON.replace('"1", "3"', "1, 3"),
}


@pytest.mark.parametrize("text", COMMON_REFUSED_BY_BOTH.values(), ids=COMMON_REFUSED_BY_BOTH)
def test_the_schema_refuses_what_the_loader_refuses_of_the_common_file(text: str) -> None:
    assert parse("common.toml", "common.toml", text.encode()).faults
    assert not schema().is_valid(as_json(text))


def test_a_country_without_subdivisions_cannot_be_sold_by_state(tmp_path: Path) -> None:
    bermuda = SG.replace('"SG"', '"BM"').replace('territories = ["CC"]', "sells_by_state = true")
    (fault,) = faults_of(written(tmp_path, {"BM.toml": bermuda}))
    assert (fault.line, fault.key) == (2, "sells_by_state")
    assert fault.problem == "BM has no subdivisions in ISO 3166-2."
