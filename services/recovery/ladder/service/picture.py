"""Reads a case as the ladder sees it: dates of steps, letters, rolls and mandates, holds and obstacles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.recovery.clocks.rules.holds import Hold
from services.recovery.clocks.store.holds import HELD_AGAIN_DAYS, PAYMENT_PLAN
from services.recovery.ladder.rules.picture import (
    LetterOutcome,
    Mandate,
    Opposition,
    OppositionJudgment,
    Picture,
    RegisteredLetter,
    RollState,
    RollStatus,
    Step,
)
from services.recovery.ladder.rules.ways_out import Alternative, warrant_obstacles
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.store.grounds import contact_history
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database import Connection


@dataclass(frozen=True)
class _Gathered:
    steps: dict[str, date]
    offered: frozenset[Alternative]
    contact_on_record: bool
    contested: frozenset[Quarter]
    pending_rights: int
    holds: tuple[Hold, ...]


async def load_picture(connection: Connection, *, case: CaseRecord, today: date) -> Picture:
    """Return what is known of a case on a day; nothing in it is an amount."""
    gathered = await _gather(connection, case=case, today=today)
    letter = await _letter(connection, case_id=case.case_id)
    listed = await listed_quarters(connection, case_id=case.case_id)
    warrant = await _one(
        connection, "select issued_on, pay_until from warrant where case_id = %s", case_id=case.case_id
    )
    return Picture(
        opened_on=case.opened_on,
        reminder_on=gathered.steps.get(Step.REMINDER),
        statement_on=gathered.steps.get(Step.STATEMENT),
        contact_asked_on=gathered.steps.get(Step.CONTACT),
        letter=letter,
        roll=await _roll(connection, case_id=case.case_id),
        warrant_on=None if warrant is None else warrant["issued_on"],
        payable_until=None if warrant is None else warrant["pay_until"],
        mandate=await _mandate(connection, case_id=case.case_id),
        opposition=await find_opposition(connection, case_id=case.case_id),
        opposition_ended_on=gathered.steps.get(Step.OPPOSITION_END),
        obstacles=warrant_obstacles(
            contact_recorded=gathered.contact_on_record,
            pending_rights=gathered.pending_rights,
            plan_in_force=any(hold.reason == PAYMENT_PLAN and hold.covers(today) for hold in gathered.holds),
            contested=bool(listed) and listed <= gathered.contested,
            offered=sorted(gathered.offered),
        ),
        holds=gathered.holds,
    )


async def listed_quarters(connection: Connection, *, case_id: UUID) -> frozenset[Quarter]:
    """Return the quarters that the last reminder in force lists; none before it was made."""
    row = await _one(
        connection,
        "select quarters from registered_letter where case_id = %s order by attempt desc limit 1",
        case_id=case_id,
    )
    return frozenset() if row is None else frozenset(Quarter.parse(quarter) for quarter in row["quarters"])


async def listed_sums(connection: Connection, *, case_id: UUID) -> dict[tuple[Quarter, AmountKind], int]:
    """Return the sums the last reminder in force lists, in cents per quarter and kind."""
    row = await _one(
        connection,
        "select sums from registered_letter where case_id = %s order by attempt desc limit 1",
        case_id=case_id,
    )
    sums = [] if row is None else row["sums"]
    return {(Quarter.parse(item["quarter"]), AmountKind(item["kind"])): item["openCents"] for item in sums}


async def contested_quarters(connection: Connection, *, case_id: UUID) -> frozenset[Quarter]:
    """Return the quarters that are for the labour court: contested in time, or for which the debtor was summoned."""
    cursor = await connection.execute(
        """
        select quarter from contest where case_id = %(case_id)s and in_time
        union
        select jsonb_array_elements_text(content -> 'quarters')
        from institute_decision join recovery_case using (dossier)
        where case_id = %(case_id)s and kind = 'summons'
        """,
        {"case_id": case_id},
    )
    return frozenset(Quarter.parse(row["quarter"]) for row in await cursor.fetchall())


async def _gather(connection: Connection, *, case: CaseRecord, today: date) -> _Gathered:
    cursor = await connection.execute(
        "select step, done_on, evidence -> 'offers' as offers from case_step where case_id = %s order by position",
        (case.case_id,),
    )
    rows = await cursor.fetchall()
    # The hold of a claim is lifted when the claim is decided, early or late: until then it lasts.
    holds = await connection.execute(
        """
        select starts_on, reason,
               case when claim_id is null then least(ends_before, lifted_on)
                    else coalesce(lifted_on, greatest(ends_before, %s)) end as ends_before
        from hold where case_id = %s
        """,
        (today + timedelta(days=HELD_AGAIN_DAYS), case.case_id),
    )
    pending = await connection.execute(
        "select count(*) as waiting from pending_right where dossier = %s and decided_on is null", (case.dossier,)
    )
    waiting = await pending.fetchone()
    return _Gathered(
        steps={row["step"]: row["done_on"] for row in rows},
        offered=frozenset(Alternative(offer) for row in rows for offer in row["offers"] or ()),
        contact_on_record=(await contact_history(connection, case_id=case.case_id)).is_on_record,
        contested=await contested_quarters(connection, case_id=case.case_id),
        pending_rights=0 if waiting is None else waiting["waiting"],
        holds=tuple(
            Hold(starts_on=row["starts_on"], ends_before=row["ends_before"], reason=row["reason"])
            for row in await holds.fetchall()
            if row["ends_before"] > row["starts_on"]
        ),
    )


async def _letter(connection: Connection, *, case_id: UUID) -> RegisteredLetter | None:
    row = await _one(
        connection,
        """
        select attempt, made_on, try_again_on, failures, deposited_on, outcome, notified_on, resumed_by
        from registered_letter where case_id = %s order by attempt desc limit 1
        """,
        case_id=case_id,
    )
    if row is None:
        return None
    return RegisteredLetter(
        attempt=row["attempt"],
        made_on=row["made_on"],
        try_again_on=row["try_again_on"],
        failures=row["failures"],
        deposited_on=row["deposited_on"],
        outcome=None if row["outcome"] is None else LetterOutcome(row["outcome"]),
        notified_on=row["notified_on"],
        resumed=row["resumed_by"] is not None,
    )


async def _roll(connection: Connection, *, case_id: UUID) -> RollState | None:
    # The decision is read where it was taken; a copy here could tell another story.
    row = await _one(
        connection,
        """
        select attempt, requested_on, resumed_by,
               case when status = 'requested' then coalesce(approval.decision, 'requested') else status end as status
        from roll left join approval on approval.id = roll.approval_id
        where case_id = %s order by attempt desc limit 1
        """,
        case_id=case_id,
    )
    if row is None:
        return None
    return RollState(
        attempt=row["attempt"],
        requested_on=row["requested_on"],
        status=RollStatus(row["status"]),
        resumed=row["resumed_by"] is not None,
    )


async def _mandate(connection: Connection, *, case_id: UUID) -> Mandate | None:
    row = await _one(
        connection,
        """
        select attempt, try_again_on, failures, sent_on, served_on, failed_on, resumed_by
        from mandate where case_id = %s order by attempt desc limit 1
        """,
        case_id=case_id,
    )
    if row is None:
        return None
    return Mandate(
        attempt=row["attempt"],
        try_again_on=row["try_again_on"],
        failures=row["failures"],
        sent_on=row["sent_on"],
        served_on=row["served_on"],
        failed_on=row["failed_on"],
        resumed=row["resumed_by"] is not None,
    )


async def find_opposition(connection: Connection, *, case_id: UUID) -> Opposition | None:
    """Return the opposition against the warrant of a case, with its judgment when there is one."""
    row = await _one(
        connection,
        """
        select lodged_on, judged_on, judgment
        from opposition left join opposition_judgment using (case_id) where case_id = %s
        """,
        case_id=case_id,
    )
    if row is None:
        return None
    judgment = None if row["judgment"] is None else OppositionJudgment(row["judgment"])
    return Opposition(lodged_on=row["lodged_on"], judged_on=row["judged_on"], judgment=judgment)


async def _one(connection: Connection, query: str, *, case_id: UUID) -> dict[str, Any] | None:
    cursor = await connection.execute(query, (case_id,))
    return await cursor.fetchone()
