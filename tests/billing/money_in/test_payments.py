"""Bank files on a real database: kept, booked once, matched by reference, and the rest on the suspense account."""

from __future__ import annotations

import asyncio
from datetime import date
from uuid import UUID

import pytest

from services.billing.accounts import service as accounts
from services.billing.bank_statements.rules.statement import BankFileRefused
from services.billing.matching.service import matching
from services.billing.matching.service.matching import PaymentNotUnmatched
from services.billing.money_in.service import lines as bank_lines
from services.billing.undoing.service.reversals import Act
from shared.contracts.billing_v1 import DebtSettled, PaymentAllocated
from shared.law.quarter import Quarter
from tests.billing.coda_writer import Line, StatementText, changed, coda
from tests.billing.world import SEVEN_PERCENT, World

DAY = date(2026, 3, 17)
Q1 = Quarter.parse("2026Q1")
SOMEBODY = Act(done_by="somebody", booked_on=DAY, interest_rate=SEVEN_PERCENT, tasks_due_on=DAY)
TOTAL = 928_26  # least contribution in main occupation with its fee, see test_billing_runs


async def _billed(world: World) -> tuple[UUID, str]:
    dossier = await world.affiliate(starts_on=date(2026, 1, 15), told_on=date(2026, 1, 10), first_activity=True)
    await world.bill("2026Q1")
    return dossier, await world.reference(dossier, "2026Q1")


async def _next(world: World, lines: list[Line], day: str = "160326") -> StatementText:
    """Give a statement that follows the last one that was read."""
    rows = await world.rows("select sequence, new_balance_cents from bank_statement order by position desc limit 1")
    if not rows:
        return StatementText(lines=lines, sequence=1, day=day)
    return StatementText(lines=lines, sequence=rows[0]["sequence"] + 1, old_cents=rows[0]["new_balance_cents"], day=day)


async def test_a_payment_with_the_reference_settles_the_quarter(world: World) -> None:
    dossier, reference = await _billed(world)
    result = await world.read_bank_file(coda(await _next(world, [Line(cents=TOTAL, structured=reference)])), on=DAY)
    assert (result.refusal, result.statements[0].matched, result.statements[0].unmatched) == (None, 1, 0)
    assert set((await world.open_items(dossier)).values()) == {0}
    assert await world.facts(dossier) == [PaymentAllocated.type, DebtSettled.type]
    async with world.database.transaction() as connection:
        quarters = await accounts.paid_quarters(connection, dossier=dossier, first=Q1, last=Q1)
    assert str(quarters[0].status) == "paid"


async def test_payments_of_one_dossier_follow_each_other_whatever_pages_a_file_is_booked_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bank_lines, "_DOSSIERS_A_PAGE", 1)
    people = [await _billed(world) for _ in range(3)]
    parts = [Line(cents=400_00, structured=reference) for _, reference in people]
    rest = [Line(cents=TOTAL - 400_00 + 5, structured=reference) for _, reference in reversed(people)]
    result = await world.read_bank_file(coda(await _next(world, [*parts, *rest])), on=DAY)
    assert (result.refusal, result.statements[0].matched) == (None, 6)
    for dossier, _ in people:
        assert set((await world.open_items(dossier)).values()) == {0}
        assert await world.one("select credit_cents from dossier_credit where dossier = %s", dossier) == 5
        assert await world.facts(dossier) == [PaymentAllocated.type, PaymentAllocated.type, DebtSettled.type]


async def test_the_same_file_twice_changes_nothing(world: World) -> None:
    dossier, reference = await _billed(world)
    content = coda(await _next(world, [Line(cents=100_00, structured=reference)]))
    results = await asyncio.gather(*(world.read_bank_file(content, on=DAY) for _ in range(3)))
    assert sorted(result.already_read for result in results) == [False, True, True]
    assert await world.one("select count(*) from payment where dossier = %s", dossier) == 1


async def test_a_statement_that_comes_again_in_another_file_is_booked_once(world: World) -> None:
    dossier, reference = await _billed(world)
    content = coda(await _next(world, [Line(cents=100_00, structured=reference)]))
    await world.read_bank_file(content, on=DAY)
    duplicate = await world.read_bank_file(changed(content, 1, 17, "D"), on=DAY)
    assert (duplicate.already_read, [s.duplicate for s in duplicate.statements]) == (False, [True])
    assert await world.one("select count(*) from payment where dossier = %s", dossier) == 1


async def test_the_bank_account_in_the_books_equals_the_statement(world: World) -> None:
    dossier, reference = await _billed(world)
    lines = [
        Line(cents=TOTAL + 71_74, structured=reference),
        Line(cents=50_00, communication="NO REFERENCE"),
        Line(cents=12_34, structured="010806817183"),
        Line(cents=-7_50, communication="ACCOUNT FEES", code="03537000"),
        Line(cents=1_11, communication="INTEREST", code="03501000"),
        Line(
            cents=30_00,
            code="20150000",
            details=[Line(cents=10_00, code="60150000"), Line(cents=20_00, code="60150000")],
        ),
    ]
    statement = await _next(world, lines)
    result = await world.read_bank_file(coda(statement), on=DAY)
    read = result.statements[0]
    assert (read.matched, read.unmatched, read.other) == (1, 4, 2)
    assert await world.one("select sum(cents)::bigint from journal_line where account = 'bank'") == await world.one(
        "select new_balance_cents from bank_statement order by position desc limit 1"
    )
    assert await world.one("select credit_cents from dossier_credit where dossier = %s", dossier) == 71_74
    assert await world.one("select count(*) from bank_line where statement_id = %s", read.statement_id) == 8
    assert await world.one("select count(*) from task where kind = 'unmatchedPayment' and resolved_at is null") == 4


