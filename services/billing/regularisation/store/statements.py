"""Statements of regularisation: as they were kept, with their notices, surcharges and orders to pay back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.correspondence.rules.channels import TO_HAND_OVER
from services.billing.regularisation.rules import (
    REGULARISATION_ARTICLE,
    STATEMENT_DOCUMENT,
    KeptStatement,
    KeptSurcharge,
    Regularised,
)
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value

_STATEMENT: Final = (
    "select g.regularisation_id, g.dossier, g.year, g.number, g.income_cents, g.income_known_on, g.quarters_subject, "
    "g.issued_on, g.due_on, g.previous_cents, g.definitive_cents, g.spared_cents, g.surcharge_cents, "
    "g.previous_surcharge_cents, g.refund_cents, g.reference, s.file_number, "
    "coalesce(n.credit_used_cents, 0) as credit_used_cents, d.id is not null as made "
    "from regularisation g join subject s using (dossier) left join notice n on n.reference = g.reference "
    f"left join document d on d.kind = '{STATEMENT_DOCUMENT}' and d.reference = g.regularisation_id::text "
)


async def reduction_surcharges_of(connection: Connection, *, dossier: UUID) -> dict[Quarter, int]:
    """Return where surcharges of reductions that proved wrong stand charged, in cents (royal decree 38, art. 11bis).

    Those of a year stand on one quarter, the last one of the statement that charged them first.
    """
    return dict(
        await fetch_all(
            connection,
            _standing,
            "select l.quarter, sum(l.cents)::bigint as cents from regularisation g "
            "join journal_line l on l.entry_id = g.surcharge_entry_id and l.account = 'receivable' "
            "and l.nature = 'charge' where g.dossier = %s group by l.quarter having sum(l.cents) > 0 "
            "order by l.quarter",
            (dossier,),
        )
    )


async def unsent_statements(
    connection: Connection, *, run_id: UUID, after: UUID | None, limit: int
) -> list[KeptStatement]:
    """Return statements of a run whose letter no carrier has, without their quarters.

    ``made`` tells whether the letter itself was made.
    """
    return await _with_surcharges(
        connection,
        await fetch_all(
            connection,
            KeptStatement,
            f"{_STATEMENT} where g.run_id = %(run_id)s "
            f"and (%(after)s::uuid is null or g.regularisation_id > %(after)s) and (d.id is null or {TO_HAND_OVER}) "
            "order by g.regularisation_id limit %(limit)s",
            {"run_id": run_id, "after": after, "limit": limit},
        ),
    )


async def statements_of(connection: Connection, *, dossier: UUID) -> list[KeptStatement]:
    """Return every statement of a dossier, the oldest first, without its quarters."""
    return await _with_surcharges(
        connection,
        await fetch_all(
            connection, KeptStatement, f"{_STATEMENT} where g.dossier = %s order by g.year, g.number", (dossier,)
        ),
    )


async def next_notice_number(connection: Connection, *, dossier: UUID) -> int:
    """Return the number of the next notice of a dossier."""
    return int(
        await fetch_value(
            connection, "select coalesce(max(number), 0) + 1 as number from notice where dossier = %s", (dossier,)
        )
    )


async def insert_notice(
    connection: Connection,
    *,
    statement: Regularised,
    run_id: UUID,
    reference: str,
    number: int,
    credit_used_cents: int,
) -> None:
    """Keep the notice of a supplement."""
    await connection.execute(
        "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, issued_on, "
        "due_on, run_id) values (%s, %s, %s, 'regularisation', %s, %s, %s, %s, %s, %s)",
        (
            reference,
            statement.facts.dossier,
            str(statement.quarters[-1].quarter),
            number,
            statement.difference_cents,
            credit_used_cents,
            statement.issued_on,
            statement.due_on,
            run_id,
        ),
    )


async def insert_statement(
    connection: Connection,
    *,
    statement: Regularised,
    regularisation_id: UUID,
    run_id: UUID,
    reference: str | None,
    refund_cents: int,
    surcharge_entry_id: UUID | None,
) -> None:
    """Keep a statement."""
    await connection.execute(
        "insert into regularisation (regularisation_id, run_id, dossier, year, number, income_cents, income_known_on, "
        "quarters_subject, issued_on, due_on, previous_cents, definitive_cents, spared_cents, surcharge_cents, "
        "previous_surcharge_cents, refund_cents, reference, surcharge_entry_id) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            regularisation_id,
            run_id,
            statement.facts.dossier,
            statement.year,
            statement.number,
            statement.income_cents,
            statement.income_known_on,
            statement.quarters_subject,
            statement.issued_on,
            statement.due_on,
            statement.previous_cents,
            statement.definitive_cents,
            statement.spared_cents,
            statement.surcharge_cents,
            statement.previous_surcharge_cents,
            refund_cents,
            reference,
            surcharge_entry_id,
        ),
    )


async def insert_reduction_surcharges(
    connection: Connection, *, statement: Regularised, regularisation_id: UUID
) -> None:
    """Keep the surcharges of art. 11bis as a statement left them."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into reduction_surcharge (regularisation_id, position, closing, kind, charged_on, base_cents, "
            "rate, surcharge_cents, article) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    regularisation_id,
                    position,
                    str(one.closing),
                    str(one.kind),
                    one.charged_on,
                    one.base_cents,
                    one.rate,
                    one.cents,
                    one.article,
                )
                for position, one in enumerate(statement.surcharges, start=1)
            ],
        )


async def insert_refund_order(
    connection: Connection, *, refund_id: UUID, dossier: UUID, regularisation_id: UUID, cents: int, ordered_on: date
) -> bool:
    """Keep the order to pay back what a statement freed; tell whether it was not ordered before."""
    cursor = await connection.execute(
        "insert into refund_order (refund_id, dossier, cause, cause_id, amount_cents, ordered_on, article) "
        "values (%s, %s, 'regularisation', %s, %s, %s, %s) on conflict (cause, cause_id) do nothing",
        (refund_id, dossier, regularisation_id, cents, ordered_on, REGULARISATION_ARTICLE),
    )
    return cursor.rowcount > 0


async def _with_surcharges(connection: Connection, statements: Sequence[KeptStatement]) -> list[KeptStatement]:
    surcharges: dict[UUID, list[KeptSurcharge]] = {}
    for regularisation_id, surcharge in await fetch_all(
        connection,
        _owned_surcharge,
        "select regularisation_id, charged_on, base_cents, rate, surcharge_cents, article "
        "from reduction_surcharge where regularisation_id = any(%s) order by regularisation_id, position",
        ([statement.regularisation_id for statement in statements],),
    ):
        surcharges.setdefault(regularisation_id, []).append(surcharge)
    return [
        replace(statement, surcharges=tuple(surcharges.get(statement.regularisation_id, ())))
        for statement in statements
    ]


def _owned_surcharge(*, regularisation_id: UUID, **surcharge: Any) -> tuple[UUID, KeptSurcharge]:
    return regularisation_id, KeptSurcharge(**surcharge)


def _standing(*, quarter: str, cents: int) -> tuple[Quarter, int]:
    return Quarter.parse(quarter), cents
