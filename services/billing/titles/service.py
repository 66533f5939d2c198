"""Warrants and summonses that were served: quarterly surcharges stop, interest runs, and costs are charged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.lateness.rules.surcharge_corrections import stop_surcharges
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import EntryKind, charge
from services.billing.settlement.service import use_credits, write_corrections
from services.billing.subjects.service import lock_subjects
from services.billing.titles import store
from shared.contracts.recovery_v1 import CostsCharged, SummonsServed, WarrantServed
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task

NOT_DUE_TASK: Final = "decisionBeforeDue"
_TASK_DAYS: Final = 5


async def serve_warrant(
    connection: Connection, *, fact: WarrantServed, booked_on: date, interest_rate: Decimal
) -> None:
    """Note that a warrant was served: quarterly surcharges of its quarters stop and interest runs (RGS art. 44, 47bis).

    Surcharges of a closing between the service and the day it is told are taken back. A second service for the same
    quarter changes nothing: interest runs from the first.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    # see limits: no-second-warrant-for-a-supplement
    noted = [
        Quarter.parse(quarter)
        for quarter in fact.quarters
        if await store.insert_warrant(
            connection, dossier=fact.dossier, quarter=quarter, title_id=fact.warrant_id, served_on=fact.served_on
        )
    ]
    await _take_back_surcharges(
        connection,
        dossier=fact.dossier,
        title_id=fact.warrant_id,
        quarters=noted,
        served_on=fact.served_on,
        occasion=f"warrant|{fact.warrant_id}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


async def serve_summons(
    connection: Connection, *, fact: SummonsServed, booked_on: date, interest_rate: Decimal
) -> None:
    """Note that the debtor was summoned: quarterly surcharges stop and interest runs, as with a warrant.

    Surcharges of a closing between the service and the day it is told are taken back. A second summons for the same
    quarter changes nothing. A quarter that was not due then (RGS art. 42) is left as it is, and a person is asked.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    of_company = await store.due_days_of_company(connection, dossier=fact.dossier)
    early = [
        quarter
        for quarter in fact.quarters
        if of_company.get(quarter, Quarter.parse(quarter).last_day) >= fact.served_on
    ]
    await ask_about_early_quarters(connection, fact.dossier, fact.summons_id, early, booked_on)
    noted = [
        Quarter.parse(quarter)
        for quarter in fact.quarters
        if quarter not in early
        and await store.insert_summons(
            connection, dossier=fact.dossier, quarter=quarter, title_id=fact.summons_id, served_on=fact.served_on
        )
    ]
    await _take_back_surcharges(
        connection,
        dossier=fact.dossier,
        title_id=fact.summons_id,
        quarters=noted,
        served_on=fact.served_on,
        occasion=f"summons|{fact.summons_id}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


async def charge_costs(connection: Connection, *, fact: CostsCharged, booked_on: date, interest_rate: Decimal) -> None:
    """Charge the costs of a bailiff to the debtor, once per warrant and quarter."""
    await lock_subjects(connection, dossiers=[fact.dossier])
    entry = charge(
        kind=EntryKind.COST,
        key=f"{fact.warrant_id}|{fact.quarter}",
        value_date=fact.occurred_on,
        dossier=fact.dossier,
        quarter=Quarter.parse(fact.quarter),
        amounts={AmountKind.COST: fact.cost_cents},
    )
    if not await ledger.book(connection, entries=[entry], booking_date=booked_on):
        return
    await store.insert_cost(connection, fact=fact, entry_id=entry.entry_id)
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"cost|{fact.warrant_id}|{fact.quarter}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


async def ask_about_early_quarters(
    connection: Connection, dossier: UUID, decision_id: UUID, quarters: Sequence[str], booked_on: date
) -> None:
    """Ask a person to look at quarters a decision can't be about: they were not due when it was taken."""
    if not quarters:
        return
    await open_task(
        connection,
        kind=NOT_DUE_TASK,
        reference=str(decision_id),
        dossier=dossier,
        due_on=add_working_days(booked_on, _TASK_DAYS),
        role="teamLead",
        details={"decisionId": str(decision_id), "quarters": sorted(quarters)},
    )


async def _take_back_surcharges(
    connection: Connection,
    *,
    dossier: UUID,
    title_id: UUID,
    quarters: Sequence[Quarter],
    served_on: date,
    occasion: str,
    booked_on: date,
    interest_rate: Decimal,
) -> None:
    """Take back what closings after the service of a title charged on the quarters it was noted for now."""
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    corrections = stop_surcharges(account, cause=str(title_id), quarters=quarters, served_on=served_on)
    if not corrections:
        return
    entries = [correction.entry for correction in corrections if correction.entry is not None]
    await ledger.book(connection, entries=entries, booking_date=booked_on)
    await write_corrections(connection, dossier=dossier, cause_id=title_id, corrections=corrections)
    await use_credits(
        connection, accounts=[account], occasion=occasion, booked_on=booked_on, interest_rate=interest_rate
    )
