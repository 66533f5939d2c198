"""Running affiliations: how they end, and how their category changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.affiliation.breaches.rules.breach import Breach
from services.affiliation.categories.rules.categories import CategoryTerms, ReportedCategory, category_in
from services.affiliation.categories.rules.category_quarter import quarter_of_change
from services.affiliation.categories.rules.changes import (
    cessation_reported_late,
    check_category_change,
    check_cessation,
    check_new_terms,
)
from services.affiliation.categories.rules.primo_starter import StarterClaim, reduced_until
from services.affiliation.categories.service import periods as categories
from shared.contracts.affiliation_v1 import AffiliationCeased, CessationReason
from shared.contracts.vocabulary import Category
from shared.law.categories import meaning_of
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform import outbox
from shared.platform.audit import record
from shared.platform.database import Connection


class AffiliationNotFound(LookupError):
    """The dossier has no affiliation."""


class ChangeRefused(ValueError):
    """What was reported breaks rules; ``breaches`` names them."""

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        super().__init__(", ".join(breach.rule for breach in breaches))
        self.breaches = breaches


@dataclass(frozen=True, kw_only=True)
class Cessation:
    """An affiliation that has ended."""

    dossier: UUID
    ceased_on: date
    reason: CessationReason
    reported_on: date
    reported_late: bool


async def cease(
    connection: Connection,
    *,
    dossier: UUID,
    ceased_on: date,
    reason: CessationReason,
    today: date,
    actor: str,
    parameters: Parameters,
) -> Cessation:
    """End a dossier's affiliation and tell it; reporting the same again returns what was kept.

    Args:
        connection: the transaction.
        dossier: whose affiliation ends.
        ceased_on: last day of the activity.
        reason: why it ended.
        today: civil date of the report.
        actor: who reports it.
        parameters: the dated law.

    Raises:
        AffiliationNotFound: the dossier has no affiliation.
        ChangeRefused: the report breaks a rule.
    """
    row = await _newest(connection, dossier=dossier)
    if row["ceased_on"] == ceased_on and row["cessation_reason"] == reason:
        return Cessation(
            dossier=dossier,
            ceased_on=ceased_on,
            reason=reason,
            reported_on=row["cessation_reported_on"],
            reported_late=row["cessation_reported_late"],
        )
    found = check_cessation(
        starts_on=row["starts_on"], already_ceased_on=row["ceased_on"], ceased_on=ceased_on, today=today
    )
    if found:
        raise ChangeRefused(found)
    late = cessation_reported_late(ceased_on=ceased_on, reported_on=today, parameters=parameters)
    await connection.execute(
        "update affiliation set ceased_on = %s, cessation_reason = %s, cessation_reported_on = %s, "
        "cessation_reported_late = %s where affiliation_id = %s",
        (ceased_on, reason, today, late, row["affiliation_id"]),
    )
    await outbox.publish(
        connection, AffiliationCeased(dossier=dossier, occurred_on=today, ceased_on=ceased_on, reason=reason)
    )
    details = {"ceasedOn": ceased_on.isoformat(), "reason": reason.value, "reportedLate": late}
    await record(
        connection, actor=actor, action="affiliation.ceased", dossier=dossier, purpose="RGS art. 8", details=details
    )
    return Cessation(dossier=dossier, ceased_on=ceased_on, reason=reason, reported_on=today, reported_late=late)


async def first_day_of_change(connection: Connection, *, dossier: UUID, category: Category, changed_on: date) -> date:
    """Give the first day of the quarter from which a change counts that happened on a day (RGS art. 39).

    Raises:
        AffiliationNotFound: the dossier has no affiliation.
        ChangeRefused: the law gives no quarter for this change.
    """
    await _newest(connection, dossier=dossier)
    known = await categories.affiliations_of(connection, dossier=dossier)
    quarter = Quarter.of(changed_on)
    found = quarter_of_change(
        category=category,
        changed_on=changed_on,
        current=category_in(known, quarter=quarter),
        following=category_in(known, quarter=quarter.next()),
    )
    if isinstance(found, Breach):
        raise ChangeRefused((found,))
    return found.starts_on


async def change_category(
    connection: Connection,
    *,
    dossier: UUID,
    terms: CategoryTerms,
    applies_from: date,
    today: date,
    actor: str,
    parameters: Parameters,
    artist: bool = False,
    sickness_quarters: int = 0,
) -> None:
    """Let a dossier belong to another category from a quarter on, and tell it; doing it again changes nothing.

    A change in the quarter of the start holds from the first day of the activity, for the whole of that quarter. What
    follows by law, the end of a primo-starter's quarters, is told with it.

    Args:
        connection: the transaction.
        dossier: whose category changes.
        terms: the category and what belongs to it.
        applies_from: first day of a quarter.
        today: civil date of the report.
        actor: who reports it.
        parameters: the dated law.
        artist: a primo-starter holds a valid attestation of the arts.
        sickness_quarters: quarters in a row assimilated for sickness before a primo-starter works again.

    Raises:
        AffiliationNotFound: the dossier has no affiliation.
        ChangeRefused: the change breaks a rule.
    """
    row = await _newest(connection, dossier=dossier)
    if terms.helped_dossier is not None and not await categories.is_person(connection, dossier=terms.helped_dossier):
        message = "no person of this fund has this dossier"
        raise ChangeRefused((Breach(rule="helped.unknown", field="helped_dossier", message=message),))
    claim = StarterClaim(
        starts=Quarter.of(applies_from),
        artist=artist,
        sickness_quarters=sickness_quarters,
        known=await categories.affiliations_of(connection, dossier=dossier),
    )
    found = _breaches_of(row, terms=terms, claim=claim, applies_from=applies_from, today=today, parameters=parameters)
    if found:
        raise ChangeRefused(found)
    until = None
    if meaning_of(terms.category).is_starter:
        until = reduced_until(claim, parameters=parameters, on=applies_from).starts_on
    reported = ReportedCategory(applies_from=max(applies_from, row["starts_on"]), terms=terms, reduced_until=until)
    changed = await categories.report_category(
        connection, dossier=dossier, affiliation_id=row["affiliation_id"], reported=reported, today=today
    )
    if not changed:
        return
    await categories.tell_what_follows(connection, dossier=dossier, affiliation_id=row["affiliation_id"], today=today)
    await record(
        connection,
        actor=actor,
        action="affiliation.categoryChanged",
        dossier=dossier,
        purpose="RGS art. 39",
        details={"category": terms.category.value, "appliesFrom": applies_from.isoformat()},
    )


def _breaches_of(
    row: dict[str, Any],
    *,
    terms: CategoryTerms,
    claim: StarterClaim,
    applies_from: date,
    today: date,
    parameters: Parameters,
) -> tuple[Breach, ...]:
    change = check_category_change(
        starts_on=row["starts_on"], ceased_on=row["ceased_on"], applies_from=applies_from, today=today
    )
    new = check_new_terms(
        terms,
        dossier=row["dossier"],
        birth_date=row["birth_date"],
        claim=claim,
        applies_from=applies_from,
        parameters=parameters,
    )
    return (*change, *new)


async def _newest(connection: Connection, *, dossier: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "select a.*, p.birth_date from affiliation a join person p on p.dossier = a.dossier "
        "where a.dossier = %s order by a.starts_on desc limit 1 for update of a",
        (dossier,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise AffiliationNotFound(str(dossier))
    return row
