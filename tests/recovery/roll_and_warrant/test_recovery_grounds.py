"""What a roll states as its reasons, read from what people recorded about a case."""

from __future__ import annotations

import uuid
from datetime import date

from services.recovery.cases import store as cases
from services.recovery.clocks import service as clocks
from services.recovery.clocks.rules.holds import PAYMENT_PLAN, NewHold
from services.recovery.ladder.rules.contacts import ContactHistory
from services.recovery.roll_and_warrant.rules import EndedPlan, Grounds
from services.recovery.roll_and_warrant.service import grounds_of
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from tests.recovery.harness import Stage
from tests.recovery.people import QUARTER
from tests.recovery.planted import Planted, planted_case

Q1 = Quarter.parse(QUARTER)
TODAY = date(2026, 8, 10)


async def read(desk: Stage, planted: Planted) -> Grounds:
    """Return the grounds of a warrant for the quarter of a planted case."""
    async with desk.database.transaction() as connection:
        return await grounds_of(connection, case_id=planted.case_id, quarters={Q1}, today=TODAY)


async def contact(connection: Connection, planted: Planted, outcome: str, day: date, by: str) -> None:
    """Record one contact or attempt."""
    await cases.record_contact(
        connection,
        contact_id=uuid.uuid4(),
        case_id=planted.case_id,
        made_on=day,
        channel="telephone",
        outcome=outcome,
        note="noted",
        recorded_by=by,
    )


async def test_attempts_a_late_contest_and_a_broken_plan_are_grounds(desk: Stage) -> None:
    planted = await planted_case(desk)
    assert await read(desk, planted) == Grounds(contact=ContactHistory())
    async with desk.database.transaction() as connection:
        await contact(connection, planted, "notReached", date(2026, 6, 2), "agent")
        await contact(connection, planted, "notReached", date(2026, 6, 3), "agent")
        await contact(connection, planted, "exceptionJustified", date(2026, 6, 5), "lead")
        await cases.record_contest(
            connection,
            case_id=planted.case_id,
            quarter=Q1,
            sent_on=date(2026, 8, 5),
            in_time=False,
            recorded_by="agent",
        )
        hold_id = uuid.uuid4()
        hold = NewHold(
            hold_id=hold_id,
            case_id=planted.case_id,
            reason=PAYMENT_PLAN,
            legal_basis="RGS art. 46",
            starts_on=date(2026, 7, 10),
            until=date(2026, 12, 31),
            placed_by="agent",
        )
        await clocks.place_hold(connection, hold, dossier=planted.dossier)
    assert (await read(desk, planted)).plan is None, "the plan is still respected"
    async with desk.database.transaction() as connection:
        await clocks.lift_hold(
            connection,
            case_id=planted.case_id,
            dossier=planted.dossier,
            hold_id=hold_id,
            lifted_on=date(2026, 8, 4),
            lifted_by="agent",
        )
        await connection.execute(
            "update registered_letter set outcome = 'returned', reported_on = '2026-07-01', "
            "notified_on = '2026-07-02', resumed_by = 'agent' where case_id = %s",
            (planted.case_id,),
        )
    assert await read(desk, planted) == Grounds(
        contact=ContactHistory(excepted_on=date(2026, 6, 5), sought_on=date(2026, 6, 3), recorded_by="lead"),
        deemed_notified=True,
        contested_late_on=date(2026, 8, 5),
        plan=EndedPlan(granted_on=date(2026, 7, 10), ended_on=date(2026, 8, 4)),
    )


async def test_a_contest_in_time_of_another_quarter_is_no_late_contest(desk: Stage) -> None:
    planted = await planted_case(desk)
    async with desk.database.transaction() as connection:
        await contact(connection, planted, "reached", date(2026, 6, 2), "agent")
        for quarter, in_time in ((Q1, True), (Quarter(2025, 4), False)):
            await cases.record_contest(
                connection,
                case_id=planted.case_id,
                quarter=quarter,
                sent_on=date(2026, 7, 5),
                in_time=in_time,
                recorded_by="agent",
            )
    contacted = ContactHistory(reached_on=date(2026, 6, 2), recorded_by="agent")
    assert await read(desk, planted) == Grounds(contact=contacted)
