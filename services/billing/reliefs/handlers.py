"""Reliefs and exemptions as benefits and recovery tell them."""

from __future__ import annotations

from collections.abc import Mapping

from services.billing.lateness.service.booking import Books, booked_on_the_day
from services.billing.reliefs.service import apply_exemption, apply_relief
from shared.contracts.benefits_v1 import ContributionReliefGranted
from shared.contracts.recovery_v1 import ExemptionGranted
from shared.contracts.topics import FactClass
from shared.law.parameters import Parameters
from shared.platform.composition import Handlers
from shared.platform.temporal.clock import Clock


def relief_handlers(*, clock: Clock, parameters: Parameters) -> Handlers:
    """Return what waives quarters."""
    books: Mapping[FactClass, Books] = {ContributionReliefGranted: apply_relief, ExemptionGranted: apply_exemption}
    return booked_on_the_day(books, day=clock.today, parameters=parameters)
