"""Activities that bring a decision to its addressee by registered letter (programme law of 26-12-2022, art. 195)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from temporalio import activity

from services.benefits.claims.procedure import Nothing, OnDay
from services.benefits.claims.service import claims as store
from services.benefits.decisions import service as letters
from services.benefits.decisions.procedure import LetterProgress
from services.benefits.decisions.rules import LetterNext, LetterOutlook, LetterPatience, LetterTask, outlook_of_letter
from services.benefits.decisions.service import DecisionLetter
from shared.contracts.vocabulary import Language
from shared.law.calendar import add_working_days, next_working_day
from shared.law.fund import Fund
from shared.platform import tasks
from shared.platform.database import Connection, Database
from shared.platform.documents import read_document
from shared.platform.partners import Post, raise_while_quick
from shared.platform.service_client import CallFailed

_ROLE = "benefitsAgent"


@dataclass(frozen=True, kw_only=True)
class DeliveryActivities:
    """What the delivery of a decision needs."""

    database: Database
    post: Post
    fund: Fund

    def all(self) -> list[Callable[..., Any]]:
        """List the activities for a worker."""
        return [self.look_at_decision_letter, self.deposit_decision_letter]

    @activity.defn(name="look_at_decision_letter")
    async def look_at_decision_letter(self, request: OnDay) -> LetterProgress:
        """Say what the letter of a decision needs today; open and end the tasks that belong to it.

        A letter the post lost goes out once more by itself: the same paper, as a new registered letter.
        """
        policy = self.fund.on(request.today).policy
        patience = LetterPatience(silent_days=policy.post_silent_after_days, review_days=policy.review_after_days)
        async with self.database.transaction() as connection:
            claim = await store.read_claim(connection, claim_id=request.reference, lock=True)
            letter = await letters.latest_letter(connection, claim_id=claim.claim_id)
            outlook = outlook_of_letter(
                letter=None if letter is None else letter.standing(), today=request.today, patience=patience
            )
            if letter is not None:
                due_on = add_working_days(request.today, policy.task_due_working_days)
                await _keep_tasks(connection, claim, letter, outlook, today=request.today, due_on=due_on)
            if letter is not None and outlook.next is LetterNext.SEND_AGAIN:
                await _send_again(connection, letter, today=request.today)
                return LetterProgress(next=LetterNext.DEPOSIT.value)
        return LetterProgress(next=outlook.next.value, on=outlook.on)

    @activity.defn(name="deposit_decision_letter")
    async def deposit_decision_letter(self, request: OnDay) -> Nothing:
        """Hand a decision to the post and keep its receipt; when the post is away the next working day tries again."""
        async with self.database.transaction() as connection:
            letter = await letters.latest_letter(connection, claim_id=request.reference)
            if letter is None or letter.deposited_on is not None or letter.settled_as is not None:
                return Nothing()
            claim = await store.read_claim(connection, claim_id=request.reference)
            insured = await store.read_insured(connection, dossier=claim.dossier)
            document = await read_document(connection, document_id=letter.document_id)
        if insured is None:
            raise LookupError("affiliation told nothing about the dossier of the claim")
        try:
            receipt = await self.post.deposit(
                reference=letter.letter_id,
                file_number=insured["file_number"],
                language=Language(document["language"]),
                document_sha256=letter.document_sha256,
                content=bytes(document["content"]),
            )
        except CallFailed as error:
            raise_while_quick(error)
            again_on = next_working_day(request.today + timedelta(days=1))
            async with self.database.transaction() as connection:
                await letters.save_failure(connection, letter_id=letter.letter_id, try_again_on=again_on)
            return Nothing()
        async with self.database.transaction() as connection:
            await letters.save_deposit(
                connection,
                letter_id=letter.letter_id,
                deposited_on=request.today,
                receipt=receipt.receipt,
                given_to=self.post.partner,
            )
        return Nothing()


async def _send_again(connection: Connection, letter: DecisionLetter, *, today: date) -> None:
    await letters.settle(
        connection, letter_id=letter.letter_id, how="sentAgain", on=today, by="benefits", reason="lost by the post"
    )
    await letters.save_letter(
        connection,
        claim_id=letter.claim_id,
        attempt=letter.attempt + 1,
        document_id=letter.document_id,
        document_sha256=letter.document_sha256,
        made_on=today,
    )


async def _keep_tasks(
    connection: Connection,
    claim: store.Claim,
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
    waiting = await _letter_tasks(connection, dossier=claim.dossier, claim_id=claim.claim_id)
    for kind, reference in waiting:
        if kind not in keep:
            await tasks.overtake_task(
                connection, kind=kind, reference=reference, resolved_by="benefits", resolution="overtaken"
            )
    if outlook.task is not None and outlook.task not in {kind for kind, _ in waiting}:
        await tasks.open_task(
            connection,
            kind=outlook.task,
            reference=f"{claim.claim_id}|{letter.attempt}|{today.isoformat()}",
            dossier=claim.dossier,
            due_on=due_on,
            role=_ROLE,
            details={"claimId": str(claim.claim_id), "letterId": str(letter.letter_id), "attempt": letter.attempt},
        )


async def _letter_tasks(connection: Connection, *, dossier: UUID, claim_id: UUID) -> list[tuple[LetterTask, str]]:
    found = await tasks.list_tasks(connection, dossier=dossier, is_open=True, limit=500)
    kinds = {task.value for task in LetterTask}
    return [
        (LetterTask(task["kind"]), task["reference"])
        for task in found
        if task["kind"] in kinds and str(task["reference"]).startswith(str(claim_id))
    ]
