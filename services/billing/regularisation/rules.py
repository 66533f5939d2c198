"""Regularisation: from the definitive income of a year to the difference with what was billed for it.

What each quarter is owed by law comes from the one computation, with the law, the fee and the category of that
quarter. A quarter's difference is a change of its own, so that after any sequence of corrections what was billed equals
what the law asks. Surcharges for late payment are kept when the definitive contribution is lower: they were due at
their time. Those of a reduction that proved wrong are counted anew on each statement (royal decree 38, art. 11bis).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from services.billing.assessment.rules import IncomeBasis
from services.billing.assessment.rules.page import HELPED_IS_MINI, HELPED_UNKNOWN
from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.dossier_facts.rules.facts import (
    SEVERAL_INCOMES,
    CreditMovement,
    DossierFacts,
    KnownSubject,
    QuarterCharge,
)
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw, QuarterAnswer, QuarterQuestion
from services.billing.lateness.rules.surcharges import (
    Claim,
    ClaimKind,
    Payment,
    Surcharge,
    first_surcharged_quarter,
    unjustified_reduction_base,
    unjustified_reduction_surcharges,
)
from services.billing.ledger.rules.claims import standing_layers
from shared.law.calendar import add_months
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter

STATEMENT_DOCUMENT: Final = "regularisationStatement"
REGULARISATION_ARTICLE: Final = "AR38 art. 11 par. 5; RGS art. 43"
#: What a person reads when no one person's income counts for a year.
UNCLEAR_OWNERS: Final = {
    HELPED_UNKNOWN: "whose income of {year} counts is not known: tell affiliation whom this spouse helps "
    "(helpedDossier)",
    HELPED_IS_MINI: "whom this spouse helped in {year} is a mini spouse too: correct helpedDossier in affiliation",
    SEVERAL_INCOMES: "the quarters of {year} rest on incomes of several people, as the status or the helped person "
    "changed: a person computes this year",
}
# see limits: only-billed-quarters-are-regularised
#: Reasons for which nothing has to be done by anybody: there is nothing here to regularise.
NOTHING_TO_REGULARISE: Final = frozenset({"nothingBilled", "regularisedElsewhere"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitiveQuarter:
    """What a quarter is definitively owed, beside what was billed for it before; ``row`` is its computation."""

    quarter: Quarter
    category: str
    contribution_cents: int
    fee_cents: int
    previous: QuarterCharge
    row: Mapping[str, Any]

    @property
    def contribution_difference_cents(self) -> int:
        """What is owed more (positive) or less (negative) than was billed, without the fee."""
        return self.contribution_cents - self.previous.contribution_cents

    @property
    def fee_difference_cents(self) -> int:
        """The same of the management fee."""
        return self.fee_cents - self.previous.fee_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Regularised:
    """A statement of regularisation.

    Attributes:
        number: 1 for the first statement of the year, then one more for each correction.
        spared_cents: what a reduction wrongly spared (art. 11bis), 0 when none was granted.
        surcharges: what art. 11bis asks in all; the statement charges the difference with the statements before.
        due_on: last day on which the supplement is paid without surcharge (RGS art. 44 par. 3).
    """

    facts: DossierFacts
    year: int
    number: int
    income_cents: int
    income_known_on: date
    quarters_subject: int
    quarters: tuple[DefinitiveQuarter, ...]
    spared_cents: int
    surcharges: tuple[Surcharge, ...]
    previous_surcharge_cents: int
    issued_on: date
    due_on: date

    @property
    def previous_cents(self) -> int:
        """Contributions and fees that were billed before."""
        return sum(one.previous.total_cents for one in self.quarters)

    @property
    def definitive_cents(self) -> int:
        """Contributions and fees that are owed by law."""
        return sum(one.contribution_cents + one.fee_cents for one in self.quarters)

    @property
    def surcharge_cents(self) -> int:
        """Everything art. 11bis asks."""
        return sum(surcharge.cents for surcharge in self.surcharges)

    @property
    def difference_cents(self) -> int:
        """What the statement claims (positive) or gives back (negative), surcharges included."""
        surcharge_difference = self.surcharge_cents - self.previous_surcharge_cents
        return self.definitive_cents - self.previous_cents + surcharge_difference

    @property
    def changes_something(self) -> bool:
        """Tell whether there is anything to say: a first statement, or one that changes an amount."""
        quarters = any(one.contribution_difference_cents or one.fee_difference_cents for one in self.quarters)
        return self.number == 1 or quarters or self.surcharge_cents != self.previous_surcharge_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSurcharge:
    """One surcharge of art. 11bis as a statement left it."""

    charged_on: date
    base_cents: int
    rate: Decimal
    surcharge_cents: int
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStatement:
    """A statement as it was kept, for its letter and for who asks; the fields are those of ``Regularised``.

    Attributes:
        refund_cents: what of it is paid back.
        reference: structured reference of its notice; None when nothing is claimed.
        credit_used_cents: what of a credit went to what it claims.
        made: its letter was made.
    """

    regularisation_id: UUID
    dossier: UUID
    file_number: int
    year: int
    number: int
    income_cents: int
    income_known_on: date
    quarters_subject: int
    issued_on: date
    due_on: date
    previous_cents: int
    definitive_cents: int
    spared_cents: int
    surcharge_cents: int
    previous_surcharge_cents: int
    refund_cents: int
    reference: str | None
    credit_used_cents: int
    made: bool
    quarters: tuple[KeptChange, ...] = ()
    surcharges: tuple[KeptSurcharge, ...] = ()

    @property
    def difference_cents(self) -> int:
        """What it claims (positive) or gives back (negative), surcharges included."""
        return self.definitive_cents - self.previous_cents + self.surcharge_cents - self.previous_surcharge_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRegularised:
    """Why a year cannot be regularised now; a person has to look, and the others go on."""

    facts: DossierFacts
    year: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A year whose quarters can be assessed, and where its questions begin."""

    facts: DossierFacts
    year: int
    income_cents: int
    charges: tuple[QuarterCharge, ...]
    legal: tuple[tuple[Quarter, KnownSubject], ...]


