"""Requests to contribute more or less as the database keeps them."""

from __future__ import annotations

from typing import Final

#: Requests whose procedure must be alive.
OPEN_REQUESTS: Final = (
    "select r.request_id as reference, 'contribution-request:' || r.request_id as workflow_id, "
    "r.dossier from contribution_request r left join contribution_request_decision d using (request_id) "
    "where d.request_id is null or (d.outcome = 'granted' and not exists "
    "(select from contribution_request_applied a where a.request_id = r.request_id))"
)
