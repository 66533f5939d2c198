"""Requests to contribute more or less: as they came, how they were decided, and whether that was applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb

from services.billing.reductions.rules.reductions import (
    Decision,
    KeptRequest,
    RequestFindings,
    RequestKind,
    findings_document,
    findings_of,
)
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

#: Requests whose procedure must be alive.
OPEN_REQUESTS: Final = (
    "select r.request_id as reference, 'contribution-request:' || r.request_id as workflow_id, "
    "r.dossier from contribution_request r left join contribution_request_decision d using (request_id) "
    "where d.request_id is null or (d.outcome = 'granted' and not exists "
    "(select from contribution_request_applied a where a.request_id = r.request_id))"
)
_REQUESTS: Final = (
    "select r.request_id, r.dossier, r.year, r.kind, r.estimate_cents, r.estimate_quarters, r.received_on, "
    "r.received_by, r.evidence, r.findings, s.file_number, d.outcome, d.reason, d.decided_on, d.decided_by, "
    "a.applied_on "
    "from contribution_request r join subject s using (dossier) "
    "left join contribution_request_decision d using (request_id) "
    "left join contribution_request_applied a using (request_id)"
)


async def overdue_cents(connection: Connection, *, dossier: UUID, today: date) -> int:
    """Return what is open of quarters whose last day is past: the debt that stands in the way of an increase."""
    return int(
        await fetch_value(
            connection,
            "select coalesce(sum(open_cents), 0)::bigint as cents from open_item where dossier = %s and quarter < %s "
            "and open_cents > 0",
            (dossier, str(Quarter.of(today))),
        )
    )


async def insert_request(
    connection: Connection,
    *,
    request_id: UUID,
    dossier: UUID,
    year: int,
    kind: RequestKind,
    estimate_cents: int,
    estimate_quarters: int,
    received_on: date,
    received_by: str,
    evidence: Sequence[str],
    findings: RequestFindings,
) -> bool:
    """Keep a request; tell whether the same was not received before on the same day."""
    cursor = await connection.execute(
        "insert into contribution_request (request_id, dossier, year, kind, estimate_cents, estimate_quarters, "
        "received_on, received_by, evidence, findings) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (dossier, year, received_on, estimate_cents) do nothing",
        (
            request_id,
            dossier,
            year,
            str(kind),
            estimate_cents,
            estimate_quarters,
            received_on,
            received_by,
            sorted(set(evidence)),
            Jsonb(findings_document(findings)),
        ),
    )
    return cursor.rowcount > 0


async def same_request(
    connection: Connection, *, dossier: UUID, year: int, received_on: date, estimate_cents: int
) -> UUID | None:
    """Return the request that was received before on the same day."""
    request_id: UUID | None = await fetch_value(
        connection,
        "select request_id from contribution_request where dossier = %s and year = %s and received_on = %s "
        "and estimate_cents = %s",
        (dossier, year, received_on, estimate_cents),
    )
    return request_id


async def request_of(connection: Connection, *, request_id: UUID) -> KeptRequest:
    """Return a request with its decision, where there is one.

    Raises:
        LookupError: there is no such request.
    """
    request = await fetch_one(connection, _request, f"{_REQUESTS} where r.request_id = %s", (request_id,))
    if request is None:
        raise LookupError(f"contribution request {request_id} does not exist")
    return request


async def requests_of(connection: Connection, *, dossier: UUID) -> list[KeptRequest]:
    """Return the requests of a dossier, the oldest first."""
    return await fetch_all(connection, _request, f"{_REQUESTS} where r.dossier = %s order by r.request_id", (dossier,))


async def insert_decision(
    connection: Connection,
    *,
    request_id: UUID,
    outcome: str,
    reason: str,
    decided_on: date,
    decided_by: str,
    input_sha256: str,
) -> bool:
    """Keep the decision of a request; tell whether it was not decided before."""
    cursor = await connection.execute(
        "insert into contribution_request_decision (request_id, outcome, reason, decided_on, decided_by, "
        "input_sha256) values (%s, %s, %s, %s, %s, %s) on conflict (request_id) do nothing",
        (request_id, outcome, reason, decided_on, decided_by, input_sha256),
    )
    return cursor.rowcount > 0


async def insert_applied(connection: Connection, *, request_id: UUID, applied_on: date) -> bool:
    """Keep that a decision was applied; tell whether it was not before."""
    cursor = await connection.execute(
        "insert into contribution_request_applied (request_id, applied_on) values (%s, %s) "
        "on conflict (request_id) do nothing",
        (request_id, applied_on),
    )
    return cursor.rowcount > 0


def _request(
    *,
    kind: str,
    findings: Mapping[str, Any],
    outcome: str | None,
    reason: str | None,
    decided_on: date | None,
    decided_by: str | None,
    **columns: Any,
) -> KeptRequest:
    decision = None
    if outcome is not None and reason is not None and decided_on is not None and decided_by is not None:
        decision = Decision(outcome=outcome, reason=reason, decided_on=decided_on, decided_by=decided_by)
    wanted = RequestKind(kind)
    return KeptRequest(kind=wanted, findings=findings_of(findings, kind=wanted), decision=decision, **columns)
