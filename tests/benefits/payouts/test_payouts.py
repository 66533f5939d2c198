"""Paying: each month once, in a file whose bytes two people saw, until the bank says so."""

from __future__ import annotations

import uuid
from datetime import date
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from services.benefits.clients import Clients
from services.benefits.payouts.activities import PayoutActivities
from services.benefits.payouts.procedure import CollectInput
from shared.law.parameters import Parameters
from shared.treasury.sepa.credit_transfer import read_payment_file
from tests.benefits.harness import Stage
from tests.benefits.others import claim
from tests.support.blips import silent_at_first

QUARTERS = ("2025Q2", "2025Q3", "2025Q4", "2026Q1")


async def granted(stage: Stage, number: int = 12, **changes: Any) -> uuid.UUID:
    identity = changes.pop("identity", {})
    dossier = await stage.insure(number, **identity)
    stage.pays(dossier, *QUARTERS)
    answer = await stage.post("/v1/claims", claim(dossier, **changes))
    assert answer.status_code == 202, answer.text
    await stage.settle()
    return dossier


async def only_run(stage: Stage) -> dict[str, Any]:
    [item] = (await stage.get("/v1/payoutRuns"))["items"]
    found: dict[str, Any] = await stage.get(item["href"])
    return found


async def bank_files(stage: Stage) -> list[bytes]:
    files = []
    for item in (await stage.get("/v1/documents?kind=bankFile"))["items"]:
        answer = await stage.http.get(
            f"/v1/documents/{item['documentId']}/content?purpose=test", headers=stage.acting_as("finance")
        )
        files.append(answer.content)
    return files


async def test_a_run_with_nothing_due_ends_without_a_file(stage: Stage) -> None:
    await stage.run_payouts()
    assert (await only_run(stage))["status"] == "nothingDue"
    assert (await stage.get("/v1/approvals", role="teamLead"))["items"] == []
    await stage.record("PayoutRun", "nothing-due")


