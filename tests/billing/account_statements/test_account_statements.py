"""A statement of account says everything that is open, in the reader's language, and is kept once."""

from __future__ import annotations

import io
from datetime import date
from uuid import UUID

import pytest
from pypdf import PdfReader

from tests.billing.harness import Service


async def _text(service: Service, document_id: str) -> str:
    answer = await service.get(f"/v1/documents/{document_id}/content?purpose=test")
    assert answer.status_code == 200, answer.text
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u202f", " ").replace("\xa0", " ").split())


@pytest.mark.parametrize(
    ("language", "mentions"),
    [
        (
            "fr",
            [
                "Extrait de compte au 1er avril 2026",
                "1er trimestre 2026",
                "majorations du 31 mars 2026",
                "Total ouvert",
            ],
        ),
        (
            "nl",
            [
                "Rekeningoverzicht op 1 april 2026",
                "1e kwartaal van 2026",
                "verhogingen van 31 maart 2026",
                "Totaal open",
            ],
        ),
        (
            "de",
            ["Kontoauszug vom 1. April 2026", "1. Quartal 2026", "Zuschläge vom 31. März 2026", "Offener Gesamtbetrag"],
        ),
    ],
)
async def test_everything_that_is_open_is_listed(service: Service, language: str, mentions: list[str]) -> None:
    debtor = await service.world.affiliate(income_2023="30000.00")
    service.people.languages = {str(debtor): language}
    await service.world.bill("2026Q1")
    await service.world.close("2026Q1")
    service.clock.day = date(2026, 4, 1)
    made = await _made(service, debtor)
    # 1,648.76 and fee 70.07, and 3 % of 1,648.76 = 49.46 at the end of the quarter
    assert (made["lines"], made["totalOpenCents"], made["creditCents"]) == (3, 1648_76 + 70_07 + 49_46, 0)
    text = await _text(service, str(made["documentId"]))
    for mention in [*mentions, "1.768,29", "1.648,76", "70,07", "49,46", "+++"]:
        written = text if language != "fr" else text.replace("1 768,29", "1.768,29").replace("1 648,76", "1.648,76")
        assert mention in written, f"{mention!r} is missing from: {text}"
    again = await _made(service, debtor)
    assert again["documentId"] == made["documentId"]
    service.clock.day = date(2026, 4, 2)
    assert (await _made(service, debtor))["documentId"] != made["documentId"]


async def test_who_owes_nothing_is_told_so(service: Service) -> None:
    paid_up = await service.world.affiliate(income_2023="30000.00")
    made = await _made(service, paid_up)
    assert (made["lines"], made["totalOpenCents"]) == (0, 0)
    assert "vous ne devez rien" in await _text(service, str(made["documentId"]))
    service.people.unknown = {str(paid_up)}
    refused = await service.post("/v1/accountStatements", {"dossier": str(paid_up)}, role="collectionsAgent")
    assert refused.status_code == 409


async def _made(service: Service, dossier: UUID) -> dict[str, object]:
    answer = await service.post("/v1/accountStatements", {"dossier": str(dossier)}, role="collectionsAgent")
    assert answer.status_code == 200, answer.text
    made: dict[str, object] = answer.json()
    return made
