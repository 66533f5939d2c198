"""Bank files: kept as they came, read whole or refused whole, every line booked so that the books equal the account.

The lines of a file pass one by one into a table of the transaction, and are booked from there once all of the file is
known to be right: they are matched by the database for the whole file, so its size is no matter of memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID, uuid5

from services.billing.bank_statements.rules.statement import BankFileRefused, Statement, check_follows
from services.billing.bank_statements.service import Receipt, keep_file, label_of, record_reading, was_read
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import ENTRY_NAMESPACE, Account, bank_movement
from services.billing.money_in import store
from services.billing.money_in.service import lines as bank_lines
from services.billing.money_in.store import StatementRead
from shared.platform.database.connections import Connection, Database


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """What became of a file: read now, read before, or refused as a whole."""

    file_id: UUID
    already_read: bool
    refusal: BankFileRefused | None
    statements: tuple[StatementRead, ...]


async def read_file(database: Database, *, source: BinaryIO, accounts: Sequence[str], receipt: Receipt) -> FileRead:
    """Keep a file and book what it says; a file that breaks a rule is kept with its refusal and books nothing.

    A file that was read before changes nothing. Killed at any point, it can be offered again.

    Args:
        database: the service's database; the file is kept in one transaction and booked in another.
        source: the bytes of the file; it must be possible to go back to its beginning.
        accounts: the fund's own accounts for contributions; a statement of another account refuses the file.
        receipt: who brought it and when.
    """
    label = await asyncio.to_thread(label_of, source)

    async def keep(connection: Connection) -> tuple[UUID, bool]:
        kept = await keep_file(connection, source=source, label=label, receipt=receipt)
        return kept, await was_read(connection, file_id=kept)

    file_id, already_read = await database.retrying(keep)
    if already_read:
        return FileRead(file_id=file_id, already_read=True, refusal=None, statements=())

    async def book(connection: Connection) -> FileRead:
        return await _book_once(connection, file_id=file_id, source=source, accounts=accounts, receipt=receipt)

    return await database.retrying(book)


async def _book_once(
    connection: Connection,
    *,
    file_id: UUID,
    source: BinaryIO,
    accounts: Sequence[str],
    receipt: Receipt,
) -> FileRead:
    if await was_read(connection, file_id=file_id):
        return FileRead(file_id=file_id, already_read=True, refusal=None, statements=())
    refusal: BankFileRefused | None = None
    statements: list[StatementRead] = []
    try:
        async with connection.transaction():
            found = await bank_lines.load_lines(connection, source=source, file_id=file_id)
            statements = await _book_statements(
                connection, file_id=file_id, statements=found, accounts=accounts, receipt=receipt
            )
    except BankFileRefused as error:
        refusal = error
    await record_reading(connection, file_id=file_id, receipt=receipt, refusal=refusal)
    return FileRead(file_id=file_id, already_read=False, refusal=refusal, statements=tuple(statements))


async def _book_statements(
    connection: Connection,
    *,
    file_id: UUID,
    statements: Sequence[Statement],
    accounts: Sequence[str],
    receipt: Receipt,
) -> list[StatementRead]:
    """Book every statement of a file.

    Raises:
        BankFileRefused: ``unknownAccount``, ``statementSequence``, ``balanceContinuity`` or ``statementDiffers``;
            the caller rolls back what was booked.
    """
    identifiers: list[UUID] = []
    booked_before: list[UUID] = []
    for position, statement in enumerate(statements):
        if statement.account not in accounts:
            raise BankFileRefused(
                line=statement.opening_line, rule="unknownAccount", detail="the account is not one of the fund's"
            )
        here = bank_lines.statement_id(file_id, position)
        known = await _known_statement(connection, statement)
        identifiers.append(known or here)
        if known is None:
            await _check_continuity(connection, statement, receipt)
            await store.insert_statement(connection, statement_id=here, file_id=file_id, statement=statement)
        else:
            booked_before.append(here)
    read = await bank_lines.book_lines(connection, known=booked_before, receipt=receipt)
    return [
        StatementRead(statement_id=identifier, duplicate=True)
        if identifier != bank_lines.statement_id(file_id, position)
        else read.get(identifier, StatementRead(statement_id=identifier))
        for position, identifier in enumerate(identifiers)
    ]


async def _known_statement(connection: Connection, statement: Statement) -> UUID | None:
    known = await store.statement_like(connection, statement)
    if known is None:
        return None
    same = (known.old_balance_cents, known.new_balance_cents, known.old_balance_date) == (
        statement.old_balance_cents,
        statement.closing_balance_cents,
        statement.old_balance_date,
    )
    if not same:
        raise BankFileRefused(
            line=statement.opening_line,
            rule="statementDiffers",
            detail="a statement with this number and date was booked with other balances",
        )
    return known.statement_id


async def _check_continuity(connection: Connection, statement: Statement, receipt: Receipt) -> None:
    if statement.separate_application:
        return
    last = await store.last_statement(connection, account=statement.account)
    if last is None:
        await _book_opening(connection, statement, receipt)
        return
    check_follows(
        current=statement,
        sequence=last.sequence,
        closed_on=last.new_balance_date,
        balance_cents=last.new_balance_cents,
    )


async def _book_opening(connection: Connection, statement: Statement, receipt: Receipt) -> None:
    """Book what stood on the account before its first statement, so that the books equal the account from then on."""
    if statement.old_balance_cents == 0:
        return
    opening = bank_movement(
        key=f"opening|{uuid5(ENTRY_NAMESPACE, statement.account)}",
        value_date=statement.old_balance_date,
        cents=statement.old_balance_cents,
        counterpart=Account.OTHER_BANK_MOVEMENTS,
    )
    await ledger.book(connection, entries=[opening], booking_date=receipt.received_on)
