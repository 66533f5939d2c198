"""A procedure of affiliation that somebody changed carelessly: it confirms before it assesses."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.affiliation.declarations.activities import CONFIRM_AFFILIATION
    from services.affiliation.declarations.procedure import (
        AFFILIATION_APPLICATION,
        ApplicationInput,
        ApplicationOutcome,
        ConfirmationInput,
    )
    from services.affiliation.declarations.rules.status import ApplicationStatus
    from shared.platform.temporal.connecting import activity_options
    from shared.platform.temporal.workflow_clock import business_today


@workflow.defn(name=AFFILIATION_APPLICATION)
class CarelesslyChanged:
    """Does the steps in another order than the histories that are running."""

    @workflow.run
    async def run(self, application: ApplicationInput) -> ApplicationOutcome:
        """Confirm first."""
        await workflow.execute_activity(
            CONFIRM_AFFILIATION,
            ConfirmationInput(application_id=application.application_id, today=business_today()),
            **activity_options(),
        )
        return ApplicationOutcome(status=ApplicationStatus.AFFILIATED)
