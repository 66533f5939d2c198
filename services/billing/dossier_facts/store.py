"""What the tables hold of dossiers: activities, categories, incomes, bills, estimates, statements and credits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from services.billing.dossier_facts.rules.facts import CreditMovement, EarlierStatement, Estimate, KnownIncome
from services.billing.subjects.rules import ActivityPeriod, DatedCategory, dated_category
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all

Row = TypeVar("Row")
_CATEGORIES = (
    "select dossier, applies_from, category, political_mandate, old_age_opt_out, helped_dossier "
    "from category_period where dossier = any(%s) order by applies_from"
)
#: What each quarter was billed: its first bill, or what was taken over, and the last of its changes.
_CHARGES = (
    "with first_bill as ("
    "select dossier, quarter, category, contribution_cents, fee_cents, null::date as taken_over_on, "
    "0::bigint as taken_over_unpaid_cents, null::bigint as due_cents from contribution "
    "where kind = 'provisional' and dossier = any(%(dossiers)s) and not exists "
    # What a cessation left unowed was waived: it is no bill a later statement could lower.
    "(select from unowed w where w.dossier = contribution.dossier and w.quarter = contribution.quarter) "
    "union all select t.dossier, t.quarter, t.category, null, null, t.taken_over_on, t.due_cents - t.paid_cents, "
    "t.due_cents from quarter_taken_over t where t.dossier = any(%(dossiers)s) and not exists "
    "(select from contribution c where c.dossier = t.dossier and c.quarter = t.quarter)) "
    "select b.*, coalesce(l.changes, 0) as changes, l.category as last_category, "
    "l.contribution_cents as last_contribution_cents, l.fee_cents as last_fee_cents, "
    "p.contribution_cents as reduced_contribution_cents, "
    "coalesce(s.contribution_cents, 0) as settled_contribution, "
    "coalesce(s.fee_cents, 0) as settled_fee from first_bill b "
    "left join lateral (select h.number as changes, h.category, h.contribution_cents, h.fee_cents "
    "from contribution_change h where h.dossier = b.dossier and h.quarter = b.quarter "
    "order by h.number desc limit 1) l on true "
    "left join lateral (select h.contribution_cents from contribution_change h where h.dossier = b.dossier "
    "and h.quarter = b.quarter and h.cause <> 'regularisation' order by h.number desc limit 1) p on true "
    "left join (select dossier, quarter, "
    "(sum(paid_cents + waived_cents) filter (where kind = 'principal'))::bigint as contribution_cents, "
    "(sum(paid_cents + waived_cents) filter (where kind = 'fee'))::bigint as fee_cents "
    "from open_item where dossier = any(%(dossiers)s) group by dossier, quarter) s "
    "on s.dossier = b.dossier and s.quarter = b.quarter"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRow:
    """A dossier and the number its next notice gets."""

    dossier: UUID
    file_number: int
    language: str
    next_notice_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow:
    """A quarter's first bill and its last change; of a quarter that was taken over only the one amount is known."""

    dossier: UUID
    quarter: str
    category: str
    contribution_cents: int | None
    fee_cents: int | None
    taken_over_on: date | None
    taken_over_unpaid_cents: int
    due_cents: int | None
    changes: int
    last_category: str | None
    last_contribution_cents: int | None
    last_fee_cents: int | None
    reduced_contribution_cents: int | None
    settled_contribution: int
    settled_fee: int


async def subjects(connection: Connection, wanted: Sequence[UUID]) -> list[SubjectRow]:
    """Return the dossiers billing knows."""
    return await fetch_all(
        connection,
        SubjectRow,
        "select s.dossier, s.file_number, s.language, coalesce(max(n.number), 0) + 1 as next_notice_number "
        "from subject s left join notice n using (dossier) where s.dossier = any(%s) group by s.dossier",
        (list(wanted),),
    )


async def periods(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[ActivityPeriod]]:
    """Return activities by dossier, the oldest first."""
    return await _by_dossier(
        connection,
        ActivityPeriod,
        "select dossier, starts_on, ceased_on, cessation_reason, first_activity from activity_period "
        "where dossier = any(%s) order by starts_on",
        wanted,
    )


async def categories(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[DatedCategory]]:
    """Return categories by dossier, the oldest first."""
    return await _by_dossier(connection, dated_category, _CATEGORIES, wanted)


async def incomes(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[KnownIncome]]:
    """Return incomes by dossier, by year and in the order they became known."""
    return await _by_dossier(
        connection,
        KnownIncome,
        "select dossier, year, known_on, income_cents from income where dossier = any(%s) order by year, known_on",
        wanted,
    )


async def charges(connection: Connection, wanted: Sequence[UUID]) -> list[ChargeRow]:
    """Return every quarter that was billed or taken over."""
    return await fetch_all(connection, ChargeRow, _CHARGES, {"dossiers": list(wanted)})


async def relieved(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[Quarter]]:
    """Return the quarters that were relieved, by dossier."""
    return await _by_dossier(
        connection, _parsed_quarter, "select dossier, quarter from relief where dossier = any(%s)", wanted
    )


async def estimates(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[Estimate]]:
    """Return the granted estimates by dossier."""
    return await _by_dossier(
        connection,
        Estimate,
        "select dossier, year, kind, estimate_cents as income_cents, estimate_quarters as quarters "
        "from contribution_estimate where dossier = any(%s)",
        wanted,
    )


async def statements(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[EarlierStatement]]:
    """Return the statements of regularisation by dossier, the oldest first."""
    return await _by_dossier(
        connection,
        EarlierStatement,
        "select dossier, year, number, issued_on, income_known_on, spared_cents, surcharge_cents "
        "from regularisation where dossier = any(%s) order by year, number",
        wanted,
    )


async def credit_movements(connection: Connection, wanted: Sequence[UUID]) -> dict[UUID, list[CreditMovement]]:
    """Return what came to and left the credits of dossiers, by day."""
    return await _by_dossier(
        connection,
        CreditMovement,
        "select dossier, value_date, -sum(cents)::bigint as cents from journal_line "
        "where account = 'dossierCredit' and dossier = any(%s) group by dossier, value_date order by value_date",
        wanted,
    )


async def _by_dossier(
    connection: Connection, row: Callable[..., Row], statement: str, wanted: Sequence[UUID]
) -> dict[UUID, list[Row]]:
    def owned(*, dossier: UUID, **columns: object) -> tuple[UUID, Row]:
        return dossier, row(**columns)

    found: dict[UUID, list[Row]] = defaultdict(list)
    for dossier, one in await fetch_all(connection, owned, statement, (list(wanted),)):
        found[dossier].append(one)
    return found


def _parsed_quarter(*, quarter: str) -> Quarter:
    return Quarter.parse(quarter)
