import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoiio_numbers import CapabilityDataError, Checker, Registry, Service, directories
from hoiio_numbers.comparison import compare
from hoiio_numbers.datafiles import parse
from hoiio_numbers.registry import VENDOR_TIME, CountryCapabilities, today

ROOT = Path(__file__).parent.parent
FIRST, SECOND = date(2012, 9, 1), date(2013, 1, 1)
DAY = timedelta(days=1)
VOICE_AND_FAX = frozenset({Service.VOICE, Service.FAX})
VOICE_AND_SMS = frozenset({Service.VOICE, Service.SMS})
COMMON = 'conflicts = [["voice", "fax"]]\ndurations = ["1", "3"]\n'
US = """\
country = "US"
sells_by_state = true

[[revision]]
from = 2013-01-01
source = "second"
voice = true
fax = true
sms = false

[revision.subdivisions.AL]
fax = false
limitations = "By post."

[[revision]]  # the earlier one may come later in the file
from = 2012-09-01
source = "first"
voice = true
fax = false
sms = true
limitations = "Few numbers."

[revision.subdivisions.AK]
sms = false

[revision.subdivisions.AL]
fax = true
limitations = "Fewer numbers."
"""
AU = """\
country = "AU"
territories = ["CX", "CC"]

[[revision]]
from = 2012-12-01
source = "AU's"
voice = true
fax = false
sms = false
"""
FILES = {"common.toml": COMMON, "US.toml": US, "AU.toml": AU}


def written(directory: Path, files: Mapping[str, str]) -> Path:
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry.load(written(tmp_path / "data", FILES))


def entry(registry: Registry, country: str, state: str | None = None, on: date = SECOND) -> CountryCapabilities:
    found = registry.capabilities(country, state=state, on=on)
    assert found is not None
    return found


# -- look-ups ----------------------------------------------------------------------------------------------------------

LOOK_UPS = [
    ("US", None, FIRST - DAY, None),
    ("US", None, date.min, None),
    ("US", None, FIRST, {"voice", "sms"}),
    ("US", None, SECOND - DAY, {"voice", "sms"}),
    ("US", None, SECOND, {"voice", "fax"}),
    ("US", None, date.max, {"voice", "fax"}),
    ("US", "AK", FIRST - DAY, None),
    ("US", "AK", FIRST, {"voice"}),
    ("US", "AK", SECOND - DAY, {"voice"}),
    ("US", "AK", SECOND, {"voice", "fax"}),
    ("US", "AL", SECOND - DAY, {"voice", "sms", "fax"}),
    ("US", "AL", SECOND, {"voice"}),
    ("US", "NY", SECOND, {"voice", "fax"}),
    ("US", "", SECOND, {"voice", "fax"}),
    ("AU", None, date(2012, 11, 30), None),
    ("AU", None, date(2012, 12, 1), {"voice"}),
    ("AU", "AK", SECOND, {"voice"}),
    ("CX", None, SECOND, {"voice"}),
    ("CX", None, FIRST, None),
    ("SG", None, SECOND, None),
    ("us", None, SECOND, None),
    ("", None, SECOND, None),
]


@pytest.mark.parametrize(("country", "state", "on", "services"), LOOK_UPS)
def test_what_a_place_can_receive_is_that_of_the_newest_revision_begun(
    registry: Registry, country: str, state: str | None, on: date, services: set[str] | None
) -> None:
    found = registry.capabilities(country, state=state, on=on)
    assert (found and set(found.services)) == services
    assert registry.in_force(on).capabilities(country, state) is found


def test_an_entry_says_all_that_the_file_says_of_its_place(registry: Registry) -> None:
    us = entry(registry, "US", on=FIRST)
    assert (us.country, us.state, us.as_of, us.until) == ("US", None, FIRST, SECOND)
    assert (us.citation, us.limitations, us.sells_by_state, us.territories) == ("first", "Few numbers.", True, ())
    assert us.conflicts == registry.conflicts == (VOICE_AND_FAX,)
    later = entry(registry, "US")
    assert (later.as_of, later.until, later.citation, later.limitations) == (SECOND, None, "second", None)
    assert (entry(registry, "AU").territories, entry(registry, "AU").sells_by_state) == (("CX", "CC"), False)


