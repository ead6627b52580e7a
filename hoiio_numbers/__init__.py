"""Says before anything is sent whether a phone number can be configured so, what is wrong, and what to do instead.

The floors, a module importing only from below:

    words       services  text  listed  violations  errors
    facts       countries  automata  numberplan  numbers  urls  tomlfile  datafiles  directories  registry  facts
                mappings
    decisions   rulebook  rules  report  check  live  demands  comparison
    the API     statuses  wire  models  endpoints  transport  purchases  client  drift  notifications
    faces       bulk.parameters  bulk.cells  bulk.ranges  bulk.links  bulk.kernel  bulk.results  bulk.frames
                bulk.threads  bulk  bulk.files  bulk.portfolios
                forms  forms.django  forms.drf  forms.wtforms  forms.pydantic  patterns  schema  exports
                sandbox.inventory  sandbox.store  sandbox.protocol  sandbox.faults  sandbox.deliveries  sandbox.control
                sandbox.openapi  sandbox.http  sandbox.guard  sandbox.page  sandbox.server  sandbox  pytest_plugin
                cli.display  cli.plots  cli.online  cli.filecheck  cli

Names are imported when they are first used, so that `import hoiio_numbers` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hoiio_numbers.check import Checker, capabilities_for, check_config, check_mapping
    from hoiio_numbers.client import KEEP, Hoiio
    from hoiio_numbers.errors import (
        AccountError,
        ApiError,
        CapabilityDataError,
        CredentialsError,
        Fault,
        HoiioError,
        InsufficientCreditError,
        InvalidRequestError,
        NotificationError,
        NumberNotAvailableError,
        NumberNotYoursError,
        OutcomeUnknownError,
        ParameterError,
        RateLimitError,
        ServerError,
        TransportError,
        UnexpectedAnswerError,
    )
    from hoiio_numbers.listed import ListedNumber
    from hoiio_numbers.live import LiveRegistry
    from hoiio_numbers.models import AvailableNumber, SubscribedNumber
    from hoiio_numbers.notifications import IncomingCall, IncomingFax, IncomingSMS, parse_notification
    from hoiio_numbers.purchases import PurchaseOutcome
    from hoiio_numbers.registry import CountryCapabilities, Registry
    from hoiio_numbers.report import Explanation, Outcome, Report
    from hoiio_numbers.rulebook import Rule, Rulebook, found, rule
    from hoiio_numbers.rules import RULES
    from hoiio_numbers.services import Service
    from hoiio_numbers.violations import Severity, Source, Violation

_HOMES = {
    "AccountError": "errors",
    "ApiError": "errors",
    "AvailableNumber": "models",
    "CapabilityDataError": "errors",
    "Checker": "check",
    "CountryCapabilities": "registry",
    "CredentialsError": "errors",
    "Explanation": "report",
    "Fault": "errors",
    "Hoiio": "client",
    "HoiioError": "errors",
    "IncomingCall": "notifications",
    "IncomingFax": "notifications",
    "IncomingSMS": "notifications",
    "InsufficientCreditError": "errors",
    "InvalidRequestError": "errors",
    "KEEP": "client",
    "ListedNumber": "listed",
    "LiveRegistry": "live",
    "NotificationError": "errors",
    "NumberNotAvailableError": "errors",
    "NumberNotYoursError": "errors",
    "Outcome": "report",
    "OutcomeUnknownError": "errors",
    "ParameterError": "errors",
    "PurchaseOutcome": "purchases",
    "RULES": "rules",
    "RateLimitError": "errors",
    "Registry": "registry",
    "Report": "report",
    "Rule": "rulebook",
    "Rulebook": "rulebook",
    "ServerError": "errors",
    "Service": "services",
    "Severity": "violations",
    "Source": "violations",
    "SubscribedNumber": "models",
    "TransportError": "errors",
    "UnexpectedAnswerError": "errors",
    "Violation": "violations",
    "capabilities_for": "check",
    "check_config": "check",
    "check_mapping": "check",
    "found": "rulebook",
    "parse_notification": "notifications",
    "rule": "rulebook",
}

__all__ = [  # sorted, and equal to the names above: a test holds them together
    "KEEP",
    "RULES",
    "AccountError",
    "ApiError",
    "AvailableNumber",
    "CapabilityDataError",
    "Checker",
    "CountryCapabilities",
    "CredentialsError",
    "Explanation",
    "Fault",
    "Hoiio",
    "HoiioError",
    "IncomingCall",
    "IncomingFax",
    "IncomingSMS",
    "InsufficientCreditError",
    "InvalidRequestError",
    "ListedNumber",
    "LiveRegistry",
    "NotificationError",
    "NumberNotAvailableError",
    "NumberNotYoursError",
    "Outcome",
    "OutcomeUnknownError",
    "ParameterError",
    "PurchaseOutcome",
    "RateLimitError",
    "Registry",
    "Report",
    "Rule",
    "Rulebook",
    "ServerError",
    "Service",
    "Severity",
    "Source",
    "SubscribedNumber",
    "TransportError",
    "UnexpectedAnswerError",
    "Violation",
    "capabilities_for",
    "check_config",
    "check_mapping",
    "found",
    "parse_notification",
    "rule",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
