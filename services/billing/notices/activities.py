"""Notices are handed to who carries them, by the channel that was chosen; the proof is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.correspondence.clients import SUBJECTS, Carrier, Parcel
from services.billing.correspondence.rules.addressee import Addressee
from services.billing.correspondence.rules.channels import Channel, Outcome
from services.billing.correspondence.service import notice_deliveries
from services.billing.correspondence.service.handing_over import hand_over
from services.billing.notices.procedure import HandedOver, HandOverStep
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter, format_quarter
from shared.platform.database import Database
from shared.platform.tasks import open_task

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
            rows = await notice_deliveries.to_hand_over(
                connection,
                quarter=Quarter.parse(step.quarter),
                partition=step.partition,
                after=step.after,
                limit=self.at_once,
            )
        if not rows:
            return HandedOver(taken=0, next_after=None)
        addressees = await self.affiliation.addressees(
            [row["dossier"] for row in rows], purpose="delivery of a notice of contribution"
        )
        taken = 0
        for row in rows:
            addressee = addressees.get(row["dossier"])
            # Whoever affiliation does not know has a task already: without an address no letter was made.
            if addressee is not None:
                taken += await self._hand_over(row, addressee, step.today)
        return HandedOver(taken=taken, next_after=rows[-1]["reference"])

    async def _hand_over(self, row: dict[str, Any], addressee: Addressee, today: date) -> int:
        content = bytes(row["content"])
        parcel = Parcel(
            reference=row["reference"],
            file_number=row["file_number"],
            subject=_subject(row["quarter"], str(addressee.language)),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            addressee=addressee,
        )
        attempts = await hand_over(self.carriers, parcel, today=today)
        accepted = attempts[-1].outcome is Outcome.ACCEPTED
        async with self.database.transaction() as connection:
            await notice_deliveries.keep(connection, attempts=attempts)
            if not accepted:
                await open_task(
                    connection,
                    kind=UNDELIVERED_TASK,
                    reference=row["reference"],
                    dossier=row["dossier"],
                    due_on=add_working_days(today, _TASK_DAYS),
                    role="affiliationAgent",
                    details={"fileNumber": row["file_number"], "quarter": row["quarter"]},
                )
        return int(accepted)


def _subject(quarter: str, language: str) -> str:
    """Say what the reader sees before opening the notice of a quarter."""
    return SUBJECTS[language].format(quarter=format_quarter(Quarter.parse(quarter), language))
