"""What the yearly certificates are made in steps of."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel


class CertificateProgress(BaseModel):
    """How many certificates were made."""

    written: int = 0


class CertificateStep(BaseModel):
    """The next dossiers of a year, after one."""

    year: int
    today: date
    after: UUID | None = None


class CertificatesWritten(BaseModel):
    """How many were made; ``next_after`` is None when nobody is left."""

    written: int
    next_after: UUID | None
