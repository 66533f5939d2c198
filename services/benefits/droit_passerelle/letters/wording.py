"""Words of a language: sentences from the files beside, dates and quarters as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.vocabulary import Language
from shared.law.quarter import Quarter, format_quarter

_FOLDER = Path(__file__).parent / "words"


class Wording:
    """The sentences of one language."""

    def __init__(self, language: Language, words: Mapping[str, Any]) -> None:
        self.language = language
        self.words = words

    def day(self, value: date) -> str:
        """Write a date: ``1er avril 2026``, ``1 april 2026``, ``1. April 2026``; the day never parts from the month."""
        form = str(self.words["dateFirst" if value.day == 1 else "date"])
        text = form.format(day=value.day, month=self.words["months"][value.month - 1], year=value.year)
        return text.replace(" ", "\u00a0", 1)

    def month(self, value: date) -> str:
        """Write the month of a date: ``avril 2026``."""
        return str(self.words["monthYear"]).format(month=self.words["months"][value.month - 1], year=value.year)

    def quarter(self, value: Quarter) -> str:
        """Write a quarter: ``2e trimestre 2026``."""
        return format_quarter(value, self.language.value)

    def number_of_months(self, number: int) -> str:
        """Write how many months: ``un mois``, ``12 maanden``, in the case of a duration (``einen Monat``)."""
        return str(self.words["monthsOne" if number == 1 else "monthsMany"]).format(number=number)

    def listed(self, parts: Sequence[str]) -> str:
        """Join parts as a sentence does: ``a, b et c``."""
        if len(parts) < 2:
            return "".join(parts)
        return ", ".join(parts[:-1]) + str(self.words["listAnd"]) + parts[-1]

    def sentence(self, *path: str, **values: object) -> str:
        """Give the sentence at a path with its places filled in; raises ``KeyError`` when one lacks a value."""
        found: Any = self.words
        for name in path:
            found = found[name]
        return str(found).format_map(values)

    def sentences(self, *path: str, **values: object) -> list[str]:
        """Give the list of sentences at a path, filled in."""
        found: Any = self.words
        for name in path:
            found = found[name]
        return [str(sentence).format_map(values) for sentence in found]

    def rule_values(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Write the facts of a rule as a sentence needs them: dates, quarters and lists in words."""
        values = {name: self._value(value) for name, value in facts.items()}
        paid = facts.get("paidQuarters")
        values["paidCount"] = str(len(paid)) if isinstance(paid, list) else ""
        return values

    def _value(self, value: Any) -> str:
        if isinstance(value, list):
            return self.listed([self._value(item) for item in value])
        if isinstance(value, str):
            if len(value) >= 6 and value[4:5] == "Q":
                return self.quarter(Quarter.parse(value[:6]))
            if len(value) == len("2026-01-01") and value[4] == value[7] == "-":
                return self.day(date.fromisoformat(value))
        return "" if value is None else str(value)


@lru_cache(maxsize=3)
def wording(language: Language) -> Wording:
    """Give the words of a language."""
    return Wording(language, yaml.safe_load((_FOLDER / f"{language.value}.yaml").read_text(encoding="utf-8")))
