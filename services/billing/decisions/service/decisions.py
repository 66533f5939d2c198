"""What other services decided: reliefs, served warrants and costs, each booked once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from services.billing.assessment.rules import rule_of
from services.billing.decisions.service.unowed import note_unowed, owe_again
from services.billing.lateness.rules.surcharge_corrections import stop_surcharges
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.debtor_account import DebtorAccount
from services.billing.ledger.rules.entries import EntryKind, charge
from services.billing.quarterly.service.late_quarters import note_late_quarters
from services.billing.regularisation.service.runs import request_for_year
from services.billing.regularisation.service.statement_rows import reduction_surcharges_of
from services.billing.settlement.rules import Relieved, grant_relief
from services.billing.settlement.service import settled_facts, use_credits, write_corrections
from services.billing.subjects.rules import ActivityPeriod, category_day, subject_period
from services.billing.subjects.service import (
    categories_of,
    cease,
    change_category,
    lock_subjects,
    open_subject,
    periods_of,
)
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, AffiliationOpened
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.billing_v1 import ReliefApplied, SettledBy
from shared.contracts.envelope import Fact
from shared.contracts.recovery_v1 import CostsCharged, WarrantServed
from shared.contracts.vocabulary import AmountKind, Category
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.outbox import publish_many
from shared.platform.tasks import open_task

OTHER_CATEGORY_TASK: Final = "billedInOtherCategory"
NOT_OWED_GROUND: Final = "notOwed"
NOT_OWED_ARTICLE: Final = "AR38 art. 15 par. 2"
_TASK_DAYS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedTitle:
    """A warrant or summons that was served: from then on quarterly surcharges stop and interest runs."""

    kind: Literal["warrant", "summons"]
    title_id: UUID
    served_on: date


async def apply_relief(
    connection: Connection, *, fact: ContributionReliefGranted, booked_on: date, interest_rate: Decimal
) -> None:
    """Waive the quarters of a relief; what was paid for them is used for other debts or stays a credit.

    Quarters that were not billed yet will not be. A quarter that was relieved before stays as it is.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    # Loaded before the relief is noted: the surcharges the quarters bore themselves are told apart by it.
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    quarters = await _note_relief(connection, fact)
    outcome = await _relieve(
        connection, account, key=str(fact.claim_id), value_date=fact.occurred_on, quarters=quarters
    )
    if outcome.entry is not None:
        await ledger.book(connection, entries=[outcome.entry], booking_date=booked_on)
    facts: list[Fact] = [
        ReliefApplied(
            dossier=fact.dossier,
            occurred_on=booked_on,
            quarters=fact.quarters,
            waived_cents=outcome.waived_cents,
            ground=fact.ground,
            article=fact.article,
        ),
        *settled_facts(
            dossier=fact.dossier,
            quarters=outcome.settled,
            settled_by=SettledBy.WAIVER,
            occurred_on=booked_on,
            remaining_open_cents=outcome.remaining_open_cents,
        ),
    ]
    await publish_many(connection, facts)
    # A year that was regularised may have borne surcharges of a wrong reduction on these quarters (AR38 art. 11bis).
    await request_for_year(
        connection,
        dossier=fact.dossier,
        years=sorted({quarter.year for quarter in quarters}),
        cause=f"relief|{fact.claim_id}",
        received_on=booked_on,
        requested_by="benefits",
    )
    await use_credit(connection, account, f"relief|{fact.claim_id}", booked_on, interest_rate)


