"""What others ask billing: open items, paid quarters, contributions with their reasons, and sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.accounts.rules import QuarterAccount
from services.billing.ledger import service as ledger
from services.billing.subjects import service as subjects
from services.billing.subjects.rules import ActivityPeriod, category_in, subject_period
from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter, quarters_between
from shared.platform.database import Connection

_CONTRIBUTION_KINDS: Final = ["principal", "fee"]


async def open_items(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return what was charged, paid, waived and is open, per quarter and kind, with the day it was due."""
    cursor = await connection.execute(
        "select o.quarter, o.kind, o.charged_cents, o.paid_cents, o.waived_cents, o.open_cents, "
        "coalesce(c.due_on, n.due_on) as due_on, n.reference as structured_communication "
        "from open_item o left join contribution c on c.dossier = o.dossier and c.quarter = o.quarter "
        "and c.kind = 'provisional' left join notice n on n.dossier = o.dossier and n.quarter = o.quarter "
        "and n.kind in ('provisional', 'company') where o.dossier = %s order by o.quarter, o.kind",
        (dossier,),
    )
    return [
        {**row, "due_on": row["due_on"] or Quarter.parse(row["quarter"]).last_day} for row in await cursor.fetchall()
    ]


async def charged_on(connection: Connection, *, dossier: UUID) -> dict[tuple[str, str], date]:
    """Return the day each kind of each quarter was charged; what was charged on several days is left out."""
    cursor = await connection.execute(
        "select quarter, kind, min(value_date) as day from journal_line where account = 'receivable' "
        "and nature = 'charge' and cents > 0 and dossier = %s group by quarter, kind "
        "having min(value_date) = max(value_date)",
        (dossier,),
    )
    return {(row["quarter"], row["kind"]): row["day"] for row in await cursor.fetchall()}


