"""Bank files."""

from __future__ import annotations

import asyncio
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, Final, cast
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.billing.bank_statements import service as bank_files
from services.billing.bank_statements.service import KeptFile, Receipt
from services.billing.money_in.service import files as bank
from shared.law.calendar import add_working_days
from shared.platform.context import AnyContext
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, NotFound, Principal, Role, require

#: A million payments take some 400 MiB in CODA and a GiB in camt.053.
LARGEST_FILE_BYTES: Final = 4 * 1024 * 1024 * 1024
#: A file up to this size is never written to disk.
_IN_MEMORY_BYTES: Final = 8 * 1024 * 1024


class BankStatementItem(ApiModel):
    """One statement of a bank file and what was done with its lines."""

    statement_id: UUID
    sequence: int | None = None
    old_balance_cents: int
    new_balance_cents: int
    new_balance_date: date
    matched: int
    unmatched: int
    other: int


class BankFileRefusal(ApiModel):
    """Why a file was refused as a whole."""

    line: int
    rule: str
    detail: str


class BankFileItem(ApiModel):
    """A bank file in a list; its lines are counted where it is shown alone."""

    file_id: UUID
    format: str
    received_on: date
    received_by: str
    size_bytes: int
    status: str
    refusal: BankFileRefusal | None = None
    statements: int


class BankFiles(ApiModel):
    """Bank files, the newest first; the next page begins after ``nextAfterFileId``."""

    items: tuple[BankFileItem, ...]
    next_after_file_id: UUID | None = None


class BankFile(ApiModel):
    """A bank file, its latest reading and its statements."""

    file_id: UUID
    sha256: str
    format: str
    received_on: date
    received_by: str
    size_bytes: int
    status: str
    refusal: BankFileRefusal | None = None
    already_read: bool | None = None
    duplicate_statements: int | None = None
    matched: int
    unmatched: int
    other: int
    statements: tuple[BankStatementItem, ...]


def router(context: AnyContext) -> ApiRouter:
    """Return the routes."""
    routes = ApiRouter(prefix="/v1", tags=["Bank"])
    _add_reading(routes, context)
    _add_following(routes, context)
    return routes


def _add_reading(routes: ApiRouter, context: AnyContext) -> None:
    @routes.post(
        "/bankFiles",
        status_code=201,
        response_model=BankFile,
        responses={200: {"model": BankFile, "description": "The file was read before; nothing changed."}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    media_type: {"schema": {"type": "string", "format": "binary"}}
                    for media_type in ("text/plain", "application/xml")
                },
            }
        },
        summary="Read a bank file",
    )
    async def create_bank_file(
        request: Request, response: Response, principal: Principal = Depends(require(Role.FINANCE, Role.SERVICE))
    ) -> Any:
        """Keep and book statements, CODA or camt.053; one that breaks a rule is kept and refused with its line."""
        with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as source:
            await _receive(request, source)
            return await _read(context, source, principal=principal, response=response)


async def _receive(request: Request, source: SpooledTemporaryFile[bytes]) -> None:
    """Write the body to a file on disk as it comes in: a statement may be larger than what may be held in memory."""
    size = 0
    async for part in request.stream():
        size += len(part)
        await asyncio.to_thread(source.write, part)
    if not size:
        raise InvalidInput(issues=[Issue(name="body", detail="The file is empty.", rule="requiredInput")])


async def _read(
    context: AnyContext, source: SpooledTemporaryFile[bytes], *, principal: Principal, response: Response
) -> BankFile:
    today = await context.clock.today()
    fund = context.fund.on(today)
    receipt = Receipt(
        received_on=today,
        received_by=principal.subject,
        interest_rate=context.parameters.decimal("surcharges.socialInterestRate", on=today),
        tasks_due_on=add_working_days(today, fund.policy.task_due_working_days),
    )

    result = await bank.read_file(
        context.database,
        source=cast("BinaryIO", source),
        accounts=[fund.contributions_account.iban],
        receipt=receipt,
    )
    if result.refusal is not None:
        raise InvalidInput(
            detail=f"The file was kept as {result.file_id} and refused as a whole: "
            f"line {result.refusal.line}, {result.refusal.rule}.",
            issues=[Issue(name=f"line[{result.refusal.line}]", detail=result.refusal.detail, rule=result.refusal.rule)],
        )
    if result.already_read:
        response.status_code = 200
    duplicates = sum(statement.duplicate for statement in result.statements)
    return await _shown(context, result.file_id, already_read=result.already_read, duplicate_statements=duplicates)


def _add_following(routes: ApiRouter, context: AnyContext) -> None:
    @routes.get("/bankFiles", response_model=BankFiles, summary="Bank files")
    async def list_bank_files(
        page_size: Annotated[int, Query(ge=1, le=500, alias="pageSize")] = 100,
        after_file_id: Annotated[UUID | None, Query(alias="afterFileId")] = None,
        _: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR)),
    ) -> Any:
        """List the bank files that were received, with those refused as a whole."""
        async with context.database.transaction() as connection:
            files = await bank_files.bank_files(connection, after=after_file_id, limit=page_size)
        items = tuple(
            BankFileItem(
                file_id=file.file_id,
                format=file.format,
                received_on=file.received_on,
                received_by=file.received_by,
                size_bytes=file.size_bytes,
                status=_status(file),
                refusal=_refusal(file),
                statements=file.statements,
            )
            for file in files
        )
        return BankFiles(items=items, next_after_file_id=items[-1].file_id if len(items) == page_size else None)

    @routes.get("/bankFiles/{file_id}", response_model=BankFile, summary="One bank file")
    async def get_bank_file(
        file_id: UUID, _: Principal = Depends(require(Role.FINANCE, Role.TEAM_LEAD, Role.AUDITOR))
    ) -> Any:
        """Show a bank file, why it was refused if it was, and what was done with its statements."""
        return await _shown(context, file_id)


async def _shown(
    context: AnyContext, file_id: UUID, *, already_read: bool | None = None, duplicate_statements: int | None = None
) -> BankFile:
    async with context.database.transaction() as connection:
        file = await bank_files.bank_file(connection, file_id=file_id)
        booked = await bank_files.statements_of(connection, file_id=file_id)
    if file is None:
        raise NotFound(detail="There is no such bank file.")
    return BankFile(
        file_id=file.file_id,
        sha256=file.sha256,
        format=file.format,
        received_on=file.received_on,
        received_by=file.received_by,
        size_bytes=file.size_bytes,
        status=_status(file),
        refusal=_refusal(file),
        already_read=already_read,
        duplicate_statements=duplicate_statements,
        matched=sum(statement.matched for statement in booked),
        unmatched=sum(statement.unmatched for statement in booked),
        other=sum(statement.other for statement in booked),
        statements=tuple(BankStatementItem.model_validate(statement, from_attributes=True) for statement in booked),
    )


def _status(file: KeptFile) -> str:
    return "read" if file.refusal is None else "refused"


def _refusal(file: KeptFile) -> BankFileRefusal | None:
    if file.refusal is None:
        return None
    return BankFileRefusal(line=file.refusal.line, rule=file.refusal.rule, detail=file.refusal.detail)
