"""What travels about cases: their proof, what people report of them, and counts."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.recovery.ladder.rules.picture import OppositionJudgment, OutlookKind, Step
from services.recovery.ladder.service.actions import FreeText
from shared.contracts.billing_v1 import PrincipalOrigin
from shared.contracts.recovery_v1 import CaseOutcome
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.platform.database.rows import JsonObject
from shared.platform.http import ApiModel

CaseStatus = Literal["open", "closed"]
ContactChannel = Literal["telephone", "visit", "office", "email"]
ContactOutcome = Literal["reached", "notReached", "exceptionJustified"]
# see limits: insolvency-is-a-hold
HoldReason = Literal["hardship", "dispute", "paymentPlan", "exemptionRequested", "insolvency", "other"]


class CaseItem(ApiModel):
    """A case as a list shows it: the last step taken, and what comes next."""

    case_id: UUID
    dossier: UUID
    file_number: int | None = None
    status: CaseStatus
    opened_on: date
    owner: str
    step: str | None = Field(default=None, description="The last step that was taken.")
    outlook: OutlookKind = Field(description="What the case does now.")
    next_step: Step
    next_date: date
    article: str
    reason: str
    remaining_days: int | None = Field(default=None, description="Days still to run on a wait that a hold paused.")
    outcome: CaseOutcome | None = None
    closed_on: date | None = None


class CasePage(ApiModel):
    """Cases in the order in which they were opened; the next page begins after ``nextAfter``."""

    items: tuple[CaseItem, ...]
    next_after: UUID | None = None


class StepView(ApiModel):
    """A step that was taken, with its evidence."""

    step: str
    attempt: int
    done_on: date
    elapsed_days: int = Field(description="Days since the step before it, or since the case was opened.")
    article: str
    evidence: JsonObject
    document_id: UUID | None = None


class InterruptionView(ApiModel):
    """An act that interrupted prescription."""

    kind: str
    on: date


class DebtPartView(ApiModel):
    """A part of a quarter's principal, and when it prescribes: a supplement of a regularisation does so later."""

    origin: PrincipalOrigin
    claimed_on: date
    open_cents: EuroCents = Field(description="What was open when it was told as overdue.")
    prescribed_from: date
    days_left: int


class DebtView(ApiModel):
    """A quarter the case is about, and when it prescribes (royal decree 38, art. 16)."""

    quarter: YearQuarter
    due_on: date
    overdue_on: date
    prescribed_from: date
    days_left: int
    interruptions: tuple[InterruptionView, ...]
    principal_parts: tuple[DebtPartView, ...] = ()
    fine_prescribed_from: date | None = None


class ContactView(ApiModel):
    """A contact with the debtor, an attempt, or a justified exception."""

    contact_id: UUID
    made_on: date
    channel: str
    outcome: str
    note: str | None = None
    recorded_by: str


class HoldView(ApiModel):
    """A pause of the ladder, with its reason and last day."""

    hold_id: UUID
    reason: str
    legal_basis: str
    starts_on: date
    until: date
    placed_by: str
    lifted_on: date | None = None
    lifted_by: str | None = None


class ContestView(ApiModel):
    """A quarter the debtor contested by registered letter."""

    quarter: YearQuarter
    sent_on: date
    in_time: bool


class LateServiceView(ApiModel):
    """A warrant served after it was taken back, and who bears its costs once that is decided."""

    mandate_id: UUID
    served_on: date
    cost_cents: EuroCents
    reported_on: date
    decision: Literal["chargeDebtor", "bearByFund"] | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    reason: str | None = None


class OppositionView(ApiModel):
    """The opposition against the warrant, with its judgment once there is one."""

    lodged_on: date
    judged_on: date | None = None
    judgment: OppositionJudgment | None = None


class CaseDetail(CaseItem):
    """A case with the proof of its ladder."""

    steps: tuple[StepView, ...]
    debts: tuple[DebtView, ...]
    contacts: tuple[ContactView, ...]
    holds: tuple[HoldView, ...]
    contests: tuple[ContestView, ...]
    late_services: tuple[LateServiceView, ...] = ()
    opposition: OppositionView | None = None


class SleepingCase(ApiModel):
    """An open case that nothing will wake, and why."""

    case_id: UUID
    dossier: UUID | None = None
    problems: tuple[str, ...]


class SleepingCases(ApiModel):
    """Cases that sleep; there must be none."""

    items: tuple[SleepingCase, ...]
    checked: int


class OpenCase(ApiModel):
    """An open case in the summary."""

    file_number: int
    step: str
    next_date: date


class Summary(ApiModel):
    """What the service counts."""

    cases_opened: int
    cases_closed: int
    warrants_issued: int
    warrants_served: int
    open_cases: tuple[OpenCase, ...]


class ContactReport(ApiModel):
    """Somebody spoke with the debtor, tried to, or says why that can't be asked."""

    made_on: date
    channel: ContactChannel
    outcome: ContactOutcome
    note: FreeText | None = None


class HoldRequest(ApiModel):
    """Pauses the ladder of a case up to and including a day."""

    reason: HoldReason
    until: date
    legal_basis: FreeText


class ContestReport(ApiModel):
    """The debtor contested sums of the last reminder by registered letter (RGS art. 46)."""

    sent_on: date = Field(description="Day on which the registered letter was handed to the post.")
    quarters: tuple[YearQuarter, ...] = Field(min_length=1, max_length=40)


class Resumption(ApiModel):
    """A person takes a blocked case up again."""

    decision: Literal["tryAgain", "deemNotified"]
    reason: FreeText
