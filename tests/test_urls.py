import json
import pickle
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hoiio_numbers import InvalidRequestError, Report, check_config, check_mapping, urls
from hoiio_numbers.urls import LONGEST, MalformedURLError, Url

SETTINGS = settings(max_examples=3000, deadline=None, database=None, derandomize=True)
FINE = Url.GIVEN
NOWHERE = str(IPv4Address(0))
SPECIAL_IPV4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4",
]  # fmt: skip
RESERVED = ["localhost", "local", "internal", "test", "invalid", "example"]


def host_of(text: str) -> str | None:
    """The host as it was understood, or None for a malformed URL."""
    try:
        return str(urls.parse(text).host)
    except MalformedURLError:
        return None


def hosted(host: str) -> str | None:
    return host_of(f"https://{host}/calls")


def is_reachable(host: str) -> bool:
    known = urls.read(f"https://{host}/calls")
    assert Url.MALFORMED not in known, host
    return Url.UNREACHABLE not in known


@pytest.mark.parametrize("url", ["https://example.com", "http://a-b.example.co.uk:8080/calls/in?a=1&b=%20#top"])
def test_an_ordinary_url_is_not_parsed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "_parsed", None)
    assert urls.read(url) == FINE


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", SPECIAL_IPV4)
def test_a_special_network_is_unreachable_from_edge_to_edge(network: str) -> None:
    for address in (IPv4Network(network)[0], IPv4Network(network)[-1]):
        assert not is_reachable(str(address))
        assert not is_reachable(f"[::ffff:{address}]")
        assert not is_reachable(str(int(address)))


@pytest.mark.parametrize(
    "address",
    [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.1.255",
        "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
        "203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8",
    ],
)  # fmt: skip
def test_just_outside_the_special_networks_is_reachable(address: str) -> None:
    assert is_reachable(address)
    assert is_reachable(f"[::ffff:{address}]")
    assert is_reachable(str(int(IPv4Address(address))))


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", False),
        ("2000::", True),
        ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", True),
        ("2001:db8::", False),
        ("2001:DB8:ffff:ffff:ffff:ffff:ffff:ffff", False),
        ("2001:db9::", True),
        ("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", True),
        ("4000::", False),
        ("::", False),
        ("::1", False),
        ("::8.8.8.8", False),
        ("::ffff:0:8.8.8.8", False),
        ("64:ff9b::8.8.8.8", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("ff02::1", False),
    ],
)
def test_public_ipv6_is_2000_3_without_the_documentation(address: str, reachable: bool) -> None:
    assert is_reachable(f"[{address}]") is reachable
    assert hosted(f"[{address}]") == str(IPv6Address(address))


@pytest.mark.parametrize(
    ("spelt", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F000001", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x7f.0x0.0x0.0x1", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("127.0.0x1", "127.0.0.1"),
        ("0", NOWHERE),
        ("0x", NOWHERE),
        ("00", NOWHERE),
        ("1.0x", "1.0.0.0"),
        (NOWHERE, NOWHERE),
        ("255.255.255.255", "255.255.255.255"),
        ("4294967295", "255.255.255.255"),
        ("255.16777215", "255.255.255.255"),
        ("255.255.65535", "255.255.255.255"),
        ("0000000000000000000010.1", "8.0.0.1"),
        ("１２７．０．０．１", "127.0.0.1"),
        ("127。0｡0．1", "127.0.0.1"),
        ("０ｘ７ｆ.1", "127.0.0.1"),
        ("①.1", "1.0.0.1"),
        ("1²", "0.0.0.12"),
        ("1\u00ad27.1", "127.0.0.1"),
    ],
)
def test_an_ipv4_address_may_be_spelt_in_any_way_that_browsers_read(spelt: str, address: str) -> None:
    assert hosted(spelt) == address
    assert isinstance(urls.parse(f"https://{spelt}/").host, IPv4Address)


@pytest.mark.parametrize(
    "spelt",
    [
        "256.1", "256.0.0.1", "1.256.0.1", "1.2.256.1", "1.2.3.256", "1.2.65536", "1.16777216", "4294967296", "9" * 63,
        "1.2.3.4.5", "1.2.3.4.5.", "09", "1.2.3.09", "08.1", "1.08.1", "0x100000000", "1.2.3.0x100", "example.1",
        "example.0x1", "example.09", "a.b.c.1", "1.a.3.4", "1..2", "1.2.3.4..", ".1", "-1.1", "1.-1", "1_000.1",
        "ü.1", "0xg.1", "1.0x1.zz.1",
    ],
)  # fmt: skip
def test_a_host_that_ends_in_a_number_is_an_ipv4_address_or_malformed(spelt: str) -> None:
    assert hosted(spelt) is None


