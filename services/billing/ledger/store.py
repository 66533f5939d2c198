"""The tables of the journal, and what they hold of dossiers: entries are added, whole and balanced, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from psycopg.rows import args_row

from services.billing.ledger.rules.entries import JournalEntry
from shared.platform.database.connections import Connection
from shared.platform.database.copying import NULL, Block, block, copy_blocks, free_text
from shared.platform.database.rows import fetch_all

ENTRY_COLUMNS: Final = "entry_id, kind, value_date, booking_date, reference"
LINE_COLUMNS: Final = "entry_id, position, account, cents, dossier, quarter, kind, nature, value_date, booking_date"

_ITEMS: Final = (
    "select dossier, quarter, kind, charged_cents, paid_cents, waived_cents, charged_on from open_item "
    "where dossier = any(%b::uuid[])"
)
_CREDITS: Final = "select dossier, credit_cents from dossier_credit where dossier = any(%b::uuid[])"
_SURCHARGES: Final = """
    select s.dossier, s.quarter, s.closing, s.kind, s.charged_on, s.rate,
           s.base_cents - coalesce(sum(c.base_cents), 0)::bigint as base_cents,
           s.surcharge_cents - coalesce(sum(c.surcharge_cents), 0)::bigint as surcharge_cents
    from surcharge s left join surcharge_correction c using (dossier, quarter, closing, kind)
    where s.dossier = any(%b::uuid[])
      and not exists (select from relief r where r.dossier = s.dossier and r.quarter = s.quarter)
      -- Those a cessation waived stay waived, also when the quarter is owed again.
      and not exists (select from unowed_quarter u where u.dossier = s.dossier and u.quarter = s.quarter
                      and s.charged_on <= u.noted_on)
    group by s.dossier, s.quarter, s.closing, s.kind order by s.dossier, s.quarter, s.closing, s.kind
"""
_SERVED: Final = """
    select w.dossier, w.quarter, w.served_on, coalesce(i.ends_before, w.served_on) as interest_from,
      coalesce(h.days, '{}') as change_days, coalesce(h.differences, '{}') as change_differences
    from title_served w
    left join lateral (select max(i.ends_before) as ends_before from interest_booked i
      where i.dossier = w.dossier and i.quarter = w.quarter) i on true
    left join lateral (select array_agg(h.changed_on order by h.number) as days,
        array_agg(h.contribution_cents - h.previous_contribution_cents order by h.number) as differences
      from contribution_change h where h.dossier = w.dossier and h.quarter = w.quarter) h on true
    where w.dossier = any(%b::uuid[]) order by w.dossier, w.quarter
