"""Income files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from fastapi import Depends, Request, Response
from pydantic import Field

from services.billing.incomes.rules import IncomeLine, read_incomes, told_incomes
from services.billing.incomes.service import import_incomes
from services.billing.received_files.rules import RowReject
from services.billing.received_files.service.answers import CSV_BODY, RowImport, import_answer
from shared.contracts.vocabulary import EuroCents
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, Principal, Role, require


class ToldIncome(ApiModel):
    """The income of a year as it became known on a day."""

    file_number: int = Field(ge=1, le=9_999_999)
    year: int = Field(ge=1960, le=2100)
    income_cents: EuroCents
    known_on: date


class ToldIncomes(ApiModel):
    """Incomes the tax administration communicated."""

    items: tuple[ToldIncome, ...] = Field(min_length=1, max_length=10_000)


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Incomes"])

    @routes.post(
        "/incomes/imports",
        status_code=201,
        response_model=RowImport,
        responses={200: {"model": RowImport, "description": "The file was imported before."}},
        openapi_extra=CSV_BODY,
        summary="Import incomes",
    )
    async def create_income_import(
        request: Request,
        response: Response,
        principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT, Role.SERVICE)),
    ) -> Any:
        """Keep a file ``file_number;year;income;known_on``; lines that break a rule are listed, the others accepted."""
        return await _import(context, principal, await request.body(), response, read=read_incomes)

    @routes.post(
        "/incomes",
        status_code=201,
        response_model=RowImport,
        responses={200: {"model": RowImport, "description": "The same incomes were told before."}},
        summary="Tell incomes",
    )
    async def tell_incomes(
        told: ToldIncomes,
        response: Response,
        principal: Principal = Depends(require(Role.FINANCE, Role.AFFILIATION_AGENT, Role.SERVICE)),
    ) -> Any:
        """Keep incomes as a file of them is kept; years that were billed are regularised (RGS art. 43)."""
        lines = [
            IncomeLine(
                line=place,
                file_number=item.file_number,
                year=item.year,
                income_cents=item.income_cents,
                known_on=item.known_on,
            )
            for place, item in enumerate(told.items, start=1)
        ]
        # Written anew, so that the same incomes are the same file however they were laid out.
        content = told.model_dump_json(by_alias=True).encode()
        return await _import(context, principal, content, response, read=lambda _: told_incomes(lines))

    return routes


async def _import(
    context: AnyContext,
    principal: Principal,
    content: bytes,
    response: Response,
    *,
    read: Callable[[bytes], tuple[list[IncomeLine], list[RowReject]]],
) -> RowImport:
    """Keep the incomes and say which lines were refused; raises ``InvalidInput`` for a file refused whole."""
    today = await context.clock.today()
    async with context.database.transaction() as connection:
        result = await import_incomes(
            connection, content=content, received_on=today, received_by=principal.subject, read=read
        )
    return import_answer(result, response)
