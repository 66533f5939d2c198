"""Affiliations: begun, ended, and in which category over time; what follows by law is told in advance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from uuid import UUID

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories import store
from services.affiliation.categories.rules.categories import (
    CategoryTerms,
    KnownAffiliation,
    ReportedCategory,
    category_in,
    changes_by_law,
)
from services.affiliation.categories.rules.category_quarter import quarter_of_change
from services.affiliation.categories.rules.changes import (
    cessation_reported_late,
    check_category_change,
    check_cessation,
    check_new_terms,
)
from services.affiliation.categories.rules.primo_starter import StarterClaim, reduced_until
from services.affiliation.categories.store import Cessation, NewAffiliation, affiliations_of
from services.affiliation.people.service import is_person
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, CessationReason
from shared.contracts.vocabulary import Category
from shared.law.categories import meaning_of
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out import outbox
from shared.platform.people.audit import record

#: What others ask of affiliations; some of it as the store gives it.
__all__ = [
    "AffiliationNotFound",
    "NewAffiliation",
    "ReportRefused",
    "affiliations_of",
    "cease",
    "change_category",
    "first_day_of_change",
    "known_affiliations",
    "open_affiliation",
    "tell_what_follows",
]


class AffiliationNotFound(LookupError):
    """The dossier has no affiliation."""


class ReportRefused(ValueError):
    """What was reported breaks rules; ``breaches`` names them."""

    def __init__(self, breaches: tuple[Breach, ...]) -> None:
        super().__init__(", ".join(breach.rule for breach in breaches))
        self.breaches = breaches


async def known_affiliations(
    connection: Connection, *, national_numbers: Collection[str]
) -> dict[str, tuple[KnownAffiliation, ...]]:
    """Return the affiliations of people with their categories, the oldest first; who has none is left out."""
    found: dict[str, tuple[KnownAffiliation, ...]] = defaultdict(tuple)
    for number, affiliation in await store.known_by_number(connection, national_numbers=national_numbers):
        found[number] += (affiliation,)
    return dict(found)


async def open_affiliation(
    connection: Connection, *, affiliation: NewAffiliation, category: ReportedCategory, reported_on: date
) -> None:
    """Write an affiliation with the category it begins with; both are told by the fact of the affiliation."""
    await store.insert_affiliation(connection, affiliation=affiliation)
    await store.insert_category(
        connection,
        dossier=affiliation.dossier,
        affiliation_id=affiliation.affiliation_id,
        category=category,
        by_law=False,
        reported_on=reported_on,
    )


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
        ReportRefused: the report breaks a rule.
    """
    affiliation = await _newest(connection, dossier=dossier)
    kept = affiliation.cessation
    if kept is not None and (kept.ceased_on, kept.reason) == (ceased_on, reason):
        return kept
    found = check_cessation(
        starts_on=affiliation.starts_on, already_ceased_on=affiliation.ceased_on, ceased_on=ceased_on, today=today
    )
    if found:
        raise ReportRefused(found)
    late = cessation_reported_late(ceased_on=ceased_on, reported_on=today, parameters=parameters)
    cessation = Cessation(
        dossier=dossier, ceased_on=ceased_on, reason=reason, reported_on=today, reported_late=late
    )
    await store.end_affiliation(connection, affiliation_id=affiliation.affiliation_id, cessation=cessation)
    await outbox.publish(
        connection, AffiliationCeased(dossier=dossier, occurred_on=today, ceased_on=ceased_on, reason=reason)
    )
    details = {"ceasedOn": ceased_on.isoformat(), "reason": reason.value, "reportedLate": late}
    await record(
        connection, actor=actor, action="affiliation.ceased", dossier=dossier, purpose="RGS art. 8", details=details
    )
    return cessation


