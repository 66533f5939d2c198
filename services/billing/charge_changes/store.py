"""Changes of what quarters are owed, kept with what they were assessed from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.billing.charge_changes.rules.entries import ChargeChange
from services.billing.charge_changes.rules.explanation import KeptChange
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all

#: Changes with what they were assessed from and the numbers of the law, from which the reasons are computed again.
_CHANGES: Final = (
    "select h.quarter, h.number, h.cause, h.cause_id, h.category, h.contribution_cents, h.fee_cents, "
    "h.previous_contribution_cents, h.previous_fee_cents, h.changed_on, h.due_on, h.assessed_contribution_cents, "
    "h.assessed_fee_cents, h.income_basis, h.income_cents, h.income_quarters, h.first_quarter, "
    "h.fee_rate_millionths, l.numbers as law, u.rule from contribution_change h join assessment_law l using (law_id) "
    "left join contribution_rule u on u.dossier = h.dossier and u.quarter = h.quarter and u.number = h.number "
)


async def insert_changes(connection: Connection, changes: Sequence[tuple[ChargeChange, UUID]]) -> None:
    """Keep changes, each with the id of the law it was assessed by.

    Raises:
        psycopg.errors.UniqueViolation: a change of this number, or of this cause, is there already.
    """
    rules = [
        (change.dossier, str(change.previous.quarter), change.previous.changes + 1, str(change.row["rule"]))
        for change, _ in changes
        if change.row["rule"] != change.category
    ]
    rows = [
        (
            change.dossier,
            str(change.previous.quarter),
            change.previous.changes + 1,
            str(change.cause),
            change.cause_id,
            change.category,
            change.contribution_cents,
            change.fee_cents,
            change.previous.contribution_cents,
            change.previous.fee_cents,
            change.changed_on,
            change.due_on,
            change.row["contribution_cents"],
            change.row["fee_cents"],
            change.row["income_basis"],
            change.row["income_cents"],
            change.row["income_quarters"],
            change.row["first_quarter"],
            change.row["fee_rate_millionths"],
            law_id,
            None if change.entry is None else change.entry.entry_id,
        )
        for change, law_id in changes
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into contribution_rule (dossier, quarter, number, rule) values (%s, %s, %s, %s)", rules
        )
        await cursor.executemany(
            "insert into contribution_change (dossier, quarter, number, cause, cause_id, category, "
            "contribution_cents, fee_cents, previous_contribution_cents, previous_fee_cents, changed_on, due_on, "
            "assessed_contribution_cents, assessed_fee_cents, income_basis, income_cents, income_quarters, "
            "first_quarter, fee_rate_millionths, law_id, entry_id) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


async def changes_of(connection: Connection, *, dossier: UUID) -> list[KeptChange]:
    """Return every change of what the quarters of a dossier are owed, in order."""
    return await fetch_all(
        connection, KeptChange, f"{_CHANGES} where h.dossier = %s order by h.quarter, h.number", (dossier,)
    )


async def changes_caused_by(connection: Connection, *, causes: Sequence[UUID]) -> list[KeptChange]:
    """Return what statements or requests changed, by quarter."""
    return await fetch_all(
        connection, KeptChange, f"{_CHANGES} where h.cause_id = any(%s) order by h.quarter", (list(causes),)
    )
