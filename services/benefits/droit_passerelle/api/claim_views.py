"""What travels about a claim: what is received, and how a claim with its rules, decision and payouts is shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.benefits.claims.rules.entitlement import EntitledMonth
from services.benefits.claims.rules.facts import Ground
from services.benefits.claims.service import claims
from services.benefits.decisions.service import DecisionLetter, letters_of
from services.benefits.droit_passerelle import store
from shared.contracts.vocabulary import Category, EuroCents, YearQuarter
from shared.platform.context import AnyContext
from shared.platform.database.rows import JsonObject
from shared.platform.http import ApiModel, NotFound

Reason = Annotated[str, Field(min_length=10, max_length=500)]


class AttestedQuarter(ApiModel):
    """A quarter of the career in another fund, as the national register attests it."""

    quarter: YearQuarter
    category: Category
    paid: bool = Field(description="Whether the quarter was paid or built up pension rights.")


class Statements(ApiModel):
    """What the applicant, or staff on evidence, says of a claim; what is absent is not known yet."""

    stopped_all_activity: bool | None = Field(default=None, description="Sworn: all self-employed activity stopped.")
    evidence_received: bool | None = Field(default=None, description="The ground was proven, such as by a judgment.")
    convicted: bool | None = Field(default=None, description="Sworn: convicted under art. 489 to 489ter (art. 192).")
    provoked: bool | None = Field(default=None, description="Sworn: the interruption was provoked on purpose.")
    interruption_ends_before: date | None = Field(default=None, description="First day of activity again, if known.")
    previous_months: int | None = Field(default=None, ge=0, le=24, description="Months received since 1997.")
    previous_quarters: int | None = Field(default=None, ge=0, le=8, description="Quarters received since 1997.")
    pension_quarters: int | None = Field(
        default=None,
        ge=0,
        le=240,
        description="Staff only: quarters with pension rights from the quarter of the fact before to this one's.",
    )
    replacement_income_cents: EuroCents | None = Field(default=None, ge=0, description="Other income, by month.")
    resides_in_belgium: bool | None = Field(default=None, description="Staff only: main residence (art. 191).")
    attested_quarters: tuple[AttestedQuarter, ...] | None = Field(default=None, max_length=16)

    def said(self) -> JsonObject:
        """Return what was said, without what was not."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class ClaimRequest(ApiModel):
    """A claim as it came in."""

    dossier: UUID
    kind: Literal["droitPasserelle"]
    ground: Ground
    fact_on: date = Field(description="Begin of the interruption, or cessation.")
    received_on: date = Field(description="Postmark, deposit or electronic dispatch (programme law art. 194 par. 2).")
    dependant: bool = Field(description="Whether a dependant is declared; the amount waits for the insurer's word.")
    dependant_attested: bool = False
    statements: Statements = Field(default_factory=Statements)


class Information(ApiModel):
    """What completes a claim."""

    statements: Statements = Field(default_factory=Statements)
    dependant_attested: bool = Field(default=False, description="The insurer attested a dependant.")


class DecisionRequest(ApiModel):
    """What a member of staff decides, and why; the assessment they looked at."""

    outcome: Literal["granted", "refused"]
    assessment_id: UUID
    reason: Reason


class RuleView(ApiModel):
    """What one rule said."""

    rule: str
    article: str
    outcome: Literal["yes", "no", "maybe"]
    asked_of: Literal["applicant", "staff"] | None = None
    facts: JsonObject


class AssessmentView(ApiModel):
    """What the rules said on a day; ``parameters`` shows how sure the amounts are."""

    assessment_id: UUID
    assessed_on: date
    verdict: Literal["granted", "refused", "incomplete"]
    inputs_sha256: str
    results: tuple[RuleView, ...]
    parameters: JsonObject


class MonthView(ApiModel):
    """A month of a granted claim."""

    month: str
    parts: int = Field(description="Periods of seven days; four make a full monthly amount.")
    full_month: bool
    payable_from: date


class DecisionView(ApiModel):
    """A decision."""

    outcome: Literal["granted", "refused"]
    assessment_id: UUID
    decided_on: date
    decided_by: str
    reason: str
    months: int
    relief_quarters: tuple[YearQuarter, ...]
    relief_waives_contributions: bool
    entitled_months: tuple[MonthView, ...]


