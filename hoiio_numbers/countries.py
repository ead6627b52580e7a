"""ISO 3166 look-ups. The only importer of pycountry, which is imported at the first look-up.

Source: the ISO 3166-1 and 3166-2 tables of Debian's iso-codes, as pycountry ships them.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

# Codes that ISO 3166 keeps for a country beside its own, or that the European Union uses for one.
_OTHER_CODES: Final = MappingProxyType({"UK": "GB", "EL": "GR"})
_LONGEST_NAME = 100


@cache
def codes() -> frozenset[str]:
    """Every ISO 3166-1 alpha-2 code."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries)


def name(code: str) -> str:
    """The English short name of the country *code*, which must be one of `codes()`."""
    import pycountry

    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        raise KeyError(code)
    return str(getattr(country, "common_name", country.name))


def code_meant(text: str) -> str | None:
    """The code that *text* certainly means (`UK`: GB, `SGP`: SG, `Singapore`: SG), or None."""
    import pycountry

    if len(text) > _LONGEST_NAME:
        return None
    try:
        return _OTHER_CODES.get(text.upper()) or str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return None


@cache
def subdivisions(country: str) -> Mapping[str, str]:
    """The ISO 3166-2 subdivisions of *country*, code without its prefix (`AL` for `US-AL`) to name; may be empty."""
    import pycountry

    found = pycountry.subdivisions.get(country_code=country) or ()  # type: ignore[no-untyped-call]  # theirs is untyped
    return MappingProxyType({entry.code.partition("-")[2]: entry.name for entry in found})


def subdivision_meant(country: str, text: str) -> str | None:
    """The subdivision code whose name *text* is (`Alabama`: AL), or None."""
    wanted = text.casefold()
    return next((code for code, named in subdivisions(country).items() if named.casefold() == wanted), None)
