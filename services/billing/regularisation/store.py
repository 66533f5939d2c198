"""Regularisations as the database keeps them."""

from __future__ import annotations

from typing import Final

#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, 'income-regularisation:' || run_id as workflow_id, "
    "null::uuid as dossier from regularisation_run where status <> 'done'"
)
