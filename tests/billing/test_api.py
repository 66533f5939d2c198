"""Billing over HTTP: what is asked, what is refused with field and rule, and who may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.vocabulary import Category
from tests.billing.coda_writer import Line, StatementText, changed, coda
from tests.billing.harness import Service, open_service
from tests.billing.world import World

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.fixture(scope="module")
async def service(world: World) -> AsyncIterator[Service]:
    """The service on the database of this module, with nobody affiliated yet."""
    opened = open_service(world, temporal=None)
    yield opened
    await opened.http.aclose()


async def test_a_run_is_requested_once_and_shows_its_progress(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    first = await service.post("/v1/billingRuns", {"quarter": "2026Q1"})
    again = await service.post("/v1/billingRuns", {"quarter": "2026Q1"})
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["runId"] == again.json()["runId"]
    assert again.json()["alreadyRequested"] is True
    assert await service.world.one("select count(*) from dispatch where workflow = 'QuarterlyBilling'") == 1
    run_id = await service.world.bill("2026Q1")
    shown = (await service.get(f"/v1/billingRuns/{run_id}")).json()
    assert (shown["status"], shown["subjects"], shown["billed"], shown["parked"]) == ("done", 1, 1, 0)
    assert (shown["pages"], shown["pagesDone"], shown["notices"], shown["letters"]) == (1, 1, 1, 0)
    assert (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).json()["status"] == "done"
    assert (await service.open_of(dossier))["totalOpenCents"] == 1718_83


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/v1/billingRuns", {"quarter": "2026Q5"}, "quarter"),
        ("/v1/billingRuns", {"quarter": "2026Q1", "quater": 1}, "quater"),
        ("/v1/quarterClosings", {"quarter": "2026Q4"}, "quarter"),
        ("/v1/openItems/query", {"dossier": "not a dossier"}, "dossier"),
        (
            "/v1/paidQuarters/query",
            {"dossier": str(uuid4()), "fromQuarter": "2026Q2", "toQuarter": "2026Q1"},
            "toQuarter",
        ),
    ],
)
async def test_wrong_input_is_refused_with_its_field(service: Service, path: str, body: object, name: str) -> None:
    answer = await service.post(path, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert [issue["name"] for issue in answer.json()["issues"]] == [name]


async def test_a_dossier_nobody_told_of_is_not_found(service: Service) -> None:
    answer = await service.post("/v1/openItems/query", {"dossier": str(uuid4())})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("path", "role"),
    [("/v1/billingRuns", "collectionsAgent"), ("/v1/bankFiles", "benefitsAgent"), ("/v1/openItems/query", "partner")],
)
async def test_roles_are_asked_for(service: Service, path: str, role: str) -> None:
    assert (await service.post(path, {"quarter": "2026Q1"}, role=role)).status_code == 403


async def test_incomes_are_imported_once_and_rejects_are_named(service: Service) -> None:
    await service.world.affiliate()
    number = service.world.next_file - 1
    lines = [
        "file_number;year;income;known_on",
        f"{number};2023;15000.00;2025-09-01",
        "9999;2023;15000.00;2025-09-01",
        f"{number};2023;15000.005;2025-09-01",
        f"{number};1900;15000.00;2025-09-01",
        f"{number};2023;16000.00;2025-09-01",
        f"{number};2023;15000.00;2025-02-30",
        f"{number};2023",
        f"{number};2022;15000.00;2099-01-01",
        f"{number};2024;15000.00;2023-12-31",
    ]
    content = "\n".join(lines).encode()
    first = await service.upload("/v1/incomes/imports", content, media_type="text/csv")
    assert first.status_code == 201
    assert (first.json()["accepted"], first.json()["rejected"]) == (1, 8)
    assert [(reject["line"], reject["field"], reject["rule"]) for reject in first.json()["rejects"]] == [
        (3, "file_number", "unknownFile"),
        (4, "income", "amount"),
        (5, "year", "range"),
        (6, "income", "contradiction"),
        (7, "known_on", "date"),
        (8, "line", "columns"),
        (9, "known_on", "outOfRange"),
        (10, "known_on", "outOfRange"),
    ]
    again = await service.upload("/v1/incomes/imports", content, media_type="text/csv")
    assert (again.status_code, again.json()["alreadyImported"]) == (200, True)
    assert again.json()["rejects"] == first.json()["rejects"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"file;year\n", "header"), ("file_number;year;income;known_on\né".encode("latin-1"), "encoding")],
)
async def test_an_income_file_that_cannot_be_read_is_refused_whole(service: Service, content: bytes, rule: str) -> None:
    answer = await service.upload("/v1/incomes/imports", content, media_type="text/csv")
    assert answer.status_code == 400
    assert answer.json()["issues"][0]["type"].endswith(rule)
    assert await service.world.one("select count(*) from income_import where content = %s", content) == 1


async def test_a_bank_file_is_read_refused_or_known(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    await service.world.bill("2026Q2", on=date(2026, 4, 5))
    reference = await service.world.reference(dossier, "2026Q2")
    content = coda(StatementText(lines=[Line(cents=1718_83, structured=reference), Line(cents=5_00)]))
    refused = await service.upload("/v1/bankFiles", changed(content, 1, 128, "1"), media_type="text/plain")
    assert refused.status_code == 400
    problem = refused.json()
    assert problem["issues"][0]["name"] == "line[1]"
    assert problem["issues"][0]["type"].endswith("version")
    file_id = problem["detail"].split()[5]
    shown = (await service.get(f"/v1/bankFiles/{file_id}")).json()
    assert (shown["status"], shown["refusal"]["line"], shown["refusal"]["rule"]) == ("refused", 1, "version")

    first = await service.upload("/v1/bankFiles", content, media_type="text/plain")
    assert first.status_code == 201
    assert (first.json()["matched"], first.json()["unmatched"]) == (1, 1)
    again = await service.upload("/v1/bankFiles", content, media_type="text/plain")
    assert (again.status_code, again.json()["alreadyRead"]) == (200, True)
    (task,) = (await service.get("/v1/tasks")).json()["items"]
    assert task["kind"] == "unmatchedPayment"
    matched = await service.post(f"/v1/bankLines/{task['reference']}/match", {"dossier": str(dossier)})
    assert (matched.status_code, matched.json()["alreadyMatched"]) == (200, False)
    assert (await service.open_of(dossier))["creditCents"] == 5_00
    stranger = await service.post(f"/v1/bankLines/{uuid4()}/match", {"dossier": str(dossier)})
    assert stranger.status_code == 409


async def test_a_bank_file_may_be_larger_than_other_bodies(service: Service) -> None:
    large = b"no record\n" + b"x" * (33 * 1024 * 1024)
    other = await service.upload("/v1/incomes/imports", large, media_type="text/csv")
    assert other.status_code == 413
    refused = await service.upload("/v1/bankFiles", large, media_type="text/plain")
    assert (refused.status_code, refused.json()["issues"][0]["name"]) == (400, "line[1]")
    assert await service.world.one("select max(size_bytes) from bank_file") == len(large)


async def test_money_that_waits_is_shown_with_suggestions_and_a_wrong_match_is_undone(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    number = await service.world.one("select file_number from subject where dossier = %s", dossier)
    rows = await service.world.rows(
        "select sequence, new_balance_cents from bank_statement order by position desc limit 1"
    )
    line = Line(cents=7_77, communication=f"DOSSIER {number}", counterparty="BE69999000020278")
    statement = StatementText(lines=[line], sequence=rows[0]["sequence"] + 1, old_cents=rows[0]["new_balance_cents"])
    assert (await service.upload("/v1/bankFiles", coda(statement), media_type="text/plain")).status_code == 201
    waiting = await waiting_line(service, communication=f"DOSSIER {number}")
    assert waiting["amountCents"] == 7_77
    (suggestion,) = waiting["suggestions"]
    assert (suggestion["dossier"], suggestion["reasons"]) == (str(dossier), ["fileNumberInText"])
    path = f"/v1/bankLines/{waiting['lineId']}"
    assert (await service.post(f"{path}/match", {"dossier": str(dossier)})).status_code == 200
    assert (await service.open_of(dossier))["creditCents"] == 7_77
    undone = await service.post(f"{path}/undoMatch", {})
    assert (undone.status_code, undone.json()["alreadyUndone"], undone.json()["dossier"]) == (200, False, str(dossier))
    assert (await service.post(f"{path}/undoMatch", {"excludePayer": True})).json()["alreadyUndone"] is True
    assert (await service.open_of(dossier))["creditCents"] == 0
    assert (await waiting_line(service, communication=f"DOSSIER {number}"))["suggestions"] == []
    assert (await service.post(f"/v1/bankLines/{uuid4()}/undoMatch", {})).status_code == 409
    paid = (await service.post("/v1/payments/query", {"dossier": str(dossier)})).json()["items"]
    assert [(row["lineId"], row["reversal"]) for row in paid] == [(waiting["lineId"], "wrongMatch")]
    returned = await service.post(f"{path}/returnPayment", {"paidLineId": str(uuid4())})
    assert returned.status_code == 409


async def waiting_line(service: Service, *, communication: str) -> dict[str, Any]:
    """Give the line with a communication among those that wait; other tests leave lines too."""
    items = (await service.get("/v1/bankLines/waiting?limit=200")).json()["items"]
    (found,) = [item for item in items if item["communication"] == communication]
    return dict(found)


async def test_a_small_debt_is_given_up_once_and_only_when_the_activity_ended(service: Service) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    claim = {"dossier": str(dossier), "pensionAffected": False}
    refused = await service.post("/v1/smallClaims/giveUp", claim, role="teamLead")
    assert refused.json()["issues"][0]["type"].endswith("stillSubject")
    assert (await service.post("/v1/smallClaims/giveUp", claim)).status_code == 403

    starter = await service.world.affiliate(category=Category.COMPLEMENTARY, starts_on=date(2026, 1, 15))
    await service.world.bill("2026Q1")
    async with service.world.database.transaction() as connection:
        await connection.execute(
            "update activity_period set ceased_on = '2026-02-20', cessation_reason = 'ended' where dossier = %s",
            (starter,),
        )
    service.clock.day = date(2026, 5, 4)
    owed = (await service.open_of(starter))["totalOpenCents"]
    assert 0 < owed < 500_00
    claim["dossier"] = str(starter)
    given_up = await service.post("/v1/smallClaims/giveUp", claim, role="teamLead")
    assert (given_up.status_code, given_up.json()["waivedCents"]) == (200, owed)
    assert (given_up.json()["settled"], given_up.json()["article"]) == (["2026Q1"], "RGS art. 50bis par. 1")
    assert (await service.post("/v1/smallClaims/giveUp", claim, role="teamLead")).json()["alreadyGivenUp"] is True
    assert (await service.open_of(starter))["totalOpenCents"] == 0
    assert (await service.world.facts(starter))[-1] == "billing.debt-settled.v1"


async def test_paid_quarters_count_those_taken_over(service: Service) -> None:
    dossier = await service.world.affiliate(starts_on=date(2025, 4, 1), first_activity=True)
    body = {
        "items": [
            {"dossier": str(dossier), "quarter": "2025Q3", "category": "main", "dueCents": 906_14, "paidCents": 906_14},
            {"dossier": str(dossier), "quarter": "2025Q4", "category": "main", "dueCents": 906_14, "paidCents": 0},
        ]
    }
    taken = await service.post("/v1/takenOverQuarters", body)
    assert (taken.status_code, taken.json()) == (200, {"accepted": 2, "alreadyKnown": 0})
    assert (await service.post("/v1/takenOverQuarters", body)).json()["alreadyKnown"] == 2
    wrong = {**body["items"][0], "paidCents": 906_15}
    assert (await service.post("/v1/takenOverQuarters", {"items": [wrong]})).status_code == 400
    stranger = {**body["items"][0], "dossier": NOBODY}
    refused = await service.post("/v1/takenOverQuarters", {"items": [body["items"][0], stranger]})
    assert [issue["name"] for issue in refused.json()["issues"]] == ["items[1].dossier"]
    await service.world.bill("2026Q3", on=date(2026, 7, 5))
    query = {"dossier": str(dossier), "fromQuarter": "2025Q1", "toQuarter": "2026Q3"}
    answer = await service.post("/v1/paidQuarters/query", query, role="service")
    assert [(item["quarter"], item["status"]) for item in answer.json()["items"]] == [
        ("2025Q1", "notDue"),
        ("2025Q2", "open"),
        ("2025Q3", "paid"),
        ("2025Q4", "open"),
        ("2026Q1", "open"),
        ("2026Q2", "open"),
        ("2026Q3", "open"),
    ]


async def test_a_contribution_is_explained_step_by_step(service: Service) -> None:
    dossier = await service.world.one("select dossier from contribution where quarter = '2026Q1' limit 1")
    answer = await service.get(f"/v1/contributions/{dossier}?language=fr")
    (contribution,) = [item for item in answer.json()["items"] if item["quarter"] == "2026Q1"]
    assert contribution["totalCents"] == 1718_83
    assert contribution["explanation"][0]["text"] == "Vous cotisez comme indépendant à titre principal."
    assert any("contributions.rateBand1" in step["parameters"] for step in contribution["explanation"])
    assert contribution["figures"]["contributionCents"] == "164876"
    assert (await service.get(f"/v1/contributions/{dossier}?language=es")).status_code == 400


async def test_the_trial_balance_adds_up(service: Service) -> None:
    answer = (await service.get("/v1/ledger/trialBalance?asOf=2026-12-31&knownAt=2026-12-31", role="auditor")).json()
    assert answer["sumCents"] == 0
    assert {item["account"] for item in answer["items"]} >= {"bank", "receivable", "contributions"}
    summary = (await service.get("/v1/summary")).json()
    assert summary["ledgerSumCents"] == 0
    assert summary["paymentsMatched"] == 2


async def test_reading_an_account_is_written_down(service: Service) -> None:
    dossier = await service.world.affiliate()
    await service.open_of(dossier)
    query = {"dossier": str(dossier), "purpose": "test"}
    entries = (await service.post("/v1/audit/query", query, role="auditor")).json()["items"]
    assert ("tester", "openItems.read") in {(entry["actor"], entry["action"]) for entry in entries}


async def test_the_document_follows_the_conventions(service: Service) -> None:
    document = (await service.http.get("/v1/doc/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert {"requestBillingRun", "createBankFile", "queryOpenItems", "queryPaidQuarters"} <= set(names)
    for path, media_type in (
        ("/bankFiles", "text/plain"),
        ("/bankFiles", "application/xml"),
        ("/incomes/imports", "text/csv"),
    ):
        body = document["paths"][path]["post"]["requestBody"]
        assert body["content"][media_type]["schema"]["format"] == "binary"
    for operation in operations:
        assert "default" in operation["responses"]
        assert all("_" not in parameter["name"] for parameter in operation.get("parameters", []))


@pytest.mark.parametrize(("today", "status"), [(date(2025, 8, 31), 400), (date(2025, 9, 1), 202)])
async def test_a_quarter_is_billed_from_a_month_before_it(
    service: Service, monkeypatch: pytest.MonkeyPatch, today: date, status: int
) -> None:
    monkeypatch.setattr(service.clock, "day", today)
    answer = await service.post("/v1/billingRuns", {"quarter": "2025Q4"})
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["issues"][0]["type"].endswith("tooFarAhead")


async def test_billing_runs_come_in_pages(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.clock, "day", date(2026, 9, 15))
    for quarter in ("2026Q2", "2026Q3", "2026Q4"):
        assert (await service.post("/v1/billingRuns", {"quarter": quarter})).status_code == 202
    listed = [run["runId"] for run in (await service.get("/v1/billingRuns")).json()["items"]]
    paged: list[str] = []
    after = ""
    while True:
        page = (await service.get(f"/v1/billingRuns?pageSize=2{after}")).json()
        paged += [run["runId"] for run in page["items"]]
        if page.get("nextAfter") is None:
            break
        after = f"&afterRunId={page['nextAfter']}"
    assert len(listed) >= 3
    assert paged == listed
