"""Every set of services that a number can be asked for, and in brief what comes of it: what decision tables hold."""

from datetime import date
from itertools import combinations

from hoiio_numbers.check import Checker
from hoiio_numbers.report import Report
from hoiio_numbers.services import MODES, Service
from hoiio_numbers.violations import Violation

Demand = tuple[Service, ...]

DEMANDS: tuple[Demand, ...] = tuple(
    some for count in range(1, len(Service) + 1) for some in combinations(Service, count)
)
"""What can be asked for, from single services to all of them."""

_URL = "https://example.com/"


def ask(demand: Demand, checker: Checker, country: str, state: str | None, on: date) -> Report:
    """What *checker* says of a request for *demand* by some number of *country*, in *state*, on a date."""
    modes = [mode for mode in MODES if mode in demand]
    return checker.check_config(
        None,
        forward_to=_URL if modes else None,
        forward_sms_to=_URL if Service.SMS in demand else None,
        mode=modes,
        country=country,
        state=state,
        on=on,
    )


def findings(report: Report) -> tuple[Violation, ...]:
    """What is wrong but for the number, which is anyone's."""
    return tuple(violation for violation in report.violations if violation.code != "number.missing")


def brief(violation: Violation) -> str:
    """A violation as `code`, or `code service`."""
    service = violation.params.get("service")
    return f"{violation.code} {service}" if service else violation.code
