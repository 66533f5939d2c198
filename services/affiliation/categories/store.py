"""SQL of affiliations and of their categories over time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.affiliation.categories.rules.categories import CategoryTerms, KnownAffiliation, ReportedCategory
from shared.contracts.affiliation_v1 import CessationReason
from shared.contracts.vocabulary import Category
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value


@dataclass(frozen=True, kw_only=True)
class NewAffiliation:
    """An affiliation that begins."""

    affiliation_id: UUID
    dossier: UUID
    application_id: UUID
    starts_on: date
    first_activity: bool
    insurer: str
    affiliated_on: date


@dataclass(frozen=True, kw_only=True)
class Cessation:
    """An affiliation that has ended."""

    dossier: UUID
    ceased_on: date
    reason: CessationReason
    reported_on: date
    reported_late: bool


@dataclass(frozen=True, kw_only=True)
class Affiliation:
    """The newest affiliation of a dossier, and how it ended when it has."""

    affiliation_id: UUID
    dossier: UUID
    birth_date: date
    starts_on: date
    cessation: Cessation | None

    @property
    def ceased_on(self) -> date | None:
        """Last day of the activity, None while it runs."""
        return None if self.cessation is None else self.cessation.ceased_on


@dataclass(frozen=True, kw_only=True)
class KeptCategory:
    """The category that holds from a day on: of the affiliation that is asked for or of an earlier one."""

    category: ReportedCategory
    by_law: bool
    earlier: bool


_KNOWN: Final = (
    "select p.national_number, a.starts_on, a.ceased_on, array_agg(k.applies_from order by k.applies_from) as days, "
    "array_agg(k.category order by k.applies_from) as categories "
    "from person p join affiliation a on a.dossier = p.dossier join lateral (select distinct on (c.applies_from) "
    "c.applies_from, c.category from category_period c where c.affiliation_id = a.affiliation_id "
    "order by c.applies_from, c.position desc) k on true "
    "where {condition} group by p.national_number, a.affiliation_id order by a.starts_on, a.affiliation_id"
)


async def known_by_number(
    connection: Connection, *, national_numbers: Collection[str]
) -> list[tuple[str, KnownAffiliation]]:
    """Return the affiliations of people, each with the national number, the oldest first."""
    statement = _KNOWN.format(condition="p.national_number = any(%s)")
    return await fetch_all(connection, _known, statement, (list(national_numbers),))


async def affiliations_of(connection: Connection, *, dossier: UUID) -> tuple[KnownAffiliation, ...]:
    """Return the affiliations of a dossier with their categories, the oldest first."""
    found = await fetch_all(connection, _known, _KNOWN.format(condition="p.dossier = %s"), (dossier,))
    return tuple(affiliation for _, affiliation in found)


async def lock_newest(connection: Connection, *, dossier: UUID) -> Affiliation | None:
    """Return the newest affiliation of a dossier, locked, None when there is none."""
    return await fetch_one(
        connection,
        _affiliation,
        "select a.affiliation_id, a.dossier, a.starts_on, a.ceased_on, a.cessation_reason, a.cessation_reported_on, "
        "a.cessation_reported_late, p.birth_date from affiliation a join person p on p.dossier = a.dossier "
        "where a.dossier = %s order by a.starts_on desc limit 1 for update of a",
        (dossier,),
    )


async def insert_affiliation(connection: Connection, *, affiliation: NewAffiliation) -> None:
    """Write an affiliation."""
    await connection.execute(
        "insert into affiliation (affiliation_id, dossier, application_id, starts_on, first_activity, insurer, "
        "affiliated_on) values (%(affiliation_id)s, %(dossier)s, %(application_id)s, %(starts_on)s, "
        "%(first_activity)s, %(insurer)s, %(affiliated_on)s)",
        vars(affiliation),
    )


async def end_affiliation(connection: Connection, *, affiliation_id: UUID, cessation: Cessation) -> None:
    """Write how an affiliation ended."""
    await connection.execute(
        "update affiliation set ceased_on = %(ceased_on)s, cessation_reason = %(reason)s, "
        "cessation_reported_on = %(reported_on)s, cessation_reported_late = %(reported_late)s "
        "where affiliation_id = %(affiliation_id)s",
        {**vars(cessation), "affiliation_id": affiliation_id},
    )


async def kept_categories(connection: Connection, *, dossier: UUID, affiliation_id: UUID) -> Sequence[KeptCategory]:
    """Return the category that holds from each day on, of an affiliation and of the dossier's earlier ones."""
    return await fetch_all(
        connection,
        _kept,
        "select distinct on (k.applies_from) k.applies_from, k.category, k.political_mandate, k.old_age_opt_out, "
        "k.helped_dossier, k.reduced_until, k.ground = 'followsByLaw' as by_law, "
        "a.affiliation_id <> %(affiliation_id)s as earlier "
        "from category_period k join affiliation a on a.affiliation_id = k.affiliation_id "
        "where a.dossier = %(dossier)s order by k.applies_from, k.position desc",
        {"dossier": dossier, "affiliation_id": affiliation_id},
    )


