"""MutualityTransmission: a message reaches its mutualite, or a person knows before the legal deadline."""

from __future__ import annotations

from datetime import date

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.benefits.claims.procedure import Nothing, OnDay
    from services.benefits.transmissions.procedure import (
        ReceiptRecorded,
        SendOutcome,
        TransmissionEnd,
        TransmissionInput,
        TransmissionResolution,
    )
    from services.benefits.transmissions.rules import SILENCE_WORKING_DAYS
    from shared.law.calendar import add_working_days
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today, wait_until


@workflow.defn(name="MutualityTransmission")
class MutualityTransmission:
    """Sends, waits for the receipt, sends again, and never ends without an answer or a person's word."""

    @workflow.init
    def __init__(self, start: TransmissionInput) -> None:
        """Begin with nothing heard."""
        self._overdue = start.overdue
        self._receipt: ReceiptRecorded | None = None
        self._resolution: TransmissionResolution | None = None
        self._changed = False
        self._grace_until: date | None = None

    @workflow.run
    async def run(self, start: TransmissionInput) -> TransmissionEnd:
        """Play the procedure of one message (royal decree of 03-07-1996, art. 276)."""
        attempts = start.attempts
        while True:
            today = business_today()
            sent = await insist("send_transmission", OnDay(reference=start.transmission_id, today=today), SendOutcome)
            attempts += 1
            today = business_today()
            pause = 1 if sent.outcome in {"unavailable", "nonsense"} else SILENCE_WORKING_DAYS
            end = await self._follow(start, sent, retry_on=add_working_days(today, pause))
            if end is not None:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return end
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    TransmissionInput(transmission_id=start.transmission_id, attempts=attempts, overdue=self._overdue)
                )

    async def _follow(self, start: TransmissionInput, sent: SendOutcome, *, retry_on: date) -> TransmissionEnd | None:
        """Wait for what comes first: an answer, a person, the day to warn, the day to send again."""
        warn_on = max(sent.warn_on, self._grace_until or sent.warn_on)
        while True:
            if self._resolution is not None and self._resolution.action == "close":
                return TransmissionEnd(outcome="closed")
            if self._receipt is not None and self._receipt.accepted:
                return TransmissionEnd(outcome="acknowledged")
            if self._resolution is not None:
                # A corrected message is a new one: its mutualite gets time to answer before a person is asked again.
                self._resolution, self._receipt, self._overdue = None, None, False
                self._grace_until = add_working_days(business_today(), SILENCE_WORKING_DAYS)
                return None
            rejected = self._receipt is not None
            self._changed = False
            days = [day for day in (None if rejected else retry_on, None if self._overdue else warn_on) if day]
            # A refused message waits for a person; the procedure still wakes, so that it always has a next date.
            wake_on = min(days, default=add_working_days(business_today(), SILENCE_WORKING_DAYS))
            if await wait_until(lambda: self._changed, day=wake_on):
                continue
            if not self._overdue and business_today() >= warn_on:
                self._overdue = True
                overdue = OnDay(reference=start.transmission_id, today=business_today())
                await insist("mark_transmission_overdue", overdue, Nothing)
            if not rejected and business_today() >= retry_on:
                return None

    @workflow.signal(name="receipt_recorded")
    def receipt_recorded(self, receipt: ReceiptRecorded) -> None:
        """Hear the mutualite's answer."""
        self._receipt = receipt
        self._changed = True

    @workflow.signal(name="transmission_resolved")
    def transmission_resolved(self, resolution: TransmissionResolution) -> None:
        """Hear what a person decided."""
        self._resolution = resolution
        self._changed = True
