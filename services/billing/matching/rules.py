"""What a payer's words say about the debt that was meant, when no reference is right.

Nothing here decides: a hint is shown to a person with its reason. A mistyped digit must not pay a stranger's debt, and
a number in a text may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.law.quarter import Quarter

#: A reference as it is printed or typed, with its check digits or without; more digits, or letters before, are the
#: number of an account.
_REFERENCE: Final = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{3})[ ./-]?([0-9]{4})[ ./-]?([0-9]{3})(?:[0-9]{2})?(?![0-9])",
)
#: A file number with a word that says so, in the three languages of the letters.
_FILE_NUMBER: Final = re.compile(
    r"(?:dossier(?:nummer)?|aktenzeichen|akte|file|n[°ºr.]?\s*de\s*dossier)\s*[:.°ºn#-]*\s*([0-9]{1,7})(?![0-9])",
    re.IGNORECASE,
)
_QUARTERS: Final = (
    re.compile(r"(?P<year>20[0-9]{2})\s*[-/]?\s*[QTK]\s*(?P<number>[1-4])(?![0-9])", re.IGNORECASE),
    re.compile(r"[QTK]\s*(?P<number>[1-4])\s*[-/ ]\s*(?P<year>20[0-9]{2})", re.IGNORECASE),
    re.compile(
        r"(?P<number>[1-4])\s*(?:er|ère|e|è|ème|eme|de|ste|\.)?\s*"
        r"(?:trim(?:estre)?\.?|kwartaal|kw\.?|quartal|quarter)\s*[-/ ]?\s*(?P<year>20[0-9]{2})",
        re.IGNORECASE,
    ),
)
#: A reference begins with the file number in seven digits and the number of the notice in three.
_FILE_DIGITS: Final = 7


class SuggestionReason(StrEnum):
    """Why money may be meant for a dossier, the strongest first; an amount alone suggests nothing."""

    REFERENCE = "referenceAlmostRight"
    PAYER_ACCOUNT = "payerPaidBefore"
    FILE_NUMBER = "fileNumberInText"
    AMOUNT = "amountThatIsOpen"


SUGGESTIONS_MAX: Final = 5
#: What a reason is worth when suggestions are put in order.
_WORTH: Final[Mapping[SuggestionReason, int]] = {
    SuggestionReason.REFERENCE: 4,
    SuggestionReason.PAYER_ACCOUNT: 3,
    SuggestionReason.FILE_NUMBER: 3,
    SuggestionReason.AMOUNT: 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A dossier money may be meant for: the quarter the text names, what the dossier owes, and the reasons."""

    dossier: UUID
    file_number: int
    quarter: Quarter | None
    open_cents: int
    reasons: tuple[SuggestionReason, ...]


def in_order(suggestions: Iterable[Suggested]) -> list[Suggested]:
    """Put suggestions in order, the likeliest first."""
    return sorted(suggestions, key=lambda one: (-sum(_WORTH[reason] for reason in one.reasons), one.file_number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a text names.

    Attributes:
        reference_bases: the first ten digits of what looks like a reference with wrong check digits or without any.
        file_numbers: numbers the text calls a file number.
        quarter: the one quarter the text names, or None.
    """

    reference_bases: tuple[str, ...]
    file_numbers: tuple[int, ...]
    quarter: Quarter | None

    @property
    def files(self) -> tuple[int, ...]:
        """Every file the hints lead to."""
        of_references = [int(base[:_FILE_DIGITS]) for base in self.reference_bases]
        return tuple(sorted({number for number in (*self.file_numbers, *of_references) if number > 0}))


def hints_of(text: str) -> Hints:
    """Read what a payer wrote."""
    bases = {"".join(match.groups()) for match in _REFERENCE.finditer(text)}
    numbers = {int(match[1]) for match in _FILE_NUMBER.finditer(text)}
    quarters = {
        Quarter(int(match["year"]), int(match["number"])) for pattern in _QUARTERS for match in pattern.finditer(text)
    }
    return Hints(
        reference_bases=tuple(sorted(bases)),
        file_numbers=tuple(sorted(number for number in numbers if number > 0)),
        quarter=quarters.pop() if len(quarters) == 1 else None,
    )
