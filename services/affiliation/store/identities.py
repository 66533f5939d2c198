"""Who somebody is: read only here, only for a stated purpose, and every read is on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from services.affiliation.domain.identity import Identity
from shared.platform.audit import AuditEntry, record_many
from shared.platform.database import Connection

_SELECT: Final = (
    "select d.dossier, d.file_number, d.kind, p.language, p.street, p.house_number, p.postal_code, p.city, p.country, "
    "p.first_name, p.last_name, null as company_name, p.national_number, null as enterprise_number, "
    "p.account_number, p.email from dossier d join person p on p.dossier = d.dossier "
    "where d.dossier = any(%(dossiers)s) "
    "union all "
    "select d.dossier, d.file_number, d.kind, c.language, c.street, c.house_number, c.postal_code, c.city, c.country, "
    "null, null, c.name, null, c.enterprise_number, null, null "
    "from dossier d join company c on c.dossier = d.dossier where d.dossier = any(%(dossiers)s) "
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
