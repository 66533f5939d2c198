"""Money in integer euro cents, and the only places where it is rounded or written out.

Amounts travel as ``int`` cents, rates as ``Decimal``. Rounding is half up to the cent, away from zero for a
credit, so that a correction is the exact mirror of what it corrects. The written rule (RGS art. 53) still speaks
of whole units of francs; what the funds publish and charge is rounded to the cent.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

#: An amount of money in euro cents.
Cents = int

_NO_BREAK_SPACE: Final = "\u00a0"
_SEPARATORS: Final[dict[str, tuple[str, str]]] = {
    "fr": (_NO_BREAK_SPACE, ","),
    "nl": (".", ","),
    "de": (".", ","),
    "en": (",", "."),
}


class NotWholeCents(ValueError):
    """An amount in euros holds a part of a cent where the law or a file gives whole cents."""


def round_half_up(value: Decimal) -> int:
    """Round a number to the nearest integer; a half goes away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide two integers and round the quotient to the nearest integer; a half goes away from zero.

    Raises ``ValueError`` when the denominator is not positive.
    """
    if denominator <= 0:
        raise ValueError("the denominator of a rounded division must be positive")
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def cents_from_euro(amount: Decimal) -> int:
    """Turn an amount in euros into cents; raises ``NotWholeCents`` rather than round in silence."""
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise NotWholeCents(f"{amount} EUR is not a whole number of cents")
    return int(cents)


def rounded_cents_from_euro(amount: Decimal) -> int:
    """Turn an amount in euros into cents, rounded half up."""
    return round_half_up(amount * 100)


def euro_text(cents: int) -> str:
    """Write an amount as a plain decimal with a point, as payment files and QR codes ask: ``890.42``."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros}.{rest:02d}"


def format_euro(cents: int, language: str) -> str:
    """Write an amount for a reader of a language (``fr``, ``nl``, ``de`` or ``en``): ``1.890,42 EUR``.

    The spaces are no-break spaces, so that a letter never parts an amount from its currency.
    Raises ``KeyError`` for a language in which the fund does not write.
    """
    thousands, decimal_sign = _SEPARATORS[language]
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", thousands)
    sign = "-" if cents < 0 else ""
    return f"{sign}{grouped}{decimal_sign}{rest:02d}{_NO_BREAK_SPACE}EUR"