async def first_day_of_change(connection: Connection, *, dossier: UUID, category: Category, changed_on: date) -> date:
    """Give the first day of the quarter from which a change counts that happened on a day (RGS art. 39).

    Raises:
        AffiliationNotFound: the dossier has no affiliation.
        ReportRefused: the law gives no quarter for this change.
    """
    await _newest(connection, dossier=dossier)
    known = await affiliations_of(connection, dossier=dossier)
    quarter = Quarter.of(changed_on)
    found = quarter_of_change(
        category=category,
        changed_on=changed_on,
        current=category_in(known, quarter=quarter),
        following=category_in(known, quarter=quarter.next()),
    )
    if isinstance(found, Breach):
        raise ReportRefused((found,))
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
        ReportRefused: the change breaks a rule.
    """
    affiliation = await _newest(connection, dossier=dossier)
    if terms.helped_dossier is not None and not await is_person(connection, dossier=terms.helped_dossier):
        message = "no person of this fund has this dossier"
        raise ReportRefused((Breach(rule="helped.unknown", field="helped_dossier", message=message),))
    claim = StarterClaim(
        starts=Quarter.of(applies_from),
        artist=artist,
        sickness_quarters=sickness_quarters,
        known=await affiliations_of(connection, dossier=dossier),
    )
    found = _breaches_of(
        affiliation, terms=terms, claim=claim, applies_from=applies_from, today=today, parameters=parameters
    )
    if found:
        raise ReportRefused(found)
    until = None
    if meaning_of(terms.category).is_starter:
        until = reduced_until(claim, parameters=parameters, on=applies_from).starts_on
    reported = ReportedCategory(applies_from=max(applies_from, affiliation.starts_on), terms=terms, reduced_until=until)
    kept = await store.kept_on(
        connection, affiliation_id=affiliation.affiliation_id, applies_from=reported.applies_from
    )
    if kept is not None and not kept.by_law and kept.category == reported:
        return
    affiliation_id = affiliation.affiliation_id
    await _tell(
        connection, dossier=dossier, affiliation_id=affiliation_id, category=reported, by_law=False, today=today
    )
    await tell_what_follows(connection, dossier=dossier, affiliation_id=affiliation_id, today=today)
    await record(
        connection,
        actor=actor,
        action="affiliation.categoryChanged",
        dossier=dossier,
        purpose="RGS art. 39",
        details={"category": terms.category.value, "appliesFrom": applies_from.isoformat()},
    )


def _breaches_of(
    affiliation: store.Affiliation,
    *,
    terms: CategoryTerms,
    claim: StarterClaim,
    applies_from: date,
    today: date,
    parameters: Parameters,
) -> tuple[Breach, ...]:
    change = check_category_change(
        starts_on=affiliation.starts_on, ceased_on=affiliation.ceased_on, applies_from=applies_from, today=today
    )
    new = check_new_terms(
        terms,
        dossier=affiliation.dossier,
        birth_date=affiliation.birth_date,
        claim=claim,
        applies_from=applies_from,
        parameters=parameters,
    )
    return (*change, *new)


async def tell_what_follows(connection: Connection, *, dossier: UUID, affiliation_id: UUID, today: date) -> None:
    """Write and tell the changes that follow by law from what was reported; nothing happens when all were told.

    The categories of earlier affiliations count as told: what was announced for a day after their end must not come
    true in this one.
    """
    kept = await store.kept_categories(connection, dossier=dossier, affiliation_id=affiliation_id)
    told = {one.category.applies_from: one.category.terms for one in kept if one.by_law or one.earlier}
    reported = [one.category for one in kept if not (one.by_law or one.earlier)]
    for day, terms in changes_by_law(reported=reported, told=told):
        category = ReportedCategory(applies_from=day, terms=terms)
        await _tell(
            connection, dossier=dossier, affiliation_id=affiliation_id, category=category, by_law=True, today=today
        )


async def _tell(
    connection: Connection,
    *,
    dossier: UUID,
    affiliation_id: UUID,
    category: ReportedCategory,
    by_law: bool,
    today: date,
) -> None:
    revision = await store.insert_category(
        connection,
        dossier=dossier,
        affiliation_id=affiliation_id,
        category=category,
        by_law=by_law,
        reported_on=today,
    )
    terms = category.terms
    await outbox.publish(
        connection,
        AffiliationCategoryChanged(
            dossier=dossier,
            occurred_on=today,
            category=terms.category,
            applies_from=category.applies_from,
            revision=revision,
            political_mandate=terms.political_mandate,
            old_age_opt_out=terms.old_age_opt_out,
            helped_dossier=terms.helped_dossier,
        ),
    )


async def _newest(connection: Connection, *, dossier: UUID) -> store.Affiliation:
    found = await store.lock_newest(connection, dossier=dossier)
    if found is None:
        raise AffiliationNotFound(str(dossier))
    return found
