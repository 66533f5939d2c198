"""Bank files: kept as they came, read whole or refused whole, every line booked so that the books equal the account."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from uuid6 import uuid7

from services.billing.domain.bank_file import read_statements
from services.billing.domain.ledger import ENTRY_NAMESPACE, Account, bank_movement
from services.billing.domain.settlement import Money
from services.billing.domain.statement import BankFileRefused, Movement, Statement, check_follows, payable_movements
from services.billing.store import ledger
from services.billing.store.payments import book_money
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.tasks import open_task

UNMATCHED_TASK: Final = "unmatchedPayment"
RETURNED_TASK: Final = "returnedPayment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Who brought a file, when, and what the books need to know to book it."""

    received_on: date
    received_by: str
    interest_rate: Decimal | None
    tasks_due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRead:
    """What was done with one statement; ``duplicate`` when it had been booked from another file."""

    statement_id: UUID
    duplicate: bool
    matched: int
    unmatched: int
    other: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """What became of a file: read now, read before, or refused as a whole."""

    file_id: UUID
    already_read: bool
    refusal: BankFileRefused | None
    statements: tuple[StatementRead, ...]


async def read_file(connection: Connection, *, content: bytes, accounts: Sequence[str], receipt: Receipt) -> FileRead:
    """Keep a file and book what it says; a file that breaks a rule is kept with its refusal and books nothing.

    A file that was read before changes nothing.
    """
    file_id, already_read = await _keep_file(connection, content=content, receipt=receipt)
    if already_read:
        return FileRead(file_id=file_id, already_read=True, refusal=None, statements=())
    refusal: BankFileRefused | None = None
    statements: list[StatementRead] = []
    try:
        found = await asyncio.to_thread(read_statements, content)
        async with connection.transaction():
            statements = await _book_statements(
                connection, file_id=file_id, statements=found, accounts=accounts, receipt=receipt
            )
    except BankFileRefused as error:
        refusal = error
    await _record_reading(connection, file_id=file_id, receipt=receipt, refusal=refusal)
    return FileRead(
        file_id=file_id, already_read=False, refusal=refusal, statements=() if refusal else tuple(statements)
    )


