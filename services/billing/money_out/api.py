"""Refunds, mandates and direct debits: files for the bank, and what the bank reports of them."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field
from uuid6 import uuid7

from services.billing.money_out.rules import BankOrderKind, CollectionTooEarly, collection_day, has_account
from services.billing.money_out.service import bank_orders, mandates
from services.billing.money_out.service.collection_returns import note_returned
from services.billing.money_out.service.file_work import BANK_FILES
from services.billing.money_out.service.mandates import MandateExists, MandateNotFound
from services.billing.money_out.store import RUNS, orders_of
from services.billing.subjects.service import UnknownDossier
from services.billing.undoing.service.reversals import Act
from shared.contracts.vocabulary import EuroCents
from shared.law.calendar import add_working_days
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import (
    ApiModel,
    ApiRouter,
    Conflict,
    InvalidInput,
    Issue,
    NotFound,
    Principal,
    Role,
    require,
)
from shared.platform.people import audit
from shared.treasury.files import tell_run
from shared.treasury.reports import PaymentReport, PaymentReports, ReportsTaken, only_the_bank, take_reports
from shared.treasury.withdrawals import add_withdrawals

_READERS = (Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR)


class RequestedRefund(ApiModel):
    """Whose credit is paid back, and why; all of it when no amount is given."""

    dossier: UUID
    amount_cents: EuroCents = Field(gt=0)
    reason: str = Field(min_length=10, max_length=500)


class RefundOrder(ApiModel):
    """An order to pay back; what is paid is what is left of the credit when the file is made."""

    refund_id: UUID
    dossier: UUID
    amount_cents: EuroCents


class NewMandate(ApiModel):
    """A mandate the debtor signed; the paper is kept by the fund."""

    dossier: UUID
    reference: str = Field(pattern=r"^[A-Za-z0-9-]{1,35}$")
    iban: str = Field(max_length=34)
    signed_on: date


class RecordedMandate(ApiModel):
    """A mandate of direct debit."""

    mandate_id: UUID
    reference: str


class MandateView(ApiModel):
    """A mandate; of the account the last four digits only."""

    mandate_id: UUID
    reference: str
    account_ending: str
    signed_on: date
    recorded_on: date
    recorded_by: str
    revoked_on: date | None = None
    revoked_by: str | None = None


class Mandates(ApiModel):
    """The mandates of a dossier, the newest first."""

    items: tuple[MandateView, ...]


class MandatesQuery(ApiModel):
    """Whose mandates."""

    dossier: UUID


class RequestedBankRun(ApiModel):
    """A file to make today; ``collectionOn`` is for direct debits, fourteen days ahead at least."""

    kind: BankOrderKind
    collection_on: date | None = None


class BankRun(ApiModel):
    """A run and its file."""

    run_id: UUID
    kind: BankOrderKind
    business_date: date
    execution_on: date | None = None
    status: str
    message_id: str
    file_sha256: str | None = None
    transfers: int | None = None
    total_cents: EuroCents | None = None
    requested_by: str


class BankRuns(ApiModel):
    """Runs, the newest first."""

    items: tuple[BankRun, ...]


class BankOrderView(ApiModel):
    """One order of a run, as it stands."""

    order_id: UUID
    dossier: UUID
    sequence: str | None = None
    amount_cents: EuroCents
    end_to_end_id: str
    status: str
    executed_on: date | None = None
    return_reason: str | None = None
    returned_on: date | None = None


class BankRunDetail(BankRun):
    """A run with its orders."""

    orders: tuple[BankOrderView, ...]


class Again(ApiModel):
    """Why a returned order can be made again."""

    reason: str = Field(min_length=10, max_length=500)


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Bank orders"])
    _add_refunds(routes, context)
    _add_mandates(routes, context)
    _add_runs(routes, context)
    add_withdrawals(routes, context, path="/bankOrderRuns", name="ask_bank_file_withdrawal", work=BANK_FILES)
    _add_reports(routes, context)
    return routes


def _add_refunds(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/refundOrders", status_code=201, response_model=RefundOrder, summary="Order a refund")
    async def create_refund_order(
        wanted: RequestedRefund, principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT))
    ) -> Any:
        """Order that somebody's credit is paid back; two people approve the file it goes into."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                left = await bank_orders.credits_behind_locks(connection, dossiers=[wanted.dossier])
            except UnknownDossier as error:
                raise _unknown(error) from error
            if wanted.amount_cents > left.get(wanted.dossier, 0):
                detail = "the dossier has less credit than that"
                raise InvalidInput(issues=[Issue(name="amountCents", detail=detail, rule="outOfRange")])
            refund_id = await bank_orders.order_refund(
                connection,
                dossier=wanted.dossier,
                cause=bank_orders.ASKED,
                cause_id=UUID(int=uuid7().int),
                amount_cents=wanted.amount_cents,
                ordered_on=today,
            )
            await _record(connection, principal, wanted.dossier, "refund.ordered", {"refundId": str(refund_id)})
        return RefundOrder(refund_id=refund_id, dossier=wanted.dossier, amount_cents=wanted.amount_cents)

    @routes.post("/bankOrders/{order_id}/releases", status_code=204, summary="Make a returned order again")
    async def release_bank_order(
        order_id: UUID, again: Again, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Response:
        """Let the next run make an order again that the bank returned, once its cause is gone."""
        async with context.database.transaction() as connection:
            dossier = await bank_orders.try_again(connection, order_id=order_id, released_by=principal.subject)
            if dossier is None:
                raise Conflict(detail="This order was not returned by the bank.")
            details = {"orderId": str(order_id), "reason": again.reason}
            await _record(connection, principal, dossier, "bankOrder.released", details)
        return Response(status_code=204)


def _add_mandates(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/mandates", status_code=201, response_model=RecordedMandate, summary="Record a mandate")
    async def create_mandate(
        wanted: NewMandate, principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT))
    ) -> Any:
        """Note a signed mandate of direct debit; the same again is the same mandate."""
        today = await context.clock.today()
        if not has_account(wanted.iban):
            raise InvalidInput(issues=[Issue(name="iban", detail="Is no account number.", rule="invalidInput")])
        if wanted.signed_on > today:
            raise InvalidInput(issues=[Issue(name="signedOn", detail="Lies in the future.", rule="outOfRange")])
        async with context.database.transaction() as connection:
            try:
                mandate_id = await mandates.record_mandate(
                    connection,
                    reference=wanted.reference,
                    dossier=wanted.dossier,
                    iban=wanted.iban.replace(" ", ""),
                    signed_on=wanted.signed_on,
                    recorded_on=today,
                    recorded_by=principal.subject,
                )
            except MandateExists as error:
                raise Conflict(detail=str(error)) from error
            except UnknownDossier as error:
                raise _unknown(error) from error
            await _record(connection, principal, wanted.dossier, "mandate.recorded", {"mandateId": str(mandate_id)})
        return RecordedMandate(mandate_id=mandate_id, reference=wanted.reference)

    @routes.post("/mandates/{mandate_id}/revocation", status_code=204, summary="Revoke a mandate")
    async def revoke_mandate(
        mandate_id: UUID, principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT))
    ) -> Response:
        """Revoke a mandate for good; collections that are in a file already still arrive."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            try:
                dossier = await mandates.revoke_mandate(
                    connection, mandate_id=mandate_id, revoked_on=today, revoked_by=principal.subject
                )
            except MandateNotFound as error:
                raise NotFound(detail="There is no such mandate.") from error
            await _record(connection, principal, dossier, "mandate.revoked", {"mandateId": str(mandate_id)})
        return Response(status_code=204)

    @routes.post("/mandates/query", response_model=Mandates, summary="Mandates of a dossier")
    async def query_mandates(query: MandatesQuery, principal: Principal = Depends(require(*_READERS))) -> Any:
        """List the mandates of a dossier."""
        async with context.database.transaction() as connection:
            found = await mandates.mandates_of(connection, dossier=query.dossier)
            await _record(connection, principal, query.dossier, "mandates.read", {})
        return Mandates(items=tuple(MandateView.model_validate(one, from_attributes=True) for one in found))


def _add_runs(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post(
        "/bankOrderRuns",
        status_code=202,
        response_model=BankRun,
        responses={200: {"model": BankRun, "description": "The run was requested before."}},
        summary="Make a file of refunds or collections",
    )
    async def request_bank_run(
        wanted: RequestedBankRun, response: Response, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Start the run of today; a day has one run of each kind, and two people approve its file."""
        today = await context.clock.today()
        day: date | None = None
        if wanted.kind is BankOrderKind.DIRECT_DEBIT:
            try:
                day = collection_day(wanted=wanted.collection_on, today=today)
            except CollectionTooEarly as error:
                issue = Issue(name="collectionOn", detail=str(error), rule="outOfRange")
                raise InvalidInput(issues=[issue]) from error
        async with context.database.transaction() as connection:
            run_id, created = await bank_orders.request_run(
                connection,
                kind=wanted.kind,
                business_date=today,
                execution_on=day,
                requested_by=principal.subject,
            )
            run = await RUNS.read(connection, run_id=run_id)
        if not created:
            response.status_code = 200
        return BankRun.model_validate(run, from_attributes=True)

    @routes.get("/bankOrderRuns", response_model=BankRuns, summary="Files of refunds and collections")
    async def list_bank_runs(_: Principal = Depends(require(*_READERS))) -> Any:
        """List the runs."""
        async with context.database.transaction() as connection:
            runs = await RUNS.newest(connection)
        return BankRuns(items=tuple(BankRun.model_validate(run, from_attributes=True) for run in runs))

    @routes.get("/bankOrderRuns/{run_id}", response_model=BankRunDetail, summary="One file")
    async def get_bank_run(run_id: UUID, principal: Principal = Depends(require(*_READERS))) -> Any:
        """Show a run with its orders."""
        async with context.database.transaction() as connection:
            try:
                run = await RUNS.read(connection, run_id=run_id)
            except LookupError as error:
                raise NotFound(detail="There is no such run.") from error
            orders = await orders_of(connection, run_id=run_id)
            dossiers = [order.dossier for order in orders]
            await audit.record_reads(
                connection, actor=principal.subject, what="bankOrders", dossiers=dossiers, purpose="bank orders"
            )
        shown = BankRun.model_validate(run, from_attributes=True)
        views = tuple(BankOrderView.model_validate(order, from_attributes=True) for order in orders)
        return BankRunDetail(**shown.model_dump(), orders=views)


