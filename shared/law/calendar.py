"""Civil dates: Belgian public holidays, working days and the counting of legal deadlines.

A deadline is counted as the Judicial Code counts it (art. 52 to 54): the day of the act is left out, months run from
a day of the month to the eve of that day, and a last day that is a Saturday, a Sunday or a public holiday moves to
the next working day.
"""

from __future__ import annotations

import calendar as month_calendar
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

BRUSSELS: Final = ZoneInfo("Europe/Brussels")

#: Frozen, not computed: a table can be read and checked by anyone, and years nobody checked are refused.
EASTER_SUNDAYS: Final[dict[int, date]] = {
    2018: date(2018, 4, 1),
    2019: date(2019, 4, 21),
    2020: date(2020, 4, 12),
    2021: date(2021, 4, 4),
    2022: date(2022, 4, 17),
    2023: date(2023, 4, 9),
    2024: date(2024, 3, 31),
    2025: date(2025, 4, 20),
    2026: date(2026, 4, 5),
    2027: date(2027, 3, 28),
    2028: date(2028, 4, 16),
    2029: date(2029, 4, 1),
    2030: date(2030, 4, 21),
}
#: Month and day: New Year, Labour Day, National Day, Assumption, All Saints, Armistice, Christmas.
_FIXED_HOLIDAYS: Final = ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))
#: Days after Easter Sunday: Easter Monday, Ascension, Whit Monday.
_EASTER_OFFSETS: Final = (1, 39, 50)
_SATURDAY: Final = 5


class CalendarMissing(LookupError):
    """The table of public holidays does not cover a year."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the table of public holidays does not cover {year}; it covers 2018 to 2030")
        self.year = year


def public_holidays(year: int) -> frozenset[date]:
    """Give the ten Belgian public holidays of a year; raises ``CalendarMissing`` outside the table."""
    easter = EASTER_SUNDAYS.get(year)
    if easter is None:
        raise CalendarMissing(year)
    fixed = {date(year, month, day) for month, day in _FIXED_HOLIDAYS}
    return frozenset(fixed | {easter + timedelta(days=offset) for offset in _EASTER_OFFSETS})


_HOLIDAYS: Final[frozenset[date]] = frozenset().union(*(public_holidays(year) for year in EASTER_SUNDAYS))


def is_public_holiday(day: date) -> bool:
    """Tell whether a day is a Belgian public holiday; raises ``CalendarMissing`` outside the table."""
    if day.year not in EASTER_SUNDAYS:
        raise CalendarMissing(day.year)
    return day in _HOLIDAYS


def is_working_day(day: date) -> bool:
    """Tell whether a day is neither a Saturday, nor a Sunday, nor a public holiday."""
    return not is_public_holiday(day) and day.weekday() < _SATURDAY


def next_working_day(day: date) -> date:
    """Give the day itself when it is a working day, else the first working day after it (Judicial Code art. 53)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int) -> date:
    """Give the working day that lies ``count`` working days after (or, when negative, before) a day."""
    step = timedelta(days=1 if count >= 0 else -1)
    remaining = abs(count)
    while remaining > 0:
        day += step
        if is_working_day(day):
            remaining -= 1
    return day


def add_months(day: date, count: int) -> date:
    """Give the same day of the month ``count`` months later, or the last day of that month when it is shorter."""
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    last = month_calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def last_day_of_month(day: date) -> date:
    """Give the last day of the month a day lies in."""
    return day.replace(day=month_calendar.monthrange(day.year, day.month)[1])


def period_end_months(event: date, months: int) -> date:
    """Give the last day of a period of months that an event on ``event`` starts, before any move to a working day.

    The period begins the day after the event (Judicial Code art. 52) and runs from that day of the month to its eve
    (art. 54); where the month has no such day it ends with the month. An event on 28 February 2025 opens a month that
    runs from 1 to 31 March.
    """
    first = event + timedelta(days=1)
    same_day = add_months(first, months)
    return same_day - timedelta(days=1) if same_day.day == first.day else same_day


def deadline_months(event: date, months: int) -> date:
    """Give the last useful day of a deadline of months from an event (Judicial Code art. 52, 53 and 54)."""
    return next_working_day(period_end_months(event, months))


def deadline_days(event: date, days: int) -> date:
    """Give the last useful day of a deadline of calendar days from an event (Judicial Code art. 52 and 53)."""
    return next_working_day(event + timedelta(days=days))


def deadline_working_days(event: date, days: int) -> date:
    """Give the last useful day of a deadline of working days from an event; the day of the event is not counted."""
    return add_working_days(event, days)


def deadline_years(event: date, years: int) -> date:
    """Give the last useful day of a deadline of years from an event (Judicial Code art. 52, 53 and 54)."""
    return deadline_months(event, 12 * years)


def notified_by_post_on(posted_on: date) -> date:
    """Give the day on which a posted letter counts as notified unless its addressee proves otherwise.

    The third working day after it was handed to the post (Judicial Code art. 53bis, 2°).
    """
    return add_working_days(posted_on, 3)
