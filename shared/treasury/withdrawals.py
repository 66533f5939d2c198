"""A file for the bank that it refuses for good: two people withdraw it, and what was in it is free again.

Only a file whose last delivery was refused can be withdrawn. From the moment somebody asks for it, it is not delivered
any more until a second person decided, so that a file the bank took is never withdrawn.
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_value
from shared.platform.http import ApiModel, ApiRouter, Conflict, NotFound, Principal, Role, require
from shared.platform.people import audit
from shared.platform.people.approvals import (
    ApprovalMissing,
    ApprovalNotFound,
    approval_by_id,
    request_approval,
    require_approval,
)
from shared.treasury.files import FileRun, FileWork, RunT


class Withdrawal(ApiModel):
    """Why a file that the bank refuses is withdrawn."""

    reason: str = Field(min_length=10, max_length=500)


class WithdrawalAsked(ApiModel):
    """The request a second person decides on."""

    approval_id: UUID


def add_withdrawals(routes: ApiRouter, context: AnyContext, *, path: str, name: str, work: FileWork[RunT]) -> None:
    """Add the operation by which a person asks to withdraw a file, under the path of its run and a name."""

    @routes.post(
        f"{path}/{{run_id}}/withdrawal",
        name=name,
        status_code=202,
        summary="Ask to withdraw a file the bank refused",
        response_model=WithdrawalAsked,
    )
    async def ask_withdrawal(
        run_id: UUID, wanted: Withdrawal, principal: Principal = Depends(require(Role.FINANCE))
    ) -> WithdrawalAsked:
        """Ask a team lead to withdraw a file; it is not delivered meanwhile, and what is in it goes to the next one."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                run = await work.tables.read(connection, run_id=run_id, lock=True)
            except LookupError:
                raise NotFound(detail="There is no such run.") from None
            if run.status != "ordered" or run.refused_on is None:
                raise Conflict(detail="Only a file that the bank refused can be withdrawn.")
            asked_on = run.withdrawal_asked_on or today
            approval_id = await request_approval(
                connection,
                action=work.withdrawal,
                reference=_reference(run, asked_on),
                payload=run.approved(),
                requested_by=principal.subject,
                summary=run.approved(),
                workflow_id=run.workflow_id,
            )
            await work.tables.note_delivery(
                connection, run_id=run_id, refused_on=run.refused_on, withdrawal_asked_on=asked_on
            )
            await audit.record(
                connection,
                actor=principal.subject,
                action=work.withdrawal_asked,
                dossier=None,
                purpose=work.purpose,
                details={"runId": str(run_id), "reason": wanted.reason},
            )
        return WithdrawalAsked(approval_id=approval_id)


async def withdrawal_of(
    connection: Connection, *, action: str, run: FileRun
) -> Literal["waiting", "approved", "refused"] | None:
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
