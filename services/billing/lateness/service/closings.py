"""The closing of a quarter: surcharges on what was unpaid, and the facts that open recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.lateness.procedure import ClosingInput
from services.billing.lateness.rules.claim_kinds import AffiliationMoment
from services.billing.lateness.rules.closing import BookableSurcharge, UnpaidContribution, close_dossier
from services.billing.lateness.service.overdue import overdue_facts
from services.billing.lateness.store import open_fines
from services.billing.ledger import service as ledger
from services.billing.subjects.service import lock_subjects_between
from shared.contracts.billing_v1 import SurchargeBooked
from shared.contracts.envelope import Fact
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database import Connection
from shared.platform.dispatch import start_workflow
from shared.platform.outbox import publish_many

CLOSING_WORKFLOW: Final = "QuarterClosing"

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


class QuarterNotOver(ValueError):
    """A quarter is closed on the first day after it at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClosed:
    """How many debts of a page are overdue and how many surcharges were booked."""

    overdue: int
    surcharges: int


async def request_closing(
    connection: Connection, *, quarter: Quarter, requested_by: str, business_date: date
) -> tuple[UUID, bool]:
    """Ask for the closing of a quarter; a quarter is closed once.

    A closing that could not do all its pages is taken up again and does the pages that are left.

    Returns:
        The id of the closing, and whether this call started it.

    Raises:
        QuarterNotOver: the quarter has not ended yet.
    """
    if business_date < quarter.ends_before:
        raise QuarterNotOver(f"{quarter} ends before {quarter.ends_before.isoformat()}")
    await connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"quarter_closing|{quarter}",))
    cursor = await connection.execute(
        "select closing_id, status, attempt from quarter_closing where quarter = %s", (str(quarter),)
    )
    known = await cursor.fetchone()
    if known is not None and known["status"] != "incomplete":
        return known["closing_id"], False
    closing_id: UUID = UUID(int=uuid7().int) if known is None else known["closing_id"]
    attempt = 1 if known is None else known["attempt"] + 1
    await connection.execute(
        "insert into quarter_closing (closing_id, quarter, closed_on, requested_by, status) "
        "values (%s, %s, %s, %s, 'requested') "
        "on conflict (quarter) do update set status = 'requested', attempt = quarter_closing.attempt + 1",
        (closing_id, str(quarter), business_date, requested_by),
    )
    await start_workflow(
        connection,
        workflow=CLOSING_WORKFLOW,
        workflow_id=f"quarter-closing-{quarter}" if attempt == 1 else f"quarter-closing-{quarter}-{attempt}",
        argument=ClosingInput(closing_id=closing_id, quarter=str(quarter)),
    )
    return closing_id, True


async def plan_pages(connection: Connection, *, closing_id: UUID, page_size: int) -> int:
    """Cut the dossiers with unpaid principal into pages, once; return the number of pages.

    Raises:
        LookupError: there is no such closing.
    """
    cursor = await connection.execute("select * from quarter_closing where closing_id = %s for update", (closing_id,))
    closing = await cursor.fetchone()
    if closing is None:
        raise LookupError(f"quarter closing {closing_id} does not exist")
    if closing["pages"] is not None:
        return int(closing["pages"])
    await connection.execute(
        "insert into closing_page (closing_id, ordinal, first_dossier, last_dossier, status) "
        "select %(closing_id)s, ordinal, (array_agg(dossier order by dossier))[1], "
        "(array_agg(dossier order by dossier desc))[1], 'planned' "
        "from (select dossier, (row_number() over (order by dossier) - 1) / %(size)s as ordinal "
        f"from ({_DEBTORS}) debtors) numbered group by ordinal",
        {**_bounds(Quarter.parse(closing["quarter"])), "closing_id": closing_id, "size": page_size},
    )
    cursor = await connection.execute(
        "update quarter_closing set status = 'closing', "
        "pages = (select count(*) from closing_page where closing_id = %(closing_id)s) "
        "where closing_id = %(closing_id)s returning pages",
        {"closing_id": closing_id},
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["pages"])


async def close_page(connection: Connection, *, closing_id: UUID, ordinal: int, parameters: Parameters) -> PageClosed:
    """Charge the surcharges of a page and tell what is overdue; doing it again changes nothing.

    Raises:
        ParameterMissing: a rate has no value on the closing day.
    """
    page = await _page_for_update(connection, closing_id=closing_id, ordinal=ordinal)
    if page["status"] == "closed":
        return PageClosed(overdue=page["overdue"], surcharges=page["surcharges"])
    quarter = Quarter.parse(page["quarter"])
    # Locked before anything is read: a payment that is being booked is either seen here or waits for this page.
    await lock_subjects_between(connection, first=page["first_dossier"], last=page["last_dossier"])
    unpaid = await _unpaid_of_page(connection, page, quarter)
    surcharges = {
        dossier: close_dossier(dossier=dossier, closing=quarter, unpaid=contributions, parameters=parameters)
        for dossier, contributions in unpaid.items()
    }
    await _write_surcharges(connection, surcharges, page["closed_on"])
    fines = await open_fines(connection, quarter=quarter, first=page["first_dossier"], last=page["last_dossier"])
    overdue = await overdue_facts(
        connection, unpaid=unpaid, fines=fines, closing=quarter, closed_on=page["closed_on"], parameters=parameters
    )
    await publish_many(connection, [*_surcharge_facts(surcharges, page["closed_on"]), *overdue])
    booked = sum(len(found) for found in surcharges.values())
    await finish_page(
        connection, closing_id=closing_id, ordinal=ordinal, status="closed", overdue=len(overdue), surcharges=booked
    )
    return PageClosed(overdue=len(overdue), surcharges=booked)


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