@pytest.mark.parametrize("name", ["1.2.3.com", "127.0.0.1.com", "0xg.com", "1.0xg", "1.1a", "1e3", "1.é3"])
def test_a_host_that_ends_in_another_label_is_a_name(name: str) -> None:
    assert urls.parse(f"https://{name}/").host == name


@pytest.mark.parametrize(
    "spelt",
    [
        "[", "]", "[]", "[::1", "::1]", "::1", "[[::1]]", "[::1]]", "[::1]a", "[::1].", "[1::2::3]", "[12345::]",
        "[g::]", "[:1]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1.2.3.4]", "[::1.2.3]",
        "[::1.2.3.256]",
        "[::01.2.3.4]", "[::ffff:127.1]", "[fe80::1%eth0]", "[fe80::1%25eth0]", "[::1%]", "[%]", "[v1.a]",
        "[::１]", "[::1\u00ad]",
        "[example.com]", "[ ]",
    ],
)  # fmt: skip
def test_brackets_hold_an_ipv6_address_without_a_zone(spelt: str) -> None:
    assert hosted(spelt) is None


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("EXAMPLE.com", "example.com"),
        ("example.com.", "example.com"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("example。com", "example.com"),
        ("example｡com．", "example.com"),
        ("exam\u00adple.com", "example.com"),
        ("BÜCHER.example.com", "bücher.example.com"),
        ("a_b.BÜCHER.example.com", "a_b.bücher.example.com"),
        ("bu\u0308cher.example.com", "bücher.example.com"),
        ("straße.example.com", "straße.example.com"),
        ("日本語.jp", "日本語.jp"),
        ("אבג.example.com", "אבג.example.com"),
        ("_dmarc.example_host.com", "_dmarc.example_host.com"),
        ("a--b.xn--.com", None),
        ("a--b.xn--a.com", "a--b.xn--a.com"),
        ("xn--bcher-kva.com", "xn--bcher-kva.com"),
        ("℡.com", "tel.com"),
    ],
)
def test_a_name_is_mapped_as_uts_46_says(spelt: str, name: str | None) -> None:
    assert hosted(spelt) == name


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", ".com", "example..com", "example.com..", "-example.com", "example-.com", "-.com", "example.-",
        "exa mple.com", "exa%20mple.com", "%65xample.com", "example.com%", "a!b.com", "a$b.com", "a&b.com", "a'b.com",
        "a(b).com", "a*b.com", "a+b.com", "a,b.com", "a;b.com", "a=b.com", "a~b.com", 'a"b.com', "a<b.com", "a^b.com",
        "a`b.com", "a{b}.com", "a|b.com", "☃.com", "❤.com", "🦄.com", "a／b.com", "a？b.com", "a＃b.com", "a％b.com",
        "a：80.com", "℀.com", "ü-.com", "-ü.com", "üa--b.com", "\u0301a.com", "a\u200db.com", "\u00ad", "\u00ad.com",
        "a\u202eb.com", "\ufffd.com", "\ue000.com", "אa.com", "a·b.com",
    ],
)  # fmt: skip
def test_a_label_is_letters_digits_hyphens_and_underscores_or_a_valid_u_label(name: str) -> None:
    assert hosted(name) is None


LABEL_63, NAME_253 = "a" * 63, ".".join(["a" * 63] * 3 + ["a" * 58, "co"])


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        (f"{LABEL_63}.com", True),
        (f"a{LABEL_63}.com", False),
        (f"example.{LABEL_63}", True),
        (f"example.a{LABEL_63}", False),
        (f"x.{LABEL_63}-com", False),
        (NAME_253, True),
        (f"{NAME_253}.", True),
        (f"{NAME_253}..", False),
        (f"{NAME_253}m", False),
        (f"{NAME_253}m.", False),
        ("ü" * 56 + ".com", True),
        ("ü" * 63 + ".com", False),
        ("ü" * 64 + ".com", False),
        ("ü." + NAME_253[8:], True),
        ("ü." + NAME_253[7:], False),
        ("ü" * 100_000 + ".com", False),
    ],
    ids=lambda value: f"{len(value)}" if isinstance(value, str) else None,
)
def test_a_label_has_63_octets_and_a_name_253(name: str, fits: bool) -> None:
    assert (hosted(name) is not None) is fits


