"""Activities of the certificates: made for everybody once a year and on request, and handed to who carries letters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from temporalio import activity

from services.billing.certificates import service as certificates
from services.billing.certificates import store
from services.billing.certificates.letters import payment_certificate, tax_certificate
from services.billing.certificates.procedure import CertificateStep, CertificatesWritten
from services.billing.certificates.rules import PaidInYear
from services.billing.certificates.service import PAYMENT_CERTIFICATE, TAX_CERTIFICATE
from services.billing.certificates.store import Concerned
from services.billing.clients import Affiliation
from services.billing.correspondence.letters import TEMPLATE
from services.billing.correspondence.service import LetterHandOver
from shared.correspondence.addressee import Addressee
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.platform.database.connections import Database
from shared.platform.database.rows import JsonObject
from shared.platform.people.documents import render
from shared.platform.people.tasks import open_task

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
            rows = await store.concerned(connection, year=step.year, after=step.after, limit=self.at_once)
            paid = await store.paid_in_year(connection, year=step.year, dossiers=[one.dossier for one in rows])
        if not rows:
            return CertificatesWritten(written=0, next_after=None)
        addressees = await self.affiliation.addressees([one.dossier for one in rows], purpose="yearly certificates")
        written = 0
        for one in rows:
            addressee = addressees.get(one.dossier)
            if addressee is None:
                await self._ask(one, step)
                continue
            written += await self._tax(one, paid.get(one.dossier), addressee, step)
            written += await self._payment(one, addressee, step)
        references = [f"{one.dossier}|{step.year}" for one in rows]
        for kind in (TAX_CERTIFICATE, PAYMENT_CERTIFICATE):
            await self.hand_over.of_kind(kind, references, addressees, today=step.today)
        return CertificatesWritten(written=written, next_after=rows[-1].dossier if len(rows) == self.at_once else None)

    async def _tax(self, one: Concerned, paid: PaidInYear | None, addressee: Addressee, step: CertificateStep) -> bool:
        if paid is None or await self._was_made(TAX_CERTIFICATE, one, step):
            return False
        fund = self.fund.on(step.today)
        data = tax_certificate(paid=paid, year=step.year, day=step.today, addressee=addressee, fund=fund)
        await self._keep(TAX_CERTIFICATE, "tax", one, addressee, step, data)
        return True

    async def _payment(self, one: Concerned, addressee: Addressee, step: CertificateStep) -> bool:
        if await self._was_made(PAYMENT_CERTIFICATE, one, step):
            return False
        async with self.database.transaction() as connection:
            found = await certificates.standing(connection, dossier=one.dossier, first_year=step.year, on=step.today)
        if found is None:
            return False
        data = payment_certificate(standing=found, addressee=addressee, fund=self.fund.on(step.today))
        await self._keep(PAYMENT_CERTIFICATE, "payment", one, addressee, step, data)
        return True

    async def _was_made(self, kind: str, one: Concerned, step: CertificateStep) -> bool:
        async with self.database.transaction() as connection:
            return await store.has_document(connection, kind=kind, reference=f"{one.dossier}|{step.year}")

    async def _keep(
        self, kind: str, name: str, one: Concerned, addressee: Addressee, step: CertificateStep, data: JsonObject
    ) -> None:
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with self.database.transaction() as connection:
            await certificates.keep(
                connection,
                kind=kind,
                reference=f"{one.dossier}|{step.year}",
                dossier=one.dossier,
                language=str(addressee.language),
                name=f"certificates/{step.year}/{name}-{one.file_number:07d}-{addressee.language}.pdf",
                content=content,
                on=step.today,
            )

    async def _ask(self, one: Concerned, step: CertificateStep) -> None:
        async with self.database.transaction() as connection:
            await open_task(
                connection,
                kind=UNADDRESSED_TASK,
                reference=f"certificates|{one.dossier}|{step.year}",
                dossier=one.dossier,
                due_on=add_working_days(step.today, _TASK_DAYS),
                role="affiliationAgent",
                details={"fileNumber": one.file_number, "year": step.year},
            )
