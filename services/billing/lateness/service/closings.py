"""The closing of a quarter: surcharges on what was unpaid, and the facts that open recovery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.lateness import store
from services.billing.lateness.procedure import ClosingInput
from services.billing.lateness.rules.closing import BookableSurcharge, close_dossier
from services.billing.lateness.service.overdue import overdue_facts
from services.billing.ledger import service as ledger
from services.billing.subjects.service import lock_subjects_between
from shared.contracts.billing_v1 import SurchargeBooked
from shared.contracts.envelope import Fact
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database.connections import Connection
from shared.platform.messages_out.outbox import publish_many
from shared.platform.temporal.dispatch import start_workflow

CLOSING_WORKFLOW: Final = "QuarterClosing"


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
    known = await store.lock_closing(connection, quarter=quarter)
    if known is not None and known.status != "incomplete":
        return known.closing_id, False
    closing_id = UUID(int=uuid7().int) if known is None else known.closing_id
    attempt = 1 if known is None else known.attempt + 1
    await store.put_closing(
        connection, closing_id=closing_id, quarter=quarter, closed_on=business_date, requested_by=requested_by
    )
    await start_workflow(
        connection,
        workflow=CLOSING_WORKFLOW,
        workflow_id=f"quarter-closing-{quarter}" if attempt == 1 else f"quarter-closing-{quarter}-{attempt}",
        argument=ClosingInput(closing_id=closing_id, quarter=str(quarter)),
    )
    return closing_id, True


async def close_page(connection: Connection, *, closing_id: UUID, ordinal: int, parameters: Parameters) -> PageClosed:
    """Charge the surcharges of a page and tell what is overdue; doing it again changes nothing.

    Raises:
        ParameterMissing: a rate has no value on the closing day.
    """
    page = await store.page_for_update(connection, closing_id=closing_id, ordinal=ordinal)
    if page.status == "closed":
        return PageClosed(overdue=page.overdue, surcharges=page.surcharges)
    quarter = Quarter.parse(page.quarter)
    first, last = page.first_dossier, page.last_dossier
    # Locked before anything is read: a payment that is being booked is either seen here or waits for this page.
    await lock_subjects_between(connection, first=first, last=last)
    unpaid = await store.unpaid_between(connection, quarter=quarter, first=first, last=last)
    surcharges = {
        dossier: close_dossier(dossier=dossier, closing=quarter, unpaid=contributions, parameters=parameters)
        for dossier, contributions in unpaid.items()
    }
    await _write_surcharges(connection, surcharges, page.closed_on)
    fines = await store.open_fines(connection, quarter=quarter, first=first, last=last)
    overdue = await overdue_facts(
        connection, unpaid=unpaid, fines=fines, closing=quarter, closed_on=page.closed_on, parameters=parameters
    )
    await publish_many(connection, [*_surcharge_facts(surcharges, page.closed_on), *overdue])
    booked = sum(len(found) for found in surcharges.values())
    await store.finish_page(
        connection, closing_id=closing_id, ordinal=ordinal, status="closed", overdue=len(overdue), surcharges=booked
    )
    return PageClosed(overdue=len(overdue), surcharges=booked)


async def _write_surcharges(
    connection: Connection, surcharges: dict[UUID, list[BookableSurcharge]], closed_on: date
) -> None:
    found = [(dossier, item) for dossier, items in surcharges.items() for item in items]
    if not found:
        return
    await ledger.book(connection, entries=[item.entry for _, item in found], booking_date=closed_on)
    await store.insert_surcharges(connection, surcharges=found)


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
