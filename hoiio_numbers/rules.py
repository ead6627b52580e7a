"""The rules of a request: a table of small generators, each a pure function of the facts that it names.

The server statuses are those of the Hoiio Number API's reference.
"""

from collections.abc import Iterable, Iterator

from hoiio_numbers import countries, numbers, urls
from hoiio_numbers.facts import USABLE, Call, Facts, Given, Unsettled
from hoiio_numbers.numbers import NumberState
from hoiio_numbers.registry import CountryCapabilities
from hoiio_numbers.rulebook import NO_ALTERNATIVES, OTHERWISE, Finding, Rule, Rulebook, found, rule
from hoiio_numbers.services import MODES, Service
from hoiio_numbers.text import scalar
from hoiio_numbers.urls import Url
from hoiio_numbers.violations import Param, Severity, Source

ERROR, WARNING = Severity.ERROR, Severity.WARNING
WITH_NUMBER = (Call.CONFIGURE, Call.SUBSCRIBE)
WITH_COUNTRY = (Call.AVAILABLE_NUMBERS, Call.RATE)
MOST_MODES_NAMED = 10
LARGEST_IN_JSON = 2**53
NO_COUNTRY = "001"  # what the metadata calls the region of freephone and satellite numbers that are of no country


def _typed_number(facts: Facts) -> str:
    return scalar(facts.request.typed_number)


def _typed_country(facts: Facts) -> str:
    return scalar(facts.request.typed_country)


def _is_number_usable(facts: Facts) -> bool:
    return facts.number in USABLE


# -- number ------------------------------------------------------------------------------------------------------------


@rule(
    code="number.missing",
    severity=ERROR,
    calls=WITH_NUMBER,
    reads=("number",),
    message="No number was given.",
    hint="Give the number in E.164 form: a plus, the country calling code and the rest, such as +6561234567.",
    server_status="error_number_param_missing",
)
def number_missing(facts: Facts) -> Iterator[Finding]:
    """A number must be given; None, an empty text and white space alone are none."""
    if facts.number is NumberState.MISSING:
        yield found("number")


@rule(
    code="number.malformed",
    severity=ERROR,
    calls=WITH_NUMBER,
    reads=("number",),
    applies=lambda facts: facts.number is not NumberState.MISSING,
    message={
        "type": "A number must be text, which {number} is not.",
        "character": "'{number}' has '{character}' in it, which no phone number has.",
        "plus": "'{number}' has a plus that does not come first.",
        "no_calling_code": "'{number}' does not say which country it is of.",
        "calling_code": "'{number}' begins with no country's calling code.",
        "no_number": "'{number}' is not a phone number.",
    },
    hint={
        "type": "Give it as text, such as '+6561234567'.",
        "no_calling_code": "Write + and the country calling code in front, or give the country.",
        "calling_code": "Write + and the country calling code in front, such as +65 6123 4567.",
        OTHERWISE: "Give one number: a plus, the country calling code and the rest, such as +65 6123-4567.",
    },
    server_status="error_number_invalid",
)
def number_malformed(facts: Facts) -> Iterator[Finding]:
    """A number is one plus, digits and separators; without a plus it needs a country that says how to read it."""
    if facts.number is NumberState.MALFORMED:
        typed, reason = _typed_number(facts), facts.request.number.reason
        stray = numbers.stray_character(typed) if reason in {"character", "plus"} else None
        yield found("number", number=typed, reason=reason, character=stray)


@rule(
    code="number.impossible",
    severity=ERROR,
    calls=WITH_NUMBER,
    reads=("number",),
    applies=lambda facts: facts.number not in {NumberState.MISSING, NumberState.MALFORMED},
    message={
        "too_short": "'{number}' is too short for a phone number of its country.",
        "too_long": "'{number}' is too long for a phone number of its country.",
        "invalid_length": "'{number}' is of a length that no phone number of its country has.",
        "local_only": "'{number}' can be dialled inside its own area only.",
    },
    hint="Check the digits, and that the country calling code and the area code are there.",
    server_status="error_number_invalid",
)
def number_impossible(facts: Facts) -> Iterator[Finding]:
    """A number has as many digits as numbers of its country have."""
    if facts.number is NumberState.IMPOSSIBLE:
        yield found("number", number=_typed_number(facts), reason=facts.request.number.reason)


