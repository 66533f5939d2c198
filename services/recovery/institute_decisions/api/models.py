"""What travels about decisions of the institute and summonses."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.recovery.institute_decisions.rules import DecisionKind
from services.recovery.ladder.service.actions import without_identifiers
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.platform.http import ApiModel
from shared.platform.rows import JsonObject

#: The reference of the institute or of the bailiff; no national or account number belongs in it.
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{2,39}$"), AfterValidator(without_identifiers)]
Quarters = Annotated[tuple[YearQuarter, ...], Field(min_length=1, max_length=80)]


class DecisionReport(ApiModel):
    """Something that was decided or served elsewhere about a dossier."""

    dossier: UUID
    reference: Reference


class DecidedReport(DecisionReport):
    """A decision of the institute."""

    decided_on: date


class FineReport(DecidedReport):
    """An administrative fine (royal decree 38, art. 17bis)."""

    infringement: Literal["notAffiliated", "unregisteredPartner", "notWithheld"]
    committed_on: date = Field(description="Day of the infringement, whose law applies.")
    fine_cents: Annotated[EuroCents, Field(gt=0)]
    again: bool = Field(default=False, description="Within a year of an earlier fine (art. 17bis par. 2/1).")
    mitigated: bool = Field(default=False, description="Below the least fine, for mitigating circumstances (par. 2).")
    final_on: date = Field(description="First day on which the decision can be appealed no longer.")


class ExemptionReport(DecidedReport):
    """An exemption from the contributions of whole quarters (royal decree 38, art. 17)."""

    quarters: Quarters


class WaivedQuarter(ApiModel):
    """What is waived of the surcharges of a quarter; all of them without ``cents``."""

    quarter: YearQuarter
    cents: Annotated[EuroCents, Field(gt=0)] | None = None


class SurchargeWaiverReport(DecidedReport):
    """A waiver of surcharges (RGS art. 48)."""

    waived: tuple[WaivedQuarter, ...] = Field(min_length=1, max_length=80)


class SummonsReport(DecisionReport):
    """The debtor was summoned before the labour tribunal to pay contributions of quarters."""

    served_on: date
    quarters: Quarters


class DecisionRecorded(ApiModel):
    """What was reported is written down; ``recorded`` is false when it was before."""

    decision_id: UUID
    recorded: bool


class DecisionView(ApiModel):
    """A decision as it was recorded."""

    decision_id: UUID
    kind: DecisionKind
    reference: str
    decided_on: date
    recorded_on: date
    recorded_by: str
    content: JsonObject


class DecisionList(ApiModel):
    """Decisions about a debtor, the oldest first."""

    items: tuple[DecisionView, ...]
