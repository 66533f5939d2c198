"""A file for the bank that it refuses for good: two people withdraw it, and what was in it is free again.

Only a file whose last delivery was refused can be withdrawn. From the moment somebody asks for it, it is not delivered
any more until a second person decided, so that a file the bank took is never withdrawn.
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from shared.platform.approvals import (
    ApprovalMissing,
    ApprovalNotFound,
    approval_by_id,
    request_approval,
    require_approval,
)
from shared.platform.database import Connection
from shared.platform.rows import fetch_value
from shared.treasury.files import FileRun

#: What became of the wish to withdraw a file.
Withdrawal = Literal["waiting", "approved", "refused"]


class NotRefused(RuntimeError):
    """The bank did not refuse this file, or has it by now: it can't be withdrawn."""


async def ask_withdrawal(connection: Connection, *, action: str, run: FileRun, asked_by: str, on: date) -> UUID:
    """Ask a second person to withdraw a file; asking again on the same day returns the same request.

    Args:
        connection: a transaction that holds the run.
        action: what is asked, lowerCamelCase.
        run: the run; what identifies its file is shown to the person who decides.
        asked_by: subject of the person who asks.
        on: the business date; the caller notes it as the day of the wish.

    Raises:
        NotRefused: the bank did not refuse it at the last delivery.
    """
    if run.status != "ordered" or run.refused_on is None:
        raise NotRefused("only a file that the bank refused can be withdrawn")
    return await request_approval(
        connection,
        action=action,
        reference=_reference(run, run.withdrawal_asked_on or on),
        payload=run.approved(),
        requested_by=asked_by,
        summary=run.approved(),
        workflow_id=run.workflow_id,
    )


async def withdrawal_of(connection: Connection, *, action: str, run: FileRun) -> Withdrawal | None:
    """Tell what became of the wish to withdraw exactly this file; None when nobody asked.

    Raises:
        ApprovalMismatch: something else was approved.
    """
    if run.withdrawal_asked_on is None:
        return None
    reference = _reference(run, run.withdrawal_asked_on)
    try:
        await require_approval(connection, action=action, reference=reference, payload=run.approved())
    except ApprovalMissing:
        asked = await fetch_value(
            connection, "select id from approval where action = %s and reference = %s", (action, reference)
        )
        if asked is None:
            raise ApprovalNotFound(f"{action} {reference}") from None
        decided = await approval_by_id(connection, approval_id=asked)
        return "waiting" if decided["decision"] is None else "refused"
    return "approved"


def _reference(run: FileRun, asked_on: date) -> str:
    return f"{run.run_id}|{asked_on.isoformat()}"
