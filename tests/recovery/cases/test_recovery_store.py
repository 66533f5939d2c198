"""Facts and rows on a real PostgreSQL: nothing happens twice, nothing of the proof is ever rewritten."""

from __future__ import annotations

import uuid
from datetime import date

import psycopg
import pytest

from services.recovery.clocks.rules.holds import Hold
from services.recovery.clocks.rules.prescription import InterruptionKind
from services.recovery.clocks.store import holds
from services.recovery.debts.store.debtors import find_debtor
from services.recovery.ladder.rules.picture import Step
from services.recovery.ladder.service import cases
from services.recovery.ladder.service.picture import load_picture
from services.recovery.ladder.store import steps
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.benefits_v1 import ClaimDecided, ClaimKind, ClaimOutcome, ClaimReceived
from shared.contracts.billing_v1 import Allocation, PaymentAllocated
from shared.contracts.recovery_v1 import CaseOutcome
from shared.contracts.vocabulary import AmountKind, Category
from shared.law.quarter import Quarter
from tests.recovery.harness import Stage
from tests.recovery.people import QUARTER, debtor, overdue
from tests.recovery.planted import planted_case


def received(dossier: uuid.UUID, claim: uuid.UUID) -> ClaimReceived:
    """Return the fact that a claim came in on 1 April."""
    return ClaimReceived(
        dossier=dossier,
        occurred_on=date(2026, 4, 1),
        claim_id=claim,
        kind=ClaimKind.DROIT_PASSERELLE,
        decide_before=date(2026, 8, 1),
    )


def decided(dossier: uuid.UUID, claim: uuid.UUID, outcome: ClaimOutcome) -> ClaimDecided:
    """Return the fact that a claim was decided on 20 May."""
    return ClaimDecided(
        dossier=dossier,
        occurred_on=date(2026, 5, 20),
        claim_id=claim,
        kind=ClaimKind.DROIT_PASSERELLE,
        outcome=outcome,
    )


async def test_the_same_overdue_fact_opens_one_case(desk: Stage) -> None:
    dossier = await debtor(desk)
    for _ in range(3):
        await desk.tell(overdue(dossier))
    assert len(await desk.rows("select 1 from recovery_case where dossier = %s", dossier)) == 1
    assert len(await desk.rows("select 1 from dispatch where workflow is not null and dossier = %s", dossier)) == 1
    assert len(await desk.facts("case-opened", dossier)) == 1


async def test_a_second_quarter_joins_the_case_and_wakes_it(desk: Stage) -> None:
    dossier = await debtor(desk)
    await desk.tell(overdue(dossier), overdue(dossier, quarter="2026Q2", on=date(2026, 7, 1)))
    quarters = await desk.rows(
        "select quarter from case_debt join recovery_case using (case_id) where dossier = %s order by quarter", dossier
    )
    assert [row["quarter"] for row in quarters] == ["2026Q1", "2026Q2"]
    signals = await desk.rows("select signal from dispatch where signal is not null and dossier = %s", dossier)
    assert signals == [{"signal": "debts_changed"}]


async def test_a_case_is_not_closed_on_facts_that_are_older_than_its_debts(desk: Stage) -> None:
    dossier = await debtor(desk)
    await desk.tell(overdue(dossier))
    async with desk.database.transaction() as connection:
        [case_id] = await cases.open_cases_of(connection, dossier=dossier)
        before = await cases.find_case(connection, case_id=case_id)
    assert before is not None
    await desk.tell(overdue(dossier, quarter="2026Q2", on=date(2026, 7, 1)))
    async with desk.database.transaction() as connection:
        assert not await cases.close_case(
            connection, case_id=case_id, version=before.version, outcome=CaseOutcome.PAID, today=date(2026, 7, 1)
        )


