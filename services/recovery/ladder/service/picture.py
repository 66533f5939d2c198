"""Puts together what is known of a case, as the ladder sees it."""

from __future__ import annotations

from datetime import date

from services.recovery.clocks.rules.holds import PAYMENT_PLAN
from services.recovery.ladder.rules.picture import Picture, Step
from services.recovery.ladder.rules.ways_out import Alternative, warrant_obstacles
from services.recovery.ladder.store import picture as rows
from services.recovery.ladder.store.cases import CaseRecord
from services.recovery.ladder.store.picture import (
    contact_history,
    contested_quarters,
    find_opposition,
    listed_quarters,
)
from shared.platform.database.connections import Connection

__all__ = ["contact_history", "contested_quarters", "find_opposition", "listed_quarters", "load_picture"]


async def load_picture(connection: Connection, *, case: CaseRecord, today: date) -> Picture:
    """Return what is known of a case on a day; nothing in it is an amount."""
    case_id = case.case_id
    steps = await rows.steps_of(connection, case_id=case_id)
    done_on = {step.step: step.done_on for step in steps}
    holds = tuple(await rows.holds_of(connection, case_id=case_id, today=today))
    listed = await listed_quarters(connection, case_id=case_id)
    warrant = await rows.warrant_of(connection, case_id=case_id)
    return Picture(
        opened_on=case.opened_on,
        reminder_on=done_on.get(Step.REMINDER),
        statement_on=done_on.get(Step.STATEMENT),
        contact_asked_on=done_on.get(Step.CONTACT),
        letter=await rows.letter_of(connection, case_id=case_id),
        roll=await rows.roll_of(connection, case_id=case_id),
        warrant_on=None if warrant is None else warrant.issued_on,
        payable_until=None if warrant is None else warrant.pay_until,
        mandate=await rows.mandate_of(connection, case_id=case_id),
        opposition=await find_opposition(connection, case_id=case_id),
        opposition_ended_on=done_on.get(Step.OPPOSITION_END),
        obstacles=warrant_obstacles(
            contact_recorded=(await contact_history(connection, case_id=case_id)).is_on_record,
            pending_rights=await rows.pending_rights_count(connection, dossier=case.dossier),
            plan_in_force=any(hold.reason == PAYMENT_PLAN and hold.covers(today) for hold in holds),
            contested=bool(listed) and listed <= await contested_quarters(connection, case_id=case_id),
            offered=sorted({Alternative(offer) for step in steps for offer in step.offers or ()}),
        ),
        holds=holds,
    )
