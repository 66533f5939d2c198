"""Decisions taken elsewhere by which no contribution is due: written down by one person, confirmed by another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from uuid6 import uuid7

from services.benefits.quarters_not_due.rules import (
    TOLD_ARTICLE,
    Authority,
    Problem,
    Relief,
    ReliefGround,
    problems_of,
    relief_law,
)
from shared.contracts.benefits_v1 import ContributionReliefGranted, ReliefBasis
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform import outbox
from shared.platform.database import Connection

_RELIEFS: Final = (
    "select r.*, i.file_number, d.decision, d.decided_by as confirmed_by, d.decided_on as confirmed_on, d.reason "
    "from contribution_relief r join insured i using (dossier) left join contribution_relief_decision d "
    "using (relief_id)"
)


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
    standing = [row for row in await _rows(connection, "r.dossier = %s", dossier) if row["decision"] != "refused"]
    for row in standing:
        if row["evidence"] == evidence:
            if (_relief(row), row["authority"]) != (relief, authority):
                raise OtherwiseBefore("another decision was written down under this reference")
            return Recorded(relief_id=row["relief_id"], created=False)
    _check(relief, standing, recorded_on, parameters)
    # see limits: decisions-of-others-are-written-down
    relief_id = UUID(int=uuid7().int)
    await connection.execute(
        "insert into contribution_relief (relief_id, dossier, ground, event_on, resumed_on, ended_on, quarters, "
        "authority, evidence, decided_on, recorded_on, recorded_by, attempt) select %s, %s, %s, %s, %s, %s, %s, %s, "
        "%s, %s, %s, %s, count(*) + 1 from contribution_relief where dossier = %s and evidence = %s",
        (
            relief_id,
            dossier,
            str(relief.ground),
            relief.event_on,
            relief.resumed_on,
            relief.ended_on,
            [str(quarter) for quarter in relief.quarters],
            str(authority),
            evidence,
            relief.decided_on,
            recorded_on,
            recorded_by,
            dossier,
            evidence,
        ),
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
    await _lock(connection, row["dossier"])
    row = await relief_of(connection, relief_id=relief_id)
    if row["decision"] is not None:
        if row["decision"] != decision:
            raise OtherwiseBefore(f"it was {row['decision']} before")
        return False
    if decided_by == row["recorded_by"]:
        raise SamePerson("another person than the one who wrote it down decides")
    relief = _relief(row)
    if decision == "confirmed":
        others = await _rows(connection, "r.dossier = %s and r.relief_id <> %s", row["dossier"], relief_id)
        _check(relief, [one for one in others if one["decision"] != "refused"], decided_on, parameters)
    await connection.execute(
        "insert into contribution_relief_decision (relief_id, recorded_by, decision, decided_by, decided_on, reason) "
        "values (%s, %s, %s, %s, %s, %s)",
        (relief_id, row["recorded_by"], decision, decided_by, decided_on, reason),
    )
    if decision == "confirmed":
        quarters = [str(quarter) for quarter in relief.quarters]
        await connection.execute(
            "insert into relieved_quarter (dossier, quarter, relief_id) select %s, unnest(%s::text[]), %s",
            (row["dossier"], quarters, relief_id),
        )
        await outbox.publish(
            connection,
            ContributionReliefGranted(
                dossier=row["dossier"],
                occurred_on=decided_on,
                claim_id=relief_id,
                quarters=tuple(quarters),
                ground=ReliefBasis.ARTICLE_50,
                article=TOLD_ARTICLE,
            ),
        )
    return True


async def relief_of(connection: Connection, *, relief_id: UUID) -> dict[str, Any]:
    """Return a decision with what the second person said; raises ``UnknownRelief``."""
    found = await _rows(connection, "r.relief_id = %s", relief_id)
    if not found:
        raise UnknownRelief(relief_id)
    return found[0]


async def list_reliefs(
    connection: Connection, *, dossier: UUID | None, waiting: bool, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Return decisions in the order in which they were written down.

    Args:
        connection: a transaction.
        dossier: of one dossier only.
        waiting: only those no second person has looked at.
        after: the last one of the page before.
        limit: how many at most.
    """
    cursor = await connection.execute(
        f"{_RELIEFS} where (%(dossier)s::uuid is null or r.dossier = %(dossier)s) "
        "and (not %(waiting)s or d.relief_id is null) and (%(after)s::uuid is null or r.relief_id > %(after)s) "
        "order by r.relief_id limit %(limit)s",
        {"dossier": dossier, "waiting": waiting, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


def _check(relief: Relief, others: Sequence[dict[str, Any]], today: date, parameters: Parameters) -> None:
    law = relief_law(relief.ground, event_on=relief.event_on, parameters=parameters)
    problems = problems_of(relief, earlier=[_relief(row) for row in others], law=law, today=today)
    if problems:
        raise NotAllowed(problems)


async def _lock(connection: Connection, dossier: UUID) -> None:
    """Let one decision of a dossier be counted after the other."""
    cursor = await connection.execute("select from insured where dossier = %s for update", (dossier,))
    if await cursor.fetchone() is None:
        raise UnknownDossier(dossier)


async def _rows(connection: Connection, condition: str, *values: object) -> list[dict[str, Any]]:
    cursor = await connection.execute(f"{_RELIEFS} where {condition} order by r.relief_id", values)
    return await cursor.fetchall()


def _relief(row: dict[str, Any]) -> Relief:
    return Relief(
        ground=ReliefGround(row["ground"]),
        event_on=row["event_on"],
        resumed_on=row["resumed_on"],
        ended_on=row["ended_on"],
        quarters=tuple(Quarter.parse(text) for text in row["quarters"]),
        decided_on=row["decided_on"],
    )
