"""What the certificates of a dossier say, from the ledger: what was paid in a year, and how it stands on a day."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from services.billing.certificates import store
from services.billing.certificates.rules import CertifiedQuarter, Standing, last_certified_quarter
from services.billing.subjects.rules import subject_period
from services.billing.subjects.service import periods_of
from shared.law.quarter import Quarter, quarters_between
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Connection
from shared.platform.people.documents import store_document

#: What was paid in a calendar year, for the tax return.
TAX_CERTIFICATE: Final = "taxCertificate"
#: What was due and paid per quarter up to a day, for banks and whoever else asks whether somebody is in order.
PAYMENT_CERTIFICATE: Final = "paymentCertificate"


async def standing(connection: Connection, *, dossier: UUID, first_year: int, on: date) -> Standing | None:
    """Return how a dossier stands on a day from the quarters of a year on, and before it where something is open.

    Args:
        connection: a transaction.
        dossier: whose account.
        first_year: the year whose first quarter is the first that is listed.
        on: the day; quarters that had not ended are left out.

    Returns:
        The standing; None when billing does not know the dossier.
    """
    last = last_certified_quarter(on=on)
    first = Quarter(first_year, 1)
    found = await store.standing(connection, dossier=dossier, last=last, on=on)
    if found is None:
        return None
    quarters = await store.charged_quarters(connection, dossier=dossier, first=first, last=last)
    if not found.company:
        quarters = await _with_unclaimed(connection, dossier, quarters, first=first, last=last)
    return Standing(
        day=on,
        file_number=found.file_number,
        company=found.company,
        quarters=quarters,
        not_due_cents=found.not_due_cents,
        accessories_open_cents=found.accessories_cents,
        fines_open_cents=found.fines_cents,
    )


async def keep(
    connection: Connection,
    *,
    kind: str,
    reference: str,
    dossier: UUID,
    language: str,
    name: str,
    content: bytes,
    on: date,
) -> UUID:
    """Keep a certificate; keeping the same again returns the same document.

    Raises:
        DocumentDiffers: another was kept under this reference.
    """
    return await store_document(
        connection,
        kind=kind,
        reference=reference,
        dossier=dossier,
        language=language,
        media_type="application/pdf",
        name=name,
        content=content,
        business_date=on,
        readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
    )


async def _with_unclaimed(
    connection: Connection, dossier: UUID, quarters: tuple[CertifiedQuarter, ...], *, first: Quarter, last: Quarter
) -> tuple[CertifiedQuarter, ...]:
    """Add the quarters in which somebody is subject and of which nothing was claimed yet, unless it was relieved.

    What was owed before this fund took somebody over is not its to claim, and not known to it.
    """
    periods = await periods_of(connection, dossier=dossier)
    ours_from = await store.ours_from(connection, dossier=dossier)
    known = await store.claimed_or_relieved(connection, dossier=dossier)
    known |= {one.quarter for one in quarters}
    missing = [
        CertifiedQuarter(quarter=quarter, charged=False)
        for quarter in quarters_between(first, last)
        if quarter not in known
        and (period := subject_period(periods=periods, quarter=quarter)) is not None
        and quarter >= ours_from.get(period.starts_on, quarter)
    ]
    return tuple(sorted((*quarters, *missing), key=lambda one: one.quarter))
