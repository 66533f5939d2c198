"""Routes every service has: tasks, approvals, documents, dead letters, dispatches and audit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field, JsonValue

from shared.platform.calls.auth import Principal
from shared.platform.calls.models import ApiModel
from shared.platform.context import ApiContext
from shared.platform.http.problems import Conflict, MissingPermission, NotFound
from shared.platform.http.routing import ApiRouter
from shared.platform.http.security import require
from shared.platform.people import approvals, audit, documents, tasks

_CASE_WORKERS: Final = ("affiliationAgent", "collectionsAgent", "benefitsAgent", "finance", "teamLead")
_PEOPLE: Final = (*_CASE_WORKERS, "operator")
_PAGE_SIZE_MAX: Final = 500

PageSize = Annotated[int, Query(ge=1, le=_PAGE_SIZE_MAX)]


class Task(ApiModel):
    """Work for a person."""

    task_id: UUID
    kind: str
    reference: str
    dossier: UUID | None = None
    due_on: date
    role: str
    details: dict[str, JsonValue]
    opened_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolution: str | None = None


class TaskPage(ApiModel):
    """Tasks, the most urgent first."""

    items: tuple[Task, ...]


class TaskResolution(ApiModel):
    """How a person ended a task."""

    resolution: str = Field(pattern=r"^[a-z][A-Za-z0-9]{0,49}$", description="One word in lowerCamelCase.")


class Approval(ApiModel):
    """An act that waits for, or got, the decision of a second person."""

    approval_id: UUID
    action: str
    reference: str
    payload_sha256: str
    summary: dict[str, JsonValue]
    dossier: UUID | None = None
    role: str
    deciders: tuple[str, ...] = Field(default=(), description="Who was designated for this act; empty: the role.")
    expires_on: date | None = None
    requested_by: str
    requested_at: datetime
    decided_by: str | None = None
    decision: Literal["approved", "refused"] | None = None
    reason: str | None = None
    decided_at: datetime | None = None


class ApprovalPage(ApiModel):
    """Requests, the oldest first."""

    items: tuple[Approval, ...]


class ApprovalDecision(ApiModel):
    """What the second person decides."""

    decision: Literal["approved", "refused"]
    reason: str = Field(min_length=1, max_length=500, description="Why, without personal data.")


class DocumentDescription(ApiModel):
    """A letter or a file, without its content."""

    document_id: UUID
    kind: str
    reference: str
    dossier: UUID | None = None
    language: str | None = None
    media_type: str
    name: str
    content_sha256: str
    size_bytes: int
    business_date: date
    readers: tuple[str, ...] = Field(description="Who may read the content, beside team lead, auditor and services.")


class DocumentPage(ApiModel):
    """Documents in order of name; the next page begins after ``nextAfterName``."""

    items: tuple[DocumentDescription, ...]
    next_after_name: str | None = None


class AuditEntryView(ApiModel):
    """Who saw or did what about a dossier."""

    stream: str
    number: int
    at: datetime
    actor: str
    action: str
    purpose: str
    details: dict[str, JsonValue]


class AuditPage(ApiModel):
    """Entries, the newest first."""

    items: tuple[AuditEntryView, ...]


class AuditQuery(ApiModel):
    """The dossier whose entries are wanted, and why."""

    dossier: UUID
    purpose: str = Field(min_length=3, max_length=200)


class AuditVerification(ApiModel):
    """Whether the chains of hashes are whole."""

    entries: int
    problems: tuple[str, ...]


def standard_router(context: ApiContext) -> ApiRouter:
    """Return the routes every service has."""
    router = ApiRouter(prefix="/v1")
    _add_tasks(router, context)
    _add_approvals(router, context)
    _add_documents(router, context)
    _add_audit(router, context)
    from shared.platform.http.dead_letters import add_dead_letters
    from shared.platform.http.dispatches import add_dispatches

    add_dead_letters(router, context)
    add_dispatches(router, context)
    return router


def _add_tasks(router: ApiRouter, context: ApiContext) -> None:
    @router.get("/tasks", tags=["Work"], summary="Tasks for people")
    async def list_tasks(
        role: str | None = None,
        dossier: UUID | None = None,
        is_open: bool = True,
        page_size: PageSize = 100,
        after_task_id: UUID | None = None,
        principal: Principal = Depends(require(*_PEOPLE, "auditor", "service")),
    ) -> TaskPage:
        """Give open tasks (or resolved ones), the most urgent first; asking for one dossier is on record."""
        async with context.database.transaction() as connection:
            rows = await tasks.list_tasks(
                connection, role=role, dossier=dossier, is_open=is_open, limit=page_size, after=after_task_id
            )
            await audit.record_reads(
                connection, actor=principal.subject, what="tasks", dossiers=[dossier], purpose="tasks"
            )
        return TaskPage(items=tuple(_task(row) for row in rows))

    @router.post("/tasks/{task_id}/resolve", tags=["Work"], summary="Say how a task ended")
    async def resolve_task(
        task_id: UUID, body: TaskResolution, principal: Principal = Depends(require(*_PEOPLE))
    ) -> Task:
        """Resolve a task of one's own role; a team lead may resolve any."""
        async with context.database.transaction() as connection:
            try:
                row = await tasks.task_by_id(connection, task_id=task_id)
            except tasks.TaskNotFound as error:
                raise NotFound(detail="There is no such task.") from error
            if not principal.has_any(row["role"], "teamLead"):
                raise MissingPermission(detail=f"This task is for the role {row['role']}.")
            try:
                await tasks.resolve_task(
                    connection,
                    kind=row["kind"],
                    reference=row["reference"],
                    resolved_by=principal.subject,
                    resolution=body.resolution,
                )
            except tasks.TaskAlreadyResolved as error:
                raise Conflict(detail="The task ended otherwise before.") from error
            await audit.record(
                connection,
                actor=principal.subject,
                action="task.resolved",
                dossier=row["dossier"],
                purpose=row["kind"],
                details={"taskId": str(task_id), "resolution": body.resolution},
            )
            return _task(await tasks.task_by_id(connection, task_id=task_id))


