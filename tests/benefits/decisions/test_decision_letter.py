"""What a decision's registered letter needs next, around each threshold."""

from __future__ import annotations

from datetime import date

import pytest

from services.benefits.decisions.rules import (
    LetterNext,
    LetterOutlook,
    LetterPatience,
    LetterStanding,
    LetterTask,
    outlook_of_letter,
)

TODAY = date(2026, 4, 16)
PATIENCE = LetterPatience(silent_days=15, review_days=28)
#: 28 days after today.
REVIEW = date(2026, 5, 14)
HANDED_OVER = date(2026, 4, 10)


@pytest.mark.parametrize(
    ("letter", "expected"),
    [
        (None, LetterOutlook(next=LetterNext.WRITE)),
        (LetterStanding(attempt=1), LetterOutlook(next=LetterNext.DEPOSIT)),
        (
            LetterStanding(attempt=1, failures=1, try_again_on=date(2026, 4, 17)),
            LetterOutlook(next=LetterNext.WAIT, on=date(2026, 4, 17)),
        ),
        (LetterStanding(attempt=1, failures=1, try_again_on=TODAY), LetterOutlook(next=LetterNext.DEPOSIT)),
        (
            LetterStanding(attempt=1, failures=2, try_again_on=date(2026, 4, 17)),
            LetterOutlook(next=LetterNext.WAIT, on=date(2026, 4, 17)),
        ),
        (
            LetterStanding(attempt=1, failures=3, try_again_on=date(2026, 4, 17)),
            LetterOutlook(next=LetterNext.WAIT, on=date(2026, 4, 17), task=LetterTask.UNREACHABLE),
        ),
        (
            LetterStanding(attempt=1, deposited_on=date(2026, 4, 2)),
            LetterOutlook(next=LetterNext.WAIT, on=date(2026, 4, 17)),
        ),
        (
            LetterStanding(attempt=1, deposited_on=date(2026, 4, 1)),
            LetterOutlook(next=LetterNext.WAIT, on=REVIEW, task=LetterTask.SILENT),
        ),
        (
            LetterStanding(attempt=2, deposited_on=HANDED_OVER, outcome="lost"),
            LetterOutlook(next=LetterNext.SEND_AGAIN, task=LetterTask.LOST),
        ),
        (
            LetterStanding(attempt=3, deposited_on=HANDED_OVER, outcome="lost"),
            LetterOutlook(next=LetterNext.WAIT, on=REVIEW, task=LetterTask.LOST),
        ),
        (
            LetterStanding(attempt=1, deposited_on=HANDED_OVER, outcome="returned"),
            LetterOutlook(next=LetterNext.WAIT, on=REVIEW, task=LetterTask.RETURNED),
        ),
        (
            LetterStanding(attempt=1, deposited_on=HANDED_OVER, outcome="returned", settled_as="sentAgain"),
            LetterOutlook(next=LetterNext.WRITE),
        ),
        (
            LetterStanding(attempt=1, deposited_on=HANDED_OVER, outcome="returned", settled_as="deemedNotified"),
            LetterOutlook(next=LetterNext.DONE),
        ),
        (
            LetterStanding(attempt=1, deposited_on=HANDED_OVER, outcome="delivered", settled_as="delivered"),
            LetterOutlook(next=LetterNext.DONE),
        ),
    ],
)
def test_what_a_letter_needs(letter: LetterStanding | None, expected: LetterOutlook) -> None:
    assert outlook_of_letter(letter=letter, today=TODAY, patience=PATIENCE) == expected


def test_a_policy_that_reviews_at_once_still_waits_for_tomorrow() -> None:
    returned = LetterStanding(attempt=1, deposited_on=HANDED_OVER, outcome="returned")
    patience = LetterPatience(silent_days=15, review_days=0)
    assert outlook_of_letter(letter=returned, today=TODAY, patience=patience).on == date(2026, 4, 17)
