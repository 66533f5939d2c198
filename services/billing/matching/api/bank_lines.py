"""Payments on the bank account: which wait to be identified, for whom they are, and what was wrong about that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.billing.matching import store
from services.billing.matching.rules import Suggested, SuggestionReason
from services.billing.matching.service import matching, suggestions
from services.billing.matching.service.matching import PaymentNotUnmatched
from services.billing.subjects.service import UnknownDossier
from services.billing.undoing.rules import CreditSpent
from services.billing.undoing.service import reversals
from services.billing.undoing.service.reversals import Act, PaymentNotMatched, ReturnNotPossible
from shared.contracts.vocabulary import EuroCents, YearQuarter
from shared.law.calendar import add_working_days
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, Principal, Role, require
from shared.platform.people import audit

_LINES_MAX = 200


class PaymentMatch(ApiModel):
    """The dossier a person recognised, and the quarter the payer meant when that is known."""

    dossier: UUID
    quarter: YearQuarter | None = None


class PaymentMatched(ApiModel):
    """What became of a payment that was identified."""

    line_id: UUID
    dossier: UUID
    already_matched: bool


class MatchUndoing(ApiModel):
    """Whether money of this payer may go to that dossier again without a person looking at it."""

    exclude_payer: bool = True


class MatchUndone(ApiModel):
    """What became of a payment that was undone: the quarters that are owed again."""

    line_id: UUID
    dossier: UUID | None = None
    already_undone: bool
    reopened: tuple[YearQuarter, ...]


class PaymentReturn(ApiModel):
    """The line of the payment the bank took back."""

    paid_line_id: UUID


class Suggestion(ApiModel):
    """A dossier the money may be meant for, with the reasons."""

    dossier: UUID
    file_number: int
    quarter: YearQuarter | None = None
    open_cents: EuroCents
    reasons: tuple[SuggestionReason, ...]


class WaitingLine(ApiModel):
    """Money that waits to be identified, with whom it may be for; a person decides."""

    line_id: UUID
    amount_cents: EuroCents
    value_date: date
    communication: str
    counterparty_account: str
    counterparty_name: str
    suggestions: tuple[Suggestion, ...]


class WaitingLines(ApiModel):
    """Lines that wait, the oldest first."""

    items: tuple[WaitingLine, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Bank"])
    _add_matching(routes, context)
    _add_undoing(routes, context)
    return routes


def _add_matching(routes: ApiRouter, context: AnyContext) -> None:
    @routes.get("/bankLines/waiting", response_model=WaitingLines, summary="Payments to identify")
    async def list_waiting_bank_lines(
        after_line_id: Annotated[UUID | None, Query(alias="afterLineId")] = None,
        limit: Annotated[int, Query(ge=1, le=_LINES_MAX)] = 50,
        principal: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD)),
    ) -> Any:
        """Show money on the suspense account and the dossiers it may be for, with the reason of each suggestion."""
        async with context.database.transaction() as connection:
            lines = await suggestions.waiting_lines(connection, after=after_line_id, limit=limit)
            items = tuple(_waiting(line, suggested) for line, suggested in lines)
            await audit.record_reads(
                connection,
                actor=principal.subject,
                what="paymentSuggestions",
                dossiers=sorted({suggested.dossier for item in items for suggested in item.suggestions}),
                purpose="identifyPayment",
            )
        return WaitingLines(items=items)

    @routes.post("/bankLines/{line_id}/match", response_model=PaymentMatched, summary="Identify a payment")
    async def match_bank_line(
        line_id: UUID, match: PaymentMatch, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Give a payment that waits on the suspense account to the dossier it is meant for."""
        act = await _act(context, principal)
        try:
            async with context.database.transaction() as connection:
                received = await matching.match_line(
                    connection,
                    line=line_id,
                    dossier=match.dossier,
                    quarter=None if match.quarter is None else Quarter.parse(match.quarter),
                    act=act,
                )
        except PaymentNotUnmatched as error:
            raise Conflict(detail=str(error)) from error
        except UnknownDossier as error:
            raise InvalidInput(
                issues=[Issue(name="dossier", detail=str(error), rule="referencedResourceNotFound")]
            ) from error
        return PaymentMatched(line_id=line_id, dossier=match.dossier, already_matched=not received)


def _waiting(line: store.WaitingLine, suggested: Sequence[Suggested]) -> WaitingLine:
    return WaitingLine(
        line_id=line.line_id,
        amount_cents=line.amount_cents,
        value_date=line.value_date,
        communication=line.communication,
        counterparty_account=line.counterparty_account,
        counterparty_name=line.counterparty_name,
        suggestions=tuple(
            Suggestion(
                dossier=one.dossier,
                file_number=one.file_number,
                quarter=None if one.quarter is None else str(one.quarter),
                open_cents=one.open_cents,
                reasons=one.reasons,
            )
            for one in suggested
        ),
    )


def _add_undoing(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post("/bankLines/{line_id}/undoMatch", response_model=MatchUndone, summary="Undo a wrong match")
    async def undo_bank_line_match(
        line_id: UUID, undoing: MatchUndoing, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Take a payment from the dossier it went to, by counter-entries; its money waits to be identified again."""
        act = await _act(context, principal)
        try:
            async with context.database.transaction() as connection:
                undone = await reversals.undo_match(
                    connection, line=line_id, exclude_payer=undoing.exclude_payer, act=act
                )
        except (PaymentNotMatched, CreditSpent) as error:
            raise Conflict(detail=str(error)) from error
        return _undone(line_id, undone)

    @routes.post("/bankLines/{line_id}/returnPayment", response_model=MatchUndone, summary="A payment taken back")
    async def return_payment_by_bank_line(
        line_id: UUID, returned: PaymentReturn, principal: Principal = Depends(require(Role.FINANCE))
    ) -> Any:
        """Say which payment a line of the bank takes back; what it had paid is owed again."""
        act = await _act(context, principal)
        try:
            async with context.database.transaction() as connection:
                undone = await reversals.return_payment(
                    connection, return_line=line_id, paid_line=returned.paid_line_id, act=act
                )
        except (PaymentNotMatched, ReturnNotPossible, CreditSpent) as error:
            raise Conflict(detail=str(error)) from error
        return _undone(line_id, undone)


def _undone(line_id: UUID, undone: reversals.Undone | None) -> MatchUndone:
    return MatchUndone(
        line_id=line_id,
        dossier=None if undone is None else undone.dossier,
        already_undone=undone is None,
        reopened=() if undone is None else tuple(str(quarter) for quarter in undone.reopened),
    )


async def _act(context: AnyContext, principal: Principal) -> Act:
    today = await context.clock.today()
    return Act(
        done_by=principal.subject,
        booked_on=today,
        interest_rate=context.parameters.decimal("surcharges.socialInterestRate", on=today),
        tasks_due_on=add_working_days(today, context.fund.on(today).policy.task_due_working_days),
    )
