"""What mutualites are told: on time, once, and never without an end."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from deploy.sandbox import store as twin_store
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, CessationReason
from shared.contracts.billing_v1 import Allocation, DebtSettled, PaymentAllocated, ReliefApplied, SettledBy
from shared.contracts.vocabulary import AmountKind, Category
from tests.benefits.harness import Stage
from tests.support.blips import silent_at_first


async def only(stage: Stage) -> dict[str, object]:
    [item] = (await stage.get("/v1/transmissions"))["items"]
    found: dict[str, object] = await stage.get(item["href"])
    return found


def payment(
    dossier: uuid.UUID,
    on: date,
    *,
    remaining: int,
    kind: AmountKind = AmountKind.PRINCIPAL,
    value_date: date | None = None,
) -> PaymentAllocated:
    return PaymentAllocated(
        dossier=dossier,
        occurred_on=on,
        payment_id=uuid.uuid4(),
        value_date=value_date or on,
        amount_cents=100,
        allocations=(Allocation(quarter="2026Q1", kind=kind, cents=100),),
        remaining_open_cents=remaining,
    )


async def test_an_affiliation_is_told_and_acknowledged(stage: Stage) -> None:
    await stage.insure(12)
    await stage.settle()
    sent = await only(stage)
    assert (sent["status"], sent["kind"], sent["deadline"]) == ("sent", "affiliation", "2026-05-01")
    await stage.play(date(2026, 4, 2))
    done = await only(stage)
    assert (done["status"], done["acknowledgedOn"], done["attempts"]) == ("acknowledged", "2026-04-02", 1)
    assert [fact["kind"] for fact in await stage.facts("transmission-sent")] == ["affiliation"]
    assert len(await stage.facts("transmission-acknowledged")) == 1
    assert await stage.tasks() == []
    assert await stage.settle() is None, "no procedure is left open"
    await stage.record("MutualityTransmission", "acknowledged")


async def test_the_same_fact_twice_is_one_message(stage: Stage) -> None:
    dossier = await stage.insure(12)
    [row] = await stage.rows("select starts_on from insured where dossier = %s", dossier)
    assert row["starts_on"] == date(2025, 1, 1)
    # What was announced for April is not yet true of an activity that ended in March.
    for category, day in ((Category.COMPLEMENTARY, date(2026, 1, 1)), (Category.PENSIONER, date(2026, 4, 1))):
        await stage.tell(
            AffiliationCategoryChanged(
                dossier=dossier, occurred_on=stage.clock.day, category=category, applies_from=day
            )
        )
    for _ in range(2):
        await stage.tell(
            AffiliationCeased(
                dossier=dossier,
                occurred_on=stage.clock.day,
                ceased_on=date(2026, 3, 31),
                reason=CessationReason.CESSATION,
            )
        )
    await stage.play(date(2026, 4, 2))
    items = (await stage.get("/v1/transmissions?status=acknowledged"))["items"]
    assert sorted(item["kind"] for item in items) == ["affiliation", "cessation"]
    [row] = await stage.rows("select deadline, category from transmission where duty = 'cessation'")
    assert (row["deadline"], row["category"]) == (date(2026, 4, 30), "complementary")


async def test_the_first_contribution_is_told_once_it_is_fully_covered(stage: Stage) -> None:
    dossier = await stage.insure(12)
    await stage.tell(payment(dossier, stage.clock.day, remaining=500))
    await stage.tell(payment(dossier, stage.clock.day, remaining=0, kind=AmountKind.COST))
    assert len((await stage.get("/v1/transmissions"))["items"]) == 1
    await stage.tell(payment(dossier, stage.clock.day, remaining=0))
    await stage.tell(
        DebtSettled(
            dossier=dossier,
            occurred_on=stage.clock.day,
            quarter="2026Q2",
            settled_by=SettledBy.PAYMENT,
            remaining_open_cents=0,
        )
    )
    await stage.play(date(2026, 4, 2))
    items = (await stage.get("/v1/transmissions?status=acknowledged"))["items"]
    assert sorted((item["kind"], item.get("yearQuarter")) for item in items) == [
        ("affiliation", None),
        ("firstContribution", "2026Q1"),
    ]


@pytest.mark.parametrize("settled", [False, True])
async def test_the_month_of_the_first_contribution_runs_from_the_payment(stage: Stage, settled: bool) -> None:
    dossier = await stage.insure(12)
    paid_on = date(2026, 3, 28)
    if settled:
        fact = DebtSettled(
            dossier=dossier,
            occurred_on=stage.clock.day,
            quarter="2026Q1",
            settled_by=SettledBy.PAYMENT,
            settled_on=paid_on,
            remaining_open_cents=500,
        )
        await stage.tell(fact)
    else:
        await stage.tell(payment(dossier, stage.clock.day, remaining=0, value_date=paid_on))
    [row] = await stage.rows("select happened_on, deadline from transmission where duty = 'firstContribution'")
    assert row == {"happened_on": paid_on, "deadline": date(2026, 4, 28)}


async def test_a_first_contribution_may_be_heard_of_before_the_affiliation(stage: Stage) -> None:
    dossier = uuid.uuid4()
    await stage.tell(
        ReliefApplied(
            dossier=dossier,
            occurred_on=stage.clock.day,
            quarters=("2026Q2", "2026Q1"),
            waived_cents=100,
            ground="exemption",
            article="AR38 art. 17",
        )
    )
    assert (await stage.get("/v1/transmissions"))["items"] == []
    await stage.insure(12, dossier=dossier)
    await stage.play(date(2026, 4, 2))
    items = (await stage.get("/v1/transmissions?status=acknowledged"))["items"]
    assert sorted((item["kind"], item.get("yearQuarter")) for item in items) == [
        ("affiliation", None),
        ("firstContribution", "2026Q1"),
    ]
    [row] = await stage.rows("select relieved from transmission where duty = 'firstContribution'")
    assert row["relieved"] is True, "the exemption is mentioned to the mutualite"


@pytest.mark.parametrize(
    ("starts_on", "told"),
    [
        pytest.param(date(2025, 12, 31), [], id="the first quarter was claimed by the fund before"),
        pytest.param(date(2026, 1, 1), ["firstContribution"], id="the first quarter is claimed by this fund"),
    ],
)
async def test_nothing_begins_for_the_mutualite_of_somebody_taken_over(
    stage: Stage, starts_on: date, told: list[str]
) -> None:
    dossier = await stage.insure(12, starts_on=starts_on, taken_over=True)
    await stage.tell(payment(dossier, stage.clock.day, remaining=0))
    assert [item["kind"] for item in (await stage.get("/v1/transmissions"))["items"]] == told
    ceased = AffiliationCeased(
        dossier=dossier,
        occurred_on=stage.clock.day,
        ceased_on=date(2026, 4, 1),
        reason=CessationReason.CESSATION,
    )
    await stage.tell(ceased)
    items = (await stage.get("/v1/transmissions"))["items"]
    assert sorted(item["kind"] for item in items) == ["cessation", *told], "its end is told by the fund that sees it"


async def test_a_mutualite_that_is_down_is_called_again_on_working_days(stage: Stage) -> None:
    await stage.behave("mutualities/319", mode="down", until="2026-04-08")
    await stage.insure(12)
    await stage.settle()
    assert (await only(stage))["status"] == "pending"
    await stage.play(date(2026, 4, 9))
    done = await only(stage)
    # Good Friday is a working day, Easter Monday (6 April) is not.
    history = done["history"]
    assert isinstance(history, list)
    assert [(one["sentOn"], one["outcome"]) for one in history] == [
        ("2026-04-01", "unavailable"),
        ("2026-04-02", "unavailable"),
        ("2026-04-03", "unavailable"),
        ("2026-04-07", "unavailable"),
        ("2026-04-08", "accepted"),
    ]
    assert (done["status"], done["acknowledgedOn"]) == ("acknowledged", "2026-04-09")
    assert len({one["ticket"] for one in history}) == 1
    await stage.record("MutualityTransmission", "down")


async def test_a_mutualite_that_is_being_restarted_costs_no_day(stage: Stage) -> None:
    with silent_at_first(stage.context.peers.sandbox, path="/v1/mutualities/319/messages"):
        await stage.insure(12)
        await stage.settle()
    sent = await only(stage)
    history = sent["history"]
    assert isinstance(history, list)
    assert [(one["sentOn"], one["outcome"]) for one in history] == [("2026-04-01", "accepted")]


async def test_nonsense_is_not_an_answer(stage: Stage) -> None:
    await stage.behave("mutualities/319", mode="nonsense", until="2026-04-02")
    await stage.insure(12)
    await stage.play(date(2026, 4, 3))
    done = await only(stage)
    history = done["history"]
    assert isinstance(history, list)
    assert [one["outcome"] for one in history] == ["nonsense", "accepted"]
    assert done["status"] == "acknowledged"


async def test_a_late_receipt_becomes_a_task_before_the_deadline_and_still_counts(stage: Stage) -> None:
    await stage.behave("mutualities/319", mode="late", lateDays=30)
    await stage.insure(12)
    await stage.play(date(2026, 4, 23))
    assert await stage.tasks() == []
    await stage.play(date(2026, 4, 24))
    overdue = await only(stage)
    assert (overdue["status"], overdue["overdueOn"]) == ("sent", "2026-04-24")
    assert await stage.tasks() == [("transmissionOverdue", "2026-05-01")]
    assert [fact["deadline"] for fact in await stage.facts("transmission-overdue")] == ["2026-05-01"]
    await stage.play(date(2026, 5, 19))
    assert (await only(stage))["status"] == "acknowledged"
    assert await stage.tasks() == []
    assert await stage.settle() is None
    # Sent again every five working days, and still one message for the mutualite.
    async with stage.twins.database.transaction() as connection:
        assert len(await twin_store.list_items(connection, twin="mutuality")) == 1
    await stage.record("MutualityTransmission", "late")


async def test_a_refused_message_waits_for_a_person_and_is_corrected(stage: Stage) -> None:
    refusal = {"fileNumber": "0000012", "reasonCode": "UNKNOWNMEMBER"}
    await stage.behave("mutualities/319", refuse=[refusal])
    await stage.insure(12)
    await stage.play(date(2026, 4, 2))
    refused = await only(stage)
    assert (refused["status"], refused["reasonCode"]) == ("rejected", "UNKNOWNMEMBER")
    assert await stage.tasks() == [("transmissionRejected", "2026-05-01")]
    assert len(await stage.facts("transmission-rejected")) == 1
    assert await stage.settle() is not None, "a refused message still has a next date"
    path = f"/v1/transmissions/{refused['transmissionId']}/resolutions"
    answer = await stage.post(path, {"action": "resend", "insurer": "306", "reason": "the person moved to 306"})
    assert answer.status_code == 202, answer.text
    await stage.play(date(2026, 4, 3))
    done = await only(stage)
    assert (done["status"], done["insurer"], done["attempts"]) == ("acknowledged", "306", 2)
    assert done["ticket"] != refused["ticket"]
    tickets = [fact["ticket"] for fact in await stage.facts("transmission-sent")]
    assert tickets == [refused["ticket"], done["ticket"]], "the corrected message is told too"
    assert await stage.tasks() == []
    receipts = done["receipts"]
    assert isinstance(receipts, list)
    assert [one["outcome"] for one in receipts] == ["rejected", "accepted"]
    await stage.record("MutualityTransmission", "corrected")


async def test_a_refused_message_nobody_looks_at_is_overdue_too_and_can_be_closed(stage: Stage) -> None:
    await stage.behave("mutualities/319", refuse=[{"fileNumber": "0000012", "reasonCode": "X1"}])
    await stage.insure(12)
    await stage.play(date(2026, 4, 24))
    assert await stage.tasks() == [("transmissionOverdue", "2026-05-01"), ("transmissionRejected", "2026-05-01")]
    assert (await stage.get("/v1/summary"))["transmissionsTasked"] == 1
    found = await only(stage)
    path = f"/v1/transmissions/{found['transmissionId']}/resolutions"
    answer = await stage.post(path, {"action": "close", "reason": "told on paper, art. 276 par. 9"})
    assert answer.status_code == 202, answer.text
    assert await stage.settle() is None
    closed = await only(stage)
    assert (closed["status"], closed["closedBy"]) == ("closed", "tester")
    assert await stage.tasks() == []
    again = await stage.post(path, {"action": "resend", "reason": "one more time please"})
    assert again.status_code == 409
    await stage.record("MutualityTransmission", "closed")


async def test_a_receipt_twice_or_unknown_changes_nothing(stage: Stage) -> None:
    await stage.insure(12)
    await stage.settle()
    ticket = (await only(stage))["ticket"]
    receipt = {"ticket": ticket, "outcome": "accepted"}
    first = await stage.post("/v1/transmissionReceipts", receipt, role="partner", subject="mutuality")
    again = await stage.post("/v1/transmissionReceipts", receipt, role="partner", subject="mutuality")
    assert (first.json(), again.json()) == ({"changed": True}, {"changed": False})
    unknown = {"ticket": str(uuid.uuid4()), "outcome": "accepted"}
    assert (
        await stage.post("/v1/transmissionReceipts", unknown, role="partner", subject="mutuality")
    ).status_code == 404
    for stranger in ("bank", "mutuality-twin"):
        answer = await stage.post("/v1/transmissionReceipts", receipt, role="partner", subject=stranger)
        assert answer.status_code == 403
    assert (await stage.post("/v1/transmissionReceipts", receipt, role="benefitsAgent")).status_code == 403
    silent = {"ticket": ticket, "outcome": "rejected"}
    assert (
        await stage.post("/v1/transmissionReceipts", silent, role="partner", subject="mutuality")
    ).status_code == 400
    assert await stage.settle() is None
    assert len(await stage.facts("transmission-acknowledged")) == 1


async def test_reading_about_a_dossier_is_on_record(stage: Stage) -> None:
    dossier = await stage.insure(12)
    [item] = (await stage.get("/v1/transmissions", role="auditor"))["items"]
    await stage.get(f"/v1/transmissions?dossier={dossier}", role="auditor")
    await stage.get(item["href"], role="auditor")
    await stage.get(f"/v1/claims?dossier={dossier}", role="auditor")
    reads = await stage.rows("select actor, action from audit_entry where dossier = %s order by number", dossier)
    # The first list is about nobody in particular.
    assert reads == [
        {"actor": "tester", "action": "transmissions.read"},
        {"actor": "tester", "action": "transmission.read"},
        {"actor": "tester", "action": "claims.read"},
    ]


async def test_the_checker_names_a_message_that_nothing_will_wake(stage: Stage) -> None:
    await stage.behave("mutualities/319", mode="late", late_days=2)
    dossier = await stage.insure(12)
    [item] = (await stage.get("/v1/transmissions"))["items"]
    path = "/v1/transmissions/exceptions"
    assert await stage.get(path, role="auditor") == {"items": [], "checked": 1}, "its start is on its way"
    await stage.settle()
    assert await stage.get(path, role="auditor") == {"items": [], "checked": 1}
    workflow_id = f"mutuality-transmission:{item['transmissionId']}"
    stage.clock.day = date(2026, 6, 1)
    [late] = (await stage.get(path, role="auditor"))["items"]
    assert late["problems"] == ["noComingDate"]
    await stage.context.temporal.get_workflow_handle(workflow_id).terminate()
    [dead] = (await stage.get(path, role="auditor"))["items"]
    assert dead == {
        "reference": item["transmissionId"],
        "dossier": str(dossier),
        "workflowId": workflow_id,
        "problems": ["noLiveProcedure"],
    }
    assert await stage.get("/v1/claims/exceptions", role="auditor") == {"items": [], "checked": 0}
