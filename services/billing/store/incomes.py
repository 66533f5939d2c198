"""Incomes as they became known; a correction is a new row and the old one stays."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from uuid6 import uuid7

from services.billing.domain.incomes import IncomeFileRefused, IncomeLine, IncomeReject, read_incomes
from services.billing.store.regularisations import request_for_import
from services.billing.store.subjects import dossiers_of_files
from shared.platform.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomesImported:
    """What became of a file of incomes."""

    import_id: UUID
    already_imported: bool
    accepted: int
    rejects: tuple[IncomeReject, ...]
    refusal: IncomeFileRefused | None


async def import_incomes(
    connection: Connection, *, content: bytes, received_on: date, received_by: str
) -> IncomesImported:
    """Keep a file of incomes and its accepted lines; the same file again changes nothing.

    In the same transaction the regularisation of every year that was billed here is asked for (RGS art. 43).

    A line is refused when its file number is unknown, when the file says it twice differently, or when another income
    of that year became known on the same day.
    """
    digest = hashlib.sha256(content).hexdigest()
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('income_import', 0))")
    known = await _known_import(connection, digest)
    if known is not None:
        return known
    refusal: IncomeFileRefused | None = None
    lines: list[IncomeLine] = []
    rejects: list[IncomeReject] = []
    try:
        lines, rejects = read_incomes(content)
    except IncomeFileRefused as error:
        refusal = error
    import_id = UUID(int=uuid7().int)
    accepted, refused = await _accepted(connection, lines)
    rejects = sorted([*rejects, *refused], key=lambda reject: reject.line)
    await connection.execute(
        "insert into income_import (import_id, sha256, received_on, received_by, content, accepted, refusal_rule, "
        "refusal_detail) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            import_id,
            digest,
            received_on,
            received_by,
            content,
            len(accepted),
            None if refusal is None else refusal.rule,
            None if refusal is None else refusal.detail,
        ),
    )
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into income (dossier, year, known_on, income_cents, import_id) values (%s, %s, %s, %s, %s)",
            [(dossier, line.year, line.known_on, line.income_cents, import_id) for dossier, line in accepted],
        )
        await cursor.executemany(
            "insert into income_reject (import_id, line, field, rule, detail) values (%s, %s, %s, %s, %s)",
            [(import_id, reject.line, reject.field, reject.rule, reject.detail) for reject in rejects],
        )
    await request_for_import(connection, import_id=import_id, received_on=received_on, requested_by=received_by)
    return IncomesImported(
        import_id=import_id,
        already_imported=False,
        accepted=len(accepted),
        rejects=tuple(rejects),
        refusal=refusal,
    )


async def incomes_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return every income of a dossier as it became known."""
    cursor = await connection.execute(
        "select year, known_on, income_cents from income where dossier = %s order by year, known_on", (dossier,)
    )
    return await cursor.fetchall()


async def _known_import(connection: Connection, digest: str) -> IncomesImported | None:
    cursor = await connection.execute("select * from income_import where sha256 = %s", (digest,))
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        "select line, field, rule, detail from income_reject where import_id = %s order by line", (row["import_id"],)
    )
    rejects = tuple(IncomeReject(**reject) for reject in await cursor.fetchall())
    refusal = None if row["refusal_rule"] is None else IncomeFileRefused(row["refusal_rule"], row["refusal_detail"])
    return IncomesImported(
        import_id=row["import_id"],
        already_imported=refusal is None,
        accepted=row["accepted"],
        rejects=rejects,
        refusal=refusal,
    )


async def _accepted(
    connection: Connection, lines: Sequence[IncomeLine]
) -> tuple[list[tuple[UUID, IncomeLine]], list[IncomeReject]]:
    dossiers = await dossiers_of_files(connection, file_numbers=[line.file_number for line in lines])
    cursor = await connection.execute(
        "select dossier, year, known_on, income_cents from income where dossier = any(%s)",
        (list(dossiers.values()),),
    )
    present = {(row["dossier"], row["year"], row["known_on"]): row["income_cents"] for row in await cursor.fetchall()}
    accepted: list[tuple[UUID, IncomeLine]] = []
    rejects: list[IncomeReject] = []
    for line in lines:
        dossier = dossiers.get(line.file_number)
        if dossier is None:
            rejects.append(_reject(line, "file_number", "unknownFile", "the fund has no file with this number"))
            continue
        key = (dossier, line.year, line.known_on)
        if key in present:
            if present[key] != line.income_cents:
                detail = "another income of this year became known on the same day"
                rejects.append(_reject(line, "income", "contradiction", detail))
            continue
        present[key] = line.income_cents
        accepted.append((dossier, line))
    return accepted, rejects


def _reject(line: IncomeLine, field: str, rule: str, detail: str) -> IncomeReject:
    return IncomeReject(line=line.line, field=field, rule=rule, detail=detail)