async def test_a_month_is_paid_once_after_a_second_person_and_the_bank(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    run = await only_run(stage)
    # March: three periods of seven days, 75 % of 1671.03.
    assert (run["status"], run["transfers"], run["totalCents"]) == ("approval", 1, 125327)
    assert await bank_files(stage) == []
    for role, status in (("finance", 200), ("teamLead", 200), ("benefitsAgent", 403), ("operator", 403)):
        opened = await stage.http.get(f"{run['href']}/file", headers=stage.acting_as(role, subject=f"the-{role}"))
        assert opened.status_code == status
        if status == 200:
            assert sha256(opened.content).hexdigest() == run["fileSha256"], "what is approved can be opened before"
    question = {"dossier": run["payments"][0]["dossier"], "purpose": "control"}
    answer = await stage.post("/v1/audit/query", question, role="auditor")
    reads = [entry for entry in answer.json()["items"] if entry["action"] == "payoutFile.read"]
    assert sorted(entry["actor"] for entry in reads) == ["the-finance", "the-teamLead"]
    await stage.approve()
    run = await only_run(stage)
    assert run["status"] == "sent"
    [content] = await bank_files(stage)
    assert sha256(content).hexdigest() == run["fileSha256"]
    assert read_payment_file(content).total_cents == 125327
    [ordered] = await stage.facts("payout-ordered")
    assert (ordered["month"], ordered["amountCents"]) == ("2026-03", 125327)
    await stage.play(date(2026, 4, 22))
    run = await only_run(stage)
    assert run["status"] == "completed"
    assert [(one["status"], one["executedOn"]) for one in run["payments"]] == [("confirmed", "2026-04-22")]
    assert len(await stage.facts("payout-confirmed")) == 1
    summary = await stage.get("/v1/summary")
    assert (summary["payoutsCents"], summary["payoutsConfirmedCents"]) == (125327, 125327)
    await stage.play(date(2026, 4, 23))
    await stage.run_payouts()
    runs = (await stage.get("/v1/payoutRuns"))["items"]
    assert [one["status"] for one in runs] == ["nothingDue", "completed"]
    assert await stage.tasks() == []


@pytest.mark.parametrize("refused_by", ["finance", "teamLead"])
async def test_a_refused_file_is_never_sent_and_its_payments_come_again(stage: Stage, refused_by: str) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    if refused_by == "teamLead":
        await stage.decide("finance", "cashier")
    await stage.decide(refused_by, "doubter", "refused")
    run = await only_run(stage)
    assert (run["status"], run["payments"][0]["status"]) == ("refused", "replaced")
    await stage.record("PayoutRun", "refused")
    assert await bank_files(stage) == []
    assert await stage.facts("payout-ordered") == []
    await stage.play(date(2026, 4, 21))
    await stage.run_payouts()
    await stage.approve()
    assert len(await bank_files(stage)) == 1
    [row] = await stage.rows("select status, attempt from payout where month = '2026-03'")
    assert (row["status"], row["attempt"]) == ("ordered", 2)


async def test_nobody_approves_for_themselves_and_a_silent_lead_is_reminded(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    await stage.decide("teamLead", "lead", status=403)
    await stage.decide("finance", "benefits", status=403)
    await stage.decide("finance", "manager")
    assert (await only_run(stage))["status"] == "approval"
    assert await bank_files(stage) == []
    # The same person, now as a team lead, is still one person.
    await stage.decide("teamLead", "manager", status=403)
    await stage.decide("finance", "cashier", status=403)
    await stage.play(date(2026, 4, 23))
    assert await stage.tasks() == [("payoutApprovalLate", "2026-04-23")]
    await stage.decide("teamLead", "lead")
    assert (await only_run(stage))["status"] == "sent"
    people = await stage.rows("select role, requested_by, decided_by, payload_sha256 from approval order by id")
    assert [(one["role"], one["requested_by"], one["decided_by"]) for one in people] == [
        ("finance", "benefits", "manager"),
        ("teamLead", "manager", "lead"),
    ]
    assert len({one["payload_sha256"] for one in people}) == 1
    await stage.record("PayoutRun", "silent-lead")


async def test_a_bank_that_is_down_gets_the_same_file_later(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.behave("bank", mode="down", until="2026-04-23")
    await stage.run_payouts()
    await stage.approve()
    assert (await only_run(stage))["status"] == "ordered"
    await stage.play(date(2026, 4, 24))
    run = await only_run(stage)
    assert run["status"] == "completed"
    async with stage.twins.database.transaction() as connection:
        cursor = await connection.execute("select content from twin_item where twin = 'bank'")
        [row] = await cursor.fetchall()
    assert sha256(bytes(row["content"])).hexdigest() == run["fileSha256"]
    await stage.record("PayoutRun", "bank-down")


async def test_a_bank_that_is_being_restarted_takes_the_file_the_same_day(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    with silent_at_first(stage.context.peers.sandbox, path="/v1/bank/paymentFiles"):
        await stage.approve()
    assert (await only_run(stage))["status"] == "sent"
    async with stage.twins.database.transaction() as connection:
        cursor = await connection.execute("select created_on from twin_item where twin = 'bank'")
        assert [row["created_on"] for row in await cursor.fetchall()] == [date(2026, 4, 20)]


async def test_a_file_the_bank_refuses_is_withdrawn_by_two_people(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    run = await only_run(stage)
    asked = {"reason": "the bank knows nobody who may order"}
    # Nothing to withdraw yet: the bank has not refused anything.
    assert (await stage.post(f"{run['href']}/withdrawal", asked, role="finance")).status_code == 409
    await stage.behave("bank", mode="refusing")
    await stage.approve()
    assert (await only_run(stage))["status"] == "ordered"
    assert await stage.tasks() == [("payoutFileRefused", "2026-04-21")]
    wish = await stage.post(f"{run['href']}/withdrawal", asked, role="finance")
    assert wish.status_code == 202
    assert (await stage.post(f"{run['href']}/withdrawal", asked, role="finance")).json() == wish.json()
    # While somebody still has to decide, nothing is delivered, even if the bank would take it.
    await stage.behave("bank", mode="normal")
    await stage.play(date(2026, 4, 21))
    assert (await only_run(stage))["status"] == "ordered"
    await stage.decide("teamLead", "lead")
    withdrawn = await only_run(stage)
    assert (withdrawn["status"], withdrawn["payments"][0]["status"]) == ("withdrawn", "replaced")
    await stage.record("PayoutRun", "withdrawn")
    assert await stage.tasks() == []
    [returned] = await stage.facts("payout-returned")
    assert (returned["attempt"], returned["wasExecuted"], returned["reasonCode"]) == (1, False, "MS03")
    await stage.play(date(2026, 4, 22))
    await stage.run_payouts()
    await stage.approve()
    assert [one["status"] for one in (await stage.get("/v1/payoutRuns"))["items"]] == ["sent", "withdrawn"]
    [row] = await stage.rows("select status, attempt from payout where month = '2026-03'")
    assert (row["status"], row["attempt"]) == ("ordered", 2)


async def test_a_returned_payment_is_a_task_and_can_be_made_again(stage: Stage) -> None:
    await granted(stage)
    await stage.behave("bank", returns=[{"fileNumber": "0000012", "reasonCode": "AC04"}])
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    await stage.approve()
    await stage.play(date(2026, 4, 22))
    run = await only_run(stage)
    assert (run["status"], run["payments"][0]["status"]) == ("completed", "returned")
    assert await stage.tasks() == [("payoutReturned", "2026-04-29")]
    payout = run["payments"][0]["payoutId"]
    release = {"reason": "the person gave another account"}
    assert (await stage.post(f"/v1/payouts/{payout}/releases", release)).status_code == 202
    assert (await stage.post(f"/v1/payouts/{payout}/releases", release)).status_code == 409
    assert await stage.tasks() == []
    await stage.run_payouts()
    await stage.approve()
    await stage.play(date(2026, 4, 28))
    [row] = await stage.rows("select status, attempt from payout where month = '2026-03'")
    assert (row["status"], row["attempt"]) == ("confirmed", 2)
    assert [fact["attempt"] for fact in await stage.facts("payout-ordered")] == [1, 2]
    assert len(await stage.facts("payout-confirmed")) == 1


async def test_who_has_no_account_is_held_back_and_the_others_are_paid(stage: Stage) -> None:
    await granted(stage, 12)
    await granted(stage, 13, identity={"accountNumber": ""})
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    run = await only_run(stage)
    assert run["transfers"] == 1
    assert [kind for kind, _ in await stage.tasks()] == ["benefitAccountMissing"]


async def test_an_amount_the_law_does_not_know_becomes_a_task_not_a_guess(stage: Stage) -> None:
    await granted(stage)
    unaware = PayoutActivities(
        database=stage.database,
        clients=Clients(
            affiliation=stage.context.peers.affiliation,
            billing=stage.context.peers.billing,
            sandbox=stage.context.peers.sandbox,
        ),
        parameters=Parameters.load(),
        fund=stage.context.fund,
    )
    collect = CollectInput(business_date=date(2026, 4, 20), workflow_id="payout-run-2026-04-20")
    assert (await unaware.collect_payouts(collect)).payouts == 0
    assert await stage.rows("select 1 from payout") == []
    assert [kind for kind, _ in await stage.tasks()] == ["benefitAmountMissing"]


async def test_an_extra_run_is_for_today_and_there_is_one_a_day(stage: Stage) -> None:
    for _ in range(2):
        answer = await stage.post("/v1/payoutRuns", {"businessDate": "2026-04-01"}, role="finance")
        assert (answer.status_code, answer.json()) == (202, {"workflowId": "payout-run-2026-04-01"})
    assert len(await stage.rows("select 1 from dispatch where workflow = 'PayoutRun'")) == 1
    other_day = await stage.post("/v1/payoutRuns", {"businessDate": "2026-04-02"}, role="finance")
    assert other_day.status_code == 400
    assert (await stage.post("/v1/payoutRuns", {"businessDate": "2026-04-01"})).status_code == 403


async def test_decisions_and_files_are_never_changed(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    kept = {"assessment": "claim_id", "decision": "claim_id", "entitled_month": "claim_id", "payout_file": "run_id"}
    for table, column in {**kept, "payout_line": "run_id", "claim_statement": "claim_id"}.items():
        for statement in (f"delete from {table}", f"update {table} set {column} = {column}", f"truncate {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await stage.rows(statement)


async def test_the_difference_for_a_dependant_follows_the_word_of_the_insurer(stage: Stage) -> None:
    await granted(stage, dependant=True)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    assert (await only_run(stage))["totalCents"] == 125327
    await stage.approve()
    await stage.play(date(2026, 4, 22))
    [item] = (await stage.get("/v1/claims"))["items"]
    answer = await stage.post(f"{item['href']}/information", {"dependantAttested": True})
    assert answer.status_code == 202, answer.text
    await stage.run_payouts()
    newest = await stage.get((await stage.get("/v1/payoutRuns"))["items"][0]["href"])
    # 75 % of 2088.12 is 1566.09; 1253.27 was paid.
    assert newest["totalCents"] == 156609 - 125327
    view = await stage.get(item["href"])
    assert [(one["month"], one["kind"]) for one in view["payouts"]] == [
        ("2026-03", "benefit"),
        ("2026-03", "dependantDifference"),
    ]


async def test_reports_of_strangers_and_about_other_payments_are_refused(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    await stage.approve()
    run = await only_run(stage)
    good = {"endToEndId": run["payments"][0]["endToEndId"], "outcome": "executed", "executedOn": "2026-04-22"}

    async def report(item: dict[str, Any], *, message: str = run["messageId"], subject: str = "bank") -> int:
        body = {"messageId": message, "items": [item]}
        return (await stage.post("/v1/paymentReports", body, role="partner", subject=subject)).status_code

    for stranger in ("mutuality", "bankrupt"):
        assert await report(good, subject=stranger) == 403
    assert await report(good, message="BENEFITS-19990101") == 400
    assert await report({**good, "endToEndId": "P1"}) == 400
    assert await report({"endToEndId": good["endToEndId"], "outcome": "returned"}) == 400
    assert await report(good) == 200
    assert await report(good) == 200
    assert len(await stage.facts("payout-confirmed")) == 1


async def test_a_claim_ends_when_its_last_month_is_paid(stage: Stage) -> None:
    await granted(stage, ground="fire", factOn="2026-03-10", statements={"interruptionEndsBefore": "2026-03-24"})
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    assert (await only_run(stage))["totalCents"] == 83552  # two periods, 50 % of 1671.03 = 835.515
    await stage.approve()
    await stage.play(date(2026, 5, 2))
    [item] = (await stage.get("/v1/claims"))["items"]
    assert item["status"] == "closed"
    assert await stage.settle() is None
    await stage.record("DroitPasserelleClaim", "paid")


async def test_executed_money_that_comes_back_is_a_task_and_a_fact_and_is_paid_again(stage: Stage) -> None:
    await granted(stage, ground="fire", statements={"interruptionEndsBefore": "2026-03-24"})
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    await stage.approve()
    await stage.play(date(2026, 5, 2))
    [item] = (await stage.get("/v1/claims"))["items"]
    assert item["status"] == "closed"
    run = await only_run(stage)
    came_back = {"endToEndId": run["payments"][0]["endToEndId"], "outcome": "returned", "reasonCode": "AC04"}
    body = {"messageId": run["messageId"], "items": [came_back]}
    for changed in (1, 0):
        answer = await stage.post("/v1/paymentReports", body, role="partner", subject="bank")
        assert (answer.status_code, answer.json()) == (200, {"changed": changed}), answer.text
    executed = {"endToEndId": came_back["endToEndId"], "outcome": "executed", "executedOn": "2026-04-22"}
    late = await stage.post("/v1/paymentReports", {**body, "items": [executed]}, role="partner", subject="bank")
    assert late.json() == {"changed": 0}, "an older report does not pay it again"
    assert [kind for kind, _ in await stage.tasks()] == ["payoutReturned"]
    [fact] = await stage.facts("payout-returned")
    assert (fact["wasExecuted"], fact["reasonCode"], fact["amountCents"]) == (True, "AC04", 83552)
    assert (await stage.get("/v1/summary"))["payoutsCents"] == 0
    release = {"reason": "the person gave another account"}
    assert (await stage.post(f"/v1/payouts/{fact['payoutId']}/releases", release)).status_code == 202
    await stage.run_payouts()
    await stage.approve()
    await stage.play(date(2026, 5, 8))
    assert [one["attempt"] for one in await stage.facts("payout-confirmed")] == [1, 2]
    assert (await stage.get("/v1/summary"))["payoutsConfirmedCents"] == 83552


async def test_a_task_that_was_closed_too_early_comes_again(stage: Stage) -> None:
    await granted(stage)
    await stage.play(date(2026, 4, 20))
    await stage.run_payouts()
    await stage.play(date(2026, 4, 23))
    [task] = (await stage.get("/v1/tasks?isOpen=true"))["items"]
    closed = await stage.post(f"/v1/tasks/{task['taskId']}/resolve", {"resolution": "done"}, role="finance")
    assert closed.status_code == 200, closed.text
    assert await stage.tasks() == []
    await stage.play(date(2026, 4, 29))
    assert [kind for kind, _ in await stage.tasks()] == ["payoutApprovalLate"], "nobody approved yet"
    await stage.approve()
    await stage.play(date(2026, 5, 4))
    assert await stage.tasks() == []
