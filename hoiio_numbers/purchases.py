"""What became of a purchase whose answer was lost: as far as it can be told from the numbers that one has."""

import re
from enum import StrEnum

from hoiio_numbers.errors import OutcomeUnknownError
from hoiio_numbers.models import AvailableNumber, SubscribedNumber, SubscribedNumbers


class PurchaseOutcome(StrEnum):
    """What is certain of a purchase: that it was charged, that it was not up to now, or neither.

    "So far", because a request that was delayed on its way can still arrive.
    """

    CHARGED = "charged"
    NOT_CHARGED_SO_FAR = "not charged so far"
    UNDECIDABLE = "undecidable"


def outcome(error: OutcomeUnknownError, ours: SubscribedNumbers, *, is_only_one: bool) -> PurchaseOutcome:
    """What the numbers that are *ours* now say of the purchase.

    A number that was listed as available was not ours before, and one that was subscribed to had an expiry: what is
    different now is the purchase's doing, if it *is_only_one* and nothing else extends the number. Of a bare number
    nothing was known; one that is not in E.164 form the list may have under another name.
    """
    before, held = error.before, found(error.number, ours)
    if held is None:
        is_named = before is not None or error.number.startswith("+")
        is_whole = len(ours.entries) >= ours.entries_count
        return PurchaseOutcome.NOT_CHARGED_SO_FAR if is_named and is_whole else PurchaseOutcome.UNDECIDABLE
    if isinstance(before, SubscribedNumber) and before.expiry and held.expiry:
        if (held.expiry, held.auto_extends) == (before.expiry, before.auto_extends):
            return PurchaseOutcome.NOT_CHARGED_SO_FAR
        is_its_doing = held.expiry > before.expiry and not before.auto_extends
    else:
        is_its_doing = isinstance(before, AvailableNumber)
    return PurchaseOutcome.CHARGED if is_its_doing and is_only_one else PurchaseOutcome.UNDECIDABLE


def found(number: str, ours: SubscribedNumbers) -> SubscribedNumber | None:
    """The *number* with its settings, if it is one of *ours*."""
    return next((it for it in ours.entries if digits(it.number) == digits(number)), None)


def digits(number: str) -> str:
    """What tells one number from others: some write a plus, and spaces."""
    return "".join(re.findall("[0-9]", number))
