"""Builds the API of a service: conventions, errors, health, metrics, document, and the routes all services share."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException

from shared.platform.calls.auth import Role
from shared.platform.calls.models import Health
from shared.platform.context import ApiContext
from shared.platform.database.connections import Database
from shared.platform.http.middleware import ApiMiddleware
from shared.platform.http.openapi import openapi_document
from shared.platform.http.problems import (
    Conflict,
    InternalServerError,
    InvalidInput,
    Issue,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
    UnsupportedMediaType,
)
from shared.platform.http.routing import ApiRoute, allowed_methods, check_routes, public
from shared.platform.observation.metrics import MEDIA_TYPE, exposition
from shared.platform.temporal.clock import CalendarNotSet

_HEALTH_SECONDS: Final = 2.0
_DOCUMENT_PATH: Final = "/v1/doc/openapi.json"
_STATUS_PROBLEMS: Final[Mapping[int, type[Problem]]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
}
_STANDARD_TAGS: Final = (
    {"name": "Operations", "description": "Health and the state of the service."},
    {"name": "Work", "description": "Tasks for people and decisions of a second person."},
    {"name": "Evidence", "description": "Documents, and who did what."},
)


def create_api(
    context: ApiContext,
    *,
    title: str,
    version: str,
    tags: Sequence[Mapping[str, str]] = (),
    description: str = "",
    standard_routes: bool = True,
    large_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """Return an API that follows the house's conventions; add routes to it with ``ApiRouter`` or its own decorators.

    Args:
        context: what the service was given.
        title: name of the API.
        version: its semantic version; the major version is the ``/v1`` of its routes.
        tags: tags of its operations, each with ``name`` and ``description``.
        description: what the API is for.
        standard_routes: whether tasks, approvals, documents, dead letters, audit and calendar are served too.
        large_bodies: how many bytes at most the paths take that write files to disk as they come in.
    """
    api = FastAPI(
        title=title,
        version=version,
        description=description,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Its own spans would double ours, and hold addresses and texts of errors.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        generate_unique_id_function=lambda route: to_camel(route.name),
    )
    api.router.route_class = ApiRoute
    _handle_errors(api)
    _add_operations(api, context, [dict(tag) for tag in (*tags, *_STANDARD_TAGS)])
    if standard_routes:
        from shared.platform.http.standard import standard_router

        api.include_router(standard_router(context))
    api.add_middleware(
        ApiMiddleware,
        service=context.name,
        verifier=context.verifier,
        body_limit_bytes=context.body_limit_bytes,
        large_bodies=large_bodies or {},
        is_public=_is_public,
    )
    return api


def finish_api(api: FastAPI) -> FastAPI:
    """Check the routes of an API after all were added; the runtime calls this before it serves.

    Raises:
        RouteRefused: a route is not guarded or not of the house.
    """
    check_routes(api)
    return api


def _is_public(method: str, path: str) -> bool:
    return method in {"GET", "HEAD"} and path in {"/health", "/metrics", _DOCUMENT_PATH}


def _handle_errors(api: FastAPI) -> None:
    async def on_problem(_request: Request, error: Exception) -> Response:
        return error.to_response() if isinstance(error, Problem) else InternalServerError().to_response()

    async def on_status(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 400:
            return _unreadable_body().to_response()
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if status == 405:
            headers = {"Allow": ", ".join(allowed_methods(api, request.url.path))}
        return _STATUS_PROBLEMS.get(status, InternalServerError)(headers=headers).to_response()

    async def on_invalid(_request: Request, error: Exception) -> Response:
        errors = error.errors() if isinstance(error, RequestValidationError) else []
        return InvalidInput(detail="The request breaks the rules below.", issues=_issues(errors)).to_response()

    async def on_no_date(_request: Request, error: Exception) -> Response:
        return Conflict(detail=str(error)).to_response()

    api.add_exception_handler(Problem, on_problem)
    api.add_exception_handler(CalendarNotSet, on_no_date)
    api.add_exception_handler(HTTPException, on_status)
    api.add_exception_handler(RequestValidationError, on_invalid)


def _unreadable_body() -> InvalidInput:
    issue = Issue(name="body", detail="The body could not be read.", rule="schemaViolation")
    return InvalidInput(detail="The request breaks the rules below.", issues=[issue])


def _issues(errors: Sequence[Any]) -> list[Issue]:
    """Translate validation errors: which field, where, which rule; never the value that was sent."""
    issues = []
    for error in errors:
        place, *path = [str(part) for part in error["loc"]] or ["body"]
        place = place if place in {"body", "header", "path", "query"} else "body"
        kind = str(error["type"])
        name = ".".join(to_camel(part) if place in {"path", "query"} else part for part in path) or "body"
        if kind == "json_invalid":
            issues.append(Issue(name="body", detail="The body is not JSON.", rule="schemaViolation"))
        elif kind == "missing":
            issues.append(Issue(name=name, detail="This is required.", rule="requiredInput", place=place))  # type: ignore[arg-type]
        elif kind == "extra_forbidden":
            issues.append(Issue(name=name, detail="This is not known here.", rule="unknownInput", place=place))  # type: ignore[arg-type]
        else:
            detail = str(error["msg"]).removeprefix("Value error, ")
            issues.append(Issue(name=name, detail=detail, rule="schemaViolation", place=place))  # type: ignore[arg-type]
    return issues


def _add_operations(api: FastAPI, context: ApiContext, tags: list[dict[str, str]]) -> None:
    @api.get(
        "/health",
        tags=["Operations"],
        summary="Whether the service can do its work",
        response_model=Health,
        responses={503: {"model": Health, "description": "The service can't do its work."}},
    )
    @public
    async def health() -> Response:
        """Answer UP, DEGRADED when a part is being restarted, or DOWN when the database can't be reached."""
        if not await _database_answers(context.database):
            return JSONResponse({"status": "DOWN"}, 503)
        return JSONResponse({"status": "UP" if context.roles.all_running() else "DEGRADED"})

    @api.get("/metrics", include_in_schema=False)
    @public
    async def metrics(request: Request) -> Response:
        """Give the metrics to a collector on the same machine, or to an operator with a token."""
        if not _from_this_machine(request):
            principal = await context.verifier.verify(_token(request))
            if not principal.has_any(Role.OPERATOR):
                raise NotFound
        from shared.platform.http.gauges import observe

        await observe(context)
        return Response(exposition(), media_type=MEDIA_TYPE)

    @api.get(_DOCUMENT_PATH, include_in_schema=False)
    @public
    async def openapi() -> Response:
        """Give the OpenAPI document."""
        return JSONResponse(openapi_document(api, service=context.name, tags=tags))


def _token(request: Request) -> str:
    from shared.platform.calls.auth import bearer_token

    return bearer_token(request.headers.get("authorization"))


def _from_this_machine(request: Request) -> bool:
    """Return whether the request was made on this machine, and was not passed on by a proxy for somebody else."""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    host = request.client.host if request.client else ""
    try:
        return not forwarded and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _database_answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(_HEALTH_SECONDS), database.transaction() as connection:
            await connection.execute("select 1")
    except Exception:  # noqa: BLE001 - whatever it is, the database can't be used
        return False
    return True
