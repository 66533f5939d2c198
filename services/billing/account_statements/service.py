"""Statements of account, from what others tell of a dossier."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.account_statements.letters import (
    AccountStatement,
    OpenLine,
    ReturnedCollection,
)
from services.billing.accounts import service as queries
from services.billing.lateness.rules.interest import accrued_interest
from services.billing.money_out.service import mandates
from services.billing.subjects.service import file_number_of
from shared.law.parameters import Parameters
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.people.documents import store_document

STATEMENT_DOCUMENT: Final = "accountStatement"


async def statement_of(
    connection: Connection, *, dossier: UUID, today: date, parameters: Parameters
) -> AccountStatement:
    """Return everything that is open in a dossier on a day, with the interest that runs."""
    items = await queries.open_items(connection, dossier=dossier)
    charged_on = await queries.charged_on(connection, dossier=dossier)
    served = await queries.served_principal(connection, dossier=dossier)
    returned = await mandates.last_return(connection, dossier=dossier)
    rate = parameters.decimal("surcharges.socialInterestRate", on=today)
    return AccountStatement(
        file_number=await file_number_of(connection, dossier=dossier),
        day=today,
        lines=[
            OpenLine(
                quarter=item.quarter,
                kind=item.kind,
                open_cents=item.open_cents,
                due_on=item.due_on,
                charged_on=charged_on.get((item.quarter, item.kind)),
                reference=item.structured_communication,
            )
            for item in items
            if item.open_cents > 0
        ],
        accrued_interest_cents=sum(
            accrued_interest(principal_cents=row.open_cents, rate=rate, starts_on=row.interest_from, ends_before=today)
            for row in served
        ),
        credit_cents=await queries.credit_of(connection, dossier=dossier),
        returned=None if returned is None else ReturnedCollection(**asdict(returned)),
    )


async def keep_statement(
    connection: Connection, *, statement: AccountStatement, dossier: UUID, language: str, state: str, content: bytes
) -> UUID:
    """Keep the letter of a statement; the same one of the same day is kept once.

    Args:
        connection: a transaction.
        statement: what it says.
        dossier: whose.
        language: of the letter.
        state: tells letters of one day apart.
        content: the letter.
    """
    return await store_document(
        connection,
        kind=STATEMENT_DOCUMENT,
        reference=f"{dossier}|{statement.day}|{state}",
        dossier=dossier,
        language=language,
        media_type="application/pdf",
        name=f"statements/{statement.day}/{statement.file_number:07d}-{state}.pdf",
        content=content,
        business_date=statement.day,
        readers=(Role.AFFILIATION_AGENT, Role.BENEFITS_AGENT, Role.COLLECTIONS_AGENT, Role.FINANCE),
    )
