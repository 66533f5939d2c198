"""Fines and waivers of surcharges as recovery tells them."""

from __future__ import annotations

from collections.abc import Mapping

from services.billing.fines_and_waivers.service import apply_surcharge_waiver, charge_fine
from services.billing.lateness.service.booking import Books, booked_on_the_day
from shared.contracts.recovery_v1 import FineImposed, SurchargesWaived
from shared.contracts.topics import FactClass
from shared.law.parameters import Parameters
from shared.platform.composition import Handlers
from shared.platform.temporal.clock import Clock


def fine_handlers(*, clock: Clock, parameters: Parameters) -> Handlers:
    """Return what charges fines and takes surcharges off."""
    books: Mapping[FactClass, Books] = {FineImposed: charge_fine, SurchargesWaived: apply_surcharge_waiver}
    return booked_on_the_day(books, day=clock.today, parameters=parameters)