def test_a_subdivision_overrides_only_what_it_names(registry: Registry) -> None:
    alaska = entry(registry, "US", "AK", FIRST)
    assert (alaska.country, alaska.state, alaska.as_of, alaska.until) == ("US", "AK", FIRST, SECOND)
    assert (alaska.limitations, alaska.citation, alaska.sells_by_state) == ("Few numbers.", "first", True)
    assert entry(registry, "US", "AL", FIRST).limitations == "Fewer numbers."
    assert entry(registry, "US", "AL").limitations == "By post."


def test_an_entry_says_whether_a_service_is_supported(registry: Registry) -> None:
    assert [service for service in Service if entry(registry, "US").supports(service)] == ["voice", "fax"]
    with pytest.raises(ValueError, match="telex"):
        entry(registry, "US").supports("telex")


@pytest.mark.parametrize(
    ("service", "on", "countries"),
    [
        ("voice", FIRST - DAY, ()),
        ("voice", FIRST, ("US",)),
        ("voice", SECOND, ("AU", "US")),
        ("sms", SECOND - DAY, ("US",)),
        ("sms", SECOND, ()),
        (Service.FAX, SECOND, ("US",)),
    ],
)
def test_the_countries_with_a_service_on_a_date_are_listed_in_order(
    registry: Registry, service: str, on: date, countries: tuple[str, ...]
) -> None:
    assert registry.countries_with(service, on=on) == countries
    assert registry.in_force(on).countries_with(service) == countries


def test_a_name_that_is_no_service_is_refused(registry: Registry) -> None:
    with pytest.raises(ValueError, match="telex"):
        registry.countries_with("telex", on=SECOND)


def test_today_is_where_the_vendor_is() -> None:
    before = datetime.now(VENDOR_TIME).date()
    on = today()
    assert before <= on <= datetime.now(VENDOR_TIME).date()
    assert VENDOR_TIME.utcoffset(None) == timedelta(hours=8)


def test_without_a_date_today_decides(tmp_path: Path) -> None:
    begun, to_come = today() - 2 * DAY, today() + 2 * DAY
    text = US.replace("2012-09-01", str(begun)).replace("2013-01-01", str(to_come))
    registry = Registry.load(written(tmp_path / "data", {"common.toml": COMMON, "US.toml": text}))
    capabilities = registry.capabilities("US")
    assert capabilities is not None
    assert (capabilities.as_of, capabilities.until) == (begun, to_come)
    assert registry.countries_with("sms") == ("US",)
    assert registry.in_force() is registry.in_force(begun)


def test_territories_have_a_home(registry: Registry) -> None:
    assert [registry.home(code) for code in ("CX", "CC", "AU", "US", "ZZ")] == ["AU", "AU", "AU", "US", "ZZ"]
    assert dict(registry.plan.sold) == {"AU": ("AU", "CX", "CC"), "US": ("US",)}


def test_the_dates_of_the_data_are_told(registry: Registry) -> None:
    assert registry.turns == (FIRST, date(2012, 12, 1), SECOND)
    assert registry.first_date("US") == FIRST
    assert registry.first_date("AU") == date(2012, 12, 1)
    assert registry.first_date("SG") is None


def test_a_directory_without_a_country_is_a_registry_in_which_nothing_is_in_force(tmp_path: Path) -> None:
    registry = Registry.load(written(tmp_path / "data", {"common.toml": COMMON}))
    assert registry.turns == ()
    assert registry.in_force().all() == ()
    assert registry.countries_with("voice") == ()


def test_an_edition_lists_countries_and_their_subdivisions_in_order(registry: Registry) -> None:
    entries = registry.in_force(date(2012, 12, 1)).all()
    assert [(each.country, each.state) for each in entries] == [("AU", None), ("US", None), ("US", "AK"), ("US", "AL")]


def test_a_registry_is_made_of_its_data_alone(registry: Registry) -> None:
    with pytest.raises(TypeError, match="positional"):
        Registry(registry.data, {})  # type: ignore[call-arg]  # the misuse is the point