def test_the_octets_of_a_label_are_those_on_the_wire() -> None:
    for count in range(1, 70):
        label = "ü" * count
        assert (hosted(f"{label}.com") is not None) is (len(label.encode("punycode")) + len("xn--") <= 63), count


@pytest.mark.parametrize("label", RESERVED)
def test_a_reserved_last_label_is_unreachable(label: str) -> None:
    for host in (label, f"calls.{label}", f"calls.{label}.", f"CALLS.{label.upper()}", f"a.b.{label}:8000"):
        assert not is_reachable(host)
    for host in (f"{label}.com", f"x{label}.com", f"calls.x{label}", f"calls.{label}x", f"calls.{label}-x"):
        assert is_reachable(host)


@pytest.mark.parametrize("host", ["sandbox", "sandbox.", "SANDBOX:8000", "bücher", "com", "user@sandbox"])
def test_a_single_label_is_unreachable(host: str) -> None:
    assert not is_reachable(host)


# -- ports, schemes, lengths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["example.com", "8.8.8.8", "[2606:4700::1111]", "bücher.example.com", "user@example.com"]
)
@pytest.mark.parametrize(
    ("port", "fine"),
    [
        ("", True),
        (":", True),
        (":1", True),
        (":80", True),
        (":9999", True),
        (":10000", True),
        (":65535", True),
        (":0080", True),
        (":" + "0" * 1000 + "1", True),
        (":0", False),
        (":00", False),
        (":65536", False),
        (":99999", False),
        (":123456", False),
        (":" + "9" * 3000, False),
        (":-1", False),
        (":+1", False),
        (":8_0", False),
        (":0x50", False),
        (":８０", False),
        (":²", False),
        ("::80", False),
        (":80:", False),
    ],
    ids=lambda value: value[:8] if isinstance(value, str) else None,
)
def test_a_port_is_1_to_65535_in_ascii_digits(host: str, port: str, fine: bool) -> None:
    for tail in ("", "/", "?x", "#x"):
        assert (urls.fault(f"https://{host}{port}{tail}") is None) is fine


@pytest.mark.parametrize(
    "text", ["http://example.com", "HTTP://example.com", "hTTps://example.com", "https://example.com/%zz?%#%"]
)
def test_what_is_no_host_s_matter_is_not_judged(text: str) -> None:
    assert urls.read(text) == FINE


@pytest.mark.parametrize(
    ("length", "known"), [(LONGEST, FINE), (LONGEST + 1, FINE | Url.TOO_LONG), (1_000_000, FINE | Url.TOO_LONG)]
)
def test_a_url_of_4000_characters_is_the_longest(length: int, known: Url) -> None:
    assert urls.read("https://example.com/".ljust(length, "a")) == known
    assert urls.read("  " + "https://example.com/".ljust(length, "ü") + "\n") == known


CONTROLS_AND_SURROGATES = {*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)}


@pytest.mark.untraced
def test_backslashes_white_space_control_characters_and_surrogates_are_malformed_anywhere() -> None:
    for character in map(chr, range(0x10000)):
        forbidden = character == "\\" or character.isspace() or ord(character) in CONTROLS_AND_SURROGATES
        assert (urls.fault(f"https://example.com/{character}x") is not None) is forbidden, ascii(character)


@pytest.mark.parametrize(
    ("forbidden", "reason"),
    [
        ("\\\0", "backslash"),
        ("\0\\", "control_character"),
        ("\x7f \\", "control_character"),
        (" \\", "white_space"),
        ("ü\\ ", "backslash"),
        ("ü\ud800\\", "surrogate"),
    ],
)
def test_of_several_characters_out_of_place_the_first_is_told(forbidden: str, reason: str) -> None:
    assert urls.fault(f"https://example.com/a{forbidden}b") == reason


# -- the fast path -----------------------------------------------------------------------------------------------------


def restated(text: str) -> Url:
    """What the specification says of a URL, by the full parser and by nothing else."""
    trimmed = text.strip()
    if not trimmed:
        return urls.ABSENT
    known = Url.GIVEN | (Url.TOO_LONG if len(trimmed) > LONGEST else Url.GIVEN)
    try:
        address = urls.parse(trimmed)
    except MalformedURLError:
        return known | Url.MALFORMED
    user, _, password = address.userinfo.partition(":")
    if user or password:
        known |= Url.CREDENTIALS
    return known if can_be_reached(address.host) else known | Url.UNREACHABLE


