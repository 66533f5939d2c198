"""Files that are made on their day: on the fund's day, on working days, once, whoever asks first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from temporalio.client import Client

from services.billing.app import APP
from services.billing.clients import Affiliation
from services.billing.money_out.activities.order_file import BankFileActivities
from services.billing.money_out.procedure import FileDay
from services.billing.money_out.rules import BankOrderKind
from shared.law.fund import Fund
from shared.platform.temporal.schedules import ScheduledRun
from tests.billing.harness import Service, start_procedure
from tests.histories.decoding import record_if_asked

#: The fund's days of its samples are the 10th and the 12th. 10 April 2026 is a Friday, 10 May 2026 a Sunday.
FRIDAY, SUNDAY, MONDAY = date(2026, 4, 10), date(2026, 5, 10), date(2026, 5, 11)


async def _runs(service: Service) -> list[dict[str, Any]]:
    return await service.world.rows(
        "select kind, business_date, execution_on, requested_by from bank_order_run order by business_date, kind"
    )


async def test_the_file_of_refunds_is_asked_for_once_by_hand_or_by_schedule(
    service: Service, temporal_client: Client, queue: str
) -> None:
    service.clock.day = FRIDAY
    asked = await service.post("/v1/bankOrderRuns", {"kind": "refund"})
    assert asked.status_code == 202
    for _ in range(2):
        argument = ScheduledRun(business_date=FRIDAY)
        handle = await start_procedure(temporal_client, queue, "ScheduledRefundFile", argument, FRIDAY)
        assert await handle.result() == {"workflow_id": "refund-run-2026-04-10"}
    await record_if_asked(temporal_client, handle, name="billing/ScheduledRefundFile-done")
    started = await service.world.rows("select workflow_id from dispatch where workflow = 'BankFileRun'")
    assert [row["workflow_id"] for row in started] == ["refund-run-2026-04-10"]


async def test_on_a_sunday_the_file_is_made_on_monday(service: Service, temporal_client: Client, queue: str) -> None:
    argument = ScheduledRun(business_date=SUNDAY)
    handle = await start_procedure(temporal_client, queue, "ScheduledRefundFile", argument, MONDAY)
    assert await handle.result() == {"workflow_id": "refund-run-2026-05-11"}


async def test_direct_debits_are_collected_at_the_end_of_the_month(
    service: Service, temporal_client: Client, queue: str
) -> None:
    day = date(2026, 3, 12)
    argument = ScheduledRun(business_date=day)
    handle = await start_procedure(temporal_client, queue, "ScheduledCollectionFile", argument, day)
    assert await handle.result() == {"workflow_id": "collection-run-2026-03-12"}
    await record_if_asked(temporal_client, handle, name="billing/ScheduledCollectionFile-done")
    assert await _runs(service) == [
        {
            "kind": "directDebit",
            "business_date": day,
            "execution_on": date(2026, 3, 31),
            "requested_by": "billing",
        }
    ]


async def test_the_fund_s_policy_of_a_day_names_its_files(service: Service) -> None:
    first: dict[str, Any] = dict(service.context.fund.groups["policy"][0])
    second = {**first, "from": date(2027, 1, 1), "refundFileDay": 22}
    changed = Fund(groups={**service.context.fund.groups, "policy": (first, second)})
    found = {one.id for one in APP.schedules(replace(service.context, fund=changed))}
    assert found >= {"refund-file-10", "refund-file-22", "collection-file-12", "inasti-transfers", "inasti-statistics"}
    ask = BankFileActivities(
        database=service.world.database,
        parameters=service.world.parameters,
        fund=changed,
        affiliation=Affiliation(service.context.peers.affiliation),
    ).request_bank_file
    for day in (date(2026, 12, 10), date(2026, 12, 22), date(2027, 1, 10), date(2027, 1, 22)):
        await ask(FileDay(kind=BankOrderKind.REFUND, scheduled_on=day, today=day))
    assert [row["business_date"] for row in await _runs(service)] == [date(2026, 12, 10), date(2027, 1, 22)]