def test_a_registry_is_its_own_current_one(registry: Registry) -> None:
    assert registry.current is registry


def test_an_entry_as_json_holds_what_the_entry_holds(registry: Registry) -> None:
    alaska = entry(registry, "US", "AK", FIRST)
    as_json = alaska.to_dict()
    assert as_json.pop("sources") == {key: source.to_dict() for key, source in alaska.sources.items()}
    assert as_json == {
        "country": "US",
        "state": "AK",
        "services": ["voice"],
        "conflicts": [["fax", "voice"]],
        "as_of": "2012-09-01",
        "until": "2013-01-01",
        "citation": "first",
        "limitations": "Few numbers.",
        "sells_by_state": True,
        "territories": [],
    }
    assert entry(registry, "US").to_dict()["until"] is None


# -- one object for one place and revision -----------------------------------------------------------------------------


def test_a_place_and_revision_is_one_object_across_editions(registry: Registry) -> None:
    before, after = registry.in_force(SECOND - 40 * DAY), registry.in_force(SECOND - DAY)
    assert before is not after
    assert before.countries["US"] is after.countries["US"]
    assert before.subdivisions["US", "AK"] is after.subdivisions["US", "AK"]
    assert after.countries["AU"] is registry.in_force(date.max).countries["AU"]


def test_an_edition_is_one_object_between_two_dates(registry: Registry) -> None:
    assert registry.in_force(date.min) is registry.in_force(FIRST - DAY)
    assert registry.in_force(SECOND) is registry.in_force(date.max)
    assert registry.in_force(SECOND) is not registry.in_force(SECOND - DAY)


def test_revisions_are_told_apart_even_when_they_say_the_same(tmp_path: Path) -> None:
    text = AU + AU.partition("\n\n")[2].replace("2012-12-01", "2013-01-01")
    registry = Registry.load(written(tmp_path / "data", {"common.toml": COMMON, "AU.toml": text}))
    assert entry(registry, "AU", on=SECOND - DAY) is not entry(registry, "AU", on=SECOND)
    assert Registry.load(tmp_path / "data") != registry


# -- provenance --------------------------------------------------------------------------------------------------------

SHIPPED = Registry(directories.assemble(directories.read(ROOT / "capabilities", "capabilities")))
GUIDE = "Hoiio Number API guide, capability table of September 2012"


def line_of(file: str, line: int) -> str:
    return (ROOT / file).read_text(encoding="utf-8").split("\n")[line - 1]


@pytest.mark.parametrize("country", SHIPPED.countries)
@pytest.mark.parametrize("service", Service)
def test_every_shipped_service_points_at_the_line_that_says_it(country: str, service: Service) -> None:
    found = entry(SHIPPED, country)
    source = found.sources[service]
    said = f"{service} = {str(found.supports(service)).lower()}"
    assert (source.file, source.key) == (f"capabilities/{country}.toml", f"revision.{service}")
    assert (source.text, line_of(source.file, source.line)) == (said, said)
    assert (source.as_of, source.citation) == (FIRST, GUIDE)
    assert str(source) == f"capabilities/{country}.toml:{source.line}: revision.{service}, as of 2012-09-01"


KEYS = [
    ("US", "country", 'country = "US"', None),
    ("US", "sells_by_state", "sells_by_state = true", None),
    ("US", "from", "from = 2012-09-01", FIRST),
    ("AU", "territories", 'territories = ["CC", "CX"]  # Cocos (Keeling) Islands, Christmas Island', None),
]


@pytest.mark.parametrize(("country", "key", "text", "as_of"), KEYS)
def test_other_keys_point_at_the_line_that_says_them(country: str, key: str, text: str, as_of: date | None) -> None:
    source = entry(SHIPPED, country).sources[key]
    assert line_of(source.file, source.line) == source.text == text
    assert source.as_of == as_of


def test_an_entry_tells_the_sources_of_what_its_file_has_and_of_nothing_else() -> None:
    always = {"country", "from", "voice", "fax", "sms"}
    assert set(entry(SHIPPED, "SG").sources) == always
    assert set(entry(SHIPPED, "US").sources) == {*always, "sells_by_state"}
    assert set(entry(SHIPPED, "AU").sources) == {*always, "territories"}


