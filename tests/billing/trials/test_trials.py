"""Before a quarter is billed: who would be, and what a trial of it finds, with nothing written in the books."""

from __future__ import annotations

from datetime import date

from temporalio.client import Client

from services.billing.trials.procedure import BillingTrialInput, TrialProgress
from shared.contracts.vocabulary import Category
from tests.billing.harness import Service, start_procedure
from tests.histories.decoding import record_if_asked

BILLED_ON = date(2026, 1, 5)  # a Monday


async def test_a_plan_lists_who_would_be_billed_and_writes_nothing(service: Service) -> None:
    people = [await service.world.affiliate(income_2023="30000.00") for _ in range(5)]
    await service.world.affiliate(starts_on=date(2026, 4, 1))  # owes from the second quarter
    first = (await service.post("/v1/billingPlans/query", {"quarter": "2026Q1", "pageSize": 3})).json()
    following = {"quarter": "2026Q1", "pageSize": 3, "after": first["nextAfter"]}
    second = (await service.post("/v1/billingPlans/query", following)).json()
    assert (first["subjects"], second.get("nextAfter")) == (5, None)
    listed = [item["dossier"] for item in [*first["items"], *second["items"]]]
    assert listed == sorted(str(dossier) for dossier in people)
    assert {item["category"] for item in first["items"]} == {"main"}
    assert await service.world.one("select count(*) from billing_run") == 0
    refused = await service.post("/v1/billingPlans/query", {"quarter": "2031Q1"})
    assert refused.status_code == 400
    assert "indexNumerator has no value on 2031-01-01" in refused.text


async def test_a_trial_gives_totals_and_differences_and_charges_nobody(
    service: Service, temporal_client: Client, queue: str
) -> None:
    # 2025: 30,000.00 of 2022 is not known, so these began in 2025 and paid the starting amount 871.71 (fee 4.25 %).
    for _ in range(2):
        await service.world.affiliate(starts_on=date(2025, 10, 1), first_activity=True)
    await service.world.bill("2025Q4")
    earner = await service.world.affiliate(income_2023="30000.00")  # 1,648.76 + 70.07 in 2026
    small = await service.world.affiliate(category=Category.COMPLEMENTARY, income_2023="1000.00")
    await service.world.affiliate(starts_on=date(2019, 1, 1))  # no income known: would be parked
    before = await service.world.rows("select count(*) as entries from journal_entry")
    answer = await service.post("/v1/billingTrials", {"quarter": "2026Q1"}, role="operator")
    assert answer.status_code == 202, answer.text
    trial_id = answer.json()["trialId"]
    again = await service.post("/v1/billingTrials", {"quarter": "2026Q1"})
    assert (again.status_code, again.json()["trialId"]) == (200, trial_id)
    argument = BillingTrialInput(trial_id=trial_id, quarter="2026Q1")
    handle = await start_procedure(temporal_client, queue, "BillingTrial", argument, BILLED_ON)
    progress = TrialProgress.model_validate(await handle.result())
    await record_if_asked(temporal_client, handle, name="billing/BillingTrial-done")
    assert (progress.stage, progress.billed, progress.parked) == ("done", 4, 1)

    shown = (await service.get(f"/v1/billingTrials/{trial_id}")).json()
    figures = shown["figures"]
    assert (shown["status"], shown["pagesDone"], figures["billed"], figures["parked"]) == (
        "done", 3, 4, {"incomeUnknown": 1},
    )  # fmt: skip
    # Three in main occupation: 890.42 + 37.84 twice, 1,648.76 + 70.07; the small income owes nothing.
    assert figures["totalCents"] == 2 * (890_42 + 37_84) + 1648_76 + 70_07
    assert figures["categories"] == [
        {"category": "complementary", "dossiers": 1, "contributionCents": 0, "feeCents": 0},
        {
            "category": "main",
            "dossiers": 3,
            "contributionCents": 2 * 890_42 + 1648_76,
            "feeCents": 2 * 37_84 + 70_07,
        },
    ]
    # 871.71 + 37.05 became 890.42 + 37.84: 19.50 more, twice; the two others are new.
    assert (figures["new"], figures["raised"], figures["lowered"], figures["same"]) == (2, 2, 0, 0)
    assert (figures["raisedCents"], figures["loweredCents"]) == (2 * 19_50, 0)
    assert {(one["previousCents"], one["totalCents"]) for one in figures["changed"]} == {(908_76, 928_26)}

    assert await service.world.rows("select count(*) as entries from journal_entry") == before
    assert await service.world.one("select count(*) from contribution where quarter = '2026Q1'") == 0
    assert await service.world.one("select count(*) from billing_run where quarter = '2026Q1'") == 0
    assert await service.world.open_items(earner) == {}
    assert await service.world.open_items(small) == {}
    items = (await service.get("/v1/billingTrials")).json()["items"]
    assert [(item["trialId"], item["status"]) for item in items] == [(trial_id, "done")]
