"""What dossiers owe, what they paid, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Self
from uuid import UUID

from fastapi import Depends
from pydantic import model_validator

from services.billing.accounts import rules, service, store
from services.billing.assessment.rules import explain, explanation_figures, law_from_document, stored_row
from services.billing.assessment.service import ExplainedStep, check_language, explained_steps
from services.billing.lateness.rules.interest import accrued_interest
from services.billing.subjects.service import READERS, DossierQuery, known, log_read, unknown_dossiers
from shared.contracts.vocabulary import AmountKind, Category, EuroCents, YearQuarter
from shared.law.quarter import InvalidQuarter, Quarter
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, Principal, Role, require

_QUARTERS_MAX = 400


class OpenItemView(ApiModel):
    """What was charged, paid, waived and is open of one kind of one quarter."""

    quarter: YearQuarter
    kind: AmountKind
    charged_cents: EuroCents
    paid_cents: EuroCents
    waived_cents: EuroCents
    open_cents: EuroCents
    due_on: date
    disputed: bool
    structured_communication: str | None = None


class AccruedInterest(ApiModel):
    """Interest since the service of a warrant that is not booked yet; it is booked when somebody pays."""

    quarter: YearQuarter
    served_on: date
    starts_on: date
    principal_cents: EuroCents
    interest_cents: EuroCents


class OpenItems(ApiModel):
    """Everything about what a dossier owes."""

    items: tuple[OpenItemView, ...]
    total_open_cents: EuroCents
    credit_cents: EuroCents
    accrued_interest: tuple[AccruedInterest, ...]


class DossierPayment(ApiModel):
    """Money that was used for a dossier, and whether that was undone; a payment of its credit has no line."""

    payment_id: UUID
    line_id: UUID | None = None
    source: str
    amount_cents: EuroCents
    credit_cents: EuroCents
    value_date: date
    booked_on: date
    reversed_on: date | None = None
    reversal: str | None = None


class DossierPayments(ApiModel):
    """The payments of a dossier, the newest first."""

    items: tuple[DossierPayment, ...]


class PaidQuartersQuery(ApiModel):
    """Which quarters of which dossier, both included."""

    dossier: UUID
    from_quarter: YearQuarter
    to_quarter: YearQuarter


class PaidQuarter(ApiModel):
    """A quarter as rights that depend on paid contributions see it."""

    quarter: YearQuarter
    category: Category | None = None
    due_cents: EuroCents
    paid_cents: EuroCents
    waived_cents: EuroCents
    status: str


class PaidQuarters(ApiModel):
    """The quarters that were asked for, the oldest first."""

    items: tuple[PaidQuarter, ...]


class ContributionView(ApiModel):
    """A contribution with its reasons."""

    quarter: YearQuarter
    kind: str
    category: Category
    contribution_cents: EuroCents
    fee_cents: EuroCents
    total_cents: EuroCents
    due_on: date
    booked_on: date
    structured_communication: str | None = None
    explanation: tuple[ExplainedStep, ...]
    figures: dict[str, str]


class Contributions(ApiModel):
    """The contributions of a dossier, the oldest quarter first."""

    items: tuple[ContributionView, ...]


class TakenOverQuarter(ApiModel):
    """A quarter of before this fund's books began here."""

    dossier: UUID
    quarter: YearQuarter
    category: Category
    due_cents: EuroCents
    paid_cents: EuroCents

    @model_validator(mode="after")
    def _paid_is_part_of_due(self) -> Self:
        if not 0 <= self.paid_cents <= self.due_cents:
            raise ValueError("paidCents lies between 0 and dueCents")
        return self


class TakenOverQuarters(ApiModel):
    """Quarters taken over from a previous system."""

    items: tuple[TakenOverQuarter, ...]


class TakenOver(ApiModel):
    """How many quarters were new; the others were there already."""

    accepted: int
    already_known: int