def test_what_holds_for_every_country_points_at_its_line() -> None:
    sources = SHIPPED.sources
    assert set(sources) == {"conflicts", "durations", "source"}
    for key, source in sources.items():
        assert (source.file, source.key, source.as_of) == ("capabilities/common.toml", key, None)
        assert source.citation == "Hoiio Number API guide, September 2012"
        assert line_of(source.file, source.line).startswith(f"{key} = ")


def test_a_subdivision_points_at_its_own_lines_and_else_at_those_of_the_country(
    registry: Registry, tmp_path: Path
) -> None:
    country, alaska = entry(registry, "US", on=FIRST), entry(registry, "US", "AK", FIRST)
    own = alaska.sources[Service.SMS]
    assert (own.key, own.text, own.as_of, own.citation) == (
        "revision.subdivisions.AK.sms",
        "sms = false",
        FIRST,
        "first",
    )
    assert (own.file, US.split("\n")[own.line - 2]) == (
        str(tmp_path / "data" / "US.toml"),
        "[revision.subdivisions.AK]",
    )
    others = set(alaska.sources) - {Service.SMS}
    assert {key: alaska.sources[key] for key in others} == {key: country.sources[key] for key in others}
    assert country.sources["sms"].text == "sms = true"


# -- overlays ----------------------------------------------------------------------------------------------------------

US_ABOVE = """\
country = "US"

[[revision]]
from = 2014-01-01
source = "above"
voice = false
fax = false
sms = true
"""


def test_an_overlay_replaces_the_whole_country_and_no_other(registry: Registry, tmp_path: Path) -> None:
    above = registry.overlay(written(tmp_path / "above", {"US.toml": US_ABOVE}))
    us = entry(above, "US", "AK", on=date.max)
    assert (us.state, us.services, us.sells_by_state, us.citation) == (None, frozenset({Service.SMS}), False, "above")
    assert above.capabilities("US", on=SECOND) is None
    assert us.sources["sms"].file == str(tmp_path / "above" / "US.toml")
    assert above.countries["AU"] is registry.countries["AU"]


def test_an_overlay_adds_a_country_in_order(registry: Registry, tmp_path: Path) -> None:
    above = registry.overlay(written(tmp_path / "above", {"SG.toml": US_ABOVE.replace('"US"', '"SG"')}))
    assert list(above.countries) == ["AU", "SG", "US"]
    assert above.countries_with("sms", on=date.max) == ("SG",)


