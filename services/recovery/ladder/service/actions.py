"""What the actions of people on a case share: their words on the API, the case they lock, the record of them."""

from __future__ import annotations

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, Field

from services.recovery.ladder.service.cases import Signal, tell_case
from services.recovery.ladder.store.cases import CaseRecord, find_case
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, Conflict, NotFound, Principal
from shared.platform.people import audit

#: Who works on cases.
MAY_WORK: Final = ("collectionsAgent", "teamLead")
CaseId = Annotated[UUID, Path(description="The case.")]
_LONG_NUMBER: Final = re.compile(r"(?:[0-9][ .\-/]?){10,}")


def without_identifiers(text: str) -> str:
    """Refuse long numbers: what identifies a person or an account does not belong in a text."""
    if _LONG_NUMBER.search(text):
        raise ValueError("may not hold national numbers, account numbers or other long numbers")
    return text


#: A short text of a colleague; identity does not belong in it.
FreeText = Annotated[str, Field(min_length=3, max_length=500), AfterValidator(without_identifiers)]


class Recorded(ApiModel):
    """What was asked is written down."""

    case_id: UUID
    recorded_id: UUID | None = None
    result: str


async def locked_open_case(connection: Connection, case_id: UUID) -> CaseRecord:
    """Return an open case, locked against others.

    Raises:
        NotFound: there is no such case.
        Conflict: it is closed.
    """
    case = await find_case(connection, case_id=case_id, lock=True)
    if case is None:
        raise NotFound(detail="There is no such case.")
    if not case.is_open:
        raise Conflict(detail="The case is closed.")
    return case


async def written_down(
    connection: Connection, *, principal: Principal, action: str, case: CaseRecord, signal: Signal, event_id: UUID
) -> None:
    """Tell the procedure of a case, and the audit, that somebody did something to it."""
    await tell_case(connection, case_id=case.case_id, dossier=case.dossier, signal=signal, event_id=event_id)
    await audit.record(
        connection,
        actor=principal.subject,
        action=action,
        dossier=case.dossier,
        purpose="recovery",
        details={"caseId": str(case.case_id)},
    )
