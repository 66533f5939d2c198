"""Activities that announce direct debits to those who will be debited, before the day of the collection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.correspondence.letters import TEMPLATE, plain_letter
from services.billing.correspondence.service import LetterHandOver
from services.billing.money_out.procedure import Announced, AnnounceStep
from services.billing.money_out.rules import BankOrderKind
from services.billing.money_out.service import mandates
from services.billing.money_out.service.mandates import Unannounced
from services.billing.money_out.store import RUNS, BankRun
from shared.correspondence.addressee import Addressee
from shared.law.fund import Fund
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Database
from shared.platform.people.documents import render, store_document
from shared.treasury.sepa.direct_debit import creditor_identifier


@dataclass
class CollectionLetterActivities:
    """What the announcements of a run need."""

    database: Database
    fund: Fund
    affiliation: Affiliation
    hand_over: LetterHandOver
    at_once: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.write_prenotifications]

    @activity.defn
    async def write_prenotifications(self, step: AnnounceStep) -> Announced | None:
        """Announce the next collections to their debtors with amount and day, and hand the letters over.

        Refunds need no letter. A page that was interrupted goes on where it was: what was made is not made twice.

        Raises:
            CallFailed: affiliation or the post does not answer.
        """
        async with self.database.transaction() as connection:
            run = await RUNS.read(connection, run_id=step.run_id)
            if run.kind is not BankOrderKind.DIRECT_DEBIT:
                return None
            rows = await mandates.unannounced(connection, run_id=step.run_id, after=step.after, limit=self.at_once)
        if not rows:
            return None
        addressees = await self.affiliation.addressees(
            [row.dossier for row in rows], purpose="announcement of a direct debit"
        )
        for row in rows:
            if not row.made and row.dossier in addressees:
                await self._write(run, row, addressees[row.dossier], step.today)
            _still_alive()
            await self.hand_over.of_kind(
                mandates.ANNOUNCEMENT_DOCUMENT, [str(row.order_id)], addressees, today=step.today
            )
        return Announced(next_after=rows[-1].file_number)

    async def _write(self, run: BankRun, row: Unannounced, addressee: Addressee, today: date) -> None:
        fund = self.fund.on(today)
        data = plain_letter(
            name="collection",
            file_number=row.file_number,
            day=today,
            values={
                "amount": row.amount_cents,
                "day": run.collection_on,
                "mandate": row.reference,
                "signedOn": row.signed_on,
                "creditor": creditor_identifier(fund.enterprise_number),
            },
            paragraphs=("text", "refund"),
            addressee=addressee,
            fund=fund,
        )
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with self.database.transaction() as connection:
            await store_document(
                connection,
                kind=mandates.ANNOUNCEMENT_DOCUMENT,
                reference=str(row.order_id),
                dossier=row.dossier,
                language=str(addressee.language),
                media_type="application/pdf",
                name=f"collections/{run.message_id}/{row.file_number:07d}-{addressee.language}.pdf",
                content=content,
                business_date=today,
                readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
            )


def _still_alive() -> None:
    """Tell the server that a page goes on, so that one whose worker died is given to another soon."""
    if activity.in_activity():
        activity.heartbeat()
