"""Dates, amounts and sentences in the debtor's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from shared.contracts.vocabulary import AmountKind, Language
from shared.law.money import format_euro
from shared.law.quarter import Quarter, format_quarter
from shared.platform.rows import JsonObject

_FOLDER: Final = Path(__file__).with_name("words")
#: French puts a space before these signs, which must not part them from their word.
_FRENCH_SPACE: Final = re.compile(r" ([:;?!%])")
_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    Language.FRENCH: (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    Language.DUTCH: (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    Language.GERMAN: (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
}


class WordsMissing(LookupError):
    """No words were written for something a letter has to say."""


@dataclass(frozen=True)
class Words:
    """The sentences of one language."""

    language: Language
    sentences: JsonObject

    def say(self, *path: str | int, **values: str) -> str:
        """Return a sentence with its values filled in.

        Raises:
            WordsMissing: the sentence does not exist in this language, or asks for a value that is not given.
        """
        found: Any = self.sentences
        for part in path:
            if not isinstance(found, dict) or part not in found:
                raise WordsMissing(f"{self.language}: no words for {'.'.join(map(str, path))}")
            found = found[part]
        try:
            sentence = str(found).format(**values)
        except KeyError as error:
            raise WordsMissing(f"{self.language}: {'.'.join(map(str, path))} asks for {error}") from None
        return _FRENCH_SPACE.sub("\u00a0\\1", sentence) if self.language is Language.FRENCH else sentence

    def date(self, day: date) -> str:
        """Return a date as it is written in a letter; French says ``1er``, German puts a dot."""
        month = _MONTHS[self.language][day.month - 1]
        number = {Language.FRENCH: "1er" if day.day == 1 else str(day.day), Language.GERMAN: f"{day.day}."}
        return f"{number.get(self.language, str(day.day))}\u00a0{month}\u00a0{day.year}"

    def euro(self, cents: int) -> str:
        """Return an amount as it is written in a letter."""
        return format_euro(cents, self.language.value)

    def percent(self, rate: Decimal) -> str:
        """Return a rate as a percentage; the languages of the fund write a comma."""
        number = format((rate * 100).normalize(), "f").replace(".", ",")
        return self.say("percent", number=number)

    def quarter(self, quarter: Quarter) -> str:
        """Return the name of a quarter."""
        return format_quarter(quarter, self.language.value)

    def kind(self, kind: AmountKind) -> str:
        """Return the name of a part of a debt."""
        return self.say("kinds", kind.value)

    def months(self, count: int) -> str:
        """Return a number of months in words; an unusual number has none, so that nobody gets a wrong sentence."""
        return self.say("months", count)

    def hours(self, count: int) -> str:
        """Return a number of hours in words."""
        return self.say("hours", count)


@lru_cache(maxsize=3)
def words_of(language: Language) -> Words:
    """Return the sentences of a language."""
    path = _FOLDER / f"{language.value}.yaml"
    return Words(language=language, sentences=yaml.safe_load(path.read_text(encoding="utf-8")))
