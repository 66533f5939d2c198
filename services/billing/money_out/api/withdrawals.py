"""Files of refunds and collections that the bank refuses: withdrawn by two people."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import Depends

from services.billing.money_out.service.file_work import WITHDRAWAL_ACTION
from services.billing.money_out.store import RUNS
from shared.platform.context import AnyContext
from shared.platform.http import ApiRouter, Principal, Role, require
from shared.treasury.withdrawals import WithdrawableFiles, Withdrawal, WithdrawalAsked, take_withdrawal

_FILES: Final = WithdrawableFiles(
    action=WITHDRAWAL_ACTION,
    audited_as="bankFile.withdrawalAsked",
    purpose="bank orders",
    tables=RUNS,
)


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
            return await take_withdrawal(
                connection, files=_FILES, run_id=run_id, wanted=wanted, principal=principal, on=today
            )

    return routes
