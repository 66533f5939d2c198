"""Regularisation runs: asked for, cut into pages, and each page booked in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
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
from services.billing.subjects.service import lock_subjects
from shared.law.categories import categories_where
from shared.platform.database import Connection
from shared.platform.dispatch import start_workflow
from shared.platform.tasks import open_task, overtake_task

REGULARISATION_WORKFLOW: Final = "IncomeRegularisation"
PARKED_TASK: Final = "parkedRegularisation"
PAGE_SIZE: Final = 200

#: Years of dossiers of which an income was told after the year and something was billed in these books, or taken over
#: before that income was known.
_REGULARISABLE: Final = """
  extract(year from i.known_on) > i.year
  and (exists (select from contribution c where c.dossier = i.dossier
               and c.quarter between i.year || 'Q1' and i.year || 'Q4')
       or exists (select from quarter_taken_over t where t.dossier = i.dossier
                  and t.quarter between i.year || 'Q1' and i.year || 'Q4' and t.taken_over_on < i.known_on))
"""
#: Incomes with the dossiers they count for: their own, and that of a mini spouse of the earner (RGS art. 11 par. 2).
_ON_INCOME_OF_HELPED: Final = ", ".join(
    f"'{category}'" for category in categories_where(lambda meaning: meaning.on_income_of_helped.value)
)
_INCOMES: Final = f"""
  select dossier, year, known_on, import_id from income
  union all
  select k.dossier, i.year, i.known_on, i.import_id from income i join category_period k on k.helped_dossier = i.dossier
  where k.category in ({_ON_INCOME_OF_HELPED})
"""
_INSERT_ITEMS: Final = """
  insert into regularisation_item (run_id, ordinal, dossier, year, status)
  select %(run_id)s, (row_number() over (order by dossier, year) - 1) / %(size)s, dossier, year, 'planned'
  from ({pairs}) pairs
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRegularised:
    """What became of a page."""

    issued: int
    unchanged: int
    parked: int


async def request_for_import(
    connection: Connection, *, import_id: UUID, received_on: date, requested_by: str
) -> UUID | None:
    """Ask for the regularisation of every year of which an import told the income; None when there is none.

    Called in the transaction of the import, so that no income is received without its procedure.
    """
    pairs = (
        f"select distinct i.dossier, i.year from ({_INCOMES}) i where i.import_id = %(import_id)s and {_REGULARISABLE}"
    )
    return await _request(
        connection,
        cause=f"import|{import_id}",
        received_on=received_on,
        requested_by=requested_by,
        pairs=pairs,
        values={"import_id": import_id},
    )


async def request_for_year(
    connection: Connection, *, dossier: UUID, years: Sequence[int], cause: str, received_on: date, requested_by: str
) -> UUID | None:
    """Ask for the regularisation of years of one dossier that were regularised before and are owed otherwise now."""
    pairs = (
        "select distinct g.dossier, g.year from regularisation g where g.dossier = %(dossier)s "
        "and g.year = any(%(years)s::smallint[])"
    )
    return await _request(
        connection,
        cause=cause,
        received_on=received_on,
        requested_by=requested_by,
        pairs=pairs,
        values={"dossier": dossier, "years": list(years)},
    )


async def request_sweep(connection: Connection, *, business_date: date) -> UUID | None:
    """Ask for what was left: years whose income is known and of which a billed quarter has no statement yet.

    Such as quarters that were billed after the income of their year came, and years a person has completed since.
    """
    pairs = (
        f"select distinct i.dossier, i.year from ({_INCOMES}) i where {_REGULARISABLE} and exists "
        "(select from contribution c where c.dossier = i.dossier "
        "and c.quarter between i.year || 'Q1' and i.year || 'Q4' "
        "and not exists (select from relief r where r.dossier = c.dossier and r.quarter = c.quarter) "
        "and not exists (select from contribution_change h where h.dossier = c.dossier and h.quarter = c.quarter "
        "and h.cause = 'regularisation'))"
    )
    return await _request(
        connection,
        cause=f"sweep|{business_date.isoformat()}",
        received_on=business_date,
        requested_by="schedule",
        pairs=pairs,
        values={},
    )


async def _request(
    connection: Connection,
    *,
    cause: str,
    received_on: date,
    requested_by: str,
    pairs: str,
    values: dict[str, Any],
) -> UUID | None:
    cursor = await connection.execute("select run_id from regularisation_run where cause = %s", (cause,))
    known = await cursor.fetchone()
    if known is not None:
        return UUID(str(known["run_id"]))
    run_id = UUID(int=uuid7().int)
    cursor = await connection.execute(f"select exists ({pairs}) as found", values)
    found = await cursor.fetchone()
    if found is None or not found["found"]:
        return None
    await connection.execute(
        "insert into regularisation_run (run_id, cause, requested_by, received_on, state_before, status, pages) "
        "values (%s, %s, %s, %s, %s, 'requested', 0)",
        (run_id, cause, requested_by, received_on, statement_deadline(received_on)),
    )
    await connection.execute(_INSERT_ITEMS.format(pairs=pairs), {**values, "run_id": run_id, "size": PAGE_SIZE})
    await connection.execute(
        "update regularisation_run set pages = (select max(ordinal) + 1 from regularisation_item "
        "where run_id = %(run_id)s) where run_id = %(run_id)s",
        {"run_id": run_id},
    )
    await start_workflow(
        connection,
        workflow=REGULARISATION_WORKFLOW,
        workflow_id=f"income-regularisation:{run_id}",
        argument=RegularisationInput(run_id=run_id),
    )
    return run_id


