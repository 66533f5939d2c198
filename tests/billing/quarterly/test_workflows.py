"""Billing's procedures on the real Temporal server, with the real database."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle

from services.billing.lateness.procedure import ClosingInput, ClosingProgress
from services.billing.notices import service as notices
from services.billing.quarterly.procedure import BillingRunInput, RunProgress
from services.billing.quarterly.service import runs
from services.billing.quarterly.store import runs as run_store
from services.billing.regularisation.procedure import RegularisationInput, RegularisationProgress
from shared.contracts.billing_v1 import DebtOverdue
from shared.contracts.topics import partition_of
from shared.contracts.vocabulary import Language
from shared.law.parameters import ParameterMissing
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.temporal.clock import business_moment
from shared.platform.temporal.schedules import ScheduledRun
from shared.platform.temporal.time_skipping import fast_forward
from tests.billing.harness import Service, falls_asleep, start_procedure
from tests.histories.decoding import decoded_history, payloads_of, record_if_asked

Handle = WorkflowHandle[Any, Any]
BILLED_ON, CLOSED_ON = date(2026, 1, 5), date(2026, 4, 1)


async def _run(
    service: Service, client: Client, queue: str, *, quarter: str = "2026Q1", history: str | None = None
) -> RunProgress:
    """Request a run over HTTP, start its workflow as the relay would, and wait for its end."""
    requested = (await service.post("/v1/billingRuns", {"quarter": quarter})).json()
    argument = BillingRunInput(run_id=requested["runId"], quarter=quarter)
    handle = await start_procedure(client, queue, "QuarterlyBilling", argument, BILLED_ON)
    progress = RunProgress.model_validate(await handle.result())
    if history is not None:
        await record_if_asked(client, handle, name=f"billing/QuarterlyBilling-{history}")
    return progress


async def test_a_run_bills_everybody_and_writes_every_letter(
    service: Service, temporal_client: Client, queue: str
) -> None:
    people = [await service.world.affiliate(income_2023="30000.00") for _ in range(7)]
    parked = await service.world.affiliate(starts_on=date(2019, 1, 1))
    service.people.languages = {str(people[0]): "nl", str(people[1]): "de"}
    progress = await _run(service, temporal_client, queue, history="done")
    assert (progress.stage, progress.billed, progress.parked, progress.letters) == ("done", 7, 1, 7)
    assert progress.pages == progress.pages_done
    (run,) = (await service.get("/v1/billingRuns")).json()["items"]
    assert (run["status"], run["letters"], run["parked"]) == ("done", 7, 1)
    documents = (await service.get("/v1/documents?kind=contributionNotice")).json()["items"]
    names = sorted(document["name"] for document in documents)
    assert names[:3] == [
        "notices/2026Q1/0000001-nl.pdf",
        "notices/2026Q1/0000002-de.pdf",
        "notices/2026Q1/0000003-fr.pdf",
    ]
    assert {document["businessDate"] for document in documents} == {"2026-01-05"}
    shown = (await service.get(f"/v1/billingRuns/{run['runId']}")).json()
    assert shown["parkedDossiers"][0]["dossier"] == str(parked)


async def test_a_run_of_more_pages_than_go_side_by_side_bills_each_once(
    service: Service, temporal_client: Client, queue: str
) -> None:
    # At most two people a page: seven pages or more, so a window that is full and one that is not.
    for _ in range(13):
        await service.world.affiliate(income_2023="30000.00")
    progress = await _run(service, temporal_client, queue, history="six-at-once")
    assert progress.pages == progress.pages_done >= 7
    assert (progress.stage, progress.pages_failed, progress.billed) == ("done", 0, 13)
    assert await service.world.one("select count(*) from contribution") == 13


async def test_two_workers_of_the_same_run_bill_once(service: Service, temporal_client: Client, queue: str) -> None:
    for _ in range(6):
        await service.world.affiliate(income_2023="30000.00")
    requested = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    argument = BillingRunInput(run_id=requested["runId"], quarter="2026Q1")
    handles = [await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON) for _ in range(3)]
    await asyncio.gather(*(handle.result() for handle in handles))
    assert await service.world.one("select count(*) from contribution") == 6
    assert await service.world.one("select count(*) from document where kind = 'contributionNotice'") == 6
    assert await service.world.one("select count(*) from journal_line where kind = 'principal'") == 6


async def test_letters_wait_for_an_affiliation_that_is_away(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await service.world.affiliate(income_2023="30000.00")
    service.people.away_for = 3
    progress = await _run(service, temporal_client, queue)
    assert (progress.stage, progress.letters) == ("done", 1)


async def test_a_notice_without_address_becomes_a_task(service: Service, temporal_client: Client, queue: str) -> None:
    known, stranger = [await service.world.affiliate(income_2023="30000.00") for _ in range(2)]
    service.people.unknown = {str(stranger)}
    progress = await _run(service, temporal_client, queue)
    assert (progress.stage, progress.letters) == ("done", 1)
    (task,) = await service.world.rows("select dossier from task where kind = 'noticeWithoutAddress'")
    assert task["dossier"] == stranger
    assert await service.world.one("select dossier from document where kind = 'contributionNotice'") == known


async def test_a_quarter_without_law_leaves_the_run_incomplete_and_asks_a_person(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await service.world.affiliate(starts_on=date(2030, 1, 1), first_activity=True)
    refused = await service.post("/v1/billingRuns", {"quarter": "2030Q1"})
    assert refused.json()["issues"][0]["type"].endswith("law")
    async with service.world.database.transaction() as connection:  # as the schedule asks
        asked = await runs.request_run(
            connection, quarter=Quarter(2031, 1), requested_by="schedule", business_date=date(2031, 1, 5)
        )
    argument = BillingRunInput(run_id=asked.run_id, quarter="2031Q1")
    handle = await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON)
    progress = RunProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/QuarterlyBilling-incomplete")
    assert (progress.stage, progress.pages_failed, progress.billed) == ("incomplete", 1, 0)
    assert await service.world.one("select count(*) from task where kind = 'incompleteBillingRun'") == 1
    assert await service.world.one("select count(*) from contribution") == 0
    async with service.world.database.transaction() as connection:
        again = await runs.request_run(
            connection, quarter=Quarter(2031, 1), requested_by="schedule", business_date=date(2031, 1, 6)
        )
    assert again.created


async def test_the_schedule_asks_for_the_quarter_of_the_day(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await service.world.affiliate(income_2023="30000.00")
    for _ in range(2):
        handle = await start_procedure(temporal_client, queue, "ScheduledQuarterlyBilling", ScheduledRun(), BILLED_ON)
        assert (await handle.result())["quarter"] == "2026Q1"
    assert await service.world.one("select count(*) from billing_run") == 1
    dispatched = await service.world.rows("select workflow_id from dispatch")
    assert [row["workflow_id"] for row in dispatched] == ["billing-run-2026Q1"]


async def test_a_closing_charges_surcharges_and_tells_what_is_overdue(
    service: Service, temporal_client: Client, queue: str
) -> None:
    debtors = [await service.world.affiliate(income_2023="30000.00") for _ in range(5)]
    await service.world.bill("2026Q1")
    service.clock.day = CLOSED_ON
    scheduled = await start_procedure(temporal_client, queue, "ScheduledQuarterClosing", ScheduledRun(), CLOSED_ON)
    reference = await scheduled.result()
    assert reference["quarter"] == "2026Q1"
    argument = ClosingInput(closing_id=reference["closing_id"], quarter="2026Q1")
    handle = await start_procedure(temporal_client, queue, "QuarterClosing", argument, CLOSED_ON)
    progress = ClosingProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/QuarterClosing-done")
    assert (progress.stage, progress.pages, progress.overdue, progress.surcharges) == ("done", 3, 5, 5)
    told = await service.world.rows("select dossier from outbox where type = %s", DebtOverdue.type)
    assert sorted(row["dossier"] for row in told) == sorted(debtors)
    (closing,) = (await service.get("/v1/quarterClosings")).json()["items"]
    assert (closing["status"], closing["overdue"]) == ("done", 5)


async def test_a_run_that_can_not_be_planned_goes_on_by_itself_on_a_later_day(
    service: Service, temporal_client: Client, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.world.affiliate(income_2023="30000.00")
    plan_pages, missing = run_store.plan_pages, [ParameterMissing("contributions.example", BILLED_ON)]

    async def plan_pages_without_law(connection: Connection, *, run_id: uuid.UUID, page_size: int) -> int:
        if missing:
            raise missing.pop()
        return await plan_pages(connection, run_id=run_id, page_size=page_size)

    monkeypatch.setattr(run_store, "plan_pages", plan_pages_without_law)
    requested = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    argument = BillingRunInput(run_id=requested["runId"], quarter="2026Q1")
    handle = await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON)
    await falls_asleep(temporal_client, queue, handle)
    tasks = (await service.get("/v1/tasks", role="operator")).json()["items"]
    assert [(task["kind"], task["details"]["work"], task["dueOn"]) for task in tasks] == [
        ("procedureStuck", "plan_billing_run", "2026-01-06")
    ]
    report = await fast_forward(temporal_client, task_queue=queue, target=business_moment(date(2026, 1, 6)))
    assert report.failures == {}
    progress = RunProgress.model_validate(await handle.result())
    assert (progress.stage, progress.billed) == ("done", 1)
    assert (await service.get("/v1/tasks", role="operator")).json()["items"] == []


async def test_letters_that_can_not_be_made_today_are_made_on_a_later_day_and_the_run_is_whole(
    service: Service, temporal_client: Client, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    without_letter, missing = notices.without_letter, [ParameterMissing("surcharges.example", BILLED_ON)]

    async def without_law(connection: Connection, **wanted: Any) -> list[notices.NoticeToWrite]:
        if missing:
            raise missing.pop()
        return await without_letter(connection, **wanted)

    monkeypatch.setattr(notices, "without_letter", without_law)
    requested = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    argument = BillingRunInput(run_id=requested["runId"], quarter="2026Q1")
    handle = await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON)
    await falls_asleep(temporal_client, queue, handle)
    (task,) = (await service.get("/v1/tasks", role="operator")).json()["items"]
    partition = partition_of(dossier, "billing.facts.v1")
    assert (task["kind"], task["details"]["work"]) == ("procedureStuck", f"write_notice_letters {partition}")
    report = await fast_forward(temporal_client, task_queue=queue, target=business_moment(date(2026, 1, 6)))
    assert report.failures == {}
    progress = RunProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/QuarterlyBilling-letters-later")
    assert (progress.stage, progress.pages_failed, progress.billed, progress.letters) == ("done", 0, 1, 1)
    assert (await service.get("/v1/tasks", role="operator")).json()["items"] == []


async def test_nothing_about_people_or_money_is_in_a_history(
    service: Service, temporal_client: Client, queue: str
) -> None:
    await service.world.affiliate(income_2023="30000.00", language=Language.DUTCH)
    requested = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    argument = BillingRunInput(run_id=requested["runId"], quarter="2026Q1")
    handle = await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON)
    await handle.result()
    events = (await decoded_history(temporal_client, handle)).events
    told = b" ".join(payload.data for event in events for payload in payloads_of(event))
    assert requested["runId"].encode() in told  # it is in clear here, so what is looked for would be seen
    for secret in (b"Exemplemont", b"85073003328", b"171883", b"164876"):
        assert secret not in told


async def test_progress_can_be_asked_while_a_run_works(service: Service, temporal_client: Client, queue: str) -> None:
    for _ in range(3):
        await service.world.affiliate(income_2023="30000.00")
    requested = (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()
    argument = BillingRunInput(run_id=requested["runId"], quarter="2026Q1")
    handle = await start_procedure(temporal_client, queue, "QuarterlyBilling", argument, BILLED_ON)
    seen = RunProgress.model_validate(await handle.query("progress"))
    await handle.result()
    final = RunProgress.model_validate(await handle.query("progress"))
    assert seen.billed <= final.billed == 3
    assert final.stage == "done"


async def test_incomes_told_over_http_become_statements_with_letters(
    service: Service, temporal_client: Client, queue: str
) -> None:
    people = [await service.world.affiliate(income_2023="30000.00") for _ in range(3)]
    service.people.languages = {str(people[0]): "nl", str(people[1]): "de"}
    service.people.unknown = {str(people[2])}
    for quarter in ("2026Q1", "2026Q2"):
        await service.world.bill(quarter)
    service.clock.day = date(2028, 6, 20)
    items = [{"fileNumber": n, "year": 2026, "incomeCents": 40_000_00, "knownOn": "2028-06-20"} for n in (1, 2, 3)]
    told = await service.post("/v1/incomes", {"items": items})
    assert (told.status_code, told.json()["accepted"]) == (201, 3)
    assert (await service.post("/v1/incomes", {"items": items})).status_code == 200
    (run,) = (await service.get("/v1/regularisationRuns")).json()["items"]
    assert (run["planned"], run["stateBefore"]) == (3, "2028-08-01")
    argument = RegularisationInput(run_id=run["runId"])
    handle = await start_procedure(temporal_client, queue, "IncomeRegularisation", argument, date(2028, 6, 20))
    progress = RegularisationProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/IncomeRegularisation-done")
    assert (progress.stage, progress.issued, progress.letters) == ("done", 3, 2)
    documents = (await service.get("/v1/documents?kind=regularisationStatement")).json()["items"]
    assert sorted(document["name"] for document in documents) == [
        "statements/2026/0000001-1-nl.pdf",
        "statements/2026/0000002-1-de.pdf",
    ]
    carried = [document["fileNumber"] for _, document in service.carriers.carried]
    (proof,) = (await service.post("/v1/letterDeliveries/query", {"dossier": str(people[0])})).json()["items"]
    assert (len(carried), proof["kind"], proof["outcome"], proof["handedOn"]) == (
        2, "regularisationStatement", "accepted", "2028-06-20",
    )  # fmt: skip
    (statement,) = (await service.get(f"/v1/regularisations/{people[0]}?language=fr")).json()["items"]
    # 40,000.00 x 20.50 % / 4 = 2,050.00; fee 87.13 (87.125); two quarters: 4,274.26
    assert statement["definitiveCents"] == 4274_26
    assert statement["dueOn"] == "2028-09-30"
    assert "meegedeeld" not in statement["quarters"][0]["explanation"][1]["text"]
    tasks = await service.world.rows("select kind, dossier from task where kind = 'statementWithoutAddress'")
    assert tasks == [{"kind": "statementWithoutAddress", "dossier": people[2]}]