@rule(
    code="number.unassigned",
    severity=WARNING,
    calls=WITH_NUMBER,
    reads=("number",),
    applies=_is_number_usable,
    message="{number} is in no range of numbers that is known to be assigned.",
    hint="Check the digits; if they are right, the range may be newer than the numbering metadata.",
)
def number_unassigned(facts: Facts) -> Iterator[Finding]:
    """A number is in an assigned range; only a warning, since the metadata lags behind new ranges."""
    if facts.number is NumberState.UNASSIGNED:
        yield found("number", number=facts.request.number.e164)


# -- country and state -------------------------------------------------------------------------------------------------


@rule(
    code="country.missing",
    severity=ERROR,
    calls=WITH_COUNTRY,
    reads=("country_given",),
    message="No country was given.",
    hint="Give a two-letter code, such as SG.",
    server_status="error_country_param_missing",
)
def country_missing(facts: Facts) -> Iterator[Finding]:
    """The calls that list numbers or rates need a country."""
    if facts.country_given is Given.NO:
        yield found("country")


@rule(
    code="country.unknown",
    severity=ERROR,
    calls=Call,
    reads=("country_given",),
    applies=lambda facts: facts.country_given is not Given.NO,
    message={
        "type": "A country must be text, which {country} is not.",
        "code": "'{country}' is not an ISO 3166-1 alpha-2 code.",
        "other_name": "'{country}' is not an ISO 3166-1 alpha-2 code.",
    },
    hint={
        "type": "Give a two-letter code, such as 'SG'.",
        "code": "Give a two-letter code, such as SG.",
        "other_name": "Write {meant}.",
    },
    server_status=dict.fromkeys(WITH_COUNTRY, "error_no_number_available"),
)
def country_unknown(facts: Facts) -> Iterator[Finding]:
    """A country is given as its ISO 3166-1 alpha-2 code."""
    if facts.country_given is Given.UNKNOWN:
        typed = facts.request.typed_country
        meant = countries.code_meant(typed.strip()) if isinstance(typed, str) else None
        reason = "type" if not isinstance(typed, str) else "other_name" if meant else "code"
        yield found("country", country=_typed_country(facts), reason=reason, meant=meant)


@rule(
    code="country.mismatch",
    severity=ERROR,
    reads=("number", "country_given"),
    applies=lambda facts: _is_number_usable(facts) and facts.country_given in {Given.FINE, Given.MISMATCH},
    message={
        "region": "{number} is a number of {region}, not of {country}.",
        "international": "{number} is an international number, not one of {country}.",
        "calling_code": "{number} does not begin with the calling code of {country}.",
    },
    hint="Check the number, or give the country that it is of.",
)
def country_mismatch(facts: Facts) -> Iterator[Finding]:
    """A number has the calling code of the country given and, if it is valid anywhere, is valid for that country."""
    if facts.country_given is Given.MISMATCH:
        number, country = facts.request.number, facts.request.country
        region = numbers.region_of(number)
        reason = {None: "calling_code", NO_COUNTRY: "international"}.get(region, "region")
        yield found("country", number=number.e164, country=country, region=region, reason=reason)


