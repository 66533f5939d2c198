"""Categories over time: what was reported, what follows from it by law, and what somebody was in earlier quarters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.affiliation.breaches.rules import Breach
from shared.contracts.vocabulary import Category
from shared.law.categories import meaning_of, named_where
from shared.law.quarter import Quarter


@dataclass(frozen=True, kw_only=True)
class CategoryTerms:
    """A category with what else decides on its contribution.

    Attributes:
        category: the contribution category.
        political_mandate: article 37 with the lower limit of a political mandate (RGS art. 37).
        old_age_opt_out: past pension age without pension, and asked not to contribute as main (RGS art. 37/1).
        helped_dossier: dossier of the self-employed person whom a helping spouse helps, when it is known.
    """

    category: Category
    political_mandate: bool = False
    old_age_opt_out: bool = False
    helped_dossier: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ReportedCategory:
    """A category as it was reported, from a day on; ``reduced_until`` is where a primo-starter's quarters end."""

    applies_from: date
    terms: CategoryTerms
    reduced_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class KnownAffiliation:
    """An affiliation with this fund: its days, and its categories from their first day on, the oldest first."""

    starts_on: date
    ceased_on: date | None
    categories: tuple[tuple[date, Category], ...]

    def category_in(self, quarter: Quarter) -> Category | None:
        """Give the category of a quarter; None when the affiliation did not run then."""
        if quarter < Quarter.of(self.starts_on):
            return None
        if self.ceased_on is not None and quarter > Quarter.of(self.ceased_on):
            return None
        known = [category for day, category in self.categories if Quarter.of(day) <= quarter]
        return known[-1] if known else None


def category_in(affiliations: Sequence[KnownAffiliation], *, quarter: Quarter) -> Category | None:
    """Give the category somebody had in a quarter by the latest affiliation that ran then, None when none did."""
    found = [(one.starts_on, one.category_in(quarter)) for one in affiliations]
    return max(((day, category) for day, category in found if category is not None), default=(date.min, None))[1]


def changes_by_law(
    *, reported: Sequence[ReportedCategory], told: Mapping[date, CategoryTerms]
) -> list[tuple[date, CategoryTerms]]:
    """Give the changes that follow by themselves and were not told yet, the earliest first.

    A primo-starter contributes as main after the last of the reduced quarters (royal decree 38, art. 12 par. 1bis),
    unless something else was reported before that day. What was told for such a day and no longer follows is replaced
    by the category that goes on, so that nothing that was announced revives after a change or a new start.

    Args:
        reported: what was reported for the running affiliation, each day once.
        told: what others were told for later days that nobody reported: earlier results of this function, and what was
            announced for an affiliation that ended.
    """
    ordered = sorted(reported, key=lambda one: one.applies_from)
    days = set(told) | {one.reduced_until for one in ordered if one.reduced_until is not None}
    days -= {one.applies_from for one in ordered}
    changes: list[tuple[date, CategoryTerms]] = []
    for day in sorted(days):
        before = [one for one in ordered if one.applies_from < day]
        if not before:
            continue
        last = before[-1]
        over = last.reduced_until is not None and last.reduced_until <= day
        following = meaning_of(last.terms.category).after_first_quarters.value
        terms = CategoryTerms(category=following) if over and following is not None else last.terms
        if terms != told.get(day) and (day in told or day == last.reduced_until):
            changes.append((day, terms))
    return changes


def check_terms(terms: CategoryTerms) -> tuple[Breach, ...]:
    """Return what does not belong to a category: the mandate, the request, the person who is helped."""
    found: list[Breach] = []
    meaning = meaning_of(terms.category)
    if terms.political_mandate and not meaning.political_mandate.value:
        named = named_where(lambda one: one.political_mandate.value)
        message = f"the limit of a political mandate belongs to the category {named}"
        found.append(
            Breach(rule="politicalMandate.category", field="political_mandate", message=message, article="RGS art. 37")
        )
    if terms.old_age_opt_out and not meaning.old_age_opt_out.value:
        named = named_where(lambda one: one.old_age_opt_out.value)
        message = f"only who is beyond pension age without pension (category {named}) can ask for it"
        found.append(
            Breach(rule="oldAgeOptOut.category", field="old_age_opt_out", message=message, article="RGS art. 37/1")
        )
    if terms.helped_dossier is not None and not meaning.helping_spouse.value:
        named = named_where(lambda one: one.helping_spouse.value)
        message = f"only a helping spouse (category {named}) helps somebody"
        found.append(
            Breach(
                rule="helped.category", field="helped_dossier", message=message, article="royal decree 38, art. 7bis"
            )
        )
    return tuple(found)
