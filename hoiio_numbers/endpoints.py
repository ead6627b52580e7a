"""The six endpoints of the Number API, below its base URL."""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """Where a call goes, and whether it may be sent again when no answer came: only a purchase may not."""

    path: str
    repeatable: bool = True


COUNTRIES = Endpoint("number/get_countries")
CHOICES = Endpoint("number/get_choices")
RATES = Endpoint("number/get_rates")
SUBSCRIBE = Endpoint("number/subscribe", repeatable=False)
UPDATE_FORWARDING = Endpoint("number/update_forwarding")
ACTIVE = Endpoint("number/get_active")
