"""What transmissions to mutualites bring to the service."""

from __future__ import annotations

from typing import Final

from services.benefits.clients import Clients
from services.benefits.transmissions.activities import TransmissionActivities
from services.benefits.transmissions.api import transmissions_router
from services.benefits.transmissions.handlers import Handlers
from services.benefits.transmissions.service import open_transmissions
from services.benefits.transmissions.workflow import MutualityTransmission
from shared.platform.composition import OpenWorkKind, Subject

SUBJECT: Final = Subject(
    name="transmissions",
    routers=lambda context: [transmissions_router(context)],
    workflows=(MutualityTransmission,),
    activities=lambda context: TransmissionActivities(
        database=context.database, clients=Clients.of(context), fund=context.fund
    ).all(),
    handlers=lambda context: Handlers(parameters=context.parameters).all(),
    open_work=(OpenWorkKind(what="transmissions", tag="Transmissions", page_of=open_transmissions),),
)
