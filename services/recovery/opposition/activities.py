"""The end of the month in which a served warrant can be opposed."""

from __future__ import annotations

from collections.abc import Sequence

from temporalio import activity

from services.recovery.clients import Billing
from services.recovery.debts.rules import open_of_quarters
from services.recovery.ladder.procedure import NOT_DUE, NOTHING_OPEN, TAKEN, StepTaken, TakeStep
from services.recovery.ladder.service.law_in_force import LawInForce
from services.recovery.ladder.service.taking_a_step import case_if_due, evidence_of, write_down
from shared.platform.composition import Activity
from shared.platform.context import AnyContext


class OppositionActivities:
    """The step that ends the period of opposition."""

    def __init__(self, context: AnyContext) -> None:
        self._database = context.database
        self._law = LawInForce(context.parameters, context.fund)
        self._billing = Billing(context.peers.billing)

    def all(self) -> Sequence[Activity]:
        """Return every activity, for the worker."""
        return (self.end_opposition_period,)

    @activity.defn
    async def end_opposition_period(self, step: TakeStep) -> StepTaken:
        """Write down that the month of opposition is over; the bailiff goes on (RGS art. 47bis par. 5 and 6)."""
        items = await self._billing.open_items(step.dossier)
        async with self._database.transaction() as connection:
            case = await case_if_due(connection, law=self._law, step=step)
            if case is None:
                return NOT_DUE
            open_items = open_of_quarters(items=items, quarters=case.quarters)
            if not open_items:
                return NOTHING_OPEN
            await write_down(
                connection,
                step,
                article="RGS art. 47bis par. 5",
                evidence=evidence_of(items=open_items, offered=()),
            )
        return TAKEN
