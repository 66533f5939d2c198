"""The procedure of one declaration: affiliated, refused or withdrawn before the activity starts."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.affiliation.declarations.activities import ASSESS_APPLICATION, CONFIRM_AFFILIATION
    from services.affiliation.declarations.procedure import (
        AFFILIATION_APPLICATION,
        NEWS,
        ApplicationInput,
        ApplicationOutcome,
        Assessment,
        AssessmentInput,
        ConfirmationInput,
        ConfirmationOutcome,
        News,
    )
    from services.affiliation.declarations.rules.status import ApplicationStatus
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today, wait_until


@workflow.defn(name=AFFILIATION_APPLICATION)
class AffiliationApplication:
    """Assesses a declaration, waits for what is missing until the first day of the activity, and confirms."""

    @workflow.init
    def __init__(self, application: ApplicationInput) -> None:
        """Begin with nothing heard."""
        self._application = application
        self._news = False

    @workflow.run
    async def run(self, _application: ApplicationInput) -> ApplicationOutcome:
        """Return how the declaration ended (RGS art. 6 and 9)."""
        assessment = await self._assess()
        while assessment.status is ApplicationStatus.WAITING:
            # Either something was supplied or withdrawn, or the first day has come and the rules refuse.
            await wait_until(lambda: self._news, day=assessment.deadline)
            assessment = await self._assess()
        if assessment.confirmation_due:
            await insist(
                CONFIRM_AFFILIATION,
                ConfirmationInput(application_id=self._application.application_id, today=business_today()),
                ConfirmationOutcome,
            )
        return ApplicationOutcome(status=assessment.status)

    @workflow.signal(name=NEWS)
    def news(self, _news: News) -> None:
        """Hear that something was supplied, or that the declaration was withdrawn."""
        self._news = True

    async def _assess(self) -> Assessment:
        # What is heard while the assessment runs may have come too late for it, so it counts for the next one.
        self._news = False
        return await insist(
            ASSESS_APPLICATION,
            AssessmentInput(application_id=self._application.application_id, today=business_today()),
            Assessment,
        )
