"""Statements of regularisation as letters, explanations and answers read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from services.billing.correspondence.rules.channels import TO_HAND_OVER
from shared.law.quarter import Quarter
from shared.platform.database import Connection

STATEMENT_DOCUMENT: Final = "regularisationStatement"

_STATEMENT: Final = (
    "select g.regularisation_id, g.dossier, g.year, g.number, g.income_cents, g.income_known_on, g.quarters_subject, "
    "g.issued_on, g.due_on, g.previous_cents, g.definitive_cents, g.spared_cents, g.surcharge_cents, "
    "g.previous_surcharge_cents, g.refund_cents, g.reference, s.file_number, "
    "coalesce(n.credit_used_cents, 0) as credit_used_cents, d.id is not null as made "
    "from regularisation g join subject s using (dossier) left join notice n on n.reference = g.reference "
    f"left join document d on d.kind = '{STATEMENT_DOCUMENT}' and d.reference = g.regularisation_id::text "
)
#: Changes with what they were assessed from and the numbers of the law, from which the reasons are computed again.
_CHANGES: Final = (
    "select h.quarter, h.number, h.cause, h.cause_id, h.category, h.contribution_cents, h.fee_cents, "
    "h.previous_contribution_cents, h.previous_fee_cents, h.changed_on, h.due_on, h.assessed_contribution_cents, "
    "h.assessed_fee_cents, h.income_basis, h.income_cents, h.income_quarters, h.first_quarter, "
    "h.fee_rate_millionths, l.numbers as law, u.rule from contribution_change h join assessment_law l using (law_id) "
    "left join contribution_rule u on u.dossier = h.dossier and u.quarter = h.quarter and u.number = h.number "
)


async def reduction_surcharges_of(connection: Connection, *, dossier: UUID) -> dict[Quarter, int]:
    """Return where surcharges of reductions that proved wrong stand charged, in cents (royal decree 38, art. 11bis).

    Those of a year stand on one quarter, the last one of the statement that charged them first.
    """
    cursor = await connection.execute(
        "select l.quarter, sum(l.cents)::bigint as cents from regularisation g "
        "join journal_line l on l.entry_id = g.surcharge_entry_id and l.account = 'receivable' "
        "and l.nature = 'charge' where g.dossier = %s group by l.quarter having sum(l.cents) > 0 order by l.quarter",
        (dossier,),
    )
    return {Quarter.parse(row["quarter"]): row["cents"] for row in await cursor.fetchall()}


async def unsent_letters(
    connection: Connection, *, run_id: UUID, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Return statements of a run whose letter no carrier has, each with its quarters and surcharges.

    ``made`` tells whether the letter itself was made.
    """
    cursor = await connection.execute(
        f"{_STATEMENT} where g.run_id = %(run_id)s "
        f"and (%(after)s::uuid is null or g.regularisation_id > %(after)s) and (d.id is null or {TO_HAND_OVER}) "
        "order by g.regularisation_id limit %(limit)s",
        {"run_id": run_id, "after": after, "limit": limit},
    )
    return await _with_parts(connection, await cursor.fetchall())


async def statements_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return every statement of a dossier, the oldest first, each with its quarters and surcharges."""
    cursor = await connection.execute(f"{_STATEMENT} where g.dossier = %s order by g.year, g.number", (dossier,))
    return await _with_parts(connection, await cursor.fetchall())


async def changes_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return every change of what the quarters of a dossier are owed, in order."""
    cursor = await connection.execute(
        f"{_CHANGES} where h.dossier = %s order by h.quarter, h.number",
        (dossier,),
    )
    return await cursor.fetchall()


async def refunds_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the orders to pay back, the oldest first."""
    cursor = await connection.execute(
        "select refund_id, cause, cause_id, amount_cents, ordered_on, article from refund_order where dossier = %s "
        "order by ordered_on, refund_id",
        (dossier,),
    )
    return await cursor.fetchall()


async def reduction_surcharges(
    connection: Connection, *, regularisations: Sequence[UUID]
) -> dict[UUID, list[dict[str, Any]]]:
    """Return the surcharges of art. 11bis as each statement left them, by statement, in order."""
    cursor = await connection.execute(
        "select regularisation_id, closing, kind, charged_on, base_cents, rate, surcharge_cents, "
        "surcharge_cents as amount_cents, article "
        "from reduction_surcharge where regularisation_id = any(%s) order by regularisation_id, position",
        (list(regularisations),),
    )
    surcharges: dict[UUID, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        surcharges.setdefault(row.pop("regularisation_id"), []).append(row)
    return surcharges


async def _with_parts(connection: Connection, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = [statement["regularisation_id"] for statement in statements]
    cursor = await connection.execute(
        f"{_CHANGES} where h.cause_id = any(%s) order by h.quarter",
        (wanted,),
    )
    quarters: dict[UUID, list[dict[str, Any]]] = {}
    for row in await cursor.fetchall():
        quarters.setdefault(row.pop("cause_id"), []).append(row)
    surcharges = await reduction_surcharges(connection, regularisations=wanted)
    return [
        {
            **statement,
            "quarters": quarters.get(statement["regularisation_id"], []),
            "surcharges": surcharges.get(statement["regularisation_id"], []),
        }
        for statement in statements
    ]
