"""Quarters that are not due by a decision taken elsewhere, on a real database: two people, once, without the ground."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.benefits.harness import Stage

PATH = "/v1/contributionReliefs"
CONFIRMED = {"decision": "confirmed", "reason": "Seen with the letter of the insurer."}


def decision(dossier: UUID, **changes: Any) -> dict[str, Any]:
    """A birth of February 2026, decided by the insurer."""
    return {
        "dossier": str(dossier),
        "ground": "maternity",
        "eventOn": "2026-02-14",
        "quarters": ["2026Q2", "2026Q3"],
        "authority": "insurer",
        "evidence": "M319/2026-0077",
        "decidedOn": "2026-03-20",
        **changes,
    }


async def recorded(stage: Stage, dossier: UUID, **changes: Any) -> str:
    """Write a decision down and give its address."""
    answer = await stage.post(PATH, decision(dossier, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def test_two_people_give_quarters_once_and_billing_hears_no_ground(stage: Stage) -> None:
    dossier = await stage.insure(12)
    path = await recorded(stage, dossier)
    assert (await stage.post(PATH, decision(dossier))).status_code == 200
    assert (await stage.get(path))["status"] == "waiting"
    assert await stage.facts("contribution-relief-granted") == []
    own = await stage.post(f"{path}/decision", CONFIRMED)
    assert own.status_code == 403
    answers = await asyncio.gather(
        *(stage.post(f"{path}/decision", CONFIRMED, role="teamLead", subject=name) for name in ("ann", "bob"))
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.json()["confirmedBy"] for answer in answers} <= {"ann", "bob"}
    assert len({answer.json()["confirmedBy"] for answer in answers}) == 1
    view = await stage.get(path)
    assert (view["status"], view["article"]) == ("confirmed", "RGS art. 50 par. 5")
    assert await stage.facts("contribution-relief-granted") == [
        {
            "dossier": str(dossier),
            "occurredOn": "2026-04-01",
            "claimId": view["reliefId"],
            "quarters": ["2026Q2", "2026Q3"],
            "ground": "article50",
            "article": "RGS art. 50",
        }
    ]
    refusing = await stage.post(
        f"{path}/decision", {**CONFIRMED, "decision": "refused"}, role="teamLead", subject="carl"
    )
    assert refusing.status_code == 409


async def test_the_ground_stands_in_its_own_table_only(stage: Stage) -> None:
    dossier = await stage.insure(12)
    path = await recorded(stage, dossier, ground="illness", eventOn="2026-01-10", quarters=["2026Q1"])
    await stage.post(f"{path}/decision", CONFIRMED, role="teamLead", subject="ann")
    await stage.get(path)
    await stage.get(f"{PATH}?dossier={dossier}")
    async with stage.database.transaction() as connection:
        for table in ("audit_entry", "outbox", "task", "approval", "dispatch"):
            rows = await (await connection.execute(f"select to_jsonb(t)::text as kept from {table} t")).fetchall()
            told = await (await connection.execute("select convert_from(body, 'UTF8') as kept from outbox")).fetchall()
            assert not [row for row in (*rows, *told) if "illness" in row["kept"] or "par. 1" in row["kept"]], table
        cursor = await connection.execute("select action from audit_entry where dossier = %s", (dossier,))
        actions = {row["action"] for row in await cursor.fetchall()}
    assert {"contributionRelief.recorded", "contributionRelief.confirmed", "contributionRelief.read"} <= actions
    assert "contributionReliefs.read" in actions


async def test_quarters_of_one_birth_are_counted_over_all_decisions(stage: Stage) -> None:
    dossier = await stage.insure(12)
    await recorded(stage, dossier, quarters=["2026Q2"])
    refused = await stage.post(
        PATH, decision(dossier, evidence="M319/2026-0078", eventOn="2026-02-15", quarters=["2026Q2", "2026Q3"])
    )
    assert refused.status_code == 400
    assert {(issue["name"], issue["type"].rsplit(":", 1)[-1]) for issue in refused.json()["issues"]} == {
        ("quarters", "alreadyRelieved"),
        ("quarters", "tooManyOfEvent"),
    }
    second = decision(dossier, evidence="M319/2026-0079", quarters=["2026Q3"])
    third = decision(dossier, evidence="M319/2026-0080", quarters=["2026Q3"])
    answers = await asyncio.gather(*(stage.post(PATH, one) for one in (second, third)))
    assert sorted(answer.status_code for answer in answers) == [201, 400]


async def test_what_a_second_person_refuses_can_be_written_down_again(stage: Stage) -> None:
    dossier = await stage.insure(12)
    path = await recorded(stage, dossier)
    other = await stage.post(PATH, decision(dossier, quarters=["2026Q2"]))
    assert other.status_code == 409
    refused = {"decision": "refused", "reason": "The letter names one quarter only."}
    answer = await stage.post(f"{path}/decision", refused, role="benefitsAgent", subject="ann")
    assert answer.json()["status"] == "refused"
    assert await recorded(stage, dossier, quarters=["2026Q2"]) != path
    assert await stage.facts("contribution-relief-granted") == []
    waiting = (await stage.get(f"{PATH}?waiting=true"))["items"]
    assert [one["quarters"] for one in waiting] == [["2026Q2"]]


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"dossier": "0197c0de-0a0b-7c0d-8e0f-101112131415"}, "dossier", "referencedResourceNotFound"),
        ({"eventOn": "2014-02-14", "quarters": ["2014Q2"]}, "eventOn", "outOfRange"),
        ({"quarters": ["2026Q4"]}, "quarters", "outsidePeriod"),
        ({"decidedOn": "2026-04-02"}, "decidedOn", "outOfRange"),
        ({"ground": "boredom"}, "ground", None),
        ({"evidence": "85073003328"}, "evidence", None),
    ],
)
async def test_a_refusal_names_field_and_rule(
    stage: Stage, changes: dict[str, Any], field: str, rule: str | None
) -> None:
    dossier = await stage.insure(12)
    answer = await stage.post(PATH, {**decision(dossier), **changes})
    assert answer.status_code == 400, answer.text
    [issue] = answer.json()["issues"]
    assert issue["name"] == field
    assert rule is None or issue["type"].endswith(f":{rule}")


async def test_who_may_not_write_may_not_and_finance_does_not_read(stage: Stage) -> None:
    dossier = await stage.insure(12)
    assert (await stage.post(PATH, decision(dossier), role="teamLead")).status_code == 403
    assert (await stage.post(PATH, decision(dossier), role="service")).status_code == 403
    path = await recorded(stage, dossier)
    for role in ("finance", "operator", "service"):
        assert (await stage.http.get(path, headers=stage.acting_as(role))).status_code == 403


async def test_the_database_refuses_one_person_for_both_and_any_change(stage: Stage) -> None:
    dossier = await stage.insure(12)
    path = await recorded(stage, dossier)
    relief_id = path.rsplit("/", 1)[-1]
    wrong = (
        "insert into contribution_relief_decision values (%s, 'tester', 'confirmed', 'tester', %s, 'none')",
        "insert into contribution_relief_decision values (%s, 'ann', 'confirmed', 'bob', %s, 'none')",
    )
    for statement in wrong:
        with pytest.raises(psycopg.errors.IntegrityError):
            async with stage.database.transaction() as connection:
                await connection.execute(statement, (relief_id, date(2026, 4, 1)))
    with pytest.raises(psycopg.Error):
        async with stage.database.transaction() as connection:
            await connection.execute("update contribution_relief set quarters = '{2026Q1}'")
    assert json.dumps(await stage.get(path)).count("waiting") == 1
