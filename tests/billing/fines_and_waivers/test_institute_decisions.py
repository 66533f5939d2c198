"""Fines, waivers and summonses that recovery tells, in the books: each once, and what closings do with them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.billing.accounts import service as accounts
from services.billing.certificates import service as certificates
from services.billing.explanations import service as explanations
from services.billing.explanations.rules import Charge, explain_charge
from services.billing.fines_and_waivers.service import apply_surcharge_waiver, charge_fine
from services.billing.reliefs.service import apply_exemption
from services.billing.titles.service import serve_summons, serve_warrant
from shared.contracts.billing_v1 import DebtOverdue, DebtSettled, ReliefApplied, SettledBy, SurchargesTakenBack
from shared.contracts.recovery_v1 import (
    ExemptionGranted,
    FineImposed,
    SummonsServed,
    SurchargesWaived,
    WaivedSurcharges,
    WarrantServed,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from tests.billing.lateness.test_closings import _pay
from tests.billing.world import SEVEN_PERCENT, World

PRINCIPAL, FEE = 1648_76, 70_07  # see test_billing_runs
THREE = 49_46


async def _twice(world: World, handle: Any, fact: Any, booked_on: date) -> None:
    for _ in range(2):
        async with world.database.transaction() as connection:
            await handle(connection, fact=fact, booked_on=booked_on, interest_rate=SEVEN_PERCENT)


def _fine(dossier: UUID) -> FineImposed:
    return FineImposed(
        dossier=dossier,
        occurred_on=date(2026, 5, 4),
        fine_id=uuid4(),
        quarter="2026Q2",
        fine_cents=500_00,
        article="AR38 art. 17bis par. 1",
        decided_on=date(2026, 2, 20),
        final_on=date(2026, 4, 21),
    )


def _waiver(dossier: UUID, cents: int | None) -> SurchargesWaived:
    return SurchargesWaived(
        dossier=dossier,
        occurred_on=date(2026, 5, 4),
        decision_id=uuid4(),
        waived=(WaivedSurcharges(quarter="2026Q1", cents=cents),),
        article="RGS art. 48",
    )


def _summons(dossier: UUID, served_on: date) -> SummonsServed:
    return SummonsServed(
        dossier=dossier, occurred_on=served_on, summons_id=uuid4(), served_on=served_on, quarters=("2026Q1",)
    )


def _warrant(dossier: UUID, served_on: date) -> WarrantServed:
    return WarrantServed(
        dossier=dossier,
        occurred_on=served_on,
        case_id=uuid4(),
        warrant_id=uuid4(),
        served_on=served_on,
        quarters=("2026Q1",),
    )


@pytest.fixture(scope="module")
async def debtors(world: World) -> dict[str, UUID]:
    """People who owe 2026Q1, what was decided about them before its second closing, and after."""
    names = (
        "unpaid", "fined", "finedPaid", "waived", "waivedPaid", "waivedAlone", "waivedRest", "summoned",
        "summonedLastDay", "summonedNextDay", "warranted", "both",
    )  # fmt: skip
    people = {name: await world.affiliate(income_2023="30000.00") for name in names}
    await world.bill("2026Q1")
    await _pay(world, people["finedPaid"], PRINCIPAL + FEE, date(2026, 2, 1), date(2026, 2, 2), "2026Q1")
    # A day late: the closing charges 3 %, and nothing else is open.
    await _pay(world, people["waivedAlone"], PRINCIPAL + FEE, date(2026, 4, 1), date(2026, 4, 1), "2026Q1")
    await world.close("2026Q1")
    for name in ("fined", "finedPaid"):
        await _twice(world, charge_fine, _fine(people[name]), date(2026, 5, 4))
    await _pay(world, people["waivedPaid"], PRINCIPAL + FEE + THREE, date(2026, 4, 10), date(2026, 4, 11), "2026Q1")
    await _pay(world, people["waivedRest"], PRINCIPAL + FEE + 9_46, date(2026, 4, 10), date(2026, 4, 11), "2026Q1")
    await _pay(world, people["waivedRest"], 30_00, date(2026, 4, 12), date(2026, 4, 13), "2026Q1")
    await _twice(world, apply_surcharge_waiver, _waiver(people["waived"], 9_46), date(2026, 5, 5))
    await _twice(world, apply_surcharge_waiver, _waiver(people["waivedPaid"], None), date(2026, 5, 5))
    await _twice(world, apply_surcharge_waiver, _waiver(people["waivedAlone"], None), date(2026, 5, 5))
    await _twice(world, apply_surcharge_waiver, _waiver(people["waivedRest"], None), date(2026, 5, 5))
    await _twice(world, serve_summons, _summons(people["summoned"], date(2026, 4, 1)), date(2026, 4, 3))
    await world.close("2026Q2")
    await _twice(world, serve_summons, _summons(people["summonedLastDay"], date(2026, 6, 30)), date(2026, 7, 3))
    await _twice(world, serve_summons, _summons(people["summonedNextDay"], date(2026, 7, 1)), date(2026, 7, 3))
    await _twice(world, serve_warrant, _warrant(people["warranted"], date(2026, 6, 30)), date(2026, 7, 3))
    await _twice(world, serve_warrant, _warrant(people["both"], date(2026, 7, 2)), date(2026, 7, 3))
    await _twice(world, serve_summons, _summons(people["both"], date(2026, 6, 29)), date(2026, 7, 4))
    await world.close("2026Q3")
    return people


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("unpaid", {"2026Q1": THREE, "2026Q2": THREE, "2026Q3": THREE}),
        # Summoned on the first day of the second quarter: the first one bears the last 3 % (RGS art. 44 par. 1).
        ("summoned", {"2026Q1": THREE}),
        # On the last day of a quarter and told after its closing: that 3 % is taken back.
        ("summonedLastDay", {"2026Q1": THREE, "2026Q2": 0}),
        ("warranted", {"2026Q1": THREE, "2026Q2": 0}),
        # A day later the second quarter stays.
        ("summonedNextDay", {"2026Q1": THREE, "2026Q2": THREE}),
        # The earlier of a warrant and a summons counts.
        ("both", {"2026Q1": THREE, "2026Q2": 0}),
    ],
)
async def test_a_summons_freezes_as_a_warrant_does(
    world: World, debtors: dict[str, UUID], name: str, left: dict[str, int]
) -> None:
    rows = await world.rows(
        "select s.closing, s.surcharge_cents - coalesce(sum(c.surcharge_cents), 0)::bigint as cents from surcharge s "
        "left join surcharge_correction c using (dossier, quarter, closing, kind) where s.dossier = %s "
        "group by s.closing, s.surcharge_cents order by s.closing",
        debtors[name],
    )
    assert {row["closing"]: row["cents"] for row in rows} == left


async def test_a_fine_is_told_as_overdue_and_paid_before_what_the_reference_names(
    world: World, debtors: dict[str, UUID]
) -> None:
    assert (await world.open_items(debtors["fined"]))["2026Q2", "fine"] == 500_00
    await _pay(world, debtors["fined"], 600_00, date(2026, 10, 20), date(2026, 10, 21), "2026Q1")
    assert (await world.open_items(debtors["fined"]))["2026Q2", "fine"] == 0
    rows = await world.rows(
        "select body from outbox where dossier = %s and type = %s order by sequence",
        debtors["finedPaid"],
        DebtOverdue.type,
    )
    # The contributions were paid: the fine alone is told, at the closing of its quarter and of the one after.
    told = [DebtOverdue.model_validate_json(bytes(row["body"])) for row in rows]
    assert [[(one.quarter, str(one.kind), one.open_cents) for one in fact.amounts] for fact in told] == [
        [("2026Q2", "fine", 500_00)]
    ] * 2


async def test_a_waiver_of_surcharges_leaves_the_contribution(world: World, debtors: dict[str, UUID]) -> None:
    open_items = await world.open_items(debtors["waived"])
    assert open_items["2026Q1", "surcharge"] == 3 * THREE - 9_46
    assert open_items["2026Q1", "principal"] == PRINCIPAL
    told = await world.facts(debtors["waived"])
    assert told.count(SurchargesTakenBack.type) == 1
    # Nothing of the contribution was waived: whoever takes a relief for an unpaid quarter must not hear of one.
    assert ReliefApplied.type not in told


async def test_what_was_paid_of_waived_surcharges_is_a_credit(world: World, debtors: dict[str, UUID]) -> None:
    assert set((await world.open_items(debtors["waivedPaid"])).values()) == {0}
    credit = await world.one("select credit_cents from dossier_credit where dossier = %s", debtors["waivedPaid"])
    assert credit == THREE


@pytest.mark.parametrize(
    ("name", "settled_on"),
    [
        # The contribution was paid on 1 April; the waiver of the 3 % settles the quarter by that payment.
        ("waivedAlone", date(2026, 4, 1)),
        # 49.46 of surcharge was paid before the contribution was whole: freed on 5 May, it pays the rest.
        ("waivedRest", date(2026, 5, 5)),
    ],
)
async def test_a_quarter_whose_contribution_was_paid_is_never_settled_by_a_waiver(
    world: World, debtors: dict[str, UUID], name: str, settled_on: date
) -> None:
    rows = await world.rows("select body from outbox where dossier = %s and type = %s", debtors[name], DebtSettled.type)
    told = [DebtSettled.model_validate_json(bytes(row["body"])) for row in rows]
    assert {(one.settled_by, one.settled_on) for one in told} == {(SettledBy.PAYMENT, settled_on)}
    assert set((await world.open_items(debtors[name])).values()) == {0}


async def test_the_books_add_up_after_all_this(world: World, debtors: dict[str, UUID]) -> None:
    assert debtors
    assert await world.rows("select entry_id from journal_line group by entry_id having sum(cents) <> 0") == []
    wrong = await world.rows(
        "select * from open_item where open_cents < 0 or paid_cents < 0 or waived_cents < 0 "
        "or open_cents <> charged_cents - paid_cents - waived_cents"
    )
    assert wrong == []


async def test_each_charge_is_explained_and_they_add_up_to_the_books(world: World, debtors: dict[str, UUID]) -> None:
    # Interest of a summons runs until the payment: from 1 April to 12 June 2026 are 72 days, 22.77 on 1,648.76.
    await _pay(world, debtors["summoned"], 100_00, date(2026, 6, 12), date(2026, 10, 22), "2026Q1")
    found: dict[str, set[str]] = {}
    for name, dossier in debtors.items():
        async with world.database.transaction() as connection:
            explained = await explanations.everything_of(connection, dossier=dossier)
        for quarter in explained.values():
            charged = sum(one.amount_cents for one in quarter.amounts)
            assert charged == quarter.balance.charged_cents, name
        amounts = [one for quarter in explained.values() for one in quarter.amounts]
        charges = [one.row for one in amounts if isinstance(one.row, Charge)]
        for one in charges:
            steps = explain_charge(one, language="nl")
            assert sum(step.amount_cents or 0 for step in steps) == one.amount_cents, name
        if name == "summoned":
            (interest,) = [one for one in charges if one.kind == "interest"]
            assert [step.text for step in explain_charge(interest, language="en")] == [
                "Interest of 7 % a year on 1,648.76\u00a0EUR, from 2026-04-01 to 2026-06-12: 72 day(s) of 365."
            ]
        found[name] = {one.kind for one in amounts}
    assert "fine" in found["fined"]
    assert "interest" in found["summoned"]
    assert (
        await world.one("select interest_cents from interest_booked where dossier = %s", debtors["summoned"]) == 22_77
    )


async def test_a_fine_is_told_apart_and_has_the_day_it_was_charged(world: World) -> None:
    """Open are 3 % of 1,648.76, 49.46, of 31 December, 7 %, 115.41, of 1 January, and a fine of 500.00 of 4 May."""
    fined = await world.affiliate(income_2023="30000.00")
    await world.bill("2026Q4")
    await world.close("2026Q4")
    await _twice(world, charge_fine, _fine(fined), date(2027, 1, 4))
    async with world.database.transaction() as connection:
        standing = await certificates.standing(connection, dossier=fined, first_year=2026, on=date(2027, 1, 5))
        charged_on = await accounts.charged_on(connection, dossier=fined)
    assert standing is not None
    assert standing.fines_open_cents == 500_00
    assert standing.accessories_open_cents == 500_00 + THREE + 115_41
    assert charged_on[Quarter.parse("2026Q2"), AmountKind.FINE] == date(2026, 5, 4)
    # The surcharges of two days have no day of their own.
    assert (Quarter.parse("2026Q4"), AmountKind.SURCHARGE) not in charged_on


async def test_a_decision_about_a_quarter_that_was_not_due_leaves_it_and_asks_a_person(world: World) -> None:
    dossier = await world.affiliate(income_2023="30000.00")
    # Due on 31 March and on 30 June (RGS art. 42); of the exemption the second quarter had begun, the third had not.
    summons = _summons(dossier, date(2026, 4, 1)).model_copy(update={"quarters": ("2026Q1", "2026Q2")})
    exemption = ExemptionGranted(
        dossier=dossier,
        occurred_on=date(2026, 4, 1),
        decision_id=uuid4(),
        quarters=("2026Q2", "2026Q3", "2030Q1"),
        article="AR38 art. 17",
    )
    never = exemption.model_copy(update={"decision_id": uuid4(), "quarters": ("2030Q2",)})
    await _twice(world, serve_summons, summons, date(2026, 4, 2))
    for fact in (exemption, never):
        await _twice(world, apply_exemption, fact, date(2026, 4, 2))
    for table, quarter in (("summons_served", "2026Q1"), ("relief", "2026Q2")):
        rows = await world.rows(f"select quarter from {table} where dossier = %s", dossier)
        assert [row["quarter"] for row in rows] == [quarter]
    tasks = await world.rows("select kind, reference, details from task where dossier = %s", dossier)
    assert {(task["kind"], task["reference"]): task["details"]["quarters"] for task in tasks} == {
        ("decisionBeforeDue", str(summons.summons_id)): ["2026Q2"],
        ("decisionBeforeDue", str(exemption.decision_id)): ["2026Q3", "2030Q1"],
        ("decisionBeforeDue", str(never.decision_id)): ["2030Q2"],
    }