def _add_reports(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/paymentReports", response_model=ReportsTaken, summary="Take the bank's reports")
    async def take_payment_reports(reports: PaymentReports, principal: Principal = Depends(require("partner"))) -> Any:
        """Note what became of orders; what is not ours is refused as a whole, the same again changes nothing."""
        only_the_bank(principal)
        today = await context.clock.today()
        fund = context.fund.on(today)
        act = Act(
            done_by=principal.subject,
            booked_on=today,
            interest_rate=context.parameters.decimal("surcharges.socialInterestRate", on=today),
            tasks_due_on=add_working_days(today, fund.policy.task_due_working_days),
        )
        async with context.database.transaction() as connection:
            run, changed = await take_reports(
                connection, tables=RUNS, reports=reports, note=partial(_note, connection, act=act)
            )
            if changed:
                await tell_run(connection, run=run)
        return ReportsTaken(changed=changed)


async def _note(connection: Connection, report: PaymentReport, *, act: Act) -> bool:
    if report.outcome == "executed" and report.executed_on is not None:
        return await bank_orders.note_executed(
            connection, end_to_end=report.end_to_end_id, executed_on=report.executed_on, act=act
        )
    return await note_returned(connection, end_to_end=report.end_to_end_id, reason=report.reason_code or "", act=act)


def _unknown(error: UnknownDossier) -> InvalidInput:
    return InvalidInput(issues=[Issue(name="dossier", detail=str(error), rule="referencedResourceNotFound")])


async def _record(
    connection: Connection, principal: Principal, dossier: UUID, action: str, details: dict[str, str]
) -> None:
    await audit.record(
        connection, actor=principal.subject, action=action, dossier=dossier, purpose="bank orders", details=details
    )
