"""Incomes as they became known; a correction is a new row and the old one stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.billing.incomes.rules import IncomeLine
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all


async def known_incomes(connection: Connection, *, dossiers: Sequence[UUID]) -> dict[tuple[UUID, int, date], int]:
    """Return the incomes of dossiers in cents, by dossier, year and the day each became known."""
    return dict(
        await fetch_all(
            connection,
            _income,
            "select dossier, year, known_on, income_cents from income where dossier = any(%s)",
            (list(dossiers),),
        )
    )


async def insert_incomes(connection: Connection, accepted: Sequence[tuple[UUID, IncomeLine]], import_id: UUID) -> None:
    """Keep the accepted lines of an import."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into income (dossier, year, known_on, income_cents, import_id) values (%s, %s, %s, %s, %s)",
            [(dossier, line.year, line.known_on, line.income_cents, import_id) for dossier, line in accepted],
        )


def _income(*, dossier: UUID, year: int, known_on: date, income_cents: int) -> tuple[tuple[UUID, int, date], int]:
    return (dossier, year, known_on), income_cents
