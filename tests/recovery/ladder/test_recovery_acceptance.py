"""The day a partner names on its receipt is the day the law counts from; dates by hand."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.recovery.ladder.service.taking_a_step import accepted_day
from shared.platform.calls.partners import Receipt
from shared.platform.calls.service_client import PeerNonsense

MADE_ON = date(2026, 6, 29)


def day_of(accepted_on: date, *, today: date) -> date:
    """Return the day on which a letter made on 29 June counts as taken in."""
    receipt = Receipt(reference=UUID(int=1), receipt="P1", accepted_on=accepted_on)
    return accepted_day(receipt, peer="post", since=MADE_ON, today=today)


@pytest.mark.parametrize(
    ("accepted_on", "today"),
    [
        (date(2026, 6, 29), date(2026, 6, 29)),
        # The answer was lost in a crash before midnight; asked again the next day, the post names its first receipt.
        (date(2026, 6, 29), date(2026, 6, 30)),
        # A step that began before midnight was taken in after it.
        (date(2026, 6, 30), date(2026, 6, 29)),
    ],
)
def test_the_partner_says_on_which_day_it_took_something_in(accepted_on: date, today: date) -> None:
    assert day_of(accepted_on, today=today) == accepted_on


@pytest.mark.parametrize("accepted_on", [date(2026, 6, 28), date(2026, 7, 2)])
def test_an_impossible_day_is_nonsense_and_is_asked_again(accepted_on: date) -> None:
    with pytest.raises(PeerNonsense, match="impossible day"):
        day_of(accepted_on, today=date(2026, 6, 30))
