"""Activities of the certificates: made for everybody once a year and on request, and handed to who carries letters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from temporalio import activity

from services.billing.certificates import service as certificates
from services.billing.certificates.letters import payment_certificate, tax_certificate
from services.billing.certificates.procedure import CertificateStep, CertificatesWritten
from services.billing.certificates.service import PAYMENT_CERTIFICATE, TAX_CERTIFICATE
from services.billing.clients import Affiliation
from services.billing.correspondence.letters.plain_letter import TEMPLATE
from services.billing.correspondence.rules.addressee import Addressee
from services.billing.correspondence.service.handing_over import LetterHandOver
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.platform.database import Database
from shared.platform.documents import render
from shared.platform.tasks import open_task

UNADDRESSED_TASK: Final = "letterWithoutAddress"
_TASK_DAYS: Final = 5


@dataclass
class CertificateActivities:
    """What the certificates need."""

    database: Database
    fund: Fund
    affiliation: Affiliation
    hand_over: LetterHandOver
    at_once: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.write_certificates]

    @activity.defn
    async def write_certificates(self, step: CertificateStep) -> CertificatesWritten:
        """Make both certificates of the next dossiers that have none yet for the year, and hand them over.

        Raises:
            CallFailed: affiliation or the post does not answer; done again, what was made is not made twice.
        """
        async with self.database.transaction() as connection:
            rows = await certificates.concerned(connection, year=step.year, after=step.after, limit=self.at_once)
            paid = await certificates.paid_in_year(
                connection, year=step.year, dossiers=[row["dossier"] for row in rows]
            )
        if not rows:
            return CertificatesWritten(written=0, next_after=None)
        addressees = await self.affiliation.addressees([row["dossier"] for row in rows], purpose="yearly certificates")
        written = 0
        for row in rows:
            addressee = addressees.get(row["dossier"])
            if addressee is None:
                await self._ask(row, step)
                continue
            written += await self._tax(row, paid.get(row["dossier"]), addressee, step)
            written += await self._payment(row, addressee, step)
        references = [f"{row['dossier']}|{step.year}" for row in rows]
        for kind in (TAX_CERTIFICATE, PAYMENT_CERTIFICATE):
            await self.hand_over.of_kind(kind, references, addressees, today=step.today)
        return CertificatesWritten(
            written=written, next_after=rows[-1]["dossier"] if len(rows) == self.at_once else None
        )

    async def _tax(
        self, row: Mapping[str, Any], paid: Mapping[str, Any] | None, addressee: Addressee, step: CertificateStep
    ) -> bool:
        reference = f"{row['dossier']}|{step.year}"
        async with self.database.transaction() as connection:
            if paid is None or await certificates.has_document(connection, kind=TAX_CERTIFICATE, reference=reference):
                return False
        fund = self.fund.on(step.today)
        data = tax_certificate(row=paid, year=step.year, day=step.today, addressee=addressee, fund=fund)
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with self.database.transaction() as connection:
            await certificates.keep(
                connection,
                kind=TAX_CERTIFICATE,
                reference=reference,
                dossier=row["dossier"],
                language=str(addressee.language),
                name=f"certificates/{step.year}/tax-{row['file_number']:07d}-{addressee.language}.pdf",
                content=content,
                on=step.today,
            )
        return True

    async def _payment(self, row: Mapping[str, Any], addressee: Addressee, step: CertificateStep) -> bool:
        reference = f"{row['dossier']}|{step.year}"
        async with self.database.transaction() as connection:
            if await certificates.has_document(connection, kind=PAYMENT_CERTIFICATE, reference=reference):
                return False
            found = await certificates.standing(connection, dossier=row["dossier"], first_year=step.year, on=step.today)
        if found is None:
            return False
        data = payment_certificate(standing=found, addressee=addressee, fund=self.fund.on(step.today))
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with self.database.transaction() as connection:
            await certificates.keep(
                connection,
                kind=PAYMENT_CERTIFICATE,
                reference=reference,
                dossier=row["dossier"],
                language=str(addressee.language),
                name=f"certificates/{step.year}/payment-{row['file_number']:07d}-{addressee.language}.pdf",
                content=content,
                on=step.today,
            )
        return True

    async def _ask(self, row: Mapping[str, Any], step: CertificateStep) -> None:
        async with self.database.transaction() as connection:
            await open_task(
                connection,
                kind=UNADDRESSED_TASK,
                reference=f"certificates|{row['dossier']}|{step.year}",
                dossier=row["dossier"],
                due_on=add_working_days(step.today, _TASK_DAYS),
                role="affiliationAgent",
                details={"fileNumber": row["file_number"], "year": step.year},
            )
