"""What partners report about papers they were given. Whatever they send is kept, with its refusal when refused.

A service that takes such reports has the table ``partner_report`` (the same in each of them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import Field, ValidationError
from pydantic.alias_generators import to_camel
from uuid6 import uuid7

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http.problems import InvalidInput, Issue, MissingPermission, Problem

_CONTENT_MAX: Final = 20_000
Report = TypeVar("Report", bound=ApiModel)


class DeliveryReport(ApiModel):
    """What became of a registered letter."""

    reference: UUID = Field(description="Our reference of the letter.")
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    outcome: Literal["delivered", "lost", "returned"]
    on: date


class ReportAccepted(ApiModel):
    """The report was taken in, now or before."""

    accepted: bool


def body_of(model: type[ApiModel]) -> dict[str, Any]:
    """Describe a body that is read by hand, so that what can't be read is kept too."""
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


async def receive_report(
    context: AnyContext,
    request: Request,
    principal: Principal,
    *,
    partner: str,
    model: type[Report],
    take_in: Callable[[Connection, Report, date], Awaitable[None]],
) -> ReportAccepted:
    """Read, act and keep; a refused report is kept in a transaction of its own, then the refusal is answered.

    Args:
        context: the service.
        request: with the body as it came.
        principal: who reports.
        partner: the only one that reports this kind.
        model: what can be read of it.
        take_in: acts on a report in a transaction, on a business date.

    Raises:
        MissingPermission: another partner than the one whose work this is reports; nothing is read or kept.
        Problem: the report is refused.
    """
    if principal.subject != partner:
        raise MissingPermission(detail=f"Only the partner {partner} reports this.")
    body = await request.body()
    today = await context.clock.today()
    try:
        report = _read(model, body)
        async with context.database.transaction() as connection:
            await take_in(connection, report, today)
            await _keep(connection, partner=partner, body=body, reporter=principal.subject, today=today, refusal=None)
    except Problem as problem:
        refusal = _why(problem)
        async with context.database.transaction() as connection:
            await _keep(
                connection, partner=partner, body=body, reporter=principal.subject, today=today, refusal=refusal
            )
        raise
    return ReportAccepted(accepted=True)


def check_reporter(*, given_to: str | None, reporter: str, name: str) -> None:
    """Refuse the report of a partner that never got the letter or the mandate; the refused report is kept.

    Raises:
        InvalidInput: somebody else was given it; ``name`` is the field that names it.
    """
    if given_to is not None and given_to != reporter:
        raise refused_report(name, "This was given to another partner.", "rejectedInput")


def refused_report(name: str, detail: str, rule: str) -> InvalidInput:
    """Return the refusal of a report that names the field and the rule."""
    return InvalidInput(detail="The report is refused.", issues=[Issue(name=name, detail=detail, rule=rule)])


def _read(model: type[Report], body: bytes) -> Report:
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        issues = [
            Issue(
                name=".".join(to_camel(str(part)) for part in found["loc"]) or "body",
                detail=str(found["msg"]),
                rule="schemaViolation",
            )
            for found in error.errors(include_input=False, include_url=False)
        ]
        raise InvalidInput(detail="The report can't be read.", issues=issues) from None


def _why(problem: Problem) -> str:
    rules = "; ".join(f"{issue.name}: {issue.rule}" for issue in problem.issues)
    return f"{problem.status} {rules or problem.detail}"


async def _keep(
    connection: Connection, *, partner: str, body: bytes, reporter: str, today: date, refusal: str | None
) -> None:
    """Keep a report as it came; the same with the same answer is kept once."""
    # A zero byte can't be kept as text; the hash is of the bytes as they came.
    content = body[:_CONTENT_MAX].decode("utf-8", errors="replace").replace("\x00", "\ufffd")
    await connection.execute(
        "insert into partner_report "
        "(report_id, partner, content_sha256, content, reported_by, received_on, accepted, refusal) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (partner, content_sha256, accepted) do nothing",
        (
            UUID(int=uuid7().int),
            partner,
            hashlib.sha256(body).hexdigest(),
            content,
            reporter,
            today,
            refusal is None,
            refusal,
        ),
    )
