"""The confirmation of an affiliation: what it says, and the letter as it was sent."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.affiliation.declarations import store
from services.affiliation.declarations.rules.declaration import ConfirmationFacts
from services.affiliation.people.service import read_identities
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.people.documents import store_document

_KIND: Final = "affiliationConfirmation"


class AffiliationMissing(LookupError):
    """The declaration has not led to an affiliation."""


async def find_confirmation(connection: Connection, *, application_id: UUID) -> UUID | None:
    """Return the letter that was kept for a declaration, None when there is none yet."""
    return await store.find_letter(connection, kind=_KIND, application_id=application_id)


async def facts_of(connection: Connection, *, application_id: UUID) -> ConfirmationFacts:
    """Return what the confirmation says.

    Raises:
        AffiliationMissing: the declaration has not led to an affiliation.
    """
    confirmed = await store.find_confirmed(connection, application_id=application_id)
    if confirmed is None:
        raise AffiliationMissing(str(application_id))
    [identity] = await read_identities(
        connection, dossiers=[confirmed.dossier], actor="affiliation", purpose="confirmation of affiliation"
    )
    return ConfirmationFacts(identity=identity, **vars(confirmed))


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
