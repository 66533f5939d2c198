"""Rows of what applicants and staff were asked about a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.database.rows import fetch_one, fetch_value


@dataclass(frozen=True, kw_only=True)
class InformationRequest:
    """What was asked of an applicant or of staff, and when they were reminded."""

    number: int
    asked_on: date
    of_applicant: bool
    reminded_on: date | None


async def suspended_days(connection: Connection, *, claim_id: UUID, today: date) -> int:
    """Count the days on which the applicant had been asked something and had not answered (Charter art. 10)."""
    days: int = await fetch_value(
        connection,
        "select coalesce(sum(coalesce(answered_on, greatest(asked_on, %s)) - asked_on), 0) "
        "from information_request where claim_id = %s and of_applicant",
        (today, claim_id),
    )
    return days


async def end_request(connection: Connection, *, claim_id: UUID, today: date, only_of_applicant: bool = False) -> None:
    """End the open request of a claim, or only one that asks something of the applicant."""
    await connection.execute(
        "update information_request set answered_on = greatest(asked_on, %s) "
        "where claim_id = %s and answered_on is null and (of_applicant or not %s)",
        (today, claim_id, only_of_applicant),
    )


async def end_other_request(
    connection: Connection, *, claim_id: UUID, today: date, applicant_rules: Sequence[str]
) -> None:
    """End the open request when the applicant is now asked something it does not ask, or nothing any more."""
    await connection.execute(
        "update information_request set answered_on = greatest(asked_on, %(today)s) where claim_id = %(claim)s "
        "and answered_on is null and (of_applicant <> %(of_applicant)s or not applicant_rules @> %(asked)s::text[])",
        {
            "claim": claim_id,
            "today": today,
            "of_applicant": bool(applicant_rules),
            "asked": list(applicant_rules),
        },
    )


async def open_request(
    connection: Connection, *, claim_id: UUID, asked_on: date, rules: Sequence[str], applicant_rules: Sequence[str]
) -> InformationRequest:
    """Open a request, or keep the open one with the rules that are missing now; the claim waits."""
    await connection.execute(
        """
        insert into information_request (claim_id, number, asked_on, rules, of_applicant, applicant_rules)
        select %(claim)s, coalesce(max(number), 0) + 1, %(today)s, %(rules)s, %(of_applicant)s, %(asked)s
        from information_request where claim_id = %(claim)s
        on conflict (claim_id) where answered_on is null do update set rules = excluded.rules
        """,
        {
            "claim": claim_id,
            "today": asked_on,
            "rules": list(rules),
            "of_applicant": bool(applicant_rules),
            "asked": list(applicant_rules),
        },
    )
    await connection.execute("update claim set status = 'waiting' where id = %s and status = 'received'", (claim_id,))
    return await _last_request(connection, claim_id=claim_id)


async def mark_reminded(connection: Connection, *, claim_id: UUID, today: date) -> InformationRequest:
    """Note that the applicant was reminded of the open request; the first reminder counts."""
    await connection.execute(
        "update information_request set reminded_on = coalesce(reminded_on, %s) "
        "where claim_id = %s and answered_on is null",
        (today, claim_id),
    )
    return await _last_request(connection, claim_id=claim_id)


async def _last_request(connection: Connection, *, claim_id: UUID) -> InformationRequest:
    found = await fetch_one(
        connection,
        InformationRequest,
        "select number, asked_on, of_applicant, reminded_on from information_request where claim_id = %s "
        "order by number desc limit 1",
        (claim_id,),
    )
    if found is None:
        raise LookupError("nothing was asked")
    return found
