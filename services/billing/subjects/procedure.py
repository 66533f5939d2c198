"""What procedures of more than one subject are started with or told."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class BusinessDay(BaseModel):
    """The business day on which something scheduled began."""

    business_date: date


class RunPlan(BaseModel):
    """How many pages a run has."""

    pages: int
