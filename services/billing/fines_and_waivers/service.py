"""What the institute decided and recovery told: fines and waivers of surcharges, each booked once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from services.billing.fines_and_waivers import store
from services.billing.fines_and_waivers.rules import waive_surcharges
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind, charge
from services.billing.settlement.service import settled_facts, use_credits, write_corrections
from services.billing.subjects.service import lock_subjects
from shared.contracts.billing_v1 import SettledBy, SurchargesTakenBack
from shared.contracts.envelope import Fact
from shared.contracts.recovery_v1 import FineImposed, SurchargesWaived
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many


async def charge_fine(connection: Connection, *, fact: FineImposed, booked_on: date, interest_rate: Decimal) -> None:
    """Charge a fine to the debtor, once: from this day payments go to it first (royal decree 38, art. 17ter).

    Raises:
        UnknownDossier: billing has not been told of the dossier.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    entry = charge(
        kind=EntryKind.FINE,
        key=str(fact.fine_id),
        value_date=fact.occurred_on,
        dossier=fact.dossier,
        quarter=Quarter.parse(fact.quarter),
        amounts={AmountKind.FINE: fact.fine_cents},
    )
    if not await ledger.book(connection, entries=[entry], booking_date=booked_on):
        return
    await store.insert_fine(connection, fact=fact, entry_id=entry.entry_id)
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"fine|{fact.fine_id}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


async def apply_surcharge_waiver(
    connection: Connection, *, fact: SurchargesWaived, booked_on: date, interest_rate: Decimal
) -> None:
    """Waive surcharges; what of them was paid is used for other debts or stays a credit. A decision counts once."""
    await lock_subjects(connection, dossiers=[fact.dossier])
    if await store.is_waived_by(connection, decision_id=fact.decision_id):
        return
    granted = {Quarter.parse(one.quarter): one.cents for one in fact.waived}
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    before = account.open_quarters()
    waived = waive_surcharges(account, cause=str(fact.decision_id), value_date=fact.occurred_on, granted=granted)
    await ledger.book(connection, entries=waived.entries, booking_date=booked_on)
    await write_corrections(connection, dossier=fact.dossier, cause_id=fact.decision_id, corrections=waived.corrections)
    await store.insert_waiver(connection, fact=fact, cents=waived.cents)
    settled = sorted(quarter for quarter in before if account.open_of(quarter) <= 0)
    told: list[Fact] = [
        SurchargesTakenBack(
            dossier=fact.dossier,
            occurred_on=booked_on,
            decision_id=fact.decision_id,
            quarters=tuple(str(quarter) for quarter in sorted(granted)),
            taken_back_cents=sum(waived.cents.values()),
            article=fact.article,
            remaining_open_cents=account.open_cents,
        ),
        *await _settled(connection, account=account, quarters=settled, booked_on=booked_on),
    ]
    await publish_many(connection, told)
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"surchargeWaiver|{fact.decision_id}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


async def _settled(
    connection: Connection, *, account: DebtorAccount, quarters: Sequence[Quarter], booked_on: date
) -> list[Fact]:
    """Tell which quarters are settled; one whose contribution was paid is settled by that payment, not by the waiver.

    Others take a settlement by waiver for a contribution that was never paid.
    """
    found: list[Fact] = []
    for quarter in quarters:
        paid_on = await store.contribution_paid_on(connection, dossier=account.dossier, quarter=quarter)
        found += settled_facts(
            dossier=account.dossier,
            quarters=[quarter],
            settled_by=SettledBy.WAIVER if paid_on is None else SettledBy.PAYMENT,
            occurred_on=booked_on,
            settled_on=paid_on,
            remaining_open_cents=account.open_cents,
        )
    return found
