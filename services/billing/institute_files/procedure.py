"""What the files for the institute are written in steps of."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


class InstituteDay(BaseModel):
    """The day on which files for the institute are written."""

    today: date


class InstituteFiles(BaseModel):
    """How many files there are for what was asked, and whether days are left."""

    written: int
    more: bool = False