async def closings(connection: Connection, *, closing_id: UUID | None = None) -> list[dict[str, Any]]:
    """Return closings with their progress, the newest quarter first."""
    cursor = await connection.execute(
        "select c.closing_id, c.quarter, c.closed_on, c.requested_by, c.status, c.pages, p.pages_done, p.pages_failed, "
        "p.overdue, p.surcharges from quarter_closing c left join lateral ("
        "select count(*) filter (where status = 'closed') as pages_done, "
        "count(*) filter (where status = 'failed') as pages_failed, coalesce(sum(overdue), 0)::bigint as overdue, "
        "coalesce(sum(surcharges), 0)::bigint as surcharges from closing_page p where p.closing_id = c.closing_id"
        ") p on true where %(closing_id)s::uuid is null or c.closing_id = %(closing_id)s order by c.quarter desc",
        {"closing_id": closing_id},
    )
    return await cursor.fetchall()


async def _page_for_update(connection: Connection, *, closing_id: UUID, ordinal: int) -> dict[str, Any]:
    cursor = await connection.execute(
        "select p.*, c.quarter, c.closed_on from closing_page p join quarter_closing c using (closing_id) "
        "where p.closing_id = %s and p.ordinal = %s for update of p",
        (closing_id, ordinal),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"page {ordinal} of quarter closing {closing_id} does not exist")
    return row


async def _unpaid_of_page(
    connection: Connection, page: dict[str, Any], quarter: Quarter
) -> dict[UUID, list[UnpaidContribution]]:
    cursor = await connection.execute(
        _UNPAID_OF_PAGE, {**_bounds(quarter), "first": page["first_dossier"], "last": page["last_dossier"]}
    )
    unpaid: dict[UUID, list[UnpaidContribution]] = {}
    for row in await cursor.fetchall():
        unpaid.setdefault(row["dossier"], []).append(_unpaid_contribution(row))
    return unpaid


def _unpaid_contribution(row: dict[str, Any]) -> UnpaidContribution:
    moment = ("starts_on", "told_on", "first_activity", "ex_officio", "taken_over")
    return UnpaidContribution(
        quarter=Quarter.parse(row["quarter"]),
        open_cents=row["open_cents"],
        claimed_on=row["claimed_on"],
        affiliation=AffiliationMoment(**{name: row[name] for name in moment}),
        starting_lump_sum=row["starting_lump_sum"],
        title_on=row["title_on"],
        billed_cents=row["billed_cents"],
        changes=tuple(zip(row["change_days"], row["change_differences"], strict=True)),
        payments=tuple(zip(row["payment_days"], row["payment_cents"], strict=True)),
        regularised_on=frozenset(row["regularised_on"]),
    )


async def _write_surcharges(
    connection: Connection, surcharges: dict[UUID, list[BookableSurcharge]], closed_on: date
) -> None:
    found = [(dossier, item) for dossier, items in surcharges.items() for item in items]
    if not found:
        return
    await ledger.book(connection, entries=[item.entry for _, item in found], booking_date=closed_on)
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
                for dossier, item in found
            ],
        )


def _surcharge_facts(surcharges: dict[UUID, list[BookableSurcharge]], closed_on: date) -> list[Fact]:
    """Tell what was booked: one fact a quarter and article, also when several closings that went by are charged."""
    booked: dict[tuple[UUID, Quarter, str], SurchargeBooked] = {}
    for dossier, items in surcharges.items():
        for surcharge in (item.surcharge for item in items):
            key = (dossier, surcharge.quarter, surcharge.article)
            before = booked[key].surcharge_cents if key in booked else 0
            booked[key] = SurchargeBooked(
                dossier=dossier,
                occurred_on=closed_on,
                quarter=str(surcharge.quarter),
                surcharge_cents=before + surcharge.cents,
                rate=surcharge.rate,
                article=surcharge.article,
            )
    return list(booked.values())


def _bounds(quarter: Quarter) -> dict[str, Any]:
    return {"quarter": str(quarter), "starts_on": quarter.starts_on, "ends_before": quarter.ends_before}
