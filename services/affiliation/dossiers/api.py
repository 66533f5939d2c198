"""Dossiers, cessations and changes of category, and what the service counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from services.affiliation.breaches.service import refusal
from services.affiliation.categories import service
from services.affiliation.categories.rules.categories import CategoryTerms
from services.affiliation.dossiers import store
from shared.contracts.affiliation_v1 import CessationReason
from shared.contracts.vocabulary import Category, Language
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiModel, ApiRouter, InvalidInput, Issue, NotFound, Principal, require
from shared.platform.people import audit

_MAY_LIST = (
    "affiliationAgent",
    "collectionsAgent",
    "benefitsAgent",
    "finance",
    "teamLead",
    "service",
    "auditor",
    "operator",
)
_MAY_CHANGE = ("affiliationAgent", "service")
_DOSSIERS_MAX = 1000
_PURPOSE = "affiliation"


class DossierQuery(ApiModel):
    """Which dossiers to list: these file numbers, or all after one."""

    file_numbers: list[Annotated[int, Field(ge=1, le=9_999_999)]] | None = Field(default=None, max_length=_DOSSIERS_MAX)
    after_file_number: int = Field(default=0, ge=0)
    page_size: int = Field(default=_DOSSIERS_MAX, ge=1, le=_DOSSIERS_MAX)


class DossierItem(ApiModel):
    """A dossier without its identity; ``status`` is applied, affiliated, ceased, refused or withdrawn."""

    dossier: UUID
    file_number: int
    kind: str
    status: str
    language: Language
    country: str = Field(description="Country of residence or of the seat, ISO 3166-1.")
    category: Category | None = None
    starts_on: date | None = None
    ceased_on: date | None = None
    cessation_reason: CessationReason | None = None
    insurer: str | None = None
    founded_on: date | None = None


class DossierPage(ApiModel):
    """Dossiers in order of file number; the next page begins after ``nextAfterFileNumber``."""

    items: tuple[DossierItem, ...]
    next_after_file_number: int | None = None


class CategoryPeriodView(ApiModel):
    """From its first day on a category holds, until the next one."""

    category: Category
    applies_from: date
    upcoming: bool = Field(description="Whether it holds from a day that is still to come.")
    ground: str = Field(description="reported, or followsByLaw: the end of the quarters of a primo-starter.")
    political_mandate: bool | None = None
    old_age_opt_out: bool | None = None
    helped_dossier: UUID | None = None


class LiabilityView(ApiModel):
    """Another dossier, and why one answers for the other."""

    dossier: UUID
    ground: str
    applies_from: date


class DossierDetail(DossierItem):
    """A dossier with its history."""

    categories: tuple[CategoryPeriodView, ...]
    answers_for: tuple[LiabilityView, ...]
    answered_for_by: tuple[LiabilityView, ...]


class CessationReport(ApiModel):
    """The end of an activity (RGS art. 8)."""

    dossier: UUID
    ceased_on: date = Field(description="Last day of the activity.")
    reason: CessationReason


class CessationView(ApiModel):
    """An affiliation that has ended."""

    dossier: UUID
    ceased_on: date
    reason: CessationReason
    reported_on: date
    reported_late: bool = Field(description="Told later than the days the law gives.")


class CategoryChange(ApiModel):
    """Another contribution category, from the first day of a quarter on (RGS art. 39); give one of the two days."""

    dossier: UUID
    category: Category
    applies_from: date | None = Field(default=None, description="First day of the quarter from which it counts.")
    changed_on: date | None = Field(
        default=None,
        description="Day on which the other occupation began or ended: the quarter follows from it (RGS art. 39), "
        "between main occupation and complementary activity.",
    )
    artist_attestation: bool = Field(
        default=False, description="A primo-starter holds a valid attestation of the arts: eight quarters, not four."
    )
    sickness_quarters: int = Field(
        default=0,
        ge=0,
        le=99,
        description="Quarters in a row assimilated for sickness, after which a primo-starter works again.",
    )
    political_mandate: bool = Field(default=False, description="Article 37 with the limit of a political mandate.")
    old_age_opt_out: bool = Field(
        default=False, description="Beyond pension age, asked not to contribute as main (RGS art. 37/1)."
    )
    helped_dossier: UUID | None = Field(default=None, description="Whom a helping spouse helps.")


class Summary(ApiModel):
    """What the service counts."""

    people: int = Field(description="People who are or were affiliated.")
    companies: int
    affiliations: int
    ceased: int
    waiting: int = Field(description="Declarations that are being handled.")
    refused: int = Field(description="Declarations refused by their procedure.")
    rejected: int = Field(description="Lines and declarations refused when they came in.")
    imports: int
    imports_refused: int


def dossiers_router(context: AnyContext) -> ApiRouter:
    """Return the operations on dossiers."""
    router = ApiRouter(tags=["Dossiers"])
    _add_queries(router, context)
    _add_changes(router, context)
    return router


def _add_queries(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/dossiers/query", summary="List dossiers", response_model=DossierPage)
    async def query_dossiers(
        query: DossierQuery,
        principal: Principal = Depends(require(*_MAY_LIST)),
    ) -> DossierPage:
        """Return dossiers without identities, in order of file number; who looks up file numbers is on record."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            found = await store.list_dossiers(
                connection,
                today=today,
                file_numbers=query.file_numbers,
                after_file_number=query.after_file_number,
                limit=query.page_size,
            )
            if query.file_numbers is not None:
                dossiers = [one.dossier for one in found]
                await audit.record_reads(
                    connection, actor=principal.subject, what="dossier", dossiers=dossiers, purpose=_PURPOSE
                )
        items = tuple(DossierItem.model_validate(one, from_attributes=True) for one in found)
        return DossierPage(
            items=items, next_after_file_number=items[-1].file_number if len(items) == query.page_size else None
        )

    @router.get("/v1/dossiers/{dossier}", summary="Read a dossier", response_model=DossierDetail)
    async def get_dossier(
        dossier: UUID,
        principal: Principal = Depends(require(*_MAY_LIST)),
    ) -> DossierDetail:
        """Return a dossier with its categories and who answers for whom, without identity; the read is on record."""
        today = await context.clock.today()
        async with context.database.transaction() as connection:
            found = await store.find_dossier(connection, dossier=dossier, today=today)
            if found is None:
                raise NotFound(detail="There is no such dossier.")
            await audit.record_reads(
                connection, actor=principal.subject, what="dossier", dossiers=[dossier], purpose=_PURPOSE
            )
        return DossierDetail.model_validate(found, from_attributes=True)

    @router.get("/v1/summary", summary="Read what the service counts", response_model=Summary)
    async def get_summary(principal: Principal = Depends(require(*_MAY_LIST))) -> Summary:  # noqa: ARG001
        """Return counts of people, companies, refusals and files."""
        async with context.database.transaction() as connection:
            return Summary.model_validate(await store.count_everything(connection), from_attributes=True)


