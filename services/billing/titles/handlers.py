"""Warrants, summonses and costs as recovery tells them."""

from __future__ import annotations

from collections.abc import Mapping

from services.billing.lateness.service.booking import Books, booked_on_the_day
from services.billing.titles.service import charge_costs, serve_summons, serve_warrant
from shared.contracts.recovery_v1 import CostsCharged, SummonsServed, WarrantServed
from shared.contracts.topics import FactClass
from shared.law.parameters import Parameters
from shared.platform.composition import Handlers
from shared.platform.temporal.clock import Clock


def title_handlers(*, clock: Clock, parameters: Parameters) -> Handlers:
    """Return what stops quarterly surcharges and charges costs."""
    books: Mapping[FactClass, Books] = {
        WarrantServed: serve_warrant,
        SummonsServed: serve_summons,
        CostsCharged: charge_costs,
    }
    return booked_on_the_day(books, day=clock.today, parameters=parameters)
