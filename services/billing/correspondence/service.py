"""Letters are handed to who carries them, by the channel that was chosen; by post when that one fails."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.correspondence import store
from services.billing.correspondence.clients import LETTER_SUBJECTS, Carrier, Parcel, carriers
from services.billing.correspondence.procedure import LetterInput
from services.billing.correspondence.rules.channels import Attempt, Channel, Outcome, ways
from services.billing.correspondence.store import (
    WaitingLetter,
    WaitingNotice,
    keep_notice_attempts,
    waiting_notices,
)
from shared.correspondence.addressee import Addressee
from shared.law.calendar import add_working_days
from shared.platform.calls.partners import raise_for_today, raise_while_quick
from shared.platform.calls.service_client import CallFailed, PeerRefused
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection, Database
from shared.platform.people.tasks import open_task
from shared.platform.temporal.dispatch import start_workflow

__all__ = [
    "Carrier",
    "LetterHandOver",
    "Parcel",
    "WaitingNotice",
    "hand_over",
    "keep_notice_attempts",
    "letter_hand_over",
    "start_delivery",
    "waiting_notices",
]

LETTER_WORKFLOW: Final = "LetterDelivery"
UNDELIVERED_TASK: Final = "letterNotDelivered"
_TASK_DAYS: Final = 5


async def hand_over(carriers: Mapping[Channel, Carrier], parcel: Parcel, *, today: date) -> list[Attempt]:
    """Try the channels of an addressee in order until one takes the parcel; the last attempt says how it ended.

    Raises:
        CallFailed: a carrier does not answer and is tried again at once.
        temporalio.exceptions.ApplicationError: the post stays away today; only that is worth waiting for.
    """
    attempts: list[Attempt] = []
    for channel in ways(parcel.addressee):
        outcome, receipt = Outcome.REFUSED, None
        try:
            receipt = (await carriers[channel].carry(parcel)).receipt
            outcome = Outcome.ACCEPTED
        except PeerRefused:
            pass
        except CallFailed as error:
            if channel is Channel.POST:
                raise_for_today(error)
            raise_while_quick(error)
            outcome = Outcome.UNAVAILABLE
        attempts.append(
            Attempt(
                reference=parcel.reference,
                channel=channel,
                outcome=outcome,
                handed_on=today,
                document_sha256=parcel.sha256,
                receipt=receipt,
            )
        )
        if outcome is Outcome.ACCEPTED:
            break
    return attempts


@dataclass
class LetterHandOver:
    """Hands letters over that were made and kept as documents, each once."""

    database: Database
    carriers: Mapping[Channel, Carrier]

    async def of_kind(
        self, kind: str, references: Sequence[str], addressees: Mapping[UUID, Addressee], *, today: date
    ) -> int:
        """Hand the letters of some references over that no carrier has, and return how many were taken.

        Raises:
            CallFailed: the post does not answer; what others took is kept.
        """
        async with self.database.transaction() as connection:
            letters = await store.waiting_letters(connection, kind=kind, references=references)
        taken = 0
        for letter in letters:
            addressee = addressees.get(letter.dossier)
            if addressee is not None:
                taken += await self.one(letter, addressee, today=today)
        return taken

    async def one(self, letter: WaitingLetter, addressee: Addressee, *, today: date) -> bool:
        """Hand one letter over and keep the proof; one that nobody takes is a person's task. Errors as above."""
        parcel = Parcel(
            reference=str(letter.document_id),
            file_number=letter.file_number,
            subject=LETTER_SUBJECTS[letter.kind][str(addressee.language)],
            sha256=hashlib.sha256(letter.content).hexdigest(),
            content=letter.content,
            addressee=addressee,
        )
        attempts = await hand_over(self.carriers, parcel, today=today)
        accepted = attempts[-1].outcome is Outcome.ACCEPTED
        async with self.database.transaction() as connection:
            await store.keep_letter_attempts(connection, document_id=letter.document_id, attempts=attempts)
            if not accepted:
                await open_task(
                    connection,
                    kind=UNDELIVERED_TASK,
                    reference=str(letter.document_id),
                    dossier=letter.dossier,
                    due_on=add_working_days(today, _TASK_DAYS),
                    role="affiliationAgent",
                    details={"fileNumber": letter.file_number, "documentKind": letter.kind},
                )
        return accepted


def letter_hand_over(context: AnyContext) -> LetterHandOver:
    """Return what hands letters over in a running service."""
    return LetterHandOver(database=context.database, carriers=carriers(context.peers.sandbox))


async def start_delivery(connection: Connection, *, document_id: UUID) -> None:
    """Have one letter handed over by a procedure of its own, which begins when this transaction commits."""
    await start_workflow(
        connection,
        workflow=LETTER_WORKFLOW,
        workflow_id=f"letter-delivery:{document_id}",
        argument=LetterInput(document_id=document_id),
    )
