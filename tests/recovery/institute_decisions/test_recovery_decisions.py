"""Recording what the institute decided: fines, exemptions, waivers and summonses, each told once."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.recovery.clocks.store import interruptions
from services.recovery.ladder.service.cases import find_case
from services.recovery.ladder.service.picture import contested_quarters, load_picture
from shared.contracts.affiliation_v1 import AffiliationOpened
from shared.contracts.billing_v1 import PrincipalOrigin, PrincipalPart
from shared.contracts.vocabulary import Category, Language
from shared.law.quarter import Quarter
from tests.recovery.harness import Stage
from tests.recovery.people import QUARTER, debtor, overdue
from tests.recovery.planted import planted_case

FINE = {
    "reference": "INASTI/2026/123",
    "infringement": "notAffiliated",
    "committedOn": "2026-05-04",
    "fineCents": 750_00,
    "decidedOn": "2026-08-20",
    "finalOn": "2026-10-20",
}
REPORTS: dict[str, dict[str, Any]] = {
    "fines": FINE,
    "exemptions": {"reference": "D-2026-7", "decidedOn": "2026-10-01", "quarters": ["2026Q2", "2026Q1"]},
    "surchargeWaivers": {
        "reference": "R-2026-9",
        "decidedOn": "2026-10-01",
        "waived": [{"quarter": "2026Q1"}, {"quarter": "2026Q2", "cents": 10_00}],
    },
    "summonses": {"reference": "RG 26/1234/A", "servedOn": "2026-10-05", "quarters": ["2026Q1"]},
}
FACTS = {
    "fines": "recovery.fine-imposed.v1",
    "exemptions": "recovery.exemption-granted.v1",
    "surchargeWaivers": "recovery.surcharges-waived.v1",
    "summonses": "recovery.summons-served.v1",
}


async def _told(desk: Stage, dossier: UUID, type_: str) -> list[dict[str, Any]]:
    rows = await desk.rows("select body from outbox where dossier = %s and type = %s", dossier, type_)
    return [json.loads(bytes(row["body"])) for row in rows]


@pytest.mark.parametrize("path", REPORTS)
async def test_a_decision_is_recorded_and_told_once(desk: Stage, path: str) -> None:
    dossier = await debtor(desk)
    desk.clock.day = date(2026, 11, 3)
    report = {**REPORTS[path], "dossier": str(dossier), "reference": f"{path} {uuid4().hex[:6]}"}
    first = await desk.post(f"/v1/{path}", report, role="teamLead")
    assert first.status_code == 200, first.text
    again = await desk.post(f"/v1/{path}", report, role="teamLead")
    assert (first.json()["recorded"], again.json()["recorded"]) == (True, False)
    assert first.json()["decisionId"] == again.json()["decisionId"]
    other = {**report, ("servedOn" if path == "summonses" else "decidedOn"): "2026-08-19"}
    assert (await desk.post(f"/v1/{path}", other, role="teamLead")).status_code == 409
    (fact,) = await _told(desk, dossier, FACTS[path])
    assert fact["occurredOn"] == "2026-11-03"
    listed = await desk.get(f"/v1/dossiers/{dossier}/instituteDecisions", role="auditor")
    assert [(one["decisionId"], one["reference"]) for one in listed["items"]] == [
        (first.json()["decisionId"], report["reference"])
    ]
    actions = await desk.rows("select action from audit_entry where dossier = %s order by action", dossier)
    assert [row["action"] for row in actions if row["action"].startswith("institute")] == [
        "instituteDecision.read", "instituteDecision.recorded",
    ]  # fmt: skip


async def test_a_fine_says_from_which_quarter_and_under_which_article(desk: Stage) -> None:
    dossier = await debtor(desk)
    desk.clock.day = date(2026, 11, 3)
    await desk.post("/v1/fines", {**FINE, "dossier": str(dossier), "reference": "F 1"}, role="teamLead")
    (fact,) = await _told(desk, dossier, FACTS["fines"])
    assert (fact["quarter"], fact["fineCents"], fact["article"]) == ("2026Q4", 750_00, "AR38 art. 17bis par. 1")


@pytest.mark.parametrize(
    ("path", "wrong", "field"),
    [
        ("fines", {"fineCents": 499_99}, "fineCents"),
        ("fines", {"fineCents": 2000_01}, "fineCents"),
        ("fines", {"finalOn": "2026-10-19"}, "finalOn"),
        ("fines", {"finalOn": "2026-11-04"}, "finalOn"),
        ("fines", {"committedOn": "2026-08-21"}, "committedOn"),
        ("fines", {"infringement": "unregisteredPartner", "committedOn": "2024-06-30"}, "committedOn"),
        ("fines", {"reference": "85073003328"}, "reference"),
        ("exemptions", {"decidedOn": "2026-11-04"}, "decidedOn"),
        ("exemptions", {"quarters": ["2026Q1", "2026Q1"]}, "quarters"),
        ("exemptions", {"quarters": []}, "quarters"),
        ("surchargeWaivers", {"waived": [{"quarter": "2026Q1"}, {"quarter": "2026Q1", "cents": 1}]}, "waived"),
        ("surchargeWaivers", {"waived": [{"quarter": "2026Q1", "cents": 0}]}, "waived/0/cents"),
        ("summonses", {"servedOn": "2026-11-04"}, "servedOn"),
        ("exemptions", {"quarters": ["2026Q1", "2030Q1"]}, "quarters"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(desk: Stage, path: str, wrong: dict[str, Any], field: str) -> None:
    dossier = await debtor(desk)
    desk.clock.day = date(2026, 11, 3)
    report = {**REPORTS[path], "dossier": str(dossier), "reference": f"x {uuid4().hex[:6]}", **wrong}
    answer = await desk.post(f"/v1/{path}", report, role="teamLead")
    assert answer.status_code == 400, answer.text
    assert answer.json()["issues"][0]["name"].replace(".", "/") == field
    assert await _told(desk, dossier, FACTS[path]) == []


@pytest.mark.parametrize(
    ("path", "told", "rule"),
    [
        # The third quarter is due on 30 September (RGS art. 42): a summons of that day can't be about it, the next can.
        ("summonses", {"servedOn": "2026-09-30", "quarters": ["2026Q3"]}, "notDueYet"),
        ("summonses", {"servedOn": "2026-10-01", "quarters": ["2026Q3"]}, None),
        ("summonses", {"servedOn": "2026-05-10", "quarters": ["2026Q1", "2026Q3"]}, "notDueYet"),
        # The activity began on 1 January 2020.
        ("summonses", {"quarters": ["2019Q4"]}, "notAffiliated"),
        ("summonses", {"quarters": ["2020Q1"]}, None),
        # An exemption is of what is owed (AR38 art. 17): the quarter of the decision is the last.
        ("exemptions", {"decidedOn": "2026-09-30", "quarters": ["2026Q3"]}, None),
        ("exemptions", {"decidedOn": "2026-09-30", "quarters": ["2026Q4"]}, "notDueYet"),
        ("exemptions", {"quarters": ["2019Q4"]}, "notAffiliated"),
    ],
)
async def test_only_what_was_owed_is_summoned_for_or_exempted(
    desk: Stage, path: str, told: dict[str, Any], rule: str | None
) -> None:
    dossier = await debtor(desk)
    desk.clock.day = date(2026, 11, 3)
    report = {**REPORTS[path], "dossier": str(dossier), "reference": f"o {uuid4().hex[:6]}", **told}
    answer = await desk.post(f"/v1/{path}", report, role="teamLead")
    assert answer.status_code == (200 if rule is None else 400), answer.text
    assert len(await _told(desk, dossier, FACTS[path])) == (1 if rule is None else 0)
    if rule is not None:
        (issue,) = answer.json()["issues"]
        assert (issue["name"], issue["type"].rsplit(":", 1)[-1]) == ("quarters", rule)


async def test_a_company_is_summoned_for_its_year_and_an_earlier_activity_widens_what_can_be_summoned_for(
    desk: Stage,
) -> None:
    company, person = await debtor(desk, company=True), await debtor(desk)
    await desk.tell(
        AffiliationOpened(
            dossier=person,
            occurred_on=date(2026, 2, 2),
            file_number=1,
            category=Category.MAIN,
            starts_on=date(2019, 10, 1),
            first_activity=False,
            insurer="300",
            language=Language.FRENCH,
        )
    )
    desk.clock.day = date(2026, 11, 3)
    for dossier, quarter, status in (
        (company, "2026Q4", 200), (company, "2027Q4", 400), (person, "2019Q4", 200), (person, "2019Q3", 400),
    ):  # fmt: skip
        report = {"dossier": str(dossier), "reference": f"o {uuid4().hex[:6]}", "servedOn": "2026-10-05"}
        answer = await desk.post("/v1/summonses", {**report, "quarters": [quarter]}, role="teamLead")
        assert answer.status_code == status, (quarter, answer.text)


@pytest.mark.parametrize("path", ["fines", "exemptions", "surchargeWaivers"])
async def test_only_a_team_lead_records_a_decision_about_money(desk: Stage, path: str) -> None:
    report = {**REPORTS[path], "dossier": str(uuid4())}
    assert (await desk.post(f"/v1/{path}", report, role="collectionsAgent")).status_code == 403
    assert (await desk.post(f"/v1/{path}", report, role="teamLead")).status_code == 404


async def test_a_summons_interrupts_the_prescription_of_its_quarters(desk: Stage) -> None:
    dossier = await debtor(desk)
    desk.clock.day = date(2026, 11, 3)
    report = {**REPORTS["summonses"], "dossier": str(dossier), "reference": "RG 26/77/A"}
    assert (await desk.post("/v1/summonses", report, role="collectionsAgent")).status_code == 200
    async with desk.database.transaction() as connection:
        found = [
            [(str(act.kind), act.on) for act in await interruptions(connection, dossier=dossier, quarter=quarter)]
            for quarter in (Quarter(2026, 1), Quarter(2026, 2))
        ]
    assert found == [[("summons", date(2026, 10, 5))], []]


async def test_a_case_shows_when_each_part_of_a_debt_and_its_fine_prescribe(desk: Stage) -> None:
    dossier = await debtor(desk)
    desk.clock.day = date(2026, 11, 3)
    report = {**FINE, "dossier": str(dossier), "reference": "F 2"}
    assert (await desk.post("/v1/fines", report, role="teamLead")).status_code == 200
    parts = (
        PrincipalPart(origin=PrincipalOrigin.PROVISIONAL, claimed_on=date(2026, 10, 5), open_cents=500_00),
        PrincipalPart(origin=PrincipalOrigin.REGULARISATION, claimed_on=date(2028, 5, 20), open_cents=400_00),
    )
    first = overdue(dossier, quarter="2026Q4", on=date(2027, 1, 1)).model_copy(update={"principal_parts": parts[:1]})
    later = overdue(dossier, quarter="2026Q4", on=date(2028, 10, 1)).model_copy(update={"principal_parts": parts})
    await desk.tell(first, later)
    (row,) = await desk.rows("select case_id from recovery_case where dossier = %s", dossier)
    (debt,) = (await desk.get(f"/v1/cases/{row['case_id']}"))["debts"]
    assert (debt["prescribedFrom"], debt["finePrescribedFrom"]) == ("2032-01-01", "2031-10-20")
    assert [(one["origin"], one["openCents"], one["prescribedFrom"]) for one in debt["principalParts"]] == [
        ("provisional", 500_00, "2032-01-01"), ("regularisation", 400_00, "2034-01-01"),
    ]  # fmt: skip


async def test_what_the_debtor_is_summoned_for_goes_on_no_warrant(desk: Stage) -> None:
    planted = await planted_case(desk)
    desk.clock.day = date(2026, 11, 3)
    report = {**REPORTS["summonses"], "dossier": str(planted.dossier), "reference": "RG 26/88/A", "quarters": [QUARTER]}
    async with desk.database.transaction() as connection:
        assert await contested_quarters(connection, case_id=planted.case_id) == frozenset()
    assert (await desk.post("/v1/summonses", report, role="collectionsAgent")).status_code == 200
    async with desk.database.transaction() as connection:
        case = await find_case(connection, case_id=planted.case_id)
        assert case is not None
        picture = await load_picture(connection, case=case, today=desk.clock.day)
        assert await contested_quarters(connection, case_id=planted.case_id) == {Quarter.parse(QUARTER)}
    assert [one.reason for one in picture.obstacles][:1] == ["contested"]
