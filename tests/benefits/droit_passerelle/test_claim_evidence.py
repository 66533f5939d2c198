"""What is proved, by whom, and what follows: evidence after a refusal, the register's word, reasons of a decision."""

from __future__ import annotations

from tests.benefits.claiming import claimed, letters, refuse
from tests.benefits.harness import Stage
from tests.benefits.others import claim


async def test_new_evidence_after_a_refusal_is_a_new_claim(stage: Stage) -> None:
    path = await claimed(stage, statements={"evidenceReceived": None})
    dossier = next(iter(stage.people))
    await refuse(stage, path)
    retried = await stage.post("/v1/claims", claim(dossier, statements={"evidenceReceived": None}))
    assert (retried.status_code, retried.headers["Location"]) == (200, path), "the same request sent once more"
    anew = await stage.post("/v1/claims", claim(dossier))
    assert anew.status_code == 202, anew.text
    assert anew.headers["Location"] != path
    await stage.settle()
    assert (await stage.get(anew.headers["Location"]))["outcome"] == "granted"
    assert (await stage.get(path))["outcome"] == "refused", "a decision stays as it was taken"
    assert [fact["outcome"] for fact in await stage.facts("claim-decided")] == ["refused", "granted"]
    third = await stage.post("/v1/claims", claim(dossier, statements={"replacementIncomeCents": 10_000}))
    assert third.status_code == 409, "a fact is granted once"
    assert (await stage.post("/v1/claims", claim(dossier))).status_code == 200


async def test_an_open_claim_that_is_sent_again_is_completed(stage: Stage) -> None:
    path = await claimed(stage, statements={"evidenceReceived": None, "previousMonths": None})
    dossier = next(iter(stage.people))
    answer = await stage.post(f"{path}/information", {"statements": {"previousMonths": 0}})
    assert answer.status_code == 202, answer.text
    early = claim(dossier, statements={"evidenceReceived": None, "previousMonths": None})
    assert (await stage.post("/v1/claims", early)).status_code == 200
    assert len(await stage.rows("select 1 from claim_statement")) == 2, "old words do not come back over new ones"
    again = await stage.post("/v1/claims", claim(dossier))
    assert (again.status_code, again.headers["Location"]) == (200, path)
    await stage.settle()
    assert (await stage.get(path))["outcome"] == "granted"
    assert len(await stage.facts("claim-received")) == 1


async def test_a_waived_quarter_counts_when_the_register_says_it_built_up_pension_rights(stage: Stage) -> None:
    dossier = await stage.insure(12)
    stage.pays(dossier, "2025Q3", "2025Q4", "2026Q1")
    stage.pays(dossier, "2025Q2", status="waived")
    answer = await stage.post("/v1/claims", claim(dossier))
    await stage.settle()
    path = answer.headers["Location"]
    view = await stage.get(path)
    assert [rule["rule"] for rule in view["assessments"][-1]["results"] if rule["outcome"] == "no"] == [
        "fourQuartersPaid"
    ], "a waived quarter alone is neither paid nor building pension rights"
    attested = {"statements": {"attestedQuarters": [{"quarter": "2025Q2", "category": "main", "paid": True}]}}
    assert (await stage.post(f"{path}/information", attested)).status_code == 202
    await stage.settle()
    assert (await stage.get(path))["outcome"] == "granted"


async def test_a_second_bankruptcy_waits_for_the_pension_quarters_and_gets_what_they_add(stage: Stage) -> None:
    path = await claimed(stage, statements={"previousMonths": 12, "previousQuarters": 4})
    view = await stage.get(path)
    [missing] = [rule for rule in view["assessments"][-1]["results"] if rule["outcome"] == "maybe"]
    assert (missing["rule"], missing["askedOf"]) == ("entitlementLeft", "staff")
    body = {
        "outcome": "granted",
        "assessmentId": view["assessments"][-1]["assessmentId"],
        "reason": "the register says there is more",
    }
    nothing = await stage.post(f"{path}/decision", body)
    assert nothing.status_code == 409
    assert "pensionQuarters" in nothing.json()["detail"]
    answer = await stage.post(f"{path}/information", {"statements": {"pensionQuarters": 21}})
    assert answer.status_code == 202, answer.text
    await stage.settle()
    decision = (await stage.get(path))["decision"]
    assert (decision["outcome"], decision["decidedBy"], decision["months"]) == ("granted", "benefits", 6)
    assert decision["reliefQuarters"] == ["2026Q2", "2026Q3"]
    assert decision["entitledMonths"][-1]["month"] == "2026-09"
    [letter] = await letters(stage, "claimDecision")
    assert "9 septembre 2026" in letter


async def test_nobody_grants_what_the_applicant_never_proved(stage: Stage) -> None:
    path = await claimed(stage, statements={"evidenceReceived": None})
    assessment = (await stage.get(path))["assessments"][-1]["assessmentId"]
    body = {"outcome": "granted", "assessmentId": assessment, "reason": "we believe it anyway, it is fine"}
    answer = await stage.post(f"{path}/decision", body)
    assert answer.status_code == 409
    assert "groundProven" in answer.json()["detail"]
    await stage.settle()
    assert (await stage.get(path))["status"] == "waiting"
    assert await stage.facts("claim-decided") == []


async def test_a_refusal_needs_a_reason_that_is_not_the_fund_s_own_gap(stage: Stage) -> None:
    # One quarter of the career is unknown to the fund: staff have to ask the register.
    path = await claimed(stage, quarters=("2025Q3", "2025Q4", "2026Q1"))
    view = await stage.get(path)
    assert {rule["askedOf"] for rule in view["assessments"][-1]["results"] if rule["outcome"] == "maybe"} == {"staff"}
    body = {
        "outcome": "refused",
        "assessmentId": view["assessments"][-1]["assessmentId"],
        "reason": "we did not find the quarter",
    }
    assert (await stage.post(f"{path}/decision", body)).status_code == 409


async def test_a_refusal_names_what_the_applicant_never_brought_and_not_what_the_fund_lacks(stage: Stage) -> None:
    path = await claimed(stage, quarters=("2025Q3", "2025Q4", "2026Q1"), statements={"evidenceReceived": None})
    await refuse(stage, path)
    [letter] = await letters(stage, "claimDecision")
    assert "la preuve du motif que vous invoquez ne nous est pas parvenue" in letter
    assert "assujettissement" not in letter
