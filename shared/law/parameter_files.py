"""Reading of the dated files of the law: a strict reader that names the file, the parameter and the fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

UNITS: Final = frozenset(
    {
        "EUR",
        "ratio",
        "index",
        "days",
        "workingDays",
        "months",
        "quarters",
        "years",
        "hours",
        "count",
        "word",
        "words",
        "monthDay",
    }
)
_WORD_UNITS: Final = frozenset({"word", "monthDay"})
_CERTAINTIES: Final = frozenset({"official", "published", "inferred", "assumed"})
_FILE_KEYS: Final = frozenset({"lastReview", "about", "parameters"})
_ENTRY_KEYS: Final = frozenset(
    {"unit", "description", "article", "source", "certainty", "values", "base", "published", "gaps"}
)
_ROW_KEYS: Final = frozenset({"value", "from", "to", "article", "source", "certainty", "note"})
_PUBLISHED_KEYS: Final = frozenset({"value", "year", "from", "to", "source", "printedAs"})
_GAP_KEYS: Final = frozenset({"from", "to", "reason"})


class ParameterFileInvalid(ValueError):
    """A file of law data is not as it should be."""

    def __init__(self, path: Path, name: str, fault: str) -> None:
        super().__init__(f"{path.name}: {name}: {fault}")
        self.name = name
        self.fault = fault


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """The checked content of one file."""

    last_review: date
    parameters: Mapping[str, Mapping[str, Any]]


def read_parameter_file(path: Path) -> ParameterFile:
    """Read and check one file; raises ``ParameterFileInvalid`` naming the parameter and the fault."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader, in C if there
    except UnicodeDecodeError as error:
        raise ParameterFileInvalid(path, "file", f"is not UTF-8 text (byte {error.start})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f" (line {mark.line + 1})"
        raise ParameterFileInvalid(path, "file", f"is not YAML{where}") from error
    _known_keys(path, "file", content, _FILE_KEYS)
    last_review = content.get("lastReview")
    if not isinstance(last_review, date):
        raise ParameterFileInvalid(path, "file", "lastReview is a date")
    entries = content.get("parameters")
    if not isinstance(entries, dict) or not entries:
        raise ParameterFileInvalid(path, "file", "parameters is a map of names")
    return ParameterFile(last_review, {name: _entry(path, name, entry) for name, entry in entries.items()})


def _known_keys(path: Path, name: str, content: object, known: frozenset[str]) -> None:
    if not isinstance(content, dict):
        raise ParameterFileInvalid(path, name, "a map of keys is expected")
    unknown = sorted(str(key) for key in content if key not in known)
    if unknown:
        raise ParameterFileInvalid(path, name, f"unknown key {unknown[0]}")


def _entry(path: Path, name: str, entry: Any) -> Mapping[str, Any]:
    _known_keys(path, name, entry, _ENTRY_KEYS)
    unit = entry.get("unit")
    if not isinstance(unit, str) or unit not in UNITS:
        raise ParameterFileInvalid(path, name, f"unit is one of {', '.join(sorted(UNITS))}")
    base = entry.get("base")
    for key in ("values", "published", "gaps"):
        if not isinstance(entry.get(key, []), list):
            raise ParameterFileInvalid(path, name, f"{key} is a list")
    rows = [_row(path, name, unit, entry, row) for row in entry.get("values", [])]
    if not rows and base is None and not entry.get("gaps"):
        raise ParameterFileInvalid(path, name, "a parameter has values, a base amount, or a gap that says why not")
    _no_overlap(path, name, rows)
    return {
        "unit": unit,
        "description": _text(path, name, entry, "description"),
        "article": entry.get("article", ""),
        "values": rows,
        "base": base,
        "published": [_published_row(path, name, unit, row) for row in entry.get("published", [])],
        "gaps": [_gap_row(path, name, row) for row in entry.get("gaps", [])],
    }


def _row(path: Path, name: str, unit: str, entry: Mapping[str, Any], row: Any) -> dict[str, Any]:
    _known_keys(path, name, row, _ROW_KEYS)
    certainty = row.get("certainty", entry.get("certainty"))
    if not isinstance(certainty, str) or certainty not in _CERTAINTIES:
        raise ParameterFileInvalid(path, name, f"certainty is one of {', '.join(sorted(_CERTAINTIES))}")
    merged = {key: row.get(key, entry.get(key, "")) for key in ("article", "source")}
    for key, text in merged.items():
        if not text:
            raise ParameterFileInvalid(path, name, f"every value has its {key}")
    return {
        "value": _value(path, name, unit, row.get("value")),
        "from": _day(path, name, row, "from"),
        "to": _day(path, name, row, "to"),
        "certainty": certainty,
        "note": row.get("note", ""),
        **merged,
    }


def _published_row(path: Path, name: str, unit: str, row: Any) -> dict[str, Any]:
    _known_keys(path, name, row, _PUBLISHED_KEYS)
    printed = row.get("printedAs")
    return {
        "value": _value(path, name, unit, row.get("value")),
        "year": row.get("year") or _day(path, name, row, "from", required=True).year,  # type: ignore[union-attr]
        "from": _day(path, name, row, "from"),
        "to": _day(path, name, row, "to"),
        "source": _text(path, name, row, "source"),
        "printedAs": None if printed is None else _value(path, name, unit, printed),
    }


def _gap_row(path: Path, name: str, row: Any) -> dict[str, Any]:
    _known_keys(path, name, row, _GAP_KEYS)
    return {
        "from": _day(path, name, row, "from"),
        "to": _day(path, name, row, "to"),
        "reason": _text(path, name, row, "reason"),
    }


def _value(path: Path, name: str, unit: str, value: Any) -> Decimal | str | tuple[str, ...]:
    if unit == "words":
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ParameterFileInvalid(path, name, "the value is a list of words")
        return tuple(value)
    if unit in _WORD_UNITS:
        if not isinstance(value, str):
            raise ParameterFileInvalid(path, name, "the value is a word")
        return value
    # A number with a fraction must be quoted: YAML would read it as a binary float and lose the law's digits.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ParameterFileInvalid(path, name, "the value is a whole number or a quoted decimal number")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise ParameterFileInvalid(path, name, "the value is not a decimal number") from None


def _day(path: Path, name: str, row: Mapping[str, Any], key: str, *, required: bool = False) -> date | None:
    day = row.get(key)
    if day is None and not required:
        return None
    if not isinstance(day, date):
        raise ParameterFileInvalid(path, name, f"{key} is a date such as 2026-01-01")
    return day


def _text(path: Path, name: str, row: Mapping[str, Any], key: str) -> str:
    text = row.get(key)
    if not isinstance(text, str) or not text.strip():
        raise ParameterFileInvalid(path, name, f"{key} is missing")
    return text


def _no_overlap(path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    ordered = sorted(rows, key=lambda row: row["from"] or date.min)
    for row in rows:
        if row["from"] and row["to"] and row["from"] > row["to"]:
            raise ParameterFileInvalid(path, name, "a period ends before it begins")
    for earlier, later in pairwise(ordered):
        if (earlier["to"] or date.max) >= (later["from"] or date.min):
            ends = f"ends on {earlier['to']}" if earlier["to"] else "has no end (to)"
            fault = f"two periods overlap: the one from {earlier['from']} {ends}, the next begins on {later['from']}"
            raise ParameterFileInvalid(path, name, fault)
