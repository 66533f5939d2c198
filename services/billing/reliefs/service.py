"""Quarters that are not owed after all, by a relief or an exemption: waived once, on the day it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.regularisation.service.runs import request_for_year
from services.billing.regularisation.service.statements import reduction_surcharges_of
from services.billing.reliefs import store
from services.billing.settlement.rules import Relieved, grant_relief
from services.billing.settlement.service import settled_facts, use_credits
from services.billing.subjects.rules import subject_period
from services.billing.subjects.service import lock_subjects, periods_of
from services.billing.titles.service import ask_about_early_quarters
from shared.contracts.benefits_v1 import ContributionReliefGranted, ReliefBasis
from shared.contracts.billing_v1 import ReliefApplied, SettledBy
from shared.contracts.envelope import Fact
from shared.contracts.recovery_v1 import ExemptionGranted
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many


async def apply_relief(
    connection: Connection, *, fact: ContributionReliefGranted, booked_on: date, interest_rate: Decimal
) -> None:
    """Waive the quarters of a relief; what was paid for them is used for other debts or stays a credit.

    Quarters that were not billed yet will not be. A quarter that was relieved before stays as it is.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    # Loaded before the relief is noted: the surcharges the quarters bore themselves are told apart by it.
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    quarters = [
        Quarter.parse(quarter)
        for quarter in fact.quarters
        if await store.insert_relief(connection, fact=fact, quarter=quarter)
    ]
    outcome = await relieve(connection, account, key=str(fact.claim_id), value_date=fact.occurred_on, quarters=quarters)
    if outcome.entry is not None:
        await ledger.book(connection, entries=[outcome.entry], booking_date=booked_on)
    await publish_many(
        connection,
        relief_facts(
            outcome,
            dossier=fact.dossier,
            quarters=fact.quarters,
            ground=fact.ground,
            article=fact.article,
            booked_on=booked_on,
        ),
    )
    # A year that was regularised may have borne surcharges of a wrong reduction on these quarters (AR38 art. 11bis).
    await request_for_year(
        connection,
        dossier=fact.dossier,
        years=sorted({quarter.year for quarter in quarters}),
        cause=f"relief|{fact.claim_id}",
        received_on=booked_on,
        requested_by="benefits",
    )
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"relief|{fact.claim_id}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


async def apply_exemption(
    connection: Connection, *, fact: ExemptionGranted, booked_on: date, interest_rate: Decimal
) -> None:
    """Waive the quarters of an exemption (royal decree 38, art. 17), as a relief.

    A quarter that had not begun when it was told is left as it is, and a person is asked: nothing of it was owed.
    """
    told_in = Quarter.of(fact.occurred_on)
    early = [quarter for quarter in fact.quarters if Quarter.parse(quarter) > told_in]
    await ask_about_early_quarters(connection, fact.dossier, fact.decision_id, early, booked_on)
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


async def relieve(
    connection: Connection, account: DebtorAccount, *, key: str, value_date: date, quarters: Sequence[Quarter]
) -> Relieved:
    """Waive quarters; surcharges of a wrong reduction stay for the next statement while a quarter of the year is owed.

    They are of the whole year, whatever quarter they were charged on (royal decree 38, art. 11bis). Of a year that is
    owed no more there will be no statement: they go with its last quarter.
    """
    surcharges = await reduction_surcharges_of(connection, dossier=account.dossier) if quarters else {}
    if not surcharges:
        return grant_relief(account, key=key, value_date=value_date, quarters=quarters)
    owed_years = {quarter.year for quarter in await _owed_quarters(connection, account.dossier)}
    years = {quarter.year for quarter in quarters}
    gone = [quarter for quarter in surcharges if quarter.year in years - owed_years]
    return grant_relief(
        account,
        key=key,
        value_date=value_date,
        quarters=sorted({*quarters, *gone}),
        reduction_surcharges={quarter: cents for quarter, cents in surcharges.items() if quarter not in gone},
    )


def relief_facts(
    outcome: Relieved, *, dossier: UUID, quarters: tuple[str, ...], ground: str, article: str, booked_on: date
) -> list[Fact]:
    """Tell quarters that are not owed after all, and which of them that settled."""
    return [
        ReliefApplied(
            dossier=dossier,
            occurred_on=booked_on,
            quarters=quarters,
            waived_cents=outcome.waived_cents,
            ground=ground,
            article=article,
        ),
        *settled_facts(
            dossier=dossier,
            quarters=outcome.settled,
            settled_by=SettledBy.WAIVER,
            occurred_on=booked_on,
            remaining_open_cents=outcome.remaining_open_cents,
        ),
    ]


async def _owed_quarters(connection: Connection, dossier: UUID) -> list[Quarter]:
    """Return the quarters that were billed or taken over and are still owed: neither relieved nor without activity."""
    charged = await store.charged_and_not_relieved(connection, dossier=dossier)
    periods = await periods_of(connection, dossier=dossier)
    return [quarter for quarter in charged if subject_period(periods=periods, quarter=quarter) is not None]
