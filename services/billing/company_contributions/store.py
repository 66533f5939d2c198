"""Contributions of companies as the database keeps them."""

from __future__ import annotations

from typing import Final

#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, workflow_id, null::uuid as dossier from company_run where status <> 'done'"
)
#: Months whose procedure must be alive. A month has no id of its own: the name of its procedure gives it one.
OPEN_INCREASES: Final = (
    "select md5(workflow_id)::uuid as reference, workflow_id, null::uuid as dossier from company_increase_run "
    "where status <> 'done'"
)