class BillingSummary(ApiModel):
    """The sums a report shows."""

    subjects: int
    notices_issued: int
    billed_cents: EuroCents
    payments_matched: int
    payments_unmatched: int
    paid_cents: EuroCents
    ledger_sum_cents: EuroCents
    waived_cents: EuroCents
    surcharges_cents: EuroCents
    open_cents: EuroCents
    credit_cents: EuroCents
    suspense_cents: EuroCents
    bank_cents: EuroCents
    parked: int


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Accounts"])

    @routes.post("/openItems/query", response_model=OpenItems, summary="What a dossier owes")
    async def query_open_items(query: DossierQuery, principal: Principal = Depends(require(*READERS))) -> Any:
        """Give what was charged, paid, waived and is open, and the interest that runs."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            await known(connection, query.dossier)
            items = await store.open_items(connection, dossier=query.dossier)
            credit = await store.credit_of(connection, dossier=query.dossier)
            served = await service.served_principal(connection, dossier=query.dossier)
            await log_read(connection, principal, query.dossier, "openItems")
        views = tuple(_open_item(item) for item in items)
        return OpenItems(
            items=views,
            total_open_cents=sum(view.open_cents for view in views),
            credit_cents=credit,
            accrued_interest=tuple(_accrued(context, one, today) for one in served),
        )

    @routes.post("/payments/query", response_model=DossierPayments, summary="What a dossier paid")
    async def query_payments(query: DossierQuery, principal: Principal = Depends(require(*READERS))) -> Any:
        """Give every payment that was used for a dossier, with those that were undone."""
        async with context.database.transaction() as connection:
            await known(connection, query.dossier)
            payments = await store.payments_of(connection, dossier=query.dossier)
            await log_read(connection, principal, query.dossier, "payments")
        items = tuple(DossierPayment.model_validate(payment, from_attributes=True) for payment in payments)
        return DossierPayments(items=items)

    @routes.post("/paidQuarters/query", response_model=PaidQuarters, summary="Which quarters are paid")
    async def query_paid_quarters(query: PaidQuartersQuery, principal: Principal = Depends(require(*READERS))) -> Any:
        """Say of each quarter whether its contribution is paid, open, waived or not due."""
        first, last = _range(query)
        async with context.database.transaction() as connection:
            await known(connection, query.dossier)
            accounts = await service.paid_quarters(connection, dossier=query.dossier, first=first, last=last)
            await log_read(connection, principal, query.dossier, "paidQuarters")
        return PaidQuarters(
            items=tuple(
                PaidQuarter(
                    quarter=str(account.quarter),
                    category=account.category,
                    due_cents=account.due_cents,
                    paid_cents=account.paid_cents,
                    waived_cents=account.waived_cents,
                    status=str(account.status),
                )
                for account in accounts
            )
        )

    @routes.get("/contributions/{dossier}", response_model=Contributions, summary="Contributions with their reasons")
    async def get_contributions(
        dossier: UUID, language: str = "en", principal: Principal = Depends(require(*READERS))
    ) -> Any:
        """Explain each contribution of a dossier from the figures that were kept with it."""
        check_language(language)
        async with context.database.transaction() as connection:
            await known(connection, dossier)
            rows = await store.contributions_of(connection, dossier=dossier)
            await log_read(connection, principal, dossier, "contributions")
        return Contributions(items=tuple(_contribution(row, language) for row in rows))

    @routes.post("/takenOverQuarters", response_model=TakenOver, summary="Take over quarters of before")
    async def take_over_quarters(
        quarters: TakenOverQuarters, principal: Principal = Depends(require(Role.FINANCE, Role.SERVICE))
    ) -> Any:
        """Note how quarters stood in the books of before; rights that depend on paid quarters count them."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            unknown = await unknown_dossiers(connection, dossiers=[item.dossier for item in quarters.items])
            if unknown:
                positions = [str(at) for at, item in enumerate(quarters.items) if item.dossier in unknown]
                detail = "billing does not know the dossier"
                rule = "referencedResourceNotFound"
                raise InvalidInput(
                    issues=[Issue(name=f"items[{at}].dossier", detail=detail, rule=rule) for at in positions]
                )
            accepted = await store.take_over_quarters(
                connection,
                quarters=[_taken_over(item) for item in quarters.items],
                taken_over_on=today,
                taken_over_by=principal.subject,
            )
        return TakenOver(accepted=accepted, already_known=len(quarters.items) - accepted)

    return routes


def summary_router(context: AnyContext) -> ApiRouter:
    """Return the route of the sums."""
    routes = ApiRouter(prefix="/v1", tags=["Reports"])

    @routes.get("/summary", response_model=BillingSummary, summary="Sums of billing")
    async def get_summary(
        _: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR, Role.OPERATOR, Role.SERVICE)),
    ) -> Any:
        """Give what was billed, paid, waived and is open, and the sum of the ledger, which is zero."""
        async with context.database.transaction() as connection:
            return BillingSummary.model_validate(await store.summary(connection), from_attributes=True)

    return routes


def _range(query: PaidQuartersQuery) -> tuple[Quarter, Quarter]:
    try:
        first, last = Quarter.parse(query.from_quarter), Quarter.parse(query.to_quarter)
    except InvalidQuarter as error:
        raise InvalidInput(issues=[Issue(name="fromQuarter", detail=str(error))]) from error
    if last < first or last.index - first.index >= _QUARTERS_MAX:
        detail = "the last quarter lies before the first, or the range is longer than a century"
        raise InvalidInput(issues=[Issue(name="toQuarter", detail=detail, rule="invalidPeriod")])
    return first, last


def _open_item(item: store.OpenItem) -> OpenItemView:
    return OpenItemView(
        quarter=str(item.quarter),
        kind=item.kind,
        charged_cents=item.charged_cents,
        paid_cents=item.paid_cents,
        waived_cents=item.waived_cents,
        open_cents=item.open_cents,
        due_on=item.due_on,
        disputed=False,
        structured_communication=item.structured_communication,
    )


def _taken_over(item: TakenOverQuarter) -> rules.TakenOverQuarter:
    return rules.TakenOverQuarter(
        dossier=item.dossier,
        quarter=Quarter.parse(item.quarter),
        category=item.category,
        due_cents=item.due_cents,
        paid_cents=item.paid_cents,
    )


def _accrued(context: AnyContext, served: rules.ServedPrincipal, today: date) -> AccruedInterest:
    rate = context.parameters.decimal("surcharges.socialInterestRate", on=today)
    return AccruedInterest(
        quarter=str(served.quarter),
        served_on=served.served_on,
        starts_on=served.interest_from,
        principal_cents=served.open_cents,
        interest_cents=accrued_interest(
            principal_cents=served.open_cents, rate=rate, starts_on=served.interest_from, ends_before=today
        ),
    )


def _contribution(billed: store.BilledContribution, language: str) -> ContributionView:
    law = law_from_document(billed.law)
    stored = stored_row(asdict(billed), law=law)
    return ContributionView(
        quarter=billed.quarter,
        kind=billed.kind,
        category=Category(billed.category),
        contribution_cents=billed.contribution_cents,
        fee_cents=billed.fee_cents,
        total_cents=billed.total_cents,
        due_on=billed.due_on,
        booked_on=billed.booked_on,
        structured_communication=billed.reference,
        explanation=explained_steps(explain(stored, law=law, language=language)),
        figures=explanation_figures(stored),
    )
