"""Opposition suspends execution until it is judged (RGS art. 47bis par. 5); dates worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from services.recovery.ladder.rules.outlook import outlook
from services.recovery.ladder.rules.picture import (
    LetterOutcome,
    Mandate,
    Opposition,
    OppositionJudgment,
    OutlookKind,
    Picture,
    RegisteredLetter,
    RollState,
    RollStatus,
)
from tests.recovery.ladder.test_recovery_ladder import LAW, POLICY

LODGED = date(2026, 9, 30)


def served(*, opposition: Opposition | None, opposition_ended_on: date | None = None) -> Picture:
    """Return a case whose warrant was served on 4 September 2026: the month ends on Monday 5 October."""
    return Picture(
        opened_on=date(2026, 4, 1),
        reminder_on=date(2026, 4, 14),
        statement_on=date(2026, 5, 15),
        contact_asked_on=date(2026, 6, 1),
        letter=RegisteredLetter(
            attempt=1,
            made_on=date(2026, 6, 29),
            deposited_on=date(2026, 6, 29),
            outcome=LetterOutcome.DELIVERED,
            notified_on=date(2026, 7, 1),
        ),
        roll=RollState(attempt=1, requested_on=date(2026, 8, 7), status=RollStatus.APPROVED),
        warrant_on=date(2026, 8, 10),
        payable_until=date(2026, 8, 20),
        mandate=Mandate(attempt=1, sent_on=date(2026, 8, 21), served_on=date(2026, 9, 4)),
        opposition=opposition,
        opposition_ended_on=opposition_ended_on,
    )


@pytest.mark.parametrize(
    ("opposition", "ended_on", "kind", "reason"),
    [
        (None, None, OutlookKind.DUE, "due"),
        (Opposition(lodged_on=LODGED), None, OutlookKind.BLOCKED, "opposed"),
        # Heard of only after the end of the month was written down: it suspends all the same.
        (Opposition(lodged_on=LODGED), date(2026, 10, 6), OutlookKind.BLOCKED, "opposed"),
        (
            Opposition(lodged_on=LODGED, judged_on=date(2026, 10, 6), judgment=OppositionJudgment.REJECTED),
            None,
            OutlookKind.AWAITING,
            "atBailiff",
        ),
        (
            Opposition(lodged_on=LODGED, judged_on=date(2026, 10, 6), judgment=OppositionJudgment.UPHELD),
            None,
            OutlookKind.BLOCKED,
            "oppositionUpheld",
        ),
        (
            Opposition(lodged_on=LODGED, judged_on=date(2026, 10, 6), judgment=OppositionJudgment.PARTLY_UPHELD),
            date(2026, 10, 6),
            OutlookKind.BLOCKED,
            "oppositionUpheld",
        ),
    ],
)
def test_execution_stands_still_until_the_opposition_is_judged(
    opposition: Opposition | None, ended_on: date | None, kind: OutlookKind, reason: str
) -> None:
    picture = served(opposition=opposition, opposition_ended_on=ended_on)
    found = outlook(picture=picture, policy=POLICY, law=LAW, today=date(2026, 10, 6))
    assert (found.kind, found.reason) == (kind, reason)
    assert found.task == (reason if kind is OutlookKind.BLOCKED else None)
