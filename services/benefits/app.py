"""Puts the benefits service together; nothing else builds anything."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI

from services.benefits.api import benefits_api
from services.benefits.clients import Clients
from services.benefits.decisions.activities import DeliveryActivities
from services.benefits.droit_passerelle.activities.claims import ClaimActivities
from services.benefits.droit_passerelle.activities.letters import LetterActivities
from services.benefits.droit_passerelle.workflow import DroitPasserelleClaim
from services.benefits.payouts.activities import PayoutActivities
from services.benefits.payouts.workflow import PayoutRun, ScheduledPayoutRun
from services.benefits.settings import BenefitsSettings
from services.benefits.transmissions.activities import TransmissionActivities
from services.benefits.transmissions.handlers import build_consumer
from services.benefits.transmissions.workflow import MutualityTransmission
from shared.platform.consumer import FactConsumer
from shared.platform.context import AnyContext
from shared.platform.partners import Post
from shared.platform.schedules import ScheduledProcedure
from shared.platform.setbacks import SetbackActivities
from shared.platform.temporal import WorkerDefinition

settings_class = BenefitsSettings


def api(context: AnyContext) -> FastAPI:
    """Return the service's API."""
    return benefits_api(context)


def consumers(context: AnyContext) -> FactConsumer | None:
    """Return what listens to affiliation and billing."""
    return build_consumer(database=context.database, parameters=context.parameters)


def worker(context: AnyContext) -> WorkerDefinition:
    """Return the service's procedures."""
    clients = Clients(
        affiliation=context.peers.affiliation, billing=context.peers.billing, sandbox=context.peers.sandbox
    )
    database, parameters, fund = context.database, context.parameters, context.fund
    claims = ClaimActivities(database=database, clients=clients, parameters=parameters)
    letters = LetterActivities(database=database, clients=clients, parameters=parameters, fund=fund)
    delivery = DeliveryActivities(database=database, post=Post(context.peers.sandbox), fund=fund)
    payouts = PayoutActivities(database=database, clients=clients, parameters=parameters, fund=fund)
    transmissions = TransmissionActivities(database=database, clients=clients, fund=fund)
    setbacks = SetbackActivities(database=database)
    return WorkerDefinition(
        workflows=[DroitPasserelleClaim, MutualityTransmission, ScheduledPayoutRun, PayoutRun],
        activities=[
            *claims.all(),
            *letters.all(),
            *delivery.all(),
            *payouts.all(),
            *transmissions.all(),
            *setbacks.all(),
        ],
    )


def schedules(context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Return the monthly payout run: one for each day of payment the fund's policy ever names.

    On its day each asks the policy then in force whether the fund pays.
    """
    return tuple(
        ScheduledProcedure(
            id=f"scheduled-payout-run-{day:02}",
            workflow="ScheduledPayoutRun",
            months=tuple(range(1, 13)),
            day=day,
            description="Pays the months of granted benefits that are over.",
        )
        for day in context.fund.payout_days()
    )
