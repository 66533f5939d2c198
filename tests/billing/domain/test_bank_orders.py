"""When somebody may be debited, and which refunds need not be paid."""

from __future__ import annotations

from datetime import date

import pytest

from services.billing.domain.bank_orders import (
    CollectionTooEarly,
    collection_day,
    mandate_usable,
    need_not_be_paid,
)

ACCOUNT = "BE71096123456769"


@pytest.mark.parametrize(
    ("today", "wanted", "day"),
    [
        ("2026-03-12", None, "2026-03-26"),  # a Thursday, fourteen days later
        ("2026-03-14", None, "2026-03-30"),  # a Saturday: the next working day
        ("2026-03-12", "2026-03-31", "2026-03-31"),
        ("2026-03-12", "2026-03-26", "2026-03-26"),
    ],
)
def test_everybody_is_told_fourteen_days_before(today: str, wanted: str | None, day: str) -> None:
    found = collection_day(
        wanted=None if wanted is None else date.fromisoformat(wanted), today=date.fromisoformat(today)
    )
    assert str(found) == day


@pytest.mark.parametrize("wanted", [date(2026, 3, 25), date(2026, 3, 28), date(2026, 4, 6)])
def test_another_day_is_refused(wanted: date) -> None:
    with pytest.raises(CollectionTooEarly, match="2026-03-26"):
        collection_day(wanted=wanted, today=date(2026, 3, 12))


@pytest.mark.parametrize(
    ("signed_on", "last", "on", "usable"),
    [
        ("2026-01-15", None, "2026-01-14", False),
        ("2026-01-15", None, "2029-01-15", True),
        ("2026-01-15", None, "2029-01-16", False),
        ("2020-01-15", "2026-03-31", "2029-03-31", True),
        ("2020-01-15", "2026-03-31", "2029-04-01", False),
    ],
)
def test_a_mandate_sleeps_in_after_36_months(signed_on: str, last: str | None, on: str, usable: bool) -> None:
    assert usable is mandate_usable(
        signed_on=date.fromisoformat(signed_on),
        last_collected_on=None if last is None else date.fromisoformat(last),
        on=date.fromisoformat(on),
    )


@pytest.mark.parametrize(
    ("cents", "account", "left"),
    [(24_99, None, True), (25_00, None, False), (24_99, ACCOUNT, False), (24_99, "BE00", True)],
)
def test_little_without_bank_data_may_be_left(cents: int, account: str | None, left: bool) -> None:
    assert need_not_be_paid(amount_cents=cents, small_max_cents=25_00, account=account) is left