async def _keep_file(connection: Connection, *, content: bytes, receipt: Receipt) -> tuple[UUID, bool]:
    """Keep the bytes of a file once.

    Returns:
        The id of the file, and whether it was read with success before.
    """
    digest = hashlib.sha256(content).hexdigest()
    await connection.execute(
        "insert into bank_file (file_id, sha256, format, received_on, received_by, content) "
        "values (%s, %s, 'coda', %s, %s, %s) on conflict (sha256) do nothing",
        (UUID(int=uuid7().int), digest, receipt.received_on, receipt.received_by, content),
    )
    # The lock makes two deliveries of the same file wait for each other; the second finds it read.
    cursor = await connection.execute(
        "select file_id, pg_advisory_xact_lock(hashtextextended('bank_file', 0)) from bank_file where sha256 = %s",
        (digest,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("a bank file that was just kept is not there")
    file_id: UUID = row["file_id"]
    cursor = await connection.execute(
        "select from bank_file_reading where file_id = %s and refusal_rule is null", (file_id,)
    )
    return file_id, await cursor.fetchone() is not None


async def _record_reading(
    connection: Connection, *, file_id: UUID, receipt: Receipt, refusal: BankFileRefused | None
) -> None:
    """Note that a file was read, or refused and why; the file can be offered again after a refusal."""
    await connection.execute(
        "insert into bank_file_reading "
        "(file_id, attempt, read_on, read_by, refusal_line, refusal_rule, refusal_detail) "
        "select %s, coalesce(max(attempt), 0) + 1, %s, %s, %s, %s, %s from bank_file_reading where file_id = %s",
        (
            file_id,
            receipt.received_on,
            receipt.received_by,
            None if refusal is None else refusal.line,
            None if refusal is None else refusal.rule,
            None if refusal is None else refusal.detail,
            file_id,
        ),
    )


async def _book_statements(
    connection: Connection, *, file_id: UUID, statements: Sequence[Statement], accounts: Sequence[str], receipt: Receipt
) -> list[StatementRead]:
    """Book every statement of a file.

    Args:
        file_id: the kept file.
        statements: what the reader found in it.
        accounts: the fund's own accounts for contributions; a statement of another account refuses the file.
        receipt: who brought it and when.

    Raises:
        BankFileRefused: ``unknownAccount``, ``statementSequence``, ``balanceContinuity`` or ``statementDiffers``;
            the caller rolls back what was booked.
    """
    results: list[StatementRead] = []
    for statement in statements:
        if statement.account not in accounts:
            raise BankFileRefused(
                line=statement.opening_line, rule="unknownAccount", detail="the account is not one of the fund's"
            )
        known = await _known_statement(connection, statement)
        if known is not None:
            results.append(StatementRead(statement_id=known, duplicate=True, matched=0, unmatched=0, other=0))
            continue
        await _check_continuity(connection, statement, receipt)
        results.append(await _book_statement(connection, file_id=file_id, statement=statement, receipt=receipt))
    return results


async def _known_statement(connection: Connection, statement: Statement) -> UUID | None:
    cursor = await connection.execute(
        "select statement_id, old_balance_cents, new_balance_cents, old_balance_date from bank_statement "
        "where account = %(account)s and separate_application = %(separate)s and new_balance_date = %(closed)s "
        "and sequence is not distinct from %(sequence)s "
        "and (sequence is not null or (old_balance_cents = %(old)s and new_balance_cents = %(new)s))",
        {
            "account": statement.account,
            "separate": statement.separate_application,
            "closed": statement.closing_date,
            "sequence": statement.sequence,
            "old": statement.old_balance_cents,
            "new": statement.closing_balance_cents,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    same = (row["old_balance_cents"], row["new_balance_cents"], row["old_balance_date"]) == (
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
    return UUID(str(row["statement_id"]))


async def _check_continuity(connection: Connection, statement: Statement, receipt: Receipt) -> None:
    if statement.separate_application:
        return
    cursor = await connection.execute(
        "select sequence, new_balance_cents, new_balance_date from bank_statement "
        "where account = %s and not separate_application order by position desc limit 1",
        (statement.account,),
    )
    row = await cursor.fetchone()
    if row is None:
        await _book_opening(connection, statement, receipt)
        return
    check_follows(
        current=statement,
        sequence=row["sequence"],
        closed_on=row["new_balance_date"],
        balance_cents=row["new_balance_cents"],
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


async def _book_statement(
    connection: Connection, *, file_id: UUID, statement: Statement, receipt: Receipt
) -> StatementRead:
    statement_id = uuid5(file_id, f"statement|{statement.line}")
    await connection.execute(
        "insert into bank_statement (statement_id, file_id, account, year, sequence, old_balance_cents, "
        "old_balance_date, new_balance_cents, new_balance_date, separate_application) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            statement_id,
            file_id,
            statement.account,
            statement.closing_date.year,
            statement.sequence,
            statement.old_balance_cents,
            statement.old_balance_date,
            statement.closing_balance_cents,
            statement.closing_date,
            statement.separate_application,
        ),
    )
    notices = await _notices(connection, [movement.reference for movement in statement.movements])
    booked = {(movement.sequence, movement.detail) for movement in payable_movements(statement.movements)}
    treated = [(movement, _treatment(movement, booked, notices)) for movement in statement.movements]
    await _keep_lines(connection, statement_id, treated)
    await book_money(
        connection,
        money=[
            _money(statement_id, movement, notices[movement.reference])
            for movement, treatment in treated
            if treatment == "allocated" and movement.reference is not None
        ],
        booked_on=receipt.received_on,
        interest_rate=receipt.interest_rate,
    )
    await _book_others(connection, statement_id, treated, receipt)
    counts = {name: sum(treatment == name for _, treatment in treated) for name in ("allocated", "suspense", "other")}
    return StatementRead(
        statement_id=statement_id,
        duplicate=False,
        matched=counts["allocated"],
        unmatched=counts["suspense"],
        other=counts["other"],
    )


def line_id(statement_id: UUID, movement: Movement) -> UUID:
    """Give the id of a line of a statement; also the id of the payment it is."""
    return uuid5(statement_id, f"{movement.sequence}|{movement.detail}|{movement.line}")


def _treatment(movement: Movement, booked: set[tuple[int, int]], notices: dict[str, tuple[UUID, Quarter]]) -> str:
    if (movement.sequence, movement.detail) not in booked:
        return "total" if movement.detail == 0 else "detail"
    if not movement.payment:
        return "other"
    return "allocated" if movement.reference in notices else "suspense"


async def _notices(connection: Connection, references: Sequence[str | None]) -> dict[str, tuple[UUID, Quarter]]:
    cursor = await connection.execute(
        "select reference, dossier, quarter from notice where reference = any(%s)",
        ([reference for reference in references if reference is not None],),
    )
    return {row["reference"]: (row["dossier"], Quarter.parse(row["quarter"])) for row in await cursor.fetchall()}


def _money(statement_id: UUID, movement: Movement, notice: tuple[UUID, Quarter]) -> Money:
    dossier, quarter = notice
    identifier = line_id(statement_id, movement)
    return Money(
        payment_id=identifier,
        dossier=dossier,
        source=Account.BANK,
        amount_cents=movement.cents,
        value_date=movement.value_date or movement.entry_date,
        chosen_quarter=quarter,
        matched_by=str(movement.reference_source),
        line_id=identifier,
    )


async def _keep_lines(connection: Connection, statement_id: UUID, treated: Sequence[tuple[Movement, str]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into bank_line (line_id, statement_id, file_line, sequence, detail, cents, value_date, entry_date, "
            "transaction_code, structured_type, communication, reference, reference_source, counterparty_account, "
            "counterparty_name, treatment) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    line_id(statement_id, movement),
                    statement_id,
                    movement.line,
                    movement.sequence,
                    movement.detail,
                    movement.cents,
                    movement.value_date,
                    movement.entry_date,
                    movement.transaction_code,
                    movement.structured_type,
                    movement.communication,
                    movement.reference,
                    movement.reference_source,
                    movement.counterparty_account,
                    movement.counterparty_name,
                    treatment,
                )
                for movement, treatment in treated
            ],
        )


async def _book_others(
    connection: Connection, statement_id: UUID, treated: Sequence[tuple[Movement, str]], receipt: Receipt
) -> None:
    entries = [
        bank_movement(
            key=str(line_id(statement_id, movement)),
            value_date=movement.value_date or movement.entry_date,
            cents=movement.cents,
            counterpart=Account.SUSPENSE if treatment == "suspense" else Account.OTHER_BANK_MOVEMENTS,
        )
        for movement, treatment in treated
        if treatment in {"suspense", "other"} and movement.cents != 0
    ]
    if entries:
        await ledger.book(connection, entries=entries, booking_date=receipt.received_on)
    for movement, treatment in treated:
        if treatment == "suspense":
            await _open_line_task(connection, UNMATCHED_TASK, statement_id, movement, receipt)
        elif treatment == "other" and movement.return_reason:
            await _open_line_task(connection, RETURNED_TASK, statement_id, movement, receipt)


async def _open_line_task(
    connection: Connection, kind: str, statement_id: UUID, movement: Movement, receipt: Receipt
) -> None:
    identifier = line_id(statement_id, movement)
    await open_task(
        connection,
        kind=kind,
        reference=str(identifier),
        dossier=None,
        due_on=receipt.tasks_due_on,
        role="finance",
        details={"lineId": str(identifier), "amountCents": movement.cents, "fileLine": movement.line},
    )


async def bank_file(connection: Connection, *, file_id: UUID) -> dict[str, Any] | None:
    """Return what is known of a file: when it came, how its latest reading went, and its statements."""
    cursor = await connection.execute(
        "select f.file_id, f.sha256, f.received_on, f.received_by, length(f.content) as size_bytes, "
        "r.attempt, r.refusal_line, r.refusal_rule, r.refusal_detail from bank_file f "
        "join lateral (select * from bank_file_reading r where r.file_id = f.file_id order by attempt desc limit 1) r "
        "on true where f.file_id = %s",
        (file_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        "select s.statement_id, s.sequence, s.old_balance_cents, s.new_balance_cents, s.new_balance_date, "
        "count(*) filter (where l.treatment = 'allocated') as matched, "
        "count(*) filter (where l.treatment = 'suspense') as unmatched, "
        "count(*) filter (where l.treatment = 'other') as other "
        "from bank_statement s left join bank_line l using (statement_id) where s.file_id = %s "
        "group by s.statement_id order by s.position",
        (file_id,),
    )
    return {**row, "statements": await cursor.fetchall()}
