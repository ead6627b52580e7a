"""Requests from a seed: distinct valid numbers, distinct URLs, half of the requests with one URL and half with two."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, count, cycle, islice
from random import Random
from typing import NamedTuple

from phonenumbers import PhoneNumberFormat, format_number, parse

from hoiio_numbers.automata import contains
from hoiio_numbers.numberplan import ranges_of

SEED = 20120901
HOW_MANY = 4_000
REFUSED = 0.4
"""The part of the dirty mix that is refused."""

COUNTRIES = ("AU", "HK", "NZ", "SG", "US", "VN")
WITH_SMS, WITH_FAX = "US", "SG"
NOT_SOLD = ("BR", "CA", "CH", "DE", "FR", "GB", "IN", "JM", "JP", "MX", "MY", "NG", "PH", "PL", "TH", "ZA")

_HOSTS = ("hooks", "api", "callbacks", "voice", "app", "ivr.eu-west-1", "www", "notify")
_NAMES = ("acme-telecom", "harbour", "pinevalley", "northstar", "kopitiam", "bluewave", "sg-clinics", "fairprice24")
_ENDINGS = ("com", "com.sg", "net", "io", "com.au", "org", "co.nz", "dev")
_PATHS = ("hoiio/calls", "v1/incoming", "telephony/notify.php", "hooks", "a/b/c/forward", "tenants/inbound")


class Request(NamedTuple):
    """The parameters of one configure request, as text."""

    number: str
    forward_to: str | None = None
    forward_sms_to: str | None = None
    mode: str | None = None


class Draw:
    """Numbers and URLs at random, none of them twice."""

    def __init__(self, seed: int = SEED) -> None:
        self.random = Random(seed)  # noqa: S311 - the same inputs each time are what is wanted
        self._taken: set[int] = set()
        self._urls = count()

    def number(self, region: str) -> str:
        """A valid number of *region* in E.164 form, each of them as likely as any other."""
        bounds = ranges_of(region)
        starts = bounds[::2]
        sizes = [stop - start for start, stop in zip(starts, bounds[1::2], strict=True)]
        ends = list(accumulate(sizes))
        while True:
            (place,) = self.random.choices(range(len(starts)), cum_weights=ends)
            number = starts[place] + self.random.randrange(sizes[place])
            if number not in self._taken:
                self._taken.add(number)
                return f"+{number}"

    def url(self) -> str:
        """A public URL such as notify URLs are; one in fifty has capitals in its host."""
        pick = self.random.choice
        host = f"{pick(_HOSTS)}.{pick(_NAMES)}.{pick(_ENDINGS)}"
        host = host.title() if self.random.random() < 0.02 else host
        port = pick((":8443", ":8080", ":443")) if self.random.random() < 0.05 else ""
        query = f"?token={self.random.getrandbits(64):x}&src=hoiio" if self.random.random() < 0.5 else ""
        return f"{pick(('https', 'https', 'http'))}://{host}{port}/{pick(_PATHS)}/{next(self._urls)}{query}"


def clean(how_many: int = HOW_MANY) -> list[Request]:
    """Requests that are all accepted, without a warning.

    Two URLs are one for calls and one for SMS, which only numbers of the US can receive: so the half with two is all
    of the US, and the half with one is spread evenly over the six countries. One in four names its mode.
    """
    draw = Draw()
    requests = _clean(draw, how_many)
    draw.random.shuffle(requests)
    return requests


def dirty(how_many: int = HOW_MANY) -> list[Request]:
    """Requests of which 40 % are refused, evenly for each of the reasons of `_FAULTS`; the rest are as in `clean`.

    Half of those that have a URL at all have two.
    """
    draw = Draw(SEED + 1)
    refused = round(how_many * REFUSED)
    requests = _clean(draw, how_many - refused)
    faults = [(fault, two) for two in (False, True) for fault in _FAULTS]
    requests += [fault(draw, two) for fault, two in islice(cycle(faults), refused)]
    draw.random.shuffle(requests)
    return requests


def as_typed(requests: Sequence[Request]) -> list[Request]:
    """The same requests with the numbers as people write them: `+65 6123 4567`."""
    return [
        request._replace(number=format_number(parse(request.number), PhoneNumberFormat.INTERNATIONAL))
        for request in requests
    ]


def of_regions(regions: Sequence[str], how_many: int, seed: int = SEED) -> list[Request]:
    """Accepted requests in random order, with one URL and evenly spread over *regions* that have numbers."""
    draw = Draw(seed)
    having = [region for region in regions if ranges_of(region)]
    requests = [Request(draw.number(region), draw.url()) for region in islice(cycle(having), how_many)]
    draw.random.shuffle(requests)
    return requests


def _clean(draw: Draw, how_many: int) -> list[Request]:
    two = [Request(draw.number(WITH_SMS), draw.url(), draw.url()) for _ in range(how_many // 2)]
    one = [Request(draw.number(country), draw.url()) for country in islice(cycle(COUNTRIES), how_many - len(two))]
    return [_with_mode(draw, request) for request in two + one]


def _with_mode(draw: Draw, request: Request) -> Request:
    if draw.random.random() >= 0.25:
        return request
    has_fax = request.number.startswith("+65")
    return request._replace(mode=draw.random.choice(("voice", "fax") if has_fax else ("voice", "Voice")))


# -- what requests are refused for: each with one URL, or with two ---------------------------------------------------


def _fine(draw: Draw, two: bool) -> Request:
    return Request(draw.number(WITH_SMS), draw.url(), draw.url() if two else None)


def _malformed_number(draw: Draw, two: bool) -> Request:
    request = _fine(draw, two)
    ways: list[Callable[[str], str]] = [
        lambda number: number[1:],
        lambda number: f"{number} ext 3",
        lambda number: f"{number}abc",
        lambda number: f"tel:{number}",
        lambda number: f"{number}/{number[-2:]}",
        lambda number: f"+999{number[4:]}",
        lambda number: f"{number}, {number[:-1]}",
        lambda number: f"+1800FLOW{number[-3:]}",
        lambda number: number[:2] if number[1] != "1" else "+",
    ]
    return request._replace(number=draw.random.choice(ways)(request.number))


def _impossible_number(draw: Draw, two: bool) -> Request:
    request = _fine(draw, two)
    number = request.number
    return request._replace(number=draw.random.choice((number[:-2], number[:6], number + "99", number + "9" * 7)))


def _country_not_sold(draw: Draw, two: bool) -> Request:
    number = draw.number(draw.random.choice(NOT_SOLD))
    while contains(ranges_of("US"), int(number)):  # some toll-free numbers are valid for every country of +1
        number = draw.number(draw.random.choice(NOT_SOLD))
    return _fine(draw, two)._replace(number=number)


def _without_sms(draw: Draw, two: bool) -> Request:
    number = draw.number(draw.random.choice([country for country in COUNTRIES if country != WITH_SMS]))
    return Request(number, draw.url() if two else None, draw.url())


def _without_fax(draw: Draw, two: bool) -> Request:
    countries = (WITH_SMS,) if two else [country for country in COUNTRIES if country != WITH_FAX]
    return _fine(draw, two)._replace(number=draw.number(draw.random.choice(countries)), mode="fax")


def _conflict(draw: Draw, two: bool) -> Request:
    mode = draw.random.choice(("voice+fax", "voice, fax", "fax voice"))
    return _fine(draw, two)._replace(number=draw.number(WITH_FAX), mode=mode)


def _unknown_mode(draw: Draw, two: bool) -> Request:
    return _fine(draw, two)._replace(mode=draw.random.choice(("both", "sms", "voicemail", "voice+video", "none", "1")))


def bad_url(draw: Draw) -> str:
    """A URL that cannot be called, for one of many reasons."""
    url = draw.url()
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    name = host.partition(":")[0]
    return draw.random.choice(
        (
            rest,
            f"/{path}",
            f"ftp://{rest}",
            f"mailto:me@{name}",
            f"{scheme}:///{path}",
            f"{scheme}://{name}:99999/{path}",
            f"{scheme}://{name}:http/{path}",
            f"{scheme}://{name}/two words/{path}",
            f"{scheme}:\\\\{name}\\{path}",
            f"{scheme}://-{name}/{path}",
            f"{scheme}://{name.replace('.', '..', 1)}/{path}",
            f"{scheme}://{{{{host}}}}/{path}",
            f"{scheme}://[::1/{path}",
            f"{scheme}://300.1.2.3/{path}",
        )
    )


def _malformed_url(draw: Draw, two: bool) -> Request:
    return _fine(draw, two)._replace(forward_to=bad_url(draw))


def _too_long_url(draw: Draw, two: bool) -> Request:
    long = f"{draw.url()}/" + "x" * draw.random.randrange(4_000, 4_500)
    return _fine(draw, two)._replace(forward_to=long)


def _nothing_asked(draw: Draw, two: bool) -> Request:
    return Request(draw.number(WITH_SMS if two else draw.random.choice(COUNTRIES)))


def _several(draw: Draw, two: bool) -> Request:
    """Two or three faults, and warnings besides: an unassigned number, a private host, a password in a URL."""
    asked_in_vain = Request("+6511111111", draw.url(), draw.url() if two else None, "voice+fax")
    unassigned = Request("+16001234567", draw.url().replace("://", "://10.0.0.7/"), bad_url(draw))
    lonely = Request(draw.number("HK"), None, draw.url().replace("://", "://user:secret@"), "fax, telex")
    hopeless = Request(f"call {draw.number('AU')}", bad_url(draw), bad_url(draw), "phone")
    away = Request(draw.number("GB"), draw.url().replace("://", "://localhost:8000/"), None, "carrier pigeon")
    return draw.random.choice((asked_in_vain, unassigned, lonely, hopeless, away))


_FAULTS: tuple[Callable[[Draw, bool], Request], ...] = (
    *(_malformed_number, _impossible_number, _country_not_sold, _without_sms, _without_fax, _conflict),
    *(_unknown_mode, _malformed_url, _too_long_url, _nothing_asked, _several),
)


def chunks(requests: Sequence[Request], how_many: int) -> Iterator[Sequence[Request]]:
    """*requests* in order, in *how_many* parts of about one size."""
    return (requests[place::how_many] for place in range(how_many))