async def test_a_claim_that_came_before_the_case_pauses_it_from_its_first_day(desk: Stage) -> None:
    dossier = await debtor(desk)
    claim = uuid.uuid4()
    await desk.tell(received(dossier, claim), overdue(dossier))
    [hold] = await desk.rows("select reason, starts_on, ends_before from hold where claim_id = %s", claim)
    assert hold == {"reason": "rightPending", "starts_on": date(2026, 4, 1), "ends_before": date(2026, 8, 2)}
    assert len(await desk.facts("hold-placed", dossier)) == 1


@pytest.mark.parametrize(
    ("outcome", "lifted_on"),
    [(ClaimOutcome.REFUSED, date(2026, 5, 20)), (ClaimOutcome.GRANTED, date(2026, 5, 21))],
)
async def test_a_decision_lifts_the_hold_and_a_grant_leaves_billing_a_day(
    desk: Stage, outcome: ClaimOutcome, lifted_on: date
) -> None:
    dossier = await debtor(desk)
    claim = uuid.uuid4()
    await desk.tell(overdue(dossier), received(dossier, claim), received(dossier, claim))
    assert len(await desk.rows("select 1 from hold where claim_id = %s", claim)) == 1
    await desk.tell(decided(dossier, claim, outcome), decided(dossier, claim, outcome))
    [hold] = await desk.rows("select lifted_on from hold where claim_id = %s", claim)
    assert hold == {"lifted_on": lifted_on}
    assert len(await desk.facts("hold-lifted", dossier)) == 1
    assert await desk.rows("select 1 from pending_right where decided_on is null and claim_id = %s", claim) == []


async def test_recovery_stands_still_until_the_decision_however_long_it_takes(desk: Stage) -> None:
    dossier = await debtor(desk)
    claim = uuid.uuid4()
    await desk.tell(overdue(dossier), received(dossier, claim))

    async def holds_on(day: date) -> tuple[Hold, ...]:
        async with desk.database.transaction() as connection:
            [case_id] = await cases.open_cases_of(connection, dossier=dossier)
            case = await cases.find_case(connection, case_id=case_id)
            assert case is not None
            return (await load_picture(connection, case=case, today=day)).holds

    # The claim was to be decided by 1 August; on 20 September it is still examined.
    [on_time] = await holds_on(date(2026, 6, 15))
    assert on_time.ends_before == date(2026, 8, 2)
    [late] = await holds_on(date(2026, 9, 20))
    assert late.covers(date(2026, 9, 20))
    await desk.tell(
        ClaimDecided(
            dossier=dossier,
            occurred_on=date(2026, 9, 25),
            claim_id=claim,
            kind=ClaimKind.DROIT_PASSERELLE,
            outcome=ClaimOutcome.REFUSED,
        )
    )
    # All days up to the decision were days of the hold: none of them counts as time to react.
    [ended] = await holds_on(date(2026, 10, 1))
    assert (ended.starts_on, ended.ends_before) == (date(2026, 4, 1), date(2026, 9, 25))


async def test_a_case_that_opens_after_the_last_day_of_a_claim_is_paused_too(desk: Stage) -> None:
    dossier = await debtor(desk)
    claim = uuid.uuid4()
    await desk.tell(received(dossier, claim), overdue(dossier, on=date(2026, 10, 1)))
    [hold] = await desk.rows("select starts_on from hold where claim_id = %s", claim)
    assert hold == {"starts_on": date(2026, 10, 1)}


async def test_an_act_of_an_earlier_case_still_interrupts_the_prescription_of_its_quarter(desk: Stage) -> None:
    planted = await planted_case(desk)
    async with desk.database.transaction() as connection:
        await connection.execute(
            "update recovery_case set status = 'closed', accepts_debts = false, outcome = 'paid', "
            "closed_on = '2026-09-02', remaining_days = null where case_id = %s",
            (planted.case_id,),
        )
    # The payment is taken back: the quarter is overdue again, in a case of its own.
    await desk.tell(overdue(planted.dossier, on=date(2026, 10, 1)))
    async with desk.database.transaction() as connection:
        found = await steps.interruptions(connection, dossier=planted.dossier, quarter=Quarter.parse(QUARTER))
        other = await steps.interruptions(connection, dossier=planted.dossier, quarter=Quarter(2026, 2))
    assert [(act.kind, act.on) for act in found] == [(InterruptionKind.REGISTERED_LETTER, date(2026, 6, 29))]
    assert other == []


