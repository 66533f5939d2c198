"""Who is subject: what affiliation told, kept without any name or number of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID

from services.billing.subjects.rules import ActivityPeriod, DatedCategory, dated_category
from shared.contracts.affiliation_v1 import (
    AffiliationCategoryChanged,
    AffiliationCeased,
    AffiliationOpened,
    CompanyAffiliated,
)
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_value, fetch_values
from shared.platform.temporal.sleepers import OpenWork, PageOfWork


async def insert_subject(
    connection: Connection, *, fact: AffiliationOpened | CompanyAffiliated, partition: int
) -> None:
    """Keep a dossier; of one that is known only the language may change."""
    await connection.execute(
        "insert into subject (dossier, file_number, language, partition) values (%s, %s, %s, %s) "
        "on conflict (dossier) do update set language = excluded.language",
        (fact.dossier, fact.file_number, fact.language, partition),
    )


async def insert_period(connection: Connection, *, fact: AffiliationOpened) -> None:
    """Keep an activity, once."""
    await connection.execute(
        "insert into activity_period (dossier, starts_on, first_activity, ex_officio, taken_over, told_on) "
        "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        (
            fact.dossier,
            fact.starts_on,
            fact.first_activity,
            fact.ex_officio,
            fact.taken_over,
            fact.declared_on or fact.occurred_on,
        ),
    )


async def set_category(
    connection: Connection, *, fact: AffiliationOpened | AffiliationCategoryChanged, applies_from: date
) -> None:
    """Keep the category that applies from a day on; the newest fact about the same day wins."""
    await connection.execute(
        "insert into category_period (dossier, applies_from, category, political_mandate, old_age_opt_out, "
        "helped_dossier) values (%s, %s, %s, %s, %s, %s) on conflict (dossier, applies_from) do update set "
        "category = excluded.category, political_mandate = excluded.political_mandate, "
        "old_age_opt_out = excluded.old_age_opt_out, helped_dossier = excluded.helped_dossier",
        (
            fact.dossier,
            applies_from,
            fact.category,
            fact.political_mandate,
            fact.old_age_opt_out,
            fact.helped_dossier,
        ),
    )


async def end_period(connection: Connection, *, fact: AffiliationCeased) -> bool:
    """Keep the last day of the latest activity that began before it; tell whether there is one."""
    cursor = await connection.execute(
        "update activity_period set ceased_on = %(ceased_on)s, cessation_reason = %(reason)s "
        "where dossier = %(dossier)s and starts_on = (select max(starts_on) from activity_period "
        "where dossier = %(dossier)s and starts_on <= %(ceased_on)s)",
        {"dossier": fact.dossier, "ceased_on": fact.ceased_on, "reason": fact.reason},
    )
    return cursor.rowcount > 0


async def lock_known(connection: Connection, *, dossiers: Sequence[UUID]) -> set[UUID]:
    """Hold other writers to the accounts of dossiers back, in order; return those that are known."""
    return set(
        await fetch_values(
            connection,
            "select dossier from subject where dossier = any(%s) order by dossier for no key update",
            (list(dossiers),),
        )
    )


async def lock_subjects_between(connection: Connection, *, first: UUID, last: UUID) -> None:
    """Hold other writers to the accounts of a page back until this transaction ends; in order, as ``lock_subjects``."""
    await connection.execute(
        "select from subject where dossier between %s and %s order by dossier for no key update", (first, last)
    )


async def is_known(connection: Connection, *, dossier: UUID) -> bool:
    """Tell whether billing knows a dossier."""
    found = await fetch_value(connection, "select exists (select from subject where dossier = %s)", (dossier,))
    return bool(found)


async def file_number(connection: Connection, *, dossier: UUID) -> int | None:
    """Return the file number of a dossier; None when billing does not know it."""
    number: int | None = await fetch_value(connection, "select file_number from subject where dossier = %s", (dossier,))
    return number


async def unknown_dossiers(connection: Connection, *, dossiers: Sequence[UUID]) -> list[UUID]:
    """Return which of some dossiers billing does not know."""
    known = set(
        await fetch_values(connection, "select dossier from subject where dossier = any(%s)", (list(dossiers),))
    )
    return [dossier for dossier in dossiers if dossier not in known]


async def dossiers_of_files(connection: Connection, *, file_numbers: Sequence[int]) -> dict[int, UUID]:
    """Return the dossiers of file numbers, leaving out those that are unknown."""
    return dict(
        await fetch_all(
            connection,
            _file,
            "select file_number, dossier from subject where file_number = any(%s)",
            (list(file_numbers),),
        )
    )


async def periods_of(connection: Connection, *, dossier: UUID) -> list[ActivityPeriod]:
    """Return the periods of activity of a dossier, the oldest first."""
    return await fetch_all(
        connection,
        ActivityPeriod,
        "select starts_on, ceased_on, cessation_reason, first_activity from activity_period "
        "where dossier = %s order by starts_on",
        (dossier,),
    )


async def periods_of_persons(connection: Connection, *, dossiers: Sequence[UUID]) -> list[tuple[UUID, ActivityPeriod]]:
    """Return the periods of activity of those of some dossiers that are no company's."""
    return await fetch_all(
        connection,
        _owned_period,
        "select dossier, starts_on, ceased_on, cessation_reason, first_activity from activity_period a "
        "where dossier = any(%s) and not exists (select from company c where c.dossier = a.dossier)",
        (list(dossiers),),
    )


async def categories_of(connection: Connection, *, dossier: UUID) -> list[DatedCategory]:
    """Return the dated categories of a dossier, the oldest first."""
    return await fetch_all(
        connection,
        dated_category,
        "select applies_from, category, political_mandate, old_age_opt_out, helped_dossier from category_period "
        "where dossier = %s order by applies_from",
        (dossier,),
    )


def _file(*, file_number: int, dossier: UUID) -> tuple[int, UUID]:
    return file_number, dossier


def _owned_period(
    *, dossier: UUID, starts_on: date, ceased_on: date | None, cessation_reason: str | None, first_activity: bool
) -> tuple[UUID, ActivityPeriod]:
    period = ActivityPeriod(
        starts_on=starts_on, ceased_on=ceased_on, cessation_reason=cessation_reason, first_activity=first_activity
    )
    return dossier, period


def page_of_open(statement: str) -> PageOfWork:
    """Return what reads pages of open work.

    Args:
        statement: selects ``reference``, ``workflow_id`` and ``dossier`` of what has a procedure that must be alive.
    """

    async def page(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
        return await fetch_all(
            connection,
            # Finance answers for work that is about nobody in particular, until somebody takes a task.
            partial(OpenWork, owner=Role.FINANCE),
            f"select reference, workflow_id, dossier from ({statement}) open "
            "where %(after)s::uuid is null or reference > %(after)s order by reference limit %(limit)s",
            {"after": after, "limit": limit},
        )

    return page
