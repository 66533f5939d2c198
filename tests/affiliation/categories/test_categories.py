"""Categories on a real database: what ends by law is told in advance, once, and never comes true where it must not."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import pytest

from services.affiliation.declarations.service.confirmations import facts_of
from tests.affiliation.harness import SAMPLES, Service, assess, declaration, declare, facts


async def told(service: Service) -> list[tuple[str, str]]:
    """Return the categories that were told, each with its first day, in order."""
    rows = await service.rows("select convert_from(body, 'UTF8') as body from outbox order by id")
    bodies = [json.loads(row["body"]) for row in rows]
    return [(body.get("startsOn") or body["appliesFrom"], body["category"]) for body in bodies if "category" in body]


async def starter(service: Service, **changes: Any) -> dict[str, Any]:
    """Affiliate a primo-starter and return the declaration."""
    body = await declare(service, **{"category": "primoStarter", **changes})
    assert await assess(service, body["applicationId"], today=service.clock.day) == "affiliated"
    return body


async def change(service: Service, dossier: str, category: str, applies_from: str, **options: Any) -> list[str]:
    """Change a category and return the rules that refused it."""
    body = {"dossier": dossier, "category": category, "appliesFrom": applies_from, **options}
    answer = await service.post("/v1/categoryChanges", body)
    if answer.status_code == 201:
        return []
    assert answer.status_code == 400, answer.text
    return [issue["type"].rpartition(":")[2] for issue in answer.json()["issues"]]


async def test_the_end_of_a_primo_starter_is_told_with_the_affiliation(service: Service) -> None:
    body = await starter(service)
    await assess(service, body["applicationId"])
    assert await told(service) == [("2026-02-01", "primoStarter"), ("2027-01-01", "main")]
    path = f"/v1/dossiers/{body['dossier']}"
    detail = (await service.get(path)).json()
    assert detail["category"] == "primoStarter"
    assert [(one["appliesFrom"], one["upcoming"], one["ground"]) for one in detail["categories"]] == [
        ("2026-02-01", True, "reported"), ("2027-01-01", True, "followsByLaw"),
    ]  # fmt: skip
    service.clock.day = date(2027, 1, 1)
    detail = (await service.get(path)).json()
    assert (detail["category"], [one["upcoming"] for one in detail["categories"]]) == ("main", [False, False])


async def test_an_artist_has_eight_quarters_and_the_letter_says_until_when(service: Service) -> None:
    body = await starter(service, artistAttestation=True)
    assert await told(service) == [("2026-02-01", "primoStarter"), ("2028-01-01", "main")]
    async with service.database.transaction() as connection:
        confirmed = await facts_of(connection, application_id=body["applicationId"])
    assert confirmed.reduced_until == date(2028, 1, 1)


async def test_a_category_changes_with_a_quarter_and_is_told_once(service: Service) -> None:
    body = await declare(service)
    await assess(service, body["applicationId"])
    change = {"dossier": body["dossier"], "category": "complementary", "appliesFrom": "2026-04-01"}
    for _ in range(2):
        answer = await service.post("/v1/categoryChanges", change)
        assert answer.status_code == 201, answer.text
    assert answer.json()["category"] == "main"  # today is still January
    assert [(one["category"], one["appliesFrom"]) for one in answer.json()["categories"]] == [
        ("main", "2026-02-01"), ("complementary", "2026-04-01"),
    ]  # fmt: skip
    service.clock.day = date(2026, 4, 1)
    assert (await service.get(f"/v1/dossiers/{body['dossier']}")).json()["category"] == "complementary"
    assert (await facts(service)).count("affiliation.affiliation-category-changed.v1") == 1
    middle = await service.post("/v1/categoryChanges", {**change, "appliesFrom": "2026-05-01"})
    assert middle.json()["issues"][0]["type"].endswith(":appliesFrom.quarter")


async def test_a_change_before_the_end_takes_its_place_and_can_be_undone(service: Service) -> None:
    body = await starter(service)
    for _ in range(2):
        assert await change(service, body["dossier"], "complementary", "2026-07-01") == []
    for _ in range(2):
        assert await change(service, body["dossier"], "main", "2026-10-01") == []
    assert await told(service) == [
        ("2026-02-01", "primoStarter"), ("2027-01-01", "main"),
        ("2026-07-01", "complementary"), ("2027-01-01", "complementary"),
        ("2026-10-01", "main"), ("2027-01-01", "main"),
    ]  # fmt: skip
    ids = await service.rows("select distinct event_id from outbox")
    assert len(ids) == 6


async def test_a_category_comes_back_for_the_same_day(service: Service) -> None:
    body = await starter(service, category="main")
    for category in ("complementary", "main", "complementary"):
        assert await change(service, body["dossier"], category, "2026-07-01") == []
    assert [category for _, category in await told(service)] == ["main", "complementary", "main", "complementary"]
    assert len(await service.rows("select distinct event_id from outbox")) == 4


async def test_changes_at_once_are_told_once(service: Service) -> None:
    body = await starter(service, category="complementary")
    changes = (change(service, body["dossier"], "primoStarter", "2026-07-01") for _ in range(4))
    assert await asyncio.gather(*changes) == [[]] * 4
    assert await told(service) == [
        ("2026-02-01", "complementary"), ("2026-07-01", "primoStarter"), ("2027-07-01", "main"),
    ]  # fmt: skip


async def test_a_change_in_the_quarter_of_the_start_holds_from_the_first_day(service: Service) -> None:
    body = await starter(service, category="main")
    assert await change(service, body["dossier"], "primoStarter", "2026-01-01") == []
    assert await told(service) == [("2026-02-01", "main"), ("2026-02-01", "primoStarter"), ("2027-01-01", "main")]
    detail = (await service.get(f"/v1/dossiers/{body['dossier']}")).json()
    assert [one["category"] for one in detail["categories"]] == ["primoStarter", "main"]


async def test_what_was_announced_for_an_ended_affiliation_does_not_come_true_in_the_next(service: Service) -> None:
    first = await starter(service)
    service.clock.day = date(2026, 6, 30)
    report = {"dossier": first["dossier"], "ceasedOn": "2026-06-12", "reason": "cessation"}
    assert (await service.post("/v1/cessations", report)).status_code == 201
    service.clock.day = date(2027, 2, 1)
    ended = (await service.get(f"/v1/dossiers/{first['dossier']}")).json()
    assert (ended["category"], len(ended["categories"])) == ("primoStarter", 1)
    service.clock.day = date(2026, 6, 30)
    again = await declare(service, reference="A-9", startsOn="2026-09-01", category="complementary")
    assert await assess(service, again["applicationId"], today=service.clock.day) == "affiliated"
    assert await told(service) == [
        ("2026-02-01", "primoStarter"), ("2027-01-01", "main"),
        ("2026-09-01", "complementary"), ("2027-01-01", "complementary"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ceased_on", "starts_on", "sickness", "expected"),
    [
        ("2026-06-12", "2026-09-01", 0, [("2026-09-01", "primoStarter")]),  # still the same four quarters
        ("2026-06-12", "2026-10-01", 0, ["category.primoStarterBefore"]),  # a quarter between
        (
            "2026-03-12", "2026-10-01", 2,
            [("2026-10-01", "primoStarter"), ("2027-01-01", "primoStarter"), ("2027-10-01", "main")],
        ),
    ],
)  # fmt: skip
async def test_who_starts_again_is_held_to_what_the_fund_knows(
    service: Service, ceased_on: str, starts_on: str, sickness: int, expected: list[Any]
) -> None:
    first = await starter(service)
    service.clock.day = date(2026, 6, 30)
    report = {"dossier": first["dossier"], "ceasedOn": ceased_on, "reason": "cessation"}
    assert (await service.post("/v1/cessations", report)).status_code == 201
    before = await told(service)
    again = {"reference": "A-9", "category": "primoStarter", "startsOn": starts_on, "sicknessQuarters": sickness}
    if isinstance(expected[0], str):
        answer = await service.post("/v1/applications", declaration(**again))
        assert [issue["type"].rpartition(":")[2] for issue in answer.json()["issues"]] == expected
        return
    body = await declare(service, **again)
    assert await assess(service, body["applicationId"], today=service.clock.day) == "affiliated"
    assert (await told(service))[len(before) :] == expected


@pytest.mark.parametrize(
    ("category", "options", "rules"),
    [
        ("primoStarter", {}, ["category.primoStarterBefore"]),
        ("primoStarter", {"sicknessQuarters": 2}, []),
        ("complementary", {"politicalMandate": True}, ["politicalMandate.category"]),
        ("article37", {"politicalMandate": True}, []),
        ("main", {"oldAgeOptOut": True}, ["oldAgeOptOut.category"]),
        ("spouseMini", {}, ["category.spouseMini"]),  # born in 1985
        ("beyondPensionAge", {}, ["category.pensionAge"]),
        ("student", {}, ["category.studentAge"]),
    ],
)
async def test_a_change_is_refused_by_name(
    service: Service, category: str, options: dict[str, Any], rules: list[str]
) -> None:
    body = await starter(service, category="main")
    assert await change(service, body["dossier"], category, "2026-07-01", **options) == rules


async def test_nobody_helps_themselves(service: Service) -> None:
    dossier = (await starter(service, category="main"))["dossier"]
    assert await change(service, dossier, "spouseMaxi", "2026-07-01", helpedDossier=dossier) == ["helped.self"]


async def test_the_day_of_the_event_gives_the_quarter(service: Service) -> None:
    dossier = (await starter(service, category="main"))["dossier"]
    for _ in range(2):
        answer = await service.post(
            "/v1/categoryChanges", {"dossier": dossier, "category": "complementary", "changedOn": "2026-05-10"}
        )
        assert answer.status_code == 201, answer.text
    answer = await service.post(
        "/v1/categoryChanges", {"dossier": dossier, "category": "main", "changedOn": "2026-08-20"}
    )
    assert answer.status_code == 201, answer.text
    assert await told(service) == [
        ("2026-02-01", "main"), ("2026-07-01", "complementary"), ("2026-07-01", "main"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"category": "main"}, "appliesFrom", "oneOf"),
        ({"category": "main", "appliesFrom": "2026-07-01", "changedOn": "2026-05-10"}, "appliesFrom", "oneOf"),
        ({"category": "student", "changedOn": "2026-05-10"}, "changedOn", "changedOn.category"),
        (
            {
                "category": "spouseMaxi", "appliesFrom": "2026-07-01",
                "helpedDossier": "01900000-0000-7000-8000-000000000009",
            },
            "helpedDossier", "helped.unknown",
        ),
    ],
)  # fmt: skip
async def test_a_change_without_its_day_or_with_an_unknown_person_is_refused(
    service: Service, body: dict[str, Any], field: str, rule: str
) -> None:
    dossier = (await starter(service, category="main"))["dossier"]
    answer = await service.post("/v1/categoryChanges", {"dossier": dossier, **body})
    assert answer.status_code == 400, answer.text
    assert [(issue["name"], issue["type"].rpartition(":")[2]) for issue in answer.json()["issues"]] == [(field, rule)]


async def test_a_file_may_say_more_in_columns_of_its_own(service: Service) -> None:
    lines = (SAMPLES / "people.csv").read_text(encoding="utf-8").splitlines()
    starter_line = next(line for line in lines if ";primoStarter;2026-01-15;" in line)
    content = f"{lines[0]};artist_attestation;sickness_quarters\n{starter_line};yes;\n".encode()
    assert (await service.import_file("people", content)).json()["rowsAccepted"] == 1
    [row] = await service.rows("select application_id from application")
    assert await assess(service, str(row["application_id"])) == "affiliated"
    assert await told(service) == [("2026-01-15", "primoStarter"), ("2028-01-01", "main")]
    unknown = f"{lines[0]};colour\n{starter_line};red\n".encode()
    assert "file.header" in (await service.import_file("people", unknown)).text


async def test_a_file_does_not_make_a_starter_of_who_was_in_main_occupation_here(service: Service) -> None:
    lines = (SAMPLES / "people.csv").read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if ";primoStarter;2026-01-15;" in line)
    earlier = line.replace(";primoStarter;2026-01-15;yes;", ";main;2020-01-15;no;")
    await service.import_file("people", f"{lines[0]}\n{earlier}\n".encode())
    [row] = await service.rows("select application_id, dossier from application")
    await assess(service, str(row["application_id"]))
    report = {"dossier": str(row["dossier"]), "ceasedOn": "2025-12-31", "reason": "cessation"}
    assert (await service.post("/v1/cessations", report)).status_code == 201
    answer = (await service.import_file("people", f"{lines[0]}\n{line}\n".encode())).json()
    assert (answer["rowsAccepted"], answer["rowsRefused"]) == (0, 1)
    [refused] = await service.rows("select breaches from import_refusal")
    assert [breach["rule"] for breach in refused["breaches"]] == ["category.primoStarterBefore"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"category": "article37", "politicalMandate": True}, "politicalMandate"),
        (
            {
                "category": "beyondPensionAge", "oldAgeOptOut": True, "birthDate": "1955-02-01",
                "nationalNumber": "55020190144",
            },
            "oldAgeOptOut",
        ),
    ],
)  # fmt: skip
async def test_what_decides_within_a_category_travels_with_the_facts(
    service: Service, changes: dict[str, Any], field: str
) -> None:
    body = await starter(service, **changes)
    assert await change(service, body["dossier"], changes["category"], "2026-07-01") == []
    rows = await service.rows("select convert_from(body, 'UTF8') as body from outbox order by id")
    assert [json.loads(row["body"])[field] for row in rows] == [True, False]
    detail = (await service.get(f"/v1/dossiers/{body['dossier']}")).json()
    assert [one.get(field) for one in detail["categories"]] == [True, None]
