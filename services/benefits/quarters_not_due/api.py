"""Quarters without contribution by a decision taken elsewhere: written down, confirmed by another person, read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import Field

from services.benefits.quarters_not_due import service, store
from services.benefits.quarters_not_due.rules import ARTICLES, Authority, Relief, ReliefGround
from shared.contracts.vocabulary import YearQuarter
from shared.law.parameters import ParameterMissing
from shared.law.quarter import Quarter
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
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
from shared.platform.people import audit

_PURPOSE = "contributionRelief"
_MAY_READ = ("benefitsAgent", "teamLead", "auditor")


class ReliefRequest(ApiModel):
    """A decision of the insurer, the institute or the fund by which quarters are not due (RGS art. 50)."""

    dossier: UUID
    ground: ReliefGround
    event_on: date = Field(description="First day of the incapacity or of the interruption, or day of the birth.")
    resumed_on: date | None = Field(default=None, description="First day of activity again; not after a birth.")
    ended_on: date | None = Field(default=None, description="Last day of an incapacity nobody resumed after.")
    quarters: tuple[YearQuarter, ...] = Field(min_length=1, max_length=80, description="Not due; in order.")
    authority: Authority = Field(description="Who decided on the right.")
    evidence: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9./-]{2,39}$",
        description="Reference of the decision with whoever took it; begins with a letter, no number of a person.",
    )
    decided_on: date


class ReliefDecision(ApiModel):
    """What the second person says."""

    decision: Literal["confirmed", "refused"]
    reason: str = Field(min_length=10, max_length=500, description="Why; nothing about anybody's health.")


class ReliefView(ApiModel):
    """A decision as it was written down, and what became of it."""

    relief_id: UUID
    dossier: UUID
    file_number: int
    ground: ReliefGround
    article: str
    event_on: date
    resumed_on: date | None
    ended_on: date | None
    quarters: tuple[YearQuarter, ...]
    authority: Authority
    evidence: str
    decided_on: date
    recorded_on: date
    recorded_by: str
    status: Literal["waiting", "confirmed", "refused"]
    confirmed_by: str | None
    confirmed_on: date | None
    reason: str | None


class ReliefPage(ApiModel):
    """Decisions in the order in which they were written down."""

    items: tuple[ReliefView, ...]


def contribution_reliefs_router(context: AnyContext) -> ApiRouter:
    """Return the operations on quarters that are not due."""
    router = ApiRouter(tags=["Contribution reliefs"])
    _add_writing(router, context)
    _add_reading(router, context)
    return router


def _add_writing(router: ApiRouter, context: AnyContext) -> None:
    @router.post(
        "/v1/contributionReliefs",
        status_code=201,
        summary="Write down that quarters are not due",
        response_model=ReliefView,
    )
    async def create_relief(
        wanted: ReliefRequest, response: Response, principal: Principal = Depends(require("benefitsAgent"))
    ) -> ReliefView:
        """Keep a decision until another person confirms it; the same again changes nothing.

        More quarters than the regulation gives are refused, counted over all decisions about the same event or career.
        """
        today = await context.clock.today()
        with _refusals():
            async with context.database.transaction() as connection:
                recorded = await service.record_relief(
                    connection,
                    dossier=wanted.dossier,
                    relief=_relief(wanted),
                    authority=wanted.authority,
                    evidence=wanted.evidence,
                    recorded_on=today,
                    recorded_by=principal.subject,
                    parameters=context.parameters,
                )
                if recorded.created:
                    await _record(connection, principal, "recorded", wanted.dossier, recorded.relief_id)
                row = await service.relief_of(connection, relief_id=recorded.relief_id)
        response.status_code = 201 if recorded.created else 200
        response.headers["Location"] = f"/v1/contributionReliefs/{recorded.relief_id}"
        return _view(row)

    @router.post(
        "/v1/contributionReliefs/{relief_id}/decision",
        summary="Confirm or refuse what another person wrote down",
        response_model=ReliefView,
    )
    async def decide_relief(
        relief_id: UUID,
        decision: ReliefDecision,
        principal: Principal = Depends(require("benefitsAgent", "teamLead")),
    ) -> ReliefView:
        """Tell billing that the quarters are not due, once; what was charged is taken back there."""
        today = await context.clock.today()
        with _refusals():
            async with context.database.transaction() as connection:
                decided = await service.decide_relief(
                    connection,
                    relief_id=relief_id,
                    decision=decision.decision,
                    reason=decision.reason,
                    decided_on=today,
                    decided_by=principal.subject,
                    parameters=context.parameters,
                )
                row = await service.relief_of(connection, relief_id=relief_id)
                if decided:
                    await _record(connection, principal, decision.decision, row.dossier, relief_id)
        return _view(row)


@contextmanager
def _refusals() -> Iterator[None]:
    """Say what the service refuses as problems that name field and rule."""
    try:
        yield
    except service.UnknownDossier:
        issue = Issue(name="dossier", detail="No affiliation is known.", rule="referencedResourceNotFound")
        raise InvalidInput(detail="The dossier is not known here.", issues=[issue]) from None
    except service.UnknownRelief:
        raise NotFound(detail="There is no such decision.") from None
    except service.SamePerson:
        raise MissingPermission(detail="Another person than the one who wrote it down decides.") from None
    except service.OtherwiseBefore as error:
        raise Conflict(detail=f"Refused: {error}.") from None
    except service.NotAllowed as refused:
        issues = [Issue(name=one.field, detail=one.detail, rule=one.rule) for one in refused.problems]
        raise InvalidInput(detail="The decision can't be applied.", issues=issues) from None
    except ParameterMissing:
        issue = Issue(name="eventOn", detail="No law of this day is known.", rule="outOfRange")
        raise InvalidInput(detail="The regulation gives nothing for that day.", issues=[issue]) from None


def _add_reading(router: ApiRouter, context: AnyContext) -> None:
    @router.get("/v1/contributionReliefs", summary="List decisions", response_model=ReliefPage)
    async def list_reliefs(
        dossier: UUID | None = None,
        waiting: bool = False,
        after_relief: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        principal: Principal = Depends(require(*_MAY_READ)),
    ) -> ReliefPage:
        """Return decisions in the order in which they came; each read about a person is on record."""
        async with context.database.transaction() as connection:
            rows = await store.list_reliefs(
                connection, dossier=dossier, waiting=waiting, after=after_relief, limit=page_size
            )
            about = {dossier, *(row.dossier for row in rows)}
            await audit.record_reads(
                connection, actor=principal.subject, what="contributionReliefs", dossiers=about, purpose=_PURPOSE
            )
        return ReliefPage(items=tuple(_view(row) for row in rows))

    @router.get("/v1/contributionReliefs/{relief_id}", summary="Read a decision", response_model=ReliefView)
    async def get_relief(relief_id: UUID, principal: Principal = Depends(require(*_MAY_READ))) -> ReliefView:
        """Return one decision; the read is on record."""
        with _refusals():
            async with context.database.transaction() as connection:
                row = await service.relief_of(connection, relief_id=relief_id)
                await _record(connection, principal, "read", row.dossier, relief_id)
        return _view(row)


def _relief(wanted: ReliefRequest) -> Relief:
    return Relief(
        ground=wanted.ground,
        event_on=wanted.event_on,
        resumed_on=wanted.resumed_on,
        ended_on=wanted.ended_on,
        quarters=tuple(Quarter.parse(text) for text in wanted.quarters),
        decided_on=wanted.decided_on,
    )


def _view(row: store.ReliefRow) -> ReliefView:
    shown = {name: value for name, value in vars(row).items() if name != "decision"}
    return ReliefView(**shown, article=ARTICLES[row.ground], status=row.decision or "waiting")


async def _record(connection: Connection, principal: Principal, what: str, dossier: UUID, relief_id: UUID) -> None:
    # The ground is not on record: it may tell of somebody's health, and the id leads to it for whoever may read it.
    await audit.record(
        connection,
        actor=principal.subject,
        action=f"contributionRelief.{what}",
        dossier=dossier,
        purpose=_PURPOSE,
        details={"reliefId": str(relief_id)},
    )
