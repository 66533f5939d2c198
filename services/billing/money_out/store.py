"""Files for the bank as the database keeps them."""

from __future__ import annotations

from typing import Final

#: Runs whose procedure must be alive.
OPEN_RUNS: Final = (
    "select run_id as reference, workflow_id, null::uuid as dossier from bank_order_run "
    "where status in ('requested', 'approval', 'ordered', 'sent')"
)
