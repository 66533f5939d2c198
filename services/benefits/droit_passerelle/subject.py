"""What the droit passerelle brings to the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.benefits.clients import Clients
from services.benefits.droit_passerelle.activities.claims import ClaimActivities
from services.benefits.droit_passerelle.activities.letters import LetterActivities
from services.benefits.droit_passerelle.api.claims import claims_router
from services.benefits.droit_passerelle.api.letters import letters_router
from services.benefits.droit_passerelle.handlers import HANDLERS
from services.benefits.droit_passerelle.service import open_claims
from services.benefits.droit_passerelle.workflow import DroitPasserelleClaim
from shared.platform.composition import Activity, OpenWorkKind, Subject
from shared.platform.context import AnyContext


def _activities(context: AnyContext) -> Sequence[Activity]:
    clients, database, parameters = Clients.of(context), context.database, context.parameters
    claims = ClaimActivities(database=database, clients=clients, parameters=parameters)
    letters = LetterActivities(database=database, clients=clients, parameters=parameters, fund=context.fund)
    return [*claims.all(), *letters.all()]


SUBJECT: Final = Subject(
    name="droit_passerelle",
    routers=lambda context: [claims_router(context), letters_router(context)],
    workflows=(DroitPasserelleClaim,),
    activities=_activities,
    handlers=lambda _context: HANDLERS,
    open_work=(OpenWorkKind(what="claims", tag="Claims", page_of=open_claims),),
)