def test_an_overlay_that_sells_a_territory_of_the_country_below_is_to_blame(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(CapabilityDataError) as caught:
        registry.overlay(written(tmp_path / "above", {"CX.toml": US_ABOVE.replace('"US"', '"CX"')}))
    (fault,) = caught.value.faults
    line = US_ABOVE.splitlines().index('country = "US"') + 1
    assert (Path(fault.file).name, fault.line, fault.key) == ("CX.toml", line, "country")
    assert fault.problem == "the numbers of CX are sold as those of AU already."


Said = tuple[tuple[frozenset[Service], ...], tuple[str, ...]]
COMMON_OVERLAYS: list[tuple[str, Said, dict[str, str]]] = [
    ("", ((VOICE_AND_FAX,), ("1", "3")), {"conflicts": "data", "durations": "data"}),
    ("conflicts = []\n", ((), ("1", "3")), {"conflicts": "above", "durations": "data"}),
    ('durations = ["24"]\n', ((VOICE_AND_FAX,), ("24",)), {"conflicts": "data", "durations": "above"}),
    (
        'durations = ["24", "1"]\nconflicts = [["sms", "voice"], ["voice", "fax"]]\n',
        ((VOICE_AND_SMS, VOICE_AND_FAX), ("24", "1")),
        {"conflicts": "above", "durations": "above"},
    ),
]


@pytest.mark.parametrize(("text", "said", "homes"), COMMON_OVERLAYS)
def test_an_overlay_replaces_the_common_file_key_by_key(
    registry: Registry, tmp_path: Path, text: str, said: Said, homes: dict[str, str]
) -> None:
    above = registry.overlay(written(tmp_path / "above", {"common.toml": text}))
    assert (above.conflicts, above.durations) == said
    assert {key: Path(source.file).parent.name for key, source in above.sources.items()} == homes
    assert entry(above, "US").conflicts == above.conflicts


def test_an_overlay_leaves_the_registry_below_as_it_was(registry: Registry, tmp_path: Path) -> None:
    before = (registry.data, entry(registry, "US"), registry.in_force(SECOND))
    files = {"US.toml": US_ABOVE, "common.toml": "conflicts = []\n"}
    above = registry.overlay(written(tmp_path / "above", files))
    assert above is not registry
    assert (registry.data, entry(registry, "US"), registry.in_force(SECOND)) == before
    assert registry.conflicts == (VOICE_AND_FAX,)
    assert registry.data == Registry.load(tmp_path / "data").data


def test_the_later_overlay_wins(registry: Registry, tmp_path: Path) -> None:
    first = written(tmp_path / "first", {"US.toml": US_ABOVE, "common.toml": 'durations = ["24"]\n'})
    second = written(tmp_path / "second", {"US.toml": US_ABOVE.replace("above", "top")})
    upwards, downwards = registry.overlay(first).overlay(second), registry.overlay(second).overlay(first)
    assert entry(upwards, "US", on=date.max).citation == "top"
    assert entry(downwards, "US", on=date.max).citation == "above"
    assert upwards.durations == downwards.durations == ("24",)


def test_an_overlay_answers_as_the_edited_file_does(registry: Registry, tmp_path: Path) -> None:
    overlay = registry.overlay(written(tmp_path / "above", {"US.toml": US_ABOVE}))
    edited = Registry.load(written(tmp_path / "edited", {**FILES, "US.toml": US_ABOVE}))
    assert compare(overlay, edited) == ()
    assert compare(overlay, registry)


# -- immutability ------------------------------------------------------------------------------------------------------

OBJECTS: dict[str, tuple[Callable[[Registry], Any], str]] = {
    "registry": (lambda registry: registry, "data"),
    "data": (lambda registry: registry.data, "countries"),
    "common": (lambda registry: registry.data.common, "durations"),
    "country": (lambda registry: registry.countries["US"], "revisions"),
    "revision": (lambda registry: registry.countries["US"].revisions[0], "start"),
    "terms": (lambda registry: registry.countries["US"].revisions[0].nationwide, "services"),
    "edition": (lambda registry: registry.in_force(SECOND), "countries"),
    "entry": (lambda registry: entry(registry, "US"), "services"),
    "source": (lambda registry: registry.sources["durations"], "line"),
}


@pytest.mark.parametrize(("get", "name"), OBJECTS.values(), ids=OBJECTS)
def test_nothing_in_a_registry_can_be_set(registry: Registry, get: Callable[[Registry], Any], name: str) -> None:
    target = get(registry)
    with pytest.raises(AttributeError):
        setattr(target, name, getattr(target, name))


MAPPINGS: dict[str, Callable[[Registry], Any]] = {
    "countries": lambda registry: registry.countries,
    "sources": lambda registry: registry.sources,
    "sources of a country": lambda registry: registry.countries["US"].sources,
    "subdivisions of a revision": lambda registry: registry.countries["US"].revisions[0].subdivisions,
    "sources of the terms": lambda registry: registry.countries["US"].revisions[0].nationwide.sources,
    "countries of an edition": lambda registry: registry.in_force(SECOND).countries,
    "subdivisions of an edition": lambda registry: registry.in_force(SECOND).subdivisions,
    "sources of an entry": lambda registry: entry(registry, "US").sources,
}


@pytest.mark.parametrize("get", MAPPINGS.values(), ids=MAPPINGS)
def test_no_mapping_of_a_registry_takes_a_write(registry: Registry, get: Callable[[Registry], Any]) -> None:
    mapping = get(registry)
    key = next(iter(mapping))
    with pytest.raises(TypeError, match="does not support item assignment"):
        mapping[key] = mapping[key]
    with pytest.raises(TypeError, match="does not support item deletion"):
        del mapping[key]


SEQUENCES: dict[str, tuple[Callable[[Registry], Any], type]] = {
    "services": (lambda registry: entry(registry, "US").services, frozenset),
    "territories": (lambda registry: entry(registry, "AU").territories, tuple),
    "conflicts": (lambda registry: registry.conflicts, tuple),
    "a group of conflicts": (lambda registry: registry.conflicts[0], frozenset),
    "durations": (lambda registry: registry.durations, tuple),
    "revisions": (lambda registry: registry.countries["US"].revisions, tuple),
    "turns": (lambda registry: registry.turns, tuple),
}


@pytest.mark.parametrize(("get", "kind"), SEQUENCES.values(), ids=SEQUENCES)
def test_every_collection_of_a_registry_is_of_an_immutable_type(
    registry: Registry, get: Callable[[Registry], Any], kind: type
) -> None:
    assert type(get(registry)) is kind


# -- the packaged data and the environment -----------------------------------------------------------------------------

ASK = """
from datetime import date
from hoiio_numbers import CapabilityDataError, check_config, Registry
on = date(2030, 1, 1)
try:
    registry = Registry.default()
except CapabilityDataError as error:
    raise SystemExit(f"refused\\n{error}")
print(",".join(registry.countries), registry.capabilities("US", on=on).citation, ",".join(registry.durations))
print(registry is Registry.default(), bool(check_config("+12025550123", forward_to="https://example.com", on=on)))
"""


def ask(*overlays: Path | str) -> subprocess.CompletedProcess[str]:
    """What a process answers for which the environment names *overlays*."""
    environment = {**os.environ, directories.OVERLAYS_VARIABLE: os.pathsep.join(map(str, overlays))}
    command = [sys.executable, "-W", "error", "-c", ASK]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


SILENT = US_ABOVE.replace("sms = true", "sms = false")


def test_without_overlays_a_process_asks_the_packaged_data() -> None:
    assert ask("").stdout.split("\n") == [f"AU,HK,NZ,SG,US,VN {GUIDE} 1,3,12,auto_extend", "True True", ""]


def test_a_process_asks_the_overlay_that_the_environment_names(tmp_path: Path) -> None:
    answer = ask(written(tmp_path / "mine", {"US.toml": SILENT}))
    assert answer.stdout.split("\n") == ["AU,HK,NZ,SG,US,VN above 1,3,12,auto_extend", "True False", ""]


def test_of_several_overlays_in_the_environment_the_later_wins(tmp_path: Path) -> None:
    first = written(tmp_path / "first", {"US.toml": SILENT, "common.toml": 'durations = ["24"]\n'})
    second = written(tmp_path / "second", {"US.toml": US, "GB.toml": SILENT.replace('"US"', '"GB"')})
    assert ask(first, "", second).stdout.split("\n") == ["AU,GB,HK,NZ,SG,US,VN second 24", "True True", ""]
    assert ask(second, first).stdout.split("\n") == ["AU,GB,HK,NZ,SG,US,VN above 24", "True False", ""]


def test_broken_data_in_the_environment_is_told_by_file_and_line(tmp_path: Path) -> None:
    good = written(tmp_path / "good", {"US.toml": US})
    bad = written(tmp_path / "bad", {"US.toml": US_ABOVE.replace("sms = true", "sms = yes")})
    answer = ask(good, bad)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == f"refused\n{bad}/US.toml:8: is not TOML: Invalid value. Mend that line.\n"


def test_a_missing_directory_in_the_environment_is_told_by_its_name(tmp_path: Path) -> None:
    answer = ask(tmp_path / "missing")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"refused\n{tmp_path / 'missing'}: cannot be read: ")


