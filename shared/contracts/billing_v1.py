"""Facts told by billing: what was charged, paid, waived, and what stays open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Contract, Fact, FactPage, PageItem
from shared.contracts.vocabulary import AmountKind, Category, EuroCents, YearQuarter


class IssuedContribution(PageItem):
    """One contribution of a page of a billing run."""

    contribution_cents: EuroCents
    fee_cents: EuroCents
    total_cents: EuroCents


class ContributionsIssued(FactPage):
    """A page of contributions of one quarter was issued to the dossiers of one partition."""

    type: ClassVar[str] = "billing.contributions-issued.v1"

    run_id: str
    page: int = Field(ge=0)
    quarter: YearQuarter
    due_on: date
    items: tuple[IssuedContribution, ...]

    def business_key(self) -> str:
        return f"{self.run_id}|{self.partition}|{self.page}"


class OpenAmount(Contract):
    """What is still open of one kind of one quarter."""

    quarter: YearQuarter
    kind: AmountKind
    open_cents: EuroCents


class PrincipalOrigin(StrEnum):
    """How principal came to be claimed, which decides when it prescribes (royal decree 38, art. 16)."""

    PROVISIONAL = "provisional"
    REGULARISATION = "regularisation"


class PrincipalPart(Contract):
    """A part of the open principal, and how and when it was claimed."""

    origin: PrincipalOrigin
    claimed_on: date
    open_cents: EuroCents


class DebtOverdue(Fact):
    """At the end of a quarter a contribution was still unpaid (RGS art. 42 and 44)."""

    type: ClassVar[str] = "billing.debt-overdue.v1"

    quarter: YearQuarter
    due_on: date
    amounts: tuple[OpenAmount, ...]
    total_cents: EuroCents
    principal_parts: tuple[PrincipalPart, ...] = Field(
        default=(),
        description="The principal of the amounts by how it was claimed, the oldest first; empty when not told.",
    )

    def business_key(self) -> str:
        return f"{self.dossier}|{self.quarter}|{self.occurred_on}"


class SurchargeBooked(Fact):
    """A surcharge for late payment was charged (RGS art. 44 or 44bis)."""

    type: ClassVar[str] = "billing.surcharge-booked.v1"

    quarter: YearQuarter
    surcharge_cents: EuroCents
    rate: Decimal
    article: str

    def business_key(self) -> str:
        return f"{self.dossier}|{self.quarter}|{self.occurred_on}|{self.article}"


class Allocation(Contract):
    """The part of a payment that went to one kind of one quarter."""

    quarter: YearQuarter
    kind: AmountKind
    cents: EuroCents


class PaymentAllocated(Fact):
    """A payment was received and used for the debts of a dossier."""

    type: ClassVar[str] = "billing.payment-allocated.v1"

    payment_id: UUID
    value_date: date
    amount_cents: EuroCents
    allocations: tuple[Allocation, ...]
    remaining_open_cents: EuroCents = Field(description="What the dossier still owes after this payment.")

    def business_key(self) -> str:
        return f"{self.dossier}|{self.payment_id}"


class ReversalReason(StrEnum):
    """Why a payment was undone."""

    WRONG_MATCH = "wrongMatch"
    RETURNED_BY_BANK = "returnedByBank"


class PaymentReversed(Fact):
    """A payment was undone: its money was meant for somebody else, or the bank took it back.

    What it had paid is owed again. A payment that comes in its place is told as a payment of its own.
    """

    type: ClassVar[str] = "billing.payment-reversed.v1"

    payment_id: UUID
    value_date: date = Field(description="Day from which the payment counts no longer.")
    amount_cents: EuroCents
    allocations: tuple[Allocation, ...] = Field(description="What the payment had paid when it was booked.")
    reason: ReversalReason
    remaining_open_cents: EuroCents = Field(description="What the dossier owes after it was undone.")

    def business_key(self) -> str:
        return f"{self.dossier}|{self.payment_id}"


class SettledBy(StrEnum):
    """How the last cent of a debt went."""

    PAYMENT = "payment"
    WAIVER = "waiver"


class DebtSettled(Fact):
    """Nothing is open any more of one quarter of a dossier."""

    type: ClassVar[str] = "billing.debt-settled.v1"

    quarter: YearQuarter
    settled_by: SettledBy
    settled_on: date | None = Field(
        default=None, description="Value date of the payment that settled it; absent when nothing was paid."
    )
    remaining_open_cents: EuroCents = Field(description="What the dossier still owes for its other quarters.")

    def business_key(self) -> str:
        return f"{self.dossier}|{self.quarter}|{self.occurred_on}|{self.remaining_open_cents}"


class ReliefApplied(Fact):
    """Contributions of quarters were waived because another service granted relief."""

    type: ClassVar[str] = "billing.relief-applied.v1"

    quarters: tuple[YearQuarter, ...]
    waived_cents: EuroCents
    ground: str
    article: str

    def business_key(self) -> str:
        return f"{self.dossier}|{self.ground}|{'+'.join(self.quarters)}"


class SurchargesTakenBack(Fact):
    """Surcharges are owed no longer because they were waived; the contributions they were charged on stay owed."""

    type: ClassVar[str] = "billing.surcharges-taken-back.v1"

    decision_id: UUID
    quarters: tuple[YearQuarter, ...]
    taken_back_cents: EuroCents
    article: str
    remaining_open_cents: EuroCents = Field(description="What the dossier still owes.")

    def business_key(self) -> str:
        return f"{self.dossier}|{self.decision_id}"


class RegularisedQuarter(Contract):
    """What a quarter is definitively owed, and by how much that differs from what was billed before."""

    quarter: YearQuarter
    category: Category
    total_cents: EuroCents = Field(description="Contribution and management fee owed by law.")
    difference_cents: EuroCents = Field(description="Charged more when positive, taken back when negative.")


class RegularisationIssued(Fact):
    """The contributions of a year were brought to the definitive income (royal decree 38, art. 11 par. 5)."""

    type: ClassVar[str] = "billing.regularisation-issued.v1"

    regularisation_id: UUID
    year: int
    number: int = Field(ge=1, description="1 for the first statement of the year, one more for each correction.")
    quarters: tuple[RegularisedQuarter, ...]
    surcharge_difference_cents: EuroCents = Field(
        description="Surcharge on an unjustified reduction (art. 11bis), as it differs from the statement before."
    )
    difference_cents: EuroCents
    due_on: date

    def business_key(self) -> str:
        return f"{self.dossier}|{self.year}|{self.number}"


class RequestOutcome(StrEnum):
    """How a request to contribute more or less was decided."""

    GRANTED = "granted"
    REFUSED = "refused"


class ContributionRequestDecided(Fact):
    """A request to contribute on an estimated income was decided (royal decree 38, art. 11 par. 3)."""

    type: ClassVar[str] = "billing.contribution-request-decided.v1"

    request_id: UUID
    year: int
    kind: str = Field(description="reduction or increase")
    outcome: RequestOutcome
    reason: str

    def business_key(self) -> str:
        return f"{self.dossier}|{self.request_id}"


class RefundOrdered(Fact):
    """What was paid too much is to be paid back, as far as the dossier still has that credit when it is paid."""

    type: ClassVar[str] = "billing.refund-ordered.v1"

    refund_id: UUID
    cause: str
    cause_id: UUID
    amount_cents: EuroCents

    def business_key(self) -> str:
        return f"{self.dossier}|{self.refund_id}"
