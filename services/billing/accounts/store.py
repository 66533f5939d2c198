"""What the books tell of dossiers: open items, payments, contributions, quarters of before, and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.billing.accounts.rules import ContributionSums, TakenOverQuarter
from shared.contracts.vocabulary import AmountKind, Category
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject, fetch_all, fetch_values

_CONTRIBUTION_KINDS: Final = ["principal", "fee"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What was charged, paid, waived and is open of a kind of a quarter.

    ``due_on`` is the last day of the quarter where no bill gave another.
    """

    quarter: Quarter
    kind: AmountKind
    charged_cents: int
    paid_cents: int
    waived_cents: int
    open_cents: int
    due_on: date
    structured_communication: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What a dossier owes in all, and what the fund owes it."""

    open_cents: int
    credit_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPayment:
    """Money that was used for a dossier, with the day and the reason when that was undone."""

    payment_id: UUID
    line_id: UUID | None
    source: str
    amount_cents: int
    credit_cents: int
    value_date: date
    booked_on: date
    reversed_on: date | None
    reversal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledContribution:
    """A contribution with the reference of its notice, what it was assessed from, and the numbers of the law."""

    quarter: str
    kind: str
    category: str
    contribution_cents: int
    fee_cents: int
    total_cents: int
    due_on: date
    booked_on: date
    income_basis: str
    income_cents: int | None
    income_quarters: int
    first_quarter: bool
    fee_rate_millionths: int
    law: JsonObject
    reference: str | None
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The sums a report shows; ``ledger_sum_cents`` is zero as long as the books are right."""

    subjects: int
    notices_issued: int
    billed_cents: int
    payments_matched: int
    paid_cents: int
    payments_unmatched: int
    ledger_sum_cents: int
    waived_cents: int
    surcharges_cents: int
    open_cents: int
    credit_cents: int
    suspense_cents: int
    bank_cents: int
    parked: int


async def open_items(connection: Connection, *, dossier: UUID) -> list[OpenItem]:
    """Return what was charged, paid, waived and is open, per quarter and kind, with the day it was due."""
    return await fetch_all(
        connection,
        _open_item,
        "select o.quarter, o.kind, o.charged_cents, o.paid_cents, o.waived_cents, o.open_cents, "
        "coalesce(c.due_on, n.due_on) as due_on, n.reference as structured_communication "
        "from open_item o left join contribution c on c.dossier = o.dossier and c.quarter = o.quarter "
        "and c.kind = 'provisional' left join notice n on n.dossier = o.dossier and n.quarter = o.quarter "
        "and n.kind in ('provisional', 'company') where o.dossier = %s order by o.quarter, o.kind",
        (dossier,),
    )


async def charged_on(connection: Connection, *, dossier: UUID) -> dict[tuple[Quarter, AmountKind], date]:
    """Return the day each kind of each quarter was charged; what was charged on several days is left out."""
    return dict(
        await fetch_all(
            connection,
            _charged,
            "select quarter, kind, min(value_date) as day from journal_line where account = 'receivable' "
            "and nature = 'charge' and cents > 0 and dossier = %s group by quarter, kind "
            "having min(value_date) = max(value_date)",
            (dossier,),
        )
    )


async def credit_of(connection: Connection, *, dossier: UUID) -> int:
    """Return what the fund owes a dossier that paid too much."""
    return (await stand_of(connection, dossier=dossier)).credit_cents


async def stand_of(connection: Connection, *, dossier: UUID) -> Stand:
    """Return what is open and what the fund owes, in all."""
    (stand,) = await fetch_all(
        connection,
        Stand,
        "select (select coalesce(sum(open_cents), 0)::bigint from open_item where dossier = %(dossier)s) "
        "as open_cents, "
        "coalesce((select credit_cents from dossier_credit where dossier = %(dossier)s), 0) as credit_cents",
        {"dossier": dossier},
    )
    return stand


async def payments_of(connection: Connection, *, dossier: UUID) -> list[DossierPayment]:
    """Return the payments of a dossier, the newest first."""
    return await fetch_all(
        connection,
        DossierPayment,
        "select p.payment_id, p.line_id, p.source, p.amount_cents, p.credit_cents, p.value_date, p.booked_on, "
        "r.reversed_on, r.reason as reversal from payment p left join payment_reversal r using (payment_id) "
        "where p.dossier = %s order by p.booked_on desc, p.value_date desc, p.payment_id",
        (dossier,),
    )


