"""A claim from its receipt to its last month: decided in time, with reasons, never refused by a program."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from shared.contracts.billing_v1 import DebtSettled, ReliefApplied, SettledBy
from shared.contracts.vocabulary import Language
from tests.benefits.claiming import QUARTERS, claimed, letters
from tests.benefits.harness import Stage
from tests.benefits.others import claim


async def test_a_good_claim_is_granted_at_once_with_its_reasons(stage: Stage) -> None:
    path = await claimed(stage)
    view = await stage.get(path)
    assert (view["status"], view["outcome"]) == ("decided", "granted")
    decision = view["decision"]
    assert (decision["decidedOn"], decision["decidedBy"], decision["months"]) == ("2026-04-01", "benefits", 12)
    assert decision["reliefQuarters"] == ["2026Q2", "2026Q3", "2026Q4", "2027Q1"]
    months = {one["month"]: one["parts"] for one in decision["entitledMonths"]}
    assert list(months)[:3] == ["2026-03", "2026-04", "2026-05"]
    assert (months["2026-03"], months["2026-04"], months["2026-05"], months["2027-03"]) == (3, 4, 4, 1)
    assert len(months) == 13
    assert await stage.facts("claim-received") == [
        {
            "dossier": view["dossier"],
            "occurredOn": "2026-04-01",
            "claimId": view["claimId"],
            "kind": "droitPasserelle",
            "decideBefore": "2026-08-01",
        }
    ]
    assert [fact["outcome"] for fact in await stage.facts("claim-decided")] == ["granted"]
    [relief] = await stage.facts("contribution-relief-granted")
    assert relief["quarters"] == decision["reliefQuarters"]
    assert relief["ground"] == "droitPasserelleForcedInterruption"


async def test_staff_see_how_sure_the_amount_is_and_letters_do_not_hide_the_computation(stage: Stage) -> None:
    view = await stage.get(await claimed(stage))
    [assessment] = view["assessments"]
    amount = assessment["parameters"]["monthlyAmount"]
    assert (amount["value"], amount["certainty"]) == ("1671.03", "assumed")
    assert all(rule["outcome"] == "yes" for rule in assessment["results"])
    [letter] = await letters(stage, "claimDecision")
    assert "1 253,27 EUR" in letter.replace("\u00a0", " ")  # 3 x 25 % of 1671.03
    assert "1 671,03 EUR" in letter.replace("\u00a0", " ")


async def test_the_letters_of_a_grant_hold_the_six_mentions_in_each_language(stage: Stage) -> None:
    words = {
        Language.FRENCH: ["tribunal du travail de Liège", "trois mois", "Article 728", "1017", "0000012", "explique"],
        Language.DUTCH: ["arbeidsrechtbank Luik", "drie maanden", "Artikel 728", "1017", "0000012", "uitleg"],
        Language.GERMAN: ["Arbeitsgericht Eupen", "drei Monate", "Artikel 728", "1017", "0000012", "erläutert"],
    }
    for language in words:
        dossier = await stage.insure(list(words).index(language) + 12, language=language)
        stage.pays(dossier, *QUARTERS)
        assert (await stage.post("/v1/claims", claim(dossier))).status_code == 202
        await stage.settle()
    texts = await letters(stage, "claimDecision")
    for language, expected in words.items():
        number = list(words).index(language) + 12
        [text] = [one for one in texts if f"{number:07d}" in one]
        for word in [word.replace("0000012", f"{number:07d}") for word in expected]:
            assert word in text, (language, word)
    assert len(await letters(stage, "claimAcknowledgement")) == 3


async def test_the_same_claim_twice_is_one(stage: Stage) -> None:
    dossier = await stage.insure(12)
    stage.pays(dossier, *QUARTERS)
    first = await stage.post("/v1/claims", claim(dossier))
    again = await stage.post("/v1/claims", claim(dossier))
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["claimId"] == again.json()["claimId"]
    assert again.json()["alreadyReceived"] is True
    await stage.settle()
    assert len(await stage.facts("claim-received")) == 1
    assert (await stage.get("/v1/summary"))["claimsDecided"] == 1


async def test_what_is_missing_is_asked_and_completes_the_claim(stage: Stage) -> None:
    path = await claimed(stage, statements={"evidenceReceived": None, "previousMonths": None})
    view = await stage.get(path)
    assert view["status"] == "waiting"
    assert await stage.tasks() == [("claimInformation", "2026-05-01")]
    [letter] = await letters(stage, "claimInformationRequest")
    assert "la preuve du motif" in letter
    assert "1997" in letter
    assert "1er mai 2026" in letter
    await stage.play(date(2026, 4, 21))
    answer = await stage.post(f"{path}/information", {"statements": {"evidenceReceived": True, "previousMonths": 0}})
    assert answer.status_code == 202, answer.text
    await stage.settle()
    view = await stage.get(path)
    assert view["outcome"] == "granted"
    assert view["decision"]["decidedOn"] == "2026-04-21"
    assert await stage.tasks() == []
    assert [one["verdict"] for one in view["assessments"]] == ["incomplete", "granted"]
    await stage.record("DroitPasserelleClaim", "completed")


async def test_silence_is_reminded_and_then_a_person_decides_on_what_there_is(stage: Stage) -> None:
    path = await claimed(stage, statements={"evidenceReceived": None})
    await stage.play(date(2026, 5, 2))
    [letter] = await letters(stage, "claimReminder")
    assert "Le 1er avril 2026" in letter
    assert "3 juin 2026" in letter
    await stage.play(date(2026, 6, 2))
    assert ("claimSilence", "2026-08-01") not in await stage.tasks()
    await stage.play(date(2026, 6, 3))
    assert "claimSilence" in [kind for kind, _ in await stage.tasks()]
    view = await stage.get(path)
    body = {
        "outcome": "refused",
        "assessmentId": view["assessments"][-1]["assessmentId"],
        "reason": "no proof of the bankruptcy after a reminder",
    }
    assert (await stage.post(f"{path}/decision", body)).status_code == 202
    await stage.settle()
    view = await stage.get(path)
    assert (view["outcome"], view["decision"]["decidedBy"]) == ("refused", "tester")
    [letter] = await letters(stage, "claimDecision")
    assert "la preuve du motif que vous invoquez ne nous est pas parvenue" in letter
    assert "tribunal du travail" in letter
    assert await stage.tasks() == []
    assert (await stage.post(f"{path}/decision", body)).status_code == 409
    late = await stage.post(f"{path}/information", {"statements": {"evidenceReceived": True}})
    assert late.status_code == 409
    await stage.record("DroitPasserelleClaim", "silence")


async def test_no_program_refuses_and_no_person_grants_against_the_law(stage: Stage) -> None:
    path = await claimed(stage, quarters=("2025Q3", "2025Q4", "2026Q1"), factOn="2026-03-10")
    view = await stage.get(path)
    assert view["assessments"][-1]["verdict"] == "incomplete", "one quarter of the career is unknown"
    attested = {"statements": {"attestedQuarters": [{"quarter": "2025Q2", "category": "complementary", "paid": True}]}}
    assert (await stage.post(f"{path}/information", attested)).status_code == 202
    await stage.settle()
    view = await stage.get(path)
    assert (view["status"], view["assessments"][-1]["verdict"]) == ("waiting", "refused")
    assert "claimRefusal" in [kind for kind, _ in await stage.tasks()]
    assert await stage.facts("claim-decided") == []
    assessment = view["assessments"][-1]["assessmentId"]
    against = {"outcome": "granted", "assessmentId": assessment, "reason": "we would like to help here"}
    assert (await stage.post(f"{path}/decision", against)).status_code == 400
    old = {"outcome": "refused", "assessmentId": view["assessments"][0]["assessmentId"], "reason": "on an older view"}
    assert (await stage.post(f"{path}/decision", old)).status_code == 400
    refusal = {"outcome": "refused", "assessmentId": assessment, "reason": "complementary in 2025Q2"}
    assert (await stage.post(f"{path}/decision", refusal)).status_code == 202
    await stage.settle()
    [letter] = await letters(stage, "claimDecision")
    assert "2e trimestre 2025 complementary" not in letter
    assert "2e trimestre 2025" in letter
    assert [fact["outcome"] for fact in await stage.facts("claim-decided")] == ["refused"]
    assert await stage.facts("contribution-relief-granted") == []
    assert [one["status"] for one in (await stage.get("/v1/claims"))["items"]] == ["decided"]


async def settle_quarter(stage: Stage, dossier: UUID, quarter: str) -> None:
    """Let billing receive the last quarter it knows and tell so."""
    stage.people[dossier].quarters[-1].update(status="paid", paidCents=90000)
    await stage.tell(
        DebtSettled(
            dossier=dossier,
            occurred_on=stage.clock.day,
            quarter=quarter,
            settled_by=SettledBy.PAYMENT,
            settled_on=stage.clock.day,
            remaining_open_cents=0,
        )
    )
    await stage.settle()


def relieved(dossier: UUID, day: date) -> ReliefApplied:
    return ReliefApplied(
        dossier=dossier,
        occurred_on=day,
        quarters=("2024Q1",),
        waived_cents=0,
        ground="exemption",
        article="AR 38 art. 17",
    )


async def test_a_quarter_paid_later_grants_from_the_fact(stage: Stage) -> None:
    path = await claimed(stage, quarters=("2025Q2", "2025Q3", "2025Q4"))
    dossier = next(iter(stage.people))
    stage.pays(dossier, "2026Q1", status="open")
    await stage.post(f"{path}/information", {"statements": {"convicted": False, "provoked": False}})
    await stage.settle()
    view = await stage.get(path)
    missing = [rule["rule"] for rule in view["assessments"][-1]["results"] if rule["outcome"] == "maybe"]
    assert missing == ["fourQuartersPaid"]
    await stage.play(date(2026, 4, 20))
    await settle_quarter(stage, dossier, "2026Q1")
    view = await stage.get(path)
    assert view["outcome"] == "granted"
    assert view["decision"]["decidedOn"] == "2026-04-20", "the payment itself moves the claim"
    assert view["decision"]["entitledMonths"][0]["month"] == "2026-03"
    assert await letters(stage, "claimReminder") == []
    await stage.record("DroitPasserelleClaim", "paid-later")


async def test_a_payment_nobody_heard_of_is_looked_for_before_reminding(stage: Stage) -> None:
    dossier = await stage.insure(12)
    stage.pays(dossier, "2025Q2", "2025Q3", "2025Q4")
    stage.pays(dossier, "2026Q1", status="open")
    path = (await stage.post("/v1/claims", claim(dossier))).headers["Location"]
    await stage.settle()
    stage.people[dossier].quarters[-1].update(status="paid", paidCents=90000)
    await stage.play(date(2026, 5, 2))
    assert (await stage.get(path))["outcome"] == "granted"
    assert await letters(stage, "claimReminder") == []


async def test_what_the_applicant_is_asked_later_counts_from_that_day(stage: Stage) -> None:
    # The register first: one quarter is unknown, so nothing is asked of the applicant.
    dossier = await stage.insure(12)
    stage.pays(dossier, "2025Q2", "2025Q3", "2025Q4")
    path = (await stage.post("/v1/claims", claim(dossier))).headers["Location"]
    await stage.settle()
    await stage.play(date(2026, 4, 20))
    # Then the last quarter is charged and open: now the applicant can pay it (art. 197 par. 3).
    stage.pays(dossier, "2026Q1", status="open")
    await stage.tell(relieved(dossier, stage.clock.day))
    await stage.settle()
    requests = await stage.rows("select asked_on, of_applicant, answered_on from information_request order by number")
    assert [tuple(row.values()) for row in requests] == [
        (date(2026, 4, 1), False, date(2026, 4, 20)),
        (date(2026, 4, 20), True, None),
    ]
    assert len(await letters(stage, "claimInformationRequest")) == 1
    await settle_quarter(stage, dossier, "2026Q1")
    assert (await stage.get(path))["outcome"] == "granted"
    assert await stage.tasks() == []


async def test_a_claim_nobody_can_decide_warns_before_four_months_and_after(stage: Stage) -> None:
    path = await claimed(stage, factOn="2025-12-20", receivedOn="2026-04-01", quarters=("2025Q1", "2025Q2", "2025Q3"))
    assert (await stage.get(path))["assessments"][-1]["verdict"] == "incomplete"
    await stage.play(date(2026, 6, 30))
    assert "claimDeadline" not in [kind for kind, _ in await stage.tasks()]
    await stage.play(date(2026, 7, 1))
    assert ("claimDeadline", "2026-08-01") in await stage.tasks()
    await stage.play(date(2026, 8, 2))
    assert ("claimLate", "2026-08-02") in await stage.tasks()
    [letter] = await letters(stage, "claimLate")
    assert "au plus tard le 1er août 2026" in letter
    assert "la preuve de votre assujettissement" in letter
    await stage.record("DroitPasserelleClaim", "late")


async def test_an_economic_difficulty_keeps_rights_but_waives_no_contribution(stage: Stage) -> None:
    path = await claimed(stage, ground="integrationIncome", language=Language.DUTCH)
    decision = (await stage.get(path))["decision"]
    assert decision["reliefQuarters"] == ["2026Q2", "2026Q3", "2026Q4", "2027Q1"]
    assert decision["reliefWaivesContributions"] is False
    assert await stage.facts("contribution-relief-granted") == []
    [letter] = await letters(stage, "claimDecision")
    assert "geen bijdrage verschuldigd" not in letter


async def test_wrong_claims_are_refused_by_field(stage: Stage) -> None:
    dossier = await stage.insure(12)

    async def issues(**changes: Any) -> set[str]:
        answer = await stage.post("/v1/claims", {**claim(dossier), **changes})
        assert answer.status_code == 400, answer.text
        return {issue["name"] for issue in answer.json()["issues"]}

    assert await issues(receivedOn="2026-04-02") == {"receivedOn"}
    assert await issues(factOn="2026-04-02", receivedOn="2026-04-01") == {"factOn"}
    assert await issues(dependantAttested=True) == {"dependantAttested"}
    assert await issues(ground="boredom") == {"ground"}
    assert await issues(statements={"interruptionEndsBefore": "2026-03-10"}) == {"statements.interruptionEndsBefore"}
    assert await issues(dossier="0195d4a0-0000-7000-8000-000000000001") == {"dossier"}
    assert (await stage.post("/v1/claims", claim(dossier), role="collectionsAgent")).status_code == 403
    assert await stage.rows("select 1 from claim") == []