def test_of_a_package_in_a_zip_file_the_data_is_a_resource(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directories, "__file__", str(tmp_path / "lib.zip" / "directories.py"))
    monkeypatch.setattr("importlib.resources.files", {"hoiio_numbers": tmp_path}.__getitem__)
    with pytest.raises(CapabilityDataError, match="capabilities: cannot be read: "):
        directories.default()
    shutil.copytree(ROOT / "capabilities", tmp_path / "_capabilities")
    assert directories.default() == SHIPPED.data


def test_the_default_data_is_the_packaged_with_the_directories_of_the_environment_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = written(tmp_path / "mine", {"US.toml": SILENT})
    monkeypatch.setenv(directories.OVERLAYS_VARIABLE, str(overlay))
    assert directories.default() == SHIPPED.overlay(overlay).data


def test_the_default_registry_is_read_once_in_a_process() -> None:
    assert Registry.default() is Registry.default()


# -- data alone decides ------------------------------------------------------------------------------------------------


def test_editing_a_file_changes_an_answer_and_no_code(tmp_path: Path) -> None:
    directory = written(tmp_path / "data", FILES)

    def asks_for_sms() -> tuple[bool, list[str]]:
        checker = Checker(Registry.load(directory))
        report = checker.check_config("+12025550123", forward_sms_to="https://example.com/sms", on=SECOND)
        return report.ok, [violation.code for violation in report.errors]

    assert asks_for_sms() == (False, ["service.unsupported"])
    written(directory, {"US.toml": US.replace("sms = false", "sms = true", 1)})
    assert asks_for_sms() == (True, [])


