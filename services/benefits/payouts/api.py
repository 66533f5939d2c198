"""Payout runs, and what the bank reports of their payments."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from services.benefits.payouts.procedure import BankReported
from services.benefits.payouts.service import returns as payout_returns
from services.benefits.payouts.service import runs as store
from shared.contracts.vocabulary import EuroCents
from shared.law.calendar import add_working_days
from shared.platform import audit, dispatch, tasks
from shared.platform.context import AnyContext
from shared.platform.database import Connection
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    MissingPermission,
    NotFound,
    Principal,
    require,
)
from shared.treasury.withdrawals import WithdrawableFiles, Withdrawal, WithdrawalAsked, take_withdrawal

_MAY_READ = ("benefitsAgent", "finance", "teamLead", "auditor", "operator", "service")
RETURNED_TASK = "payoutReturned"
#: The client under which the bank calls.
BANK = "bank"
_FILES: Final = WithdrawableFiles(
    action=store.WITHDRAWAL_ACTION,
    audited_as="payoutRun.withdrawalAsked",
    purpose="payout",
    note_delivery=store.note_delivery,
)


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


class PaymentReport(ApiModel):
    """What became of one payment."""

    end_to_end_id: str = Field(min_length=1, max_length=35)
    outcome: Literal["executed", "returned"]
    executed_on: date | None = None
    reason_code: str | None = Field(default=None, pattern=r"^[A-Z]{2}[0-9]{2}$", description="ISO 20022 reason.")


class PaymentReports(ApiModel):
    """What the bank tells of a file."""

    message_id: str = Field(min_length=1, max_length=35)
    items: tuple[PaymentReport, ...] = Field(min_length=1, max_length=10_000)


class ReportsTaken(ApiModel):
    """How many payments changed; telling the same again changes none."""

    changed: int


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
    _add_withdrawals(router, context)
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
            rows = await store.list_runs(connection, page_size=page_size)
        return RunPage(items=tuple(RunItem(**_run(row)) for row in rows))

    @router.get("/v1/payoutRuns/{run_id}", summary="Read a payout run", response_model=RunView)
    async def get_payout_run(
        run_id: UUID,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> RunView:
        """Return a run with its payments; the read is on record for everybody who is paid."""
        async with context.database.transaction() as connection:
            try:
                row = await store.read_run(connection, run_id=run_id)
            except LookupError:
                raise NotFound(detail="There is no such payout run.") from None
            payments = await store.run_payouts(connection, run_id=run_id)
            dossiers = [payment["dossier"] for payment in payments]
            await audit.record_reads(
                connection, actor=principal.subject, what="payoutRun", dossiers=dossiers, purpose="payout"
            )
        return RunView(**_run(row), payments=tuple(PaymentView(**payment) for payment in payments))

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
                row = await store.read_run(connection, run_id=run_id)
                content = await store.read_file(connection, run_id=run_id)
            except LookupError:
                raise NotFound(detail="There is no such payout run, or it has no file.") from None
            payments = await store.run_payouts(connection, run_id=run_id)
            await audit.record_reads(
                connection,
                actor=principal.subject,
                what="payoutFile",
                dossiers=[payment["dossier"] for payment in payments],
                purpose="payoutApproval",
            )
        name = f"{row['message_id']}.pain.001.xml"
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
            workflow_id = await store.request_run(connection, business_date=today)
            await audit.record(
                connection,
                actor=principal.subject,
                action="payoutRun.started",
                dossier=None,
                purpose="payout",
                details={"businessDate": today.isoformat()},
            )
        return RunStarted(workflow_id=workflow_id)


def _add_withdrawals(router: ApiRouter, context: AnyContext) -> None:
    @router.post(
        "/v1/payoutRuns/{run_id}/withdrawal",
        status_code=202,
        summary="Ask to withdraw a file the bank refused",
        response_model=WithdrawalAsked,
    )
    async def ask_payout_withdrawal(
        run_id: UUID, wanted: Withdrawal, principal: Principal = Depends(require("finance"))
    ) -> WithdrawalAsked:
        """Ask a team lead to withdraw a file; it is not delivered meanwhile, and its payments go to the next run."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                run = await store.read_run(connection, run_id=run_id, lock=True)
            except LookupError:
                raise NotFound(detail="There is no such payout run.") from None
            return await take_withdrawal(
                connection,
                files=_FILES,
                run_id=run_id,
                run=run,
                payload=store.approved_file(run),
                wanted=wanted,
                principal=principal,
                on=today,
            )


