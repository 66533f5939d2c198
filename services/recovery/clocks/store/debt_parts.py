"""What billing told of the origin of overdue principal: contributions and supplements of regularisations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.recovery.clocks.rules.prescription import PrincipalPart
from shared.contracts.billing_v1 import PrincipalOrigin
from shared.contracts.billing_v1 import PrincipalPart as ToldPart
from shared.law.quarter import Quarter
from shared.platform.database import Connection


async def save_parts(
    connection: Connection, *, event_id: UUID, dossier: UUID, quarter: str, overdue_on: date, parts: Sequence[ToldPart]
) -> None:
    """Remember of which claims overdue principal is made, in euro cents; told again, nothing changes."""
    for position, part in enumerate(parts):
        await connection.execute(
            "insert into debt_part (event_id, position, dossier, quarter, overdue_on, origin, claimed_on, open_cents) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            (event_id, position, dossier, quarter, overdue_on, part.origin, part.claimed_on, part.open_cents),
        )


async def parts_of(
    connection: Connection, *, dossier: UUID, quarters: Sequence[Quarter]
) -> dict[Quarter, tuple[PrincipalPart, ...]]:
    """Return the parts of quarters as they were told last, the oldest claim first; nothing where none were told."""
    cursor = await connection.execute(
        """
        select quarter, origin, claimed_on, open_cents from debt_part part
        where dossier = %(dossier)s and quarter = any(%(quarters)s)
          and event_id = (select event_id from debt_part latest
                          where latest.dossier = part.dossier and latest.quarter = part.quarter
                          order by overdue_on desc, event_id limit 1)
        order by quarter, claimed_on, position
        """,
        {"dossier": dossier, "quarters": [str(quarter) for quarter in quarters]},
    )
    found: dict[Quarter, tuple[PrincipalPart, ...]] = {}
    for row in await cursor.fetchall():
        quarter = Quarter.parse(row["quarter"])
        part = PrincipalPart(
            claimed_on=row["claimed_on"],
            regularisation=row["origin"] == PrincipalOrigin.REGULARISATION,
            open_cents=row["open_cents"],
        )
        found[quarter] = (*found.get(quarter, ()), part)
    return found
