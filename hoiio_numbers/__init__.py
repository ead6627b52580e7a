"""Says before anything is sent whether a phone number can be configured so, what is wrong, and what to do instead.

The floors, a module importing only from below:

    words       services  text  violations  errors
    facts       countries  numberplan  numbers  urls  datafiles  directories  registry  facts  mappings
    decisions   rulebook  rules  report  check  live  comparison
    faces       display  cli

Names are imported when they are first used, so that `import hoiio_numbers` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hoiio_numbers.check import Checker, capabilities_for, check_config, check_mapping
    from hoiio_numbers.errors import CapabilityDataError, Fault, HoiioError, InvalidRequestError
    from hoiio_numbers.live import LiveRegistry
    from hoiio_numbers.registry import CountryCapabilities, Registry
    from hoiio_numbers.report import Explanation, Outcome, Report
    from hoiio_numbers.rulebook import Rule, Rulebook, found, rule
    from hoiio_numbers.rules import RULES
    from hoiio_numbers.services import Service
    from hoiio_numbers.violations import Severity, Source, Violation

_HOMES = {
    "CapabilityDataError": "errors",
    "Checker": "check",
    "CountryCapabilities": "registry",
    "Explanation": "report",
    "Fault": "errors",
    "HoiioError": "errors",
    "InvalidRequestError": "errors",
    "LiveRegistry": "live",
    "Outcome": "report",
    "RULES": "rules",
    "Registry": "registry",
    "Report": "report",
    "Rule": "rulebook",
    "Rulebook": "rulebook",
    "Service": "services",
    "Severity": "violations",
    "Source": "violations",
    "Violation": "violations",
    "capabilities_for": "check",
    "check_config": "check",
    "check_mapping": "check",
    "found": "rulebook",
    "rule": "rulebook",
}

__all__ = [  # sorted, and equal to the names above: a test holds them together
    "RULES",
    "CapabilityDataError",
    "Checker",
    "CountryCapabilities",
    "Explanation",
    "Fault",
    "HoiioError",
    "InvalidRequestError",
    "LiveRegistry",
    "Outcome",
    "Registry",
    "Report",
    "Rule",
    "Rulebook",
    "Service",
    "Severity",
    "Source",
    "Violation",
    "capabilities_for",
    "check_config",
    "check_mapping",
    "found",
    "rule",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
