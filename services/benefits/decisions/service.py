"""The registered letters of decisions: each handing over at most once, with the post's receipt and its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid5

from services.benefits.claims.service import claims
from services.benefits.decisions.procedure import LetterNews
from services.benefits.decisions.rules import LetterStanding
from shared.platform import dispatch
from shared.platform.database import Connection

_LETTERS: Final = UUID("c2a0f6be-52a1-5f1c-8d52-6d8a5b0e7f31")
#: How a letter ended when its decision has reached its addressee.
ARRIVED: Final = ("delivered", "deemedNotified")


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
    outcome: str | None
    happened_on: date | None
    reported_on: date | None
    settled_as: str | None
    settled_on: date | None
    settled_by: str | None
    settle_reason: str | None

    def standing(self) -> LetterStanding:
        """Return what decides on the next step."""
        return LetterStanding(
            attempt=self.attempt,
            failures=self.failures,
            try_again_on=self.try_again_on,
            deposited_on=self.deposited_on,
            outcome=self.outcome,
            settled_as=self.settled_as,
        )


async def save_letter(
    connection: Connection,
    *,
    claim_id: UUID,
    attempt: int,
    document_id: UUID,
    document_sha256: str,
    made_on: date,
) -> UUID:
    """Keep a letter that is to be handed to the post; told again, nothing changes.

    Returns:
        Its reference, which follows from the claim and the attempt.
    """
    letter_id = uuid5(_LETTERS, f"{claim_id}|{attempt}")
    await connection.execute(
        "insert into decision_letter (letter_id, claim_id, attempt, document_id, document_sha256, made_on) "
        "values (%s, %s, %s, %s, %s, %s) on conflict (claim_id, attempt) do nothing",
        (letter_id, claim_id, attempt, document_id, document_sha256, made_on),
    )
    return letter_id


async def latest_letter(connection: Connection, *, claim_id: UUID) -> DecisionLetter | None:
    """Return the latest letter of the decision on a claim."""
    cursor = await connection.execute(
        "select * from decision_letter where claim_id = %s order by attempt desc limit 1", (claim_id,)
    )
    row = await cursor.fetchone()
    return None if row is None else DecisionLetter(**row)


async def letter_by_reference(connection: Connection, *, letter_id: UUID, lock: bool = False) -> DecisionLetter | None:
    """Return a letter by the reference the post knows."""
    cursor = await connection.execute(
        f"select * from decision_letter where letter_id = %s {'for update' if lock else ''}", (letter_id,)
    )
    row = await cursor.fetchone()
    return None if row is None else DecisionLetter(**row)


async def letters_of(connection: Connection, *, claim_id: UUID) -> list[Mapping[str, Any]]:
    """Return every letter of the decision on a claim, the first one first."""
    cursor = await connection.execute("select * from decision_letter where claim_id = %s order by attempt", (claim_id,))
    return list(await cursor.fetchall())


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
    """Keep what became of a letter; False when it was reported before. A delivered letter is settled."""
    cursor = await connection.execute(
        "update decision_letter set outcome = %(outcome)s, happened_on = %(happened_on)s, "
        "reported_on = %(reported_on)s where letter_id = %(letter_id)s and outcome is null",
        {"outcome": outcome, "happened_on": happened_on, "reported_on": reported_on, "letter_id": letter_id},
    )
    if cursor.rowcount == 1 and outcome == "delivered":
        await settle(connection, letter_id=letter_id, how="delivered", on=reported_on, by="benefits", reason=None)
    return cursor.rowcount == 1


async def settle(connection: Connection, *, letter_id: UUID, how: str, on: date, by: str, reason: str | None) -> bool:
    """Say how a letter ended; False when that was said before."""
    cursor = await connection.execute(
        "update decision_letter set settled_as = %s, settled_on = %s, settled_by = %s, settle_reason = %s "
        "where letter_id = %s and settled_as is null",
        (how, on, by, reason, letter_id),
    )
    return cursor.rowcount == 1


async def tell_procedure(connection: Connection, *, letter: DecisionLetter) -> None:
    """Wake the procedure of the claim while it still waits for this letter."""
    if letter.settled_as is None:
        claim = await claims.read_claim(connection, claim_id=letter.claim_id)
        await dispatch.signal_workflow(
            connection,
            workflow_id=claims.workflow_id(claim.claim_id),
            signal="letter_news",
            argument=LetterNews(letter_id=letter.letter_id),
            dossier=claim.dossier,
        )