async def served_principal(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the quarters whose warrant or summons was served: open principal it claimed and the day interest runs."""
    account = (await ledger.load_accounts(connection, dossiers=[dossier]))[dossier]
    return [
        {
            "quarter": str(served.quarter),
            "served_on": served.served_on,
            "interest_from": served.interest_from,
            "open_cents": account.served_principal(served),
        }
        for served in account.served
    ]


async def credit_of(connection: Connection, *, dossier: UUID) -> int:
    """Return what the fund owes a dossier that paid too much."""
    cursor = await connection.execute("select credit_cents from dossier_credit where dossier = %s", (dossier,))
    row = await cursor.fetchone()
    return 0 if row is None else int(row["credit_cents"])


async def payments_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the payments of a dossier, the newest first, with the day and the reason when they were undone."""
    cursor = await connection.execute(
        "select p.payment_id, p.line_id, p.source, p.amount_cents, p.credit_cents, p.value_date, p.booked_on, "
        "r.reversed_on, r.reason as reversal from payment p left join payment_reversal r using (payment_id) "
        "where p.dossier = %s order by p.booked_on desc, p.value_date desc, p.payment_id",
        (dossier,),
    )
    return await cursor.fetchall()


async def paid_quarters(
    connection: Connection, *, dossier: UUID, first: Quarter, last: Quarter
) -> list[QuarterAccount]:
    """Return each quarter of a range as rights that depend on it see it: contribution with fee, nothing else."""
    periods = [ActivityPeriod(**row) for row in await subjects.periods_of(connection, dossier=dossier)]
    categories = [
        (row["applies_from"], Category(row["category"]))
        for row in await subjects.categories_of(connection, dossier=dossier)
    ]
    billed = await _by_quarter(
        connection, "select quarter, category, total_cents from contribution where dossier = %s", (dossier,)
    )
    taken_over = await _by_quarter(
        connection,
        "select quarter, category, due_cents, paid_cents from quarter_taken_over where dossier = %s",
        (dossier,),
    )
    relieved = await _by_quarter(connection, "select quarter from relief where dossier = %s", (dossier,))
    open_ = await _by_quarter(
        connection,
        "select quarter, sum(charged_cents)::bigint as charged_cents, sum(paid_cents)::bigint as paid_cents, "
        "sum(waived_cents)::bigint as waived_cents from open_item where dossier = %s and kind = any(%s) "
        "group by quarter",
        (dossier, _CONTRIBUTION_KINDS),
    )
    accounts: list[QuarterAccount] = []
    for quarter in quarters_between(first, last):
        key = str(quarter)
        row = open_.get(key, {})
        before = taken_over.get(key, {})
        known = billed.get(key) or before
        accounts.append(
            QuarterAccount(
                quarter=quarter,
                category=known.get("category") or category_in(categories=categories, quarter=quarter),
                subject=bool(known) or subject_period(periods=periods, quarter=quarter) is not None,
                billed=bool(known),
                relieved=key in relieved,
                due_cents=row.get("charged_cents", 0) + before.get("due_cents", 0),
                paid_cents=row.get("paid_cents", 0) + before.get("paid_cents", 0),
                waived_cents=row.get("waived_cents", 0),
            )
        )
    return accounts


async def contributions_of(connection: Connection, *, dossier: UUID) -> list[dict[str, Any]]:
    """Return the contributions of a dossier with their notice's reference, what they were assessed from and the law."""
    cursor = await connection.execute(
        "select c.quarter, c.kind, c.category, c.contribution_cents, c.fee_cents, c.total_cents, c.due_on, "
        "c.booked_on, c.income_basis, c.income_cents, c.income_quarters, c.first_quarter, c.fee_rate_millionths, "
        "l.numbers as law, n.reference, u.rule from contribution c join assessment_law l using (law_id) "
        "left join contribution_rule u on u.dossier = c.dossier and u.quarter = c.quarter and u.number = 0 "
        "left join notice n on n.dossier = c.dossier and n.quarter = c.quarter and n.kind = c.kind "
        "where c.dossier = %s order by c.quarter, c.kind",
        (dossier,),
    )
    return await cursor.fetchall()


async def take_over_quarters(
    connection: Connection, *, rows: Sequence[Mapping[str, Any]], taken_over_on: date, taken_over_by: str
) -> int:
    """Note quarters of before these books began; a quarter noted before stays as it is. Return how many were new."""
    cursor = await connection.execute(
        "insert into quarter_taken_over (dossier, quarter, category, due_cents, paid_cents, taken_over_on, "
        "taken_over_by) select dossier, quarter, category, due_cents, paid_cents, %s, %s "
        "from unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]) "
        "as given (dossier, quarter, category, due_cents, paid_cents) on conflict (dossier, quarter) do nothing",
        (
            taken_over_on,
            taken_over_by,
            [row["dossier"] for row in rows],
            [row["quarter"] for row in rows],
            [str(row["category"]) for row in rows],
            [row["due_cents"] for row in rows],
            [row["paid_cents"] for row in rows],
        ),
    )
    return cursor.rowcount


async def summary(connection: Connection) -> dict[str, int]:
    """Return the sums a report shows; ``ledger_sum_cents`` is zero as long as the books are right."""
    cursor = await connection.execute(
        "select (select count(*) from subject s where not exists (select from company c where c.dossier = s.dossier)) "
        "as subjects, "
        "(select count(*) from notice) as notices_issued, "
        "(select coalesce(sum(total_cents), 0)::bigint from contribution) "
        "+ (select coalesce(sum(amount_cents), 0)::bigint from company_contribution) as billed_cents, "
        "(select count(*) from standing_payment where source <> 'credit') as payments_matched, "
        "(select coalesce(sum(amount_cents), 0)::bigint from standing_payment where source <> 'credit') as paid_cents, "
        "(select count(*) from waiting_line) as payments_unmatched, "
        "(select coalesce(sum(cents), 0)::bigint from journal_line) as ledger_sum_cents, "
        "(select coalesce(sum(cents), 0)::bigint from journal_line where account = 'waived') as waived_cents, "
        "(select -coalesce(sum(cents), 0)::bigint from journal_line where account = 'surcharges') as surcharges_cents, "
        "(select coalesce(sum(cents), 0)::bigint from journal_line where account = 'receivable') as open_cents, "
        "(select -coalesce(sum(cents), 0)::bigint from journal_line where account = 'dossierCredit') as credit_cents, "
        "(select -coalesce(sum(cents), 0)::bigint from journal_line where account = 'suspense') as suspense_cents, "
        "(select coalesce(sum(cents), 0)::bigint from journal_line where account = 'bank') as bank_cents, "
        "(select count(distinct (quarter, dossier)) from parked_subject p where not exists "
        "(select from contribution c where c.dossier = p.dossier and c.quarter = p.quarter)) as parked"
    )
    row = await cursor.fetchone()
    return {} if row is None else {name: int(value) for name, value in row.items()}


async def _by_quarter(connection: Connection, statement: str, values: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    cursor = await connection.execute(statement, values)
    return {row["quarter"]: row for row in await cursor.fetchall()}
