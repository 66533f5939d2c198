"""Activities that announce direct debits to those who will be debited, before the day of the collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.domain.bank_orders import BankOrderKind
from services.billing.domain.bank_procedures import BankRunStep
from services.billing.letters.plain_letter import TEMPLATE, plain_letter
from services.billing.store import bank_orders, mandates
from shared.law.fund import Fund
from shared.platform.auth import Role
from shared.platform.database import Database
from shared.platform.documents import render, store_document
from shared.platform.sepa.direct_debit import creditor_identifier


@dataclass
class CollectionLetterActivities:
    """What the announcements of a run need."""

    database: Database
    fund: Fund
    affiliation: Affiliation

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.write_prenotifications]

    @activity.defn
    async def write_prenotifications(self, step: BankRunStep) -> None:
        """Announce each collection to its debtor with amount and day; refunds need no letter."""
        async with self.database.transaction() as connection:
            run = await bank_orders.read_run(connection, run_id=step.run_id)
            rows = await mandates.unannounced(connection, run_id=step.run_id)
        if run["kind"] != BankOrderKind.DIRECT_DEBIT or not rows:
            return
        addressees = await self.affiliation.addressees(
            [row["dossier"] for row in rows], purpose="announcement of a direct debit"
        )
        fund = self.fund.on(step.today)
        for row in rows:
            addressee = addressees[row["dossier"]]
            data = plain_letter(
                name="collection",
                file_number=row["file_number"],
                day=step.today,
                values={
                    "amount": row["amount_cents"],
                    "day": run["execution_on"],
                    "mandate": row["reference"],
                    "signedOn": row["signed_on"],
                    "creditor": creditor_identifier(fund.enterprise_number),
                },
                paragraphs=("text", "refund"),
                addressee=addressee,
                fund=fund,
            )
            async with self.database.transaction() as connection:
                await store_document(
                    connection,
                    kind=mandates.ANNOUNCEMENT_DOCUMENT,
                    reference=str(row["order_id"]),
                    dossier=row["dossier"],
                    language=str(addressee.language),
                    media_type="application/pdf",
                    name=f"collections/{run['message_id']}/{row['file_number']:07d}-{addressee.language}.pdf",
                    content=render(TEMPLATE, data),
                    business_date=step.today,
                    readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
                )
