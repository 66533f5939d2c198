"""Incomes told as JSON: read as they are, each refused one named by its place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from services.billing.incomes.rules import IncomeLine, told_incomes
from tests.billing.harness import Service, open_service
from tests.billing.world import World


@pytest.fixture(scope="module")
async def service(world: World) -> AsyncIterator[Service]:
    """The service on the database of this module."""
    opened = open_service(world, temporal=None)
    yield opened
    await opened.http.aclose()


def _told(number: int, **other: Any) -> dict[str, Any]:
    return {"fileNumber": number, "year": 2023, "incomeCents": 15_000_00, "knownOn": "2025-09-01", **other}


@pytest.mark.parametrize(("cents", "accepted"), [(10**14 - 1, 1), (10**14, 0), (1 - 10**14, 1), (-(10**14), 0)])
def test_an_amount_a_file_could_not_hold_is_refused(cents: int, accepted: int) -> None:
    line = IncomeLine(line=1, file_number=1, year=2023, income_cents=cents, known_on=date(2025, 9, 1))
    lines, rejects = told_incomes([line])
    assert len(lines) == accepted
    assert [(one.line, one.field, one.rule) for one in rejects] == [(1, "income", "amount")] * (1 - accepted)


async def test_incomes_are_told_once_and_rejects_are_named_by_their_place(service: Service) -> None:
    dossier = await service.world.affiliate()
    number = service.world.next_file - 1
    items = [
        _told(number),
        _told(9999),
        _told(number, incomeCents=16_000_00),
        _told(number, year=2022, incomeCents=-(10**14)),
    ]
    first = await service.post("/v1/incomes", {"items": items})
    assert (first.status_code, first.json()["accepted"], first.json()["rejected"]) == (201, 1, 3)
    assert [(reject["line"], reject["field"], reject["rule"]) for reject in first.json()["rejects"]] == [
        (2, "file_number", "unknownFile"),
        (3, "income", "contradiction"),
        (4, "income", "amount"),
    ]
    again = await service.post("/v1/incomes", {"items": [dict(reversed(item.items())) for item in items]})
    assert (again.status_code, again.json()["alreadyImported"]) == (200, True)
    assert again.json()["rejects"] == first.json()["rejects"]
    assert await service.world.one("select income_cents from income where dossier = %s", dossier) == 15_000_00
