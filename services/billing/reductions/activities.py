"""Activities of a request to contribute more or less: examine, apply, write the letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from services.billing.charge_changes.service import changes_caused_by
from services.billing.clients import Affiliation
from services.billing.correspondence.service import LetterHandOver
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.reductions import service as contribution_requests
from services.billing.reductions import store
from services.billing.reductions.letters import TEMPLATE, decision_data, document_name
from services.billing.reductions.procedure import Nothing, RequestStage, RequestStep
from services.billing.reductions.rules.reductions import RequestKind
from services.billing.reductions.service import REQUEST_DOCUMENT, REQUEST_TASK
from shared.contracts.billing_v1 import RequestOutcome
from shared.law.calendar import add_working_days
from shared.law.fund import Fund
from shared.platform.calls.auth import Role
from shared.platform.database.connections import Database
from shared.platform.people.documents import render, store_document
from shared.platform.people.tasks import open_task

UNADDRESSED_TASK = "decisionWithoutAddress"
_TASK_DAYS = 5


@dataclass
class ContributionReductionActivities:
    """Activities of requests, with what they were given at start."""

    database: Database
    fund: Fund
    law: AssessmentLaw
    affiliation: Affiliation
    hand_over: LetterHandOver

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.examine_contribution_request, self.apply_contribution_request, self.write_request_letter]

    @activity.defn
    async def examine_contribution_request(self, step: RequestStep) -> RequestStage:
        """Grant an increase nothing stands against; ask a person about everything else.

        A reduction is never decided by a program: whether the evidence makes an estimate likely is for a person.
        """
        async with self.database.transaction() as connection:
            request = await store.request_of(connection, request_id=step.request_id)
            if request.decision is not None:
                return RequestStage(outcome=request.decision.outcome)
            problems = request.findings.problems
            if request.kind == RequestKind.INCREASE and not problems:
                await contribution_requests.decide(
                    connection,
                    request_id=step.request_id,
                    outcome=RequestOutcome.GRANTED,
                    reason="withinLaw",
                    decided_on=step.today,
                    decided_by="billing",
                    signal=False,
                )
                return RequestStage(outcome=str(RequestOutcome.GRANTED))
            await open_task(
                connection,
                kind=REQUEST_TASK,
                reference=str(step.request_id),
                dossier=request.dossier,
                due_on=add_working_days(step.today, self.fund.on(step.today).policy.task_due_working_days),
                role="affiliationAgent",
                details={
                    "requestId": str(step.request_id),
                    "fileNumber": request.file_number,
                    "year": request.year,
                    "requestKind": request.kind,
                    "problems": [str(problem) for problem in problems],
                },
            )
        return RequestStage()

    @activity.defn
    async def apply_contribution_request(self, step: RequestStep) -> RequestStage:
        """Change what was billed already, when the request was granted."""
        async with self.database.transaction() as connection:
            await contribution_requests.apply_request(
                connection, request_id=step.request_id, today=step.today, law=self.law
            )
            request = await store.request_of(connection, request_id=step.request_id)
        return RequestStage(outcome=request.decision.outcome if request.decision else "")

    @activity.defn
    async def write_request_letter(self, step: RequestStep) -> Nothing:
        """Notify the decision with its reasons and remedies; without address a person has to.

        Raises:
            CallFailed: the post does not answer; done again, the letter is not made twice.
        """
        async with self.database.transaction() as connection:
            request = await store.request_of(connection, request_id=step.request_id)
            changes = await changes_caused_by(connection, causes=[step.request_id])
        if request.decision is None:
            raise ValueError("a request is notified once it is decided")
        addressees = await self.affiliation.addressees(
            [request.dossier], purpose="decision on a request to contribute more or less"
        )
        addressee = addressees.get(request.dossier)
        if addressee is None:
            async with self.database.transaction() as connection:
                await open_task(
                    connection,
                    kind=UNADDRESSED_TASK,
                    reference=str(step.request_id),
                    dossier=request.dossier,
                    due_on=add_working_days(step.today, _TASK_DAYS),
                    role="affiliationAgent",
                    details={"requestId": str(step.request_id), "fileNumber": request.file_number},
                )
            return Nothing()
        data = decision_data(
            request=request,
            decision=request.decision,
            changes=changes,
            addressee=addressee,
            fund=self.fund.on(request.decision.decided_on),
            law=self.law,
        )
        content = await asyncio.to_thread(render, TEMPLATE, data)
        async with self.database.transaction() as connection:
            await store_document(
                connection,
                kind=REQUEST_DOCUMENT,
                reference=str(step.request_id),
                dossier=request.dossier,
                language=str(addressee.language),
                media_type="application/pdf",
                name=document_name(request, str(addressee.language)),
                content=content,
                business_date=request.decision.decided_on,
                readers=(Role.AFFILIATION_AGENT, Role.FINANCE),
            )
        await self.hand_over.of_kind(
            REQUEST_DOCUMENT, [str(step.request_id)], {request.dossier: addressee}, today=step.today
        )
        return Nothing()
