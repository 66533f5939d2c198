"""What affiliation, benefits and recovery decided: each is booked once, on the day it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from services.billing.decisions.service.decisions import (
    apply_category_change,
    apply_cessation,
    apply_relief,
    apply_start,
    charge_costs,
    serve_warrant,
)
from services.billing.decisions.service.of_the_institute import (
    apply_exemption,
    apply_surcharge_waiver,
    charge_fine,
    serve_summons,
)
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged, AffiliationCeased, AffiliationOpened
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.envelope import Envelope
from shared.contracts.recovery_v1 import (
    CostsCharged,
    ExemptionGranted,
    FineImposed,
    SummonsServed,
    SurchargesWaived,
    WarrantServed,
)
from shared.contracts.topics import FactClass
from shared.law.parameters import Parameters
from shared.platform.clock import Clock
from shared.platform.composition import Handlers
from shared.platform.database import Connection
from shared.platform.inbox import Handler

#: What books a decision; each can move money, which may be late: they need the legal interest of the day.
_BOOKED: Final[Mapping[FactClass, Callable[..., Awaitable[None]]]] = {
    AffiliationCeased: apply_cessation,
    ContributionReliefGranted: apply_relief,
    ExemptionGranted: apply_exemption,
    SurchargesWaived: apply_surcharge_waiver,
    FineImposed: charge_fine,
    WarrantServed: serve_warrant,
    SummonsServed: serve_summons,
    CostsCharged: charge_costs,
}


def decision_handlers(*, clock: Clock, parameters: Parameters) -> Handlers:
    """Return what handles each decision of another service."""

    async def on_affiliation_opened(connection: Connection, fact: AffiliationOpened, _envelope: Envelope) -> None:
        await apply_start(
            connection,
            fact=fact,
            booked_on=await clock.today(),
            interest_rate_on=lambda day: parameters.decimal("surcharges.socialInterestRate", on=day),
        )

    async def on_category_changed(
        connection: Connection, fact: AffiliationCategoryChanged, _envelope: Envelope
    ) -> None:
        await apply_category_change(connection, fact=fact, booked_on=await clock.today())

    def booking(book: Callable[..., Awaitable[None]]) -> Handler:
        async def handle(connection: Connection, fact: Any, _envelope: Envelope) -> None:
            today = await clock.today()
            rate = parameters.decimal("surcharges.socialInterestRate", on=today)
            await book(connection, fact=fact, booked_on=today, interest_rate=rate)

        return handle

    return {
        AffiliationOpened: on_affiliation_opened,
        AffiliationCategoryChanged: on_category_changed,
        **{fact: booking(book) for fact, book in _BOOKED.items()},
    }
