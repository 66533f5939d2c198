"""Somebody is asked for a number of the law before the day on which it is missing, and only once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from temporalio.client import Client

from services.billing.app import APP
from services.billing.assessment.activities import LawWatchActivities
from services.billing.subjects.procedure import BusinessDay
from shared.law.parameters import Certainty, Parameters
from shared.platform.temporal.schedules import ScheduledRun
from tests.billing.harness import Service, start_procedure
from tests.histories.decoding import record_if_asked


def _with_index_of_2027(parameters: Parameters) -> Parameters:
    """The law data once the index of 2027 was entered."""
    index = parameters.by_name["contributions.indexNumerator"]
    newest = max(index.values, key=lambda value: value.valid_from or date.min)
    added = replace(
        newest,
        value=Decimal("690.00"),
        valid_from=date(2027, 1, 1),
        valid_to=date(2027, 12, 31),
        certainty=Certainty.ASSUMED,
    )
    changed = replace(index, values=(*index.values, added))
    return Parameters(by_name={**parameters.by_name, index.name: changed})


async def test_the_day_comes_nearer_and_one_task_asks_for_each_value(
    service: Service, temporal_client: Client, queue: str, parameters: Parameters
) -> None:
    early = await start_procedure(
        temporal_client, queue, "ScheduledLawWatch", ScheduledRun(business_date=date(2026, 10, 31)), date(2026, 10, 31)
    )
    assert (await early.result())["ending"] == 0, "61 days before the end"
    handle = await start_procedure(
        temporal_client, queue, "ScheduledLawWatch", ScheduledRun(business_date=date(2026, 11, 5)), date(2026, 11, 5)
    )
    ending = (await handle.result())["ending"]
    await record_if_asked(temporal_client, handle, name="billing/ScheduledLawWatch-done")
    tasks = {
        task["details"]["parameter"]: task for task in (await service.get("/v1/tasks", role="operator")).json()["items"]
    }
    assert len(tasks) == ending
    index = tasks["contributions.indexNumerator"]
    assert (index["kind"], index["dueOn"]) == ("lawParameterEnding", "2026-12-31")
    assert index["details"]["missingFrom"] == "2027-01-01"
    assert "contributions.ceiling1" in index["details"]["followers"]
    assert "contributions.ceiling1" not in tasks, "it follows the index: entering that is enough"

    step = BusinessDay(business_date=date(2026, 11, 6))
    same = LawWatchActivities(database=service.world.database, parameters=parameters, days_ahead=60)
    assert (await same.watch_law(step)).ending == ending
    assert len((await service.get("/v1/tasks", role="operator")).json()["items"]) == ending

    entered = LawWatchActivities(
        database=service.world.database, parameters=_with_index_of_2027(parameters), days_ahead=60
    )
    assert (await entered.watch_law(BusinessDay(business_date=date(2026, 12, 1)))).ending == ending - 1
    left = (await service.get("/v1/tasks?isOpen=true", role="operator")).json()["items"]
    assert "contributions.indexNumerator" not in {task["details"]["parameter"] for task in left}
    # The year begins without the others: their tasks stay until they are entered.
    assert (await entered.watch_law(BusinessDay(business_date=date(2027, 1, 2)))).ending == 0
    assert len((await service.get("/v1/tasks?isOpen=true", role="operator")).json()["items"]) == len(left)


def test_the_watch_is_kept_every_day(service: Service) -> None:
    (watch,) = [one for one in APP.schedules(service.context) if one.workflow == "ScheduledLawWatch"]
    assert watch.daily
