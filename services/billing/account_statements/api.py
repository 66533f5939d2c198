"""Statements of account: a letter with everything that is open in a dossier on a day."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Depends

from services.billing.account_statements.letters import (
    AccountStatement,
    OpenLine,
    ReturnedCollection,
    account_statement,
)
from services.billing.accounts import service as queries
from services.billing.clients import Affiliation
from services.billing.correspondence.letters.plain_letter import TEMPLATE
from services.billing.lateness.rules.interest import accrued_interest
from services.billing.money_out.service import mandates
from services.billing.subjects.service import READERS, DossierQuery, file_number_of, known, log_read
from shared.contracts.vocabulary import EuroCents
from shared.law.quarter import Quarter
from shared.platform.auth import Role
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.documents import render, store_document
from shared.platform.http import ApiModel, ApiRouter, Conflict, Principal, require

STATEMENT_DOCUMENT = "accountStatement"


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
            statement = await _statement(context, connection, wanted.dossier, today)
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
            document_id = await store_document(
                connection,
                kind=STATEMENT_DOCUMENT,
                reference=f"{wanted.dossier}|{today}|{state}",
                dossier=wanted.dossier,
                language=str(addressee.language),
                media_type="application/pdf",
                name=f"statements/{today}/{statement.file_number:07d}-{state}.pdf",
                content=content,
                business_date=today,
                readers=(Role.AFFILIATION_AGENT, Role.BENEFITS_AGENT, Role.COLLECTIONS_AGENT, Role.FINANCE),
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


async def _statement(context: AnyContext, connection: Connection, dossier: UUID, today: date) -> AccountStatement:
    items = await queries.open_items(connection, dossier=dossier)
    charged_on = await queries.charged_on(connection, dossier=dossier)
    served = await queries.served_principal(connection, dossier=dossier)
    returned = await mandates.last_return(connection, dossier=dossier)
    rate = context.parameters.decimal("surcharges.socialInterestRate", on=today)
    return AccountStatement(
        file_number=await file_number_of(connection, dossier=dossier),
        day=today,
        lines=[
            OpenLine(
                quarter=Quarter.parse(item["quarter"]),
                kind=item["kind"],
                open_cents=item["open_cents"],
                due_on=item["due_on"],
                charged_on=charged_on.get((item["quarter"], item["kind"])),
                reference=item["structured_communication"],
            )
            for item in items
            if item["open_cents"] > 0
        ],
        accrued_interest_cents=sum(
            accrued_interest(
                principal_cents=row["open_cents"], rate=rate, starts_on=row["interest_from"], ends_before=today
            )
            for row in served
        ),
        credit_cents=await queries.credit_of(connection, dossier=dossier),
        returned=None if returned is None else ReturnedCollection(**returned),
    )
