"""A number as the API itself lists it."""

from collections.abc import Mapping

from attrs import field, frozen

from hoiio_numbers.services import Service


@frozen(kw_only=True)
class ListedNumber:
    """A number as the API lists it: what it says of its own number is not doubted.

    Stands wherever a number does in a check or a call. `number` is in E.164 form, `country` an ISO 3166-1 alpha-2
    code, `state` the second half of an ISO 3166-2 code, `capabilities` the services that the number can receive;
    each but the number is None where the API did not say. `others` keeps the fields that this library does not know.
    """

    number: str
    country: str | None = None
    state: str | None = None
    capabilities: frozenset[Service] | None = None
    others: Mapping[str, object] = field(factory=dict, repr=False, hash=False)
