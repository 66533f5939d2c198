"""The rows of a page, written over whole columns with COPY.

A row that is there already ends the statement with ``UniqueViolation``: nothing of the page is kept then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

import polars as pl

from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import EntryKind, JournalLine
from services.billing.notices.rules import REFERENCE_DIGITS, ReferenceExhaustedError, notice_references
from services.billing.quarterly.rules import LineRule, contribution_entry_ids, contribution_line_rules
from services.billing.quarterly.store.binary_rows import (
    HEADER,
    TRAILER,
    Column,
    integers,
    row,
    rows,
    same,
    texts,
    uuids,
)
from shared.contracts.billing_v1 import ContributionsIssued, IssuedContribution
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection

#: Letters of a UUID in its usual form.
_UUID_LETTERS: Final = 36
#: Columns in the order in which their values are written below.
_CONTRIBUTION: Final = (
    "contribution (dossier, quarter, kind, category, contribution_cents, fee_cents, total_cents, due_on, booked_on, "
    "run_id, income_basis, income_cents, income_quarters, first_quarter, fee_rate_millionths, law_id)"
)
_NOTICE: Final = (
    "notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, issued_on, due_on, run_id)"
)


async def write_contributions(
    connection: Connection, assessed: pl.DataFrame, *, quarter: Quarter, booked_on: date, run_id: UUID, law_id: UUID
) -> None:
    """Write what was assessed, and from what."""
    # Texts and nulls of one kind stand together, so that all rows of a block have one width.
    alike = assessed.with_columns(pl.col("income_cents").is_null().alias("unknown"))
    keys = ("category", "income_basis", "unknown")
    blocks = []
    for (category, basis, unknown), people in alike.group_by(*keys, maintain_order=True):
        fields = (
            _uuids(people),
            same(str(quarter)),
            same("provisional"),
            same(str(category)),
            _integers(people, "contribution_cents", "q"),
            _integers(people, "fee_cents", "q"),
            _integers(people, "total_cents", "q"),
            same(quarter.last_day),
            same(booked_on),
            same(run_id),
            same(str(basis)),
            None if unknown else _integers(people, "income_cents", "q"),
            _integers(people, "income_quarters", "h"),
            integers(people["first_quarter"].cast(pl.Int8).to_list(), "b"),
            _integers(people, "fee_rate_millionths", "i"),
            same(law_id),
        )
        blocks.append(rows(people.height, row(*fields)))
    await _copy(connection, _CONTRIBUTION, blocks)
    await _write_rules(connection, assessed, quarter=quarter)


async def _write_rules(connection: Connection, assessed: pl.DataFrame, *, quarter: Quarter) -> None:
    """Keep the rule of those, few, whose rule is not that of their category: their explanation needs it."""
    special = assessed.select("dossier", pl.col("category", "rule").cast(pl.String)).filter(
        pl.col("rule") != pl.col("category")
    )
    if special.is_empty():
        return
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into contribution_rule (dossier, quarter, number, rule) values (%s, %s, 0, %s)",
            [(dossier, str(quarter), rule) for dossier, rule in special.select("dossier", "rule").iter_rows()],
        )


async def write_entries(connection: Connection, assessed: pl.DataFrame, *, quarter: Quarter, booked_on: date) -> None:
    """Charge contributions in the ledger; each counts from the first day of the quarter."""
    entries, lines = [], []
    nonzero = [(pl.col(name) != 0).alias(f"{name} charged") for name in ("contribution_cents", "fee_cents")]
    keys = ("contribution_cents charged", "fee_cents charged")
    for (contribution, fee), people in assessed.with_columns(nonzero).group_by(*keys, maintain_order=True):
        charged = {"contribution_cents": contribution, "fee_cents": fee}
        rules = contribution_line_rules(quarter, charged=frozenset(name for name, true in charged.items() if true))
        if rules:
            block = _entries_of(people, quarter=quarter, booked_on=booked_on, rules=rules)
            entries.append(block[0])
            lines.append(block[1])
    await _copy(connection, f"journal_entry ({ledger.ENTRY_COLUMNS})", entries)
    await _copy(connection, f"journal_line ({ledger.LINE_COLUMNS})", lines)


def _entries_of(
    people: pl.DataFrame, *, quarter: Quarter, booked_on: date, rules: Sequence[LineRule]
) -> tuple[bytearray, bytearray]:
    dossiers = _bytes_of(people)
    dossier, entry = uuids(dossiers), uuids(contribution_entry_ids(dossiers, quarter=quarter))
    dates = (same(quarter.starts_on), same(booked_on))
    reference = texts(people["dossier"].to_list(), width=_UUID_LETTERS, after=f"|{quarter}|provisional")
    entries = row(entry, same(str(EntryKind.CONTRIBUTION)), *dates, reference)
    amounts = {(rule.column, rule.sign): integers((people[rule.column] * rule.sign).to_list(), "q") for rule in rules}
    lines = [
        piece
        for position, rule in enumerate(rules, start=1)
        for piece in row(
            entry,
            position.to_bytes(2),
            same(str(rule.line.account)),
            amounts[rule.column, rule.sign],
            None if rule.line.dossier is None else dossier,
            *(None if value is None else same(str(value)) for value in _words_of(rule.line)),
            *dates,
        )
    ]
    return rows(people.height, entries), rows(people.height, lines)


def _words_of(line: JournalLine) -> tuple[object, ...]:
    return line.quarter, line.kind, line.nature


async def write_notices(
    connection: Connection,
    assessed: pl.DataFrame,
    *,
    quarter: Quarter,
    issued_on: date,
    run_id: UUID,
    credits_used: Mapping[str, int],
) -> None:
    """Write the notices of those who owe something, with what of their credit was used for the quarter.

    Raises:
        ReferenceExhaustedError: a dossier has used up its notice numbers.
    """
    people = assessed.filter(pl.col("total_cents") != 0).with_columns(notice_references())
    if people["reference"].null_count():
        raise ReferenceExhaustedError("a dossier of the page has used up its notice numbers")
    if people.is_empty():
        return
    fields = (
        texts(people["reference"].to_list(), width=REFERENCE_DIGITS),
        _uuids(people),
        same(str(quarter)),
        same("provisional"),
        _integers(people, "notice_number", "h"),
        _integers(people, "total_cents", "q"),
        integers([credits_used.get(dossier, 0) for dossier in people["dossier"].to_list()], "q"),
        same(issued_on),
        same(quarter.last_day),
        same(run_id),
    )
    await _copy(connection, _NOTICE, [rows(people.height, row(*fields))])


async def _copy(connection: Connection, target: str, blocks: Sequence[bytearray]) -> None:
    if not blocks:
        return
    async with connection.cursor() as cursor, cursor.copy(f"copy {target} from stdin (format binary)") as copy:
        await copy.write(b"".join([HEADER, *blocks, TRAILER]))


def _bytes_of(people: pl.DataFrame) -> bytes:
    return bytes.fromhex("".join(people["dossier"].to_list()).replace("-", ""))


def _uuids(people: pl.DataFrame) -> Column:
    return uuids(_bytes_of(people))


def _integers(people: pl.DataFrame, name: str, code: Literal["h", "i", "q"]) -> Column:
    return integers(people[name].to_list(), code)


def issued_body(page: ContributionsIssued, assessed: pl.DataFrame, numbers: Sequence[int]) -> bytes:
    """Write the canonical JSON of a page whose items are the rows of a frame, in their order.

    Args:
        page: the page without items.
        assessed: what was assessed.
        numbers: number of each dossier's fact, in the same order.
    """
    sequences = pl.Series("sequence", numbers, dtype=pl.Int64)
    fields = [pl.col(name).alias(str(field.alias)) for name, field in IssuedContribution.model_fields.items()]
    items = assessed.with_columns(sequences).select(pl.struct(fields).struct.json_encode()).to_series()
    before, empty, after = page.to_json().partition(b'"items":[]')
    if not empty:
        raise ValueError("a page to be written over columns has no items of its own")
    text: Any = items.str.join(",").item()
    return before + b'"items":[' + str(text).encode() + b"]" + after
