"""Interest after the service of a warrant (RGS art. 47bis par. 4; law of 05-05-1865 art. 2 par. 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from shared.law.money import round_half_up

_DAYS_A_YEAR: Final = 365


def accrued_interest(*, principal_cents: int, rate: Decimal, starts_on: date, ends_before: date) -> int:
    """Give simple interest over ``[starts_on, ends_before)``, rounded half up to the cent.

    Counted per day on the open principal, a year being 365 days; surcharges, costs and interest bear none.

    Args:
        principal_cents: principal that was open over the whole period.
        rate: legal interest a year, for example ``Decimal("0.07")``.
        starts_on: day of service, or the day up to which interest was booked before.
        ends_before: day of the payment, on which the interest stops.
    """
    days = (ends_before - starts_on).days
    if days <= 0 or principal_cents <= 0:
        return 0
    return round_half_up(principal_cents * rate * days / _DAYS_A_YEAR)
