"""The words of a letter: sentences from files, and dates, amounts and lists as a reader of the language writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from shared.contracts.vocabulary import Language
from shared.law.money import format_euro
from shared.law.quarter import Quarter, format_quarter
from shared.platform.database.rows import JsonObject

_NO_BREAK_SPACE: Final = "\u00a0"
#: French puts a space before these signs, which must not part them from their word.
_FRENCH_SPACE: Final = re.compile(r" ([:;?!%])")


class WordsMissing(LookupError):
    """No words were written for something a letter has to say."""


class Spaces(Enum):
    """Which spaces must not part two words at the end of a line."""

    FREE = "free"
    #: The day stays beside its month.
    DAY = "day"
    #: A date stays on one line, and a French sign beside its word.
    ALL = "all"


@dataclass(frozen=True)
class Wording:
    """The words of one language, as the files of a letter give them."""

    language: Language
    words: JsonObject
    spaces: Spaces = Spaces.FREE

    def __getitem__(self, name: str) -> Any:
        """Return what a file holds under a name, as it stands there."""
        return self.words[name]

    def say(self, *path: str | int, **values: object) -> str:
        """Return the sentence at a path, with its values filled in.

        Raises:
            WordsMissing: the sentence does not exist in this language, or asks for a value that is not given.
        """
        return self._filled(path, self._found(path), values)

    def sentences(self, *path: str, **values: object) -> list[str]:
        """Return the list of sentences at a path, filled in; raises as ``say`` does."""
        return [self._filled(path, sentence, values) for sentence in self._found(path)]

    def counted(self, count: int, *path: str) -> str:
        """Return the sentence at a path in the plural form of a number: ``one`` or ``other``, with ``{number}``."""
        return self.say(*path, Locale(self.language.value).plural_form(count), number=count)

    def day(self, day: date) -> str:
        """Write a date: ``1er avril 2026``, ``1 april 2026``, ``1. April 2026``."""
        text = format_date(day, "long", locale=self.language.value)
        if self.language is Language.FRENCH and day.day == 1:
            text = text.replace("1", "1er", 1)
        if self.spaces is Spaces.FREE:
            return text
        return text.replace(" ", _NO_BREAK_SPACE, 1 if self.spaces is Spaces.DAY else -1)

    def month(self, day: date) -> str:
        """Write the month of a date: ``avril 2026``."""
        return format_date(day, "MMMM y", locale=self.language.value)

    def quarter(self, quarter: Quarter) -> str:
        """Write a quarter: ``2e trimestre 2026``."""
        return format_quarter(quarter, self.language.value)

    def euro(self, cents: int) -> str:
        """Write an amount: ``1.890,42 EUR``."""
        return format_euro(cents, self.language.value)

    def percent(self, rate: Decimal) -> str:
        """Write a rate such as 0.03 as a percentage, ``3 %``, to the last digit that the law gives it."""
        return self._tied(format_decimal(rate * 100, "0.##########", locale=self.language.value) + " %")

    def listed(self, parts: Sequence[str]) -> str:
        """Join parts as a sentence does: ``a, b et c``."""
        return format_list(parts, locale=self.language.value)

    def value(self, value: date | int | str) -> str:
        """Write a value for the reader: a day in words, an integer as an amount in cents, a text as it is."""
        if isinstance(value, date):
            return self.day(value)
        return self.euro(value) if isinstance(value, int) else value

    def _found(self, path: Sequence[str | int]) -> Any:
        found: Any = self.words
        for part in path:
            if not isinstance(found, dict) or part not in found:
                raise WordsMissing(f"{self.language}: no words for {'.'.join(map(str, path))}")
            found = found[part]
        return found

    def _filled(self, path: Sequence[str | int], sentence: object, values: dict[str, object]) -> str:
        try:
            return self._tied(str(sentence).format_map(values))
        except KeyError as error:
            raise WordsMissing(f"{self.language}: {'.'.join(map(str, path))} asks for {error}") from None

    def _tied(self, text: str) -> str:
        if self.spaces is not Spaces.ALL or self.language is not Language.FRENCH:
            return text
        return _FRENCH_SPACE.sub(f"{_NO_BREAK_SPACE}\\1", text)


@lru_cache(maxsize=64)
def wording(
    folder: Path,
    language: Language,
    letter: str | None = None,
    *,
    own: Path | None = None,
    spaces: Spaces = Spaces.FREE,
) -> Wording:
    """Read the words of a language.

    Args:
        folder: where ``LANGUAGE.yaml`` stands.
        language: the reader's.
        letter: whose own words, in ``LETTER.LANGUAGE.yaml``, stand over those of every letter.
        own: where the letter's own words stand, when that is not beside those of every letter.
        spaces: which spaces don't break.

    Raises:
        FileNotFoundError: the folder has no words of the language or of the letter.
    """
    files = [folder / f"{language.value}.yaml"]
    if letter is not None:
        files.append((own or folder) / f"{letter}.{language.value}.yaml")
    words: JsonObject = {}
    for file in files:
        words |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return Wording(language, words, spaces)