@rule(
    code="country.unsupported",
    severity=ERROR,
    calls=Call,
    reads=("edition", "country", "capabilities"),
    applies=lambda facts: facts.country is not Unsettled.UNDETERMINED and facts.capabilities is None,
    message={
        "country": "Hoiio sells no numbers of {country}.",
        "later": "Hoiio sells no numbers of {country} before {start}.",
        "number": "{number} is a number of {country}, of which Hoiio sells none.",
        "nowhere": "{number} is of no country of which Hoiio sells numbers.",
    },
    hint={
        "later": "Ask again from {start} on, or use a number of another country.",
        NO_ALTERNATIVES: "Ask about another date: none of the data is in force then.",
        OTHERWISE: "Use a number of one of these: {alternatives}.",
    },
    server_status=dict.fromkeys(WITH_COUNTRY, "error_no_number_available"),
    evidence=lambda facts: (entry.sources["from"] for entry in facts.candidates),
)
def country_unsupported(facts: Facts) -> Iterator[Finding]:
    """The country, given or that of the number, is one whose numbers are sold on that date."""
    if facts.country is Unsettled.UNSUPPORTED:
        given_country, number = facts.request.country, facts.request.number
        region = None if given_country else numbers.region_of(number)
        country = given_country or region
        start = facts.edition.registry.first_date(country) if country else None
        by_number = "nowhere" if region in {None, NO_COUNTRY} else "number"
        reason = "later" if start else "country" if given_country else by_number
        yield found(
            "country",
            number=number.e164,
            country=country,
            reason=reason,
            start=start.isoformat() if start else None,
            alternatives=list(facts.edition.countries),
        )


@rule(
    code="country.ambiguous",
    severity=WARNING,
    reads=("country", "capabilities", "modes", "unknown_mode", "forward_to", "forward_sms_to"),
    applies=lambda facts: len(facts.candidates) > 1 and facts.capabilities is None,
    message="{number} could be of {countries}, which differ in {services}.",
    hint="Give the country.",
)
def country_ambiguous(facts: Facts) -> Iterator[Finding]:
    """Where a number could be of several countries, they agree on the services asked for."""
    differing = [s for s in facts.asked if len({entry.supports(s) for entry in facts.candidates}) > 1]
    if differing:
        names = [entry.country for entry in facts.candidates]
        yield found("country", number=facts.request.number.e164, countries=names, services=[*map(str, differing)])


def _state_sources(facts: Facts) -> Iterable[Source]:
    return (entry.sources["sells_by_state"] for entry in facts.candidates)


@rule(
    code="state.required",
    severity=ERROR,
    calls=(Call.AVAILABLE_NUMBERS,),
    reads=("country", "state_given"),
    applies=lambda facts: any(entry.sells_by_state for entry in facts.candidates),
    message="Numbers of {country} are sold by state, and no state was given.",
    hint="Give a state of {country} by its ISO 3166-2 code, such as {example}.",
    server_status="error_state_param_missing",
    evidence=_state_sources,
)
def state_required(facts: Facts) -> Iterator[Finding]:
    """A country that sells its numbers by state needs one."""
    if facts.state_given is Given.NO:
        country = facts.candidates[0].country
        example = min(countries.subdivisions(country), default=None)
        yield found("state", next(iter(_state_sources(facts))), country=country, example=example)


@rule(
    code="state.unknown",
    severity=ERROR,
    calls=(Call.CONFIGURE, Call.AVAILABLE_NUMBERS),
    reads=("state_given",),
    applies=lambda facts: facts.state_given is not Given.NO,
    message={
        "type": "A state must be text, which {state} is not.",
        OTHERWISE: "'{state}' is not an ISO 3166-2 code of {country}.",
    },
    hint={
        "type": "Give a code, such as 'AL' or 'US-AL'.",
        "code": "Give the code of a state of {country}, or leave the state out.",
        "no_states": "Leave the state out: {country} has none.",
        "name": "Write {meant}.",
    },
)
def state_unknown(facts: Facts) -> Iterator[Finding]:
    """A state is an ISO 3166-2 subdivision of the country."""
    if facts.state_given is Given.UNKNOWN:
        typed, country = facts.request.typed_state, facts.request.country
        is_text = isinstance(typed, str)
        meant = countries.subdivision_meant(country or "", scalar(typed)) if is_text else None
        has_states = not country or bool(countries.subdivisions(country))
        reason = "type" if not is_text else "name" if meant else "code" if has_states else "no_states"
        yield found("state", state=scalar(typed), country=country, reason=reason, meant=meant)


