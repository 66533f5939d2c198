"""What the closing of a quarter reads and writes."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shared.law.quarter import Quarter
from shared.platform.database import Connection

#: Closings whose procedure must be alive.
OPEN_CLOSINGS: Final = (
    "select closing_id as reference, 'quarter-closing-' || quarter || "
    "case when attempt = 1 then '' else '-' || attempt end as workflow_id, null::uuid as dossier "
    "from quarter_closing where status in ('requested', 'closing')"
)


async def open_fines(connection: Connection, *, quarter: Quarter, first: UUID, last: UUID) -> dict[UUID, list[Quarter]]:
    """Return the quarters up to one under which a fine of a dossier of a page is open."""
    cursor = await connection.execute(
        "select distinct o.dossier, o.quarter from fine_charged f join open_item o "
        "on o.dossier = f.dossier and o.quarter = f.quarter and o.kind = 'fine' "
        "where f.quarter <= %s and f.dossier between %s and %s and o.open_cents > 0 order by o.dossier, o.quarter",
        (str(quarter), first, last),
    )
    found: dict[UUID, list[Quarter]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["dossier"], []).append(Quarter.parse(row["quarter"]))
    return found