def statement_deadline(received_on: date) -> date:
    """Give the first day that is too late for the statement: it goes in the month after receipt (RGS art. 43).

    Raises ``ParameterMissing`` for incomes received before 2015.
    """
    months = Parameters.load().integer("contributions.regularisationStatementMonths", on=received_on)
    return add_months(received_on.replace(day=1), months + 1)


def supplement_due_on(issued_on: date, *, quarter: Quarter, parameters: Parameters) -> date:
    """Give the last day on which a supplement is paid without surcharge: of the quarter after its statement."""
    claim = Claim(quarter=quarter, claimed_on=issued_on, kind=ClaimKind.REGULARISATION)
    return first_surcharged_quarter(claim, parameters=parameters).last_day


def regularise(
    years: Sequence[tuple[DossierFacts, int]], *, law: AssessmentLaw, issued_on: date
) -> list[Regularised | NotRegularised]:
    """Regularise years of dossiers, in their order; whoever cannot be regularised does not hold up the others.

    Args:
        years: what is known of each dossier, and the year.
        law: the law of all quarters with the fund's fees.
        issued_on: the day of the statements.
    """
    prepared = [_prepared(facts, year) for facts, year in years]
    wanted = [one for one in prepared if isinstance(one, _Wanted)]
    definitive = iter(law.answers([question for one in wanted for question in _questions(one)]))
    legal = iter(law.provisional([subject for one in wanted for subject in one.legal]))
    outcomes: list[Regularised | NotRegularised] = []
    for one in prepared:
        if isinstance(one, NotRegularised):
            outcomes.append(one)
            continue
        answers = [next(definitive) for _ in one.charges]
        legal_answers = [next(legal) for _ in one.legal]
        outcomes.append(_outcome(one, answers, legal_answers, law.parameters, issued_on))
    return outcomes


def _prepared(facts: DossierFacts, year: int) -> _Wanted | NotRegularised:
    income = facts.definitive_income(year)
    unclear = facts.owner_unknown_because(year)
    if unclear is not None:
        return NotRegularised(facts=facts, year=year, reason=unclear, detail=UNCLEAR_OWNERS[unclear].format(year=year))
    if income is None:
        return NotRegularised(facts=facts, year=year, reason="incomeUnknown", detail=f"no income of {year} was told")
    subject = [quarter for quarter in facts.subject_quarters(year) if quarter not in facts.relieved]
    charges = tuple(charge for quarter in subject if (charge := facts.charges.get(quarter)) is not None)
    for charge in charges:
        if facts.category(charge.quarter) is None:
            detail = f"no category is known for {charge.quarter}"
            return NotRegularised(facts=facts, year=year, reason="categoryUnknown", detail=detail)
        if charge.taken_over_on is not None and charge.taken_over_on >= income.known_on:
            detail = f"the income was known on the day {charge.quarter} was taken over from another system"
            return NotRegularised(facts=facts, year=year, reason="regularisedElsewhere", detail=detail)
    if not charges:
        detail = f"no quarter of {year} was billed here"
        return NotRegularised(facts=facts, year=year, reason="nothingBilled", detail=detail)
    reduced = year in facts.estimates and facts.estimates[year].kind == "reduction"
    legal: list[tuple[Quarter, KnownSubject]] = []
    for charge in charges if reduced else ():
        known = facts.known_subject(charge.quarter, estimated=False)
        if known is not None:
            legal.append((charge.quarter, known))
    return _Wanted(facts=facts, year=year, income_cents=income.income_cents, charges=charges, legal=tuple(legal))


