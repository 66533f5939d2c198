"""Whole cases on the real Temporal server, with real databases and the twins of the post and the bailiff."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from shared.contracts.benefits_v1 import ClaimDecided, ClaimKind, ClaimOutcome, ClaimReceived
from shared.contracts.billing_v1 import SettledBy, SurchargeBooked
from tests.recovery.acts import begin, contact, decide, record, steps_of
from tests.recovery.harness import Stage
from tests.recovery.people import debtor, item, overdue, settled
from tests.support.blips import silent_at_first


async def test_the_whole_ladder_on_the_dates_worked_out_by_hand(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 6, 30))
    # A surcharge that is booked after the last reminder is owed, but not on the warrant.
    stage.owed[dossier].items[2] = item("surcharge", 5_342)
    await stage.play(date(2026, 8, 10))
    # Who spoke with the debtor asked for the warrant, and doesn't release it alone.
    await decide(stage, "approved", subject="tester", status=403)
    # Neither does a team lead who is not designated for the visa (RGS art. 47bis par. 3).
    await decide(stage, "approved", subject="another-lead", status=403)
    [approval] = (await stage.get("/v1/approvals"))["items"]
    path = f"/v1/documents/{approval['summary']['documentId']}/content?purpose=secondLook"
    paper = await stage.http.get(path, headers=stage.acting_as("teamLead", subject="deputy-lead"))
    assert paper.content.startswith(b"%PDF-"), "who decides can read what is decided"
    await decide(stage, "approved", subject="deputy-lead")
    await stage.play(date(2026, 10, 20))
    [signed] = await stage.rows("select visa_by, issued_by from warrant")
    assert {name.split(",")[0] for name in signed.values()} == {"Cornelia Voorbeeld"}, "who approved, and nobody else"
    case = await stage.case()
    assert steps_of(case) == [
        ("reminder", 1, "2026-04-14"),
        ("statement", 1, "2026-05-15"),
        ("personalContact", 1, "2026-06-01"),
        ("lastReminder", 1, "2026-06-29"),
        ("deposit", 1, "2026-06-29"),
        ("notification", 1, "2026-07-01"),
        ("roll", 1, "2026-08-07"),
        ("warrant", 1, "2026-08-10"),
        ("mandate", 1, "2026-08-21"),
        ("service", 1, "2026-09-04"),
        ("oppositionEnd", 1, "2026-10-06"),
    ]
    assert [step["elapsedDays"] for step in case["steps"]] == [13, 31, 17, 28, 0, 2, 37, 3, 11, 14, 32]
    assert case["steps"][0]["evidence"]["totalCents"] == 95_497
    assert case["status"] == "open"
    assert (case["outlook"], case["reason"], case["nextDate"]) == ("awaiting", "atBailiff", "2026-11-03")
    [issued] = await stage.facts("warrant-issued")
    assert issued["totalCents"] == 95_497
    [served] = await stage.facts("warrant-served")
    assert (served["servedOn"], served["quarters"]) == ("2026-09-04", ["2026Q1"])
    [costs] = await stage.facts("costs-charged")
    assert (costs["costCents"], costs["quarter"]) == (18_743, "2026Q1")
    [reminded] = await stage.facts("last-reminder-served")
    assert reminded["contestBefore"] == "2026-08-04"
    summary = await stage.get("/v1/summary")
    assert summary == {
        "casesOpened": 1,
        "casesClosed": 0,
        "warrantsIssued": 1,
        "warrantsServed": 1,
        "openCases": [{"fileNumber": 12, "step": "oppositionEnd", "nextDate": "2026-11-03"}],
    }
    names = [document["name"] for document in (await stage.get("/v1/documents"))["items"]]
    assert names == [
        "recovery/2026-04-14/0000012-reminder-2026Q1-1-fr.pdf",
        "recovery/2026-05-15/0000012-statement-2026Q1-1-fr.pdf",
        "recovery/2026-06-29/0000012-lastReminder-2026Q1-1-fr.pdf",
        "recovery/2026-08-07/0000012-warrantDraft-2026Q1-1-fr.pdf",
        "recovery/2026-08-10/0000012-warrant-2026Q1-1-fr.pdf",
    ]
    assert (await stage.get("/v1/cases/exceptions")) == {"items": [], "checked": 1}
    await record(stage, case_id, "at-bailiff")


async def test_a_payment_in_the_middle_closes_the_case(stage: Stage) -> None:
    dossier = await debtor(stage, language="nl")
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 5, 20))
    stage.owed[dossier].items = []
    await stage.tell(settled(dossier, on=date(2026, 5, 20)))
    await stage.settle()
    case = await stage.case()
    assert (case["status"], case["outcome"], case["closedOn"]) == ("closed", "paid", "2026-05-20")
    assert [step["step"] for step in case["steps"]] == ["reminder", "statement"]
    [closed] = await stage.facts("case-closed")
    assert closed["outcome"] == "paid"
    await record(stage, case_id, "paid")


async def test_who_pays_all_that_was_asked_leaves_later_surcharges_to_a_new_case(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 6, 30))
    stage.clock.day = date(2026, 7, 1)
    booked = SurchargeBooked(
        dossier=dossier,
        occurred_on=date(2026, 7, 1),
        quarter="2026Q1",
        surcharge_cents=2_671,
        rate=Decimal("0.03"),
        article="RGS art. 44",
    )
    await stage.tell(booked, booked)
    await stage.settle()
    assert (await stage.case())["status"] == "open", "what the last reminder lists is still owed"
    # The 954.97 euros of the last reminder are paid; they went to both surcharges before the contribution.
    stage.owed[dossier].items = [item("principal", 2_671)]
    await stage.tell(settled(dossier, on=date(2026, 7, 6)))
    await stage.settle()
    old = await stage.get(f"/v1/cases/{case_id}")
    assert (old["status"], old["outcome"]) == ("closed", "paid")
    [new] = (await stage.get("/v1/cases?status=open"))["items"]
    assert (new["dossier"], new["openedOn"]) == (str(dossier), "2026-07-01")
    assert (new["nextStep"], new["outlook"]) == ("reminder", "scheduled")
    assert len(await stage.facts("case-opened", dossier)) == 2
    stage.owed[dossier].items = []
    await stage.tell(settled(dossier, on=date(2026, 7, 7)))
    await stage.settle()
    assert (await stage.get("/v1/cases?status=open"))["items"] == []


async def test_a_payment_nobody_told_about_is_found_at_the_next_step(stage: Stage) -> None:
    dossier = await debtor(stage)
    await begin(stage, dossier)
    stage.owed[dossier].items = []
    await stage.play(date(2026, 4, 14))
    case = await stage.case()
    assert (case["status"], case["outcome"]) == ("closed", "paid")
    assert case["steps"] == []


async def test_a_claim_pauses_the_case_and_relief_closes_it(stage: Stage) -> None:
    dossier = await debtor(stage, language="de")
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 4, 20))
    claim = uuid.uuid4()
    stage.clock.day = date(2026, 4, 20)
    await stage.tell(
        ClaimReceived(
            dossier=dossier,
            occurred_on=date(2026, 4, 20),
            claim_id=claim,
            kind=ClaimKind.DROIT_PASSERELLE,
            decide_before=date(2026, 8, 20),
        )
    )
    await stage.play(date(2026, 6, 15))
    held = await stage.case()
    assert (held["outlook"], held["reason"], held["nextDate"]) == ("held", "rightPending", "2026-08-21")
    assert held["remainingDays"] == 26
    assert [step["step"] for step in held["steps"]] == ["reminder"]
    stage.owed[dossier].items = []
    stage.owed[dossier].waived = ["2026Q1"]
    await stage.tell(
        ClaimDecided(
            dossier=dossier,
            occurred_on=date(2026, 6, 15),
            claim_id=claim,
            kind=ClaimKind.DROIT_PASSERELLE,
            outcome=ClaimOutcome.GRANTED,
        ),
        settled(dossier, on=date(2026, 6, 15), by=SettledBy.WAIVER),
    )
    await stage.settle()
    case = await stage.case()
    assert (case["status"], case["outcome"]) == ("closed", "relieved")
    await record(stage, case_id, "relieved")


async def test_a_hold_pauses_the_ladder_and_lets_it_go_on_by_itself(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 4, 10))
    hold = {"reason": "hardship", "until": "2026-04-30", "legalBasis": "policy of the fund"}
    answer = await stage.post(f"/v1/cases/{case_id}/holds", hold, role="collectionsAgent")
    assert answer.status_code == 200, answer.text
    await stage.settle()
    held = await stage.case()
    assert (held["outlook"], held["nextDate"], held["remainingDays"]) == ("held", "2026-05-01", 5)
    await stage.play(date(2026, 5, 6))
    # Nine of the fourteen days had passed on 9 April; the five others are 1 to 5 May.
    assert steps_of(await stage.case()) == [("reminder", 1, "2026-05-05")]
    assert len(await stage.facts("hold-placed")) == 1
    await record(stage, case_id, "held")


async def test_a_lifted_hold_lets_the_case_go_on_at_once(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 4, 10))
    hold = {"reason": "dispute", "until": "2026-06-30", "legalBasis": "policy of the fund"}
    placed = (await stage.post(f"/v1/cases/{case_id}/holds", hold, role="collectionsAgent")).json()
    await stage.settle()
    headers = stage.acting_as("collectionsAgent")
    path = f"/v1/cases/{case_id}/holds/{placed['recordedId']}"
    stage.clock.day = date(2026, 4, 10)
    assert (await stage.http.delete(path, headers=headers)).status_code == 200
    assert (await stage.http.delete(path, headers=headers)).status_code == 404
    await stage.play(date(2026, 4, 14))
    assert steps_of(await stage.case()) == [("reminder", 1, "2026-04-14")]


async def test_a_refused_warrant_is_a_task_and_can_be_taken_up_again(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 8, 10))
    await decide(stage, "refused")
    await stage.settle()
    refused = await stage.case()
    assert (refused["outlook"], refused["reason"], refused["nextDate"]) == ("blocked", "warrantRefused", "2026-09-07")
    assert [task["kind"] for task in (await stage.get("/v1/tasks"))["items"]] == ["warrantRefused"]
    resumption = {"decision": "tryAgain", "reason": "the sums were explained"}
    answer = await stage.post(f"/v1/cases/{case_id}/resumptions", resumption, role="collectionsAgent")
    assert answer.status_code == 200, answer.text
    await stage.settle()
    assert (await stage.get("/v1/tasks"))["items"] == []
    await decide(stage, "approved")
    await stage.settle()
    assert steps_of(await stage.case())[-2:] == [("roll", 2, "2026-08-10"), ("warrant", 2, "2026-08-10")]
    await record(stage, case_id, "refused-then-issued")


async def test_no_warrant_without_a_personal_contact(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 8, 20))
    case = await stage.case()
    assert (case["outlook"], case["reason"]) == ("blocked", "contactMissing")
    kinds = sorted(task["kind"] for task in (await stage.get("/v1/tasks"))["items"])
    assert kinds == ["contactMissing", "personalContact"]
    await contact(stage, case_id, made_on="2026-08-20")
    await stage.settle()
    assert steps_of(await stage.case())[-1] == ("roll", 1, "2026-08-20")
    assert (await stage.get("/v1/tasks"))["items"] == []


async def test_a_payment_between_approval_and_warrant_needs_a_new_approval(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 8, 10))
    stage.owed[dossier].items = [item("principal", 50_000)]
    await decide(stage, "approved")
    await stage.settle()
    case = await stage.case()
    assert steps_of(case)[-2:] == [("roll", 1, "2026-08-07"), ("roll", 2, "2026-08-10")]
    assert case["reason"] == "awaitingApproval"
    assert await stage.facts("warrant-issued") == []
    await decide(stage, "approved")
    await stage.settle()
    [issued] = await stage.facts("warrant-issued")
    assert issued["totalCents"] == 50_000


async def test_who_pays_before_service_is_not_visited_by_a_bailiff(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 8, 10))
    await decide(stage, "approved")
    await stage.play(date(2026, 8, 24))
    await stage.behave("bailiff", "normal")
    stage.owed[dossier].items = []
    await stage.tell(settled(dossier, on=date(2026, 8, 24)))
    await stage.play(date(2026, 9, 30))
    case = await stage.case()
    assert (case["status"], case["outcome"]) == ("closed", "paid")
    [mandate] = await stage.rows("select withdrawn_on, served_on from mandate")
    assert mandate == {"withdrawn_on": date(2026, 8, 24), "served_on": None}
    assert await stage.facts("warrant-served") == []
    await record(stage, case_id, "withdrawn")


async def test_a_lost_letter_is_sent_again_when_a_person_says_so(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.behave("post", "lost", fileNumber=12)
    await stage.play(date(2026, 7, 2))
    case = await stage.case()
    assert (case["outlook"], case["reason"]) == ("blocked", "registeredLetterLost")
    assert "registeredLetterLost" in [task["kind"] for task in (await stage.get("/v1/tasks"))["items"]]
    await stage.behave("post", "normal", fileNumber=12)
    resumption = {"decision": "tryAgain", "reason": "address checked"}
    answer = await stage.post(f"/v1/cases/{case_id}/resumptions", resumption, role="collectionsAgent")
    assert answer.status_code == 200, answer.text
    await stage.play(date(2026, 7, 6))
    assert steps_of(await stage.case())[-3:] == [
        ("lastReminder", 2, "2026-07-02"),
        ("deposit", 2, "2026-07-02"),
        ("notification", 1, "2026-07-06"),
    ]


async def test_a_letter_that_came_back_can_be_deemed_notified(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.behave("post", "returned", fileNumber=12)
    await stage.play(date(2026, 7, 2))
    body = {"decision": "deemNotified", "reason": "refused by the addressee"}
    answer = await stage.post(f"/v1/cases/{case_id}/resumptions", body, role="collectionsAgent")
    assert answer.status_code == 200, answer.text
    await stage.settle()
    case = await stage.case()
    # Third working day after Monday 29 June: Thursday 2 July; the month ends on Sunday 2 August, so on Monday 3 August.
    assert (case["nextStep"], case["nextDate"]) == ("roll", "2026-08-07")


async def test_a_post_and_a_bailiff_that_are_being_restarted_cost_no_day(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    with silent_at_first(stage.context.peers.sandbox, path="/v1/post/registeredLetters"):
        await stage.play(date(2026, 6, 30))
    await stage.play(date(2026, 8, 10))
    await decide(stage, "approved")
    with silent_at_first(stage.context.peers.sandbox, path="/v1/bailiff/mandates"):
        await stage.play(date(2026, 8, 21))
    taken = {step: on for step, _, on in steps_of(await stage.case())}
    assert (taken["deposit"], taken["mandate"]) == ("2026-06-29", "2026-08-21")
    with silent_at_first(stage.context.peers.sandbox, path="/v1/bailiff/withdrawals"):
        stage.clock.day = date(2026, 8, 24)
        stage.owed[dossier].items = []
        await stage.tell(settled(dossier, on=date(2026, 8, 24)))
        await stage.settle()
    [mandate] = await stage.rows("select withdrawn_on, served_on from mandate")
    assert mandate == {"withdrawn_on": date(2026, 8, 24), "served_on": None}


async def test_a_post_that_is_closed_is_tried_again_each_working_day(stage: Stage) -> None:
    dossier = await debtor(stage)
    await begin(stage, dossier)
    await stage.behave("post", "down")
    await stage.play(date(2026, 7, 1))
    case = await stage.case()
    assert (case["outlook"], case["nextStep"], case["nextDate"]) == ("scheduled", "deposit", "2026-07-02")
    assert "postUnreachable" in [task["kind"] for task in (await stage.get("/v1/tasks"))["items"]]
    await stage.behave("post", "normal")
    await stage.play(date(2026, 7, 6))
    assert steps_of(await stage.case())[-2:] == [("deposit", 1, "2026-07-02"), ("notification", 1, "2026-07-06")]


async def test_a_bailiff_who_talks_nonsense_ends_as_a_task_and_the_nonsense_is_kept(stage: Stage) -> None:
    dossier = await debtor(stage)
    case_id = await begin(stage, dossier)
    await stage.behave("bailiff", "nonsense", fileNumber=12)
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 8, 10))
    await decide(stage, "approved")
    await stage.play(date(2026, 9, 21))
    case = await stage.case()
    assert (case["outlook"], case["reason"]) == ("awaiting", "awaitingService")
    assert [task["kind"] for task in (await stage.get("/v1/tasks"))["items"]] == ["bailiffSilent"]
    [report] = await stage.rows("select accepted, refusal, content from partner_report where partner = 'bailiff'")
    assert not report["accepted"]
    assert "lorem" in report["content"]


async def test_debts_after_the_last_reminder_get_a_ladder_of_their_own(stage: Stage) -> None:
    dossier = await debtor(stage)
    await begin(stage, dossier)
    await stage.play(date(2026, 6, 30))
    stage.clock.day = date(2026, 7, 1)
    stage.owed[dossier].items.append(item("principal", 89_042, quarter="2026Q2"))
    await stage.tell(overdue(dossier, quarter="2026Q2", on=date(2026, 7, 1)))
    await stage.settle()
    cases = (await stage.get("/v1/cases?status=open"))["items"]
    assert [(case["nextStep"], case["openedOn"]) for case in cases] == [
        ("deposit", "2026-04-01"),
        ("reminder", "2026-07-01"),
    ]
