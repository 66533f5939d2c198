"""Facts told by recovery: the steps from the first reminder to the bailiff, each with its evidence elsewhere."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Contract, Fact
from shared.contracts.vocabulary import EuroCents, YearQuarter


class ReminderKind(StrEnum):
    """An ordinary letter of the amicable phase."""

    REMINDER = "reminder"
    STATEMENT = "statement"


class CaseOutcome(StrEnum):
    """Why a recovery case was closed."""

    PAID = "paid"
    RELIEVED = "relieved"


class CaseOpened(Fact):
    """A recovery case was opened for the overdue debts of a dossier."""

    type: ClassVar[str] = "recovery.case-opened.v1"

    case_id: UUID

    def business_key(self) -> str:
        return str(self.case_id)


class CaseClosed(Fact):
    """A recovery case ended."""

    type: ClassVar[str] = "recovery.case-closed.v1"

    case_id: UUID
    outcome: CaseOutcome

    def business_key(self) -> str:
        return str(self.case_id)


class ReminderSent(Fact):
    """A reminder or a statement of account left for the debtor."""

    type: ClassVar[str] = "recovery.reminder-sent.v1"

    case_id: UUID
    kind: ReminderKind

    def business_key(self) -> str:
        return f"{self.case_id}|{self.kind}"


class ContactMade(Fact):
    """A member of staff spoke with the debtor, or a justified exception was recorded."""

    type: ClassVar[str] = "recovery.contact-made.v1"

    case_id: UUID

    def business_key(self) -> str:
        return str(self.case_id)


class LastReminderServed(Fact):
    """The registered last reminder of RGS art. 46 reached the debtor."""

    type: ClassVar[str] = "recovery.last-reminder-served.v1"

    case_id: UUID
    contest_before: date

    def business_key(self) -> str:
        return str(self.case_id)


class HoldPlaced(Fact):
    """Recovery of a dossier pauses, with a reason and a last day."""

    type: ClassVar[str] = "recovery.hold-placed.v1"

    case_id: UUID
    hold_id: UUID
    reason: str
    until: date

    def business_key(self) -> str:
        return str(self.hold_id)


class HoldLifted(Fact):
    """A hold ended before or on its last day."""

    type: ClassVar[str] = "recovery.hold-lifted.v1"

    case_id: UUID
    hold_id: UUID

    def business_key(self) -> str:
        return str(self.hold_id)


class WarrantIssued(Fact):
    """A warrant (contrainte, dwangbevel) was issued on an enforceable roll (RGS art. 47bis)."""

    type: ClassVar[str] = "recovery.warrant-issued.v1"

    case_id: UUID
    warrant_id: UUID
    quarters: tuple[YearQuarter, ...]
    total_cents: EuroCents

    def business_key(self) -> str:
        return str(self.warrant_id)


class WarrantServed(Fact):
    """The bailiff served the warrant: quarterly surcharges freeze and interest runs (RGS art. 44, 47bis par. 4)."""

    type: ClassVar[str] = "recovery.warrant-served.v1"

    case_id: UUID
    warrant_id: UUID
    served_on: date
    quarters: tuple[YearQuarter, ...]

    def business_key(self) -> str:
        return str(self.warrant_id)


class CostsCharged(Fact):
    """Costs of the bailiff are borne by the debtor (RGS art. 47bis)."""

    type: ClassVar[str] = "recovery.costs-charged.v1"

    case_id: UUID
    warrant_id: UUID
    quarter: YearQuarter
    cost_cents: EuroCents

    def business_key(self) -> str:
        return str(self.warrant_id)


class ExemptionGranted(Fact):
    """The institute exempted somebody from the contributions of quarters (royal decree 38, art. 17; RGS art. 50ter)."""

    type: ClassVar[str] = "recovery.exemption-granted.v1"

    decision_id: UUID
    quarters: tuple[YearQuarter, ...]
    article: str

    def business_key(self) -> str:
        return str(self.decision_id)


class FineImposed(Fact):
    """An administrative fine the institute decided can be claimed: nobody can appeal any more (RD 38 art. 17bis)."""

    type: ClassVar[str] = "recovery.fine-imposed.v1"

    fine_id: UUID
    quarter: YearQuarter = Field(description="Quarter in which the fund begins to claim it; the books keep it there.")
    fine_cents: EuroCents
    article: str
    decided_on: date
    final_on: date = Field(description="First day on which the decision is no longer open to appeal.")

    def business_key(self) -> str:
        return str(self.fine_id)


class WaivedSurcharges(Contract):
    """What is waived of the surcharges of one quarter."""

    quarter: YearQuarter
    cents: EuroCents | None = Field(default=None, description="Absent when all surcharges of the quarter are waived.")


class SurchargesWaived(Fact):
    """The institute waived surcharges in whole or in part (RGS art. 48)."""

    type: ClassVar[str] = "recovery.surcharges-waived.v1"

    decision_id: UUID
    waived: tuple[WaivedSurcharges, ...]
    article: str

    def business_key(self) -> str:
        return str(self.decision_id)


class SummonsServed(Fact):
    """The debtor was summoned before the labour tribunal: quarterly surcharges freeze (RGS art. 44 par. 1)."""

    type: ClassVar[str] = "recovery.summons-served.v1"

    summons_id: UUID
    served_on: date
    quarters: tuple[YearQuarter, ...]

    def business_key(self) -> str:
        return str(self.summons_id)
