"""The lines of a bank file: kept, matched by the database all at once, and booked in parts of a few thousand.

Matching is by structured reference. Money whose reference nobody has, or whose payer must not be matched without a
person looking at it, waits on the suspense account with a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import BinaryIO, Final
from uuid import UUID, uuid5

from services.billing.bank_statements.rules.formats import stream_statements
from services.billing.bank_statements.rules.statement import Group, Movement, Statement
from services.billing.bank_statements.service import Receipt
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import Account, bank_movement
from services.billing.ledger.service import AccountRows
from services.billing.money_in import store
from services.billing.money_in.service.side_by_side import computed_beside
from services.billing.money_in.store import MatchedPayment, OtherLine, StatementRead, incoming_row
from services.billing.money_out.service.collection_returns import take_collection_back
from services.billing.settlement.rules import Money
from services.billing.settlement.service import SettledMoney, settle, write_settled
from services.billing.undoing.service.line_tasks import RETURNED_TASK, UNMATCHED_TASK, open_line_task
from services.billing.undoing.service.reversals import Act, take_back
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.copying import Block, copy_blocks

_LINES_AT_ONCE: Final = 10_000
_DOSSIERS_A_PAGE: Final = 4_000


async def load_lines(connection: Connection, *, source: BinaryIO, file_id: UUID) -> list[Statement]:
    """Read a whole file: its lines go to a table of this transaction, its statements are returned in their order.

    Raises:
        BankFileRefused: the file breaks a rule of its format; the caller rolls back what was loaded.
    """
    await store.open_incoming(connection)
    statements: list[Statement] = []
    rows = _rows(source, file_id, statements)

    def following() -> list[Block]:
        part = list(islice(rows, _LINES_AT_ONCE))
        return [store.incoming_block(part)] if part else []

    loading = await asyncio.to_thread(following)
    while loading:
        loading = await computed_beside(following, copy_blocks(connection, loading))
    return statements


async def book_lines(connection: Connection, *, known: Sequence[UUID], receipt: Receipt) -> dict[UUID, StatementRead]:
    """Keep and book every line that was loaded, once the statements of the file were checked.

    Args:
        connection: inside the transaction that loaded the lines and kept the statements.
        known: ids, as ``statement_id`` gives them, of statements that were booked before from another file.
        receipt: who brought the file and when.
    """
    if known:
        await store.leave_out(connection, statements=known)
    await store.match_incoming(connection)
    await _book_payments(connection, receipt)
    await _book_others(connection, receipt)
    read = await store.statements_read(connection)
    await store.close_incoming(connection)
    return {statement.statement_id: statement for statement in read}


def statement_id(file_id: UUID, position: int) -> UUID:
    """Give the id of a statement of a file, by its position from 0."""
    return uuid5(file_id, f"statement|{position}")


def _rows(source: BinaryIO, file_id: UUID, statements: list[Statement]) -> Iterator[str]:
    """Give the rows of a file line by line, and add each statement to the list when it ends."""
    current = statement_id(file_id, 0)
    ordinal = 0
    group: Group | None = None
    for part in stream_statements(source):
        ends = isinstance(part, Statement) or part.detail == 0
        if ends and group is not None:
            for movement, booked in _treated(group):
                ordinal += 1
                yield incoming_row(line_id(current, ordinal), current, ordinal, movement, booked=booked)
            group = None
        if isinstance(part, Statement):
            statements.append(part)
            current = statement_id(file_id, len(statements))
            ordinal = 0
        elif group is None:
            group = Group(total=part)
        else:
            group.details.append(part)


def _treated(group: Group) -> Iterator[tuple[Movement, bool]]:
    """Give each movement of a group, and whether it is booked by itself."""
    if not group.details:
        yield group.total, True
        return
    payable = {id(movement) for movement in group.payable()}
    for movement in (group.total, *group.details):
        yield movement, id(movement) in payable


def line_id(statement: UUID, ordinal: int) -> UUID:
    """Give the id of a line of a statement; also the id of the payment it is."""
    return uuid5(statement, str(ordinal))


async def _book_payments(connection: Connection, receipt: Receipt) -> None:
    """Book the matched payments, page after page: the next page is computed while the database writes one."""
    pages = await store.cut_payments(connection, dossiers_a_page=_DOSSIERS_A_PAGE)
    waiting: SettledMoney | None = None
    for page in range(pages):
        found = await store.payments_of_page(connection, page=page)
        # A dossier stands on one page only: what waits to be written changes no account that is read here.
        read = await ledger.account_rows(connection, dossiers=list(dict.fromkeys(payment.dossier for payment in found)))
        compute = partial(_settled, found, read, receipt)
        waiting = await computed_beside(compute, _write_waiting(connection, waiting))
    await _write_waiting(connection, waiting)


def _settled(found: Sequence[MatchedPayment], read: AccountRows, receipt: Receipt) -> SettledMoney:
    money = [_money(payment) for payment in found]
    return settle(read, money, booked_on=receipt.received_on, interest_rate=receipt.interest_rate)


async def _write_waiting(connection: Connection, waiting: SettledMoney | None) -> None:
    if waiting is not None:
        await write_settled(connection, waiting)


def _money(found: MatchedPayment) -> Money:
    return Money(
        payment_id=found.line_id,
        dossier=found.dossier,
        source=Account.BANK,
        amount_cents=found.cents,
        value_date=found.value_date,
        chosen_quarter=Quarter.parse(found.quarter),
        matched_by=found.reference_source,
        line_id=found.line_id,
    )


async def _book_others(connection: Connection, receipt: Receipt) -> None:
    """Book what is no matched payment, so that the books follow the account; a person looks at what needs one."""
    await store.cut_others(connection)
    first = 1
    while lines := await store.others_from(connection, first=first, size=_LINES_AT_ONCE):
        entries = [
            bank_movement(
                key=str(line.line_id),
                value_date=line.value_date,
                cents=line.cents,
                counterpart=Account.SUSPENSE if line.treatment == "suspense" else Account.OTHER_BANK_MOVEMENTS,
            )
            for line in lines
            if line.cents != 0
        ]
        await ledger.book_new(connection, entries=entries, booking_date=receipt.received_on)
        for line in lines:
            await _follow(connection, line, receipt)
        first += _LINES_AT_ONCE


async def _follow(connection: Connection, line: OtherLine, receipt: Receipt) -> None:
    """Take a payment back that the bank took back, or ask a person to look at a line."""
    if line.treatment == "suspense":
        await _ask(connection, UNMATCHED_TASK, line, receipt)
        return
    if not line.reversal and not line.return_reason:
        return
    act = Act(
        done_by=receipt.received_by,
        booked_on=receipt.received_on,
        interest_rate=receipt.interest_rate,
        tasks_due_on=receipt.tasks_due_on,
    )
    if line.cents < 0 and await take_collection_back(connection, line=line, act=act):
        return
    if line.cents >= 0 or not await take_back(connection, line=line, act=act):
        await _ask(connection, RETURNED_TASK, line, receipt)


async def _ask(connection: Connection, kind: str, line: OtherLine, receipt: Receipt) -> None:
    await open_line_task(
        connection,
        kind=kind,
        line_id=line.line_id,
        cents=line.cents,
        file_line=line.file_line,
        due_on=receipt.tasks_due_on,
    )