def _questions(one: _Wanted) -> list[QuarterQuestion]:
    count = one.facts.income_quarters(one.year)
    return [
        QuarterQuestion(
            quarter=charge.quarter,
            category=str(one.facts.category(charge.quarter)),
            income_cents=one.income_cents,
            basis=IncomeBasis.DEFINITIVE,
            income_quarters=count,
            # see limits: cut-of-first-quarter-stays
            # The cut of a primo-starter's first quarter is a gift of the law, not an advance: it stays (inferred).
            first_quarter=one.facts.is_first_quarter(charge.quarter),
            options=one.facts.options_in(charge.quarter),
        )
        for charge in one.charges
    ]


def _outcome(
    one: _Wanted,
    answers: Sequence[QuarterAnswer],
    legal_answers: Sequence[QuarterAnswer],
    parameters: Parameters,
    issued_on: date,
) -> Regularised | NotRegularised:
    facts, year = one.facts, one.year
    for answer in (*answers, *legal_answers):
        if answer.problem is not None:
            return NotRegularised(facts=facts, year=year, reason="notAssessable", detail=answer.problem)
    income = facts.definitive_income(year)
    if income is None:
        raise ValueError("an income that was there has gone")
    quarters = tuple(
        DefinitiveQuarter(
            quarter=charge.quarter,
            category=str(facts.category(charge.quarter)),
            contribution_cents=answer.contribution_cents,
            fee_cents=answer.fee_cents,
            previous=charge,
            row=answer.row,
        )
        for charge, answer in zip(one.charges, answers, strict=True)
    )
    for found in quarters:
        less = found.contribution_difference_cents + found.fee_difference_cents
        if less < 0 and found.previous.taken_over_unpaid_cents > 0:
            detail = f"{found.quarter} was not fully paid in the system it was taken over from"
            return NotRegularised(facts=facts, year=year, reason="unpaidElsewhere", detail=detail)
    before = facts.statements_of(year)
    last = quarters[-1].quarter
    statement = Regularised(
        facts=facts,
        year=year,
        number=len(before) + 1,
        income_cents=income.income_cents,
        income_known_on=income.known_on,
        quarters_subject=len(facts.subject_quarters(year)),
        quarters=quarters,
        spared_cents=_spared(quarters, legal_answers),
        surcharges=(),
        previous_surcharge_cents=before[-1].surcharge_cents if before else 0,
        issued_on=issued_on,
        due_on=supplement_due_on(issued_on, quarter=last, parameters=parameters),
    )
    return replace(statement, surcharges=_reduction_surcharges(statement, parameters))


def _spared(quarters: Sequence[DefinitiveQuarter], legal: Sequence[QuarterAnswer]) -> int:
    """Give what a reduction wrongly spared over the year; 0 when none was granted."""
    if not legal:
        return 0
    return unjustified_reduction_base(
        definitive_cents=sum(one.contribution_cents for one in quarters),
        legal_cents=sum(answer.contribution_cents for answer in legal),
        reduced_cents=sum(one.previous.provisional_contribution_cents for one in quarters),
    )


def _reduction_surcharges(statement: Regularised, parameters: Parameters) -> tuple[Surcharge, ...]:
    """Give every surcharge of art. 11bis as the statement leaves it.

    What an earlier statement claimed stopped costing 3 % a quarter then; what this one adds did not. What lay on the
    credit of the dossier at the end of a quarter counts as paid.
    """
    before = statement.facts.statements_of(statement.year)
    spared = [*((one.issued_on, one.spared_cents) for one in before), (statement.issued_on, statement.spared_cents)]
    steps = [(day, cents - (spared[place - 1][1] if place else 0)) for place, (day, cents) in enumerate(spared)]
    surcharges: list[Surcharge] = []
    covered = 0
    for layer in standing_layers(steps):
        surcharges += unjustified_reduction_surcharges(
            year=statement.year,
            base_cents=layer.cents,
            payments=_credit_beyond(statement.facts.credit_movements, covered),
            regularised_on=layer.claimed_on,
            until=layer.claimed_on - timedelta(days=1),
            parameters=parameters,
        )
        covered += layer.cents
    return tuple(surcharges)


def _credit_beyond(movements: Sequence[CreditMovement], covered_cents: int) -> list[Payment]:
    """Give how the credit grew and shrank beyond what covers older layers."""
    payments: list[Payment] = []
    credit = beyond = 0
    for movement in sorted(movements, key=lambda one: one.value_date):
        credit += movement.cents
        now = max(0, credit - covered_cents)
        payments.append(Payment(value_date=movement.value_date, cents=now - beyond))
        beyond = now
    return payments
