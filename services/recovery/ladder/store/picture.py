"""The parts of a case's picture, each read by one statement from the rows of all steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.recovery.clocks.rules.holds import HELD_AGAIN_DAYS, Hold
from services.recovery.ladder.rules.contacts import ContactHistory
from services.recovery.ladder.rules.picture import (
    LetterOutcome,
    Mandate,
    Opposition,
    OppositionJudgment,
    RegisteredLetter,
    RollState,
    RollStatus,
)
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value, fetch_values


@dataclass(frozen=True)
class StepDone:
    """A step that was taken, with the ways out its letter offered."""

    step: str
    done_on: date
    offers: list[str] | None


@dataclass(frozen=True)
class IssuedWarrant:
    """The dates of a warrant."""

    issued_on: date
    pay_until: date


async def steps_of(connection: Connection, *, case_id: UUID) -> list[StepDone]:
    """Return the steps of a case in the order in which they were taken."""
    return await fetch_all(
        connection,
        StepDone,
        "select step, done_on, evidence -> 'offers' as offers from case_step where case_id = %s order by position",
        (case_id,),
    )


async def holds_of(connection: Connection, *, case_id: UUID, today: date) -> list[Hold]:
    """Return the holds of a case as they are known on a day."""
    # The hold of a claim is lifted when the claim is decided, early or late: until then it lasts.
    holds = await fetch_all(
        connection,
        Hold,
        """
        select starts_on, reason,
               case when claim_id is null then least(ends_before, lifted_on)
                    else coalesce(lifted_on, greatest(ends_before, %s)) end as ends_before
        from hold where case_id = %s
        """,
        (today + timedelta(days=HELD_AGAIN_DAYS), case_id),
    )
    return [hold for hold in holds if hold.ends_before > hold.starts_on]


async def pending_rights_count(connection: Connection, *, dossier: UUID) -> int:
    """Return how many claims of a debtor are being examined."""
    waiting = await fetch_value(
        connection, "select count(*) from pending_right where dossier = %s and decided_on is null", (dossier,)
    )
    return int(waiting)


async def contact_history(connection: Connection, *, case_id: UUID) -> ContactHistory:
    """Return what was done to speak with the debtor of a case."""
    history = await fetch_one(
        connection,
        ContactHistory,
        """
        select max(made_on) filter (where outcome = 'reached') as reached_on,
               max(made_on) filter (where outcome = 'exceptionJustified') as excepted_on,
               max(made_on) filter (where outcome = 'notReached') as sought_on,
               max(recorded_by) filter (where outcome <> 'notReached') as recorded_by
        from contact where case_id = %s
        """,
        (case_id,),
    )
    return history or ContactHistory()


async def contested_quarters(connection: Connection, *, case_id: UUID) -> frozenset[Quarter]:
    """Return the quarters that are for the labour court: contested in time, or for which the debtor was summoned."""
    quarters = await fetch_values(
        connection,
        """
        select quarter from contest where case_id = %(case_id)s and in_time
        union
        select jsonb_array_elements_text(content -> 'quarters')
        from institute_decision join recovery_case using (dossier)
        where case_id = %(case_id)s and kind = 'summons'
        """,
        {"case_id": case_id},
    )
    return frozenset(map(Quarter.parse, quarters))


async def listed_quarters(connection: Connection, *, case_id: UUID) -> frozenset[Quarter]:
    """Return the quarters that the last reminder in force lists; none before it was made."""
    quarters = await fetch_value(
        connection,
        "select quarters from registered_letter where case_id = %s order by attempt desc limit 1",
        (case_id,),
    )
    return frozenset(map(Quarter.parse, quarters or ()))


async def letter_of(connection: Connection, *, case_id: UUID) -> RegisteredLetter | None:
    """Return the latest registered last reminder of a case."""
    return await fetch_one(
        connection,
        _letter,
        """
        select attempt, made_on, try_again_on, failures, deposited_on, outcome, notified_on,
               resumed_by is not null as resumed
        from registered_letter where case_id = %s order by attempt desc limit 1
        """,
        (case_id,),
    )


def _letter(*, outcome: str | None, **known: Any) -> RegisteredLetter:
    return RegisteredLetter(outcome=None if outcome is None else LetterOutcome(outcome), **known)


async def roll_of(connection: Connection, *, case_id: UUID) -> RollState | None:
    """Return the latest roll of a case."""
    # The decision is read where it was taken; a copy here could tell another story.
    return await fetch_one(
        connection,
        _roll,
        """
        select attempt, requested_on, resumed_by is not null as resumed,
               case when status = 'requested' then coalesce(approval.decision, 'requested') else status end
                 as status
        from roll left join approval on approval.id = roll.approval_id
        where case_id = %s order by attempt desc limit 1
        """,
        (case_id,),
    )


def _roll(*, status: str, **known: Any) -> RollState:
    return RollState(status=RollStatus(status), **known)


async def warrant_of(connection: Connection, *, case_id: UUID) -> IssuedWarrant | None:
    """Return the warrant of a case."""
    return await fetch_one(
        connection, IssuedWarrant, "select issued_on, pay_until from warrant where case_id = %s", (case_id,)
    )


async def mandate_of(connection: Connection, *, case_id: UUID) -> Mandate | None:
    """Return the latest mandate to a bailiff of a case."""
    return await fetch_one(
        connection,
        Mandate,
        """
        select attempt, try_again_on, failures, sent_on, served_on, failed_on, resumed_by is not null as resumed
        from mandate where case_id = %s order by attempt desc limit 1
        """,
        (case_id,),
    )


async def find_opposition(connection: Connection, *, case_id: UUID) -> Opposition | None:
    """Return the opposition against the warrant of a case, with its judgment when there is one."""
    return await fetch_one(
        connection,
        _opposition,
        """
        select lodged_on, judged_on, judgment
        from opposition left join opposition_judgment using (case_id) where case_id = %s
        """,
        (case_id,),
    )


def _opposition(*, judgment: str | None, **known: Any) -> Opposition:
    return Opposition(judgment=None if judgment is None else OppositionJudgment(judgment), **known)
