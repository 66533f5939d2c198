"""A person steers a billing run: canary and go, waves, pause and resume, cancel."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle

from services.billing.quarterly.procedure import BillingRunInput, RunOrder, RunOrderGiven, RunProgress
from services.billing.quarterly.service.runs import OPEN_STATUSES
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.time_skipping import fast_forward
from tests.billing.harness import Service, falls_asleep, start_procedure
from tests.histories.decoding import record_if_asked

Handle = WorkflowHandle[Any, Any]
BILLED_ON = date(2026, 1, 5)  # a Monday


async def _begin(service: Service, client: Client, queue: str, **wanted: Any) -> tuple[str, Handle]:
    answer = await service.post("/v1/billingRuns", {"quarter": "2026Q1", **wanted})
    assert answer.status_code == 202, answer.text
    run_id = answer.json()["runId"]
    argument = BillingRunInput(run_id=run_id, quarter="2026Q1")
    return run_id, await start_procedure(client, queue, "QuarterlyBilling", argument, BILLED_ON)


async def _order(service: Service, handle: Handle, run_id: str, order: RunOrder) -> None:
    """Give an order over HTTP and hand it to the run as the relay would."""
    answer = await service.post(f"/v1/billingRuns/{run_id}/orders", {"order": str(order)})
    assert answer.status_code == 202, answer.text
    (row,) = await service.world.rows(
        "select workflow_id, signal from dispatch where signal is not null order by id desc limit 1"
    )
    assert (row["workflow_id"], row["signal"]) == ("billing-run-2026Q1", "order")
    await handle.signal("order", RunOrderGiven(order=order))


async def _status(service: Service, run_id: str) -> str:
    return str((await service.get(f"/v1/billingRuns/{run_id}")).json()["status"])


async def _billed(service: Service) -> int:
    return int(await service.world.one("select count(*) from contribution where quarter = '2026Q1'"))


async def test_a_canary_is_billed_first_and_the_others_wait_for_a_go(
    service: Service, temporal_client: Client, queue: str
) -> None:
    for _ in range(9):
        await service.world.affiliate(income_2023="30000.00")
    run_id, handle = await _begin(service, temporal_client, queue, canary=3)
    await falls_asleep(temporal_client, queue, handle)
    assert (await _status(service, run_id), await _billed(service)) == ("awaitingGo", 3)
    (task,) = (await service.get("/v1/tasks?role=finance")).json()["items"]
    assert (task["kind"], task["dueOn"]) == ("billingRunAwaitsGo", "2026-01-07")
    assert (task["details"]["billed"], task["details"]["parked"], task["details"]["subjects"]) == (3, 0, 9)
    # The schedule finds the open run and begins no other.
    again = await service.post("/v1/billingRuns", {"quarter": "2026Q1"})
    assert (again.status_code, again.json()["runId"]) == (200, run_id)

    await _order(service, handle, run_id, RunOrder.GO)
    progress = RunProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/QuarterlyBilling-canary")
    assert (progress.stage, progress.billed, progress.letters) == ("done", 9, 9)
    assert (await service.get("/v1/tasks?isOpen=true")).json()["items"] == []


async def test_each_wave_begins_on_the_next_working_day(service: Service, temporal_client: Client, queue: str) -> None:
    for _ in range(7):
        await service.world.affiliate(income_2023="30000.00")
    run_id, handle = await _begin(service, temporal_client, queue, waveSize=3)
    await falls_asleep(temporal_client, queue, handle)
    assert (await _status(service, run_id), await _billed(service)) == ("betweenWaves", 3)
    report = await fast_forward(temporal_client, task_queue=queue, target=business_moment(date(2026, 1, 6)))
    assert report.failures == {}
    await falls_asleep(temporal_client, queue, handle)
    assert (await _status(service, run_id), await _billed(service)) == ("betweenWaves", 6)
    await _order(service, handle, run_id, RunOrder.GO)  # not waiting for Wednesday
    progress = RunProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/QuarterlyBilling-waves")
    assert (progress.stage, progress.billed) == ("done", 7)
    shown = (await service.get(f"/v1/billingRuns/{run_id}")).json()
    assert (shown["waves"], shown["waveSize"], shown.get("canary")) == (3, 3, None)


async def test_a_run_pauses_goes_on_and_ends_when_it_is_told(
    service: Service, temporal_client: Client, queue: str
) -> None:
    for _ in range(9):
        await service.world.affiliate(income_2023="30000.00")
    run_id, handle = await _begin(service, temporal_client, queue, canary=2, waveSize=4)
    await falls_asleep(temporal_client, queue, handle)
    await _order(service, handle, run_id, RunOrder.PAUSE)
    await _order(service, handle, run_id, RunOrder.GO)
    await falls_asleep(temporal_client, queue, handle)
    assert (await _status(service, run_id), await _billed(service)) == ("paused", 2)
    await _order(service, handle, run_id, RunOrder.RESUME)
    await falls_asleep(temporal_client, queue, handle)
    assert (await _status(service, run_id), await _billed(service)) == ("betweenWaves", 6)
    await _order(service, handle, run_id, RunOrder.CANCEL)
    progress = RunProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/QuarterlyBilling-cancelled")
    # Who was billed stays billed and gets the notice.
    assert (progress.stage, progress.billed, progress.letters) == ("cancelled", 6, 6)
    assert await _status(service, run_id) == "cancelled"
    refused = await service.post(f"/v1/billingRuns/{run_id}/orders", {"order": "resume"})
    assert refused.status_code == 409
    # The rest is billed by a new round, each once.
    again = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    assert (again["round"], again["runId"] != run_id) == (2, True)
    argument = BillingRunInput(run_id=again["runId"], quarter="2026Q1")
    second = await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON)
    assert RunProgress.model_validate(await second.result()).billed == 3
    assert await _billed(service) == 9


async def test_orders_need_a_run_a_right_and_a_known_word(service: Service) -> None:
    await service.world.affiliate(income_2023="30000.00")
    run_id = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()["runId"]
    path = f"/v1/billingRuns/{run_id}/orders"
    assert (await service.post(path, {"order": "go"})).status_code == 409
    assert (await service.post(path, {"order": "stop"})).status_code == 400
    assert (await service.post(path, {"order": "pause"}, role="collectionsAgent")).status_code == 403
    unknown = "/v1/billingRuns/01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f/orders"
    assert (await service.post(unknown, {"order": "pause"})).status_code == 404
    for wrong in ({"canary": 0}, {"waveSize": -1}, {"canary": "all"}):
        assert (await service.post("/v1/billingRuns", {"quarter": "2026Q2", **wrong})).status_code == 400


async def test_three_requests_at_once_make_one_run(service: Service) -> None:
    await service.world.affiliate(income_2023="30000.00")
    answers = await asyncio.gather(*(service.post("/v1/billingRuns", {"quarter": "2026Q1"}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 202]
    assert len({answer.json()["runId"] for answer in answers}) == 1
    assert await service.world.one("select count(*) from dispatch") == 1


def test_an_open_run_is_in_one_of_the_stages_the_database_allows_once() -> None:
    assert {"requested", "billing", "awaitingGo", "betweenWaves", "paused", "letters"} == OPEN_STATUSES


@pytest.mark.parametrize(("canary", "wave_size"), [(None, None), (4, None), (None, 5), (3, 2)])
async def test_pages_of_waves_hold_everybody_once_and_lie_in_one_partition(
    service: Service, canary: int | None, wave_size: int | None
) -> None:
    people = [await service.world.affiliate(income_2023="30000.00") for _ in range(17)]
    given = {name: value for name, value in (("canary", canary), ("waveSize", wave_size)) if value is not None}
    wanted = {"quarter": "2026Q1", **given}
    run_id = (await service.post("/v1/billingRuns", wanted)).json()["runId"]
    await service.world.plan(run_id, page_size=2)
    rows = await service.world.rows(
        "select p.wave, p.ordinal, p.partition, p.page, array_agg(s.dossier) as dossiers from billing_page p "
        "join subject s on s.partition = p.partition and s.dossier between p.first_dossier and p.last_dossier "
        "group by p.wave, p.ordinal, p.partition, p.page order by p.ordinal"
    )
    held = [dossier for row in rows for dossier in row["dossiers"]]
    assert sorted(held) == sorted(people)
    assert [row["ordinal"] for row in rows] == list(range(len(rows)))
    assert max(len(row["dossiers"]) for row in rows) <= 2
    waves: dict[int, int] = {}
    for row in rows:
        waves[row["wave"]] = waves.get(row["wave"], 0) + len(row["dossiers"])
    assert list(waves) == sorted(waves)
    sizes = [size for wave, size in waves.items() if wave > 0]
    assert waves.get(0) == canary
    assert all(size == wave_size for size in sizes[:-1]) if wave_size else len(sizes) == 1
