"""Rows of claims: what was asked and said, what the rules answered, what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from services.benefits.claims.rules.entitlement import EntitledMonth
from services.benefits.claims.rules.facts import Ground
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_one, fetch_value, fetch_values

Outcome = Literal["granted", "refused"]


_CLAIMS: Final = (
    "select c.id as claim_id, c.dossier, i.file_number, c.ground, c.fact_on, c.received_on, c.dependant, "
    "c.dependant_attested_on, c.status, c.outcome from claim c left join insured i using (dossier)"
)
_ASSESSMENTS: Final = (
    "select id as assessment_id, assessed_on, verdict, inputs, inputs_sha256, results, parameters from assessment"
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim as it was made; no file number when affiliation told nothing of its dossier."""

    claim_id: UUID
    dossier: UUID
    file_number: int | None
    ground: Ground
    fact_on: date
    received_on: date
    dependant: bool
    dependant_attested_on: date | None
    status: Literal["received", "waiting", "decided", "closed"]
    outcome: Outcome | None

    @property
    def dependant_attested(self) -> bool:
        """Whether the insurer attested the dependant."""
        return self.dependant_attested_on is not None


def _claim(*, ground: str, **columns: Any) -> Claim:
    return Claim(ground=Ground(ground), **columns)


@dataclass(frozen=True, kw_only=True)
class StoredAssessment:
    """What the rules said on a day, as it was kept: facts, results and amounts of the law as JSON."""

    assessment_id: UUID
    assessed_on: date
    verdict: Literal["granted", "refused", "incomplete"]
    inputs: JsonObject
    inputs_sha256: str
    results: Sequence[JsonObject]
    parameters: JsonObject


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision as it was taken; of a refusal the months are none."""

    claim_id: UUID
    assessment_id: UUID
    outcome: Outcome
    decided_on: date
    decided_by: str
    reason: str
    months: int
    relief_quarters: Sequence[str]
    relief_waives_contributions: bool


# ------------------------------------------------------------------------------------------------------ what came in
async def insert_claim(
    connection: Connection,
    *,
    claim_id: UUID,
    dossier: UUID,
    kind: str,
    ground: str,
    fact_on: date,
    received_on: date,
    dependant: bool,
) -> bool:
    """Keep a new claim; False when the fact has one that nobody refused."""
    cursor = await connection.execute(
        "insert into claim (id, dossier, kind, ground, fact_on, received_on, dependant) "
        "values (%s, %s, %s, %s, %s, %s, %s) "
        "on conflict (dossier, kind, fact_on) where outcome is distinct from 'refused' do nothing",
        (claim_id, dossier, kind, ground, fact_on, received_on, dependant),
    )
    return cursor.rowcount == 1


async def refused_claim(
    connection: Connection, *, dossier: UUID, kind: str, fact_on: date, received_on: date, statements_sha256: str
) -> UUID | None:
    """Return the refused claim on a fact that was received on a day with the same first words."""
    found: UUID | None = await fetch_value(
        connection,
        "select c.id from claim c join claim_statement s on s.claim_id = c.id and s.number = 1 "
        "where c.dossier = %s and c.kind = %s and c.fact_on = %s and c.outcome = 'refused' "
        "and c.received_on = %s and s.statements_sha256 = %s",
        (dossier, kind, fact_on, received_on, statements_sha256),
    )
    return found


async def lock_same_claim(connection: Connection, *, dossier: UUID, kind: str, fact_on: date) -> Claim | None:
    """Return the claim on a fact that nobody refused, locked."""
    return await fetch_one(
        connection,
        _claim,
        f"{_CLAIMS} where c.dossier = %s and c.kind = %s and c.fact_on = %s "
        "and c.outcome is distinct from 'refused' for update of c",
        (dossier, kind, fact_on),
    )


async def was_said(connection: Connection, *, claim_id: UUID, statements_sha256: str) -> bool:
    """Tell whether the same words were said of a claim before, whenever that was."""
    said: bool = await fetch_value(
        connection,
        "select exists (select from claim_statement where claim_id = %s and statements_sha256 = %s)",
        (claim_id, statements_sha256),
    )
    return said


async def insert_statement(
    connection: Connection,
    *,
    claim_id: UUID,
    told_on: date,
    told_by: str,
    statements: Mapping[str, object],
    statements_sha256: str,
) -> int | None:
    """Keep what somebody said of a claim and return its number; None when it is what was said last."""
    number: int | None = await fetch_value(
        connection,
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
            "digest": statements_sha256,
        },
    )
    return number


async def merged_statements(connection: Connection, *, claim_id: UUID) -> JsonObject:
    """Give all that was said of a claim; what was said later stands for what was said before."""
    merged: JsonObject = {}
    for statements in await fetch_values(
        connection, "select statements from claim_statement where claim_id = %s order by number", (claim_id,)
    ):
        merged |= statements
    return merged


async def attest_dependant(connection: Connection, *, claim_id: UUID, attested_on: date) -> None:
    """Note that the insurer attested a dependant; the first attestation counts and a claim without one ignores it."""
    await connection.execute(
        "update claim set dependant_attested_on = coalesce(dependant_attested_on, %s) where id = %s and dependant",
        (attested_on, claim_id),
    )


async def is_insured(connection: Connection, *, dossier: UUID) -> bool:
    """Tell whether affiliation told of a dossier."""
    told: bool = await fetch_value(connection, "select exists (select from insured where dossier = %s)", (dossier,))
    return told


# ------------------------------------------------------------------------------------------------------------ claims
async def find_claim(connection: Connection, *, claim_id: UUID, lock: bool = False) -> Claim | None:
    """Return one claim, or None."""
    return await fetch_one(
        connection, _claim, f"{_CLAIMS} where c.id = %s {'for update of c' if lock else ''}", (claim_id,)
    )


async def list_claims(
    connection: Connection, *, status: str | None, dossier: UUID | None, after: UUID | None, page_size: int
) -> list[Claim]:
    """List claims in the order in which they came."""
    return await fetch_all(
        connection,
        _claim,
        f"{_CLAIMS} where (%(status)s::text is null or c.status = %(status)s) "
        "and (%(dossier)s::uuid is null or c.dossier = %(dossier)s) and (%(after)s::uuid is null or c.id > %(after)s) "
        "order by c.id limit %(page_size)s",
        {"status": status, "dossier": dossier, "after": after, "page_size": page_size},
    )


async def undecided_claims(connection: Connection, *, dossier: UUID) -> list[UUID]:
    """Give the claims of a dossier that nobody decided yet."""
    return await fetch_values(
        connection, "select id from claim where dossier = %s and outcome is null order by id", (dossier,)
    )


async def claim_ordinal(connection: Connection, *, claim_id: UUID) -> int:
    """Return which claim on its fact a claim is: 1, and more after refusals. It never changes: ids grow with time."""
    ordinal: int = await fetch_value(
        connection,
        "select count(*) from claim as this join claim as other using (dossier, kind, fact_on) "
        "where this.id = %s and other.id <= this.id",
        (claim_id,),
    )
    return ordinal


async def close_claim(connection: Connection, *, claim_id: UUID) -> None:
    """Close a decided claim of which nothing is left to do."""
    await connection.execute("update claim set status = 'closed' where id = %s and status = 'decided'", (claim_id,))


# ------------------------------------------------------------------------------------------------------- assessments
async def insert_assessment(
    connection: Connection,
    *,
    assessment_id: UUID,
    claim_id: UUID,
    assessed_on: date,
    verdict: str,
    inputs: JsonObject,
    inputs_sha256: str,
    results: Sequence[JsonObject],
    parameters: JsonObject,
) -> UUID | None:
    """Freeze what the rules said and return its id; the same facts on the same day keep the row they have.

    Returns:
        None while another transaction writes that row.
    """
    await connection.execute(
        "insert into assessment (id, claim_id, assessed_on, verdict, inputs, inputs_sha256, results, parameters) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (claim_id, assessed_on, inputs_sha256) do nothing",
        (
            assessment_id,
            claim_id,
            assessed_on,
            verdict,
            Jsonb(inputs),
            inputs_sha256,
            Jsonb(list(results)),
            Jsonb(parameters),
        ),
    )
    kept: UUID | None = await fetch_value(
        connection,
        "select id from assessment where claim_id = %s and assessed_on = %s and inputs_sha256 = %s",
        (claim_id, assessed_on, inputs_sha256),
    )
    return kept


async def find_assessment(connection: Connection, *, assessment_id: UUID) -> StoredAssessment | None:
    """Return one assessment, or None."""
    return await fetch_one(connection, StoredAssessment, f"{_ASSESSMENTS} where id = %s", (assessment_id,))


async def assessments_of(connection: Connection, *, claim_id: UUID) -> list[StoredAssessment]:
    """Return what the rules said of a claim, the oldest first."""
    return await fetch_all(
        connection, StoredAssessment, f"{_ASSESSMENTS} where claim_id = %s order by assessed_on, id", (claim_id,)
    )


# --------------------------------------------------------------------------------------------------------- decisions
async def insert_decision(connection: Connection, *, decision: Decision, months: Iterable[EntitledMonth]) -> bool:
    """Keep a decision with its months and mark its claim as decided; False when it was taken before."""
    cursor = await connection.execute(
        "insert into decision (claim_id, assessment_id, outcome, decided_on, decided_by, reason, months, "
        "relief_quarters, relief_waives_contributions) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (claim_id) do nothing",
        (
            decision.claim_id,
            decision.assessment_id,
            decision.outcome,
            decision.decided_on,
            decision.decided_by,
            decision.reason,
            decision.months,
            list(decision.relief_quarters),
            decision.relief_waives_contributions,
        ),
    )
    if cursor.rowcount == 0:
        return False
    async with connection.cursor() as many:
        await many.executemany(
            "insert into entitled_month (claim_id, month, parts, full_month, payable_from) values (%s, %s, %s, %s, %s)",
            [(decision.claim_id, one.month, one.parts, one.full, one.payable_from) for one in months],
        )
    await connection.execute(
        "update claim set status = 'decided', outcome = %s where id = %s", (decision.outcome, decision.claim_id)
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
