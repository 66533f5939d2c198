"""Somebody claims, staff refuse, and the letters that were written."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader

from shared.contracts.vocabulary import Language
from tests.benefits.harness import Stage
from tests.benefits.others import claim

QUARTERS = ("2025Q2", "2025Q3", "2025Q4", "2026Q1")


async def claimed(stage: Stage, **changes: Any) -> str:
    """Let somebody with four paid quarters claim; returns the path of the claim."""
    language = changes.pop("language", Language.FRENCH)
    quarters = changes.pop("quarters", QUARTERS)
    dossier = await stage.insure(12, language=language)
    stage.pays(dossier, *quarters)
    answer = await stage.post("/v1/claims", claim(dossier, **changes))
    assert answer.status_code == 202, answer.text
    await stage.settle()
    return f"/v1/claims/{answer.json()['claimId']}"


async def letters(stage: Stage, kind: str) -> list[str]:
    """Return the text of the letters of a kind."""
    texts = []
    for item in (await stage.get(f"/v1/documents?kind={kind}"))["items"]:
        answer = await stage.http.get(
            f"/v1/documents/{item['documentId']}/content?purpose=test", headers=stage.acting_as("benefitsAgent")
        )
        pages = PdfReader(io.BytesIO(answer.content)).pages
        texts.append(" ".join(" ".join(page.extract_text() for page in pages).split()))
    return texts


async def refuse(stage: Stage, path: str) -> None:
    """Let staff refuse a claim on its newest assessment."""
    view = await stage.get(path)
    body = {
        "outcome": "refused",
        "assessmentId": view["assessments"][-1]["assessmentId"],
        "reason": "no proof of the bankruptcy was brought",
    }
    assert (await stage.post(f"{path}/decision", body)).status_code == 202
    await stage.settle()
