"""Who is subject, and who may read of whom: what every subject of billing asks first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.billing.subjects import store
from services.billing.subjects.rules import ActivityPeriod, subject_period
from services.billing.subjects.store import (
    categories_of,
    dossiers_of_files,
    lock_subjects_between,
    page_of_open,
    periods_of,
    unknown_dossiers,
)
from shared.contracts.affiliation_v1 import (
    AffiliationCategoryChanged,
    AffiliationCeased,
    AffiliationOpened,
    CompanyAffiliated,
)
from shared.contracts.topics import partition_of
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, NotFound, Principal, Role
from shared.platform.people import audit

__all__ = [
    "READERS",
    "TOPIC",
    "DossierQuery",
    "UnknownDossier",
    "categories_of",
    "cease",
    "change_category",
    "dossiers_of_files",
    "file_number_of",
    "known",
    "lock_subjects",
    "lock_subjects_between",
    "log_read",
    "no_longer_subject",
    "open_dossier_of_company",
    "open_subject",
    "page_of_open",
    "periods_of",
    "unknown_dossiers",
]

TOPIC = "billing.facts.v1"
READERS = (
    Role.SERVICE,
    Role.FINANCE,
    Role.COLLECTIONS_AGENT,
    Role.BENEFITS_AGENT,
    Role.AFFILIATION_AGENT,
    Role.TEAM_LEAD,
    Role.AUDITOR,
)


class UnknownDossier(LookupError):
    """Billing has not been told of this dossier."""

    def __init__(self, dossier: UUID) -> None:
        super().__init__(f"dossier {dossier} is not known to billing")
        self.dossier = dossier


class DossierQuery(ApiModel):
    """Which dossier."""

    dossier: UUID


async def open_subject(connection: Connection, *, fact: AffiliationOpened) -> None:
    """Note that somebody is affiliated, or affiliated again; noting it twice changes nothing."""
    await store.insert_subject(connection, fact=fact, partition=partition_of(fact.dossier, TOPIC))
    await store.insert_period(connection, fact=fact)
    await store.set_category(connection, fact=fact, applies_from=fact.starts_on)


async def open_dossier_of_company(connection: Connection, *, fact: CompanyAffiliated) -> None:
    """Note that a company is affiliated; noting it twice changes nothing."""
    await store.insert_subject(connection, fact=fact, partition=partition_of(fact.dossier, TOPIC))


async def change_category(connection: Connection, *, fact: AffiliationCategoryChanged) -> None:
    """Note the category that applies from a day on; the newest fact about the same day wins."""
    await store.set_category(connection, fact=fact, applies_from=fact.applies_from)


async def cease(connection: Connection, *, fact: AffiliationCeased) -> None:
    """Note the last day of the latest activity that began before it.

    Raises:
        UnknownDossier: billing knows no activity that could have ended then.
    """
    if not await store.end_period(connection, fact=fact):
        raise UnknownDossier(fact.dossier)


async def lock_subjects(connection: Connection, *, dossiers: Sequence[UUID]) -> None:
    """Hold other writers to the same accounts back until this transaction ends; in order, so nobody deadlocks.

    Raises:
        UnknownDossier: one of them was never affiliated.
    """
    known = await store.lock_known(connection, dossiers=dossiers)
    for dossier in dossiers:
        if dossier not in known:
            raise UnknownDossier(dossier)


async def no_longer_subject(connection: Connection, *, dossiers: Sequence[UUID], on: date) -> set[UUID]:
    """Return which dossiers are of persons for whom no contribution is due any more on a day; companies never are.

    The rules for whoever is no longer subject (RGS art. 50bis) speak of persons, not of companies.
    """
    periods: dict[UUID, list[ActivityPeriod]] = {}
    for dossier, period in await store.periods_of_persons(connection, dossiers=dossiers):
        periods.setdefault(dossier, []).append(period)
    quarter = Quarter.of(on)
    return {dossier for dossier, known in periods.items() if subject_period(periods=known, quarter=quarter) is None}


async def file_number_of(connection: Connection, *, dossier: UUID) -> int:
    """Return the file number of a dossier; raises ``LookupError`` when billing does not know it."""
    number = await store.file_number(connection, dossier=dossier)
    if number is None:
        raise LookupError("billing does not know the dossier")
    return number


async def known(connection: Connection, dossier: UUID) -> None:
    """Refuse a dossier billing was not told of; raises ``NotFound``."""
    if not await store.is_known(connection, dossier=dossier):
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