# -- mode --------------------------------------------------------------------------------------------------------------


@rule(
    code="mode.unknown",
    severity=ERROR,
    reads=("modes", "unknown_mode"),
    applies=lambda facts: bool(facts.modes) or facts.unknown_mode,
    message="There is no mode {unknown}.",
    hint=f"Use {' or '.join(MODES)}.",
    server_status="error_mode_invalid",
)
def mode_unknown(facts: Facts) -> Iterator[Finding]:
    """A mode is voice or fax."""
    if facts.unknown_mode:
        yield found("mode", unknown=[*facts.request.unknown_modes[:MOST_MODES_NAMED]])


@rule(
    code="mode.unused",
    severity=WARNING,
    reads=("modes", "forward_to"),
    applies=lambda facts: bool(facts.modes),
    message="A mode ({modes}) does nothing without forward_to.",
    hint="Give forward_to, the URL that is called for {modes}, or leave the mode out.",
)
def mode_unused(facts: Facts) -> Iterator[Finding]:
    """The mode says what forward_to receives, so that it does nothing without one."""
    if not facts.forward_to:
        yield found("mode", modes=[str(mode) for mode in MODES if mode in facts.modes])


# -- notify URLs -------------------------------------------------------------------------------------------------------

URL_FIELDS = ("forward_to", "forward_sms_to")


def _is_any_url_given(facts: Facts) -> bool:
    return bool(facts.forward_to or facts.forward_sms_to)


def _is_any_url_fine(facts: Facts) -> bool:
    return any(url and Url.MALFORMED not in url for url in (facts.forward_to, facts.forward_sms_to))


def _flagged(facts: Facts, flag: Url) -> Iterator[tuple[str, str]]:
    """The fields whose URL has *flag*, each with the URL as messages may show it."""
    for field in URL_FIELDS:
        if flag in getattr(facts, field):
            yield field, urls.redacted(scalar(getattr(facts.request, field)))


@rule(
    code="url.malformed",
    severity=ERROR,
    reads=URL_FIELDS,
    applies=_is_any_url_given,
    message={
        "type": "A URL must be text, which {url} is not.",
        "not_absolute": "'{url}' is not an absolute URL.",
        "scheme": "'{url}' begins with neither http:// nor https://.",
        "no_host": "'{url}' names no host.",
        "host": "'{url}' names a host that can be no domain name and no IP address.",
        "port": "'{url}' has a port that is no number from 1 to 65535.",
        "backslash": "'{url}' has a backslash in it.",
        "white_space": "'{url}' has white space in it.",
        "control_character": "'{url}' has a control character in it.",
        "surrogate": "'{url}' has half of a surrogate pair in it.",
    },
    hint="Give a fully qualified URL, such as https://example.com/calls.",
    server_status="error_forward_to_invalid",
)
def url_malformed(facts: Facts) -> Iterator[Finding]:
    """A notify URL is an absolute http or https URL with a host that can exist."""
    for field, url in _flagged(facts, Url.MALFORMED):
        yield found(field, url=url, reason=urls.fault(getattr(facts.request, field)))


@rule(
    code="url.too_long",
    severity=ERROR,
    reads=URL_FIELDS,
    applies=_is_any_url_given,
    message="The URL has {length} characters; the API takes at most {limit}.",
    hint="Shorten it, for example by keeping long values on your side under a short key.",
    server_status="error_forward_to_invalid",
)
def url_too_long(facts: Facts) -> Iterator[Finding]:
    """A notify URL has at most 4000 characters."""
    for field, url in _flagged(facts, Url.TOO_LONG):
        length = len(scalar(getattr(facts.request, field)))
        yield found(field, url=url, length=length, limit=urls.LONGEST)


