"""Certificates on request: what was paid in a year for the tax return, and how a dossier stands today."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import date
from typing import Any, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from services.billing.certificates import service as certificates
from services.billing.certificates import store
from services.billing.certificates.letters import payment_certificate, tax_certificate
from services.billing.certificates.service import TAX_CERTIFICATE
from services.billing.clients import Affiliation
from services.billing.correspondence.letters import TEMPLATE
from services.billing.correspondence.service import start_delivery
from services.billing.subjects.service import READERS, known
from shared.contracts.vocabulary import EuroCents
from shared.correspondence.addressee import Addressee
from shared.platform.context import AnyContext
from shared.platform.database.rows import JsonObject
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, Principal, require
from shared.platform.people import audit
from shared.platform.people.documents import render


class WantedCertificate(ApiModel):
    """Which certificate: of the payments of a year that is over, or of payment from the quarters of a year on."""

    dossier: UUID
    kind: Literal["taxCertificate", "paymentCertificate"]
    year: int = Field(ge=2000, le=2100)
    send: bool = Field(default=True, description="Hand it to who carries letters, by the channel the person chose.")


class MadeCertificate(ApiModel):
    """A certificate that was made; its document is read by its id. What is not its kind's is absent."""

    document_id: UUID
    day: date
    paid_cents: EuroCents | None = None
    overdue_cents: EuroCents | None = None
    in_order: bool | None = None


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Accounts"])
    affiliation = Affiliation(context.peers.affiliation)

    @routes.post("/certificates", status_code=201, response_model=MadeCertificate, summary="Make a certificate")
    async def make_certificate(wanted: WantedCertificate, principal: Principal = Depends(require(*READERS))) -> Any:
        """Make a certificate as the books are today; the same books on the same day give the same certificate."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            await known(connection, wanted.dossier)
        addressees = await affiliation.addressees([wanted.dossier], purpose="certificate")
        addressee = addressees.get(wanted.dossier)
        if addressee is None:
            raise Conflict(detail="Nobody knows the address of this dossier.")
        if wanted.kind == TAX_CERTIFICATE:
            data, answer = await _tax(context, wanted, addressee, today)
        else:
            data, answer = await _payment(context, wanted, addressee, today)
        # The letter itself is part of what makes it the same: a new address or language makes another.
        state = hashlib.sha256(json.dumps(data, default=str, sort_keys=True).encode()).hexdigest()[:16]
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with context.database.transaction() as connection:
            document_id = await certificates.keep(
                connection,
                kind=wanted.kind,
                reference=f"{wanted.dossier}|{wanted.year}|{today}|{state}",
                dossier=wanted.dossier,
                language=str(addressee.language),
                name=f"certificates/{today}/{wanted.kind}-{state}.pdf",
                content=content,
                on=today,
            )
            if wanted.send:
                await start_delivery(connection, document_id=document_id)
            await audit.record(
                connection,
                actor=principal.subject,
                action="certificate.made",
                dossier=wanted.dossier,
                purpose="certificate",
                details={"documentId": str(document_id), "kind": wanted.kind},
            )
        return MadeCertificate(document_id=document_id, day=today, **answer)

    return routes


async def _tax(
    context: AnyContext, wanted: WantedCertificate, addressee: Addressee, today: date
) -> tuple[JsonObject, JsonObject]:
    if wanted.year >= today.year:
        issue = Issue(name="year", detail="The year is not over: more can be paid in it.", rule="outOfRange")
        raise InvalidInput(issues=[issue])
    async with context.database.transaction() as connection:
        paid = await store.paid_in_year(connection, year=wanted.year, dossiers=[wanted.dossier])
    found = paid.get(wanted.dossier)
    if found is None:
        raise Conflict(detail="Nothing was paid in this year.")
    fund = context.fund.on(today)
    data = tax_certificate(paid=found, year=wanted.year, day=today, addressee=addressee, fund=fund)
    return data, {"paid_cents": found.contributions_cents}


async def _payment(
    context: AnyContext, wanted: WantedCertificate, addressee: Addressee, today: date
) -> tuple[JsonObject, JsonObject]:
    if wanted.year > today.year:
        raise InvalidInput(issues=[Issue(name="year", detail="Lies in the future.", rule="outOfRange")])
    async with context.database.transaction() as connection:
        standing = await certificates.standing(connection, dossier=wanted.dossier, first_year=wanted.year, on=today)
    if standing is None:
        raise Conflict(detail="Billing does not know this dossier.")
    data = payment_certificate(standing=standing, addressee=addressee, fund=context.fund.on(today))
    return data, {"overdue_cents": standing.overdue_cents, "in_order": standing.in_order}
