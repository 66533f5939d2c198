"""Who is subject: what affiliation told, kept without any name or number of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.billing.subjects.rules import ActivityPeriod, subject_period
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, AffiliationOpened
from shared.contracts.topics import partition_of
from shared.law.quarter import Quarter
from shared.platform import audit
from shared.platform.database import Connection
from shared.platform.http import ApiModel, NotFound, Principal, Role
from shared.platform.sleepers import OpenWork, PageOfWork

TOPIC = "billing.facts.v1"


class UnknownDossier(LookupError):
    """Billing has not been told of this dossier."""

    def __init__(self, dossier: UUID) -> None:
        super().__init__(f"dossier {dossier} is not known to billing")
        self.dossier = dossier


async def open_subject(connection: Connection, *, fact: AffiliationOpened) -> None:
    """Note that somebody is affiliated, or affiliated again; noting it twice changes nothing."""
    await connection.execute(
        "insert into subject (dossier, file_number, language, partition) values (%s, %s, %s, %s) "
        "on conflict (dossier) do update set language = excluded.language",
        (fact.dossier, fact.file_number, fact.language, partition_of(fact.dossier, TOPIC)),
    )
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
    await _set_category(connection, fact=fact, applies_from=fact.starts_on)


async def change_category(connection: Connection, *, fact: AffiliationCategoryChanged) -> None:
    """Note the category that applies from a day on; the newest fact about the same day wins."""
    await _set_category(connection, fact=fact, applies_from=fact.applies_from)


async def cease(connection: Connection, *, fact: AffiliationCeased) -> None:
    """Note the last day of the latest activity that began before it.

    Raises:
        UnknownDossier: billing knows no activity that could have ended then.
    """
    cursor = await connection.execute(
        "update activity_period set ceased_on = %(ceased_on)s, cessation_reason = %(reason)s "
        "where dossier = %(dossier)s and starts_on = (select max(starts_on) from activity_period "
        "where dossier = %(dossier)s and starts_on <= %(ceased_on)s)",
        {"dossier": fact.dossier, "ceased_on": fact.ceased_on, "reason": fact.reason},
    )
    if cursor.rowcount == 0:
        raise UnknownDossier(fact.dossier)


async def lock_subjects(connection: Connection, *, dossiers: Sequence[UUID]) -> None:
    """Hold other writers to the same accounts back until this transaction ends; in order, so nobody deadlocks.

    Raises:
        UnknownDossier: one of them was never affiliated.
    """
    cursor = await connection.execute(
        "select dossier from subject where dossier = any(%s) order by dossier for no key update", (list(dossiers),)
    )
    known = {row["dossier"] for row in await cursor.fetchall()}
    for dossier in dossiers:
        if dossier not in known:
            raise UnknownDossier(dossier)


async def lock_subjects_between(connection: Connection, *, first: UUID, last: UUID) -> None:
    """Hold other writers to the accounts of a page back until this transaction ends; in order, as ``lock_subjects``."""
    await connection.execute(
        "select from subject where dossier between %s and %s order by dossier for no key update", (first, last)
    )


async def dossiers_of_files(connection: Connection, *, file_numbers: Sequence[int]) -> dict[int, UUID]:
    """Return the dossiers of file numbers, leaving out those that are unknown."""
    cursor = await connection.execute(
        "select file_number, dossier from subject where file_number = any(%s)", (list(file_numbers),)
    )
    return {row["file_number"]: row["dossier"] for row in await cursor.fetchall()}


async def periods_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the periods of activity of a dossier, the oldest first."""
    cursor = await connection.execute(
        "select starts_on, ceased_on, cessation_reason, first_activity from activity_period "
        "where dossier = %s order by starts_on",
        (dossier,),
    )
    return await cursor.fetchall()


async def no_longer_subject(connection: Connection, *, dossiers: Sequence[UUID], on: date) -> set[UUID]:
    """Return which dossiers are of persons for whom no contribution is due any more on a day; companies never are.

    The rules for whoever is no longer subject (RGS art. 50bis) speak of persons, not of companies.
    """
    cursor = await connection.execute(
        "select dossier, starts_on, ceased_on, cessation_reason, first_activity from activity_period a "
        "where dossier = any(%s) and not exists (select from company c where c.dossier = a.dossier)",
        (list(dossiers),),
    )
    periods: dict[UUID, list[ActivityPeriod]] = {}
    for row in await cursor.fetchall():
        periods.setdefault(row.pop("dossier"), []).append(ActivityPeriod(**row))
    quarter = Quarter.of(on)
    return {dossier for dossier, known in periods.items() if subject_period(periods=known, quarter=quarter) is None}


async def categories_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the dated categories of a dossier, the oldest first."""
    cursor = await connection.execute(
        "select applies_from, category, political_mandate, old_age_opt_out from category_period "
        "where dossier = %s order by applies_from",
        (dossier,),
    )
    return await cursor.fetchall()


async def _set_category(
    connection: Connection, *, fact: AffiliationOpened | AffiliationCategoryChanged, applies_from: date
) -> None:
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


class DossierQuery(ApiModel):
    """Which dossier."""

    dossier: UUID


READERS = (
    Role.SERVICE,
    Role.FINANCE,
    Role.COLLECTIONS_AGENT,
    Role.BENEFITS_AGENT,
    Role.AFFILIATION_AGENT,
    Role.TEAM_LEAD,
    Role.AUDITOR,
)


async def known(connection: Connection, dossier: UUID) -> None:
    """Refuse a dossier billing was not told of; raises ``NotFound``."""
    if not await is_subject(connection, dossier=dossier):
        raise NotFound(detail="Billing does not know this dossier.")


async def log_read(connection: Connection, principal: Principal, dossier: UUID, what: str) -> None:
    """Write down who read what about a dossier, and why."""
    await audit.record(
        connection,
        actor=principal.subject,
        action=f"{what}.read",
        dossier=dossier,
        purpose="billing account",
        details={},
    )


async def file_number_of(connection: Connection, *, dossier: UUID) -> int:
    """Return the file number of a dossier; raises ``LookupError`` when billing does not know it."""
    cursor = await connection.execute("select file_number from subject where dossier = %s", (dossier,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("billing does not know the dossier")
    return int(row["file_number"])


async def is_subject(connection: Connection, *, dossier: UUID) -> bool:
    """Tell whether billing knows a dossier."""
    cursor = await connection.execute("select from subject where dossier = %s", (dossier,))
    return await cursor.fetchone() is not None


async def unknown_dossiers(connection: Connection, *, dossiers: Sequence[UUID]) -> list[UUID]:
    """Return which of some dossiers billing does not know."""
    cursor = await connection.execute("select dossier from subject where dossier = any(%s)", (list(dossiers),))
    known = {row["dossier"] for row in await cursor.fetchall()}
    return [dossier for dossier in dossiers if dossier not in known]


def page_of_open(statement: str) -> PageOfWork:
    """Return what reads pages of open work.

    Args:
        statement: selects ``reference``, ``workflow_id`` and ``dossier`` of what has a procedure that must be alive.
    """

    async def page(connection: Connection, after: UUID | None, limit: int) -> Sequence[OpenWork]:
        cursor = await connection.execute(
            f"select reference, workflow_id, dossier from ({statement}) open "
            "where %(after)s::uuid is null or reference > %(after)s order by reference limit %(limit)s",
            {"after": after, "limit": limit},
        )
        # Finance answers for work that is about nobody in particular, until somebody takes a task.
        return [OpenWork(**row, owner=Role.FINANCE) for row in await cursor.fetchall()]

    return page
