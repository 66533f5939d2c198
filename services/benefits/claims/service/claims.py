"""Claims: what was asked and said, what the rules answered, what was decided. Nothing of a decision changes later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid6 import uuid7

from services.benefits.claims.rules.entitlement import EntitledMonth
from shared.contracts.benefits_v1 import (
    ClaimDecided,
    ClaimKind,
    ClaimOutcome,
    ContributionReliefGranted,
    ReliefBasis,
)
from shared.law.quarter import Quarter
from shared.platform import outbox
from shared.platform.approvals import payload_digest
from shared.platform.database import Connection
from shared.platform.rows import fetch_all, fetch_one

KIND = ClaimKind.DROIT_PASSERELLE


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim as it was made."""

    claim_id: UUID
    dossier: UUID
    ground: str
    fact_on: date
    received_on: date
    dependant: bool
    dependant_attested: bool
    status: str
    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class StoredAssessment:
    """What the rules said, as it was kept."""

    assessment_id: UUID
    claim_id: UUID
    assessed_on: date
    verdict: str
    inputs: Mapping[str, Any]
    results: Sequence[Mapping[str, Any]]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision as it was taken; of a refusal the months are none."""

    claim_id: UUID
    assessment_id: UUID
    outcome: Literal["granted", "refused"]
    decided_on: date
    decided_by: str
    reason: str
    months: int
    relief_quarters: Sequence[str]
    relief_waives_contributions: bool


def workflow_id(claim_id: UUID) -> str:
    """Give the id of the procedure of a claim."""
    return f"droit-passerelle:{claim_id}"


async def add_statement(
    connection: Connection, *, claim_id: UUID, told_on: date, told_by: str, statements: Mapping[str, Any]
) -> int | None:
    """Keep what somebody said of a claim; saying the last thing again changes nothing and gives None."""
    digest = payload_digest(statements)
    cursor = await connection.execute(
        """
        insert into claim_statement (claim_id, number, told_on, told_by, statements, statements_sha256)
        select %(claim)s, coalesce(max(number), 0) + 1, %(told_on)s, %(told_by)s, %(statements)s, %(digest)s
        from claim_statement where claim_id = %(claim)s
        having coalesce((array_agg(statements_sha256 order by number desc))[1], '') <> %(digest)s
        returning number
        """,
        {
            "claim": claim_id,
            "told_on": told_on,
            "told_by": told_by,
            "statements": Jsonb(dict(statements)),
            "digest": digest,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    await connection.execute(
        "update information_request set answered_on = greatest(asked_on, %s) "
        "where claim_id = %s and answered_on is null",
        (told_on, claim_id),
    )
    return int(row["number"])


async def attest_dependant(connection: Connection, *, claim_id: UUID, attested_on: date) -> None:
    """Note that the insurer attested a dependant; the first attestation counts and a claim without one ignores it."""
    await connection.execute(
        "update claim set dependant_attested_on = coalesce(dependant_attested_on, %s) where id = %s and dependant",
        (attested_on, claim_id),
    )


async def read_claim(connection: Connection, *, claim_id: UUID, lock: bool = False) -> Claim:
    """Read one claim; raises ``LookupError`` when there is none."""
    cursor = await connection.execute(f"select * from claim where id = %s {'for update' if lock else ''}", (claim_id,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("no such claim")
    return Claim(
        claim_id=row["id"],
        dossier=row["dossier"],
        ground=row["ground"],
        fact_on=row["fact_on"],
        received_on=row["received_on"],
        dependant=row["dependant"],
        dependant_attested=row["dependant_attested_on"] is not None,
        status=row["status"],
        outcome=row["outcome"],
    )


async def undecided_claims(connection: Connection, *, dossier: UUID) -> list[UUID]:
    """Give the claims of a dossier that nobody decided yet."""
    cursor = await connection.execute(
        "select id from claim where dossier = %s and outcome is null order by id", (dossier,)
    )
    return [row["id"] for row in await cursor.fetchall()]


async def claim_ordinal(connection: Connection, *, claim: Claim) -> int:
    """Return which claim on its fact a claim is: 1, and more after refusals. It never changes: ids grow with time."""
    cursor = await connection.execute(
        "select count(*) as ordinal from claim as this join claim as other using (dossier, kind, fact_on) "
        "where this.id = %s and other.id <= this.id",
        (claim.claim_id,),
    )
    row = await cursor.fetchone()
    return int(row["ordinal"]) if row is not None else 1


async def merged_statements(connection: Connection, *, claim_id: UUID) -> dict[str, Any]:
    """Give all that was said of a claim; what was said later stands for what was said before."""
    cursor = await connection.execute(
        "select statements from claim_statement where claim_id = %s order by number", (claim_id,)
    )
    merged: dict[str, Any] = {}
    for row in await cursor.fetchall():
        merged |= row["statements"]
    return merged


async def keep_assessment(
    connection: Connection,
    *,
    claim_id: UUID,
    assessed_on: date,
    verdict: str,
    inputs: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, Any],
) -> UUID:
    """Freeze what the rules said; the same facts on the same day give the same row."""
    digest = payload_digest({"inputs": inputs, "parameters": parameters})
    cursor = await connection.execute(
        "insert into assessment (id, claim_id, assessed_on, verdict, inputs, inputs_sha256, results, parameters) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (claim_id, assessed_on, inputs_sha256) do nothing "
        "returning id",
        (
            UUID(int=uuid7().int),
            claim_id,
            assessed_on,
            verdict,
            Jsonb(dict(inputs)),
            digest,
            Jsonb([dict(result) for result in results]),
            Jsonb(dict(parameters)),
        ),
    )
    row = await cursor.fetchone()
    if row is None:
        cursor = await connection.execute(
            "select id from assessment where claim_id = %s and assessed_on = %s and inputs_sha256 = %s",
            (claim_id, assessed_on, digest),
        )
        row = await cursor.fetchone()
    if row is None:
        raise LookupError("the assessment is being written by another transaction; do this again")
    return UUID(str(row["id"]))


async def read_assessment(connection: Connection, *, assessment_id: UUID) -> StoredAssessment:
    """Read one assessment; raises ``LookupError`` when there is none."""
    cursor = await connection.execute("select * from assessment where id = %s", (assessment_id,))
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("no such assessment")
    return StoredAssessment(
        assessment_id=row["id"],
        claim_id=row["claim_id"],
        assessed_on=row["assessed_on"],
        verdict=row["verdict"],
        inputs=row["inputs"],
        results=row["results"],
        parameters=row["parameters"],
    )


async def latest_assessment(connection: Connection, *, claim_id: UUID) -> UUID | None:
    """Give the newest assessment of a claim."""
    cursor = await connection.execute(
        "select id from assessment where claim_id = %s order by assessed_on desc, id desc limit 1", (claim_id,)
    )
    row = await cursor.fetchone()
    return None if row is None else row["id"]


async def decide(
    connection: Connection,
    *,
    claim: Claim,
    assessment_id: UUID,
    outcome: ClaimOutcome,
    decided_on: date,
    decided_by: str,
    reason: str,
    grant_months: int,
    months: Sequence[EntitledMonth],
    relief_quarters: Sequence[Quarter],
    waives_contributions: bool,
) -> bool:
    """Take a decision once: the row, its months, the facts that follow. False when it was taken before."""
    cursor = await connection.execute(
        "insert into decision (claim_id, assessment_id, outcome, decided_on, decided_by, reason, months, "
        "relief_quarters, relief_waives_contributions) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (claim_id) do nothing",
        (
            claim.claim_id,
            assessment_id,
            outcome.value,
            decided_on,
            decided_by,
            reason,
            grant_months,
            [str(quarter) for quarter in relief_quarters],
            waives_contributions,
        ),
    )
    if cursor.rowcount == 0:
        return False
    async with connection.cursor() as many:
        await many.executemany(
            "insert into entitled_month (claim_id, month, parts, full_month, payable_from) values (%s, %s, %s, %s, %s)",
            [(claim.claim_id, one.month, one.parts, one.full, one.payable_from) for one in months],
        )
    await connection.execute(
        "update claim set status = 'decided', outcome = %s where id = %s", (outcome.value, claim.claim_id)
    )
    await outbox.publish(
        connection,
        ClaimDecided(
            dossier=claim.dossier, occurred_on=decided_on, claim_id=claim.claim_id, kind=KIND, outcome=outcome
        ),
    )
    if waives_contributions and relief_quarters:
        await outbox.publish(
            connection,
            ContributionReliefGranted(
                dossier=claim.dossier,
                occurred_on=decided_on,
                claim_id=claim.claim_id,
                quarters=tuple(str(quarter) for quarter in relief_quarters),
                ground=ReliefBasis.DROIT_PASSERELLE,
                article="RGS art. 50 par. 4",
            ),
        )
    return True


async def read_decision(connection: Connection, *, claim_id: UUID) -> Decision | None:
    """Give the decision on a claim, or None."""
    return await fetch_one(connection, Decision, "select * from decision where claim_id = %s", (claim_id,))


async def months_of(connection: Connection, *, claim_id: UUID) -> list[EntitledMonth]:
    """Give the months of a granted claim, in order."""
    return await fetch_all(
        connection,
        EntitledMonth,
        'select month, parts, full_month as "full", payable_from from entitled_month where claim_id = %s '
        "order by month",
        (claim_id,),
    )


async def close_claim(connection: Connection, *, claim_id: UUID) -> None:
    """Close a decided claim of which nothing is left to do."""
    await connection.execute("update claim set status = 'closed' where id = %s and status = 'decided'", (claim_id,))


async def read_insured(connection: Connection, *, dossier: UUID) -> dict[str, Any] | None:
    """Give the file number, language and insurer of a dossier, or None when affiliation never told of it."""
    cursor = await connection.execute("select * from insured where dossier = %s", (dossier,))
    return await cursor.fetchone()
