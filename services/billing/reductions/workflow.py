"""ContributionReduction: a request to contribute on another income, from its receipt to the decision and its effect."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.billing.reductions.activities import ContributionReductionActivities
    from services.billing.reductions.procedure import (
        ContributionRequestEnd,
        ContributionRequestInput,
        RequestDecided,
        RequestStep,
    )
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today, wait_until


@workflow.defn
class ContributionReduction:
    """Grants an increase nothing stands against; waits for a person on everything else (AR38 art. 11 par. 3)."""

    @workflow.init
    def __init__(self, request: ContributionRequestInput) -> None:
        """Begin undecided."""
        self._request_id = request.request_id
        self._decided = False

    @workflow.signal
    def decided(self, decision: RequestDecided) -> None:
        """Go on: a person decided."""
        if decision.request_id == self._request_id:
            self._decided = True

    @workflow.run
    async def run(self, request: ContributionRequestInput) -> ContributionRequestEnd:  # noqa: ARG002 - given to both
        """Play the procedure of one request."""
        stage = await insist(ContributionReductionActivities.examine_contribution_request, self._step())
        if not stage.outcome:
            await wait_until(lambda: self._decided, day=None)
        applied = await insist(ContributionReductionActivities.apply_contribution_request, self._step())
        await insist(ContributionReductionActivities.write_request_letter, self._step(), timeout_seconds=60)
        return ContributionRequestEnd(outcome=applied.outcome)

    def _step(self) -> RequestStep:
        return RequestStep(request_id=self._request_id, today=business_today())
