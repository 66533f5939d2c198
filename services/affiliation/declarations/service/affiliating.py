"""Affiliates somebody whose declaration meets the rules: the rows, the fact, and what follows from the category."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from uuid6 import uuid7

from services.affiliation.categories.rules.categories import CategoryTerms, ReportedCategory
from services.affiliation.categories.service import periods as categories
from services.affiliation.people.rules.declaration import Origin
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.contracts.vocabulary import Category, Language
from shared.law.categories import meaning_of
from shared.platform import outbox
from shared.platform.database import Connection


async def affiliate(connection: Connection, *, row: Mapping[str, Any], reduced_until: date | None, today: date) -> None:
    """Write the affiliation and its category, and tell both with what follows from the category by law.

    Args:
        connection: the transaction that decides on the declaration.
        row: the declaration, with file number and language of the person.
        reduced_until: first day on which a primo-starter is no longer one; None for other categories.
        today: civil date of the affiliation.
    """
    affiliation_id = UUID(int=uuid7().int)
    await connection.execute(
        "insert into affiliation (affiliation_id, dossier, application_id, starts_on, first_activity, insurer, "
        "affiliated_on) values (%s, %s, %s, %s, %s, %s, %s)",
        (
            affiliation_id,
            row["dossier"],
            row["application_id"],
            row["starts_on"],
            row["first_activity"],
            row["insurer"],
            today,
        ),
    )
    terms = await _terms(connection, row=row)
    await categories.open_category(
        connection,
        dossier=row["dossier"],
        affiliation_id=affiliation_id,
        reported=ReportedCategory(applies_from=row["starts_on"], terms=terms, reduced_until=reduced_until),
        reported_on=row["received_on"],
    )
    await outbox.publish(
        connection,
        AffiliationOpened(
            dossier=row["dossier"],
            occurred_on=today,
            file_number=row["file_number"],
            category=Category(row["category"]),
            starts_on=row["starts_on"],
            first_activity=row["first_activity"],
            insurer=row["insurer"],
            language=Language(row["language"]),
            declared_on=row["received_on"],
            taken_over=taken_over(row),
            political_mandate=terms.political_mandate,
            old_age_opt_out=terms.old_age_opt_out,
            helped_dossier=terms.helped_dossier,
        ),
    )
    await categories.tell_what_follows(connection, dossier=row["dossier"], affiliation_id=affiliation_id, today=today)


async def _terms(connection: Connection, *, row: Mapping[str, Any]) -> CategoryTerms:
    """Return the category that was declared; whom a spouse helps stays open when the fund does not know that person."""
    category, helped = Category(row["category"]), None
    if meaning_of(category).helping_spouse.value and row["helped_national_number"] is not None:
        helped = await categories.dossier_of(connection, national_number=row["helped_national_number"])
    return CategoryTerms(
        category=category,
        political_mandate=row["political_mandate"],
        old_age_opt_out=row["old_age_opt_out"],
        helped_dossier=helped,
    )


def taken_over(row: Mapping[str, Any]) -> bool:
    """Return whether a file handed over an affiliation that already ran: nothing begins, so nothing is confirmed."""
    return Origin(row["origin"]) is Origin.IMPORTED and not row["first_activity"]
