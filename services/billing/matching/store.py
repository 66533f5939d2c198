"""Lines whose money waits to be identified, whom it may be for, and payers a person looks at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value

_WAITING: Final = (
    "select w.line_id, w.cents as amount_cents, coalesce(w.value_date, w.entry_date) as value_date, "
    "w.communication, w.counterparty_account, w.counterparty_name from waiting_line w "
    "join bank_statement s using (statement_id) "
    "where %(after)s::uuid is null or (s.position, w.ordinal) > (select s2.position, l2.ordinal from bank_line l2 "
    "join bank_statement s2 using (statement_id) where l2.line_id = %(after)s) "
    "order by s.position, w.ordinal limit %(limit)s"
)
_CANDIDATES: Final = """
  with line as (
    select w.line_id, w.cents, w.counterparty_account from waiting_line w where w.line_id = any(%(lines)s)
  ), found as (
    select line.line_id, p.dossier, 'payerPaidBefore' as reason
    from line join bank_line l on l.counterparty_account = line.counterparty_account
      and l.treatment in ('allocated', 'suspense') and l.counterparty_account <> ''
    join standing_payment p on p.line_id = l.line_id
    union
    select h.line_id, n.dossier, 'referenceAlmostRight'
    from unnest(%(base_lines)s::uuid[], %(bases)s::text[]) as h (line_id, base)
    join notice n on n.reference between h.base || '00' and h.base || '99'
    union
    select h.line_id, s.dossier, 'fileNumberInText'
    from unnest(%(file_lines)s::uuid[], %(files)s::integer[]) as h (line_id, file_number)
    join subject s on s.file_number = h.file_number
  ), candidate as (
    select line_id, dossier, array_agg(reason) as reasons from found group by line_id, dossier
  )
  select c.line_id, c.dossier, s.file_number, c.reasons, o.open_cents, line.cents,
         exists (select from open_item i where i.dossier = c.dossier group by i.quarter
                 having sum(i.open_cents) = line.cents) as quarter_amount
  from candidate c join line using (line_id) join subject s on s.dossier = c.dossier
  cross join lateral (select coalesce(sum(i.open_cents), 0)::bigint as open_cents
                      from open_item i where i.dossier = c.dossier) o
  where not exists (select from payer_excluded x
                    where x.counterparty_account = line.counterparty_account and x.dossier = c.dossier)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """A bank line whose money waits to be identified."""

    line_id: UUID
    amount_cents: int
    value_date: date
    communication: str
    counterparty_account: str
    counterparty_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingMoney:
    """Money of a line that waits, and how many of its matches were undone before."""

    cents: int
    value_date: date
    undone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A dossier the money of a line may be for, and why.

    Attributes:
        open_cents: what the dossier owes.
        cents: the money of the line.
        quarter_amount: whether one quarter of the dossier owes just as much.
    """

    line_id: UUID
    dossier: UUID
    file_number: int
    reasons: list[str]
    open_cents: int
    cents: int
    quarter_amount: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A payer whose money does not go to a dossier by itself; of the account the last four digits only."""

    exclusion_id: int
    account_ending: str
    dossier: UUID
    file_number: int
    noted_on: date
    noted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedExclusion:
    """An exclusion as it was noted once, and whether it holds still."""

    counterparty_account: str
    dossier: UUID
    holds: bool


async def dossier_of_line(connection: Connection, *, line: UUID) -> UUID | None:
    """Return the dossier the money of a line went to."""
    found: UUID | None = await fetch_value(
        connection, "select dossier from standing_payment where line_id = %s", (line,)
    )
    return found


async def waiting_money(connection: Connection, *, line: UUID) -> WaitingMoney | None:
    """Return the money of a line that waits to be identified."""
    return await fetch_one(
        connection,
        WaitingMoney,
        "select w.cents, coalesce(w.value_date, w.entry_date) as value_date, "
        "(select count(*) from payment p where p.line_id = w.line_id) as undone from waiting_line w "
        "where w.line_id = %s",
        (line,),
    )


async def waiting_lines(connection: Connection, *, after: UUID | None, limit: int) -> list[WaitingLine]:
    """Return lines whose money waits, the oldest first, from the one after a line on."""
    return await fetch_all(connection, WaitingLine, _WAITING, {"after": after, "limit": limit})


async def candidates(
    connection: Connection,
    *,
    lines: Sequence[UUID],
    bases: Sequence[tuple[UUID, str]],
    files: Sequence[tuple[UUID, int]],
) -> list[Candidate]:
    """Return the dossiers lines may be for.

    Args:
        connection: a transaction.
        lines: lines that wait.
        bases: the first ten digits of references their texts name, by line.
        files: file numbers their texts name, by line.
    """
    return await fetch_all(
        connection,
        Candidate,
        _CANDIDATES,
        {
            "lines": list(lines),
            "base_lines": [line for line, _ in bases],
            "bases": [base for _, base in bases],
            "file_lines": [line for line, _ in files],
            "files": [number for _, number in files],
        },
    )


async def exclusions(connection: Connection, *, before: int | None, limit: int) -> list[Exclusion]:
    """Return exclusions that hold, the newest first."""
    return await fetch_all(
        connection,
        Exclusion,
        "select x.position as exclusion_id, right(x.counterparty_account, 4) as account_ending, x.dossier, "
        "s.file_number, x.noted_on, x.noted_by from payer_excluded x join subject s using (dossier) "
        "where %(before)s::bigint is null or x.position < %(before)s order by x.position desc limit %(limit)s",
        {"before": before, "limit": limit},
    )


async def lock_payer_rules(connection: Connection) -> None:
    """Hold others who lift an exclusion back: the rules of a pair have no row of their own to lock."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('payer_rule', 0))")


async def noted_exclusion(connection: Connection, *, exclusion_id: int) -> NotedExclusion | None:
    """Return an exclusion that was noted, lifted or not."""
    return await fetch_one(
        connection,
        NotedExclusion,
        "select r.counterparty_account, r.dossier, exists (select from payer_excluded x where x.position = r.position) "
        "as holds from payer_rule r where r.position = %s and not r.automatic",
        (exclusion_id,),
    )
