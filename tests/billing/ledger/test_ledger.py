"""The books on a real database: what it refuses, and what it answers about other days."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import psycopg
import pytest

from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import Account, EntryKind, bank_movement
from tests.billing.world import World

BOOKED = date(2026, 1, 5)


async def _book(world: World, key: str, cents: int, value_date: date, booked_on: date) -> set[UUID]:
    entry = bank_movement(key=key, value_date=value_date, cents=cents, counterpart=Account.SUSPENSE)
    async with world.database.transaction() as connection:
        return await ledger.book(connection, entries=[entry], booking_date=booked_on)


async def test_the_database_refuses_an_entry_that_does_not_add_up(world: World) -> None:
    entry = uuid4()
    async with world.database.transaction() as connection:
        await connection.execute(
            "insert into journal_entry (entry_id, kind, value_date, booking_date, reference) "
            "values (%s, 'payment', %s, %s, '')",
            (entry, BOOKED, BOOKED),
        )
        lines = (
            "insert into journal_line (entry_id, position, account, cents, value_date, booking_date) "
            "values (%(e)s, 1, 'bank', 100, %(d)s, %(d)s), (%(e)s, 2, 'suspense', -99, %(d)s, %(d)s)"
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            await connection.execute(lines, {"e": entry, "d": BOOKED})
        await connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "update journal_line set cents = cents + 1",
        "delete from journal_line",
        "truncate journal_line cascade",
        "update journal_entry set value_date = value_date + 1",
        "delete from contribution",
        "delete from bank_file",
    ],
)
async def test_the_processes_have_no_right_to_change_the_books(world: World, statement: str) -> None:
    async with world.database.transaction() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(statement)
        await connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "update journal_line set cents = cents",
        "delete from journal_entry",
        "truncate journal_line",
        "delete from income",
    ],
)
def test_not_even_the_owner_changes_the_books(service_database: object, statement: str) -> None:
    database = service_database("billing")  # type: ignore[operator]
    with psycopg.connect(database.owner_url) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement)


async def test_the_same_entry_is_written_once(world: World) -> None:
    assert len(await _book(world, "once", 100, BOOKED, BOOKED)) == 1
    assert await _book(world, "once", 100, BOOKED, BOOKED) == set()
    assert await world.one("select count(*) from journal_line where account = 'bank' and cents = 100") == 1


async def test_the_balance_of_a_day_as_it_was_known_on_another(world: World) -> None:
    await _book(world, "in time, told later", 7_00, date(2026, 3, 31), date(2026, 4, 2))
    await _book(world, "later", 11_00, date(2026, 4, 3), date(2026, 4, 3))
    before = await world.one("select cents from balance('2026-03-31', '2026-03-31') where account = 'bank'")
    known = await world.one("select cents from balance('2026-03-31', '2026-04-02') where account = 'bank'")
    after = await world.one("select cents from balance('2026-04-30', '2026-04-30') where account = 'bank'")
    assert (known - before, after - known) == (7_00, 11_00)
    assert await world.one("select sum(cents)::bigint from balance('2026-04-30', '2026-04-30')") == 0


async def test_the_chart_of_accounts_is_the_same_in_the_rules_and_in_the_database(world: World) -> None:
    rows = await world.rows("select code from account")
    assert {row["code"] for row in rows} == {str(account) for account in Account}
    assert EntryKind("contribution") is EntryKind.CONTRIBUTION