@rule(
    code="url.unreachable",
    severity=WARNING,
    reads=URL_FIELDS,
    applies=_is_any_url_fine,
    message="The vendor's servers cannot reach {host}.",
    hint="Give a host that is public on the internet. (For a sandbox on this machine it is right as it is.)",
    server_status="error_unable_to_resolve_forward_to",
)
def url_unreachable(facts: Facts) -> Iterator[Finding]:
    """A notify URL's host is a public one; only a warning, since a sandbox may live elsewhere."""
    for field, url in _flagged(facts, Url.UNREACHABLE):
        yield found(field, url=url, host=str(urls.parse(getattr(facts.request, field)).host))


@rule(
    code="url.credentials",
    severity=WARNING,
    reads=URL_FIELDS,
    applies=_is_any_url_fine,
    message="'{url}' holds a user name or a password, which end up in logs.",
    hint="Leave them out, and tell real notifications from forged ones in another way.",
)
def url_credentials(facts: Facts) -> Iterator[Finding]:
    """A notify URL holds no user name and no password."""
    for field, url in _flagged(facts, Url.CREDENTIALS):
        yield found(field, url=url)


# -- services ----------------------------------------------------------------------------------------------------------

ASKING = ("modes", "unknown_mode", *URL_FIELDS)


@rule(
    code="service.conflict",
    severity=ERROR,
    reads=("edition", *ASKING),
    applies=lambda facts: len(facts.asked) > 1,
    message="One number cannot receive {services} at the same time.",
    hint="Ask for only one of {services}.",
    server_status="error_mode_invalid",
    evidence=lambda facts: [facts.edition.registry.sources["conflicts"]],
)
def service_conflict(facts: Facts) -> Iterator[Finding]:
    """The services asked for do not exclude each other."""
    registry = facts.edition.registry
    for group in registry.conflicts:
        together = [str(service) for service in facts.asked if service in group]
        if len(together) > 1:
            yield found("mode", registry.sources["conflicts"], services=together)


def _service_sources(facts: Facts) -> Iterator[Source]:
    if facts.capabilities is None:
        for service in facts.asked:
            yield from (entry.sources[service] for entry in facts.candidates)


@rule(
    code="service.unsupported",
    severity=ERROR,
    reads=("edition", "country", "capabilities", *ASKING),
    applies=lambda facts: bool(facts.asked) and (facts.capabilities is not None or bool(facts.candidates)),
    message={
        "country": "Numbers of {country} cannot receive {service}.",
        "state": "Numbers of {country} in {state} cannot receive {service}.",
        "candidates": "Numbers of {countries} cannot receive {service}.",
        "number": "The API does not list {service} among what this number can receive.",
    },
    hint={
        NO_ALTERNATIVES: "Leave {service} out: numbers of no country can receive it.",
        OTHERWISE: "Leave {service} out, or use a number that can receive it, of one of these: {alternatives}.",
    },
    server_status={
        Service.SMS: "error_incoming_sms_not_supported",
        Service.VOICE: "error_service_not_available",
        Service.FAX: "error_service_not_available",
    },
    evidence=_service_sources,
)
def service_unsupported(facts: Facts) -> Iterator[Finding]:
    """The number can receive every service asked for: by the API's own list, or else by its country's data."""
    for service, field in facts.asked.items():
        if facts.refused(service):
            entries = facts.candidates if facts.capabilities is None else ()
            yield found(
                field,
                entries[0].sources[service] if entries else None,
                service=str(service),
                alternatives=[*facts.edition.countries_with(service)],
                **(_refusing(entries) if entries else {"reason": "number", "country": facts.request.country}),
            )


