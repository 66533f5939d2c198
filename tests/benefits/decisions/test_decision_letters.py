"""A decision leaves as a registered letter: handed over once, followed until it arrived, its proof on the claim."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.benefits.claiming import claimed
from tests.benefits.claiming import letters as texts_of
from tests.benefits.harness import Stage
from tests.support.blips import silent_at_first


async def letters_of(stage: Stage, path: str) -> list[dict[str, Any]]:
    """Return the registered letters on a claim's view."""
    found: list[dict[str, Any]] = (await stage.get(path))["letters"]
    return found


def report(letter: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a good report of the post on a letter, changed as asked."""
    return {
        "reference": letter["letterId"],
        "documentSha256": letter["documentSha256"],
        "outcome": "delivered",
        "on": "2026-04-01",
        **changes,
    }


async def letter_tasks(stage: Stage) -> list[str]:
    """Return the kinds of the open tasks about letters."""
    return [kind for kind, _ in await stage.tasks() if kind.startswith(("registeredLetter", "post"))]


async def test_a_decision_is_handed_to_the_post_and_its_delivery_is_the_proof(stage: Stage) -> None:
    path = await claimed(stage)
    [letter] = await letters_of(stage, path)
    assert (letter["attempt"], letter["depositedOn"], letter["givenTo"]) == (1, "2026-04-01", "post")
    assert letter["receipt"].startswith("P")
    assert "outcome" not in letter
    [document] = (await stage.get("/v1/documents?kind=claimDecision"))["items"]
    assert (document["documentId"], document["contentSha256"]) == (letter["documentId"], letter["documentSha256"])
    # Two working days after Wednesday 1 April: Friday 3 April.
    await stage.play(date(2026, 4, 3))
    [letter] = await letters_of(stage, path)
    assert (letter["outcome"], letter["happenedOn"], letter["settledAs"]) == ("delivered", "2026-04-03", "delivered")
    assert await letter_tasks(stage) == []
    # The day of the decision stays the one from which the Charter's delays run.
    assert (await stage.get(path))["decision"]["decidedOn"] == "2026-04-01"


async def test_a_post_that_is_being_restarted_takes_the_letter_the_same_day(stage: Stage) -> None:
    with silent_at_first(stage.context.peers.sandbox, path="/v1/post/registeredLetters"):
        path = await claimed(stage)
    [letter] = await letters_of(stage, path)
    assert letter["depositedOn"] == "2026-04-01"
    assert "tryAgainOn" not in letter


async def test_a_closed_post_is_tried_on_working_days_and_a_person_hears_of_the_third(stage: Stage) -> None:
    await stage.behave("post", mode="down")
    path = await claimed(stage)
    [letter] = await letters_of(stage, path)
    assert "depositedOn" not in letter
    assert letter["tryAgainOn"] == "2026-04-02"
    await stage.play(date(2026, 4, 3))
    assert await letter_tasks(stage) == ["postUnreachable"]
    await stage.behave("post", mode="normal")
    # Monday 6 April 2026 is Easter Monday: the next working day is Tuesday.
    await stage.play(date(2026, 4, 7))
    [letter] = await letters_of(stage, path)
    assert letter["depositedOn"] == "2026-04-07"
    assert await letter_tasks(stage) == []


async def test_a_lost_letter_is_sent_again_by_itself_and_then_left_to_a_person(stage: Stage) -> None:
    await stage.behave("post", mode="lost")
    path = await claimed(stage)
    await stage.play(date(2026, 4, 3))
    first, second = await letters_of(stage, path)
    assert (first["outcome"], first["settledAs"], first["settledBy"]) == ("lost", "sentAgain", "benefits")
    assert (second["attempt"], second["depositedOn"]) == (2, "2026-04-03")
    assert second["documentSha256"] == first["documentSha256"], "the same paper goes out again"
    assert await letter_tasks(stage) == ["registeredLetterLost"]
    await stage.play(date(2026, 4, 14))
    assert [one["outcome"] for one in await letters_of(stage, path)] == ["lost", "lost", "lost"]
    settlement = {"decision": "deemNotified", "reason": "lost letters notify nobody"}
    assert (await stage.post(f"{path}/letterSettlements", settlement)).status_code == 400
    await stage.behave("post", mode="normal")
    again = {"decision": "tryAgain", "reason": "the post found its lost bag again"}
    assert (await stage.post(f"{path}/letterSettlements", again)).status_code == 202
    await stage.play(date(2026, 4, 16))
    last = (await letters_of(stage, path))[-1]
    assert (last["attempt"], last["outcome"]) == (4, "delivered")
    assert await letter_tasks(stage) == []
    await stage.record("DroitPasserelleClaim", "lost-letter")


async def test_a_returned_letter_is_written_anew_with_the_address_of_that_day(stage: Stage) -> None:
    await stage.behave("post", mode="returned")
    path = await claimed(stage, statements={"evidenceReceived": None})
    view = await stage.get(path)
    refusal = {
        "outcome": "refused",
        "assessmentId": view["assessments"][-1]["assessmentId"],
        "reason": "the applicant says there is no proof",
    }
    assert (await stage.post(f"{path}/decision", refusal)).status_code == 202
    await stage.play(date(2026, 4, 3))
    assert await letter_tasks(stage) == ["registeredLetterReturned"]
    looked_at = await stage.get("/v1/claims/exceptions", role="teamLead")
    assert (looked_at["checked"], looked_at["items"]) == (1, []), "a refused claim is open until its letter arrived"
    [person] = stage.people.values()
    person.identity["street"] = "Rue de la Nouvelle Adresse"
    await stage.behave("post", mode="normal")
    again = {"decision": "tryAgain", "reason": "the new address is in the national register"}
    assert (await stage.post(f"{path}/letterSettlements", again)).status_code == 202
    assert (await stage.post(f"{path}/letterSettlements", again)).status_code == 409
    await stage.play(date(2026, 4, 8))
    _first, second = await letters_of(stage, path)
    assert (second["outcome"], second["happenedOn"]) == ("delivered", "2026-04-08")
    texts = await texts_of(stage, "claimDecision")
    assert sorted("Rue de la Nouvelle Adresse" in text for text in texts) == [False, True]
    assert await stage.settle() is None, "the procedure ended"


async def test_silence_of_the_post_becomes_work_for_a_person_who_may_find_it_notified(stage: Stage) -> None:
    path = await claimed(stage)
    async with stage.twins.database.transaction() as connection:
        await connection.execute("update twin_item set due_on = null where twin = 'post'")
    await stage.play(date(2026, 4, 15))
    assert await letter_tasks(stage) == []
    # The fund's policy: 15 days after it was handed over.
    await stage.play(date(2026, 4, 16))
    assert await letter_tasks(stage) == ["registeredLetterSilent"]
    found = {"decision": "deemNotified", "reason": "the applicant telephoned about the decision"}
    assert (await stage.post(f"{path}/letterSettlements", found)).status_code == 202
    await stage.settle()
    [letter] = await letters_of(stage, path)
    assert (letter["settledAs"], letter["settledBy"]) == ("deemedNotified", "tester")
    assert await letter_tasks(stage) == []


@pytest.mark.parametrize("subject", ["bank", "mutuality", "postal"])
async def test_only_the_post_reports_on_letters(stage: Stage, subject: str) -> None:
    [letter] = await letters_of(stage, await claimed(stage))
    answer = await stage.post("/v1/deliveryReports", report(letter), role="partner", subject=subject)
    assert answer.status_code == 403
    assert await stage.rows("select 1 from partner_report") == []


async def test_a_report_is_taken_in_once_or_refused_by_field_and_kept(stage: Stage) -> None:
    path = await claimed(stage)
    [letter] = await letters_of(stage, path)

    async def told(**changes: Any) -> tuple[int, list[str]]:
        body = report(letter, **changes)
        answer = await stage.post("/v1/deliveryReports", body, role="partner", subject="post")
        return answer.status_code, [issue["name"] for issue in answer.json().get("issues", [])]

    assert await told(reference="0195d4a0-0000-7000-8000-000000000001") == (400, ["reference"])
    assert await told(documentSha256="0" * 64) == (400, ["documentSha256"])
    assert await told(on="2026-04-02") == (400, ["on"])
    assert await told(on="2026-03-31") == (400, ["on"])
    assert await told(outcome="eaten") == (400, ["outcome"])
    assert await told() == (200, [])
    assert await told() == (200, [])
    assert (await told(outcome="lost"))[0] == 409
    kept = await stage.rows("select accepted from partner_report order by report_id")
    assert [row["accepted"] for row in kept] == [False] * 5 + [True, False]
    signals = await stage.rows("select 1 from dispatch where signal = 'letter_news'")
    assert len(signals) == 1
    async with stage.database.transaction() as connection:
        await connection.execute(
            "update decision_letter set given_to = 'somebodyElse', outcome = null, "
            "reported_on = null, happened_on = null, settled_as = null, settled_on = null, "
            "settled_by = null"
        )
    assert await told(on="2026-04-01", outcome="returned") == (400, ["reference"])
