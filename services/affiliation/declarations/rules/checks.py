"""The rules a readable declaration must meet, each with its article. All are checked, so that people hear everything.

Every rule is a function of the declaration and of one ``Moment``; it returns what is wrong or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.affiliation.breaches.rules import Breach, Remedy
from services.affiliation.categories.rules.categories import CategoryTerms, KnownAffiliation, check_terms
from services.affiliation.categories.rules.category_ages import check_birth_date
from services.affiliation.categories.rules.primo_starter import StarterClaim, check_primo_starter
from services.affiliation.declarations.rules.countries import needs_professional_card
from services.affiliation.declarations.rules.declaration import Origin, PersonDeclaration
from services.affiliation.declarations.rules.insurers import insurer_on
from shared.law.affiliation_deadline import last_day_in_time
from shared.law.calendar import add_months
from shared.law.categories import meaning_of, named_where
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

#: Somebody who needs a professional card could not show one.
PROFESSIONAL_CARD_MISSING: Final = "professionalCard.missing"
ALREADY_AFFILIATED: Final = Breach(
    rule="person.alreadyAffiliated",
    field="national_number",
    message="this person is already affiliated here, or has a declaration that is still being handled",
    article="RGS art. 6",
)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When and how a declaration is looked at."""

    received_on: date
    origin: Origin
    parameters: Parameters
    known: tuple[KnownAffiliation, ...] = ()

    def effective_on(self, declaration: PersonDeclaration) -> date:
        """Return the first day on which this fund must know the category: the start, or the receipt when later."""
        return max(declaration.starts_on, self.received_on)


def check_person(
    declaration: PersonDeclaration,
    *,
    received_on: date,
    origin: Origin,
    parameters: Parameters,
    known: tuple[KnownAffiliation, ...] = (),
) -> tuple[Breach, ...]:
    """Return every rule a person's declaration breaks.

    Args:
        declaration: what was declared.
        received_on: civil date on which the fund received it.
        origin: how it came; only a file of the fund may hold affiliations that already run.
        parameters: the dated law.
        known: the person's earlier affiliations with this fund.

    Raises:
        ParameterMissing: the law has no value for a day the declaration needs.
    """
    moment = Moment(received_on=received_on, origin=origin, parameters=parameters, known=known)
    found = (rule(declaration, moment) for rule in _PERSON_RULES)
    terms = CategoryTerms(
        category=declaration.category,
        political_mandate=declaration.political_mandate,
        old_age_opt_out=declaration.old_age_opt_out,
    )
    return (*(breach for breach in found if breach is not None), *check_terms(terms))


def starter_claim(declaration: PersonDeclaration, *, known: tuple[KnownAffiliation, ...]) -> StarterClaim:
    """Give what somebody who declares to be a primo-starter claims."""
    return StarterClaim(
        starts=Quarter.of(declaration.starts_on),
        artist=declaration.artist_attestation,
        sickness_quarters=declaration.sickness_quarters,
        known=known,
    )


def _declared_before_start(declaration: PersonDeclaration, moment: Moment) -> Breach | None:
    """Affiliation comes before the first day; who is late follows the procedure of late affiliation (RGS art. 9)."""
    if declaration.taken_over(moment.origin):
        return None
    last_day = last_day_in_time(declaration.starts_on, told_on=moment.received_on, parameters=moment.parameters)
    if moment.received_on <= last_day:
        return None
    return Breach(
        rule="startsOn.declaredLate",
        field="starts_on",
        message="the activity must be declared before its first day; a late declaration is handled as late affiliation",
        article="royal decree 38, art. 10 par. 1; RGS art. 9",
    )


def _declared_not_too_early(declaration: PersonDeclaration, moment: Moment) -> Breach | None:
    months = moment.parameters.integer("affiliation.declarationMonthsMax", on=moment.received_on)
    if declaration.starts_on <= add_months(moment.received_on, months):
        return None
    return Breach(
        rule="startsOn.tooFarAhead",
        field="starts_on",
        message=f"an activity can be declared at most {months} months before it starts",
        article="RGS art. 6",
    )


def _born_before_start(declaration: PersonDeclaration, _moment: Moment) -> Breach | None:
    if declaration.birth_date < declaration.starts_on:
        return None
    return Breach(
        rule="startsOn.beforeBirth", field="starts_on", message="the activity must start after the person was born"
    )


def _professional_card(declaration: PersonDeclaration, moment: Moment) -> Breach | None:
    """The fund names those who cannot show a card they need (RGS art. 6bis); it can still be shown later."""
    if declaration.professional_card is not None or meaning_of(declaration.category).helping_spouse.value:
        return None
    if not needs_professional_card(declaration.nationality, day=moment.effective_on(declaration)):
        return None
    return Breach(
        rule=PROFESSIONAL_CARD_MISSING,
        field="professional_card",
        message="nationals of this country need a professional card, or must be exempted from it, to be self-employed",
        article="law of 19-02-1965, art. 1; RGS art. 6bis",
        remedy=Remedy.SUPPLY,
    )


def _insurer(declaration: PersonDeclaration, moment: Moment) -> Breach | None:
    if insurer_on(declaration.insurer, day=moment.effective_on(declaration)) is not None:
        return None
    return Breach(
        rule="insurer.unknown",
        field="insurer",
        message="insurer must be the number of a national union of mutualities, of the auxiliary fund or of HR Rail",
        article="law of 14-07-1994, art. 2 i)",
        remedy=Remedy.SUPPLY,
    )


def _birth_date(declaration: PersonDeclaration, moment: Moment) -> Breach | None:
    found = check_birth_date(
        declaration.category,
        birth_date=declaration.birth_date,
        quarter=Quarter.of(moment.effective_on(declaration)),
        already_student=declaration.taken_over(moment.origin),
        parameters=moment.parameters,
    )
    return found[0] if found else None


def _primo_starter(declaration: PersonDeclaration, moment: Moment) -> Breach | None:
    if not meaning_of(declaration.category).is_starter:
        return None
    day = moment.effective_on(declaration)
    claim = starter_claim(declaration, known=moment.known)
    found = check_primo_starter(claim, parameters=moment.parameters, on=day, still_in=Quarter.of(day))
    return found[0] if found else None


def _helped(declaration: PersonDeclaration, _moment: Moment) -> Breach | None:
    if declaration.helped_national_number is None:
        return None
    if not meaning_of(declaration.category).helping_spouse.value:
        named = named_where(lambda one: one.helping_spouse.value)
        message = f"only a helping spouse (category {named}) helps somebody"
    elif declaration.helped_national_number == declaration.national_number:
        message = "a helping spouse helps somebody else"
    else:
        return None
    return Breach(
        rule="helped.category",
        field="helped_national_number",
        message=message,
        article="royal decree 38, art. 7bis",
    )


_PERSON_RULES: Final[tuple[Callable[[PersonDeclaration, Moment], Breach | None], ...]] = (
    _declared_before_start,
    _declared_not_too_early,
    _born_before_start,
    _professional_card,
    _insurer,
    _birth_date,
    _primo_starter,
    _helped,
)