def _refusing(entries: tuple[CountryCapabilities, ...]) -> dict[str, Param]:
    """Who refuses: one country or its state, or all the countries that the number could be of."""
    if len(entries) > 1:
        return {"reason": "candidates", "country": None, "countries": [entry.country for entry in entries]}
    (entry,) = entries
    return {"reason": "state" if entry.state else "country", "country": entry.country, "state": entry.state}


# -- the request as a whole, and the other calls -----------------------------------------------------------------------


@rule(
    code="request.empty",
    severity=ERROR,
    reads=ASKING,
    message="Nothing is asked for: no mode, no forward_to and no forward_sms_to.",
    hint="Give forward_to, forward_sms_to or both.",
)
def request_empty(facts: Facts) -> Iterator[Finding]:
    """A configure request asks for something."""
    if not (facts.modes or facts.unknown_mode or _is_any_url_given(facts)):
        yield found(None)


@rule(
    code="parameter.unknown",
    severity=ERROR,
    reads=("misspelt",),
    message="'{parameter}' is no parameter of the API, which would ignore it.",
    hint="Write {meant}.",
)
def parameter_unknown(facts: Facts) -> Iterator[Finding]:
    """No name comes close to forward_to or forward_sms_to without being it: the forwarding would never happen."""
    if facts.misspelt:
        for parameter, meant in facts.request.misspelt:
            yield found(parameter, parameter=parameter, meant=meant)


def _plain(value: object) -> tuple[Param, str]:
    """*value* as JSON has it, and what is the matter with it: its type, its value, or that JSON's readers refuse it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, "value") if abs(value) < LARGEST_IN_JSON else ("int", "too_large")
    return scalar(value), "value" if isinstance(value, str) else "type"


@rule(
    code="duration.missing",
    severity=ERROR,
    calls=(Call.SUBSCRIBE,),
    reads=("edition", "duration"),
    message="No duration was given.",
    hint="Give one of {alternatives}.",
    server_status="error_duration_param_missing",
)
def duration_missing(facts: Facts) -> Iterator[Finding]:
    """A subscription needs a duration."""
    if facts.duration is Given.NO:
        yield found("duration", alternatives=[*facts.edition.registry.durations])


@rule(
    code="duration.unknown",
    severity=ERROR,
    calls=(Call.SUBSCRIBE,),
    reads=("edition", "duration"),
    applies=lambda facts: facts.duration is not Given.NO,
    message={
        "type": "A duration must be text or a whole number, which {duration} is not.",
        "value": "Numbers are not sold for a duration of '{duration}'.",
        "too_large": "Numbers are not sold for a duration as long as that.",
    },
    hint="Give one of {alternatives}.",
    server_status="error_invalid_duration",
    evidence=lambda facts: [facts.edition.registry.sources["durations"]],
)
def duration_unknown(facts: Facts) -> Iterator[Finding]:
    """A subscription is for one of the durations of the data: a number of months, or auto_extend."""
    if facts.duration is Given.UNKNOWN:
        registry = facts.edition.registry
        duration, reason = _plain(facts.request.duration)
        source = registry.sources["durations"]
        yield found("duration", source, duration=duration, reason=reason, alternatives=[*registry.durations])


@rule(
    code="page.invalid",
    severity=ERROR,
    calls=(Call.AVAILABLE_NUMBERS,),
    reads=("page",),
    applies=lambda facts: facts.page is not Given.NO,
    message={
        "type": "A page must be a whole number, which {page} is not.",
        "value": "'{page}' is not the number of a page.",
        "too_large": "There is no page as far off as that.",
    },
    hint="Give a whole number of 1 or more, or leave the page out.",
    server_status="error_page_invalid",
)
def page_invalid(facts: Facts) -> Iterator[Finding]:
    """Pages are counted from 1."""
    if facts.page is Given.UNKNOWN:
        page, reason = _plain(facts.request.page)
        yield found("page", page=page, reason=reason)


RULES = Rulebook(rule for rule in vars().copy().values() if isinstance(rule, Rule))
"""Every rule of the library, by code."""
