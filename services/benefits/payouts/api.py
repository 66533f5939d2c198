"""Payout runs, and what the bank reports of their payments."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from services.benefits.payouts.service import returns as payout_returns
from services.benefits.payouts.service.file_work import PAYOUT_FILES
from services.benefits.payouts.service.runs import confirm_payout, request_run
from services.benefits.payouts.store import RUNS, run_payments
from shared.contracts.vocabulary import EuroCents
from shared.law.calendar import add_working_days
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.database.rows import JsonObject
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    NotFound,
    Principal,
    require,
)
from shared.platform.people import audit, tasks
from shared.treasury.files import FileRun, tell_run
from shared.treasury.reports import PaymentReport, PaymentReports, ReportsTaken, only_the_bank, take_reports
from shared.treasury.withdrawals import add_withdrawals

_MAY_READ = ("benefitsAgent", "finance", "teamLead", "auditor", "operator", "service")
RETURNED_TASK = "payoutReturned"


class RunItem(ApiModel):
    """A run in a list."""

    href: str
    run_id: UUID
    business_date: date
    status: Literal["collected", "nothingDue", "approval", "refused", "ordered", "withdrawn", "sent", "completed"]
    message_id: str
    transfers: int = 0
    total_cents: EuroCents = 0
    file_sha256: str | None = None


class RunPage(ApiModel):
    """Runs, the newest first."""

    items: tuple[RunItem, ...]


class PaymentView(ApiModel):
    """A payment of a run; ``replaced`` means that it is tried again in a later run."""

    payout_id: UUID
    claim_id: UUID
    dossier: UUID
    month: str
    end_to_end_id: str
    amount_cents: EuroCents
    status: str
    executed_on: date | None = None


class RunView(RunItem):
    """A run with its payments."""

    payments: tuple[PaymentView, ...]


class RunRequest(ApiModel):
    """An extra run besides the monthly one, for example after a refused file."""

    business_date: date = Field(description="Today.")


class RunStarted(ApiModel):
    """The procedure of the run."""

    workflow_id: str


class ReleaseRequest(ApiModel):
    """Why a returned payment can be made again."""

    reason: str = Field(min_length=10, max_length=500)


class Released(ApiModel):
    """The payment goes into the next run."""

    payout_id: UUID
    attempt: int


def payouts_router(context: AnyContext) -> ApiRouter:
    """Return the operations on payouts."""
    router = ApiRouter(tags=["Payouts"])
    _add_runs(router, context)
    add_withdrawals(router, context, path="/v1/payoutRuns", name="ask_payout_withdrawal", work=PAYOUT_FILES)
    _add_reports(router, context)
    return router


def _add_runs(router: ApiRouter, context: AnyContext) -> None:
    @router.get("/v1/payoutRuns", summary="List payout runs", response_model=RunPage)
    async def list_payout_runs(
        page_size: Annotated[int, Query(ge=1, le=500)] = 50,
        principal: Principal = Depends(require(*_MAY_READ)),  # noqa: ARG001
    ) -> RunPage:
        """Return runs, the newest first."""
        async with context.database.transaction() as connection:
            rows = await RUNS.newest(connection, limit=page_size)
        return RunPage(items=tuple(RunItem(**_run(row)) for row in rows))

    @router.get("/v1/payoutRuns/{run_id}", summary="Read a payout run", response_model=RunView)
    async def get_payout_run(
        run_id: UUID,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> RunView:
        """Return a run with its payments; the read is on record for everybody who is paid."""
        async with context.database.transaction() as connection:
            try:
                row = await RUNS.read(connection, run_id=run_id)
            except LookupError:
                raise NotFound(detail="There is no such payout run.") from None
            payments = await run_payments(connection, run_id=run_id)
            dossiers = [payment.dossier for payment in payments]
            await audit.record_reads(
                connection, actor=principal.subject, what="payoutRun", dossiers=dossiers, purpose="payout"
            )
        views = tuple(PaymentView.model_validate(one, from_attributes=True) for one in payments)
        return RunView(**_run(row), payments=views)

    @router.get(
        "/v1/payoutRuns/{run_id}/file",
        summary="The payment file two people approve",
        response_class=Response,
        responses={200: {"content": {"application/xml": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def get_payout_file(
        run_id: UUID, principal: Principal = Depends(require("finance", "teamLead", "auditor"))
    ) -> Response:
        """Give the bytes as they were built, before anybody approved; the read is on record for everybody in them."""
        async with context.database.transaction() as connection:
            try:
                row = await RUNS.read(connection, run_id=run_id)
                content = await RUNS.content(connection, run_id=run_id)
            except LookupError:
                raise NotFound(detail="There is no such payout run, or it has no file.") from None
            payments = await run_payments(connection, run_id=run_id)
            await audit.record_reads(
                connection,
                actor=principal.subject,
                what="payoutFile",
                dossiers=[payment.dossier for payment in payments],
                purpose="payoutApproval",
            )
        name = f"{row.message_id}.pain.001.xml"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type="application/xml", headers=headers)

    @router.post("/v1/payoutRuns", status_code=202, summary="Start an extra payout run", response_model=RunStarted)
    async def start_payout_run(
        run: RunRequest, principal: Principal = Depends(require("finance", "service"))
    ) -> RunStarted:
        """Start a run for today; a day has one run, so the same day again is the same run."""
        today = await context.clock.today()
        if run.business_date != today:
            issue = Issue(name="businessDate", detail="An extra run is for today.", rule="outOfRange")
            raise InvalidInput(detail="An extra run can't be made for another day.", issues=[issue])
        async with context.database.transaction() as connection:
            workflow_id = await request_run(connection, business_date=today)
            await audit.record(
                connection,
                actor=principal.subject,
                action="payoutRun.started",
                dossier=None,
                purpose="payout",
                details={"businessDate": today.isoformat()},
            )
        return RunStarted(workflow_id=workflow_id)


def _add_reports(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/paymentReports", summary="Take the bank's reports", response_model=ReportsTaken)
    async def take_payment_reports(
        reports: PaymentReports,
        principal: Principal = Depends(require("partner")),
    ) -> ReportsTaken:
        """Note what became of payments; what is not ours is refused as a whole, the same again changes nothing.

        Executed money can come back later, when its run has ended: it is then a task as any payment that came back.
        """
        only_the_bank(principal)
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            run, changed = await take_reports(
                connection, tables=RUNS, reports=reports, note=partial(_note, connection, today=today)
            )
            if changed and run.status != "completed":
                await tell_run(connection, run=run)
        return ReportsTaken(changed=changed)

    @router.post(
        "/v1/payouts/{payout_id}/releases",
        status_code=202,
        summary="Pay a returned payment again",
        response_model=Released,
    )
    async def release_payout(
        payout_id: UUID, release: ReleaseRequest, principal: Principal = Depends(require("benefitsAgent", "finance"))
    ) -> Released:
        """Let the next run pay a returned payment again, once its cause is gone."""
        async with context.database.transaction() as connection:
            row = await payout_returns.release_payout(connection, payout_id=payout_id)
            if row is None:
                raise Conflict(detail="This payment was not returned by the bank.")
            with suppress(tasks.TaskAlreadyResolved):
                await tasks.resolve_task(
                    connection,
                    kind=RETURNED_TASK,
                    reference=f"{payout_id}|{row.attempt - 1}",
                    resolved_by=principal.subject,
                    resolution="released",
                )
            await audit.record(
                connection,
                actor=principal.subject,
                action="payout.released",
                dossier=row.dossier,
                purpose="droitPasserellePayout",
                details={"payoutId": str(payout_id), "reason": release.reason},
            )
        return Released(payout_id=payout_id, attempt=row.attempt)


async def _note(connection: Connection, report: PaymentReport, *, today: date) -> bool:
    if report.executed_on is not None and report.outcome == "executed":
        return await confirm_payout(connection, end_to_end=report.end_to_end_id, executed_on=report.executed_on)
    row = await payout_returns.return_payout(
        connection, end_to_end=report.end_to_end_id, reason=report.reason_code or "", today=today
    )
    if row is None:
        return False
    await tasks.open_task(
        connection,
        kind=RETURNED_TASK,
        reference=f"{row.id}|{row.attempt}",
        dossier=row.dossier,
        due_on=add_working_days(today, 5),
        role="benefitsAgent",
        details={
            "payoutId": str(row.id),
            "month": row.month,
            "reasonCode": report.reason_code,
            "wasExecuted": row.was_executed,
        },
    )
    return True


def _run(run: FileRun) -> JsonObject:
    return {
        "href": f"/v1/payoutRuns/{run.run_id}",
        "run_id": run.run_id,
        "business_date": run.business_date,
        "status": run.status,
        "message_id": run.message_id,
        "transfers": run.transfers or 0,
        "total_cents": run.total_cents or 0,
        "file_sha256": run.file_sha256,
    }
