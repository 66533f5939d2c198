"""What others ask of accounts: open items, paid quarters, contributions with their reasons."""

from __future__ import annotations

from uuid import UUID

from services.billing.accounts import store
from services.billing.accounts.rules import NO_SUMS, QuarterAccount, ServedPrincipal
from services.billing.accounts.store import (
    BilledContribution,
    charged_on,
    contributions_of,
    credit_of,
    open_items,
    stand_of,
)
from services.billing.ledger import service as ledger
from services.billing.subjects import service as subjects
from services.billing.subjects.rules import category_in, subject_period
from shared.law.quarter import Quarter, quarters_between
from shared.platform.database.connections import Connection

#: What others ask of accounts; most of it as the store gives it.
__all__ = [
    "BilledContribution",
    "charged_on",
    "contributions_of",
    "credit_of",
    "open_items",
    "paid_quarters",
    "served_principal",
    "stand_of",
]


async def served_principal(connection: Connection, *, dossier: UUID) -> list[ServedPrincipal]:
    """Return the quarters whose warrant or summons was served: open principal it claimed and the day interest runs."""
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    return [
        ServedPrincipal(
            quarter=served.quarter,
            served_on=served.served_on,
            interest_from=served.interest_from,
            open_cents=account.served_principal(served),
        )
        for served in account.served
    ]


async def paid_quarters(
    connection: Connection, *, dossier: UUID, first: Quarter, last: Quarter
) -> list[QuarterAccount]:
    """Return each quarter of a range as rights that depend on it see it: contribution with fee, nothing else."""
    periods = await subjects.periods_of(connection, dossier=dossier)
    dated = await subjects.categories_of(connection, dossier=dossier)
    categories = [(one.applies_from, one.category) for one in dated]
    billed = await store.billed_categories(connection, dossier=dossier)
    taken_over = {one.quarter: one for one in await store.quarters_taken_over(connection, dossier=dossier)}
    relieved = await store.relieved_quarters(connection, dossier=dossier)
    sums = await store.contribution_sums(connection, dossier=dossier)
    accounts: list[QuarterAccount] = []
    for quarter in quarters_between(first, last):
        here, before = sums.get(quarter, NO_SUMS), taken_over.get(quarter)
        known = billed.get(quarter) or (None if before is None else before.category)
        accounts.append(
            QuarterAccount(
                quarter=quarter,
                category=known or category_in(categories=categories, quarter=quarter),
                subject=known is not None or subject_period(periods=periods, quarter=quarter) is not None,
                billed=known is not None,
                relieved=quarter in relieved,
                due_cents=here.charged_cents + (0 if before is None else before.due_cents),
                paid_cents=here.paid_cents + (0 if before is None else before.paid_cents),
                waived_cents=here.waived_cents,
            )
        )
    return accounts
