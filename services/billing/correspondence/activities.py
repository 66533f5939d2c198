"""Activities of letters of any kind: one is handed to who carries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.correspondence.procedure import LetterStep, LetterTaken
from services.billing.correspondence.service import LetterHandOver
from services.billing.correspondence.store import waiting_letter
from shared.platform.database.connections import Database


@dataclass
class LetterActivities:
    """Hands letters over that somebody asked for."""

    database: Database
    affiliation: Affiliation
    hand_over: LetterHandOver

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.hand_over_letter]

    @activity.defn
    async def hand_over_letter(self, step: LetterStep) -> LetterTaken:
        """Hand one letter over; who has it already gets no second one.

        Raises:
            CallFailed: affiliation or the post does not answer.
        """
        async with self.database.transaction() as connection:
            letter = await waiting_letter(connection, document_id=step.document_id)
        if letter is None:
            return LetterTaken(taken=False)
        addressees = await self.affiliation.addressees([letter.dossier], purpose="delivery of a letter")
        addressee = addressees.get(letter.dossier)
        taken = addressee is not None and await self.hand_over.one(letter, addressee, today=step.today)
        return LetterTaken(taken=taken)
