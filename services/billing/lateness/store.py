"""What the closing of a quarter reads and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.billing.lateness.rules.claim_kinds import AffiliationMoment
from services.billing.lateness.rules.closing import BookableSurcharge, UnpaidContribution
from shared.contracts.billing_v1 import OpenAmount
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_all, fetch_one, fetch_value, fetch_values

#: Closings whose procedure must be alive.
OPEN_CLOSINGS: Final = (
    "select closing_id as reference, 'quarter-closing-' || quarter || "
    "case when attempt = 1 then '' else '-' || attempt end as workflow_id, null::uuid as dossier "
    "from quarter_closing where status in ('requested', 'closing')"
)

#: Principal that was unpaid at the end of a quarter, per dossier and quarter. A payment counts from its value date;
#: what was waived since is not unpaid, whenever that was decided.
_UNPAID: Final = """
  select dossier, quarter, sum(cents)::bigint as open_cents
  from journal_line
  where account = 'receivable' and kind = 'principal' and quarter <= %(quarter)s
    and (nature <> 'payment' or value_date < %(ends_before)s)
  group by dossier, quarter having sum(cents) > 0
"""

#: What was claimed in the quarter that closes for an earlier one and paid by its end: it may bear surcharges of the
#: closings that went by before it was claimed.
_CLAIMED_LATE_AND_PAID: Final = """
  select c.dossier, c.quarter, 0::bigint as open_cents from contribution c
  where c.quarter < %(quarter)s and c.booked_on >= %(starts_on)s and c.booked_on < %(ends_before)s
    and 0 >= (select coalesce(sum(cents), 0) from journal_line l where l.account = 'receivable'
              and l.kind = 'principal' and l.dossier = c.dossier and l.quarter = c.quarter
              and (l.nature <> 'payment' or l.value_date < %(ends_before)s))
"""
_LOOKED_AT: Final = f"({_UNPAID}) union all ({_CLAIMED_LATE_AND_PAID})"
#: Fines bear no surcharges; one that is open is told as overdue, whatever became of its quarter's contribution.
_DEBTORS: Final = f"""
  select dossier from ({_LOOKED_AT}) unpaid
  union select f.dossier from fine_charged f join open_item o
    on o.dossier = f.dossier and o.quarter = f.quarter and o.kind = 'fine'
  where f.quarter <= %(quarter)s and o.open_cents > 0
"""

#: What a page looks at, with all that decides which claims it is made of (domain/closing.py).
_UNPAID_OF_PAGE: Final = f"""
  select u.dossier, u.quarter, u.open_cents,
    coalesce(o.claimed_on, n.issued_on, c.booked_on, h.first_changed_on) as claimed_on,
    case when h.dossier is null then null else coalesce(c.contribution_cents, 0) end as billed_cents,
    coalesce(h.days, '{{}}') as change_days, coalesce(h.differences, '{{}}') as change_differences,
    coalesce(h.regularised_on, '{{}}') as regularised_on,
    coalesce(p.days, '{{}}') as payment_days, coalesce(p.cents, '{{}}') as payment_cents,
    coalesce(c.income_basis = 'start', false) as starting_lump_sum,
    a.starts_on, a.told_on, a.first_activity, a.ex_officio, (a.taken_over or c.dossier is null) as taken_over,
    t.served_on as title_on
  from ({_LOOKED_AT}) u
  left join contribution c on c.dossier = u.dossier and c.quarter = u.quarter and c.kind = 'provisional'
  left join lateral (select h.dossier, min(h.changed_on) as first_changed_on,
      array_agg(h.changed_on) filter (where h.cause = 'regularisation') as regularised_on,
      array_agg(h.changed_on order by h.number) as days,
      array_agg(h.contribution_cents - h.previous_contribution_cents order by h.number) as differences
    from contribution_change h where h.dossier = u.dossier and h.quarter = u.quarter group by h.dossier) h on true
  left join notice n on n.dossier = u.dossier and n.quarter = u.quarter and n.kind = 'provisional'
  left join lateral (select max(o.claimed_on) as claimed_on from owed_again_quarter o
    where o.dossier = u.dossier and o.quarter = u.quarter) o on true
  -- Looked up one by one: joined, the titles of everybody would be read for every page.
  left join lateral (select t.served_on from title_served t where t.dossier = u.dossier and t.quarter = u.quarter
    limit 1) t on true
  left join lateral (select array_agg(l.value_date order by l.value_date) as days,
      array_agg(-l.cents order by l.value_date) as cents
    from journal_line l where l.account = 'receivable' and l.kind = 'principal' and l.nature = 'payment'
      and l.dossier = u.dossier and l.quarter = u.quarter and l.value_date < %(ends_before)s
      and u.quarter < %(quarter)s and coalesce(o.claimed_on, c.booked_on) >= %(starts_on)s) p on true
  join lateral (select * from activity_period a where a.dossier = u.dossier
    and to_char(a.starts_on, 'YYYY"Q"Q') <= u.quarter order by a.starts_on desc limit 1) a on true
  where u.dossier between %(first)s and %(last)s order by u.dossier, u.quarter
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClosing:
    """A closing that was asked for before."""

    closing_id: UUID
    status: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingPage:
    """A page of a closing: everybody between two dossiers."""

    status: str
    quarter: str
    closed_on: date
    first_dossier: UUID
    last_dossier: UUID
    overdue: int
    surcharges: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingState:
    """A closing and how far it is."""

    closing_id: UUID
    quarter: str
    closed_on: date
    requested_by: str
    status: str
    pages: int | None
    pages_done: int
    pages_failed: int
    overdue: int
    surcharges: int


