"""Activities that bring a decision to its addressee by registered letter (programme law of 26-12-2022, art. 195)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import activity

from services.benefits.claims.procedure import Nothing, OnDay
from services.benefits.claims.service import claims
from services.benefits.decisions import service as letters
from services.benefits.decisions import store
from services.benefits.decisions.procedure import LetterProgress
from shared.contracts.vocabulary import Language
from shared.law.calendar import next_working_day
from shared.law.fund import Fund
from shared.platform.calls.partners import Post, raise_while_quick
from shared.platform.calls.service_client import CallFailed
from shared.platform.database.connections import Database
from shared.platform.people.documents import read_document


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
        """Say what the letter of a decision needs today; open and end the tasks that belong to it."""
        policy = self.fund.on(request.today).policy
        async with self.database.transaction() as connection:
            claim = await claims.read_claim(connection, claim_id=request.reference, lock=True)
            return await letters.look_at_letter(connection, claim=claim, today=request.today, policy=policy)

    @activity.defn(name="deposit_decision_letter")
    async def deposit_decision_letter(self, request: OnDay) -> Nothing:
        """Hand a decision to the post and keep its receipt; when the post is away the next working day tries again."""
        async with self.database.transaction() as connection:
            letter = await store.latest_letter(connection, claim_id=request.reference)
            if letter is None or letter.deposited_on is not None or letter.settled_as is not None:
                return Nothing()
            claim = await claims.read_claim(connection, claim_id=request.reference)
            document = await read_document(connection, document_id=letter.document_id)
        if claim.file_number is None:
            raise LookupError("affiliation told nothing about the dossier of the claim")
        try:
            receipt = await self.post.deposit(
                reference=letter.letter_id,
                file_number=claim.file_number,
                language=Language(document["language"]),
                document_sha256=letter.document_sha256,
                content=bytes(document["content"]),
            )
        except CallFailed as error:
            raise_while_quick(error)
            again_on = next_working_day(request.today + timedelta(days=1))
            async with self.database.transaction() as connection:
                await store.save_failure(connection, letter_id=letter.letter_id, try_again_on=again_on)
            return Nothing()
        async with self.database.transaction() as connection:
            await store.save_deposit(
                connection,
                letter_id=letter.letter_id,
                deposited_on=request.today,
                receipt=receipt.receipt,
                given_to=self.post.partner,
            )
        return Nothing()
