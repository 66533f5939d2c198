"""Beginnings, ends and categories that affiliation told: what was billed is put right, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.assessment.rules import rule_of
from services.billing.changes_of_subjection import store
from services.billing.changes_of_subjection.service.owed_again import note_unowed, owe_again
from services.billing.ledger import service as ledger
from services.billing.quarterly.service.late_quarters import note_late_quarters
from services.billing.regularisation.service.runs import request_for_year
from services.billing.reliefs.service import relief_facts, relieve
from services.billing.settlement.service import use_credits
from services.billing.subjects.rules import category_day, subject_period
from services.billing.subjects.service import (
    categories_of,
    cease,
    change_category,
    lock_subjects,
    open_subject,
    periods_of,
)
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, AffiliationOpened
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many
from shared.platform.people.tasks import open_task

OTHER_CATEGORY_TASK: Final = "billedInOtherCategory"
NOT_OWED_GROUND: Final = "notOwed"
NOT_OWED_ARTICLE: Final = "AR38 art. 15 par. 2"
_TASK_DAYS: Final = 5


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
    periods = await periods_of(connection, dossier=fact.dossier)
    billed = await store.billed_rules(connection, dossier=fact.dossier)
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
    outcome = await relieve(connection, account, key=cause, value_date=booked_on, quarters=unowed)
    if outcome.entry is None:
        return
    await ledger.book(connection, entries=[outcome.entry], booking_date=booked_on)
    await note_unowed(connection, dossier=fact.dossier, waiver=outcome.entry, noted_on=booked_on)
    told = relief_facts(
        outcome,
        dossier=fact.dossier,
        quarters=tuple(str(quarter) for quarter in unowed),
        ground=NOT_OWED_GROUND,
        article=NOT_OWED_ARTICLE,
        booked_on=booked_on,
    )
    await publish_many(connection, told)
    await use_credits(
        connection,
        accounts=[account],
        occasion=f"cessation|{cause}",
        booked_on=booked_on,
        interest_rate=interest_rate,
    )


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
    dated = {one.applies_from: one for one in await categories_of(connection, dossier=fact.dossier)}
    known = [(day, one.category) for day, one in dated.items()]
    billed = await store.billed_rules(connection, dossier=fact.dossier)
    wrong = [
        str(quarter)
        for quarter, rule in billed.items()
        if quarter >= Quarter.of(applies_from)
        and (day := category_day(categories=known, quarter=quarter)) is not None
        and rule_of(dated[day].category, dated[day].options.choices) != rule
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


async def _regularise_again(connection: Connection, fact: AffiliationCategoryChanged, booked_on: date) -> None:
    """Ask for new statements of years that were regularised in the category of before."""
    await request_for_year(
        connection,
        dossier=fact.dossier,
        years=await store.regularised_years(connection, dossier=fact.dossier, since=fact.applies_from.year),
        cause=f"category|{fact.event_id()}",
        received_on=booked_on,
        requested_by="affiliation",
    )
