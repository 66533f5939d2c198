"""The trial balance."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Depends

from services.billing.ledger import store
from shared.contracts.vocabulary import EuroCents
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Principal, Role, require


class AccountBalance(ApiModel):
    """What one account holds; a debit is positive."""

    account: str
    nature: str
    name: str
    cents: EuroCents


class TrialBalance(ApiModel):
    """Every account on a day, as it was known on a day; the sum is always zero."""

    as_of: date
    known_at: date
    items: tuple[AccountBalance, ...]
    sum_cents: EuroCents


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Reports"])

    @routes.get("/ledger/trialBalance", response_model=TrialBalance, summary="Trial balance")
    async def get_trial_balance(
        as_of: date | None = None,
        known_at: date | None = None,
        _: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR)),
    ) -> Any:
        """Give every account on a value date, as the books knew it on a booking date; both default to today."""
        today = await context.clock.today()
        as_of, known_at = as_of or today, known_at or today
        async with context.database.transaction() as connection:
            rows = await store.trial_balance(connection, as_of=as_of, known_at=known_at)
        items = tuple(
            AccountBalance(account=row.code, nature=row.nature, name=row.name, cents=row.cents) for row in rows
        )
        return TrialBalance(as_of=as_of, known_at=known_at, items=items, sum_cents=sum(item.cents for item in items))

    return routes