async def kept_on(connection: Connection, *, affiliation_id: UUID, applies_from: date) -> KeptCategory | None:
    """Return the category of an affiliation that holds from exactly a day on, None when none begins then."""
    return await fetch_one(
        connection,
        _kept,
        "select applies_from, category, political_mandate, old_age_opt_out, helped_dossier, reduced_until, "
        "ground = 'followsByLaw' as by_law, false as earlier from category_period "
        "where affiliation_id = %s and applies_from = %s order by position desc limit 1",
        (affiliation_id, applies_from),
    )


async def insert_category(
    connection: Connection,
    *,
    dossier: UUID,
    affiliation_id: UUID,
    category: ReportedCategory,
    by_law: bool,
    reported_on: date,
) -> int:
    """Write a category and return its revision: how many the dossier had for that day before."""
    revision: int = await fetch_value(
        connection,
        "insert into category_period (affiliation_id, category, applies_from, ground, reduced_until, "
        "political_mandate, old_age_opt_out, helped_dossier, reported_on, revision) "
        "select %(affiliation_id)s, %(category)s, %(applies_from)s, "
        "case when %(by_law)s then 'followsByLaw' else 'reported' end, %(reduced_until)s, "
        "%(political_mandate)s, %(old_age_opt_out)s, %(helped_dossier)s, %(reported_on)s, count(*) "
        "from category_period k join affiliation a on a.affiliation_id = k.affiliation_id "
        "where a.dossier = %(dossier)s and k.applies_from = %(applies_from)s returning revision",
        {
            **vars(category.terms),
            "dossier": dossier,
            "affiliation_id": affiliation_id,
            "applies_from": category.applies_from,
            "reduced_until": category.reduced_until,
            "by_law": by_law,
            "reported_on": reported_on,
        },
    )
    return revision


def _known(
    *, national_number: str, starts_on: date, ceased_on: date | None, days: list[date], categories: list[str]
) -> tuple[str, KnownAffiliation]:
    over_time = tuple((day, Category(category)) for day, category in zip(days, categories, strict=True))
    return national_number, KnownAffiliation(starts_on=starts_on, ceased_on=ceased_on, categories=over_time)


def _affiliation(
    *,
    dossier: UUID,
    ceased_on: date | None,
    cessation_reason: str | None,
    cessation_reported_on: date | None,
    cessation_reported_late: bool | None,
    **columns: Any,
) -> Affiliation:
    cessation = None
    # The four are there together or not at all.
    if ceased_on is not None and cessation_reason is not None and cessation_reported_on is not None:
        cessation = Cessation(
            dossier=dossier,
            ceased_on=ceased_on,
            reason=CessationReason(cessation_reason),
            reported_on=cessation_reported_on,
            reported_late=bool(cessation_reported_late),
        )
    return Affiliation(dossier=dossier, cessation=cessation, **columns)


def _kept(
    *, applies_from: date, category: str, reduced_until: date | None, by_law: bool, earlier: bool, **terms: Any
) -> KeptCategory:
    return KeptCategory(
        category=ReportedCategory(
            applies_from=applies_from,
            terms=CategoryTerms(category=Category(category), **terms),
            reduced_until=reduced_until,
        ),
        by_law=by_law,
        earlier=earlier,
    )
