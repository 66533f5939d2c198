"""Regularisation runs: asked for, cut into pages, and each page booked in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from uuid6 import uuid7

from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.dossier_facts.service.facts import load_dossier_facts
from services.billing.ledger import service as ledger
from services.billing.regularisation.procedure import RegularisationInput
from services.billing.regularisation.rules import (
    NOTHING_TO_REGULARISE,
    NotRegularised,
    Regularised,
    regularise,
    statement_deadline,
)
from services.billing.regularisation.service.statements import write_statement
from services.billing.regularisation.store import runs as store
from services.billing.regularisation.store.runs import PageRegularised, PlannedYear
from services.billing.subjects.service import lock_subjects
from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task, overtake_task
from shared.platform.temporal.dispatch import start_workflow

REGULARISATION_WORKFLOW: Final = "IncomeRegularisation"
PARKED_TASK: Final = "parkedRegularisation"
PAGE_SIZE: Final = 200


async def request_for_import(
    connection: Connection, *, import_id: UUID, received_on: date, requested_by: str
) -> UUID | None:
    """Ask for the regularisation of every year of which an import told the income; None when there is none.

    Called in the transaction of the import, so that no income is received without its procedure.
    """
    return await _request(
        connection,
        cause=f"import|{import_id}",
        received_on=received_on,
        requested_by=requested_by,
        years=store.years_of_import(import_id),
    )


async def request_for_year(
    connection: Connection, *, dossier: UUID, years: Sequence[int], cause: str, received_on: date, requested_by: str
) -> UUID | None:
    """Ask for the regularisation of years of one dossier that were regularised before and are owed otherwise now."""
    return await _request(
        connection,
        cause=cause,
        received_on=received_on,
        requested_by=requested_by,
        years=store.years_regularised(dossier, years),
    )


async def request_sweep(connection: Connection, *, business_date: date) -> UUID | None:
    """Ask for what was left: years whose income is known and of which a billed quarter has no statement yet.

    Such as quarters that were billed after the income of their year came, and years a person has completed since.
    """
    return await _request(
        connection,
        cause=f"sweep|{business_date.isoformat()}",
        received_on=business_date,
        requested_by="schedule",
        years=store.years_left(),
    )


async def _request(
    connection: Connection, *, cause: str, received_on: date, requested_by: str, years: store.Years
) -> UUID | None:
    known = await store.run_of_cause(connection, cause=cause)
    if known is not None:
        return known
    if not await store.any_of(connection, years):
        return None
    run_id = UUID(int=uuid7().int)
    await store.insert_run(
        connection,
        run_id=run_id,
        cause=cause,
        requested_by=requested_by,
        received_on=received_on,
        state_before=statement_deadline(received_on),
        years=years,
        page_size=PAGE_SIZE,
    )
    await start_workflow(
        connection,
        workflow=REGULARISATION_WORKFLOW,
        workflow_id=f"income-regularisation:{run_id}",
        argument=RegularisationInput(run_id=run_id),
    )
    return run_id


async def regularise_page(
    connection: Connection, *, run_id: UUID, ordinal: int, law: AssessmentLaw, today: date
) -> PageRegularised:
    """Regularise the years of a page that were not done yet; doing it again changes nothing."""
    # One year of a dossier after the other: the second year sees the credit and notices of the first.
    for planned in _rounds(await store.planned_years(connection, run_id=run_id, ordinal=ordinal)):
        dossiers = sorted({one.dossier for one in planned})
        await lock_subjects(connection, dossiers=dossiers)
        facts = await load_dossier_facts(connection, dossiers=dossiers, fee_rate_of=law.fee_rate_of)
        outcomes = regularise([(facts[one.dossier], one.year) for one in planned], law=law, issued_on=today)
        accounts = await ledger.load_accounts(connection, dossiers=dossiers)
        for one, outcome in zip(planned, outcomes, strict=True):
            if isinstance(outcome, NotRegularised):
                await _park(connection, run_id, outcome, due_on=one.state_before)
            elif not outcome.changes_something:
                await store.end_year(connection, run_id=run_id, dossier=one.dossier, year=one.year, status="unchanged")
            else:
                account = accounts[one.dossier]
                await write_statement(connection, run_id=run_id, statement=outcome, account=account, law=law)
                await _issued(connection, run_id, outcome)
    return await store.page_counts(connection, run_id=run_id, ordinal=ordinal)


def _rounds(planned: Sequence[PlannedYear]) -> list[list[PlannedYear]]:
    rounds: list[list[PlannedYear]] = []
    seen: dict[UUID, int] = {}
    for one in planned:
        place = seen.get(one.dossier, 0)
        seen[one.dossier] = place + 1
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(one)
    return rounds


async def _issued(connection: Connection, run_id: UUID, outcome: Regularised) -> None:
    await store.end_year(connection, run_id=run_id, dossier=outcome.facts.dossier, year=outcome.year, status="issued")
    await overtake_task(
        connection,
        kind=PARKED_TASK,
        reference=f"{outcome.facts.dossier}|{outcome.year}",
        resolved_by="billing",
        resolution="regularised",
    )


async def _park(connection: Connection, run_id: UUID, outcome: NotRegularised, *, due_on: date) -> None:
    dossier, year = outcome.facts.dossier, outcome.year
    await store.end_year(
        connection,
        run_id=run_id,
        dossier=dossier,
        year=year,
        status="parked",
        reason=outcome.reason,
        detail=outcome.detail,
    )
    if outcome.reason in NOTHING_TO_REGULARISE:
        return
    await open_task(
        connection,
        kind=PARKED_TASK,
        reference=f"{dossier}|{year}",
        dossier=dossier,
        due_on=due_on,
        role="affiliationAgent",
        details={
            "year": year,
            "fileNumber": outcome.facts.file_number,
            "reason": outcome.reason,
            "detail": outcome.detail,
        },
    )
