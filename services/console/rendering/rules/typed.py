"""What people type in forms: amounts in euros as they are written in four languages, whole numbers."""

from __future__ import annotations

import re
from typing import Final

#: Thousands in groups by one sign, cents after another one; a lone sign before three digits groups thousands.
_EUROS: Final = re.compile(
    r"(?P<sign>[-\N{MINUS SIGN}]?)(?P<whole>[0-9]{1,3}(?:(?P<group>[ .,'])[0-9]{3})(?:(?P=group)[0-9]{3})*|[0-9]+)"
    r"(?:(?!(?P=group))[.,](?P<cents>[0-9]{2}))?"
)
_SPACES: Final = re.compile(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]+")
_DIGITS_MAX: Final = 11


class NotReadable(ValueError):
    """What was typed is no amount or no number."""


def cents_of(text: str) -> int:
    """Return an amount that was typed in euros as integer cents.

    Raises:
        NotReadable: it is no amount, it has another number of decimals than two, or it is longer than any amount here.
    """
    plain = _SPACES.sub(" ", text.replace("€", "").replace("EUR", "")).strip()
    found = _EUROS.fullmatch(plain)
    if found is None:
        raise NotReadable("no amount in euros")
    whole = re.sub("[^0-9]", "", found["whole"])
    if len(whole) > _DIGITS_MAX:
        raise NotReadable("longer than any amount")
    cents = int(whole) * 100 + int(found["cents"] or 0)
    return -cents if found["sign"] else cents


def number_of(text: str) -> int:
    """Return a whole number that was typed, never negative.

    Raises:
        NotReadable: it is no whole number.
    """
    plain = _SPACES.sub("", text)
    if not (plain.isascii() and plain.isdecimal()) or len(plain) > _DIGITS_MAX:
        raise NotReadable("no whole number")
    return int(plain)
