"""Direct debits that come back in a statement: tied to their collection, owed again, and collected again or not."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import yaml

from services.billing.money_out.rules import BankOrderKind, end_to_end_id
from services.billing.money_out.service import bank_orders, mandates
from services.billing.money_out.service.bank_orders import NewOrder
from services.billing.money_out.service.collection_returns import note_returned
from services.billing.money_out.store import RUNS
from services.billing.undoing.service.reversals import Act
from tests.billing.camt_writer import CamtStatement, Entry, camt053
from tests.billing.coda_writer import Line, StatementText, coda
from tests.billing.world import SEVEN_PERCENT, World

CASES: Final[list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("collection_returns.yaml").read_text("utf-8")
)
#: Main occupation at the minimum of 2026: 890.42 and a fee of 4.25 %.
QUARTER: Final = 928_26
FILED, COLLECTED, BACK = date(2026, 3, 12), date(2026, 3, 31), date(2026, 4, 10)
ACCOUNTS: Final = ("BE69999000020278", "BE58999000030379", "BE47999000040480", "BE71096123456769")
ACT: Final = Act(done_by="bank", booked_on=BACK, interest_rate=SEVEN_PERCENT, tasks_due_on=BACK)


async def _collect(world: World, number: int, account: str) -> tuple[UUID, str, str]:
    """Collect a quarter of somebody under a mandate; give the dossier, the mandate and the end-to-end id."""
    dossier = await world.affiliate(income_2023="15000.00")
    await world.bill("2026Q1")
    reference = f"M{number:07d}-01"
    day = FILED - timedelta(days=number)
    async with world.database.transaction() as connection:
        mandate_id = await mandates.record_mandate(
            connection,
            reference=reference,
            dossier=dossier,
            iban=account,
            signed_on=date(2026, 1, 15),
            recorded_on=date(2026, 1, 16),
            recorded_by="test",
        )
        run_id, _ = await bank_orders.request_run(
            connection,
            kind=BankOrderKind.DIRECT_DEBIT,
            business_date=day,
            execution_on=COLLECTED,
            requested_by="test",
        )
        (due,) = [
            one for one in await mandates.due_collections(connection, collection_on=COLLECTED) if one.dossier == dossier
        ]
        assert (due.sequence, due.attempt, due.amount_cents) == ("FRST", 1, QUARTER)
        run = await RUNS.read(connection, run_id=run_id)
        await bank_orders.keep_file(
            connection,
            run=run,
            content=b"file",
            sha256=sha256(b"file").hexdigest(),
            orders=[
                NewOrder(
                    dossier=dossier,
                    key=mandate_id,
                    attempt=1,
                    amount_cents=QUARTER,
                    mandate_id=mandate_id,
                    sequence=due.sequence,
                )
            ],
            execution_on=COLLECTED,
            today=day,
        )
        await bank_orders.order(connection, run, day)
        await RUNS.set_status(connection, run_id=run_id, status="ordered")
    return dossier, reference, end_to_end_id(BankOrderKind.DIRECT_DEBIT, mandate_id, 1)


async def _report(world: World, end_to_end: str, outcomes: list[str]) -> None:
    async with world.database.transaction() as connection:
        for outcome in outcomes:
            if outcome == "executed":
                assert await bank_orders.note_executed(
                    connection, end_to_end=end_to_end, executed_on=COLLECTED, act=ACT
                )
            else:
                assert await note_returned(connection, end_to_end=end_to_end, reason="AM04", act=ACT)


def _names(case: dict[str, Any], mandate: str, end_to_end: str, account: str) -> dict[str, str]:
    return {
        "endToEnd": {"end_to_end": end_to_end},
        "endToEndInText": {"communication": f"IMPAYE {end_to_end}"},
        "mandate": {"mandate": mandate},
        "account": {"counterparty": account},
        "otherAmount": {"end_to_end": end_to_end},
        "nothing": {"communication": "IMPAYE"},
    }[case["by"]]


def _coda(case: dict[str, Any], names: dict[str, str], cents: int, sequence: int, old_cents: int) -> bytes:
    line = Line(
        cents=-cents,
        communication=names.get("communication", ""),
        counterparty=names.get("counterparty", ""),
        customer_reference=names.get("end_to_end", ""),
        mandate=names.get("mandate", ""),
        r_transaction="2",
        return_reason=case["reason"],
        code="00503000",
        value_date="100426",
    )
    return coda(StatementText(lines=[line], sequence=sequence, old_cents=old_cents, day="100426", old_day="090426"))


def _camt(case: dict[str, Any], names: dict[str, str], cents: int, sequence: int, old_cents: int) -> bytes:
    entry = Entry(
        cents=-cents,
        communication=names.get("communication", ""),
        counterparty=names.get("counterparty", ""),
        end_to_end=names.get("end_to_end", "NOTPROVIDED"),
        mandate=names.get("mandate", ""),
        return_reason=case["reason"],
        code="PMNT IDDT UPDD",
        reversal=True,
        value_date="2026-04-10",
    )
    return camt053(
        CamtStatement(entries=[entry], sequence=sequence, old_cents=old_cents, day="2026-04-10", old_day="2026-04-09")
    )


@pytest.mark.parametrize("number", range(1, len(CASES) + 1), ids=lambda number: str(CASES[number - 1]))
async def test_a_direct_debit_that_came_back(world: World, number: int) -> None:
    case = CASES[number - 1]
    account = ACCOUNTS[number % len(ACCOUNTS)]
    dossier, mandate, end_to_end = await _collect(world, number, account)
    await _report(world, end_to_end, case["told"])
    before = await _other_movements(world)
    names = _names(case, mandate, end_to_end, account)
    cents = QUARTER - 1_00 if case["by"] == "otherAmount" else QUARTER
    rows = await world.rows("select sequence, new_balance_cents from bank_statement order by position desc limit 1")
    sequence, old = (rows[0]["sequence"] + 1, rows[0]["new_balance_cents"]) if rows else (1, 0)
    write = _coda if case["format"] == "coda" else _camt
    read = await world.read_bank_file(write(case, names, cents, sequence, old), on=BACK)
    assert read.refusal is None

    owed = {key: value for key, value in (await world.open_items(dossier)).items() if value}
    assert sum(owed.values()) == case["open"]
    (order,) = await world.rows("select * from bank_order where dossier = %s", dossier)
    line = await world.one("select line_id from bank_line where statement_id = %s", read.statements[0].statement_id)
    assert (order["return_line"] == line) is case["returned"]
    if case["returned"]:
        assert (order["status"], order["return_reason"]) == ("returned", case["reason"])
        # What was collected stood there until the line took it back: nothing of it is left.
        collected = QUARTER if "executed" in case["told"] and "returned" not in case["told"] else 0
        assert await _other_movements(world) == before + collected - QUARTER
    reference = str(order["order_id"]) if case["returned"] else str(line)
    kinds = await world.rows("select kind from task where reference = %s and resolved_at is null", reference)
    assert [row["kind"] for row in kinds] == [case["task"]]
    async with world.database.transaction() as connection:
        due = await mandates.due_collections(connection, collection_on=date(2026, 6, 30))
    again = [[one.sequence, one.attempt] for one in due if one.dossier == dossier]
    assert again == ([] if case["again"] is None else [case["again"]])


@pytest.mark.parametrize(
    ("collection_on", "cents"),
    [("2026-03-30", 0), ("2026-03-31", 828_26), ("2026-06-29", 828_26), ("2026-06-30", 928_26)],
)
async def test_nothing_is_collected_before_it_is_due(world: World, collection_on: str, cents: int) -> None:
    """Of the 928.26 that are open for 2026Q1, a later notice claims 100.00 for the end of June only."""
    dossier = await world.affiliate(income_2023="15000.00")
    await world.bill("2026Q1")
    reference = str(1 + await world.one("select max(reference)::bigint from notice")).zfill(12)
    async with world.database.transaction() as connection:
        await connection.execute(
            "insert into notice (reference, dossier, quarter, kind, number, charged_cents, credit_used_cents, "
            "issued_on, due_on, run_id) values (%s, %s, '2026Q1', 'regularisation', 2, 10000, 0, '2026-03-20', "
            "'2026-06-30', gen_random_uuid())",
            (reference, dossier),
        )
        await mandates.record_mandate(
            connection,
            reference=f"N{reference}",
            dossier=dossier,
            iban=ACCOUNTS[0],
            signed_on=date(2026, 1, 15),
            recorded_on=date(2026, 1, 16),
            recorded_by="test",
        )
        due = await mandates.due_collections(connection, collection_on=date.fromisoformat(collection_on))
    assert sum(one.amount_cents for one in due if one.dossier == dossier) == cents


async def test_the_books_add_up_after_all_this(world: World) -> None:
    assert await world.one("select coalesce(sum(cents), 0)::bigint from journal_line") == 0
    assert (
        await world.rows("select * from open_item where open_cents <> charged_cents - paid_cents - waived_cents") == []
    )


async def _other_movements(world: World) -> int:
    statement = "select coalesce(-sum(cents), 0)::bigint from journal_line where account = 'otherBankMovements'"
    return int(await world.one(statement))