async def lock_closing(connection: Connection, *, quarter: Quarter) -> KnownClosing | None:
    """Hold others who ask for the closing of a quarter back, and return the closing that is there."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"quarter_closing|{quarter}",))
    return await fetch_one(
        connection,
        KnownClosing,
        "select closing_id, status, attempt from quarter_closing where quarter = %s",
        (str(quarter),),
    )


async def put_closing(
    connection: Connection, *, closing_id: UUID, quarter: Quarter, closed_on: date, requested_by: str
) -> None:
    """Keep a closing as asked for; one that is there is asked for once more."""
    await connection.execute(
        "insert into quarter_closing (closing_id, quarter, closed_on, requested_by, status) "
        "values (%s, %s, %s, %s, 'requested') "
        "on conflict (quarter) do update set status = 'requested', attempt = quarter_closing.attempt + 1",
        (closing_id, str(quarter), closed_on, requested_by),
    )


async def plan_pages(connection: Connection, *, closing_id: UUID, page_size: int) -> int:
    """Cut the dossiers with unpaid principal into pages, once; return the number of pages.

    Raises:
        LookupError: there is no such closing.
    """
    planned = await fetch_one(
        connection,
        _planned,
        "select quarter, pages from quarter_closing where closing_id = %s for update",
        (closing_id,),
    )
    if planned is None:
        raise LookupError(f"quarter closing {closing_id} does not exist")
    quarter, pages = planned
    if pages is not None:
        return pages
    await connection.execute(
        "insert into closing_page (closing_id, ordinal, first_dossier, last_dossier, status) "
        "select %(closing_id)s, ordinal, (array_agg(dossier order by dossier))[1], "
        "(array_agg(dossier order by dossier desc))[1], 'planned' "
        "from (select dossier, (row_number() over (order by dossier) - 1) / %(size)s as ordinal "
        f"from ({_DEBTORS}) debtors) numbered group by ordinal",
        {**_bounds(quarter), "closing_id": closing_id, "size": page_size},
    )
    return int(
        await fetch_value(
            connection,
            "update quarter_closing set status = 'closing', "
            "pages = (select count(*) from closing_page where closing_id = %(closing_id)s) "
            "where closing_id = %(closing_id)s returning pages",
            {"closing_id": closing_id},
        )
    )


async def page_for_update(connection: Connection, *, closing_id: UUID, ordinal: int) -> ClosingPage:
    """Return a page with its closing's quarter and day, and hold other writers to it back.

    Raises:
        LookupError: there is no such page.
    """
    page = await fetch_one(
        connection,
        ClosingPage,
        "select p.status, c.quarter, c.closed_on, p.first_dossier, p.last_dossier, p.overdue, p.surcharges "
        "from closing_page p join quarter_closing c using (closing_id) "
        "where p.closing_id = %s and p.ordinal = %s for update of p",
        (closing_id, ordinal),
    )
    if page is None:
        raise LookupError(f"page {ordinal} of quarter closing {closing_id} does not exist")
    return page


async def unpaid_between(
    connection: Connection, *, quarter: Quarter, first: UUID, last: UUID
) -> dict[UUID, list[UnpaidContribution]]:
    """Return what a page of the closing of a quarter looks at, by dossier."""
    unpaid: dict[UUID, list[UnpaidContribution]] = {}
    values = {**_bounds(quarter), "first": first, "last": last}
    for dossier, contribution in await fetch_all(connection, _unpaid_contribution, _UNPAID_OF_PAGE, values):
        unpaid.setdefault(dossier, []).append(contribution)
    return unpaid


async def open_fines(connection: Connection, *, quarter: Quarter, first: UUID, last: UUID) -> dict[UUID, list[Quarter]]:
    """Return the quarters up to one under which a fine of a dossier of a page is open."""
    fines: dict[UUID, list[Quarter]] = {}
    for dossier, open_quarter in await fetch_all(
        connection,
        _owned_quarter,
        "select distinct o.dossier, o.quarter from fine_charged f join open_item o "
        "on o.dossier = f.dossier and o.quarter = f.quarter and o.kind = 'fine' "
        "where f.quarter <= %s and f.dossier between %s and %s and o.open_cents > 0 order by o.dossier, o.quarter",
        (str(quarter), first, last),
    ):
        fines.setdefault(dossier, []).append(open_quarter)
    return fines


async def open_amounts(
    connection: Connection, *, dossiers: Sequence[UUID]
) -> dict[tuple[UUID, Quarter], list[OpenAmount]]:
    """Return what is open of dossiers, by quarter, in the order of the kinds."""
    amounts: dict[tuple[UUID, Quarter], list[OpenAmount]] = {}
    for dossier, amount in await fetch_all(
        connection,
        _open_amount,
        "select dossier, quarter, kind, open_cents from open_item where dossier = any(%s) and open_cents > 0 "
        "order by dossier, quarter, kind",
        (list(dossiers),),
    ):
        amounts.setdefault((dossier, Quarter.parse(amount.quarter)), []).append(amount)
    return amounts


async def closed_quarters(connection: Connection, *, among: Sequence[Quarter]) -> list[Quarter]:
    """Return which quarters' closing was asked for, the oldest first."""
    quarters = await fetch_values(
        connection,
        "select quarter from quarter_closing where quarter = any(%s) order by quarter",
        ([str(quarter) for quarter in among],),
    )
    return [Quarter.parse(quarter) for quarter in quarters]


