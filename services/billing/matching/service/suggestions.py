"""Whose money it may be: dossiers suggested for lines that wait, from the payer's account, the text and the amount.

A person accepts a suggestion or does not; nothing is matched by it. A dossier from which this payer's money was taken
back before is never suggested.
"""

from __future__ import annotations

from uuid import UUID

from services.billing.matching import store
from services.billing.matching.rules import SUGGESTIONS_MAX, Hints, Suggested, SuggestionReason, hints_of, in_order
from services.billing.matching.store import Candidate, WaitingLine
from shared.platform.database.connections import Connection


async def waiting_lines(
    connection: Connection, *, after: UUID | None, limit: int
) -> list[tuple[WaitingLine, list[Suggested]]]:
    """Return lines whose money waits, the oldest first, each with its suggestions, the likeliest first.

    Args:
        connection: a transaction.
        after: continue after this line of an earlier answer.
        limit: how many lines at most.
    """
    lines = await store.waiting_lines(connection, after=after, limit=limit)
    hints = {line.line_id: hints_of(line.communication) for line in lines}
    candidates = await store.candidates(
        connection,
        lines=list(hints),
        bases=[(line, base) for line, hint in hints.items() for base in hint.reference_bases],
        files=[(line, number) for line, hint in hints.items() for number in hint.files],
    )
    suggested: dict[UUID, list[Suggested]] = {line: [] for line in hints}
    for candidate in candidates:
        suggested[candidate.line_id].append(_suggested(candidate, hints[candidate.line_id]))
    return [(line, in_order(suggested[line.line_id])[:SUGGESTIONS_MAX]) for line in lines]


def _suggested(candidate: Candidate, hint: Hints) -> Suggested:
    reasons = {SuggestionReason(reason) for reason in candidate.reasons}
    if candidate.quarter_amount or candidate.open_cents == candidate.cents:
        reasons.add(SuggestionReason.AMOUNT)
    return Suggested(
        dossier=candidate.dossier,
        file_number=candidate.file_number,
        quarter=hint.quarter,
        open_cents=candidate.open_cents,
        reasons=tuple(reason for reason in SuggestionReason if reason in reasons),
    )
