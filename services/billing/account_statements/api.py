"""Statements of account: a letter with everything that is open in a dossier on a day."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends

from services.billing.account_statements.letters import account_statement
from services.billing.account_statements.service import keep_statement, statement_of
from services.billing.clients import Affiliation
from services.billing.correspondence.letters import TEMPLATE
from services.billing.subjects.service import READERS, DossierQuery, known, log_read
from shared.contracts.vocabulary import EuroCents
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Conflict, Principal, require
from shared.platform.people.documents import render


class MadeStatement(ApiModel):
    """A statement that was made; its document is read by its id."""

    document_id: UUID
    day: date
    lines: int
    total_open_cents: EuroCents
    accrued_interest_cents: EuroCents
    credit_cents: EuroCents


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Accounts"])
    affiliation = Affiliation(context.peers.affiliation)

    @routes.post("/accountStatements", response_model=MadeStatement, summary="Make a statement of account")
    async def make_statement(wanted: DossierQuery, principal: Principal = Depends(require(*READERS))) -> Any:
        """Make the letter of what a dossier owes today; the same account on the same day gives the same letter."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            await known(connection, wanted.dossier)
            statement = await statement_of(
                connection, dossier=wanted.dossier, today=today, parameters=context.parameters
            )
            await log_read(connection, principal, wanted.dossier, "accountStatement")
        addressees = await affiliation.addressees([wanted.dossier], purpose="statement of account")
        addressee = addressees.get(wanted.dossier)
        if addressee is None:
            raise Conflict(detail="Nobody knows the address of this dossier.")
        data = account_statement(statement=statement, addressee=addressee, fund=context.fund.on(today))
        # The letter itself is part of what makes it the same: a new address or language makes another.
        state = hashlib.sha256(json.dumps(data, default=str, sort_keys=True).encode()).hexdigest()[:16]
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with context.database.transaction() as connection:
            document_id = await keep_statement(
                connection,
                statement=statement,
                dossier=wanted.dossier,
                language=str(addressee.language),
                state=state,
                content=content,
            )
        return MadeStatement(
            document_id=document_id,
            day=today,
            lines=len(statement.lines),
            total_open_cents=statement.total_cents,
            accrued_interest_cents=statement.accrued_interest_cents,
            credit_cents=statement.credit_cents,
        )

    return routes
