"""A day has one payout run under one id, on the day of payment of the fund's policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from services.benefits.app import APP
from services.benefits.clients import Clients
from services.benefits.payouts.activities import PayoutActivities
from services.benefits.payouts.procedure import PayoutDay
from shared.law.fund import Fund
from shared.platform.temporal.connecting import start_workflow
from shared.platform.temporal.schedules import ScheduledRun
from tests.benefits.harness import Stage

SECOND_POLICY = date(2027, 1, 1)


def fund_that_changes_its_day(fund: Fund) -> Fund:
    """Pay on the 25th instead of the 20th from a day on."""
    first: dict[str, Any] = dict(fund.groups["policy"][0])
    return Fund(groups={**fund.groups, "policy": (first, {**first, "from": SECOND_POLICY, "payoutDay": 25})})


def activities(stage: Stage, fund: Fund) -> PayoutActivities:
    peers = stage.context.peers
    return PayoutActivities(
        database=stage.database,
        clients=Clients(affiliation=peers.affiliation, billing=peers.billing, sandbox=peers.sandbox),
        parameters=stage.context.parameters,
        fund=fund,
    )


async def started(stage: Stage) -> list[str]:
    found = await stage.rows("select workflow_id from dispatch where workflow = 'PayoutRun' order by id")
    return [row["workflow_id"] for row in found]


async def test_by_hand_and_by_schedule_it_is_the_same_run(stage: Stage) -> None:
    day = date(2026, 4, 20)
    stage.clock.day = day
    answer = await stage.post("/v1/payoutRuns", {"businessDate": day.isoformat()}, role="finance")
    assert answer.json() == {"workflowId": "payout-run-2026-04-20"}
    for number in range(2):
        handle = await start_workflow(
            stage.context.temporal,
            workflow="ScheduledPayoutRun",
            workflow_id=f"{stage.queue}:scheduled-{number}",
            task_queue=stage.queue,
            argument=ScheduledRun(business_date=day),
            shift=await stage.clock.shift(),
        )
        assert await handle.result() == {"workflow_id": "payout-run-2026-04-20"}
    assert await started(stage) == ["payout-run-2026-04-20"]


async def test_the_day_of_payment_is_the_policys_of_that_day(stage: Stage) -> None:
    changed = fund_that_changes_its_day(stage.context.fund)
    procedures = APP.schedules(replace(stage.context, fund=changed))
    assert {(one.id, one.day, one.workflow) for one in procedures} == {
        ("scheduled-payout-run-20", 20, "ScheduledPayoutRun"),
        ("scheduled-payout-run-25", 25, "ScheduledPayoutRun"),
    }
    ask = activities(stage, changed).request_payout_run
    for day in (date(2026, 12, 20), date(2026, 12, 25), date(2027, 1, 20), date(2027, 1, 25)):
        await ask(PayoutDay(business_date=day))
    assert await started(stage) == ["payout-run-2026-12-20", "payout-run-2027-01-25"]


async def test_what_reached_no_procedure_is_shown_to_operators_and_tried_again(stage: Stage) -> None:
    async with stage.database.transaction() as connection:
        await connection.execute(
            "insert into dispatch (workflow_id, signal, signal_argument, correlation_id, outcome, delivered_at) "
            "values ('droit-passerelle:ended', 'person_decided', '{}', gen_random_uuid(), 'workflowGone', now())"
        )
        await connection.execute(
            "insert into dispatch (workflow_id, workflow, argument, correlation_id, outcome, problem, delivered_at) "
            "values ('payout-run-2026-04-20', 'PayoutRun', '{}', gen_random_uuid(), 'refused', "
            "'INVALID_ARGUMENT', now())"
        )
    path = "/v1/dispatches/undeliverable"
    refused, gone = (await stage.get(path, role="operator"))["items"]
    assert (refused["outcome"], refused["problem"], refused["workflow"]) == ("refused", "INVALID_ARGUMENT", "PayoutRun")
    assert (gone["outcome"], gone["signal"], gone["workflowId"]) == (
        "workflowGone",
        "person_decided",
        "droit-passerelle:ended",
    )
    page = await stage.get(f"{path}?pageSize=1&beforeDispatchId={refused['dispatchId']}", role="operator")
    assert [one["dispatchId"] for one in page["items"]] == [gone["dispatchId"]]
    assert (await stage.http.get(path, headers=stage.acting_as("finance"))).status_code == 403

    measured = await stage.http.get("/metrics", headers=stage.acting_as("operator"))
    assert 'auxilia_dispatch_undeliverable{outcome="refused",service="benefits"} 1.0' in measured.text
    again = [
        (await stage.post(f"/v1/dispatches/{one['dispatchId']}/tryAgain", {}, role="operator")).status_code
        for one in (refused, gone)
    ]
    assert again == [202, 409]
    assert [one["outcome"] for one in (await stage.get(path, role="operator"))["items"]] == ["workflowGone"]
