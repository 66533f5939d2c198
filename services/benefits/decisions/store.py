"""Rows of the registered letters of decisions, with the post's receipt and its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID, uuid5

from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one

_LETTERS: Final = UUID("c2a0f6be-52a1-5f1c-8d52-6d8a5b0e7f31")
Settled = Literal["delivered", "sentAgain", "deemedNotified"]


@dataclass(frozen=True, kw_only=True)
class DecisionLetter:
    """One registered letter of a decision."""

    letter_id: UUID
    claim_id: UUID
    attempt: int
    document_id: UUID
    document_sha256: str
    made_on: date
    failures: int
    try_again_on: date | None
    deposited_on: date | None
    receipt: str | None
    given_to: str | None
    outcome: Literal["delivered", "lost", "returned"] | None
    happened_on: date | None
    reported_on: date | None
    settled_as: Settled | None
    settled_on: date | None
    settled_by: str | None
    settle_reason: str | None


async def save_letter(
    connection: Connection,
    *,
    claim_id: UUID,
    attempt: int,
    document_id: UUID,
    document_sha256: str,
    made_on: date,
) -> None:
    """Keep a letter that is to be handed to the post; told again, nothing changes.

    Its reference follows from the claim and the attempt.
    """
    await connection.execute(
        "insert into decision_letter (letter_id, claim_id, attempt, document_id, document_sha256, made_on) "
        "values (%s, %s, %s, %s, %s, %s) on conflict (claim_id, attempt) do nothing",
        (uuid5(_LETTERS, f"{claim_id}|{attempt}"), claim_id, attempt, document_id, document_sha256, made_on),
    )


async def latest_letter(connection: Connection, *, claim_id: UUID) -> DecisionLetter | None:
    """Return the latest letter of the decision on a claim."""
    return await fetch_one(
        connection,
        DecisionLetter,
        "select * from decision_letter where claim_id = %s order by attempt desc limit 1",
        (claim_id,),
    )


async def lock_letter(connection: Connection, *, letter_id: UUID) -> DecisionLetter | None:
    """Return a letter by the reference the post knows, locked."""
    return await fetch_one(
        connection, DecisionLetter, "select * from decision_letter where letter_id = %s for update", (letter_id,)
    )


async def letters_of(connection: Connection, *, claim_id: UUID) -> list[DecisionLetter]:
    """Return every letter of the decision on a claim, the first one first."""
    return await fetch_all(
        connection, DecisionLetter, "select * from decision_letter where claim_id = %s order by attempt", (claim_id,)
    )


async def save_deposit(
    connection: Connection, *, letter_id: UUID, deposited_on: date, receipt: str, given_to: str
) -> None:
    """Keep the receipt of the post that took a letter in; a second receipt of the same letter changes nothing."""
    await connection.execute(
        "update decision_letter set deposited_on = %s, receipt = %s, given_to = %s "
        "where letter_id = %s and receipt is null",
        (deposited_on, receipt, given_to, letter_id),
    )


async def save_failure(connection: Connection, *, letter_id: UUID, try_again_on: date) -> None:
    """Keep that the post could not be reached, and when it is tried again; the same day again is one failure."""
    await connection.execute(
        "update decision_letter set failures = failures + 1, try_again_on = %s "
        "where letter_id = %s and receipt is null and try_again_on is distinct from %s",
        (try_again_on, letter_id, try_again_on),
    )


async def save_outcome(
    connection: Connection, *, letter_id: UUID, outcome: str, happened_on: date, reported_on: date
) -> bool:
    """Keep what became of a letter; False when it was reported before."""
    cursor = await connection.execute(
        "update decision_letter set outcome = %(outcome)s, happened_on = %(happened_on)s, "
        "reported_on = %(reported_on)s where letter_id = %(letter_id)s and outcome is null",
        {"outcome": outcome, "happened_on": happened_on, "reported_on": reported_on, "letter_id": letter_id},
    )
    return cursor.rowcount == 1


async def settle(
    connection: Connection, *, letter_id: UUID, how: Settled, on: date, by: str, reason: str | None
) -> bool:
    """Say how a letter ended; False when that was said before."""
    cursor = await connection.execute(
        "update decision_letter set settled_as = %s, settled_on = %s, settled_by = %s, settle_reason = %s "
        "where letter_id = %s and settled_as is null",
        (how, on, by, reason, letter_id),
    )
    return cursor.rowcount == 1