def _add_approvals(router: ApiRouter, context: ApiContext) -> None:
    @router.get("/approvals", tags=["Work"], summary="Acts that need a second person")
    async def list_approvals(
        is_open: bool = True,
        page_size: PageSize = 100,
        after_approval_id: UUID | None = None,
        _: Principal = Depends(require(*_PEOPLE, "auditor")),
    ) -> ApprovalPage:
        """Give open requests (or decided ones), the oldest first."""
        async with context.database.transaction() as connection:
            rows = await approvals.list_approvals(connection, is_open=is_open, limit=page_size, after=after_approval_id)
        return ApprovalPage(items=tuple(_approval(row) for row in rows))

    @router.get("/approvals/{approval_id}", tags=["Work"], summary="One act that needs a second person")
    async def get_approval(approval_id: UUID, principal: Principal = Depends(require(*_PEOPLE, "auditor"))) -> Approval:
        """Give a request with its decision; the read is on record when it is about a person."""
        async with context.database.transaction() as connection:
            row = await _approval_row(connection, approval_id)
            await audit.record_reads(
                connection, actor=principal.subject, what="approval", dossiers=[row["dossier"]], purpose="approvals"
            )
            return _approval(row)

    @router.post("/approvals/{approval_id}/decide", tags=["Work"], summary="Approve or refuse an act")
    async def decide_approval(
        approval_id: UUID, body: ApprovalDecision, principal: Principal = Depends(require(*_PEOPLE))
    ) -> Approval:
        """Decide once, in the role that the request names and as another person than the one who asked.

        The waiting procedure goes on by itself.
        """
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            await _approval_row(connection, approval_id)
            try:
                await approvals.decide_approval(
                    connection,
                    approval_id=approval_id,
                    decided_by=principal.subject,
                    decision=body.decision,
                    reason=body.reason,
                    decided_on=today,
                    roles=principal.roles,
                )
            except (approvals.SamePerson, approvals.WrongRole, approvals.NotDesignated) as error:
                raise MissingPermission(detail=str(error)) from error
            except (approvals.AlreadyDecided, approvals.ApprovalExpired) as error:
                raise Conflict(detail=str(error)) from error
            return _approval(await _approval_row(connection, approval_id))


