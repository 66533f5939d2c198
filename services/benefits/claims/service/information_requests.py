"""What applicants and staff were asked about a claim, and for how long an applicant's silence suspends the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.platform.database import Connection


@dataclass(frozen=True, kw_only=True)
class InformationRequest:
    """What was asked of an applicant or of staff, and when they were reminded."""

    number: int
    asked_on: date
    of_applicant: bool
    reminded_on: date | None


async def suspended_days(connection: Connection, *, claim_id: UUID, today: date) -> int:
    """Count the days on which the applicant had been asked something and had not answered (Charter art. 10)."""
    cursor = await connection.execute(
        "select coalesce(sum(coalesce(answered_on, greatest(asked_on, %s)) - asked_on), 0) as days "
        "from information_request where claim_id = %s and of_applicant",
        (today, claim_id),
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["days"])


async def ask_information(
    connection: Connection, *, claim_id: UUID, asked_on: date, rules: Sequence[str], applicant_rules: Sequence[str]
) -> InformationRequest:
    """Open a request for what is missing, under the lock of its claim; while one is open it is the same request.

    What is missing may change while it is open. When the applicant is asked something new, or nothing any more, the
    open request ends and another begins: the days to answer and the days for which silence suspends the fund's
    deadline (Charter art. 10 and 11) run from what the applicant was really asked.
    """
    await connection.execute(
        "update information_request set answered_on = greatest(asked_on, %(today)s) where claim_id = %(claim)s "
        "and answered_on is null and (of_applicant <> %(of_applicant)s or not applicant_rules @> %(asked)s::text[])",
        {
            "claim": claim_id,
            "today": asked_on,
            "of_applicant": bool(applicant_rules),
            "asked": list(applicant_rules),
        },
    )
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


async def end_wait_for_applicant(connection: Connection, *, claim_id: UUID, today: date) -> None:
    """End the open request when nothing is asked of the applicant any more, such as once the quarters are paid."""
    await connection.execute(
        "update information_request set answered_on = greatest(asked_on, %s) "
        "where claim_id = %s and answered_on is null and of_applicant",
        (today, claim_id),
    )


async def mark_reminded(connection: Connection, *, claim_id: UUID, today: date) -> InformationRequest:
    """Note that the applicant was reminded of the open request; the first reminder counts."""
    await connection.execute(
        "update information_request set reminded_on = coalesce(reminded_on, %s) "
        "where claim_id = %s and answered_on is null",
        (today, claim_id),
    )
    return await _last_request(connection, claim_id=claim_id)


async def _last_request(connection: Connection, *, claim_id: UUID) -> InformationRequest:
    cursor = await connection.execute(
        "select number, asked_on, of_applicant, reminded_on from information_request where claim_id = %s "
        "order by number desc limit 1",
        (claim_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("nothing was asked")
    return InformationRequest(**row)