class DecisionLetterView(ApiModel):
    """A registered letter of the decision: the paper, the post's receipt and what the post told of it."""

    letter_id: UUID = Field(description="The reference the post knows.")
    attempt: int
    document_id: UUID
    document_sha256: str
    written_on: date
    try_again_on: date | None = Field(default=None, description="The post was away; it is tried again on this day.")
    deposited_on: date | None = None
    receipt: str | None = None
    given_to: str | None = None
    outcome: Literal["delivered", "lost", "returned"] | None = None
    happened_on: date | None = None
    reported_on: date | None = None
    settled_as: Literal["delivered", "sentAgain", "deemedNotified"] | None = None
    settled_on: date | None = None
    settled_by: str | None = None
    settle_reason: str | None = None


class LetterSettlement(ApiModel):
    """What a person decides about a registered letter that did not arrive: written again, or notified all the same."""

    decision: Literal["tryAgain", "deemNotified"]
    reason: Reason


class ClaimPayoutView(ApiModel):
    """What was or will be paid for a month."""

    payout_id: UUID
    month: str
    kind: Literal["benefit", "dependantDifference"]
    amount_cents: EuroCents
    status: str
    executed_on: date | None = None
    parameter: JsonObject


class ClaimItem(ApiModel):
    """A claim in a list."""

    href: str
    claim_id: UUID
    dossier: UUID
    file_number: int | None = None
    ground: str
    fact_on: date
    received_on: date
    status: Literal["received", "waiting", "decided", "closed"]
    outcome: Literal["granted", "refused"] | None = None


class ClaimPage(ApiModel):
    """Claims in the order in which they came."""

    items: tuple[ClaimItem, ...]


class ClaimView(ClaimItem):
    """A claim with all that was asked, said, decided and paid."""

    dependant: bool
    dependant_attested_on: date | None = None
    assessments: tuple[AssessmentView, ...]
    decision: DecisionView | None = None
    letters: tuple[DecisionLetterView, ...] = ()
    payouts: tuple[ClaimPayoutView, ...]


class ClaimReceivedView(ApiModel):
    """The claim, and whether it was there already."""

    claim_id: UUID
    already_received: bool
    decide_before: date


async def claim_view(context: AnyContext, claim_id: UUID) -> ClaimView:
    """Return all that is known of a claim; raises ``NotFound``."""
    async with context.database.transaction() as connection:
        row = await claims.find_claim(connection, claim_id=claim_id)
        if row is None:
            raise NotFound(detail="There is no such claim.")
        decision = await claims.read_decision(connection, claim_id=claim_id)
        months = await claims.months_of(connection, claim_id=claim_id)
        letters = await letters_of(connection, claim_id=claim_id)
        assessments = await claims.assessments_of(connection, claim_id=claim_id)
        payouts = await store.payouts_of(connection, claim_id=claim_id)
    return ClaimView(
        **dict(claim_item(row)),
        dependant=row.dependant,
        dependant_attested_on=row.dependant_attested_on,
        assessments=tuple(_assessment_view(one) for one in assessments),
        decision=None if decision is None else _decision_view(decision, months),
        letters=tuple(_letter_view(one) for one in letters),
        payouts=tuple(ClaimPayoutView(**vars(one)) for one in payouts),
    )


def claim_item(row: claims.Claim) -> ClaimItem:
    """Return a claim as lists show it."""
    return ClaimItem(
        href=f"/v1/claims/{row.claim_id}",
        claim_id=row.claim_id,
        dossier=row.dossier,
        file_number=row.file_number,
        ground=row.ground.value,
        fact_on=row.fact_on,
        received_on=row.received_on,
        status=row.status,
        outcome=row.outcome,
    )


def _assessment_view(row: claims.StoredAssessment) -> AssessmentView:
    return AssessmentView(
        assessment_id=row.assessment_id,
        assessed_on=row.assessed_on,
        verdict=row.verdict,
        inputs_sha256=row.inputs_sha256,
        results=tuple(RuleView(**result) for result in row.results),
        parameters=row.parameters,
    )


def _letter_view(letter: DecisionLetter) -> DecisionLetterView:
    shown = {name: value for name, value in vars(letter).items() if name in DecisionLetterView.model_fields}
    # Once the post has it, nothing is left to try.
    again_on = None if letter.deposited_on else letter.try_again_on
    return DecisionLetterView(**shown | {"written_on": letter.made_on, "try_again_on": again_on})


def _decision_view(decision: claims.Decision, months: Sequence[EntitledMonth]) -> DecisionView:
    return DecisionView(
        outcome=decision.outcome,
        assessment_id=decision.assessment_id,
        decided_on=decision.decided_on,
        decided_by=decision.decided_by,
        reason=decision.reason,
        months=decision.months,
        relief_quarters=tuple(decision.relief_quarters),
        relief_waives_contributions=decision.relief_waives_contributions,
        entitled_months=tuple(
            MonthView(month=one.month, parts=one.parts, full_month=one.full, payable_from=one.payable_from)
            for one in months
        ),
    )
