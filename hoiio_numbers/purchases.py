"""What became of a purchase whose answer was lost: as far as it can be told from the numbers that one has."""

from enum import StrEnum

from hoiio_numbers.errors import OutcomeUnknownError
from hoiio_numbers.models import AvailableNumber, SubscribedNumber


class PurchaseOutcome(StrEnum):
    """What is certain of a purchase: that it was charged, that it was not up to now, or neither.

    "So far", because a request that was delayed on its way can still arrive.
    """

    CHARGED = "charged"
    NOT_CHARGED_SO_FAR = "not charged so far"
    UNDECIDABLE = "undecidable"


def outcome(error: OutcomeUnknownError, held: SubscribedNumber | None, *, is_only_one: bool) -> PurchaseOutcome:
    """What *held*, the number as one has it now (None: one has not), says of the purchase.

    A number that was listed as available was not ours before, and one that was subscribed to had an expiry: what is
    different now is the purchase's doing, if it *is_only_one* and nothing else extends the number. Of a bare number
    nothing was known.
    """
    before = error.before
    if held is None:
        return PurchaseOutcome.NOT_CHARGED_SO_FAR
    if isinstance(before, SubscribedNumber) and before.expiry and held.expiry:
        if (held.expiry, held.auto_extends) == (before.expiry, before.auto_extends):
            return PurchaseOutcome.NOT_CHARGED_SO_FAR
        is_ours = held.expiry > before.expiry and not before.auto_extends
    else:
        is_ours = isinstance(before, AvailableNumber)
    return PurchaseOutcome.CHARGED if is_ours and is_only_one else PurchaseOutcome.UNDECIDABLE
