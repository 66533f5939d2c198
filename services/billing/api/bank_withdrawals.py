"""Files of refunds and collections that the bank refuses: withdrawn by two people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from services.billing.store import bank_orders
from shared.platform import audit
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Conflict, NotFound, Principal, Role, require
from shared.platform.payment_files import NotRefused, ask_withdrawal


class Withdrawal(ApiModel):
    """Why a file that the bank refuses is withdrawn."""

    reason: str = Field(min_length=10, max_length=500)


class WithdrawalAsked(ApiModel):
    """The request a second person decides on."""

    approval_id: UUID


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Bank orders"])

    @routes.post(
        "/bankOrderRuns/{run_id}/withdrawal",
        status_code=202,
        response_model=WithdrawalAsked,
        summary="Ask to withdraw a file the bank refused",
    )
    async def ask_bank_file_withdrawal(
        run_id: UUID, wanted: Withdrawal, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Ask a team lead to withdraw a file; it is not delivered meanwhile, and its orders go to the next file."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                run = await bank_orders.read_run(connection, run_id=run_id, lock=True)
                approval_id = await ask_withdrawal(
                    connection,
                    action=bank_orders.WITHDRAWAL_ACTION,
                    payload=bank_orders.approved_file(run),
                    run=run,
                    asked_by=principal.subject,
                    on=today,
                )
            except LookupError as error:
                raise NotFound(detail="There is no such run.") from error
            except NotRefused as error:
                raise Conflict(detail="Only a file that the bank refused can be withdrawn.") from error
            await bank_orders.note_delivery(
                connection,
                run_id=run_id,
                refused_on=run["refused_on"],
                withdrawal_asked_on=run["withdrawal_asked_on"] or today,
            )
            await audit.record(
                connection,
                actor=principal.subject,
                action="bankFile.withdrawalAsked",
                dossier=None,
                purpose="bank orders",
                details={"runId": str(run_id), "reason": wanted.reason},
            )
        return WithdrawalAsked(approval_id=approval_id)

    return routes
