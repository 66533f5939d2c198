"""The certificates of a calendar year, from what is in the books."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from pypdf import PdfReader
from temporalio.client import Client

from services.billing.app import APP
from services.billing.certificates import service as certificates
from services.billing.correspondence.procedure import LetterInput
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.connecting import create_worker, start_workflow
from shared.platform.temporal.schedules import ScheduledRun
from tests.billing.harness import FEE, PRINCIPAL, Service, bill_two_of_whom_one_pays, start_procedure
from tests.histories.decoding import record_if_asked


@pytest.fixture
async def service(service: Service) -> Service:
    """The service with a dossier that paid a quarter, whom letters reach in Dutch, and one that did not."""
    payer = await bill_two_of_whom_one_pays(service)
    service.people.languages = {str(payer): "nl"}
    return service


async def test_who_paid_gets_both_certificates_of_the_year_once(service: Service, temporal_client: Client) -> None:
    day, queue = date(2027, 2, 15), f"billing-{uuid.uuid4().hex[:8]}"
    async with create_worker(temporal_client, task_queue=queue, definition=APP.worker(service.context)):
        # Who paid gets both, who only owes gets the one that says so.
        for expected in (3, 0):
            handle = await start_workflow(
                temporal_client,
                workflow="ScheduledYearlyCertificates",
                workflow_id=f"{queue}:{expected}",
                task_queue=queue,
                argument=ScheduledRun(),
                shift=timedelta(seconds=round((business_moment(day) - datetime.now(UTC)).total_seconds())),
            )
            assert (await handle.result())["written"] == expected
            if expected:
                await record_if_asked(temporal_client, handle, name="billing/ScheduledYearlyCertificates-done")
    (row,) = await service.world.rows("select name, content from document where kind = 'taxCertificate'")
    assert row["name"] == "certificates/2026/tax-0000001-nl.pdf"
    plain = _text(row["content"])
    for said in ("Fiscaal attest 2026", "928,26", "1e kwartaal van 2026", "artikelen 49 en 52"):
        assert said in plain
    rows = await service.world.rows(
        "select name, content from document where kind = 'paymentCertificate' order by name"
    )
    assert [row["name"] for row in rows] == [
        "certificates/2026/payment-0000001-nl.pdf",
        "certificates/2026/payment-0000002-fr.pdf",
    ]
    # Three quarters of 2026 were not claimed of either; one paid the first, the other did not.
    paid, unpaid = (_text(row["content"]) for row in rows)
    assert "het dossier is in orde met de betalingen" in paid
    assert paid.count("nog niet gevraagd") == 3
    assert "928,26 EUR restent dus" in unpaid
    assert "pas en ordre de paiement" in unpaid
    assert sorted(document["fileNumber"] for _, document in service.carriers.carried) == [1, 1, 2]
    assert await service.world.one("select count(*) from letter_delivery where outcome = 'accepted'") == 3


@pytest.mark.parametrize(
    ("language", "tax", "order"),
    [
        ("fr", "Attestation fiscale 2026", "le dossier est en ordre de paiement"),
        ("nl", "Fiscaal attest 2026", "het dossier is in orde met de betalingen"),
        ("de", "Steuerbescheinigung 2026", "Es bestehen keine Zahlungsrückstände"),
    ],
)
async def test_a_certificate_is_made_on_request_and_handed_over(
    service: Service, temporal_client: Client, language: str, tax: str, order: str
) -> None:
    payer = await service.world.one("select dossier from payment")
    service.people.languages = {str(payer): language}
    service.clock.day = date(2026, 4, 2)
    wanted = {"dossier": str(payer), "kind": "paymentCertificate", "year": 2026}
    made = await service.post("/v1/certificates", wanted)
    assert (made.status_code, made.json()["inOrder"], made.json()["overdueCents"]) == (201, True, 0)
    assert (await service.post("/v1/certificates", wanted)).json() == made.json()
    content = await service.world.one("select content from document where id = %s", UUID(made.json()["documentId"]))
    assert order in _text(content)
    early = await service.post("/v1/certificates", {**wanted, "kind": "taxCertificate"})
    assert early.status_code == 400
    service.clock.day = date(2027, 1, 4)
    taxed = (await service.post("/v1/certificates", {**wanted, "kind": "taxCertificate", "send": False})).json()
    assert taxed["paidCents"] == PRINCIPAL + FEE
    content = await service.world.one("select content from document where id = %s", UUID(taxed["documentId"]))
    assert tax in _text(content)
    started = await service.world.rows("select workflow_id from dispatch where workflow = 'LetterDelivery'")
    assert [row["workflow_id"] for row in started] == [f"letter-delivery:{made.json()['documentId']}"]
    queue = f"billing-{uuid.uuid4().hex[:8]}"
    argument = LetterInput(document_id=UUID(made.json()["documentId"]))
    async with create_worker(temporal_client, task_queue=queue, definition=APP.worker(service.context)):
        for taken in (True, False):
            handle = await start_procedure(temporal_client, queue, "LetterDelivery", argument, date(2026, 4, 2))
            assert await handle.result() == {"taken": taken}
            if taken:
                await record_if_asked(temporal_client, handle, name="billing/LetterDelivery-done")
    (proof,) = (await service.post("/v1/letterDeliveries/query", {"dossier": str(payer)})).json()["items"]
    assert (proof["kind"], proof["documentId"]) == ("paymentCertificate", made.json()["documentId"])


@pytest.mark.parametrize(
    ("taken_over", "unclaimed"),
    [(False, ["2025Q2", "2025Q3", "2025Q4"]), (True, [])],  # before the taking over of 2 January 2026: not the fund's
)
async def test_a_certificate_lists_as_unclaimed_what_is_this_funds_to_claim(
    service: Service, taken_over: bool, unclaimed: list[str]
) -> None:
    dossier = await service.world.affiliate(starts_on=date(2025, 4, 1), taken_over=taken_over, first_activity=True)
    await service.world.bill("2026Q1")
    async with service.world.database.transaction() as connection:
        standing = await certificates.standing(connection, dossier=dossier, first_year=2025, on=date(2026, 4, 1))
    assert standing is not None
    assert [str(one.quarter) for one in standing.quarters if not one.charged] == unclaimed
    assert [str(one.quarter) for one in standing.quarters if one.charged] == ["2026Q1"]


def _text(content: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(bytes(content))).pages)
    return " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())