async def test_a_part_payment_interrupts_prescription_and_wakes_the_case(desk: Stage) -> None:
    planted = await planted_case(desk)
    payment = PaymentAllocated(
        dossier=planted.dossier,
        occurred_on=date(2028, 3, 16),
        payment_id=uuid.uuid4(),
        value_date=date(2028, 3, 15),
        amount_cents=10_000,
        allocations=(Allocation(quarter=QUARTER, kind=AmountKind.PRINCIPAL, cents=10_000),),
        remaining_open_cents=85_497,
    )
    await desk.tell(payment, payment)
    case = await desk.get(f"/v1/cases/{planted.case_id}")
    [debt] = case["debts"]
    assert debt["prescribedFrom"] == "2033-03-16"
    assert len(await desk.rows("select 1 from debtor_payment where dossier = %s", planted.dossier)) == 1


async def test_a_change_of_category_counts_from_its_own_day(desk: Stage) -> None:
    dossier = await debtor(desk)
    for category, day in ((Category.COMPLEMENTARY, date(2026, 7, 1)), (Category.PENSIONER, date(2026, 4, 1))):
        await desk.tell(
            AffiliationCategoryChanged(dossier=dossier, occurred_on=day, category=category, applies_from=day)
        )
    on_days = {}
    async with desk.database.transaction() as connection:
        for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 1)):
            found = await find_debtor(connection, dossier=dossier, on=day)
            assert found is not None
            on_days[day] = found.category
    # The change that was told last but applies first did not undo the newer one.
    assert on_days == {
        date(2026, 3, 31): Category.MAIN,
        date(2026, 4, 1): Category.PENSIONER,
        date(2026, 6, 30): Category.PENSIONER,
        date(2026, 7, 1): Category.COMPLEMENTARY,
    }


async def test_a_step_is_written_once_with_the_days_since_the_one_before(desk: Stage) -> None:
    planted = await planted_case(desk)
    async with desk.database.transaction() as connection:
        for step, day in ((Step.REMINDER, date(2026, 4, 14)), (Step.STATEMENT, date(2026, 5, 15))):
            for expected in (True, False):
                written = await steps.record_step(
                    connection,
                    case_id=planted.case_id,
                    step=step,
                    attempt=1,
                    done_on=day,
                    article="policy",
                    evidence={},
                )
                assert written is expected
    rows = await desk.rows("select elapsed_days from case_step where case_id = %s order by position", planted.case_id)
    assert [row["elapsed_days"] for row in rows] == [13, 31]


@pytest.mark.parametrize("table", ["case_step", "contact", "warrant", "contest", "partner_report", "case_debt"])
@pytest.mark.parametrize("change", ["update {table} set case_id = case_id", "delete from {table}", "truncate {table}"])
async def test_the_proof_is_never_changed(desk: Stage, table: str, change: str) -> None:
    if table == "partner_report":
        change = change.replace("case_id = case_id", "partner = partner")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with desk.database.transaction() as connection:
            await connection.execute(change.format(table=table))


async def test_a_hold_ends_after_it_begins_and_is_lifted_once(desk: Stage) -> None:
    planted = await planted_case(desk)
    hold_id = uuid.uuid4()
    async with desk.database.transaction() as connection:
        placed = await holds.place_hold(
            connection,
            hold_id=hold_id,
            case_id=planted.case_id,
            reason="hardship",
            legal_basis="policy",
            starts_on=date(2026, 7, 3),
            until=date(2026, 7, 31),
            placed_by="tester",
        )
        assert placed is not None
        for expected in (True, False):
            lifted = await holds.lift_hold(
                connection, case_id=planted.case_id, hold_id=hold_id, lifted_on=date(2026, 7, 10), lifted_by="tester"
            )
            assert (lifted is not None) is expected