def _add_changes(router: ApiRouter, context: AnyContext) -> None:
    @router.post("/v1/cessations", status_code=201, summary="Report a cessation", response_model=CessationView)
    async def report_cessation(
        report: CessationReport, principal: Principal = Depends(require(*_MAY_CHANGE))
    ) -> CessationView:
        """End an affiliation; reporting the same again returns what was kept."""
        today = await context.clock.today()
        async with _changing(context) as connection:
            ended = await service.cease(
                connection,
                dossier=report.dossier,
                ceased_on=report.ceased_on,
                reason=report.reason,
                today=today,
                actor=principal.subject,
                parameters=context.parameters,
            )
        return CessationView.model_validate(ended, from_attributes=True)

    @router.post("/v1/categoryChanges", status_code=201, summary="Change a category", response_model=DossierDetail)
    async def change_category(
        change: CategoryChange, principal: Principal = Depends(require(*_MAY_CHANGE))
    ) -> DossierDetail:
        """Let a dossier belong to another category from a quarter on; doing it again changes nothing."""
        today = await context.clock.today()
        async with _changing(context) as connection:
            applies_from = await _first_day(connection, change)
            await service.change_category(
                connection,
                dossier=change.dossier,
                terms=CategoryTerms(
                    category=change.category,
                    political_mandate=change.political_mandate,
                    old_age_opt_out=change.old_age_opt_out,
                    helped_dossier=change.helped_dossier,
                ),
                applies_from=applies_from,
                today=today,
                actor=principal.subject,
                parameters=context.parameters,
                artist=change.artist_attestation,
                sickness_quarters=change.sickness_quarters,
            )
            found = await store.find_dossier(connection, dossier=change.dossier, today=today)
        if found is None:
            raise NotFound(detail="There is no such dossier.")
        return DossierDetail.model_validate(found, from_attributes=True)


async def _first_day(connection: Connection, change: CategoryChange) -> date:
    """Give the day a change counts from: as told, or by the law from the day on which something happened."""
    if change.changed_on is None and change.applies_from is not None:
        return change.applies_from
    if change.changed_on is None or change.applies_from is not None:
        detail = "Give either appliesFrom, the first day of a quarter, or changedOn, the day of the event."
        raise InvalidInput(issues=[Issue(name="appliesFrom", detail=detail, rule="oneOf")])
    return await service.first_day_of_change(
        connection, dossier=change.dossier, category=change.category, changed_on=change.changed_on
    )


@asynccontextmanager
async def _changing(context: AnyContext) -> AsyncIterator[Connection]:
    """Give a transaction; what the rules refuse in it becomes a problem that names them."""
    try:
        async with context.database.transaction() as connection:
            yield connection
    except service.AffiliationNotFound:
        raise NotFound(detail="This dossier has no affiliation.") from None
    except service.ReportRefused as error:
        raise refusal(error.breaches, detail="The report was refused.") from None
