"""The confirmation of an affiliation: what it says, and the letter as it was sent."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.affiliation.people.rules.identity import ConfirmationFacts
from services.affiliation.people.service.identities import read_identities
from shared.contracts.vocabulary import Category
from shared.platform.auth import Role
from shared.platform.database import Connection
from shared.platform.documents import store_document

_KIND: Final = "affiliationConfirmation"


class AffiliationMissing(LookupError):
    """The declaration has not led to an affiliation."""


async def find_confirmation(connection: Connection, *, application_id: UUID) -> UUID | None:
    """Return the letter that was kept for a declaration, None when there is none yet."""
    cursor = await connection.execute(
        "select id from document where kind = %s and reference = %s", (_KIND, str(application_id))
    )
    row = await cursor.fetchone()
    return None if row is None else UUID(str(row["id"]))


async def facts_of(connection: Connection, *, application_id: UUID) -> ConfirmationFacts:
    """Return what the confirmation says.

    Raises:
        AffiliationMissing: the declaration has not led to an affiliation.
    """
    cursor = await connection.execute(
        "select r.dossier, r.starts_on, r.insurer, a.category, a.received_on, k.reduced_until from affiliation r "
        "join application a on a.application_id = r.application_id "
        "join category_period k on k.affiliation_id = r.affiliation_id and k.applies_from = r.starts_on "
        "where r.application_id = %s order by k.position limit 1",
        (application_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise AffiliationMissing(str(application_id))
    identities = await read_identities(
        connection, dossiers=[row["dossier"]], actor="affiliation", purpose="confirmation of affiliation"
    )
    return ConfirmationFacts(
        identity=identities[0],
        application_id=application_id,
        category=Category(row["category"]),
        starts_on=row["starts_on"],
        received_on=row["received_on"],
        insurer=row["insurer"],
        reduced_until=row["reduced_until"],
    )


async def keep(connection: Connection, *, facts: ConfirmationFacts, content: bytes, today: date) -> UUID:
    """Keep the letter; one for each declaration."""
    identity = facts.identity
    return await store_document(
        connection,
        kind=_KIND,
        reference=str(facts.application_id),
        dossier=identity.dossier,
        language=identity.language,
        media_type="application/pdf",
        name=f"confirmations/{today.isoformat()}/{identity.file_number:07d}-{identity.language}.pdf",
        content=content,
        business_date=today,
        readers=(Role.AFFILIATION_AGENT,),
    )