"""
_Row = TypeVar("_Row")

# Thousands of accounts are read at once: these rows take the columns of their statement by position.


class ItemRow(NamedTuple):
    """What was charged, paid and waived of a kind of a quarter."""

    dossier: UUID
    quarter: str
    kind: str
    charged_cents: int
    paid_cents: int
    waived_cents: int
    charged_on: date


class CreditRow(NamedTuple):
    """What the fund owes a dossier."""

    dossier: UUID
    credit_cents: int


class SurchargeRow(NamedTuple):
    """A surcharge in force, after corrections."""

    dossier: UUID
    quarter: str
    closing: str
    kind: str
    charged_on: date
    rate: Decimal
    base_cents: int
    surcharge_cents: int


class ServedRow(NamedTuple):
    """A quarter whose warrant was served, the day interest runs from, and the changes of its contribution."""

    dossier: UUID
    quarter: str
    served_on: date
    interest_from: date
    change_days: list[date]
    change_differences: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRows:
    """What the books hold of dossiers, as it was read; ``accounts_of`` of the service makes accounts of it."""

    dossiers: Sequence[UUID]
    items: list[ItemRow]
    credits: list[CreditRow]
    surcharges: list[SurchargeRow]
    served: list[ServedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """What an account of the chart held, in signed cents."""

    code: str
    nature: str
    name: str
    cents: int


async def book(connection: Connection, *, entries: Sequence[JournalEntry], booking_date: date) -> set[UUID]:
    """Write entries that were not written before.

    Returns:
        The ids of the entries this call wrote; the others were in the books already.
    """
    cursor = await connection.execute(
        f"insert into journal_entry ({ENTRY_COLUMNS}) "
        "select * from unnest(%s::uuid[], %s::text[], %s::date[], %s::date[], %s::text[]) "
        "on conflict (entry_id) do nothing returning entry_id",
        (
            [entry.entry_id for entry in entries],
            [str(entry.kind) for entry in entries],
            [entry.value_date for entry in entries],
            [booking_date] * len(entries),
            [entry.reference for entry in entries],
        ),
    )
    written = {found["entry_id"] for found in await cursor.fetchall()}
    lines = [line for entry in entries if entry.entry_id in written for line in _line_rows(entry, booking_date)]
    if lines:
        columns = [list(column) for column in zip(*lines, strict=True)]
        await connection.execute(
            f"insert into journal_line ({LINE_COLUMNS}) select * from unnest(%s::uuid[], %s::smallint[], %s::text[], "
            "%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::date[], %s::date[])",
            columns,
        )
    return written


async def book_new(connection: Connection, *, entries: Sequence[JournalEntry], booking_date: date) -> None:
    """Write many entries at full speed (COPY).

    Raises:
        psycopg.errors.UniqueViolation: one of them is in the books already; nothing of this call is kept then.
    """
    await copy_blocks(connection, entry_blocks(entries, booking_date=booking_date))


def entry_blocks(entries: Sequence[JournalEntry], *, booking_date: date) -> list[Block]:
    """Write entries and their lines out for ``copy_blocks``; copied as they are, they must be new."""
    heads: list[str] = []
    lines: list[str] = []
    for entry in entries:
        # What the lines of an entry have in common is written once.
        identifier, dates = str(entry.entry_id), f"{entry.value_date}\t{booking_date}"
        heads.append(f"{identifier}\t{entry.kind}\t{dates}\t{free_text(entry.reference)}\n")
        for position, line in enumerate(entry.lines, start=1):
            words = f"{_text(line.dossier)}\t{_text(line.quarter)}\t{_text(line.kind)}\t{_text(line.nature)}"
            lines.append(f"{identifier}\t{position}\t{line.account}\t{line.cents}\t{words}\t{dates}\n")
    return [block("journal_entry", ENTRY_COLUMNS, heads), block("journal_line", LINE_COLUMNS, lines)]


def _text(value: object) -> str:
    return NULL if value is None else str(value)


def _line_rows(entry: JournalEntry, booking_date: date) -> list[tuple[Any, ...]]:
    return [
        (
            entry.entry_id,
            position,
            str(line.account),
            line.cents,
            line.dossier,
            None if line.quarter is None else str(line.quarter),
            None if line.kind is None else str(line.kind),
            None if line.nature is None else str(line.nature),
            entry.value_date,
            booking_date,
        )
        for position, line in enumerate(entry.lines, start=1)
    ]


async def account_rows(connection: Connection, *, dossiers: Sequence[UUID]) -> AccountRows:
    """Read what the books hold of dossiers; lock the subjects first when their accounts will change."""
    wanted = list(dossiers)
    return AccountRows(
        dossiers=wanted,
        items=await _of_dossiers(connection, ItemRow, _ITEMS, wanted),
        credits=await _of_dossiers(connection, CreditRow, _CREDITS, wanted),
        surcharges=await _of_dossiers(connection, SurchargeRow, _SURCHARGES, wanted),
        served=await _of_dossiers(connection, ServedRow, _SERVED, wanted),
    )


async def _of_dossiers(connection: Connection, row: type[_Row], statement: str, dossiers: list[UUID]) -> list[_Row]:
    if not dossiers:
        return []
    async with connection.cursor(row_factory=args_row(row)) as cursor:
        await cursor.execute(statement, (dossiers,), binary=True)
        return await cursor.fetchall()


async def trial_balance(connection: Connection, *, as_of: date, known_at: date) -> list[AccountBalance]:
    """Return what each account held on a day as it was known on a day."""
    return await fetch_all(
        connection,
        AccountBalance,
        "select a.code, a.nature, a.name, b.cents from balance(%s, %s) b join account a on a.code = b.account "
        "order by a.code",
        (as_of, known_at),
    )
