"""Activities of the yearly certificates: one letter for each dossier that paid something in the year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from temporalio import activity

from services.billing.clients import Affiliation
from services.billing.domain.notices import Addressee
from services.billing.letters.plain_letter import TEMPLATE, letter_words, plain_letter
from services.billing.store import certificates
from services.billing.store.certificates import CERTIFICATE_DOCUMENT
from shared.law.fund import Fund, FundSettings
from shared.law.money import format_euro
from shared.platform.auth import Role
from shared.platform.database import Database
from shared.platform.documents import render, store_document


class CertificateStep(BaseModel):
    """The next dossiers of a year, after one."""

    year: int
    today: date
    after: UUID | None = None


class CertificatesWritten(BaseModel):
    """How many were made; ``next_after`` is None when nobody is left."""

    written: int
    next_after: UUID | None


@dataclass
class CertificateActivities:
    """What the yearly certificates need."""

    database: Database
    fund: Fund
    affiliation: Affiliation
    at_once: int

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.write_certificates]

    @activity.defn
    async def write_certificates(self, step: CertificateStep) -> CertificatesWritten:
        """Make the certificates of the next dossiers that have none yet for the year."""
        async with self.database.transaction() as connection:
            rows = await certificates.paid_in_year(connection, year=step.year, after=step.after, limit=self.at_once)
            missing = [
                row
                for row in rows
                if not await certificates.has_certificate(connection, reference=f"{row['dossier']}|{step.year}")
            ]
        addressees = (
            await self.affiliation.addressees([row["dossier"] for row in missing], purpose="certificate of payment")
            if missing
            else {}
        )
        fund = self.fund.on(step.today)
        written = 0
        for row in missing:
            addressee = addressees.get(row["dossier"])
            if addressee is None:
                continue
            data = certificate_data(row=row, year=step.year, day=step.today, addressee=addressee, fund=fund)
            async with self.database.transaction() as connection:
                await store_document(
                    connection,
                    kind=CERTIFICATE_DOCUMENT,
                    reference=f"{row['dossier']}|{step.year}",
                    dossier=row["dossier"],
                    language=str(addressee.language),
                    media_type="application/pdf",
                    name=f"certificates/{step.year}/{row['file_number']:07d}-{addressee.language}.pdf",
                    content=render(TEMPLATE, data),
                    business_date=step.today,
                    readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
                )
            written += 1
        return CertificatesWritten(
            written=written, next_after=rows[-1]["dossier"] if len(rows) == self.at_once else None
        )


def certificate_data(
    *, row: dict[str, Any], year: int, day: date, addressee: Addressee, fund: FundSettings
) -> dict[str, Any]:
    """Return what the certificate of a dossier prints.

    Args:
        row: what it paid in the year, with the quarters it went to.
        year: the calendar year.
        day: day the certificate bears.
        addressee: to whom it goes.
        fund: the fund on that day.
    """
    language = str(addressee.language)
    words = letter_words("certificate", language)
    label = words["yearRow"] if row["company"] else words["quarterRow"]
    kind = "company" if row["company"] else "person"
    paragraphs = [kind, f"{kind}Tax"] + (["accessories"] if row["accessories_cents"] > 0 else [])
    return plain_letter(
        name="certificate",
        file_number=row["file_number"],
        day=day,
        values={"year": str(year), "accessories": row["accessories_cents"]},
        paragraphs=paragraphs,
        table={
            "kind": "table",
            "rows": [
                [
                    label.format(quarter=f"{one['quarter'][5]}/{one['quarter'][:4]}", year=one["quarter"][:4]),
                    format_euro(one["cents"], language),
                ]
                for one in row["quarters"]
            ],
            "total": [words["total"], format_euro(row["contributions_cents"], language)],
        },
        addressee=addressee,
        fund=fund,
    )
