"""Affiliates somebody whose declaration meets the rules: the affiliation, its fact, and what follows by law."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.affiliation.categories.rules.categories import CategoryTerms, ReportedCategory
from services.affiliation.categories.service import NewAffiliation, open_affiliation, tell_what_follows
from services.affiliation.declarations.rules.declaration import PersonDeclaration
from services.affiliation.declarations.store import LockedApplication
from services.affiliation.people.service import dossiers_of
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.law.categories import meaning_of
from shared.platform.database.connections import Connection
from shared.platform.messages_out import outbox


async def affiliate(
    connection: Connection, *, application: LockedApplication, reduced_until: date | None, today: date
) -> None:
    """Write the affiliation and its category, and tell both with what follows from the category by law.

    Args:
        connection: the transaction that decides on the declaration.
        application: the declaration.
        reduced_until: first day on which a primo-starter is no longer one; None for other categories.
        today: civil date of the affiliation.
    """
    dossier = application.dossier
    affiliation = NewAffiliation(
        affiliation_id=UUID(int=uuid7().int),
        dossier=dossier,
        application_id=application.application_id,
        starts_on=application.starts_on,
        first_activity=application.first_activity,
        insurer=application.insurer,
        affiliated_on=today,
    )
    terms = await _terms(connection, declaration=application)
    await open_affiliation(
        connection,
        affiliation=affiliation,
        category=ReportedCategory(applies_from=application.starts_on, terms=terms, reduced_until=reduced_until),
        reported_on=application.received_on,
    )
    await outbox.publish(
        connection,
        AffiliationOpened(
            dossier=dossier,
            occurred_on=today,
            file_number=application.file_number,
            category=application.category,
            starts_on=application.starts_on,
            first_activity=application.first_activity,
            insurer=application.insurer,
            language=application.language,
            declared_on=application.received_on,
            taken_over=application.taken_over(application.origin),
            political_mandate=terms.political_mandate,
            old_age_opt_out=terms.old_age_opt_out,
            helped_dossier=terms.helped_dossier,
        ),
    )
    await tell_what_follows(connection, dossier=dossier, affiliation_id=affiliation.affiliation_id, today=today)


async def _terms(connection: Connection, *, declaration: PersonDeclaration) -> CategoryTerms:
    """Return the category that was declared; whom a spouse helps stays open when the fund does not know that person."""
    number, helped = declaration.helped_national_number, None
    if meaning_of(declaration.category).helping_spouse.value and number is not None:
        helped = (await dossiers_of(connection, national_numbers=[number])).get(number)
    return CategoryTerms(
        category=declaration.category,
        political_mandate=declaration.political_mandate,
        old_age_opt_out=declaration.old_age_opt_out,
        helped_dossier=helped,
    )
