"""Trials as the database keeps them."""

from __future__ import annotations

from typing import Final

#: Trials whose procedure must be alive.
OPEN_TRIALS: Final = (
    "select trial_id as reference, 'billing-trial:' || trial_id as workflow_id, null::uuid as dossier "
    "from billing_trial where status <> 'done'"
)
