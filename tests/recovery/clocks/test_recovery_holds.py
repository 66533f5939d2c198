"""What pauses a case and what interrupts prescription, on a real PostgreSQL: nothing happens twice."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from services.recovery.clocks import service as clocks
from services.recovery.clocks.rules.holds import Hold, NewHold
from services.recovery.clocks.rules.prescription import InterruptionKind
from services.recovery.clocks.store import interruptions
from services.recovery.ladder.service import cases
from services.recovery.ladder.service.picture import load_picture
from shared.contracts.benefits_v1 import ClaimDecided, ClaimKind, ClaimOutcome, ClaimReceived
from shared.contracts.billing_v1 import Allocation, PaymentAllocated
from shared.contracts.vocabulary import AmountKind
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
        found = await interruptions(connection, dossier=planted.dossier, quarter=Quarter.parse(QUARTER))
        other = await interruptions(connection, dossier=planted.dossier, quarter=Quarter(2026, 2))
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


async def test_a_hold_ends_after_it_begins_and_is_lifted_once(desk: Stage) -> None:
    planted = await planted_case(desk)
    hold_id = uuid.uuid4()
    async with desk.database.transaction() as connection:
        hold = NewHold(
            hold_id=hold_id,
            case_id=planted.case_id,
            reason="hardship",
            legal_basis="policy",
            starts_on=date(2026, 7, 3),
            until=date(2026, 7, 31),
            placed_by="tester",
        )
        placed = await clocks.place_hold(connection, hold, dossier=planted.dossier)
        assert placed
        for expected in (True, False):
            lifted = await clocks.lift_hold(
                connection,
                case_id=planted.case_id,
                dossier=planted.dossier,
                hold_id=hold_id,
                lifted_on=date(2026, 7, 10),
                lifted_by="tester",
            )
            assert lifted is expected
