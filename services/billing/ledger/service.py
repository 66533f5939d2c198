"""The accounts of dossiers as they stand in the books, and the journal as others write it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID

from services.billing.ledger.rules.debtor_account import BookedSurcharge, DebtorAccount, ServedQuarter
from services.billing.ledger.rules.entries import ItemBalance
from services.billing.ledger.store import (
    ENTRY_COLUMNS,
    LINE_COLUMNS,
    AccountRows,
    account_rows,
    book,
    book_new,
    entry_blocks,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection

#: What others ask of the ledger; most of it as the store gives it.
__all__ = [
    "ENTRY_COLUMNS",
    "LINE_COLUMNS",
    "AccountRows",
    "account_rows",
    "accounts_of",
    "book",
    "book_new",
    "entry_blocks",
    "load_accounts",
]

_KINDS: Final = {str(kind): kind for kind in AmountKind}
_quarter: Final = cache(Quarter.parse)


async def load_accounts(connection: Connection, *, dossiers: Sequence[UUID]) -> dict[UUID, DebtorAccount]:
    """Return the accounts of dossiers as they stand in the books; lock the subjects first when they will change."""
    return accounts_of(await account_rows(connection, dossiers=dossiers))


def accounts_of(read: AccountRows) -> dict[UUID, DebtorAccount]:
    """Make accounts of what was read, in any thread: for thousands of them this is work for the processor."""
    accounts = {dossier: DebtorAccount(dossier=dossier) for dossier in read.dossiers}
    for item in read.items:
        quarter, kind = _quarter(item.quarter), _KINDS[item.kind]
        account = accounts[item.dossier]
        account.items[quarter, kind] = ItemBalance(
            quarter=quarter,
            kind=kind,
            charged_cents=item.charged_cents,
            paid_cents=item.paid_cents,
            waived_cents=item.waived_cents,
        )
        account.charged_on[quarter, kind] = item.charged_on
    for credit in read.credits:
        accounts[credit.dossier].credit_cents = credit.credit_cents
    for surcharge in read.surcharges:
        accounts[surcharge.dossier].surcharges.append(
            BookedSurcharge(
                quarter=_quarter(surcharge.quarter),
                closing=_quarter(surcharge.closing),
                kind=surcharge.kind,
                charged_on=surcharge.charged_on,
                rate=surcharge.rate,
                base_cents=surcharge.base_cents,
                surcharge_cents=surcharge.surcharge_cents,
            )
        )
    for served in read.served:
        accounts[served.dossier].served.append(
            ServedQuarter(
                quarter=_quarter(served.quarter),
                served_on=served.served_on,
                interest_from=served.interest_from,
                changes=tuple(zip(served.change_days, served.change_differences, strict=True)),
            )
        )
    return accounts
