"""The six endpoints of the Number API, answered from the sandbox's state: parameters in, the fields of an answer out.

What the reference leaves open is decided here as the facts about existing clients ask: every field is always there,
unset URLs are empty texts, counts and amounts are texts.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hmac import compare_digest

from hoiio_numbers import countries, numberplan
from hoiio_numbers.check import Checker, HasCurrentRegistry
from hoiio_numbers.listed import ListedNumber
from hoiio_numbers.report import Report
from hoiio_numbers.rules import RULES
from hoiio_numbers.sandbox.inventory import Inventory, Place, price
from hoiio_numbers.sandbox.store import AUTO_EXTEND, CURRENCY, Application, Held, RefusedError, Store
from hoiio_numbers.services import Service
from hoiio_numbers.statuses import SUCCESS

CREDENTIALS = ("app_id", "access_token")
PAGE = 20
MOST_DIGITS = 9
Parameters = Mapping[str, str]
Answer = dict[str, object]


class Protocol:
    """What the server of the Number API knows how to do, for any application of a store."""

    def __init__(self, store: Store, registry: HasCurrentRegistry, *, rate_limit: int | None = None) -> None:
        self._store = store
        self._checker = Checker(registry, rules=RULES.silence("request.empty"))  # to clear every setting is fine here
        self._inventory = Inventory(registry.current.in_force(self._today))
        self._rate_limit = rate_limit
        self._calls: dict[str, deque[datetime]] = defaultdict(deque)
        self.verbs: Mapping[str, Callable[[Application, Parameters], Answer]] = {
            "get_countries": self._countries,
            "get_choices": self._choices,
            "get_rates": self._rates,
            "subscribe": self._subscribe,
            "update_forwarding": self._update_forwarding,
            "get_active": self._active,
        }

    def answer(self, verb: str, parameters: Parameters) -> Answer:
        """The answer to a call of `number/<verb>`, one of `verbs`, with its `status`."""
        try:
            application = self.authenticated(parameters)
            self._count(application)
            return {"status": SUCCESS, **self.verbs[verb](application, parameters)}
        except RefusedError as refused:
            return {"status": refused.status}

    # -- who asks ------------------------------------------------------------------------------------------------------

    def authenticated(self, parameters: Parameters) -> Application:
        """The application whose credentials are among the parameters; raises `RefusedError`."""
        for name in CREDENTIALS:
            if not parameters.get(name):
                raise RefusedError(f"error_{name}_param_missing")
        application = self._store.application(parameters["app_id"])
        if application is None:
            raise RefusedError("error_invalid_app_id")
        if not compare_digest(application.access_token.encode(), parameters["access_token"].encode()):
            raise RefusedError("error_invalid_access_token")
        if application.refusal:
            raise RefusedError(application.refusal)
        return application

    def _count(self, application: Application) -> None:
        if self._rate_limit is None:
            return
        calls, now = self._calls[application.app_id], self._store.now()
        while calls and calls[0] <= now - timedelta(minutes=1):
            calls.popleft()
        if len(calls) >= self._rate_limit:
            raise RefusedError("error_rate_limit_exceeded")
        calls.append(now)

    # -- the calls -----------------------------------------------------------------------------------------------------

    def _countries(self, _application: Application, _parameters: Parameters) -> Answer:
        return _listed([self._country(code) for code in self.inventory.edition.countries])

    def _country(self, code: str) -> Answer:
        names = countries.subdivisions(code)
        states = [
            {"code": state, "name": names[state], "capability": self._words(Place(code, state))}
            for state in self.inventory.states(code)
        ]
        prefix = str(numberplan.calling_codes().get(code, ""))
        return {"code": code, "name": countries.name(code), "prefix": prefix, "states": states}

    def _choices(self, _application: Application, parameters: Parameters) -> Answer:
        country, state = parameters.get("country"), parameters.get("state")
        sold = self._checker.capabilities_for(country, on=self._today)
        if sold and not sold.sells_by_state:
            state = None
        page = parameters.get("page")
        report = self._checker.check_available_numbers(country, state=state, page=page, on=self._today)
        _hold_to(report, otherwise="error_no_number_available")
        place = Place(str(report.country), (state or "").strip().upper().rpartition("-")[2])
        taken = self._store.taken()
        free = [number for number in self.inventory.places.get(place, ()) if number not in taken]
        start = (_page(page) - 1) * PAGE
        capability = self._words(place)
        shown = [{"number": number, "capability": capability} for number in free[start : start + PAGE]]
        return {"total_entries_count": str(len(free)), **_listed(shown)}

    def _rates(self, _application: Application, parameters: Parameters) -> Answer:
        report = self._checker.check_rate(parameters.get("country"), on=self._today)
        _hold_to(report, otherwise="error_no_number_available")
        durations = [it for it in self.inventory.edition.registry.durations if it.isdecimal()]
        rates = [{"duration": it, "rate": str(price(str(report.country), it))} for it in durations]
        return {"currency": CURRENCY, **_listed(rates)}

    def _subscribe(self, application: Application, parameters: Parameters) -> Answer:
        number, duration = parameters.get("number"), parameters.get("duration")
        report = self._checker.check_subscribe(number, duration, on=self._today)
        _hold_to(report, otherwise="error_number_not_available")
        place = self.inventory.place_of.get(str(report.number))
        if place is None:
            raise RefusedError("error_number_not_available")
        months = str(duration).strip()
        if not months.isdecimal() and months != AUTO_EXTEND:  # a word of the user's own data
            raise RefusedError("error_invalid_duration")
        charge = self._store.subscribe(application.app_id, str(report.number), place.country, months)
        return {"currency": CURRENCY, "debit": str(charge.amount), "expiry": charge.expiry.isoformat()}

    def _update_forwarding(self, application: Application, parameters: Parameters) -> Answer:
        typed = self._checker.check_config(parameters.get("number"), on=self._today)
        if typed.number is None:
            _hold_to(typed, otherwise="error_number_invalid")
        held = self._store.held(application.app_id, str(typed.number))
        settings = {name: parameters.get(name, "").strip() for name in ("forward_to", "forward_sms_to", "mode")}
        report = self._checker.check_config(self._as_listed(held), **settings, on=self._today)
        _hold_to(report, otherwise="error_malformed_params")
        mode = next(iter(report.facts.modes), Service.VOICE)
        self._store.configure(application.app_id, held.number, **{**settings, "mode": str(mode)})
        return {}

    def _active(self, application: Application, _parameters: Parameters) -> Answer:
        return _listed([self._held(held) for held in self._store.held_by(application.app_id)])

    def _held(self, held: Held) -> Answer:
        place = self._place(held)
        return {
            "number": held.number,
            "forward_to": held.forward_to,
            "forward_sms_to": held.forward_sms_to,
            "mode": held.mode,
            "expiry": held.expiry.isoformat(),
            "auto_extend_status": "enabled" if held.auto_extend else "disabled",
            "country": place.country,
            "state": place.state,
            "capabilities": self._words(place),
        }

    # -- what there is -------------------------------------------------------------------------------------------------

    @property
    def _today(self) -> date:
        return self._store.now().date()

    @property
    def inventory(self) -> Inventory:
        """What is for sale by the data of the sandbox's today."""
        edition = self._checker.registry.current.in_force(self._today)
        if self._inventory.edition is not edition:
            self._inventory = Inventory(edition)
        return self._inventory

    def _place(self, held: Held) -> Place:
        """Where a number was sold, which the data of today may not sell any more."""
        return self.inventory.place_of.get(held.number, Place(held.country, ""))

    def _words(self, place: Place) -> list[str]:
        services = self.inventory.services(place)
        return [service.upper() for service in Service if service in services]

    def _as_listed(self, held: Held) -> ListedNumber:
        place = self._place(held)
        services = self.inventory.services(place)
        return ListedNumber(number=held.number, country=place.country, state=place.state, capabilities=services)


def _listed(entries: Sequence[Mapping[str, object]]) -> Answer:
    return {"entries_count": str(len(entries)), "entries": entries}


def _page(page: str | None) -> int:
    """The number of a page that was found fine; of more digits than any list's pages have the first ones will do."""
    digits = (page or "").strip().lstrip("0") or "1"
    return int(digits[:MOST_DIGITS])


def _hold_to(report: Report, *, otherwise: str) -> None:
    """Refuse what the rules refuse, with the status that the first error pre-empts."""
    for error in report.errors:
        raise RefusedError(error.server_status or otherwise)