def _add_documents(router: ApiRouter, context: ApiContext) -> None:
    @router.get("/documents", tags=["Evidence"], summary="Letters and files")
    async def list_documents(
        kind: str | None = None,
        dossier: UUID | None = None,
        page_size: PageSize = 100,
        after_name: str | None = None,
        principal: Principal = Depends(require(*_PEOPLE, "auditor", "service")),
    ) -> DocumentPage:
        """Give descriptions in order of name; asking for those of one dossier is on record."""
        async with context.database.transaction() as connection:
            rows = await documents.list_documents(
                connection, kind=kind, dossier=dossier, after_name=after_name, limit=page_size
            )
            await audit.record_reads(
                connection, actor=principal.subject, what="documents", dossiers=[dossier], purpose="documents"
            )
        items = tuple(_document(row) for row in rows)
        return DocumentPage(items=items, next_after_name=items[-1].name if len(items) == page_size else None)

    @router.get(
        "/documents/{document_id}/content",
        tags=["Evidence"],
        summary="The content of a letter or file",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def get_document_content(
        document_id: UUID,
        purpose: Annotated[
            str, Query(pattern=r"^[a-z][A-Za-z0-9]{2,49}$", description="Why it is read: one word in lowerCamelCase.")
        ],
        principal: Principal = Depends(require(*_CASE_WORKERS, "auditor", "service")),
    ) -> Response:
        """Give the bytes as they were kept to whom the kind of document concerns; the read is audited, and why."""
        async with context.database.transaction() as connection:
            try:
                row = await documents.read_document(connection, document_id=document_id)
            except documents.DocumentNotFound as error:
                raise NotFound(detail="There is no such document.") from error
            if not documents.may_read(principal, row["readers"]):
                needed = ", ".join((*row["readers"], "teamLead", "auditor"))
                raise MissingPermission(detail=f"One of these roles is needed for this kind of document: {needed}.")
            await audit.record(
                connection,
                actor=principal.subject,
                action="document.read",
                dossier=row["dossier"],
                purpose=purpose,
                details={"documentId": str(document_id), "kind": row["kind"]},
            )
        file_name = str(row["name"]).rsplit("/", 1)[-1]
        return Response(
            bytes(row["content"]),
            media_type=row["media_type"],
            headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
        )


def _add_audit(router: ApiRouter, context: ApiContext) -> None:
    @router.post("/audit/query", tags=["Evidence"], summary="Who saw or did what about a dossier")
    async def query_audit(
        body: AuditQuery, page_size: PageSize = 100, principal: Principal = Depends(require("auditor", "teamLead"))
    ) -> AuditPage:
        """Give the newest entries about a dossier; asking is itself audited, with its purpose."""
        async with context.database.transaction() as connection:
            await audit.record(
                connection,
                actor=principal.subject,
                action="audit.read",
                dossier=body.dossier,
                purpose=body.purpose,
                details={},
            )
            rows = await audit.list_entries(connection, dossier=body.dossier, limit=page_size)
        return AuditPage(
            items=tuple(AuditEntryView(**{name: row[name] for name in AuditEntryView.model_fields}) for row in rows)
        )

    @router.post("/audit/verify", tags=["Evidence"], summary="Check the chains of hashes")
    async def verify_audit(_: Principal = Depends(require("auditor"))) -> AuditVerification:
        """Recompute every hash; problems name the entries that were changed or are missing."""
        async with context.database.transaction() as connection:
            found = await audit.verify(connection)
        return AuditVerification(entries=found.entries, problems=found.problems)


async def _approval_row(connection: Any, approval_id: UUID) -> dict[str, Any]:
    try:
        return await approvals.approval_by_id(connection, approval_id=approval_id)
    except approvals.ApprovalNotFound as error:
        raise NotFound(detail="There is no such request.") from error


def _task(row: dict[str, Any]) -> Task:
    return Task(task_id=row["id"], **_fields(row, Task, leave_out={"task_id"}))


def _approval(row: dict[str, Any]) -> Approval:
    return Approval(approval_id=row["id"], **_fields(row, Approval, leave_out={"approval_id"}))


def _document(row: dict[str, Any]) -> DocumentDescription:
    fields = _fields(row, DocumentDescription, leave_out={"document_id", "size_bytes"})
    return DocumentDescription(document_id=row["id"], size_bytes=row["bytes"], **fields)


def _fields(row: dict[str, Any], model: type[ApiModel], *, leave_out: set[str]) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields if name not in leave_out}
