"""Declarations of one person on a real database: received once, refused with reasons, completed, withdrawn."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from tests.affiliation.harness import Service, assess, declaration, declare, facts


async def test_a_declaration_gets_a_dossier_and_a_procedure(service: Service) -> None:
    body = await declare(service)
    assert (body["fileNumber"], body["status"], body["issues"]) == (1, "received", [])
    [started] = await service.rows("select workflow_id, argument from dispatch")
    assert started["workflow_id"] == f"affiliation-application:{body['applicationId']}"
    assert "85073003328" not in started["argument"]


async def test_the_same_declaration_again_is_the_same_declaration(service: Service) -> None:
    answers = await asyncio.gather(*(declare(service) for _ in range(3)))
    assert len({answer["applicationId"] for answer in answers}) == 1
    assert len(await service.rows("select 1 from dispatch")) == 1


async def test_another_declaration_of_the_same_person_is_refused_and_kept(service: Service) -> None:
    await declare(service)
    answer = await service.post("/v1/applications", declaration(reference="A-2", startsOn="2026-03-01"))
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["type"].endswith(":person.alreadyAffiliated")
    [kept] = await service.rows("select content, breaches from declaration_refusal")
    assert kept["content"]["reference"] == "A-2"


async def test_a_wrong_declaration_hears_every_rule_at_once_and_is_kept(service: Service) -> None:
    wrong = declaration(nationalNumber="85073003329", insurer="750", startsOn="2026-02-30")
    assert (await service.post("/v1/applications", wrong)).status_code == 400
    assert await service.rows("select 1 from declaration_refusal") == []  # not even JSON of a declaration
    answer = await service.post("/v1/applications", declaration(startsOn="2025-12-01", category="student"))
    named = [(issue["name"], issue["type"].rpartition(":")[2]) for issue in answer.json()["issues"]]
    assert named == [("startsOn", "startsOn.declaredLate"), ("category", "category.studentAge")]
    assert len(await service.rows("select 1 from declaration_refusal")) == 1
    assert await service.rows("select 1 from person") == []


async def test_an_affiliation_is_told_once(service: Service) -> None:
    body = await declare(service)
    for _ in range(2):
        assert await assess(service, body["applicationId"]) == "affiliated"
    assert await facts(service) == ["affiliation.affiliation-opened.v1"]
    [row] = await service.rows("select convert_from(body, 'UTF8') as body from outbox")
    assert "Exemplemont" not in row["body"]
    assert "85073003328" not in row["body"]
    dossier = (await service.get(f"/v1/dossiers/{body['dossier']}")).json()
    assert (dossier["status"], dossier["category"], dossier["country"]) == ("affiliated", "main", "BE")


async def test_a_declaration_assessed_twice_at_once_affiliates_once(service: Service) -> None:
    body = await declare(service)
    assert await asyncio.gather(*(assess(service, body["applicationId"]) for _ in range(4))) == ["affiliated"] * 4
    assert await facts(service) == ["affiliation.affiliation-opened.v1"]
    assert len(await service.rows("select 1 from affiliation")) == 1


async def test_what_is_missing_becomes_a_task_until_the_day_before_the_start(service: Service) -> None:
    body = await declare(service, nationality="BR")
    assert await assess(service, body["applicationId"]) == "waiting"
    [task] = (await service.get("/v1/tasks")).json()["items"]
    assert (task["kind"], task["dueOn"], task["details"]["missing"]) == (
        "affiliationInformation", "2026-01-31", ["professionalCard.missing"],
    )  # fmt: skip
    answer = await service.post(
        f"/v1/applications/{body['applicationId']}/information", {"professionalCard": "1700017"}
    )
    assert answer.status_code == 202
    [signal] = await service.rows("select signal from dispatch where signal is not null")
    assert signal["signal"] == "news"
    assert await assess(service, body["applicationId"]) == "affiliated"
    assert (await service.get("/v1/tasks")).json()["items"] == []


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_a_task_a_person_ended_with_another_word_does_not_hold_up_the_declaration(
    service: Service, withdrawn: bool
) -> None:
    body = await declare(service, nationality="BR")
    assert await assess(service, body["applicationId"]) == "waiting"
    [task] = (await service.get("/v1/tasks")).json()["items"]
    ended = await service.post(f"/v1/tasks/{task['taskId']}/resolve", {"resolution": "done"})
    assert ended.status_code == 200, ended.text
    path = f"/v1/applications/{body['applicationId']}"
    if withdrawn:
        assert (await service.post(f"{path}/withdrawal", {})).json()["status"] == "withdrawn"
    else:
        await service.post(f"{path}/information", {"professionalCard": "1700017"})
        assert await assess(service, body["applicationId"]) == "affiliated"
    [kept] = await service.rows("select resolution from task")
    assert kept["resolution"] == "done"


async def test_what_stays_missing_refuses_the_declaration_on_the_first_day(service: Service) -> None:
    body = await declare(service, nationality="BR")
    assert await assess(service, body["applicationId"]) == "waiting"
    assert await assess(service, body["applicationId"], today=date(2026, 2, 1)) == "refused"
    view = (await service.get(f"/v1/applications/{body['applicationId']}")).json()
    assert [issue["rule"] for issue in view["issues"]] == ["professionalCard.missing"]
    assert await facts(service) == []
    assert (await service.get("/v1/summary")).json()["refused"] == 1


async def test_unreadable_information_is_refused(service: Service) -> None:
    body = await declare(service, nationality="BR")
    path = f"/v1/applications/{body['applicationId']}/information"
    wrong = await service.post(path, {"professionalCard": "17-0"})
    assert wrong.json()["issues"][0]["name"] == "professionalCard"
    assert (await service.post(path, {})).status_code == 400


async def test_a_declaration_can_be_withdrawn_until_it_is_decided(service: Service) -> None:
    body = await declare(service, nationality="BR")
    path = f"/v1/applications/{body['applicationId']}"
    for _ in range(2):
        assert (await service.post(f"{path}/withdrawal", {})).json()["status"] == "withdrawn"
    assert await assess(service, body["applicationId"]) == "withdrawn"
    assert (await service.post(f"{path}/information", {"insurer": "100"})).status_code == 409
    other = await declare(service, reference="A-3")
    assert other["fileNumber"] == 1
    assert await assess(service, other["applicationId"]) == "affiliated"
    assert (await service.post(f"/v1/applications/{other['applicationId']}/withdrawal", {})).status_code == 409


async def test_who_ceased_comes_back_in_the_same_dossier(service: Service) -> None:
    first = await declare(service)
    await assess(service, first["applicationId"])
    service.clock.day = date(2026, 6, 30)
    ended = await service.post(
        "/v1/cessations", {"dossier": first["dossier"], "ceasedOn": "2026-06-12", "reason": "bankruptcy"}
    )
    assert ended.status_code == 201
    assert ended.json()["reportedLate"] is True
    again = await declare(service, reference="A-9", startsOn="2026-09-01", street="Proefweg")
    assert again["dossier"] == first["dossier"]
    assert await assess(service, again["applicationId"], today=service.clock.day) == "affiliated"
    assert await facts(service) == [
        "affiliation.affiliation-opened.v1", "affiliation.affiliation-ceased.v1", "affiliation.affiliation-opened.v1",
    ]  # fmt: skip


async def test_reading_a_dossier_is_on_record_with_its_purpose(service: Service) -> None:
    created = (await service.post("/v1/applications", declaration())).json()
    dossier, number = created["dossier"], created["fileNumber"]
    for answer in (
        await service.get(f"/v1/applications/{created['applicationId']}", role="auditor"),
        await service.get(f"/v1/dossiers/{dossier}", role="auditor"),
        await service.post("/v1/dossiers/query", {"fileNumbers": [number]}, role="auditor"),
        await service.post("/v1/dossiers/query", {}, role="auditor"),
        await service.get(f"/v1/tasks?dossier={dossier}", role="auditor"),
        await service.get(f"/v1/documents?dossier={dossier}", role="auditor"),
    ):
        assert answer.status_code == 200, answer.text
    reads = await service.rows(
        "select content::jsonb ->> 'action' as action, content::jsonb ->> 'purpose' as purpose from audit_entry "
        "where dossier = %s and content::jsonb ->> 'action' like '%%.read' order by number",
        dossier,
    )
    # The list without file numbers is about nobody in particular.
    assert [(row["action"], row["purpose"]) for row in reads] == [
        ("application.read", "affiliation"),
        ("dossier.read", "affiliation"),
        ("dossier.read", "affiliation"),
        ("tasks.read", "tasks"),
        ("documents.read", "documents"),
    ]


async def test_the_checker_names_a_declaration_whose_procedure_never_began(service: Service) -> None:
    created = (await service.post("/v1/applications", declaration())).json()
    path = "/v1/applications/exceptions"
    assert (await service.get(path, role="operator")).json() == {"items": [], "checked": 1}, "its start is on its way"
    async with service.database.transaction() as connection:
        await connection.execute("delete from dispatch")
    [sleeper] = (await service.get(path, role="operator")).json()["items"]
    assert (sleeper["reference"], sleeper["problems"]) == (created["applicationId"], ["noLiveProcedure"])
