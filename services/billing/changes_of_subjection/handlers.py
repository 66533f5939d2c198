"""Beginnings, ends and categories as affiliation tells them."""

from __future__ import annotations

from services.billing.changes_of_subjection.service.changes import apply_category_change, apply_cessation, apply_start
from services.billing.lateness.service.booking import booked_on_the_day
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, AffiliationOpened
from shared.contracts.envelope import Envelope
from shared.law.parameters import Parameters
from shared.platform.composition import Handlers
from shared.platform.database.connections import Connection
from shared.platform.temporal.clock import Clock


def subjection_handlers(*, clock: Clock, parameters: Parameters) -> Handlers:
    """Return what changes for which quarters somebody owes, and in which category."""

    async def on_affiliation_opened(connection: Connection, fact: AffiliationOpened, _envelope: Envelope) -> None:
        await apply_start(
            connection,
            fact=fact,
            booked_on=await clock.today(),
            # Asked for only when a quarter is owed again: an affiliation waits for no rate.
            interest_rate_on=lambda day: parameters.decimal("surcharges.socialInterestRate", on=day),
        )

    async def on_category_changed(
        connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope
    ) -> None:
        await apply_category_change(connection, fact=fact, booked_on=await clock.today())

    return {
        AffiliationOpened: on_affiliation_opened,
        AffiliationCategoryChanged: on_category_changed,
        **booked_on_the_day({AffiliationCeased: apply_cessation}, day=clock.today, parameters=parameters),
    }
