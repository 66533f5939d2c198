"""What the institute or a tribunal decided and recovery told: fines, waivers of surcharges and summonses, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.decisions.rules.surcharge_waivers import Waived, waive_surcharges
from services.billing.decisions.service.decisions import ServedTitle, apply_relief, take_back_surcharges, use_credit
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind, charge
from services.billing.settlement.service import settled_facts, write_corrections
from services.billing.subjects.service import lock_subjects
from shared.contracts.benefits_v1 import ContributionReliefGranted, ReliefBasis
from shared.contracts.billing_v1 import SettledBy, SurchargesTakenBack
from shared.contracts.envelope import Fact
from shared.contracts.recovery_v1 import ExemptionGranted, FineImposed, SummonsServed, SurchargesWaived
from shared.contracts.vocabulary import AmountKind
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_many
from shared.platform.tasks import open_task

NOT_DUE_TASK: Final = "decisionBeforeDue"
_TASK_DAYS: Final = 5


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
    await connection.execute(
        "insert into fine_charged (fine_id, dossier, quarter, fine_cents, article, entry_id) "
        "values (%s, %s, %s, %s, %s, %s)",
        (fact.fine_id, fact.dossier, fact.quarter, fact.fine_cents, fact.article, entry.entry_id),
    )
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    await use_credit(connection, account, f"fine|{fact.fine_id}", booked_on, interest_rate)


async def serve_summons(
    connection: Connection, *, fact: SummonsServed, booked_on: date, interest_rate: Decimal
) -> None:
    """Note that the debtor was summoned: quarterly surcharges stop and interest runs, as with a warrant.

    Surcharges of a closing between the service and the day it is told are taken back. A second summons for the same
    quarter changes nothing. A quarter that was not due then (RGS art. 42) is left as it is, and a person is asked.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    noted: list[Quarter] = []
    due_on = await _due_days(connection, fact)
    early = [quarter for quarter in fact.quarters if due_on[quarter] >= fact.served_on]
    await _ask(connection, fact.dossier, fact.summons_id, early, booked_on)
    for quarter in fact.quarters:
        if quarter in early:
            continue
        cursor = await connection.execute(
            "insert into summons_served (dossier, quarter, summons_id, served_on) values (%s, %s, %s, %s) "
            "on conflict (dossier, quarter) do nothing",
            (fact.dossier, quarter, fact.summons_id, fact.served_on),
        )
        if cursor.rowcount:
            noted.append(Quarter.parse(quarter))
    served = ServedTitle(kind="summons", title_id=fact.summons_id, served_on=fact.served_on)
    await take_back_surcharges(
        connection, dossier=fact.dossier, title=served, quarters=noted, booked_on=booked_on, interest_rate=interest_rate
    )


async def apply_exemption(
    connection: Connection, *, fact: ExemptionGranted, booked_on: date, interest_rate: Decimal
) -> None:
    """Waive the quarters of an exemption (royal decree 38, art. 17), as a relief.

    A quarter that had not begun when it was told is left as it is, and a person is asked: nothing of it was owed.
    """
    told_in = Quarter.of(fact.occurred_on)
    early = [quarter for quarter in fact.quarters if Quarter.parse(quarter) > told_in]
    await _ask(connection, fact.dossier, fact.decision_id, early, booked_on)
    quarters = tuple(quarter for quarter in fact.quarters if quarter not in early)
    if not quarters:
        return
    relief = ContributionReliefGranted(
        dossier=fact.dossier,
        occurred_on=fact.occurred_on,
        claim_id=fact.decision_id,
        quarters=quarters,
        ground=ReliefBasis.EXEMPTION,
        article=fact.article,
    )
    await apply_relief(connection, fact=relief, booked_on=booked_on, interest_rate=interest_rate)


async def _due_days(connection: Connection, fact: SummonsServed) -> dict[str, date]:
    """Return the last day on which each quarter of a summons is paid in time; a company's is that of its year."""
    cursor = await connection.execute(
        "select year || 'Q4' as quarter, due_on from company_contribution where dossier = %s", (fact.dossier,)
    )
    of_company = {row["quarter"]: row["due_on"] for row in await cursor.fetchall()}
    return {quarter: of_company.get(quarter, Quarter.parse(quarter).last_day) for quarter in fact.quarters}


async def _ask(
    connection: Connection, dossier: UUID, decision_id: UUID, quarters: Sequence[str], booked_on: date
) -> None:
    """Ask a person to look at quarters a decision can't be about."""
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


async def apply_surcharge_waiver(
    connection: Connection, *, fact: SurchargesWaived, booked_on: date, interest_rate: Decimal
) -> None:
    """Waive surcharges; what of them was paid is used for other debts or stays a credit. A decision counts once."""
    await lock_subjects(connection, dossiers=[fact.dossier])
    cursor = await connection.execute(
        "select from surcharge_waiver where decision_id = %s limit 1", (fact.decision_id,)
    )
    if await cursor.fetchone() is not None:
        return
    granted = {Quarter.parse(one.quarter): one.cents for one in fact.waived}
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    before = account.open_quarters()
    waived = waive_surcharges(account, cause=str(fact.decision_id), value_date=fact.occurred_on, granted=granted)
    await ledger.book(connection, entries=waived.entries, booking_date=booked_on)
    await write_corrections(connection, dossier=fact.dossier, cause_id=fact.decision_id, corrections=waived.corrections)
    await _keep_waiver(connection, fact, waived)
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
    await use_credit(connection, account, f"surchargeWaiver|{fact.decision_id}", booked_on, interest_rate)


async def _keep_waiver(connection: Connection, fact: SurchargesWaived, waived: Waived) -> None:
    for one in fact.waived:
        await connection.execute(
            "insert into surcharge_waiver (decision_id, dossier, quarter, granted_cents, waived_cents) "
            "values (%s, %s, %s, %s, %s)",
            (fact.decision_id, fact.dossier, one.quarter, one.cents, waived.cents[Quarter.parse(one.quarter)]),
        )


async def _settled(
    connection: Connection, *, account: DebtorAccount, quarters: Sequence[Quarter], booked_on: date
) -> list[Fact]:
    """Tell which quarters are settled; one whose contribution was paid is settled by that payment, not by the waiver.

    Others take a settlement by waiver for a contribution that was never paid.
    """
    found: list[Fact] = []
    for quarter in quarters:
        cursor = await connection.execute(
            "select max(p.value_date) as paid_on from payment p join allocation a using (payment_id) "
            "where p.dossier = %s and a.quarter = %s and a.kind = 'principal' "
            "and not exists (select from payment_reversal r where r.payment_id = p.payment_id)",
            (account.dossier, str(quarter)),
        )
        row = await cursor.fetchone()
        paid_on = None if row is None else row["paid_on"]
        found += settled_facts(
            dossier=account.dossier,
            quarters=[quarter],
            settled_by=SettledBy.WAIVER if paid_on is None else SettledBy.PAYMENT,
            occurred_on=booked_on,
            settled_on=paid_on,
            remaining_open_cents=account.open_cents,
        )
    return found
