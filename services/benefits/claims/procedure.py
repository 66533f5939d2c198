"""What every procedure of benefits is started and answered with: ids, dates and statuses, never personal data."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ProcedureModel(BaseModel):
    """A frozen model in the history of a procedure; fields are only ever added, with a default."""

    model_config = ConfigDict(frozen=True)


class Nothing(ProcedureModel):
    """No answer is needed."""


class OnDay(ProcedureModel):
    """Something about one dossier's claim, transmission or run, on a business date."""

    reference: UUID
    today: date


class ClaimInput(ProcedureModel):
    """Which claim has to be decided."""

    claim_id: UUID