def can_be_reached(host: urls.Host) -> bool:
    if isinstance(host, str):
        labels = host.split(".")
        return len(labels) > 1 and labels[-1] not in RESERVED
    if isinstance(host, IPv6Address) and not host.ipv4_mapped:
        return host.exploded[0] in "23" and not host.exploded.startswith("2001:0db8:")
    address = (host.ipv4_mapped or host) if isinstance(host, IPv6Address) else host
    return not any(address in IPv4Network(network) for network in SPECIAL_IPV4)


LABELS = [
    "example", "com", "a", "a1", "1a", "x-y", "x--y", "-a", "a-", "_a", "A", "EXAMPLE", "localhost", "local", "test",
    "locals", "testing", "internal", "invalid", "1", "127", "0", "0x7f", "09", "256", "ü", "xn--a", "", "a" * 62,
    "a" * 63, "a" * 64, "b" * 60, "c", "co", "１", "com\u00ad", "c0m",
]  # fmt: skip
HOSTS = st.lists(st.sampled_from(LABELS), min_size=1, max_size=6).map(".".join) | st.sampled_from(
    ["[::1]", "[2606:4700::1111]", "[", "[::ffff:10.0.0.1]", "", f"{NAME_253}", f"{NAME_253}m", "localhost."]
)
SCHEMES = st.sampled_from(["https://", "http://", "HTTP://", "ftp://", "https:/", "https:", "//", "", " https://"])
USERS = st.sampled_from(["", "", "", "", "@", ":@", "user@", "user:password@", ":password@", "a@b@", "::@", "a/b@"])
PORTS = st.sampled_from(["", "", "", ":", ":80", ":0", ":0080", ":9999", ":10000", ":65535", ":65536", ":x", ":８０"])
TAILS = st.sampled_from(
    ["", "/", "?", "#", "/a@b", "?a=b", "#a", "/a\\b", "/a b", "/ü", "/[", "/]", "/~!", "\n", "/\x7f"]
)
COMPOSED = st.builds("{}{}{}{}{}".format, SCHEMES, USERS, HOSTS, PORTS, TAILS)
SIGNS = st.text("htps:/.@-_[]?#%a1é１ \\localexmp0", max_size=40)


@pytest.mark.long
@SETTINGS
@given(COMPOSED | SIGNS | SIGNS.map("https://{}".format) | st.text().map("http://{}".format))
@example("https://" + "a." * 126 + "co")
@example("https://" + "a." * 126 + "com")
@example("https://example.com/".ljust(4001, "a"))
@example("https://example.com\n")
@example("https://example.com:09999/")
@example("https://example.localhost#")
@example("https://example.testing")
def test_the_fast_path_and_the_full_parser_agree(text: str) -> None:
    assert urls.read(text) == restated(text)


@pytest.mark.untraced
@SETTINGS
@given(st.text("az09.-:/?#", max_size=12), st.sampled_from([*RESERVED, "com", "c", "c1"]))
def test_the_fast_path_and_the_full_parser_agree_on_ordinary_urls(head: str, label: str) -> None:
    for text in (f"https://{head}.{label}", f"http://{head}.{label}:80/", f"https://a.{label}{head}"):
        assert urls.read(text) == restated(text)


# -- credentials -------------------------------------------------------------------------------------------------------

