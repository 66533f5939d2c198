"""Decisions taken elsewhere by which no contribution is due: written down by one person, confirmed by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.benefits.quarters_not_due import store
from services.benefits.quarters_not_due.rules import (
    TOLD_ARTICLE,
    Authority,
    Problem,
    Relief,
    problems_of,
    relief_law,
)
from services.benefits.quarters_not_due.store import ReliefRow
from shared.contracts.benefits_v1 import ContributionReliefGranted, ReliefBasis
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out import outbox


class UnknownDossier(LookupError):
    """Affiliation never told of the dossier."""


class UnknownRelief(LookupError):
    """There is no such decision."""


class NotAllowed(ValueError):
    """The regulation, or what stands already, is against it; ``problems`` say what."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.rule}" for problem in problems))
        self.problems = tuple(problems)


class OtherwiseBefore(ValueError):
    """Something else was written down or said before under the same reference."""


class SamePerson(ValueError):
    """Somebody confirms what they wrote down themselves."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A decision that is written down; ``created`` is False when it was before."""

    relief_id: UUID
    created: bool


async def record_relief(
    connection: Connection,
    *,
    dossier: UUID,
    relief: Relief,
    authority: Authority,
    evidence: str,
    recorded_on: date,
    recorded_by: str,
    parameters: Parameters,
) -> Recorded:
    """Write a decision down that waits for a second person; the same again changes nothing.

    Args:
        connection: a transaction.
        dossier: whom it is about.
        relief: the decision.
        authority: who took it.
        evidence: its reference with whoever took it.
        recorded_on: the business day.
        recorded_by: subject of who writes it down.
        parameters: the law.

    Raises:
        UnknownDossier: affiliation never told of the dossier.
        OtherwiseBefore: the reference stands for another decision.
        NotAllowed: the regulation gives fewer quarters, or other ones.
        ParameterMissing: the regulation gave nothing on the day of the event, or that is not known.
    """
    await _lock(connection, dossier)
    standing = await store.standing_reliefs(connection, dossier=dossier)
    for row in standing:
        if row.evidence == evidence:
            if (_relief_in(row), row.authority) != (relief, authority):
                raise OtherwiseBefore("another decision was written down under this reference")
            return Recorded(relief_id=row.relief_id, created=False)
    _check(relief, standing, recorded_on, parameters)
    # see limits: decisions-of-others-are-written-down
    relief_id = UUID(int=uuid7().int)
    await store.insert_relief(
        connection,
        relief_id=relief_id,
        dossier=dossier,
        relief=relief,
        authority=authority,
        evidence=evidence,
        recorded_on=recorded_on,
        recorded_by=recorded_by,
    )
    return Recorded(relief_id=relief_id, created=True)


async def decide_relief(
    connection: Connection,
    *,
    relief_id: UUID,
    decision: str,
    reason: str,
    decided_on: date,
    decided_by: str,
    parameters: Parameters,
) -> bool:
    """Confirm or refuse what another person wrote down, and tell billing of what is confirmed, without its ground.

    Returns:
        True when this call decided it, False when it was decided in the same way before.

    Raises:
        UnknownRelief: there is no such decision.
        SamePerson: who wrote it down can't confirm it.
        OtherwiseBefore: it was decided otherwise before.
        NotAllowed: what was written down is not allowed any more.
    """
    row = await relief_of(connection, relief_id=relief_id)
    await _lock(connection, row.dossier)
    row = await relief_of(connection, relief_id=relief_id)
    if row.decision is not None:
        if row.decision != decision:
            raise OtherwiseBefore(f"it was {row.decision} before")
        return False
    if decided_by == row.recorded_by:
        raise SamePerson("another person than the one who wrote it down decides")
    if decision == "confirmed":
        standing = await store.standing_reliefs(connection, dossier=row.dossier)
        others = [one for one in standing if one.relief_id != relief_id]
        _check(_relief_in(row), others, decided_on, parameters)
    await store.insert_decision(
        connection, relief=row, decision=decision, decided_by=decided_by, decided_on=decided_on, reason=reason
    )
    if decision == "confirmed":
        await outbox.publish(
            connection,
            ContributionReliefGranted(
                dossier=row.dossier,
                occurred_on=decided_on,
                claim_id=relief_id,
                quarters=tuple(row.quarters),
                ground=ReliefBasis.ARTICLE_50,
                article=TOLD_ARTICLE,
            ),
        )
    return True


async def relief_of(connection: Connection, *, relief_id: UUID) -> ReliefRow:
    """Return a decision with what the second person said; raises ``UnknownRelief``."""
    found = await store.find_relief(connection, relief_id=relief_id)
    if found is None:
        raise UnknownRelief(relief_id)
    return found


def _relief_in(row: ReliefRow) -> Relief:
    return Relief(
        ground=row.ground,
        event_on=row.event_on,
        resumed_on=row.resumed_on,
        ended_on=row.ended_on,
        quarters=tuple(Quarter.parse(text) for text in row.quarters),
        decided_on=row.decided_on,
    )


def _check(relief: Relief, others: Sequence[ReliefRow], today: date, parameters: Parameters) -> None:
    law = relief_law(relief.ground, event_on=relief.event_on, parameters=parameters)
    problems = problems_of(relief, earlier=[_relief_in(row) for row in others], law=law, today=today)
    if problems:
        raise NotAllowed(problems)


async def _lock(connection: Connection, dossier: UUID) -> None:
    if not await store.lock_dossier(connection, dossier=dossier):
        raise UnknownDossier(dossier)
