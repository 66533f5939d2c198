"""The journal: entries are added, whole and balanced, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.billing.domain.debtor_account import BookedSurcharge, DebtorAccount, ServedQuarter
from services.billing.domain.ledger import ItemBalance, JournalEntry
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database import Connection

ENTRY_COLUMNS = "entry_id, kind, value_date, booking_date, reference"
LINE_COLUMNS = "entry_id, position, account, cents, dossier, quarter, kind, nature, value_date, booking_date"


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
    written = {row["entry_id"] for row in await cursor.fetchall()}
    rows = [row for entry in entries if entry.entry_id in written for row in _line_rows(entry, booking_date)]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await connection.execute(
            f"insert into journal_line ({LINE_COLUMNS}) select * from unnest(%s::uuid[], %s::smallint[], %s::text[], "
            "%s::bigint[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::date[], %s::date[])",
            columns,
        )
    return written


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


async def load_accounts(connection: Connection, *, dossiers: Sequence[UUID]) -> dict[UUID, DebtorAccount]:
    """Return the accounts of dossiers as they stand in the books; lock the subjects first when they will change."""
    wanted = list(dossiers)
    accounts = {dossier: DebtorAccount(dossier=dossier) for dossier in wanted}
    cursor = await connection.execute("select * from open_item where dossier = any(%s)", (wanted,))
    for row in await cursor.fetchall():
        key = (Quarter.parse(row["quarter"]), AmountKind(row["kind"]))
        account = accounts[row["dossier"]]
        account.items[key] = item_balance(row)
        account.charged_on[key] = row["charged_on"]
    cursor = await connection.execute("select * from dossier_credit where dossier = any(%s)", (wanted,))
    for row in await cursor.fetchall():
        accounts[row["dossier"]].credit_cents = row["credit_cents"]
    await _load_surcharges(connection, wanted, accounts)
    await _load_served(connection, wanted, accounts)
    return accounts


def item_balance(row: dict[str, Any]) -> ItemBalance:
    """Turn a row of the view of open items into what the rules work with."""
    return ItemBalance(
        quarter=Quarter.parse(row["quarter"]),
        kind=AmountKind(row["kind"]),
        charged_cents=row["charged_cents"],
        paid_cents=row["paid_cents"],
        waived_cents=row["waived_cents"],
    )


async def _load_surcharges(connection: Connection, wanted: list[UUID], accounts: dict[UUID, DebtorAccount]) -> None:
    cursor = await connection.execute(
        "select s.dossier, s.quarter, s.closing, s.kind, s.charged_on, s.rate, "
        "s.base_cents - coalesce(sum(c.base_cents), 0)::bigint as base_cents, "
        "s.surcharge_cents - coalesce(sum(c.surcharge_cents), 0)::bigint as surcharge_cents "
        "from surcharge s left join surcharge_correction c using (dossier, quarter, closing, kind) "
        "where s.dossier = any(%s) "
        "and not exists (select from relief r where r.dossier = s.dossier and r.quarter = s.quarter) "
        "group by s.dossier, s.quarter, s.closing, s.kind order by s.dossier, s.quarter, s.closing, s.kind",
        (wanted,),
    )
    for row in await cursor.fetchall():
        accounts[row["dossier"]].surcharges.append(
            BookedSurcharge(
                quarter=Quarter.parse(row["quarter"]),
                closing=Quarter.parse(row["closing"]),
                kind=row["kind"],
                charged_on=row["charged_on"],
                rate=Decimal(row["rate"]),
                base_cents=row["base_cents"],
                surcharge_cents=row["surcharge_cents"],
            )
        )


async def _load_served(connection: Connection, wanted: list[UUID], accounts: dict[UUID, DebtorAccount]) -> None:
    cursor = await connection.execute(
        "select w.dossier, w.quarter, w.served_on, coalesce(max(i.ends_before), w.served_on) as interest_from "
        "from warrant_served w left join interest_booked i using (dossier, quarter) where w.dossier = any(%s) "
        "group by w.dossier, w.quarter order by w.dossier, w.quarter",
        (wanted,),
    )
    for row in await cursor.fetchall():
        accounts[row["dossier"]].served.append(
            ServedQuarter(
                quarter=Quarter.parse(row["quarter"]),
                served_on=row["served_on"],
                interest_from=row["interest_from"],
            )
        )


async def trial_balance(connection: Connection, *, as_of: date, known_at: date) -> list[dict[str, Any]]:
    """Return what each account held on a day as it was known on a day: code, nature, name and signed cents."""
    cursor = await connection.execute(
        "select a.code, a.nature, a.name, b.cents from balance(%s, %s) b join account a on a.code = b.account "
        "order by a.code",
        (as_of, known_at),
    )
    return await cursor.fetchall()