async def insert_surcharges(connection: Connection, *, surcharges: Sequence[tuple[UUID, BookableSurcharge]]) -> None:
    """Keep surcharges whose entries were booked."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into surcharge (dossier, quarter, closing, kind, charged_on, base_cents, rate, surcharge_cents, "
            "article, entry_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    dossier,
                    str(item.surcharge.quarter),
                    str(item.surcharge.closing),
                    str(item.surcharge.kind),
                    item.surcharge.charged_on,
                    item.surcharge.base_cents,
                    item.surcharge.rate,
                    item.surcharge.cents,
                    item.surcharge.article,
                    item.entry.entry_id,
                )
                for dossier, item in surcharges
            ],
        )


async def finish_page(
    connection: Connection, *, closing_id: UUID, ordinal: int, status: str, overdue: int = 0, surcharges: int = 0
) -> None:
    """Note how a page ended; a page that was closed stays so."""
    await connection.execute(
        "update closing_page set status = %s, overdue = %s, surcharges = %s "
        "where closing_id = %s and ordinal = %s and status <> 'closed'",
        (status, overdue, surcharges, closing_id, ordinal),
    )


async def set_status(connection: Connection, *, closing_id: UUID, status: str) -> None:
    """Note the stage of a closing."""
    await connection.execute("update quarter_closing set status = %s where closing_id = %s", (status, closing_id))


async def closings(connection: Connection, *, closing_id: UUID | None = None) -> list[ClosingState]:
    """Return closings with their progress, the newest quarter first."""
    return await fetch_all(
        connection,
        ClosingState,
        "select c.closing_id, c.quarter, c.closed_on, c.requested_by, c.status, c.pages, p.pages_done, p.pages_failed, "
        "p.overdue, p.surcharges from quarter_closing c left join lateral ("
        "select count(*) filter (where status = 'closed') as pages_done, "
        "count(*) filter (where status = 'failed') as pages_failed, coalesce(sum(overdue), 0)::bigint as overdue, "
        "coalesce(sum(surcharges), 0)::bigint as surcharges from closing_page p where p.closing_id = c.closing_id"
        ") p on true where %(closing_id)s::uuid is null or c.closing_id = %(closing_id)s order by c.quarter desc",
        {"closing_id": closing_id},
    )


def _planned(*, quarter: str, pages: int | None) -> tuple[Quarter, int | None]:
    return Quarter.parse(quarter), pages


def _owned_quarter(*, dossier: UUID, quarter: str) -> tuple[UUID, Quarter]:
    return dossier, Quarter.parse(quarter)


def _open_amount(*, dossier: UUID, quarter: str, kind: str, open_cents: int) -> tuple[UUID, OpenAmount]:
    return dossier, OpenAmount(quarter=quarter, kind=AmountKind(kind), open_cents=open_cents)


def _unpaid_contribution(
    *,
    dossier: UUID,
    quarter: str,
    open_cents: int,
    claimed_on: date,
    billed_cents: int | None,
    change_days: Sequence[date],
    change_differences: Sequence[int],
    regularised_on: Sequence[date],
    payment_days: Sequence[date],
    payment_cents: Sequence[int],
    starting_lump_sum: bool,
    title_on: date | None,
    **moment: Any,
) -> tuple[UUID, UnpaidContribution]:
    return dossier, UnpaidContribution(
        quarter=Quarter.parse(quarter),
        open_cents=open_cents,
        claimed_on=claimed_on,
        affiliation=AffiliationMoment(**moment),
        starting_lump_sum=starting_lump_sum,
        title_on=title_on,
        billed_cents=billed_cents,
        changes=tuple(zip(change_days, change_differences, strict=True)),
        payments=tuple(zip(payment_days, payment_cents, strict=True)),
        regularised_on=frozenset(regularised_on),
    )


def _bounds(quarter: Quarter) -> dict[str, object]:
    return {"quarter": str(quarter), "starts_on": quarter.starts_on, "ends_before": quarter.ends_before}
