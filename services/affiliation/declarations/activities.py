"""What the procedure of a declaration does outside itself; each activity is one transaction and may run again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from temporalio import activity

from services.affiliation.declarations.letters.confirmation import TEMPLATE, confirmation_data
from services.affiliation.declarations.procedure import (
    Assessment,
    AssessmentInput,
    ConfirmationInput,
    ConfirmationOutcome,
)
from services.affiliation.declarations.service import applications, confirmations
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Database
from shared.platform.people.documents import render

ASSESS_APPLICATION: Final = "assessApplication"
CONFIRM_AFFILIATION: Final = "confirmAffiliation"


class DeclarationActivities:
    """The activities, with what they need."""

    def __init__(self, *, database: Database, parameters: Parameters, fund: Fund) -> None:
        self._database = database
        self._parameters = parameters
        self._fund = fund

    def all(self) -> Sequence[Callable[..., Any]]:
        """Return what a worker registers."""
        return (self.assess_application, self.confirm_affiliation)

    @activity.defn(name=ASSESS_APPLICATION)
    async def assess_application(self, request: AssessmentInput) -> Assessment:
        """Apply the rules to a declaration, and affiliate, ask or refuse."""
        async with self._database.transaction() as connection:
            return await applications.assess_application(
                connection, application_id=request.application_id, today=request.today, parameters=self._parameters
            )

    @activity.defn(name=CONFIRM_AFFILIATION)
    async def confirm_affiliation(self, request: ConfirmationInput) -> ConfirmationOutcome:
        """Write the confirmation of an affiliation (RGS art. 6) to the person, once."""
        async with self._database.transaction() as connection:
            kept = await confirmations.find_confirmation(connection, application_id=request.application_id)
            if kept is not None:
                # A letter is written once; who moved since then does not get another one.
                return ConfirmationOutcome(document_id=kept)
            facts = await confirmations.facts_of(connection, application_id=request.application_id)
        settings = self._fund.on(request.today)
        report_days = self._parameters.integer("affiliation.changeOfDataDays", on=request.today)
        data = confirmation_data(facts=facts, fund=settings, today=request.today, report_days=report_days)
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with self._database.transaction() as connection:
            document_id = await confirmations.keep(connection, facts=facts, content=content, today=request.today)
        return ConfirmationOutcome(document_id=document_id)
