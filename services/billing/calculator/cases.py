"""Files of cases: every line is answered, a wrong one with the field and what is wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import click

from services.billing.calculator.names import category_of
from services.billing.calculator.options import euro_cents, percent
from services.billing.calculator.question import Question
from services.billing.domain.assessment import IncomeBasis

_NEEDED: Final = ("id", "year", "quarter", "category", "income", "fee_rate")
_OPTIONAL: Final = ("basis", "quarters_subject", "first_quarter", "political_mandate", "opt_out")
_YES: Final = frozenset({"1", "true", "yes"})
_NO: Final = frozenset({"", "0", "false", "no"})


def read_cases(path: Path) -> list[Question]:
    """Read a CSV of cases; a file without the right columns or encoding ends the command with its fault."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path.name} is not UTF-8 (byte {error.start})") from error
    reader = csv.DictReader(text.splitlines())
    columns = reader.fieldnames or []
    missing = [name for name in _NEEDED if name not in columns]
    unknown = [name for name in columns if name not in (*_NEEDED, *_OPTIONAL)]
    if missing or unknown:
        fault = f"lacks the column {missing[0]}" if missing else f"has an unknown column {unknown[0]}"
        raise click.ClickException(f"{path.name} {fault}; it has {', '.join(_NEEDED)}")
    return [_question(line) for line in reader]


def _question(line: Mapping[str, str | None]) -> Question:
    cells = {name: (value or "").strip() for name, value in line.items() if name is not None}
    identity = cells["id"]
    try:
        start = cells["income"].lower() == str(IncomeBasis.START)
        return Question(
            identity=identity,
            year=_whole(cells["year"], "year", 1, 9998),
            quarter=cells["quarter"],
            category=category_of(cells["category"]),
            income_cents=None if start else _field("income", cells["income"]),
            basis=str(IncomeBasis.START) if start else cells.get("basis") or str(IncomeBasis.DEFINITIVE),
            fee_rate=_rate(cells["fee_rate"]),
            income_quarters=_whole(cells.get("quarters_subject") or "4", "quarters_subject", 1, 4),
            first_quarter=_flag(cells, "first_quarter"),
            political_mandate=_flag(cells, "political_mandate"),
            old_age_opt_out=_flag(cells, "opt_out"),
        )
    except ValueError as error:
        return Question(identity=identity, problem=str(error))


def _field(name: str, text: str) -> int:
    try:
        return euro_cents(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _rate(text: str) -> Decimal:
    try:
        return percent(text)
    except ValueError as error:
        raise ValueError(f"fee_rate: {error}") from None


def _whole(text: str, name: str, lowest: int, highest: int) -> int:
    if not (text.isascii() and text.isdigit()) or not lowest <= int(text) <= highest:
        raise ValueError(f"{name}: {text!r} is not a whole number from {lowest} to {highest}")
    return int(text)


def _flag(cells: Mapping[str, str], name: str) -> bool:
    text = cells.get(name, "").lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError(f"{name}: {text!r} is neither yes nor no")
