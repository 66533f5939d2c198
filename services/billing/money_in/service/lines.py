"""The lines of a bank file: kept, matched by the database all at once, and booked in parts of a few thousand.

Matching is by structured reference. Money whose reference nobody has, or whose payer must not be matched without a
person looking at it, waits on the suspense account with a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, Final
from uuid import UUID, uuid5

from services.billing.bank_statements.rules.formats import stream_statements
from services.billing.bank_statements.rules.statement import Group, Movement, Statement
from services.billing.bank_statements.service import Receipt
from services.billing.ledger import service as ledger
from services.billing.ledger.rules.entries import Account, bank_movement
from services.billing.ledger.service import AccountRows
from services.billing.money_in.service.side_by_side import computed_beside
from services.billing.money_out.service.collection_returns import take_collection_back
from services.billing.settlement.rules import Money
from services.billing.settlement.service import SettledMoney, settle, write_settled
from services.billing.undoing.service.line_tasks import RETURNED_TASK, UNMATCHED_TASK, open_line_task
from services.billing.undoing.service.reversals import Act, take_back
from shared.law.quarter import Quarter
from shared.platform.copying import Block, block, copy_blocks, free_text, row
from shared.platform.database import Connection

_LINES_AT_ONCE: Final = 10_000
_DOSSIERS_A_PAGE: Final = 4_000
#: Matching a file of a million lines takes the database longer than a request may.
_STATEMENT_TIMEOUT: Final = "60min"
_COLUMNS: Final = (
    "line_id, statement_id, ordinal, file_line, sequence, detail, cents, value_date, entry_date, transaction_code, "
    "structured_type, communication, reference, reference_source, counterparty_account, counterparty_name, reversal"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounts:
    """How many lines of a statement were matched, wait to be identified, or are no payments."""

    matched: int = 0
    unmatched: int = 0
    other: int = 0


async def load_lines(connection: Connection, *, source: BinaryIO, file_id: UUID) -> list[Statement]:
    """Read a whole file: its lines go to a table of this transaction, its statements are returned in their order.

    Raises:
        BankFileRefused: the file breaks a rule of its format; the caller rolls back what was loaded.
    """
    await connection.execute("select set_config('statement_timeout', %s, true)", (_STATEMENT_TIMEOUT,))
    await connection.execute(
        "create temporary table incoming_line (like bank_line, return_reason text not null, "
        "customer_reference text not null, mandate_reference text not null, booked boolean not null, "
        "payment boolean not null) on commit drop"
    )
    await connection.execute("alter table incoming_line alter treatment drop not null")
    statements: list[Statement] = []
    rows = _rows(source, file_id, statements)
    columns = f"{_COLUMNS}, return_reason, customer_reference, mandate_reference, booked, payment"

    def following() -> list[Block]:
        part = list(islice(rows, _LINES_AT_ONCE))
        return [block("incoming_line", columns, part)] if part else []

    loading = await asyncio.to_thread(following)
    while loading:
        loading = await computed_beside(following, copy_blocks(connection, loading))
    return statements


async def book_lines(connection: Connection, *, known: Sequence[UUID], receipt: Receipt) -> dict[UUID, LineCounts]:
    """Keep and book every line that was loaded, once the statements of the file were checked.

    Args:
        connection: inside the transaction that loaded the lines and kept the statements.
        known: ids, as ``statement_id`` gives them, of statements that were booked before from another file.
        receipt: who brought the file and when.
    """
    if known:
        await connection.execute("delete from incoming_line where statement_id = any(%s)", (list(known),))
    # What is in the table is only known to the planner after this.
    await connection.execute("analyze incoming_line")
    await _match(connection)
    await _book_payments(connection, receipt)
    await _book_others(connection, receipt)
    counts = await _counts(connection)
    await connection.execute("drop table incoming_line")
    return counts


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
                yield _row(current, ordinal, movement, booked=booked)
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


def _row(statement: UUID, ordinal: int, movement: Movement, *, booked: bool) -> str:
    return row(
        line_id(statement, ordinal),
        statement,
        ordinal,
        movement.line,
        movement.sequence,
        movement.detail,
        movement.cents,
        movement.value_date,
        movement.entry_date,
        free_text(movement.transaction_code),
        free_text(movement.structured_type),
        free_text(movement.communication),
        movement.reference,
        movement.reference_source,
        free_text(movement.counterparty_account),
        free_text(movement.counterparty_name),
        movement.reversal,
        free_text(movement.return_reason),
        free_text(movement.customer_reference),
        free_text(movement.mandate_reference),
        booked,
        movement.payment,
    )


async def _match(connection: Connection) -> None:
    """Say of every line what it is, by its reference, in one go; then keep the lines."""
    await connection.execute(
        f"""
        insert into bank_line ({_COLUMNS}, treatment)
        select {", ".join(f"i.{name}" for name in _COLUMNS.split(", "))},
               case when not i.booked then case when i.detail = 0 then 'total' else 'detail' end
                    when not i.payment then 'other'
                    when n.dossier is null or x.dossier is not null then 'suspense'
                    else 'allocated' end
        from incoming_line i
        left join notice n on n.reference = i.reference and i.booked and i.payment
        left join payer_excluded x on x.counterparty_account = i.counterparty_account and x.dossier = n.dossier
        order by i.statement_id, i.ordinal
        """
    )


async def _book_payments(connection: Connection, receipt: Receipt) -> None:
    """Book the matched payments, page after page: the next page is computed while the database writes one."""
    pages = await _cut_payments(connection)
    waiting: SettledMoney | None = None
    for page in range(pages):
        cursor = await connection.execute(
            "select * from incoming_payment where page = %s order by position", (page,), binary=True
        )
        rows = await cursor.fetchall()
        # A dossier stands on one page only: what waits to be written changes no account that is read here.
        read = await ledger.account_rows(connection, dossiers=list(dict.fromkeys(found["dossier"] for found in rows)))
        compute = partial(_settled, rows, read, receipt)
        waiting = await computed_beside(compute, _write_waiting(connection, waiting))
    await _write_waiting(connection, waiting)
    await connection.execute("drop table incoming_payment")


async def _cut_payments(connection: Connection) -> int:
    """Cut the matched payments into pages of so many dossiers, lock their accounts and return how many pages it are."""
    await connection.execute(
        f"""
        create temporary table incoming_payment on commit drop as
        select l.line_id, n.dossier, n.quarter, l.cents, coalesce(l.value_date, l.entry_date) as value_date,
               l.reference_source, row_number() over by_dossier as position,
               (dense_rank() over (order by n.dossier) - 1) / {_DOSSIERS_A_PAGE} as page
        from incoming_line i join bank_line l using (line_id) join notice n on n.reference = l.reference
        join bank_statement s on s.statement_id = l.statement_id
        where l.treatment = 'allocated'
        window by_dossier as (order by n.dossier, s.position, l.ordinal)
        """
    )
    await connection.execute("create index on incoming_payment (page, position)")
    await connection.execute("analyze incoming_payment")
    # All locks at once and in order of dossier, as everybody takes them: else two who book could wait for each other.
    await connection.execute(
        "select count(*) from (select from subject where dossier in (select dossier from incoming_payment) "
        "order by dossier for no key update) locked"
    )
    cursor = await connection.execute("select coalesce(max(page) + 1, 0) as pages from incoming_payment")
    found = await cursor.fetchone()
    return 0 if found is None else int(found["pages"])


def _settled(rows: Sequence[dict[str, Any]], read: AccountRows, receipt: Receipt) -> SettledMoney:
    money = [_money(found) for found in rows]
    return settle(read, money, booked_on=receipt.received_on, interest_rate=receipt.interest_rate)


async def _write_waiting(connection: Connection, waiting: SettledMoney | None) -> None:
    if waiting is not None:
        await write_settled(connection, waiting)


def _money(found: dict[str, Any]) -> Money:
    return Money(
        payment_id=found["line_id"],
        dossier=found["dossier"],
        source=Account.BANK,
        amount_cents=found["cents"],
        value_date=found["value_date"],
        chosen_quarter=Quarter.parse(found["quarter"]),
        matched_by=found["reference_source"],
        line_id=found["line_id"],
    )


async def _book_others(connection: Connection, receipt: Receipt) -> None:
    """Book what is no matched payment, so that the books follow the account; a person looks at what needs one."""
    await connection.execute(
        """
        create temporary table incoming_other on commit drop as
        select l.*, i.return_reason, i.customer_reference, i.mandate_reference,
               row_number() over (order by s.position, l.ordinal) as position
        from incoming_line i join bank_line l using (line_id) join bank_statement s on s.statement_id = l.statement_id
        where l.treatment in ('suspense', 'other')
        """
    )
    await connection.execute("create unique index on incoming_other (position)")
    first = 1
    while lines := await _part(connection, "incoming_other", first, _LINES_AT_ONCE):
        entries = [
            bank_movement(
                key=str(line["line_id"]),
                value_date=line["value_date"] or line["entry_date"],
                cents=line["cents"],
                counterpart=Account.SUSPENSE if line["treatment"] == "suspense" else Account.OTHER_BANK_MOVEMENTS,
            )
            for line in lines
            if line["cents"] != 0
        ]
        await ledger.book_new(connection, entries=entries, booking_date=receipt.received_on)
        for line in lines:
            await _follow(connection, line, receipt)
        first += _LINES_AT_ONCE
    await connection.execute("drop table incoming_other")


async def _part(connection: Connection, table: str, first: int, size: int) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        f"select * from {table} where position >= %s and position < %s order by position", (first, first + size)
    )
    return await cursor.fetchall()


async def _follow(connection: Connection, line: dict[str, Any], receipt: Receipt) -> None:
    """Take a payment back that the bank took back, or ask a person to look at a line."""
    if line["treatment"] == "suspense":
        await open_line_task(connection, kind=UNMATCHED_TASK, line=line, due_on=receipt.tasks_due_on)
        return
    if not line["reversal"] and not line["return_reason"]:
        return
    act = Act(
        done_by=receipt.received_by,
        booked_on=receipt.received_on,
        interest_rate=receipt.interest_rate,
        tasks_due_on=receipt.tasks_due_on,
    )
    if line["cents"] < 0 and await take_collection_back(connection, line=line, act=act):
        return
    if line["cents"] >= 0 or not await take_back(connection, line=line, act=act):
        await open_line_task(connection, kind=RETURNED_TASK, line=line, due_on=receipt.tasks_due_on)


async def _counts(connection: Connection) -> dict[UUID, LineCounts]:
    cursor = await connection.execute(
        "select l.statement_id, count(*) filter (where l.treatment = 'allocated') as matched, "
        "count(*) filter (where l.treatment = 'suspense') as unmatched, "
        "count(*) filter (where l.treatment = 'other') as other "
        "from bank_line l where l.statement_id in (select distinct statement_id from incoming_line) "
        "group by l.statement_id"
    )
    return {
        found["statement_id"]: LineCounts(matched=found["matched"], unmatched=found["unmatched"], other=found["other"])
        for found in await cursor.fetchall()
    }