def test_a_country_that_a_file_adds_is_supported_from_its_date_on(tmp_path: Path) -> None:
    checker = Checker(Registry.load(written(tmp_path / "data", {**FILES, "SG.toml": US_ABOVE.replace('"US"', '"SG"')})))
    request = {"number": "+6561234567", "forward_sms_to": "https://example.com/sms"}
    before = checker.check_mapping(request, on=date(2013, 12, 31))
    assert [violation.code for violation in before.errors] == ["country.unsupported"]
    assert checker.check_mapping(request, on=date(2014, 1, 1)).ok


# -- a straight-line re-computation ------------------------------------------------------------------------------------

DATES = st.dates(date(2012, 1, 1), date(2012, 3, 1)) | st.sampled_from([date.min, date.max])
REVISIONS = st.dictionaries(DATES, st.frozensets(st.sampled_from(Service)), min_size=1, max_size=5)


def as_toml(country: str, revisions: Mapping[date, frozenset[Service]]) -> str:
    text = f'country = "{country}"\n'
    for start, services in revisions.items():
        flags = "".join(f"{service} = {str(service in services).lower()}\n" for service in Service)
        text += f'[[revision]]\nfrom = {start}\nsource = "that of {start}"\n{flags}'
    return text


def recomputed(
    revisions: Mapping[date, frozenset[Service]], on: date
) -> tuple[frozenset[Service], date, date | None, str] | None:
    begun = [start for start in revisions if start <= on]
    if not begun:
        return None
    to_come = [start for start in revisions if start > on]
    return revisions[max(begun)], max(begun), min(to_come, default=None), f"that of {max(begun)}"


@pytest.mark.untraced
@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["AU", "SG", "US"]), REVISIONS, min_size=1), st.lists(DATES, min_size=1))
def test_the_edition_of_any_date_is_what_a_straight_look_through_the_revisions_finds(
    data: dict[str, dict[date, frozenset[Service]]], days: list[date]
) -> None:
    files = [parse(f"{code}.toml", f"{code}.toml", as_toml(code, each).encode()) for code, each in data.items()]
    registry = Registry(directories.assemble([*files, parse("common.toml", "common.toml", COMMON.encode())]))
    for on in [*days, *registry.turns]:
        in_force = registry.in_force(on).countries
        found = {code: (each.services, each.as_of, each.until, each.citation) for code, each in in_force.items()}
        expected = {code: recomputed(revisions, on) for code, revisions in sorted(data.items())}
        assert list(found.items()) == [(code, answer) for code, answer in expected.items() if answer]


def test_a_limitation_points_at_its_line(tmp_path: Path) -> None:
    text = (ROOT / "capabilities" / "SG.toml").read_text(encoding="utf-8") + 'limitations = "No short codes."\n'
    (tmp_path / "SG.toml").write_text(text, encoding="utf-8")
    singapore = SHIPPED.overlay(tmp_path).capabilities("SG")
    assert singapore is not None
    assert singapore.limitations == "No short codes."
    assert singapore.sources["limitations"].text == 'limitations = "No short codes."'
