"""Notices are handed to who carries them, by the channel that was chosen; the proof is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.correspondence.rules.channels import Channel, Outcome
from services.billing.correspondence.service import (
    Carrier,
    Parcel,
    WaitingNotice,
    hand_over,
    keep_notice_attempts,
    waiting_notices,
)
from services.billing.notices.letters import SUBJECTS
from services.billing.notices.procedure import HandedOver, HandOverStep
from shared.correspondence.addressee import Addressee
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter, format_quarter
from shared.platform.database.connections import Database
from shared.platform.people.tasks import open_task

UNDELIVERED_TASK = "noticeNotDelivered"
_TASK_DAYS = 5


@dataclass
class NoticeDeliveryActivities:
    """Hands notices over, some at once."""

    database: Database
    affiliation: Affiliation
    carriers: Mapping[Channel, Carrier]
    at_once: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.hand_over_notices]

    @activity.defn
    async def hand_over_notices(self, step: HandOverStep) -> HandedOver:
        """Hand a batch over; what was taken before is not handed over again.

        Raises:
            CallFailed: the post does not answer; what others took is kept.
        """
        async with self.database.transaction() as connection:
            notices = await waiting_notices(
                connection,
                quarter=Quarter.parse(step.quarter),
                partition=step.partition,
                after=step.after,
                limit=self.at_once,
            )
        if not notices:
            return HandedOver(taken=0, next_after=None)
        addressees = await self.affiliation.addressees(
            [notice.dossier for notice in notices], purpose="delivery of a notice of contribution"
        )
        taken = 0
        for notice in notices:
            addressee = addressees.get(notice.dossier)
            # Whoever affiliation does not know has a task already: without an address no letter was made.
            if addressee is not None:
                taken += await self._hand_over(notice, addressee, step.today)
        return HandedOver(taken=taken, next_after=notices[-1].reference)

    async def _hand_over(self, notice: WaitingNotice, addressee: Addressee, today: date) -> int:
        parcel = Parcel(
            reference=notice.reference,
            file_number=notice.file_number,
            subject=_subject(notice.quarter, str(addressee.language)),
            sha256=hashlib.sha256(notice.content).hexdigest(),
            content=notice.content,
            addressee=addressee,
        )
        attempts = await hand_over(self.carriers, parcel, today=today)
        accepted = attempts[-1].outcome is Outcome.ACCEPTED
        async with self.database.transaction() as connection:
            await keep_notice_attempts(connection, attempts=attempts)
            if not accepted:
                await open_task(
                    connection,
                    kind=UNDELIVERED_TASK,
                    reference=notice.reference,
                    dossier=notice.dossier,
                    due_on=add_working_days(today, _TASK_DAYS),
                    role="affiliationAgent",
                    details={"fileNumber": notice.file_number, "quarter": notice.quarter},
                )
        return int(accepted)


def _subject(quarter: str, language: str) -> str:
    """Say what the reader sees before opening the notice of a quarter."""
    return SUBJECTS[language].format(quarter=format_quarter(Quarter.parse(quarter), language))