async def contributions_of(connection: Connection, *, dossier: UUID) -> list[BilledContribution]:
    """Return the contributions of a dossier, the oldest quarter first."""
    return await fetch_all(
        connection,
        BilledContribution,
        "select c.quarter, c.kind, c.category, c.contribution_cents, c.fee_cents, c.total_cents, c.due_on, "
        "c.booked_on, c.income_basis, c.income_cents, c.income_quarters, c.first_quarter, c.fee_rate_millionths, "
        "l.numbers as law, n.reference, u.rule from contribution c join assessment_law l using (law_id) "
        "left join contribution_rule u on u.dossier = c.dossier and u.quarter = c.quarter and u.number = 0 "
        "left join notice n on n.dossier = c.dossier and n.quarter = c.quarter and n.kind = c.kind "
        "where c.dossier = %s order by c.quarter, c.kind",
        (dossier,),
    )


async def billed_categories(connection: Connection, *, dossier: UUID) -> dict[Quarter, Category]:
    """Return the quarters whose contribution was computed, with the category it was computed for."""
    return dict(
        await fetch_all(
            connection, _category, "select quarter, category from contribution where dossier = %s", (dossier,)
        )
    )


async def relieved_quarters(connection: Connection, *, dossier: UUID) -> set[Quarter]:
    """Return the quarters of which another decision says that they are not owed."""
    found = await fetch_values(connection, "select quarter from relief where dossier = %s", (dossier,))
    return {Quarter.parse(quarter) for quarter in found}


async def contribution_sums(connection: Connection, *, dossier: UUID) -> dict[Quarter, ContributionSums]:
    """Return what stands in these books of the contribution of quarters, fee included."""
    return dict(
        await fetch_all(
            connection,
            _sums,
            "select quarter, sum(charged_cents)::bigint as charged_cents, sum(paid_cents)::bigint as paid_cents, "
            "sum(waived_cents)::bigint as waived_cents from open_item where dossier = %s and kind = any(%s) "
            "group by quarter",
            (dossier, _CONTRIBUTION_KINDS),
        )
    )


async def quarters_taken_over(connection: Connection, *, dossier: UUID) -> list[TakenOverQuarter]:
    """Return the quarters of before these books began."""
    return await fetch_all(
        connection,
        _taken_over,
        "select dossier, quarter, category, due_cents, paid_cents from quarter_taken_over where dossier = %s",
        (dossier,),
    )


async def take_over_quarters(
    connection: Connection, *, quarters: Sequence[TakenOverQuarter], taken_over_on: date, taken_over_by: str
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
            [one.dossier for one in quarters],
            [str(one.quarter) for one in quarters],
            [str(one.category) for one in quarters],
            [one.due_cents for one in quarters],
            [one.paid_cents for one in quarters],
        ),
    )
    return cursor.rowcount


async def summary(connection: Connection) -> Summary:
    """Return the sums a report shows."""
    (sums,) = await fetch_all(
        connection,
        Summary,
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
        "(select from contribution c where c.dossier = p.dossier and c.quarter = p.quarter)) as parked",
    )
    return sums


def _open_item(
    *, quarter: str, kind: str, due_on: date | None, structured_communication: str | None, **cents: int
) -> OpenItem:
    of = Quarter.parse(quarter)
    return OpenItem(
        quarter=of,
        kind=AmountKind(kind),
        due_on=due_on or of.last_day,
        structured_communication=structured_communication,
        **cents,
    )


def _charged(*, quarter: str, kind: str, day: date) -> tuple[tuple[Quarter, AmountKind], date]:
    return (Quarter.parse(quarter), AmountKind(kind)), day


def _category(*, quarter: str, category: str) -> tuple[Quarter, Category]:
    return Quarter.parse(quarter), Category(category)


def _sums(*, quarter: str, **cents: int) -> tuple[Quarter, ContributionSums]:
    return Quarter.parse(quarter), ContributionSums(**cents)


def _taken_over(*, dossier: UUID, quarter: str, category: str, due_cents: int, paid_cents: int) -> TakenOverQuarter:
    return TakenOverQuarter(
        dossier=dossier,
        quarter=Quarter.parse(quarter),
        category=Category(category),
        due_cents=due_cents,
        paid_cents=paid_cents,
    )
