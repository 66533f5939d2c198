"""Who somebody is: read only here, only for a stated purpose, and every read is on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.affiliation.people.rules.identity import Identity
from shared.platform.audit import AuditEntry, record_many
from shared.platform.database import Connection

_SELECT: Final = (
    "select d.dossier, d.file_number, d.kind, p.language, p.street, p.house_number, p.postal_code, p.city, p.country, "
    "p.first_name, p.last_name, null as company_name, p.national_number, null as enterprise_number, "
    "p.account_number, p.email, h.channel, h.chosen_on as channel_chosen_on "
    "from dossier d join person p on p.dossier = d.dossier "
    "left join lateral (select channel, chosen_on from channel_choice h where h.dossier = d.dossier "
    "order by h.number desc limit 1) h on true "
    "where d.dossier = any(%(dossiers)s) "
    "union all "
    "select d.dossier, d.file_number, d.kind, c.language, c.street, c.house_number, c.postal_code, c.city, c.country, "
    "null, null, c.name, null, c.enterprise_number, null, null, h.channel, h.chosen_on "
    "from dossier d join company c on c.dossier = d.dossier "
    "left join lateral (select channel, chosen_on from channel_choice h where h.dossier = d.dossier "
    "order by h.number desc limit 1) h on true where d.dossier = any(%(dossiers)s) "
    "order by file_number"
)


async def read_identities(
    connection: Connection, *, dossiers: Sequence[UUID], actor: str, purpose: str
) -> list[Identity]:
    """Return who the dossiers are about, in order of file number; unknown dossiers are left out.

    Args:
        connection: the transaction; the reads are on record when it commits.
        dossiers: whose identity is needed.
        actor: who asks.
        purpose: what for.
    """
    cursor = await connection.execute(_SELECT, {"dossiers": list(dossiers)})
    found = [Identity(**row) for row in await cursor.fetchall()]
    if found:
        await record_many(
            connection,
            [
                AuditEntry(actor=actor, action="identity.read", dossier=one.dossier, purpose=purpose, details={})
                for one in found
            ],
        )
    return found


async def choose_channel(
    connection: Connection, *, dossier: UUID, channel: str, chosen_on: date, recorded_by: str
) -> bool:
    """Keep how somebody wants to receive ordinary letters; the same choice again changes nothing.

    Returns:
        Whether the dossier is known.
    """
    # Two choices at the same moment get two numbers.
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"channel_choice|{dossier}",))
    cursor = await connection.execute("select from dossier where dossier = %s", (dossier,))
    if await cursor.fetchone() is None:
        return False
    await connection.execute(
        "insert into channel_choice (dossier, number, channel, chosen_on, recorded_by) "
        "select %(dossier)s, coalesce(max(number), 0) + 1, %(channel)s, %(chosen_on)s, %(recorded_by)s "
        "from channel_choice where dossier = %(dossier)s "
        "having coalesce((array_agg(channel order by number desc))[1], 'post') <> %(channel)s",
        {"dossier": dossier, "channel": channel, "chosen_on": chosen_on, "recorded_by": recorded_by},
    )
    return True
