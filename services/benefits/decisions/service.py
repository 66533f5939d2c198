"""The registered letters of decisions: written, handed over at most once, followed to their addressee."""

from __future__ import annotations

from datetime import date
from typing import Final

from services.benefits.claims.service import claims
from services.benefits.claims.service.work import end_tasks
from services.benefits.decisions import store
from services.benefits.decisions.procedure import LetterNews, LetterProgress
from services.benefits.decisions.rules import (
    LetterNext,
    LetterOutlook,
    LetterPatience,
    LetterStanding,
    LetterTask,
    outlook_of_letter,
)
from shared.law.calendar import add_working_days
from shared.law.fund import FundPolicy
from shared.platform.database.connections import Connection
from shared.platform.people import tasks
from shared.platform.temporal import dispatch

_ROLE: Final = "benefitsAgent"

# What other subjects need of the rows as they are.
DecisionLetter = store.DecisionLetter
latest_letter = store.latest_letter
letters_of = store.letters_of
save_letter = store.save_letter


async def look_at_letter(
    connection: Connection, *, claim: claims.Claim, today: date, policy: FundPolicy
) -> LetterProgress:
    """Say what the letter of a decision needs today; open and end the tasks that belong to it.

    A letter the post lost goes out once more by itself: the same paper, as a new registered letter.
    """
    letter = await latest_letter(connection, claim_id=claim.claim_id)
    outlook = outlook_of_letter(
        letter=None if letter is None else _standing(letter),
        today=today,
        patience=LetterPatience(silent_days=policy.post_silent_after_days, review_days=policy.review_after_days),
    )
    if letter is not None:
        due_on = add_working_days(today, policy.task_due_working_days)
        await _keep_tasks(connection, claim, letter, outlook, today=today, due_on=due_on)
        if outlook.next is LetterNext.SEND_AGAIN:
            await _send_again(connection, letter, today=today)
            return LetterProgress(next=LetterNext.DEPOSIT.value)
    return LetterProgress(next=outlook.next.value, on=outlook.on)


async def save_outcome(
    connection: Connection, *, letter: DecisionLetter, outcome: str, happened_on: date, reported_on: date
) -> bool:
    """Keep what the post says became of a letter and tell the procedure; False when something was reported before.

    A delivered letter is settled.
    """
    if not await store.save_outcome(
        connection, letter_id=letter.letter_id, outcome=outcome, happened_on=happened_on, reported_on=reported_on
    ):
        return False
    if outcome == "delivered":
        await store.settle(
            connection, letter_id=letter.letter_id, how="delivered", on=reported_on, by="benefits", reason=None
        )
    await _tell_procedure(connection, letter=letter)
    return True


async def settle_by_person(
    connection: Connection, *, letter: DecisionLetter, how: store.Settled, on: date, by: str, reason: str
) -> bool:
    """Say how a letter ended and tell the procedure; False when its delivery was reported meanwhile."""
    settled = await store.settle(connection, letter_id=letter.letter_id, how=how, on=on, by=by, reason=reason)
    if settled:
        await _tell_procedure(connection, letter=letter)
    return settled


async def _tell_procedure(connection: Connection, *, letter: DecisionLetter) -> None:
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


def _standing(letter: DecisionLetter) -> LetterStanding:
    return LetterStanding(
        attempt=letter.attempt,
        failures=letter.failures,
        try_again_on=letter.try_again_on,
        deposited_on=letter.deposited_on,
        outcome=letter.outcome,
        settled_as=letter.settled_as,
    )


async def _send_again(connection: Connection, letter: DecisionLetter, *, today: date) -> None:
    await store.settle(
        connection, letter_id=letter.letter_id, how="sentAgain", on=today, by="benefits", reason="lost by the post"
    )
    await save_letter(
        connection,
        claim_id=letter.claim_id,
        attempt=letter.attempt + 1,
        document_id=letter.document_id,
        document_sha256=letter.document_sha256,
        made_on=today,
    )


async def _keep_tasks(
    connection: Connection,
    claim: claims.Claim,
    letter: DecisionLetter,
    outlook: LetterOutlook,
    *,
    today: date,
    due_on: date,
) -> None:
    """Give a person the task of an outlook and end those that are over.

    Who looks into a lost letter keeps that task while the letter is under way again.
    """
    keep = {outlook.task, *([LetterTask.LOST] if outlook.next is not LetterNext.DONE else [])}
    over = [kind for kind in LetterTask if kind not in keep]
    await end_tasks(connection, kinds=over, about=str(claim.claim_id), resolution="overtaken")
    if outlook.task is None:
        return
    if await tasks.open_references(connection, kind=outlook.task, beginning=f"{claim.claim_id}|"):
        return
    await tasks.open_task(
        connection,
        kind=outlook.task,
        reference=f"{claim.claim_id}|{letter.attempt}|{today.isoformat()}",
        dossier=claim.dossier,
        due_on=due_on,
        role=_ROLE,
        details={"claimId": str(claim.claim_id), "letterId": str(letter.letter_id), "attempt": letter.attempt},
    )
