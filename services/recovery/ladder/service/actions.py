"""What the actions of people on a case share."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path

from services.recovery.ladder.service.cases import CaseRecord, find_case
from services.recovery.ladder.service.signals import Signal, tell_case
from shared.platform import audit
from shared.platform.database import Connection
from shared.platform.http import Conflict, NotFound, Principal

#: Who works on cases.
MAY_WORK = ("collectionsAgent", "teamLead")
CaseId = Annotated[UUID, Path(description="The case.")]


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
