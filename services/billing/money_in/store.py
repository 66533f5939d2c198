"""The lines of a bank file: in tables of the transaction until all of them are booked, matched by the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.rows import args_row

from services.billing.bank_statements.rules.statement import Movement, Statement
from services.billing.undoing.rules import BookedLine
from shared.platform.database.connections import Connection
from shared.platform.database.copying import Block, block, free_text, row
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

#: Matching a file of a million lines takes the database longer than a request may.
_STATEMENT_TIMEOUT: Final = "60min"
_COLUMNS: Final = (
    "line_id, statement_id, ordinal, file_line, sequence, detail, cents, value_date, entry_date, transaction_code, "
    "structured_type, communication, reference, reference_source, counterparty_account, counterparty_name, reversal"
)
_INCOMING: Final = f"{_COLUMNS}, return_reason, customer_reference, mandate_reference, booked, payment"


class MatchedPayment(NamedTuple):
    """A line whose reference is that of a notice; thousands are read at once, by position."""

    line_id: UUID
    dossier: UUID
    quarter: str
    cents: int
    value_date: date
    reference_source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLine(BookedLine):
    """A line that is no matched payment: money to identify, or another movement of the account."""

    file_line: int
    reversal: bool
    treatment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRead:
    """What was done with one statement; ``duplicate`` when it had been booked from another file."""

    statement_id: UUID
    duplicate: bool = False
    matched: int = 0
    unmatched: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStatement:
    """A statement that was booked."""

    statement_id: UUID
    sequence: int | None
    old_balance_cents: int
    old_balance_date: date
    new_balance_cents: int
    new_balance_date: date


_STATEMENT: Final = (
    "select statement_id, sequence, old_balance_cents, old_balance_date, new_balance_cents, new_balance_date "
    "from bank_statement where account = %(account)s "
)


async def statement_like(connection: Connection, statement: Statement) -> KnownStatement | None:
    """Return the statement with the same number and day, or with the same balances where statements bear no number."""
    return await fetch_one(
        connection,
        KnownStatement,
        f"{_STATEMENT} and separate_application = %(separate)s and new_balance_date = %(closed)s "
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


async def last_statement(connection: Connection, *, account: str) -> KnownStatement | None:
    """Return the statement of an account that was booked last."""
    return await fetch_one(
        connection,
        KnownStatement,
        f"{_STATEMENT} and not separate_application order by position desc limit 1",
        {"account": account},
    )


async def insert_statement(connection: Connection, *, statement_id: UUID, file_id: UUID, statement: Statement) -> None:
    """Keep a statement of a file."""
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


async def open_incoming(connection: Connection) -> None:
    """Make the table of this transaction that takes the lines of a file."""
    await connection.execute("select set_config('statement_timeout', %s, true)", (_STATEMENT_TIMEOUT,))
    await connection.execute(
        "create temporary table incoming_line (like bank_line, return_reason text not null, "
        "customer_reference text not null, mandate_reference text not null, booked boolean not null, "
        "payment boolean not null) on commit drop"
    )
    await connection.execute("alter table incoming_line alter treatment drop not null")


def incoming_block(rows: Iterable[str]) -> Block:
    """Write lines out for ``copy_blocks``, each as ``incoming_row`` writes it."""
    return block("incoming_line", _INCOMING, rows)


def incoming_row(line: UUID, statement: UUID, ordinal: int, movement: Movement, *, booked: bool) -> str:
    """Write a line of a statement out; ``booked`` when it is booked by itself."""
    return row(
        line,
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


async def leave_out(connection: Connection, *, statements: Sequence[UUID]) -> None:
    """Take the lines of statements that were booked before out again."""
    await connection.execute("delete from incoming_line where statement_id = any(%s)", (list(statements),))


async def match_incoming(connection: Connection) -> None:
    """Say of every line what it is, by its reference, in one go; then keep the lines."""
    # What is in the table is only known to the planner after this.
    await connection.execute("analyze incoming_line")
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


async def cut_payments(connection: Connection, *, dossiers_a_page: int) -> int:
    """Cut the matched payments into pages of so many dossiers, lock their accounts and return how many pages it is."""
    await connection.execute(
        f"""
        create temporary table incoming_payment on commit drop as
        select l.line_id, n.dossier, n.quarter, l.cents, coalesce(l.value_date, l.entry_date) as value_date,
               l.reference_source, row_number() over by_dossier as position,
               (dense_rank() over (order by n.dossier) - 1) / {dossiers_a_page} as page
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
    return int(await fetch_value(connection, "select coalesce(max(page) + 1, 0) from incoming_payment"))


async def payments_of_page(connection: Connection, *, page: int) -> list[MatchedPayment]:
    """Return the matched payments of a page, in the order in which they are to be used."""
    async with connection.cursor(row_factory=args_row(MatchedPayment)) as cursor:
        await cursor.execute(
            "select line_id, dossier, quarter, cents, value_date, reference_source from incoming_payment "
            "where page = %s order by position",
            (page,),
            binary=True,
        )
        return await cursor.fetchall()


async def cut_others(connection: Connection) -> None:
    """Number the lines that are no matched payments, in the order of the file."""
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


async def others_from(connection: Connection, *, first: int, size: int) -> list[OtherLine]:
    """Return so many of the numbered lines, from one on."""
    return await fetch_all(
        connection,
        OtherLine,
        "select line_id, file_line, cents, coalesce(value_date, entry_date) as value_date, communication, reference, "
        "counterparty_account, reversal, treatment, return_reason, customer_reference, mandate_reference "
        "from incoming_other where position >= %s and position < %s order by position",
        (first, first + size),
    )


async def statements_read(connection: Connection) -> list[StatementRead]:
    """Count what the lines of each statement of the file became."""
    return await fetch_all(
        connection,
        StatementRead,
        "select l.statement_id, count(*) filter (where l.treatment = 'allocated') as matched, "
        "count(*) filter (where l.treatment = 'suspense') as unmatched, "
        "count(*) filter (where l.treatment = 'other') as other "
        "from bank_line l where l.statement_id in (select distinct statement_id from incoming_line) "
        "group by l.statement_id",
    )


async def close_incoming(connection: Connection) -> None:
    """Drop the tables of this transaction."""
    await connection.execute("drop table incoming_payment, incoming_other, incoming_line")
