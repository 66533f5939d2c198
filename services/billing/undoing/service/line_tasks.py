"""Bank lines a person must look at: money to identify, and money that came or went back."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from shared.platform.database.connections import Connection
from shared.platform.people.tasks import open_task, overtake_task

UNMATCHED_TASK: Final = "unmatchedPayment"
RETURNED_TASK: Final = "returnedPayment"


async def open_line_task(
    connection: Connection, *, kind: str, line_id: UUID, cents: int, file_line: int, due_on: date, attempt: int = 1
) -> None:
    """Ask finance to look at a line; asking again for the same attempt changes nothing.

    Args:
        connection: inside the transaction that booked the line.
        kind: which of the kinds of this module.
        line_id: the line.
        cents: its amount.
        file_line: where it stands in its file.
        due_on: last day on which it is in time.
        attempt: which time money of this line waits to be identified.
    """
    await open_task(
        connection,
        kind=kind,
        reference=_reference(line_id, attempt),
        dossier=None,
        due_on=due_on,
        role="finance",
        details={"lineId": str(line_id), "amountCents": cents, "fileLine": file_line},
    )


async def end_line_task(
    connection: Connection, *, kind: str, line_id: UUID, resolved_by: str, resolution: str, attempt: int = 1
) -> None:
    """End the task of a line because its work was done; one that a person ended before stays as it is."""
    await overtake_task(
        connection,
        kind=kind,
        reference=_reference(line_id, attempt),
        resolved_by=resolved_by,
        resolution=resolution,
    )


def _reference(line_id: UUID, attempt: int) -> str:
    return str(line_id) if attempt == 1 else f"{line_id}|{attempt}"
