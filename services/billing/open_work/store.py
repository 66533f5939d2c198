"""What billing has open, each with the procedure that must be alive for it: runs, closings, requests, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from shared.platform.database import Connection
from shared.platform.sleepers import OpenWork, PageOfWork

#: Who answers for work that is about nobody in particular, until somebody takes a task.
_FINANCE: Final = "finance"

#: The open ones of each kind, by its name in the plural: the row, its procedure, and whom it is about if anybody.
_OPEN: Final[Mapping[str, str]] = {
    "billingRuns": "select run_id as reference, workflow_id, null::uuid as dossier from billing_run "
    "where status not in ('done', 'incomplete', 'cancelled')",
    "billingTrials": "select trial_id as reference, 'billing-trial:' || trial_id as workflow_id, null::uuid as dossier "
    "from billing_trial where status <> 'done'",
    "quarterClosings": "select closing_id as reference, 'quarter-closing-' || quarter || "
    "case when attempt = 1 then '' else '-' || attempt end as workflow_id, null::uuid as dossier "
    "from quarter_closing where status in ('requested', 'closing')",
    "regularisationRuns": "select run_id as reference, 'income-regularisation:' || run_id as workflow_id, "
    "null::uuid as dossier from regularisation_run where status <> 'done'",
    "contributionRequests": "select r.request_id as reference, 'contribution-request:' || r.request_id as workflow_id, "
    "r.dossier from contribution_request r left join contribution_request_decision d using (request_id) "
    "where d.request_id is null or (d.outcome = 'granted' and not exists "
    "(select from contribution_request_applied a where a.request_id = r.request_id))",
    "companyContributionRuns": "select run_id as reference, workflow_id, null::uuid as dossier from company_run "
    "where status <> 'done'",
    # A month has no id of its own: its procedure's name gives it one.
    "companyIncreases": "select md5(workflow_id)::uuid as reference, workflow_id, null::uuid as dossier "
    "from company_increase_run where status <> 'done'",
    "bankOrderRuns": "select run_id as reference, workflow_id, null::uuid as dossier from bank_order_run "
    "where status in ('requested', 'approval', 'ordered', 'sent')",
}


async def _open(connection: Connection, after: UUID | None, limit: int, *, kind: str) -> Sequence[OpenWork]:
    """Return a page of the open ones of a kind, in order of reference."""
    cursor = await connection.execute(
        f"select reference, workflow_id, dossier from ({_OPEN[kind]}) open "
        "where %(after)s::uuid is null or reference > %(after)s order by reference limit %(limit)s",
        {"after": after, "limit": limit},
    )
    return [OpenWork(**row, owner=_FINANCE) for row in await cursor.fetchall()]


#: Every kind of work billing has open, each with what reads a page of it.
KINDS: Final[Mapping[str, PageOfWork]] = {kind: partial(_open, kind=kind) for kind in _OPEN}
