"""How the console shows what services answer: pure, so that every page is tested without a server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from services.console.rendering.rules.words import Words
from shared.law.calendar import BRUSSELS
from shared.law.identifiers import InvalidIdentifier, format_structured_communication
from shared.law.money import format_euro

ABSENT: Final = "–"
#: Properties that are of no use to a person on a page.
_HIDDEN: Final = frozenset({"href", "self", "nextAfter", "mediaType", "reference", "ticket"})
_HIDDEN_ENDINGS: Final = ("Id", "Ids", "Sha256", "sha256")
#: How a civil date is written, by language.
_DATE: Final = {"fr": "%d/%m/%Y", "nl": "%d/%m/%Y", "de": "%d.%m.%Y", "en": "%d/%m/%Y"}
_QUARTER_LETTER: Final = {"fr": "T", "nl": "K", "de": "Q", "en": "Q"}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_QUARTER: Final = re.compile(r"\d{4}Q[1-4]")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_CODE: Final = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NARROW_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
_GROUPED_FROM: Final = 10_000
_YEARS: Final = frozenset({"year", "incomeYear"})
#: Rates are kept as whole numbers; each is shown as percents with two decimals.
_PER_PERCENT: Final = {"BasisPoints": 100, "Millionths": 10_000}
#: Properties whose value is shown as a tag, and what the tag's colour says.
_TAGGED: Final = frozenset({"status", "outcome", "outlook", "verdict", "decision"})
_TONES: Final = {
    "good": (
        "paid", "granted", "accepted", "acknowledged", "affiliated", "approved", "completed", "confirmed", "done",
        "yes", "reached", "relieved", "delivered",
    ),
    "bad": (
        "refused", "rejected", "incomplete", "returned", "blocked", "no", "lost", "nonsense", "unavailable", "failed",
        "impossible", "superseded",
    ),
    "wait": (
        "open", "waiting", "received", "pending", "sent", "held", "awaiting", "approval", "maybe", "due", "applied",
        "requested", "billing", "letters", "collected", "ordered", "filed",
    ),
}  # fmt: skip


def humanise(name: str) -> str:
    """Return a lowerCamelCase name as words, for what the dictionary has no better word for."""
    spaced = re.sub(r"[-_.]", " ", _HUMP.sub(" ", name)).lower()
    return spaced[:1].upper() + spaced[1:]


@dataclass(frozen=True)
class Speech:
    """Says names and values in one language."""

    words: Words

    def label(self, name: str) -> str:
        """Return what a property is called."""
        if name in self.words.names:
            return self.words.names[name]
        if name.endswith("Cents"):
            return self.label(name.removesuffix("Cents"))
        return humanise(name)

    def shown(self, name: str, value: Any) -> str:
        """Return a single value as people read it: euros for cents, words for codes, dates and quarters as written."""
        if value is None or value == "":
            return ABSENT
        if isinstance(value, bool):
            return self.words.codes["true" if value else "false"]
        if isinstance(value, int):
            return self._number(name, value)
        return self._text(name, str(value))

    def _number(self, name: str, value: int) -> str:
        if name.endswith("Cents"):
            return format_euro(value, self.words.language)
        if name == "fileNumber":
            return f"{value:07d}"
        for ending, per_percent in _PER_PERCENT.items():
            if name.endswith(ending):
                return self._percent(value, per_percent)
        if abs(value) >= _GROUPED_FROM and name not in _YEARS:
            return f"{value:,}".replace(",", _NARROW_SPACE)
        return str(value)

    def _percent(self, value: int, per_percent: int) -> str:
        """Write a rate with two decimals, or with as many as it needs."""
        decimals = max(2, len(str(Decimal(value) / per_percent).rstrip("0").partition(".")[2]))
        text = f"{Decimal(value) / per_percent:.{decimals}f}"
        return f"{text if self.words.language == 'en' else text.replace('.', ',')}{_NARROW_SPACE}%"

    def _text(self, name: str, value: str) -> str:
        language = self.words.language
        if _DAY.fullmatch(value):
            return date.fromisoformat(value).strftime(_DATE[language])
        if _QUARTER.fullmatch(value):
            return f"{_QUARTER_LETTER[language]}{value[-1]} {value[:4]}"
        if _MONTH.fullmatch(value):
            return f"{value[5:]}/{value[:4]}"
        if _MOMENT.match(value):
            return self._moment(value)
        if name == "structuredCommunication":
            return _communication(value)
        word = self.words.code(name, value)
        if word is not None:
            return word
        return humanise(value).lower() if _CODE.fullmatch(value) else value

    def _moment(self, value: str) -> str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment.astimezone(BRUSSELS).strftime(f"{_DATE[self.words.language]} %H:%M")


def is_hidden(name: str) -> bool:
    """Return whether a property is for machines only."""
    return name in _HIDDEN or name.endswith(_HIDDEN_ENDINGS)


def columns(rows: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    """Return the wanted columns in which at least one row has a value, in the wanted order."""
    return [name for name in wanted if any(row.get(name) not in (None, "", [], {}) for row in rows)]


def facts(values: Mapping[str, Any], *, without: Sequence[str] = ()) -> list[tuple[str, Any]]:
    """Return the single values of an answer, in its order, without what no person needs."""
    return [
        (name, value)
        for name, value in values.items()
        if not is_hidden(name) and name not in without and not isinstance(value, Mapping | list | tuple)
    ]


def lists(values: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the lists of objects within an answer, in its order; empty ones are left out."""
    return [
        (name, list(value))
        for name, value in values.items()
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value)
    ]


def is_code(name: str, value: str) -> bool:
    """Return whether a value is shown as a tag: a state of something rather than a text."""
    return name in _TAGGED and bool(value)


def tone(value: str) -> str:
    """Return what the colour of a tag says: good, bad, wait, or nothing."""
    return next((name for name, values in _TONES.items() if value in values), "")


def is_late(value: Any, today: date | None) -> bool:
    """Return whether a civil date, as it is on the wire, lies before today."""
    return today is not None and isinstance(value, str) and bool(_DAY.fullmatch(value)) and value < today.isoformat()


def _communication(value: str) -> str:
    try:
        return format_structured_communication(value)
    except InvalidIdentifier:
        return value
