"""Files of people and companies on a real database: what is taken on, what is refused, and what is kept."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from tests.affiliation.harness import SAMPLES, Service

PEOPLE = (SAMPLES / "people.csv").read_bytes()
COMPANIES = (SAMPLES / "companies.csv").read_bytes()


async def test_the_sample_people_get_file_numbers_in_file_order_and_a_procedure_each(service: Service) -> None:
    answer = await service.import_file("people", PEOPLE)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["rowsAccepted"], body["rowsRefused"], body["alreadyImported"]) == (210, 9, False)
    rows = await service.rows(
        "select d.file_number, a.line, a.reference from application a join dossier d using (dossier) "
        "order by d.file_number"
    )
    assert [row["file_number"] for row in rows] == list(range(1, 211))
    assert [row["line"] for row in rows] == sorted(row["line"] for row in rows)
    assert rows[0]["reference"] == "P0001"
    started = await service.rows("select count(*) as n from dispatch where workflow = 'AffiliationApplication'")
    assert started[0]["n"] == 210


async def test_refused_lines_are_listed_with_field_rule_and_article(service: Service) -> None:
    import_id = (await service.import_file("people", PEOPLE)).json()["importId"]
    answer = await service.get(f"/v1/imports/{import_id}/rejects")
    items = answer.json()["items"]
    assert [(item["line"], item["reference"]) for item in items][:3] == [(14, "R0001"), (34, "R0002"), (68, "R0003")]
    [issue] = items[2]["issues"]
    assert issue["rule"] == "startsOn.declaredLate"
    assert issue["field"] == "startsOn"
    assert issue["article"] == "royal decree 38, art. 10 par. 1; RGS art. 9"
    page = (await service.get(f"/v1/imports/{import_id}/rejects?pageSize=4&afterLine=34")).json()
    assert [item["line"] for item in page["items"]] == [68, 82, 107, 125]
    assert page["nextAfterLine"] == 125
    kept = await service.rows("select raw from import_refusal where line = 14")
    assert "R0001;" in kept[0]["raw"]


async def test_who_cannot_show_a_professional_card_becomes_a_task(service: Service) -> None:
    await service.import_file("people", PEOPLE)
    [task] = (await service.get("/v1/tasks")).json()["items"]
    assert (task["kind"], task["dueOn"], task["details"]["line"]) == ("professionalCardReport", "2026-01-09", 82)


async def test_the_same_file_again_changes_nothing(service: Service) -> None:
    first = (await service.import_file("people", PEOPLE)).json()
    before = await service.rows("select count(*) as n from application")
    again = await service.import_file("people", PEOPLE)
    assert again.status_code == 200
    assert again.json() == {**first, "alreadyImported": True}
    assert await service.rows("select count(*) as n from application") == before
    assert (await service.get("/v1/summary")).json()["imports"] == 1


async def test_the_same_file_sent_twice_at_once_is_imported_once(service: Service) -> None:
    answers = await asyncio.gather(*(service.import_file("people", PEOPLE) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json()["importId"] for answer in answers}) == 1
    [counted] = await service.rows("select count(*) as dossiers, max(file_number) as last from dossier")
    assert counted == {"dossiers": 210, "last": 210}


async def test_people_who_are_here_already_are_refused_in_another_file(service: Service) -> None:
    await service.import_file("people", PEOPLE)
    answer = await service.import_file("people", PEOPLE + b"\n")
    assert (answer.json()["rowsAccepted"], answer.json()["rowsRefused"]) == (0, 219)
    refused = (await service.get(f"/v1/imports/{answer.json()['importId']}/rejects")).json()["items"]
    assert [issue["rule"] for issue in refused[0]["issues"]] == ["person.alreadyAffiliated"]


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (PEOPLE.replace("Léa".encode(), "Léa".encode("latin-1"), 1), "file.encoding", 2),
        (PEOPLE.replace(b"national_number", b"niss", 1), "file.header", 1),
        (COMPANIES, "file.header", 1),
        (b"", "file.empty", 1),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_and_kept(
    service: Service, content: bytes, rule: str, line: int
) -> None:
    for _ in range(2):
        answer = await service.import_file("people", content)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        [issue] = answer.json()["issues"]
        assert issue["type"].endswith(f":{rule}")
    [kept] = await service.rows("select content, sha256, refusal_rule, refusal_line, rows_accepted from import_file")
    assert bytes(kept["content"]) == content
    assert bytes(kept["sha256"]) == hashlib.sha256(content).digest()
    assert (kept["refusal_rule"], kept["refusal_line"], kept["rows_accepted"]) == (rule, line, 0)
    [listed] = (await service.get("/v1/imports")).json()["items"]
    assert listed["refusal"]["rule"] == rule
    assert await service.rows("select 1 from dossier") == []


async def test_companies_follow_people_in_the_numbers(service: Service) -> None:
    await service.import_file("people", PEOPLE)
    answer = await service.import_file("companies", COMPANIES)
    assert (answer.json()["rowsAccepted"], answer.json()["rowsRefused"]) == (5, 1)
    rows = await service.rows("select file_number from dossier where kind = 'company' order by file_number")
    assert [row["file_number"] for row in rows] == [211, 212, 213, 214, 215]


async def test_a_file_is_never_changed_or_deleted(service: Service) -> None:
    await service.import_file("companies", COMPANIES)
    for statement in ("update import_file set rows_refused = 0", "delete from import_file", "truncate import_refusal"):
        with pytest.raises(Exception, match="permission denied"):
            await service.rows(statement)
