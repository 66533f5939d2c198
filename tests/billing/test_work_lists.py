"""What people watch: open procedures that nothing will wake, files with refused lines, payers whose money waits."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.billing.app import SUBJECTS
from tests.billing.coda_writer import Line, StatementText, changed, coda
from tests.billing.harness import Service

KINDS = [kind.what for subject in SUBJECTS for kind in subject.open_work]
PAYER = "BE69999000020278"
#: What makes each kind of work open, and the workflow the service starts for it.
REQUESTS: dict[str, tuple[str, dict[str, Any]]] = {
    "billingRuns": ("/v1/billingRuns", {"quarter": "2026Q1"}),
    "billingTrials": ("/v1/billingTrials", {"quarter": "2026Q1"}),
    "quarterClosings": ("/v1/quarterClosings", {"quarter": "2025Q4"}),
    "contributionRequests": (
        "/v1/contributionRequests",
        {"year": 2026, "kind": "reduction", "estimateCents": 1_500_000, "evidence": ["vatReturns"]},
    ),
    "bankOrderRuns": ("/v1/bankOrderRuns", {"kind": "refund"}),
}
#: Work that other work asks for: its row as the store writes it, and the id of its procedure.
ROWS: dict[str, tuple[str, str]] = {
    "regularisationRuns": (
        (
            "insert into regularisation_run values "
            "('01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f', 'c', 'schedule', '2026-01-05', '2026-03-01', 'requested', 1)"
        ),
        "income-regularisation:01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f",
    ),
    "companyContributionRuns": (
        (
            "insert into company_run values ('01932b5c-7d7e-7cc1-a9c0-6a1f0a1d2e3f', 2025, 2, "
            "'company-contribution-2025-2', 'schedule', '2026-01-05', 'billing')"
        ),
        "company-contribution-2025-2",
    ),
    "companyIncreases": (
        (
            "insert into company_increase_run values "
            "('2026-01-01', 'company-increase-2026-01', 'schedule', '2026-01-05', 'requested')"
        ),
        "company-increase-2026-01",
    ),
}
#: How each kind ends.
ENDS = {
    "billingRuns": "update billing_run set status = 'cancelled'",
    "billingTrials": "update billing_trial set status = 'done'",
    "quarterClosings": "update quarter_closing set status = 'incomplete'",
    "contributionRequests": "insert into contribution_request_decision (request_id, outcome, reason, decided_on, "
    "decided_by, input_sha256) select request_id, 'refused', 'evidenceInsufficient', '2026-01-05', 'somebody', "
    "repeat('0', 64) from contribution_request",
    "bankOrderRuns": "update bank_order_run set status = 'nothingDue'",
    "regularisationRuns": "update regularisation_run set status = 'done'",
    "companyContributionRuns": "update company_run set status = 'done'",
    "companyIncreases": "update company_increase_run set status = 'done'",
}


async def _run(service: Service, statement: str) -> None:
    async with service.world.database.transaction() as connection:
        await connection.execute(statement)


async def _sleeping(service: Service, kind: str) -> dict[str, Any]:
    answer = await service.get(f"/v1/{kind}/exceptions", role="operator")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_work_whose_procedure_is_gone_is_named_until_it_ended(service: Service, kind: str) -> None:
    dossier = await service.world.affiliate(income_2023="30000.00")
    assert await _sleeping(service, kind) == {"items": [], "checked": 0}
    if kind in REQUESTS:
        path, body = REQUESTS[kind]
        about = {"dossier": str(dossier)} if kind == "contributionRequests" else {}
        answer = await service.post(path, {**body, **about})
        assert answer.status_code in {201, 202}, answer.text
        (started,) = await service.world.rows("select workflow_id from dispatch where workflow is not null")
        procedure = started["workflow_id"]
        assert await _sleeping(service, kind) == {"items": [], "checked": 1}, "its start is on its way"
        await _run(service, "delete from dispatch")
    else:
        statement, procedure = ROWS[kind]
        await _run(service, statement)
    found = await _sleeping(service, kind)
    ((sleeper,), checked) = found["items"], found["checked"]
    assert (sleeper["workflowId"], sleeper["problems"], checked) == (procedure, ["noLiveProcedure"], 1)
    assert sleeper.get("dossier") == (str(dossier) if kind == "contributionRequests" else None)
    after = f"/v1/{kind}/exceptions?after={sleeper['reference']}"
    assert (await service.get(after, role="operator")).json() == {"items": [], "checked": 0}
    await _run(service, ENDS[kind])
    assert await _sleeping(service, kind) == {"items": [], "checked": 0}


async def test_the_metrics_count_what_sleeps_of_every_kind(service: Service) -> None:
    await service.world.affiliate(income_2023="30000.00")
    assert (await service.post("/v1/billingRuns", {"quarter": "2026Q1"})).status_code == 202
    await _run(service, "delete from dispatch")
    page = ""
    for _ in range(50):
        page = (await service.get("/metrics", role="operator")).text
        if all(f'what="{kind}"' in page for kind in KINDS):
            break
        await asyncio.sleep(0.1)
    counted = {kind: f'auxilia_sleeping{{service="billing",what="{kind}"}} ' for kind in KINDS}
    assert f"{counted['billingRuns']}1.0" in page
    assert f"{counted['quarterClosings']}0.0" in page


@pytest.mark.parametrize("role", ["finance", "affiliationAgent"])
async def test_what_sleeps_is_for_who_looks_after_the_system(service: Service, role: str) -> None:
    assert (await service.get("/v1/billingRuns/exceptions", role=role)).status_code == 403


@pytest.mark.parametrize(
    ("path", "header", "wrong"),
    [
        ("incomes", "file_number;year;income;known_on", "9999;2023;abc;2025-02-30"),
        ("balanceTotals", "file_number;financial_year_end;balance_total;known_on", "9999;2023-13-31;abc;2025-09-01"),
    ],
)
async def test_files_are_listed_with_the_lines_that_were_refused(
    service: Service, path: str, header: str, wrong: str
) -> None:
    whole = await service.upload(f"/v1/{path}/imports", b"nonsense\n", media_type="text/csv")
    assert whole.status_code == 400
    lines = [header, wrong, wrong]
    sent = await service.upload(f"/v1/{path}/imports", "\n".join(lines).encode(), media_type="text/csv")
    assert sent.status_code == 201, sent.text
    newest, oldest = (await service.get(f"/v1/{path}/imports")).json()["items"]
    assert (newest["accepted"], newest["rejected"], newest["receivedBy"]) == (0, 2, "tester")
    assert oldest["refusal"]["rule"] == "header"
    address = f"/v1/{path}/imports/{newest['importId']}"
    assert (await service.get(address)).json() == newest
    rejects = (await service.get(f"{address}/rejects")).json()["items"]
    assert [(one["line"], one["field"], one["rule"]) for one in rejects] == sorted(
        (one["line"], one["field"], one["rule"]) for one in sent.json()["rejects"]
    )
    first = (await service.get(f"{address}/rejects?pageSize=1")).json()
    assert ({one["line"] for one in first["items"]}, first["nextAfterLine"]) == ({2}, 2)
    rest = (await service.get(f"{address}/rejects?afterLine=2")).json()
    assert first["items"] + rest["items"] == rejects
    assert (await service.get(f"/v1/{path}/imports/{uuid4()}/rejects")).status_code == 404


async def test_bank_files_are_listed_with_those_refused(service: Service) -> None:
    content = coda(StatementText(lines=[Line(cents=5_00)]))
    await service.upload("/v1/bankFiles", changed(content, 1, 128, "1"), media_type="text/plain")
    assert (await service.upload("/v1/bankFiles", content, media_type="text/plain")).status_code == 201
    read, refused = (await service.get("/v1/bankFiles")).json()["items"]
    assert (read["status"], read["statements"], read.get("refusal")) == ("read", 1, None)
    assert (refused["status"], refused["refusal"]["line"], refused["refusal"]["rule"]) == ("refused", 1, "version")
    page = (await service.get("/v1/bankFiles?pageSize=1")).json()
    after = (await service.get(f"/v1/bankFiles?afterFileId={page['nextAfterFileId']}")).json()
    assert page["items"] + after["items"] == [read, refused]


async def _excluded(service: Service) -> tuple[UUID, dict[str, Any]]:
    """Undo a match of a payer and return the dossier with the exclusion that follows from it."""
    dossier = await service.world.affiliate(income_2023="30000.00")
    line = Line(cents=7_77, communication="MERCI", counterparty=PAYER)
    await service.upload("/v1/bankFiles", coda(StatementText(lines=[line])), media_type="text/plain")
    (waiting,) = (await service.get("/v1/bankLines/waiting")).json()["items"]
    path = f"/v1/bankLines/{waiting['lineId']}"
    assert (await service.post(f"{path}/match", {"dossier": str(dossier)})).status_code == 200
    assert (await service.post(f"{path}/undoMatch", {})).status_code == 200
    (exclusion,) = (await service.get("/v1/payerExclusions")).json()["items"]
    return dossier, exclusion


async def test_an_exclusion_is_listed_and_lifted_once_by_somebody_who_says_why(service: Service) -> None:
    dossier, exclusion = await _excluded(service)
    assert (exclusion["dossier"], exclusion["accountEnding"], exclusion["notedBy"]) == (str(dossier), "0278", "tester")
    assert PAYER not in (await service.get("/v1/payerExclusions")).text
    path = f"/v1/payerExclusions/{exclusion['exclusionId']}/lifting"
    reason = {"reason": "the daughter pays for both of them"}
    assert (await service.post(path, {"reason": "because"})).status_code == 400
    assert (await service.post(path, reason, role="teamLead")).status_code == 403
    answers = await asyncio.gather(*(service.post(path, reason) for _ in range(3)))
    assert sorted(answer.json()["alreadyLifted"] for answer in answers) == [False, True, True]
    assert (await service.get("/v1/payerExclusions")).json()["items"] == []
    kept = await service.world.rows("select automatic, noted_by, reason from payer_rule order by position")
    assert [(row["automatic"], row["reason"]) for row in kept] == [(False, None), (True, reason["reason"])]
    acts = await service.world.rows(
        "select content::jsonb ->> 'actor' as actor from audit_entry "
        "where dossier = %s and content::jsonb ->> 'action' = 'payerExclusion.lifted'",
        dossier,
    )
    assert [row["actor"] for row in acts] == ["tester"]
    assert (await service.post("/v1/payerExclusions/999999/lifting", reason)).status_code == 404


async def test_reading_exclusions_is_written_down(service: Service) -> None:
    dossier, _ = await _excluded(service)
    reads = await service.world.one(
        "select count(*) from audit_entry where dossier = %s "
        "and content::jsonb ->> 'action' = 'payerExclusions.read' and content::jsonb ->> 'purpose' = 'identifyPayment'",
        dossier,
    )
    assert reads == 1
