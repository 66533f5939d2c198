"""The insuring bodies a person can belong to for compulsory health insurance.

Source: law of 14-07-1994 on compulsory health insurance, art. 2 i) (five national unions, the auxiliary fund for
sickness and invalidity insurance and the health care fund of HR Rail); the numbers 100 to 900 are those printed on
the stickers of the insured. A merger or a new body is a new row, never a changed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Insurer:
    """An insuring body and the days on which it can insure, ``[valid_from, valid_before)``."""

    number: str
    name: str
    valid_from: date
    valid_before: date | None = None


_LAW_OF_1994: Final = date(1995, 1, 1)

INSURERS: Final = (
    Insurer(number="100", name="Alliance nationale des mutualités chrétiennes", valid_from=_LAW_OF_1994),
    Insurer(number="200", name="Union nationale des mutualités neutres", valid_from=_LAW_OF_1994),
    Insurer(number="300", name="Union nationale des mutualités socialistes (Solidaris)", valid_from=_LAW_OF_1994),
    Insurer(number="400", name="Union nationale des mutualités libérales", valid_from=_LAW_OF_1994),
    Insurer(number="500", name="Union nationale des mutualités libres", valid_from=_LAW_OF_1994),
    Insurer(number="600", name="Caisse auxiliaire d'assurance maladie-invalidité", valid_from=_LAW_OF_1994),
    Insurer(number="900", name="Caisse des soins de santé de HR Rail", valid_from=_LAW_OF_1994),
)


def insurer_on(number: str, *, day: date) -> Insurer | None:
    """Return the insuring body with a number on a day, None when there is none."""
    for insurer in INSURERS:
        if insurer.number != number or day < insurer.valid_from:
            continue
        if insurer.valid_before is None or day < insurer.valid_before:
            return insurer
    return None
