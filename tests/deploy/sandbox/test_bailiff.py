"""The bailiff's twin beside recovery: one service per mandate, in ten working days, with its costs, or not."""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import date
from typing import Any

import httpx
import pytest

from deploy.sandbox import bailiff, store
from tests.recovery.harness import Stage
from tests.recovery.planted import Planted, planted_case

WARRANT = b"%PDF- a warrant"
SHA256 = hashlib.sha256(WARRANT).hexdigest()
MANDATED = date(2026, 8, 21)
DUE = date(2026, 9, 4)


async def mandate(desk: Stage, mandate_id: uuid.UUID, **changes: Any) -> httpx.Response:
    """Give a mandate as recovery does."""
    body = {
        "mandateId": str(mandate_id),
        "fileNumber": 12,
        "totalCents": 95_497,
        "documentSha256": SHA256,
        "content": base64.b64encode(WARRANT).decode(),
        **changes,
    }
    return await desk.sandbox.post(
        "/v1/bailiff/mandates", json=body, headers=desk.acting_as("service", subject="recovery")
    )


async def withdraw(desk: Stage, mandate_id: uuid.UUID) -> httpx.Response:
    """Ask a mandate back as recovery does."""
    body = {"mandateId": str(mandate_id), "reason": "paid"}
    return await desk.sandbox.post(
        "/v1/bailiff/withdrawals", json=body, headers=desk.acting_as("service", subject="recovery")
    )


async def planted(desk: Stage) -> Planted:
    """Put a case in the rows whose mandate the twin gets on 21 August."""
    made = await planted_case(desk, mandated=True)
    desk.clock.day = MANDATED
    return made


async def state_of(desk: Stage, mandate_id: uuid.UUID) -> tuple[str, date | None]:
    """Return where a mandate stands with the twin, and when it acts."""
    async with desk.twins.database.transaction() as connection:
        item = await store.find_item(connection, twin="bailiff", kind="mandate", reference=str(mandate_id))
    assert item is not None
    return item.state, item.due_on


async def served(desk: Stage, made: Planted) -> dict[str, Any]:
    """Return what recovery was told about a mandate."""
    [row] = await desk.rows("select served_on, cost_cents, failure from mandate where mandate_id = %s", made.mandate_id)
    return row


async def test_a_warrant_is_served_on_the_tenth_working_day_with_its_costs(desk: Stage) -> None:
    made = await planted(desk)
    assert (await mandate(desk, made.mandate_id)).status_code == 202
    assert await state_of(desk, made.mandate_id) == ("received", DUE)
    desk.clock.day = DUE
    await bailiff.tick(desk.twins, DUE)
    assert await served(desk, made) == {"served_on": DUE, "cost_cents": 18_743, "failure": None}
    assert await state_of(desk, made.mandate_id) == ("served", None)


async def test_the_same_mandate_is_served_once(desk: Stage) -> None:
    made = await planted(desk)
    first, second = await mandate(desk, made.mandate_id), await mandate(desk, made.mandate_id)
    assert first.json() == second.json()
    desk.clock.day = DUE
    for _ in range(2):
        await bailiff.tick(desk.twins, DUE)
    assert len(await desk.facts("warrant-served", made.dossier)) == 1
    assert len(await desk.facts("costs-charged", made.dossier)) == 1


@pytest.mark.parametrize(
    ("mode", "told", "state"),
    [
        ("silent", {"served_on": None, "cost_cents": None, "failure": None}, "silent"),
        ("nonsense", {"served_on": None, "cost_cents": None, "failure": None}, "refused"),
        ("notServed", {"served_on": None, "cost_cents": None, "failure": "addressUnknown"}, "notServed"),
    ],
)
async def test_on_its_worst_days(desk: Stage, mode: str, told: dict[str, Any], state: str) -> None:
    made = await planted(desk)
    file_number = desk.last_file_number
    await desk.behave("bailiff", mode, fileNumber=file_number)
    await mandate(desk, made.mandate_id, fileNumber=file_number)
    desk.clock.day = DUE
    await bailiff.tick(desk.twins, DUE)
    assert await served(desk, made) == told
    assert await state_of(desk, made.mandate_id) == (state, None)


async def test_late_is_so_many_working_days_later(desk: Stage) -> None:
    desk.clock.day = MANDATED
    mandate_id = uuid.uuid4()
    await desk.behave("bailiff", "late", fileNumber=777, lateDays=20)
    await mandate(desk, mandate_id, fileNumber=777)
    assert await state_of(desk, mandate_id) == ("received", date(2026, 10, 2))


async def test_a_warrant_is_taken_back_before_service_and_never_served_then(desk: Stage) -> None:
    made = await planted(desk)
    await mandate(desk, made.mandate_id)
    for _ in range(2):
        assert (await withdraw(desk, made.mandate_id)).status_code == 202
    assert await state_of(desk, made.mandate_id) == ("withdrawn", None)
    desk.clock.day = DUE
    await bailiff.tick(desk.twins, DUE)
    assert (await served(desk, made))["served_on"] is None


async def test_a_warrant_that_was_served_cannot_be_taken_back(desk: Stage) -> None:
    made = await planted(desk)
    await mandate(desk, made.mandate_id)
    desk.clock.day = DUE
    await bailiff.tick(desk.twins, DUE)
    assert (await withdraw(desk, made.mandate_id)).status_code == 409


async def test_what_was_never_given_cannot_be_taken_back(desk: Stage) -> None:
    answer = await withdraw(desk, uuid.uuid4())
    assert answer.status_code == 400
    assert [issue["name"] for issue in answer.json()["issues"]] == ["mandateId"]


async def test_a_fund_that_does_not_answer_hears_of_the_service_later(desk: Stage) -> None:
    made = await planted(desk)
    await mandate(desk, made.mandate_id)
    desk.clock.day = DUE
    away = httpx.MockTransport(lambda _request: httpx.Response(503))
    with desk.partner_meets("bailiff", away):
        await bailiff.tick(desk.twins, DUE)
    assert await state_of(desk, made.mandate_id) == ("received", DUE)
    await bailiff.tick(desk.twins, DUE)
    assert (await served(desk, made))["served_on"] == DUE