async def apply_cessation(
    connection: Connection, *, fact: AffiliationCeased, booked_on: date, interest_rate: Decimal
) -> None:
    """Note the end of an activity and waive what was billed for quarters it leaves unowed (AR38 art. 15 par. 2).

    Nothing after the quarter of the end is owed, nor the quarter of a death or of a pension. What was paid for those
    quarters is used for other debts or stays a credit. Doing it again changes nothing.

    Raises:
        UnknownDossier: billing knows no activity that could have ended then.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    await cease(connection, fact=fact)
    periods = [ActivityPeriod(**row) for row in await periods_of(connection, dossier=fact.dossier)]
    billed = await _billed_rules(connection, fact.dossier)
    unowed = [quarter for quarter in billed if subject_period(periods=periods, quarter=quarter) is None]
    await request_for_year(
        connection,
        dossier=fact.dossier,
        years=[fact.ceased_on.year],
        cause=f"cessation|{fact.event_id()}",
        received_on=booked_on,
        requested_by="affiliation",
    )
    # An end that is told to be later than was told before covers quarters again.
    await owe_again(
        connection,
        dossier=fact.dossier,
        cause=fact.event_id(),
        booked_on=booked_on,
        interest_rate_on=lambda _: interest_rate,
    )
    if not unowed:
        return
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    cause = str(fact.event_id())
    outcome = await _relieve(connection, account, key=cause, value_date=booked_on, quarters=unowed)
    if outcome.entry is None:
        return
    await ledger.book(connection, entries=[outcome.entry], booking_date=booked_on)
    await note_unowed(connection, dossier=fact.dossier, waiver=outcome.entry, noted_on=booked_on)
    facts: list[Fact] = [
        ReliefApplied(
            dossier=fact.dossier,
            occurred_on=booked_on,
            quarters=tuple(str(quarter) for quarter in unowed),
            waived_cents=outcome.waived_cents,
            ground=NOT_OWED_GROUND,
            article=NOT_OWED_ARTICLE,
        ),
        *settled_facts(
            dossier=fact.dossier,
            quarters=outcome.settled,
            settled_by=SettledBy.WAIVER,
            occurred_on=booked_on,
            remaining_open_cents=outcome.remaining_open_cents,
        ),
    ]
    await publish_many(connection, facts)
    await use_credit(connection, account, f"cessation|{cause}", booked_on, interest_rate)


async def apply_category_change(connection: Connection, *, fact: AffiliationCategoryChanged, booked_on: date) -> None:
    """Note a category; what was billed in another one before it was told is put right.

    Years that were regularised get a new statement; of the others a person is asked to look, until their income comes.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    await change_category(connection, fact=fact)
    await _regularise_again(connection, fact, booked_on)
    await _ask_about_category(connection, fact=fact, applies_from=fact.applies_from, booked_on=booked_on)


async def apply_start(
    connection: Connection,
    *,
    fact: AffiliationOpened,
    booked_on: date,
    interest_rate_on: Callable[[date], Decimal],
) -> None:
    """Note an activity; quarters it covers are owed also when they are over, or were waived after an earlier end.

    Those that were billed before, in another category than the new activity's, are for a person to look at.
    """
    await open_subject(connection, fact=fact)
    await note_late_quarters(connection, fact=fact)
    again = await owe_again(
        connection,
        dossier=fact.dossier,
        cause=fact.event_id(),
        booked_on=booked_on,
        interest_rate_on=interest_rate_on,
    )
    if again:
        await _ask_about_category(connection, fact=fact, applies_from=fact.starts_on, booked_on=booked_on)


async def _ask_about_category(
    connection: Connection,
    *,
    fact: AffiliationOpened | AffiliationCategoryChanged,
    applies_from: date,
    booked_on: date,
) -> None:
    """Ask a person to look at quarters that were billed in another category than the one that is known now."""
    rows = {row["applies_from"]: row for row in await categories_of(connection, dossier=fact.dossier)}
    known = [(day, Category(row["category"])) for day, row in rows.items()]
    billed = await _billed_rules(connection, fact.dossier)
    wrong = [
        str(quarter)
        for quarter, rule in billed.items()
        if quarter >= Quarter.of(applies_from)
        and (day := category_day(categories=known, quarter=quarter)) is not None
        and rule_of(rows[day]["category"], rows[day]) != rule
    ]
    if not wrong:
        return
    # see limits: billed-in-other-category
    await open_task(
        connection,
        kind=OTHER_CATEGORY_TASK,
        reference=f"{fact.dossier}|{applies_from}|{fact.category}",
        dossier=fact.dossier,
        due_on=add_working_days(booked_on, _TASK_DAYS),
        role="affiliationAgent",
        details={"quarters": wrong, "category": str(fact.category), "appliesFrom": applies_from.isoformat()},
    )


async def serve_warrant(
    connection: Connection, *, fact: WarrantServed, booked_on: date, interest_rate: Decimal
) -> None:
    """Note that a warrant was served: quarterly surcharges of its quarters stop and interest runs (RGS art. 44, 47bis).

    Surcharges of a closing between the service and the day it is told are taken back. A second service for the same
    quarter changes nothing: interest runs from the first.
    """
    await lock_subjects(connection, dossiers=[fact.dossier])
    noted: list[Quarter] = []
    for quarter in fact.quarters:
        cursor = await connection.execute(
            "insert into warrant_served (dossier, quarter, warrant_id, served_on) values (%s, %s, %s, %s) "
            "on conflict (dossier, quarter) do nothing",
            (fact.dossier, quarter, fact.warrant_id, fact.served_on),
        )
        if cursor.rowcount:
            noted.append(Quarter.parse(quarter))
    # see limits: no-second-warrant-for-a-supplement
    served = ServedTitle(kind="warrant", title_id=fact.warrant_id, served_on=fact.served_on)
    await take_back_surcharges(
        connection, dossier=fact.dossier, title=served, quarters=noted, booked_on=booked_on, interest_rate=interest_rate
    )


