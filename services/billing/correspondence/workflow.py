"""LetterDelivery: one letter that somebody asked for reaches who carries it, with a proof."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.correspondence.activities import LetterActivities
    from services.billing.correspondence.procedure import LetterInput, LetterStep, LetterTaken
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today


@workflow.defn
class LetterDelivery:
    """Hands a letter over; a post that is closed is tried again until it opens."""

    @workflow.run
    async def run(self, letter: LetterInput) -> LetterTaken:
        """Hand it over once."""
        step = LetterStep(document_id=letter.document_id, today=business_today())
        return await insist(LetterActivities.hand_over_letter, step, timeout_seconds=60)
