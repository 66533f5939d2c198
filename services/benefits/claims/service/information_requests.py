"""What applicants and staff are asked about a claim, and for how long an applicant's silence suspends the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.benefits.claims.store import information_requests as store
from shared.platform.database.connections import Connection

# What other subjects need of the rows as they are.
InformationRequest = store.InformationRequest
mark_reminded = store.mark_reminded
suspended_days = store.suspended_days


async def ask_information(
    connection: Connection, *, claim_id: UUID, asked_on: date, rules: Sequence[str], applicant_rules: Sequence[str]
) -> InformationRequest:
    """Open a request for what is missing, under the lock of its claim; while one is open it is the same request.

    What is missing may change while it is open. When the applicant is asked something new, or nothing any more, the
    open request ends and another begins: the days to answer and the days for which silence suspends the fund's
    deadline (Charter art. 10 and 11) run from what the applicant was really asked.
    """
    await store.end_other_request(connection, claim_id=claim_id, today=asked_on, applicant_rules=applicant_rules)
    return await store.open_request(
        connection, claim_id=claim_id, asked_on=asked_on, rules=rules, applicant_rules=applicant_rules
    )


async def end_wait_for_applicant(connection: Connection, *, claim_id: UUID, today: date) -> None:
    """End the open request when nothing is asked of the applicant any more, such as once the quarters are paid."""
    await store.end_request(connection, claim_id=claim_id, today=today, only_of_applicant=True)
