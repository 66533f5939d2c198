"""Keeps a decision of the institute, or a summons, tells it to billing and puts it on record in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from uuid6 import uuid7

from services.recovery.debts.service import find_debtor
from services.recovery.institute_decisions.rules import DecisionKind, QuarterNotOwed, check_owed
from services.recovery.institute_decisions.store import find_decision, save_decision
from shared.contracts.envelope import Fact
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.http import Conflict, InvalidInput, Issue, NotFound
from shared.platform.messages_out.outbox import publish
from shared.platform.people import audit

#: Makes the fact of a decision from its id and the day it is recorded.
MakeFact = Callable[[UUID, date], Fact]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided or served elsewhere about a debtor.

    Attributes:
        decided_on: day of the decision, or of the service of a summons.
        content: the whole report, so that the same one again is known from another.
        quarters: of an exemption or a summons; they must be owed by then.
    """

    kind: DecisionKind
    dossier: UUID
    reference: str
    decided_on: date
    content: JsonObject
    quarters: frozenset[Quarter] = frozenset()


async def record_decision(
    connection: Connection, decision: Decision, *, make_fact: MakeFact, recorded_by: str, today: date
) -> tuple[UUID, bool]:
    """Keep a decision; return its id and whether this call wrote it: the same one again changes nothing.

    Raises:
        NotFound: affiliation told nothing of this dossier.
        InvalidInput: an exemption of a company, or of a quarter of which nothing can be owed by then.
        Conflict: the same reference was recorded with another content.
    """
    debtor = await find_debtor(connection, dossier=decision.dossier, on=today)
    if debtor is None:
        raise NotFound(detail="Recovery has not been told of this dossier.")
    if debtor.company and decision.kind is DecisionKind.EXEMPTION:
        detail = "Companies are exempted by billing (law of 30-12-1992, art. 94), not by AR38 art. 17."
        raise InvalidInput(issues=[Issue(name="dossier", detail=detail, rule="rejectedInput")])
    try:
        check_owed(
            decision.quarters,
            kind=decision.kind,
            on=decision.decided_on,
            affiliated_from=debtor.affiliated_from,
            company=debtor.company,
        )
    except QuarterNotOwed as early:
        raise InvalidInput(issues=[Issue(name="quarters", detail=str(early), rule=early.reason)]) from early
    decision_id = UUID(int=uuid7().int)
    created = await save_decision(
        connection,
        decision_id=decision_id,
        kind=decision.kind,
        dossier=decision.dossier,
        reference=decision.reference,
        decided_on=decision.decided_on,
        content=decision.content,
        recorded_on=today,
        recorded_by=recorded_by,
    )
    if not created:
        known = await find_decision(connection, kind=decision.kind, reference=decision.reference)
        if known is None or known.content != decision.content:
            raise Conflict(detail="Something else was recorded before under this reference.")
        return known.decision_id, False
    await publish(connection, make_fact(decision_id, today))
    await audit.record(
        connection,
        actor=recorded_by,
        action="instituteDecision.recorded",
        dossier=decision.dossier,
        purpose="recovery",
        details={"decisionId": str(decision_id), "kind": str(decision.kind)},
    )
    return decision_id, True