SECRET = "hunter2"  # noqa: S105 - nobody's
WELL_FORMED = [
    f"https://user:{SECRET}@example.com/",
    f"https://:{SECRET}@example.com/",
    f"https://{SECRET}@example.com/",
    f"  https://user:{SECRET}@example.com/",
    f"HTTPS://user:{SECRET}@example.com",
    f"https://user:a@{SECRET}@example.com/",
    f"https://user:{SECRET}@localhost:8000/a@b",
    f"https://user:{SECRET}@[::1]/",
    f"https://üser:{SECRET}ß@bücher.example.com/?@#@",
    f"https://user:{SECRET}@example.com/".ljust(5000, "a"),
]
MALFORMED = [
    f"https://user:{SECRET}@",
    f"https://user:{SECRET}@/",
    f"https://user:{SECRET}@exa mple.com/",
    f"https://user:{SECRET}@example.com:0/",
    f"https://user:{SECRET}@example.com:port/",
    f"https://user:{SECRET}@-example.com/",
    f"https://user:{SECRET}@[::1/",
    f"https://user:{SECRET}/@example.com/",
    f"https://user:a/{SECRET}@example.com/",
    f"https://user:a?{SECRET}@example.com/",
    f"https://user:a#{SECRET}@example.com/",
    f"https://user:a\\{SECRET}@example.com/",
    f"https://user:a {SECRET}@example.com/",
    f"https://user:a\n{SECRET}@example.com/",
    f"https://user:a\x00{SECRET}@example.com/",
    f"https://user:\ud800{SECRET}@example.com/",
    f"https:/user:{SECRET}@example.com/",
    f"https:user:{SECRET}@example.com/",
    f"https:////user:{SECRET}@example.com/",
    f"https:\\\\user:{SECRET}@example.com/",
    f"//user:{SECRET}@example.com/",
    f"user:{SECRET}@example.com/",
    f"user:{SECRET}@example.com:0",
    f"ftp://user:{SECRET}@example.com/",
    f"1ftp://user:{SECRET}@example.com/",
    f"{SECRET}@example.com",
    f"https://user:{SECRET}@example.com\\".ljust(5000, "a"),
]
NOT_TEXT = [f"https://user:{SECRET}@example.com/".encode(), [f"https://user:{SECRET}@example.com/"], {SECRET: SECRET}]


def shown_by(report: Report) -> Iterator[str]:
    """Everything that a report shows of itself."""
    yield repr(report)
    yield repr(report.violations)
    yield repr(report.by_field())
    yield from map(str, report.violations)
    yield from (str(explanation.to_dict()) for explanation in report.explain())
    yield str([explanation.facts for explanation in report.explain()])
    yield json.dumps(report.to_dict(), ensure_ascii=False)
    yield json.dumps(report.to_problem(), ensure_ascii=False)
    yield str(InvalidRequestError(report))
    yield repr(InvalidRequestError(report))
    yield pickle.dumps(report.violations).decode("latin-1")
    yield pickle.dumps([str(violation) for violation in report.violations]).decode("latin-1")


@pytest.mark.parametrize("url", [*WELL_FORMED, *MALFORMED, *NOT_TEXT], ids=lambda url: ascii(url)[:60])
@pytest.mark.parametrize("field", ["forward_to", "forward_sms_to"])
def test_a_password_never_shows(url: object, field: str) -> None:
    report = check_mapping({"number": "+12125550123", field: url})
    assert report.violations
    for text in shown_by(report):
        assert SECRET not in text


@pytest.mark.parametrize("field", ["forward_to", "forward_sms_to"])
def test_a_password_does_not_show_in_the_repr_of_facts(field: str) -> None:
    for url in (*WELL_FORMED, *MALFORMED, *NOT_TEXT):
        facts = check_mapping({"number": "+12125550123", field: url}).facts
        assert SECRET not in repr(facts) + repr(facts.request)


@pytest.mark.parametrize("text", WELL_FORMED)
def test_a_well_formed_url_with_a_password_is_warned_of(text: str) -> None:
    assert Url.CREDENTIALS in urls.read(text)
    assert "***@" in urls.redacted(text)


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_url_keeps_its_reason_and_its_host(text: str) -> None:
    assert urls.fault(text) is not None
    assert urls.redacted(text).partition("***")[2] == "@" + text.rpartition("@")[2]


@pytest.mark.untraced
@settings(SETTINGS, max_examples=500)
@given(
    st.sampled_from(["https://", "http:/", "https:", "//", "", "ftp://", "x y://"]),
    st.text(":/?#@\\ a%[]\u3000\x00", max_size=6),
    st.text(":/?#@\\ a%[]\u3000\x00", max_size=6),
    st.sampled_from(["example.com", "-example.com", "localhost:0", "", "[::1", "[::1]:80", "example.com/ "]),
)
@example("", "", ":", "example.com")
def test_what_stands_before_an_at_sign_of_a_malformed_url_never_shows(
    scheme: str, before: str, after: str, host: str
) -> None:
    text = f"{scheme}{before}{SECRET}{after}@{host}"
    if urls.fault(text) is None:
        assume(SECRET in urls.parse(text).userinfo)
    assert SECRET not in urls.redacted(text)
    assert not any(SECRET in told for told in shown_by(check_config("+12125550123", forward_to=text)))


@pytest.mark.parametrize(
    "text", ["https://example.com/@user", "https://example.com?a@b", "", "x", "https://example.com"]
)
def test_a_text_without_userinfo_stays_as_it_is(text: str) -> None:
    assert urls.redacted(text) == text
