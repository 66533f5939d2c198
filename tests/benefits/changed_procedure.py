"""A procedure that was changed without care: it forgets that running ones wait for their receipt first."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.benefits.claims.procedure import Nothing, OnDay
    from services.benefits.transmissions.procedure import TransmissionEnd, TransmissionInput
    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.workflow_clock import business_today


@workflow.defn(name="MutualityTransmission")
class CarelesslyChanged:
    """Warns a person before anything was sent."""

    @workflow.run
    async def run(self, start: TransmissionInput) -> TransmissionEnd:
        """Do the second thing first."""
        await workflow.execute_activity(
            "mark_transmission_overdue",
            OnDay(reference=start.transmission_id, today=business_today()),
            result_type=Nothing,
            **activity_options(),
        )
        return TransmissionEnd(outcome="acknowledged")
