"""Civil dates: Belgian public holidays, working days and the counting of legal deadlines.

A deadline is counted as the Judicial Code counts it (art. 52 to 54): the day of the act is left out, months run from
a day of the month to the eve of that day, and a last day that is a Saturday, a Sunday or a public holiday moves to
the next working day.
"""

from __future__ import annotations

import calendar as month_calendar
from datetime import date, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

BRUSSELS: Final = ZoneInfo("Europe/Brussels")

#: Years for which the list of holidays is known to be the present one: no older period is in the fund's books, and a
#: year beyond the last is a slip of the pen rather than a deadline.
FIRST_YEAR: Final = 2018
LAST_YEAR: Final = 2199
#: First year a question about the law is read for: the status of the self-employed is of 1967, and no activity in it
#: began before.
_FIRST_YEAR_ASKED: Final = 1900
#: Month and day: New Year, Labour Day, National Day, Assumption, All Saints, Armistice, Christmas.
_FIXED_HOLIDAYS: Final = ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))
#: Days after Easter Sunday: Easter Monday, Ascension, Whit Monday.
_EASTER_OFFSETS: Final = (1, 39, 50)
_SATURDAY: Final = 5


class CalendarMissing(LookupError):
    """The list of public holidays is not known to hold for a year."""

    def __init__(self, year: int) -> None:
        super().__init__(f"public holidays are not known for {year}; they are from {FIRST_YEAR} to {LAST_YEAR}")
        self.year = year


def read_day(text: str) -> date:
    """Read a civil date such as 2026-01-01 in a question about the law.

    Raises ``ValueError`` with a sentence for people: for what is no date, and for a year that can only be a slip of the
    pen, so that the day before it, the quarter after it and all between can be counted.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date such as 2026-01-01") from None
    if not _FIRST_YEAR_ASKED <= day.year <= LAST_YEAR:
        raise ValueError(f"{text!r} does not lie in the years {_FIRST_YEAR_ASKED} to {LAST_YEAR}")
    return day


def easter_sunday(year: int) -> date:
    """Give Easter Sunday of a year of the Gregorian calendar.

    The Meeus/Jones/Butcher computation (Nature, 20 April 1876; J. Meeus, Astronomical Algorithms, chapter 8): the
    Sunday after the ecclesiastical full moon on or after 21 March. It has no exceptions to remember.
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, rest_of_centuries = divmod(century, 4)
    moon_correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_correction + 15) % 30
    leap_years, rest_of_years = divmod(of_century, 4)
    to_sunday = (32 + 2 * rest_of_centuries + 2 * leap_years - epact - rest_of_years) % 7
    late_moon = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late_moon + 114, 31)
    return date(year, month, day + 1)


@cache
def public_holidays(year: int) -> frozenset[date]:
    """Give the ten Belgian public holidays of a year; raises ``CalendarMissing`` for a year nobody speaks of.

    Royal decree of 18 April 1974 on public holidays, art. 1: seven fixed days and three that follow Easter.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarMissing(year)
    easter = easter_sunday(year)
    fixed = {date(year, month, day) for month, day in _FIXED_HOLIDAYS}
    return frozenset(fixed | {easter + timedelta(days=offset) for offset in _EASTER_OFFSETS})


def is_public_holiday(day: date) -> bool:
    """Tell whether a day is a Belgian public holiday; raises ``CalendarMissing`` for a year nobody speaks of."""
    return day in public_holidays(day.year)


def is_working_day(day: date) -> bool:
    """Tell whether a day is neither a Saturday, nor a Sunday, nor a public holiday."""
    return not is_public_holiday(day) and day.weekday() < _SATURDAY


def next_working_day(day: date) -> date:
    """Give the day itself when it is a working day, else the first working day after it (Judicial Code art. 53)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def is_bank_day(day: date) -> bool:
    """Tell whether banks settle payments in euros on a day in Belgium.

    A working day that is neither Good Friday nor 26 December, on which TARGET is closed besides (calendar from 2002 on,
    press release of the European Central Bank of 14 December 2000).
    """
    good_friday = easter_sunday(day.year) - timedelta(days=2)
    return is_working_day(day) and day != good_friday and (day.month, day.day) != (12, 26)


def next_bank_day(day: date) -> date:
    """Give the day itself when banks settle on it, else the first such day after it."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def last_bank_day(day: date) -> date:
    """Give the day itself when banks settle on it, else the last such day before it."""
    while not is_bank_day(day):
        day -= timedelta(days=1)
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
