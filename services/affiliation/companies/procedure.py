"""What the procedure of a company is told and tells: ids and dates; nothing about the manager."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

COMPANY_AFFILIATION: Final = "CompanyAffiliation"


def company_workflow_id(dossier: UUID) -> str:
    """Return the id of the procedure of one company."""
    return f"company-affiliation:{dossier}"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class CompanyInput(_Message):
    """Which company a procedure is about."""

    dossier: UUID


class CompanyAssessmentInput(_Message):
    """Affiliate a company on a civil date."""

    dossier: UUID
    today: date


class CompanyOutcome(_Message):
    """How many links of liability the company has with its manager."""

    links: int
