"""What the API says when it does not do what it was asked: each status, what it means, what to do.

The statuses are those of the Hoiio Open API's reference; its list is not closed, so that one which is not here is
carried as it came.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hoiio_numbers.errors import (
    AccountError,
    ApiError,
    CredentialsError,
    InsufficientCreditError,
    NumberNotAvailableError,
    NumberNotYoursError,
    ParameterError,
    RateLimitError,
    ServerError,
    UnexpectedAnswerError,
)
from hoiio_numbers.text import shown

SUCCESS, ERROR = "success_ok", "error_"
"""The status of a success, and how every other one begins."""
NOT_DONE = "error_not_done"
"""The status of the sandbox's control, which no other server has."""


class Status(NamedTuple):
    """What one status means, what to do about it, and whether the same request may succeed later."""

    error: type[ApiError]
    meaning: str
    hint: str
    should_retry: bool = False


_ANOTHER_NUMBER = "Choose another of hoiio.number.available_numbers()."
_URL = "Give a fully qualified http or https URL whose host is public on the internet."
_ASK_THE_VENDOR = "Ask the vendor's support about the account."

STATUSES: Mapping[str, Status] = MappingProxyType(
    {
        "error_invalid_http_method": Status(
            ParameterError,
            "the API takes GET and POST only",
            "Check that base_url is the API's and that no proxy rewrites the request.",
        ),
        "error_malformed_params": Status(
            ParameterError, "the API could not read the parameters", "Check the values: each parameter once, as text."
        ),
        "error_invalid_access_token": Status(
            CredentialsError,
            "the access_token is not one of this app_id",
            "Check access_token (HOIIO_ACCESS_TOKEN); make a new one in the developer portal.",
        ),
        "error_invalid_app_id": Status(
            CredentialsError, "there is no application with this app_id", "Check app_id (HOIIO_APP_ID)."
        ),
        "error_rate_limit_exceeded": Status(
            RateLimitError,
            "too many requests in a minute",
            "Wait a minute; keep what seldom changes instead of asking again.",
            should_retry=True,
        ),
        "error_internal_server_error": Status(ServerError, "the API failed", "Ask again later.", should_retry=True),
        "error_developer_suspended": Status(AccountError, "the developer account is suspended", _ASK_THE_VENDOR),
        "error_permission_denied": Status(AccountError, "the account has no permission for this call", _ASK_THE_VENDOR),
        "error_user_not_live": Status(
            AccountError, "the account is not live yet", "Activate the account in the developer portal."
        ),
        "error_number_invalid": Status(
            ParameterError, "the API takes the number for none", "Give it in E.164 form, such as +6561234567."
        ),
        "error_number_not_assigned": Status(
            NumberNotYoursError,
            "this account does not subscribe to the number",
            "See hoiio.number.subscribed_numbers(); an expired subscription ends.",
        ),
        "error_number_not_available": Status(NumberNotAvailableError, "the number is not available", _ANOTHER_NUMBER),
        "error_no_number_available": Status(
            NumberNotAvailableError,
            "no number is available there",
            "Ask for another country or state; hoiio.number.available_countries() lists them.",
        ),
        "error_pick_number_not_available": Status(
            NumberNotAvailableError, "the number that was picked is not available any more", _ANOTHER_NUMBER
        ),
        "error_subscribe_number_not_available": Status(
            NumberNotAvailableError, "the number is taken by another account", _ANOTHER_NUMBER
        ),
        "error_exceed_max_subscriptions": Status(
            AccountError,
            "the account has as many numbers as it may have",
            "Let one go, or ask the vendor to raise the limit.",
        ),
        "error_not_allowed_for_trial": Status(
            AccountError, "a trial account may not do this", "Upgrade the account in the developer portal."
        ),
        "error_auto_extend_not_available": Status(
            ParameterError, "this number cannot be extended automatically", "Subscribe for 1, 3 or 12 months."
        ),
        "error_invalid_duration": Status(
            ParameterError, "numbers are not sold for this duration", "Give 1, 3, 12 or auto_extend."
        ),
        "error_insufficient_credit": Status(
            InsufficientCreditError, "the account has not enough credit", "Add credit, or check the card on file."
        ),
        "error_page_invalid": Status(ParameterError, "there can be no such page", "Give a whole number of 1 or more."),
        "error_forward_to_invalid": Status(ParameterError, "the API refuses a notify URL", _URL),
        "error_unable_to_resolve_forward_to": Status(
            ParameterError, "the API cannot find the host of a notify URL", _URL
        ),
        "error_mode_invalid": Status(ParameterError, "the API refuses the mode", "Give voice or fax, not both."),
        "error_incoming_sms_not_supported": Status(
            ParameterError,
            "the number cannot receive SMS",
            "Leave forward_sms_to out, or use a number that can; capabilities_for() says which.",
        ),
        "error_service_not_available": Status(
            ParameterError,
            "the number cannot receive what was asked for",
            "Choose another mode, or a number that can; capabilities_for() says which.",
        ),
    }
)
"""Every status of the reference that has a name of its own."""

_param_missing = re.compile(r"error_(\w+)_param_missing").fullmatch


def status(name: str, message: str | None = None, *, failed: bool = False) -> Status:
    """What the status *name*, an `error_…`, means; of one that the reference does not list the *message* may tell.

    Such a one is a refusal, unless HTTP says that the server *failed*: then nobody knows what it did before.
    """
    if known := STATUSES.get(name):
        return known
    if missing := _param_missing(name):
        return Status(ParameterError, f"the parameter {missing[1]} is missing", f"Give {missing[1]}.")
    meaning = message or f"the API refuses for a reason that is new to us: {shown(name)}"
    whose = "sandbox's documentation" if name == NOT_DONE else "vendor's reference"
    return Status(ServerError if failed else ApiError, meaning, f"See the {whose}.", should_retry=failed)


def gateway(http_status: int) -> Status:
    """What an HTTP status means that comes without a word of the API."""
    if http_status == 429:
        return STATUSES["error_rate_limit_exceeded"]
    if http_status >= 500 or http_status == 408:
        return Status(
            ServerError, f"the server failed with HTTP status {http_status}", "Ask again later.", should_retry=True
        )
    if 300 <= http_status < 400:
        return Status(
            UnexpectedAnswerError,
            "the server sends us elsewhere, where the access token will not go",
            "Check base_url.",
        )
    return Status(
        ApiError, f"the server refuses with HTTP status {http_status}", "Check base_url, and any proxy in between."
    )