async def pages_of(connection: Connection, *, run_id: UUID) -> int:
    """Return how many pages a run has and note that it works.

    Raises:
        LookupError: there is no such run.
    """
    cursor = await connection.execute(
        "update regularisation_run set status = 'regularising' where run_id = %s returning pages", (run_id,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"regularisation run {run_id} does not exist")
    return int(row["pages"])


async def regularise_page(
    connection: Connection, *, run_id: UUID, ordinal: int, law: AssessmentLaw, today: date
) -> PageRegularised:
    """Regularise the years of a page that were not done yet; doing it again changes nothing."""
    cursor = await connection.execute(
        "select i.dossier, i.year, r.state_before from regularisation_item i join regularisation_run r using (run_id) "
        "where i.run_id = %s and i.ordinal = %s and i.status = 'planned' order by i.dossier, i.year for update of i",
        (run_id, ordinal),
    )
    items = await cursor.fetchall()
    # One year of a dossier after the other: the second year sees the credit and notices of the first.
    rounds = _rounds(items)
    for items_of_round in rounds:
        dossiers = sorted({item["dossier"] for item in items_of_round})
        await lock_subjects(connection, dossiers=dossiers)
        facts = await load_dossier_facts(connection, dossiers=dossiers, fee_rate_of=law.fee_rate_of)
        outcomes = regularise(
            [(facts[item["dossier"]], item["year"]) for item in items_of_round], law=law, issued_on=today
        )
        accounts = await ledger.load_accounts(connection, dossiers=dossiers)
        for item, outcome in zip(items_of_round, outcomes, strict=True):
            if isinstance(outcome, NotRegularised):
                await _park(connection, run_id, outcome, due_on=item["state_before"])
            elif not outcome.changes_something:
                await _set_item(connection, run_id, outcome.facts.dossier, outcome.year, "unchanged")
            else:
                account = accounts[item["dossier"]]
                await write_statement(connection, run_id=run_id, statement=outcome, account=account, law=law)
                await _issued(connection, run_id, outcome)
    return await _counts(connection, run_id, ordinal)


def _rounds(items: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    rounds: list[list[dict[str, Any]]] = []
    seen: dict[UUID, int] = {}
    for item in items:
        place = seen.get(item["dossier"], 0)
        seen[item["dossier"]] = place + 1
        if place == len(rounds):
            rounds.append([])
        rounds[place].append(item)
    return rounds


async def _issued(connection: Connection, run_id: UUID, outcome: Regularised) -> None:
    await _set_item(connection, run_id, outcome.facts.dossier, outcome.year, "issued")
    await overtake_task(
        connection,
        kind=PARKED_TASK,
        reference=f"{outcome.facts.dossier}|{outcome.year}",
        resolved_by="billing",
        resolution="regularised",
    )


async def _park(connection: Connection, run_id: UUID, outcome: NotRegularised, *, due_on: date) -> None:
    dossier, year = outcome.facts.dossier, outcome.year
    await _set_item(connection, run_id, dossier, year, "parked", reason=outcome.reason, detail=outcome.detail)
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


async def _set_item(
    connection: Connection,
    run_id: UUID,
    dossier: UUID,
    year: int,
    status: str,
    *,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    await connection.execute(
        "update regularisation_item set status = %s, reason = %s, detail = %s "
        "where run_id = %s and dossier = %s and year = %s and status = 'planned'",
        (status, reason, detail, run_id, dossier, year),
    )


async def _counts(connection: Connection, run_id: UUID, ordinal: int) -> PageRegularised:
    cursor = await connection.execute(
        "select count(*) filter (where status = 'issued') as issued, "
        "count(*) filter (where status = 'unchanged') as unchanged, "
        "count(*) filter (where status = 'parked') as parked from regularisation_item "
        "where run_id = %s and ordinal = %s",
        (run_id, ordinal),
    )
    row = await cursor.fetchone()
    return PageRegularised(**row) if row is not None else PageRegularised(issued=0, unchanged=0, parked=0)


async def set_status(connection: Connection, *, run_id: UUID, status: str) -> None:
    """Note the stage of a run."""
    await connection.execute("update regularisation_run set status = %s where run_id = %s", (status, run_id))


async def runs(connection: Connection, *, run_id: UUID | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Return regularisation runs with their progress, the newest first."""
    cursor = await connection.execute(
        "select r.run_id, r.cause, r.requested_by, r.received_on, r.state_before, r.status, "
        "count(i.*) filter (where i.status = 'planned') as planned, "
        "count(i.*) filter (where i.status = 'issued') as issued, "
        "count(i.*) filter (where i.status = 'unchanged') as unchanged, "
        "count(i.*) filter (where i.status = 'parked') as parked "
        "from regularisation_run r left join regularisation_item i using (run_id) "
        "where %(run_id)s::uuid is null or r.run_id = %(run_id)s "
        "group by r.run_id order by r.received_on desc, r.run_id desc limit %(limit)s",
        {"run_id": run_id, "limit": limit},
    )
    return await cursor.fetchall()
