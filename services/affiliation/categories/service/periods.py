"""Categories of affiliations as rows and facts: what is reported, and what follows from it by law, told in advance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.affiliation.categories.rules.categories import (
    CategoryTerms,
    KnownAffiliation,
    ReportedCategory,
    changes_by_law,
)
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.vocabulary import Category
from shared.platform import outbox
from shared.platform.database import Connection

_REPORTED: Final = "reported"
_BY_LAW: Final = "followsByLaw"

_KNOWN: Final = (
    "select p.dossier, p.national_number, a.affiliation_id, a.starts_on, a.ceased_on, k.applies_from, k.category "
    "from person p join affiliation a on a.dossier = p.dossier join lateral (select distinct on (c.applies_from) "
    "c.applies_from, c.category from category_period c where c.affiliation_id = a.affiliation_id "
    "order by c.applies_from, c.position desc) k on true "
    "where {condition} order by a.starts_on, a.affiliation_id, k.applies_from"
)


async def known_affiliations(
    connection: Connection, *, national_numbers: Collection[str]
) -> dict[str, tuple[KnownAffiliation, ...]]:
    """Return the affiliations of people with their categories, the oldest first; who has none is left out."""
    cursor = await connection.execute(_KNOWN.format(condition="p.national_number = any(%s)"), (list(national_numbers),))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await cursor.fetchall():
        found[row["national_number"]].append(row)
    return {number: _affiliations(rows) for number, rows in found.items()}


async def affiliations_of(connection: Connection, *, dossier: UUID) -> tuple[KnownAffiliation, ...]:
    """Return the affiliations of a dossier with their categories, the oldest first."""
    cursor = await connection.execute(_KNOWN.format(condition="p.dossier = %s"), (dossier,))
    return _affiliations(await cursor.fetchall())


async def dossier_of(connection: Connection, *, national_number: str) -> UUID | None:
    """Return the dossier of a person, None when the fund does not know them."""
    cursor = await connection.execute("select dossier from person where national_number = %s", (national_number,))
    row = await cursor.fetchone()
    return None if row is None else UUID(str(row["dossier"]))


async def is_person(connection: Connection, *, dossier: UUID) -> bool:
    """Tell whether a dossier is that of a person the fund knows."""
    cursor = await connection.execute("select from person where dossier = %s", (dossier,))
    return await cursor.fetchone() is not None


async def open_category(
    connection: Connection, *, dossier: UUID, affiliation_id: UUID, reported: ReportedCategory, reported_on: date
) -> None:
    """Write the category an affiliation begins with; it is told by the fact of the affiliation."""
    await _insert(
        connection,
        dossier=dossier,
        affiliation_id=affiliation_id,
        reported=reported,
        ground=_REPORTED,
        reported_on=reported_on,
    )


async def report_category(
    connection: Connection, *, dossier: UUID, affiliation_id: UUID, reported: ReportedCategory, today: date
) -> bool:
    """Write and tell another category; False, and nothing changes, when that is what holds from that day already."""
    cursor = await connection.execute(
        "select * from category_period where affiliation_id = %s and applies_from = %s order by position desc limit 1",
        (affiliation_id, reported.applies_from),
    )
    row = await cursor.fetchone()
    if row is not None and row["ground"] == _REPORTED and _reported(row) == reported:
        return False
    await _tell(
        connection, dossier=dossier, affiliation_id=affiliation_id, reported=reported, ground=_REPORTED, today=today
    )
    return True


async def tell_what_follows(connection: Connection, *, dossier: UUID, affiliation_id: UUID, today: date) -> None:
    """Write and tell the changes that follow by law from what was reported; nothing happens when all were told.

    The rows of earlier affiliations count as told: what was announced for a day after their end must not come true in
    this one.
    """
    cursor = await connection.execute(
        "select distinct on (k.applies_from) k.*, a.affiliation_id = %(affiliation_id)s as running "
        "from category_period k join affiliation a on a.affiliation_id = k.affiliation_id "
        "where a.dossier = %(dossier)s order by k.applies_from, k.position desc",
        {"dossier": dossier, "affiliation_id": affiliation_id},
    )
    rows = await cursor.fetchall()
    reported = [_reported(row) for row in rows if row["running"] and row["ground"] == _REPORTED]
    told = {row["applies_from"]: _terms(row) for row in rows if not (row["running"] and row["ground"] == _REPORTED)}
    for day, terms in changes_by_law(reported=reported, told=told):
        await _tell(
            connection,
            dossier=dossier,
            affiliation_id=affiliation_id,
            reported=ReportedCategory(applies_from=day, terms=terms),
            ground=_BY_LAW,
            today=today,
        )


async def _tell(
    connection: Connection,
    *,
    dossier: UUID,
    affiliation_id: UUID,
    reported: ReportedCategory,
    ground: str,
    today: date,
) -> None:
    revision = await _insert(
        connection,
        dossier=dossier,
        affiliation_id=affiliation_id,
        reported=reported,
        ground=ground,
        reported_on=today,
    )
    terms = reported.terms
    await outbox.publish(
        connection,
        AffiliationCategoryChanged(
            dossier=dossier,
            occurred_on=today,
            category=terms.category,
            applies_from=reported.applies_from,
            revision=revision,
            political_mandate=terms.political_mandate,
            old_age_opt_out=terms.old_age_opt_out,
            helped_dossier=terms.helped_dossier,
        ),
    )


async def _insert(
    connection: Connection,
    *,
    dossier: UUID,
    affiliation_id: UUID,
    reported: ReportedCategory,
    ground: str,
    reported_on: date,
) -> int:
    """Write a row and return its revision: how many rows the dossier had for that day before."""
    terms = reported.terms
    cursor = await connection.execute(
        "insert into category_period (affiliation_id, category, applies_from, ground, reduced_until, "
        "political_mandate, old_age_opt_out, helped_dossier, reported_on, revision) "
        "select %(affiliation_id)s, %(category)s, %(applies_from)s, %(ground)s, %(reduced_until)s, "
        "%(political_mandate)s, %(old_age_opt_out)s, %(helped_dossier)s, %(reported_on)s, count(*) "
        "from category_period k join affiliation a on a.affiliation_id = k.affiliation_id "
        "where a.dossier = %(dossier)s and k.applies_from = %(applies_from)s returning revision",
        {
            "dossier": dossier,
            "affiliation_id": affiliation_id,
            "category": terms.category,
            "applies_from": reported.applies_from,
            "ground": ground,
            "reduced_until": reported.reduced_until,
            "political_mandate": terms.political_mandate,
            "old_age_opt_out": terms.old_age_opt_out,
            "helped_dossier": terms.helped_dossier,
            "reported_on": reported_on,
        },
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["revision"])


def _reported(row: dict[str, Any]) -> ReportedCategory:
    return ReportedCategory(applies_from=row["applies_from"], terms=_terms(row), reduced_until=row["reduced_until"])


def _terms(row: dict[str, Any]) -> CategoryTerms:
    return CategoryTerms(
        category=Category(row["category"]),
        political_mandate=row["political_mandate"],
        old_age_opt_out=row["old_age_opt_out"],
        helped_dossier=row["helped_dossier"],
    )


def _affiliations(rows: list[dict[str, Any]]) -> tuple[KnownAffiliation, ...]:
    parts: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        parts.setdefault(row["affiliation_id"], []).append(row)
    return tuple(
        KnownAffiliation(
            starts_on=part[0]["starts_on"],
            ceased_on=part[0]["ceased_on"],
            categories=tuple((row["applies_from"], Category(row["category"])) for row in part),
        )
        for part in parts.values()
    )
