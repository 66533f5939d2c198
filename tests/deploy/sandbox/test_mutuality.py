"""The mutualites' twin: one message per ticket, receipts on their day, behaviour on demand."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from deploy.sandbox import mutuality, store
from tests.benefits.harness import Stage


def message(ticket: uuid.UUID, **changes: Any) -> dict[str, Any]:
    return {
        "ticket": str(ticket),
        "kind": "affiliation",
        "fundNumber": "990",
        "insurer": "319",
        "fileNumber": "0000012",
        "ssin": "85073003328",
        "category": "main",
        "startDate": "2026-01-01",
        "sentOn": "2026-04-01",
        **changes,
    }


async def send(stage: Stage, body: dict[str, Any], *, insurer: str = "319", role: str = "service") -> Any:
    return await stage.sandbox.post(
        f"/v1/mutualities/{insurer}/messages", json=body, headers=stage.acting_as(role, subject="benefits")
    )


async def test_a_ticket_is_one_message_and_the_national_number_is_not_kept(stage: Stage) -> None:
    ticket = uuid.uuid4()
    for _ in range(2):
        answer = await send(stage, message(ticket))
        assert (answer.status_code, answer.json()) == (202, {"ticket": str(ticket)})
    async with stage.twins.database.transaction() as connection:
        [item] = await store.list_items(connection, twin="mutuality")
    assert item.due_on == date(2026, 4, 2)
    assert "85073003328" not in str(item.payload)


async def test_a_message_that_breaks_the_format_is_refused_by_field(stage: Stage) -> None:
    answer = await send(stage, message(uuid.uuid4(), ssin="850730"))
    assert answer.status_code == 400
    assert [issue["name"] for issue in answer.json()["issues"]] == ["ssin"]
    assert (await send(stage, message(uuid.uuid4()), role="benefitsAgent")).status_code == 403
    assert (await stage.sandbox.post("/v1/mutualities/319/messages", json={})).status_code == 401


async def test_modes_end_on_their_day_and_hold_for_one_insurer(stage: Stage) -> None:
    await stage.behave("mutualities/319", mode="down", until="2026-04-02")
    await stage.behave("mutualities/306", mode="nonsense")
    assert (await send(stage, message(uuid.uuid4()))).status_code == 503
    silly = await send(stage, message(uuid.uuid4(), insurer="306"), insurer="306")
    assert silly.headers["content-type"].startswith("text/html")
    assert (await send(stage, message(uuid.uuid4(), insurer="509"), insurer="509")).status_code == 202
    stage.clock.day = date(2026, 4, 2)
    assert (await send(stage, message(uuid.uuid4()))).status_code == 202


async def test_all_mutualites_can_be_late_but_one_with_its_own_behaviour(stage: Stage) -> None:
    await stage.behave("mutualities/all", mode="late", lateDays=3)
    await stage.behave("mutualities/306", mode="normal")
    await send(stage, message(uuid.uuid4()))
    await send(stage, message(uuid.uuid4(), insurer="306"), insurer="306")
    async with stage.twins.database.transaction() as connection:
        items = await store.list_items(connection, twin="mutuality")
    # Four working days from Wednesday 1 April: Easter Monday is left out.
    assert sorted((item.payload["insurer"], item.due_on) for item in items) == [
        ("306", date(2026, 4, 2)),
        ("319", date(2026, 4, 8)),
    ]


async def test_a_receipt_the_fund_does_not_take_waits_and_a_wrong_one_does_not_block(stage: Stage) -> None:
    await stage.insure(12)
    await stage.settle()
    await send(stage, message(uuid.uuid4(), fileNumber="0000099"))
    stage.clock.day = date(2026, 4, 2)
    assert await mutuality.due_count(stage.twins, date(2026, 4, 2)) == 2
    await mutuality.tick(stage.twins, date(2026, 4, 2))
    assert await mutuality.due_count(stage.twins, date(2026, 4, 2)) == 0
    async with stage.twins.database.transaction() as connection:
        states = sorted(item.state for item in await store.list_items(connection, twin="mutuality"))
    assert states == ["accepted", "undeliverable"]
