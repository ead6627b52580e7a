"""The three things a phone number can receive, and how lists of them are typed."""

from enum import StrEnum


class Service(StrEnum):
    """Something that arrives at a phone number and is announced to a URL."""

    VOICE = "voice"
    FAX = "fax"
    SMS = "sms"


MODES = (Service.VOICE, Service.FAX)
"""What `mode` chooses between for `forward_to`; SMS has a URL of its own."""


def words(text: str) -> list[str]:
    """The names in *text*, parted by comma, plus or white space: `"voice+fax"` names two."""
    return str.replace(text, ",", " ").replace("+", " ").split()  # plain text of any kind of it
