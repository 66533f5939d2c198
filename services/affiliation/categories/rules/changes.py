"""What may happen to an affiliation: it ends, or its category changes."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from services.affiliation.breaches.rules import Breach
from services.affiliation.categories.rules.categories import CategoryTerms, category_in, check_terms
from services.affiliation.categories.rules.category_ages import check_birth_date
from services.affiliation.categories.rules.primo_starter import StarterClaim, check_primo_starter
from shared.law.calendar import add_months
from shared.law.categories import Age, meaning_of
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter


def check_cessation(
    *, starts_on: date, already_ceased_on: date | None, ceased_on: date, today: date
) -> tuple[Breach, ...]:
    """Return what is wrong with the report of a cessation (RGS art. 8); ``ceased_on`` is the last day of activity."""
    breaches: list[Breach] = []
    if already_ceased_on is not None:
        breaches.append(Breach(rule="cessation.already", field="dossier", message="this affiliation has already ended"))
    if ceased_on < starts_on:
        message = "ceased_on lies before the first day of the activity"
        breaches.append(Breach(rule="ceasedOn.beforeStart", field="ceased_on", message=message))
    if ceased_on > today:
        message = "a cessation is reported once it has happened, with an official document as proof"
        breaches.append(Breach(rule="ceasedOn.future", field="ceased_on", message=message, article="RGS art. 8"))
    return tuple(breaches)


def cessation_reported_late(*, ceased_on: date, reported_on: date, parameters: Parameters) -> bool:
    """Return whether a cessation was told later than the days of RGS art. 8."""
    days = parameters.integer("affiliation.cessationNoticeDays", on=reported_on)
    return reported_on > ceased_on + timedelta(days=days)


def check_category_change(
    *, starts_on: date, ceased_on: date | None, applies_from: date, today: date
) -> tuple[Breach, ...]:
    """Return what is wrong with a change of category: it holds for whole quarters of a running affiliation.

    Source: RGS art. 39.
    """
    breaches: list[Breach] = []
    if ceased_on is not None:
        breaches.append(Breach(rule="affiliation.ceased", field="dossier", message="this affiliation has ended"))
    if applies_from != Quarter.of(applies_from).starts_on:
        message = "a category holds for whole quarters: give the first day of a quarter"
        breaches.append(
            Breach(rule="appliesFrom.quarter", field="applies_from", message=message, article="RGS art. 39")
        )
    if applies_from < Quarter.of(starts_on).starts_on:
        message = "the category cannot change before the affiliation starts"
        breaches.append(Breach(rule="appliesFrom.beforeStart", field="applies_from", message=message))
    if applies_from > add_months(today, 12):
        message = "a change of category can be announced at most a year ahead"
        breaches.append(Breach(rule="appliesFrom.tooFarAhead", field="applies_from", message=message))
    return tuple(breaches)


def check_new_terms(
    terms: CategoryTerms,
    *,
    dossier: UUID,
    birth_date: date,
    claim: StarterClaim,
    applies_from: date,
    parameters: Parameters,
) -> tuple[Breach, ...]:
    """Return what is wrong with the category itself that somebody should have from a day on.

    Args:
        terms: the category and what belongs to it.
        dossier: whose category it is.
        birth_date: their day of birth.
        claim: what the fund knows of them, and what decides whether they can be a primo-starter.
        applies_from: first day of the category.
        parameters: the dated law.
    """
    quarter = Quarter.of(applies_from)
    before = category_in(claim.known, quarter=quarter.previous())
    ages = check_birth_date(
        terms.category,
        birth_date=birth_date,
        quarter=quarter,
        already_student=before is not None and meaning_of(before).age.value is Age.STUDENT,
        parameters=parameters,
    )
    found = (*check_terms(terms), *ages)
    if terms.helped_dossier == dossier:
        message = "a helping spouse helps somebody else"
        article = "royal decree 38, art. 7bis"
        found = (*found, Breach(rule="helped.self", field="helped_dossier", message=message, article=article))
    if meaning_of(terms.category).is_starter:
        found = (*found, *check_primo_starter(claim, parameters=parameters, on=applies_from))
    return found
