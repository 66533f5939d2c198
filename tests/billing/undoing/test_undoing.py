"""Payments that are undone on a real database: a wrong match, money the bank takes back, and what others are told."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import pytest

from services.billing.accounts import store as accounts
from services.billing.matching.rules import Suggested
from services.billing.matching.service import matching, suggestions
from services.billing.matching.service.matching import PaymentNotUnmatched
from services.billing.undoing.rules import CreditSpent
from services.billing.undoing.service import reversals
from services.billing.undoing.service.reversals import Act, PaymentNotMatched, ReturnNotPossible
from shared.contracts.billing_v1 import DebtOverdue, PaymentReversed
from shared.law.quarter import Quarter
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.world import SEVEN_PERCENT, World

DAY = date(2026, 3, 17)
SOMEBODY = Act(done_by="somebody", booked_on=DAY, interest_rate=SEVEN_PERCENT, tasks_due_on=DAY)
#: Least contribution in main occupation with its fee, see test_billing_runs.
TOTAL = 928_26
PAYER = "BE69999000020278"
OTHER_PAYER = "BE58999000030379"
THIRD_PAYER = "BE47999000040480"


async def _billed(world: World) -> tuple[UUID, str]:
    dossier = await world.affiliate(starts_on=date(2026, 1, 15), told_on=date(2026, 1, 10), first_activity=True)
    await world.bill("2026Q1")
    return dossier, await world.reference(dossier, "2026Q1")


async def _receive(world: World, *lines: Line, on: date = DAY) -> list[UUID]:
    """Read a statement that follows the last one and return the ids of its lines."""
    rows = await world.rows("select sequence, new_balance_cents from bank_statement order by position desc limit 1")
    sequence, old = (rows[0]["sequence"] + 1, rows[0]["new_balance_cents"]) if rows else (1, 0)
    read = await world.read_bank_file(coda(StatementText(lines=list(lines), sequence=sequence, old_cents=old)), on=on)
    assert read.refusal is None
    found = await world.rows(
        "select line_id from bank_line where statement_id = %s order by ordinal", read.statements[0].statement_id
    )
    return [row["line_id"] for row in found]


async def _undo(world: World, line: UUID, *, exclude_payer: bool = True) -> reversals.Undone | None:
    async with world.database.transaction() as connection:
        return await reversals.undo_match(connection, line=line, exclude_payer=exclude_payer, act=SOMEBODY)


async def _match(world: World, line: UUID, dossier: UUID) -> int:
    async with world.database.transaction() as connection:
        quarter = Quarter.parse("2026Q1")
        return len(await matching.match_line(connection, line=line, dossier=dossier, quarter=quarter, act=SOMEBODY))


async def _waiting(world: World, line: UUID) -> list[Suggested]:
    async with world.database.transaction() as connection:
        found = await suggestions.waiting_lines(connection, after=None, limit=200)
    (suggested,) = [suggested for waiting, suggested in found if waiting.line_id == line]
    return suggested


async def _account(world: World, name: str) -> int:
    return int(await world.one("select coalesce(sum(cents), 0)::bigint from journal_line where account = %s", name))


async def test_a_wrong_match_is_undone_and_the_money_goes_to_whom_it_was_meant_for(world: World) -> None:
    wrong, reference = await _billed(world)
    right, _ = await _billed(world)
    (line,) = await _receive(world, Line(cents=TOTAL, structured=reference, counterparty=PAYER))
    suspense = await _account(world, "suspense")
    undone = await _undo(world, line)
    assert undone is not None
    assert undone.reopened == (Quarter.parse("2026Q1"),)
    assert await world.open_items(wrong) == {("2026Q1", "fee"): 37_84, ("2026Q1", "principal"): 890_42}
    assert await _account(world, "suspense") == suspense - TOTAL
    assert (await world.facts(wrong))[-1] == PaymentReversed.type
    assert await _undo(world, line) is None
    assert await _match(world, line, right) == 1
    assert await _match(world, line, right) == 0
    assert set((await world.open_items(right)).values()) == {0}
    with pytest.raises(PaymentNotUnmatched):
        await _match(world, line, wrong)
    tasks = await world.rows(
        "select resolution from task where kind = 'unmatchedPayment' and reference like %s", f"{line}%"
    )
    assert [task["resolution"] for task in tasks] == ["matched"]
    assert await world.one("select count(*) from payment where line_id = %s", line) == 2


async def test_the_next_money_of_that_payer_waits_for_a_person(world: World) -> None:
    dossier, reference = await _billed(world)
    other, _ = await _billed(world)
    (line,) = await _receive(world, Line(cents=100_00, structured=reference, counterparty=THIRD_PAYER))
    await _undo(world, line)
    again, stranger = await _receive(
        world,
        Line(cents=100_00, structured=reference, counterparty=THIRD_PAYER),
        Line(cents=50_00, structured=reference, counterparty=OTHER_PAYER),
    )
    assert await world.one("select treatment from bank_line where line_id = %s", again) == "suspense"
    assert await world.one("select dossier from payment where line_id = %s", stranger) == dossier
    assert dossier not in [one.dossier for one in await _waiting(world, again)]
    await _match(world, line, other)
    assert [(one.dossier, one.reasons) for one in await _waiting(world, again)] == [(other, ("payerPaidBefore",))]
    async with world.database.transaction() as connection:
        await reversals.note_payer(
            connection, account=THIRD_PAYER, dossier=dossier, automatic=True, noted_on=DAY, noted_by="somebody"
        )
    (third,) = await _receive(world, Line(cents=1_00, structured=reference, counterparty=THIRD_PAYER))
    assert await world.one("select dossier from payment where line_id = %s", third) == dossier


async def test_what_a_payment_left_as_credit_is_taken_back_with_its_uses(world: World) -> None:
    dossier, reference = await _billed(world)
    (line,) = await _receive(world, Line(cents=TOTAL + 28_26, structured=reference))
    await world.bill("2026Q2", on=date(2026, 4, 5))
    assert sum((await world.open_items(dossier)).values()) == TOTAL - 28_26
    undone = await _undo(world, line)
    assert undone is not None
    assert sum((await world.open_items(dossier)).values()) == 2 * TOTAL
    assert await world.rows("select * from dossier_credit where dossier = %s and credit_cents <> 0", dossier) == []
    reasons = await world.rows(
        "select r.reason from payment_reversal r join payment p using (payment_id) where p.dossier = %s", dossier
    )
    assert sorted(row["reason"] for row in reasons) == ["creditNeeded", "wrongMatch"]


async def test_three_who_undo_at_once_undo_once(world: World) -> None:
    _, reference = await _billed(world)
    (line,) = await _receive(world, Line(cents=5_00, structured=reference))
    results = await asyncio.gather(*(_undo(world, line) for _ in range(3)))
    assert sorted(result is None for result in results) == [False, True, True]


async def test_a_line_that_is_no_payment_cannot_be_undone(world: World) -> None:
    (line,) = await _receive(world, Line(cents=9_00, communication="NOBODY KNOWS"))
    with pytest.raises(PaymentNotMatched):
        await _undo(world, line)


async def test_money_the_bank_takes_back_is_owed_again(world: World) -> None:
    dossier, reference = await _billed(world)
    await _receive(world, Line(cents=TOTAL, structured=reference, counterparty=PAYER))
    assert set((await world.open_items(dossier)).values()) == {0}
    other = await _account(world, "otherBankMovements")
    await _receive(
        world,
        Line(cents=-TOTAL, structured=reference, counterparty=PAYER, code="00149000", value_date="160326"),
    )
    assert sum((await world.open_items(dossier)).values()) == TOTAL
    assert await _account(world, "otherBankMovements") == other
    assert await _account(world, "bank") == await world.one(
        "select new_balance_cents from bank_statement order by position desc limit 1"
    )
    row = (await world.rows("select * from payment_reversal order by reversed_on desc, payment_id"))[0]
    assert row["reversed_by"]


async def test_money_taken_back_that_could_be_two_payments_is_for_a_person(world: World) -> None:
    dossier, reference = await _billed(world)
    first, _ = await _receive(
        world,
        Line(cents=10_00, structured=reference, counterparty=OTHER_PAYER),
        Line(cents=10_00, structured=reference, counterparty=OTHER_PAYER),
    )
    (taken,) = await _receive(world, Line(cents=-10_00, structured=reference, code="00149000", value_date="160326"))
    assert await world.one("select count(*) from task where kind = 'returnedPayment' and reference = %s", str(taken))
    owed = sum((await world.open_items(dossier)).values())

    async def take_back(paid: UUID) -> reversals.Undone | None:
        async with world.database.transaction() as connection:
            return await reversals.return_payment(connection, return_line=taken, paid_line=paid, act=SOMEBODY)

    assert await take_back(first) is not None
    assert await take_back(first) is None
    assert sum((await world.open_items(dossier)).values()) == owed + 10_00
    (other,) = await _receive(world, Line(cents=10_00, structured=reference))
    with pytest.raises(ReturnNotPossible):
        await take_back(other)


async def test_dossiers_are_suggested_by_reference_file_number_and_amount(world: World) -> None:
    dossier, reference = await _billed(world)
    mistyped = f"{reference[:10]}{(int(reference[10:]) % 97) + 1:02d}"
    number = await world.one("select file_number from subject where dossier = %s", dossier)
    by_reference, by_file, by_nothing = await _receive(
        world,
        Line(cents=TOTAL, communication=f"COTIS {mistyped} 1ER TRIM 2026"),
        Line(cents=1_23, communication=f"DOSSIER {number}"),
        Line(cents=TOTAL, communication="MERCI"),
    )
    (suggestion,) = await _waiting(world, by_reference)
    assert (suggestion.dossier, suggestion.quarter) == (dossier, Quarter.parse("2026Q1"))
    assert suggestion.reasons == ("referenceAlmostRight", "fileNumberInText", "amountThatIsOpen")
    assert [(one.dossier, one.reasons) for one in await _waiting(world, by_file)] == [(dossier, ("fileNumberInText",))]
    assert await _waiting(world, by_nothing) == []


async def test_a_closed_quarter_that_is_owed_again_is_told_as_overdue(world: World) -> None:
    dossier, reference = await _billed(world)
    paid = sum((await world.open_items(dossier)).values())
    (line,) = await _receive(world, Line(cents=paid, structured=reference, value_date="150326"))
    await world.close("2026Q1")
    await _undo(world, line)
    assert (await world.facts(dossier))[-2:] == [PaymentReversed.type, DebtOverdue.type]
    details = await world.one("select details from task where kind = 'reversedPayment' and dossier = %s", dossier)
    assert details["quarters"] == ["2026Q1"]


async def test_the_books_add_up_after_all_this(world: World) -> None:
    wrong = await world.rows("select * from open_item where open_cents <> charged_cents - paid_cents - waived_cents")
    assert wrong == []
    assert await world.rows("select * from open_item where paid_cents < 0 or open_cents < 0 or waived_cents < 0") == []
    assert await world.rows("select * from dossier_credit where credit_cents < 0") == []
    async with world.database.transaction() as connection:
        sums = await accounts.summary(connection)
    assert sums.ledger_sum_cents == 0
    waiting = await world.one("select coalesce(sum(cents), 0)::bigint from waiting_line")
    assert sums.suspense_cents == waiting
    assert issubclass(CreditSpent, ValueError)
