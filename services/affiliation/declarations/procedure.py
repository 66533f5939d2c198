"""What the procedure of a declaration is told and tells: ids, dates and statuses; nothing about the person."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.affiliation.declarations.rules.status import ApplicationStatus

AFFILIATION_APPLICATION: Final = "AffiliationApplication"
#: Signal of AffiliationApplication: something was supplied, or the declaration was withdrawn.
NEWS: Final = "news"


def application_workflow_id(application_id: UUID) -> str:
    """Return the id of the procedure of one declaration."""
    return f"affiliation-application:{application_id}"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class ApplicationInput(_Message):
    """Which declaration a procedure is about."""

    application_id: UUID
    dossier: UUID


class News(_Message):
    """Look at the declaration again."""

    application_id: UUID


class AssessmentInput(_Message):
    """Assess a declaration on a civil date."""

    application_id: UUID
    today: date


class Assessment(_Message):
    """Where a declaration stands.

    ``deadline`` is the first day on which it is too late to supply what is missing; ``confirmation_due`` tells that
    the person must still get the confirmation of the affiliation.
    """

    status: ApplicationStatus
    deadline: date
    confirmation_due: bool = False


class ApplicationOutcome(_Message):
    """How a declaration ended."""

    status: ApplicationStatus


class ConfirmationInput(_Message):
    """Confirm the affiliation that came of a declaration."""

    application_id: UUID
    today: date


class ConfirmationOutcome(_Message):
    """The letter that was kept."""

    document_id: UUID
