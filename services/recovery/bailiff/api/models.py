"""What travels about mandates: what a bailiff reports, and who bears the costs of a late service."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.recovery.ladder.service.actions import FreeText
from shared.contracts.vocabulary import EuroCents
from shared.platform.http import ApiModel

CostDecision = Literal["chargeDebtor", "bearByFund"]


class LateServiceDecision(ApiModel):
    """Who bears the costs of a service that came too late, and why."""

    decision: CostDecision
    reason: FreeText


class BailiffReport(ApiModel):
    """What became of a warrant; costs come with the service."""

    mandate_id: UUID
    kind: Literal["served", "notServed"]
    on: date | None = Field(default=None, description="Day on which the bailiff found that it could not be served.")
    served_on: date | None = None
    cost_cents: Annotated[EuroCents, Field(ge=0, le=10_000_000)] | None = None
    reason: Literal["addressUnknown", "moved", "deceased", "insolvent"] | None = None