def _add_reports(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/paymentReports", summary="Take the bank's reports", response_model=ReportsTaken)
    async def take_payment_reports(
        reports: PaymentReports,
        principal: Principal = Depends(require("partner")),
    ) -> ReportsTaken:
        """Note what became of payments; what is not ours is refused as a whole, the same again changes nothing.

        Executed money can come back later, when its run has ended: it is then a task as any payment that came back.
        """
        if principal.subject != BANK:
            raise MissingPermission(detail="Payment reports come from the bank.")
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            run = await store.run_by_message(connection, message_id=reports.message_id)
            known = set() if run is None else await store.known_end_to_end_ids(connection, run_id=run["id"])
            issues = _report_issues(reports, known)
            if run is None or issues:
                unknown = Issue(name="messageId", detail="Is no file of ours.", rule="referencedResourceNotFound")
                raise InvalidInput(detail="The report does not fit our files.", issues=issues or [unknown])
            changed = 0
            for report in reports.items:
                changed += await _note(connection, report, today=today)
            if changed and run["status"] != "completed":
                await dispatch.signal_workflow(
                    connection,
                    workflow_id=run["workflow_id"],
                    signal="bank_reported",
                    argument=BankReported(run_id=run["id"]),
                )
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
                    reference=f"{payout_id}|{row['attempt'] - 1}",
                    resolved_by=principal.subject,
                    resolution="released",
                )
            await audit.record(
                connection,
                actor=principal.subject,
                action="payout.released",
                dossier=row["dossier"],
                purpose="droitPasserellePayout",
                details={"payoutId": str(payout_id), "reason": release.reason},
            )
        return Released(payout_id=payout_id, attempt=row["attempt"])


def _report_issues(reports: PaymentReports, known: set[str]) -> list[Issue]:
    issues = []
    for position, report in enumerate(reports.items):
        if known and report.end_to_end_id not in known:
            name = f"items.{position}.endToEndId"
            issues.append(Issue(name=name, detail="Is no payment of this file.", rule="referencedResourceNotFound"))
        if report.outcome == "executed" and report.executed_on is None:
            name = f"items.{position}.executedOn"
            issues.append(Issue(name=name, detail="An executed payment has a date.", rule="requiredInput"))
        if report.outcome == "returned" and report.reason_code is None:
            name = f"items.{position}.reasonCode"
            issues.append(Issue(name=name, detail="A returned payment has a reason.", rule="requiredInput"))
    return issues


async def _note(connection: Connection, report: PaymentReport, *, today: date) -> int:
    if report.executed_on is not None and report.outcome == "executed":
        done = await store.confirm_payout(connection, end_to_end=report.end_to_end_id, executed_on=report.executed_on)
        return int(done)
    row = await payout_returns.return_payout(
        connection, end_to_end=report.end_to_end_id, reason=report.reason_code or "", today=today
    )
    if row is None:
        return 0
    await tasks.open_task(
        connection,
        kind=RETURNED_TASK,
        reference=f"{row['id']}|{row['attempt']}",
        dossier=row["dossier"],
        due_on=add_working_days(today, 5),
        role="benefitsAgent",
        details={
            "payoutId": str(row["id"]),
            "month": row["month"],
            "reasonCode": report.reason_code,
            "wasExecuted": row["was_executed"],
        },
    )
    return 1


def _run(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "href": f"/v1/payoutRuns/{row['id']}",
        "run_id": row["id"],
        "business_date": row["business_date"],
        "status": row["status"],
        "message_id": row["message_id"],
        "transfers": row["transfers"] or 0,
        "total_cents": row["total_cents"] or 0,
        "file_sha256": row["sha256"],
    }