async def take_back_surcharges(
    connection: Connection,
    *,
    dossier: UUID,
    title: ServedTitle,
    quarters: Sequence[Quarter],
    booked_on: date,
    interest_rate: Decimal,
) -> None:
    """Take back what closings after the service of a warrant or summons charged; call it with the account locked.

    Args:
        connection: a transaction in which the service was noted.
        dossier: the debtor.
        title: what was served.
        quarters: those it was noted for now.
        booked_on: the day of booking.
        interest_rate: legal interest a year in social matters on that day.
    """
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    corrections = stop_surcharges(account, cause=str(title.title_id), quarters=quarters, served_on=title.served_on)
    if not corrections:
        return
    entries = [correction.entry for correction in corrections if correction.entry is not None]
    await ledger.book(connection, entries=entries, booking_date=booked_on)
    await write_corrections(connection, dossier=dossier, cause_id=title.title_id, corrections=corrections)
    await use_credit(connection, account, f"{title.kind}|{title.title_id}", booked_on, interest_rate)


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
    await connection.execute(
        "insert into cost_charged (warrant_id, dossier, quarter, cost_cents, entry_id) values (%s, %s, %s, %s, %s)",
        (fact.warrant_id, fact.dossier, fact.quarter, fact.cost_cents, entry.entry_id),
    )
    account = (await ledger.load_accounts(connection, dossiers=[fact.dossier]))[fact.dossier]
    await use_credit(connection, account, f"cost|{fact.warrant_id}|{fact.quarter}", booked_on, interest_rate)


async def _regularise_again(connection: Connection, fact: AffiliationCategoryChanged, booked_on: date) -> None:
    """Ask for new statements of years that were regularised in the category of before."""
    cursor = await connection.execute(
        "select distinct year from regularisation where dossier = %s and year >= %s order by year",
        (fact.dossier, fact.applies_from.year),
    )
    years = [row["year"] for row in await cursor.fetchall()]
    await request_for_year(
        connection,
        dossier=fact.dossier,
        years=years,
        cause=f"category|{fact.event_id()}",
        received_on=booked_on,
        requested_by="affiliation",
    )


async def _relieve(
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


async def _owed_quarters(connection: Connection, dossier: UUID) -> list[Quarter]:
    """Return the quarters that were billed or taken over and are still owed: neither relieved nor without activity."""
    cursor = await connection.execute(
        "select q.quarter from (select quarter from contribution where dossier = %(dossier)s and kind = 'provisional' "
        "union select quarter from quarter_taken_over where dossier = %(dossier)s) q where not exists "
        "(select from relief r where r.dossier = %(dossier)s and r.quarter = q.quarter) order by q.quarter",
        {"dossier": dossier},
    )
    periods = [ActivityPeriod(**row) for row in await periods_of(connection, dossier=dossier)]
    quarters = [Quarter.parse(row["quarter"]) for row in await cursor.fetchall()]
    return [quarter for quarter in quarters if subject_period(periods=periods, quarter=quarter) is not None]


async def _billed_rules(connection: Connection, dossier: UUID) -> dict[Quarter, str]:
    """Return the quarters that were billed, the oldest first, with the rule each was assessed by."""
    cursor = await connection.execute(
        "select c.quarter, coalesce(u.rule, c.category) as rule from contribution c left join contribution_rule u "
        "on u.dossier = c.dossier and u.quarter = c.quarter and u.number = 0 "
        "where c.dossier = %s and c.kind = 'provisional' order by c.quarter",
        (dossier,),
    )
    return {Quarter.parse(row["quarter"]): row["rule"] for row in await cursor.fetchall()}


async def _note_relief(connection: Connection, fact: ContributionReliefGranted) -> list[Quarter]:
    """Write the reliefs and return the quarters that were not relieved before."""
    noted: list[Quarter] = []
    for quarter in fact.quarters:
        cursor = await connection.execute(
            "insert into relief (dossier, quarter, claim_id, ground, article, granted_on) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (dossier, quarter) do nothing",
            (fact.dossier, quarter, fact.claim_id, fact.ground, fact.article, fact.occurred_on),
        )
        if cursor.rowcount:
            noted.append(Quarter.parse(quarter))
    return noted


async def use_credit(
    connection: Connection, account: DebtorAccount, occasion: str, booked_on: date, interest_rate: Decimal
) -> None:
    """Use the credit of one dossier for what it owes, once per occasion; see ``payments.use_credits``."""
    await use_credits(
        connection, accounts=[account], occasion=occasion, booked_on=booked_on, interest_rate=interest_rate
    )
