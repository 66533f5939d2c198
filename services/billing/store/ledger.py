"""The journal: entries are added, whole and balanced, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.billing.domain.debtor_account import BookedSurcharge, DebtorAccount, ServedQuarter
from services.billing.domain.ledger import ItemBalance, JournalEntry
from services.billing.store.copying import copy_rows, free_text, row
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
    await copy_rows(
        connection,
        "journal_entry",
        ENTRY_COLUMNS,
        [
            row(entry.entry_id, entry.kind, entry.value_date, booking_date, free_text(entry.reference))
            for entry in entries
        ],
    )
    await copy_rows(
        connection,
        "journal_line",
        LINE_COLUMNS,
        [row(*values) for entry in entries for values in _line_rows(entry, booking_date)],
    )


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
    for found in await cursor.fetchall():
        key = (Quarter.parse(found["quarter"]), AmountKind(found["kind"]))
        account = accounts[found["dossier"]]
        account.items[key] = item_balance(found)
        account.charged_on[key] = found["charged_on"]
    cursor = await connection.execute("select * from dossier_credit where dossier = any(%s)", (wanted,))
    for found in await cursor.fetchall():
        accounts[found["dossier"]].credit_cents = found["credit_cents"]
    await _load_surcharges(connection, wanted, accounts)
    await _load_served(connection, wanted, accounts)
    return accounts


def item_balance(found: dict[str, Any]) -> ItemBalance:
    """Turn a row of the view of open items into what the rules work with."""
    return ItemBalance(
        quarter=Quarter.parse(found["quarter"]),
        kind=AmountKind(found["kind"]),
        charged_cents=found["charged_cents"],
        paid_cents=found["paid_cents"],
        waived_cents=found["waived_cents"],
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
    for found in await cursor.fetchall():
        accounts[found["dossier"]].surcharges.append(
            BookedSurcharge(
                quarter=Quarter.parse(found["quarter"]),
                closing=Quarter.parse(found["closing"]),
                kind=found["kind"],
                charged_on=found["charged_on"],
                rate=Decimal(found["rate"]),
                base_cents=found["base_cents"],
                surcharge_cents=found["surcharge_cents"],
            )
        )


async def _load_served(connection: Connection, wanted: list[UUID], accounts: dict[UUID, DebtorAccount]) -> None:
    cursor = await connection.execute(
        "select w.dossier, w.quarter, w.served_on, coalesce(max(i.ends_before), w.served_on) as interest_from "
        "from warrant_served w left join interest_booked i using (dossier, quarter) where w.dossier = any(%s) "
        "group by w.dossier, w.quarter order by w.dossier, w.quarter",
        (wanted,),
    )
    for found in await cursor.fetchall():
        accounts[found["dossier"]].served.append(
            ServedQuarter(
                quarter=Quarter.parse(found["quarter"]),
                served_on=found["served_on"],
                interest_from=found["interest_from"],
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