async def test_a_credit_is_used_for_the_next_quarter_and_shown_on_its_notice(world: World) -> None:
    dossier, reference = await _billed(world)
    await world.read_bank_file(coda(await _next(world, [Line(cents=TOTAL + 28_26, structured=reference)])), on=DAY)
    await world.bill("2026Q2", on=date(2026, 4, 5))
    notice = (await world.rows("select * from notice where dossier = %s and quarter = '2026Q2'", dossier))[0]
    assert (notice["charged_cents"], notice["credit_used_cents"], notice["number"]) == (928_26, 28_26, 2)
    assert sum((await world.open_items(dossier)).values()) == 900_00


async def test_a_refused_file_is_kept_with_its_refusal_and_books_nothing(world: World) -> None:
    dossier, reference = await _billed(world)
    content = coda(await _next(world, [Line(cents=100_00, structured=reference)]))
    wrong = changed(content, 4, 43, "000000000000010")
    refused = await world.read_bank_file(wrong, on=DAY)
    assert isinstance(refused.refusal, BankFileRefused)
    assert (refused.refusal.line, refused.refusal.rule) == (4, "balance")
    kept = await world.one(
        "select string_agg(content, '' order by ordinal) from bank_file_part where file_id = %s", refused.file_id
    )
    assert bytes(kept) == wrong
    assert await world.one("select count(*) from bank_statement where file_id = %s", refused.file_id) == 0
    assert await world.one("select count(*) from payment where dossier = %s", dossier) == 0


async def test_a_file_that_came_too_early_can_be_offered_again(world: World) -> None:
    dossier, reference = await _billed(world)
    first = await _next(world, [Line(cents=10_00, structured=reference)])
    second = StatementText(
        lines=[Line(cents=20_00, structured=reference)],
        sequence=first.sequence + 1,
        old_cents=first.old_cents + 10_00,
        day="170326",
    )
    early = await world.read_bank_file(coda(second), on=DAY)
    assert early.refusal is not None
    assert early.refusal.rule == "statementSequence"
    assert (await world.read_bank_file(coda(first), on=DAY)).refusal is None
    again = await world.read_bank_file(coda(second), on=DAY)
    assert (again.refusal, again.file_id) == (None, early.file_id)
    assert await world.one("select sum(amount_cents)::bigint from payment where dossier = %s", dossier) == 30_00


async def test_a_statement_of_a_stranger_is_refused(world: World) -> None:
    refused = await world.read_bank_file(coda(StatementText(lines=[Line(cents=1)], account="BE69999000020278")), on=DAY)
    assert refused.refusal is not None
    assert refused.refusal.rule == "unknownAccount"


async def test_a_person_identifies_a_payment_and_the_task_ends(world: World) -> None:
    dossier, _ = await _billed(world)
    other, _ = await _billed(world)
    result = await world.read_bank_file(coda(await _next(world, [Line(cents=TOTAL, communication="PAID")])), on=DAY)
    (line,) = await world.rows(
        "select line_id from bank_line where statement_id = %s", result.statements[0].statement_id
    )
    suspense = await world.one("select sum(cents)::bigint from journal_line where account = 'suspense'")

    async def match(to: UUID) -> int:
        async with world.database.transaction() as connection:
            received = await matching.match_line(
                connection,
                line=line["line_id"],
                dossier=to,
                quarter=Q1,
                act=SOMEBODY,
            )
        return len(received)

    assert await match(dossier) == 1
    assert await match(dossier) == 0
    with pytest.raises(PaymentNotUnmatched):
        await match(other)
    assert set((await world.open_items(dossier)).values()) == {0}
    assert await world.one("select sum(cents)::bigint from journal_line where account = 'suspense'") == suspense + TOTAL
    assert await world.one("select resolution from task where reference = %s", str(line["line_id"])) == "matched"


async def test_a_payment_is_matched_though_a_person_ended_its_task_with_another_word(world: World) -> None:
    dossier, _ = await _billed(world)
    result = await world.read_bank_file(coda(await _next(world, [Line(cents=TOTAL, communication="DONE")])), on=DAY)
    (line,) = await world.rows(
        "select line_id from bank_line where statement_id = %s", result.statements[0].statement_id
    )
    await world.end_task("unmatchedPayment", str(line["line_id"]))
    async with world.database.transaction() as connection:
        await matching.match_line(
            connection,
            line=line["line_id"],
            dossier=dossier,
            quarter=Q1,
            act=SOMEBODY,
        )
    assert set((await world.open_items(dossier)).values()) == {0}
    assert await world.one("select resolution from task where reference = %s", str(line["line_id"])) == "done"
