"""The one place where a service learns what time it is for the fund.

In production that is the system's time. A played instance (demo, tests, simulation) has a calendar row in each
service's database, moved by a conductor; there the fund's day is the day of that row, at 08:00 in Brussels.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol

from shared.law.calendar import BRUSSELS
from shared.platform.database.connections import Connection, Database

#: Moment of a played day at which requests, facts and files of that day happen.
BUSINESS_TIME: Final = time(8, 0)
#: Moment of a civil day at which procedures that waited for that day wake up.
WAKE_TIME: Final = time(6, 0)


class CalendarNotSet(RuntimeError):
    """A played instance was asked for its date before a conductor set one."""

    def __init__(self) -> None:
        super().__init__("this played instance has no date yet: set it with PUT /v1/calendar")


class Clock(Protocol):
    """What the fund calls now and today."""

    async def now(self) -> datetime:
        """Return the business moment, in Europe/Brussels."""
        ...

    async def today(self) -> date:
        """Return the business date, a civil date in Europe/Brussels."""
        ...

    async def shift(self) -> timedelta:
        """Return how far the business moment is from the system's time; zero in production."""
        ...


class SystemClock:
    """The clock of production: the system's time, in Brussels."""

    async def now(self) -> datetime:
        """Return the system's time in Europe/Brussels."""
        return datetime.now(BRUSSELS)

    async def today(self) -> date:
        """Return today's civil date in Europe/Brussels."""
        return (await self.now()).date()

    async def shift(self) -> timedelta:
        """Return zero: nothing is shifted in production."""
        return timedelta()


class PlayedClock:
    """The clock of a played instance: the service's own calendar row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """Return 08:00 in Brussels of the played date.

        Raises:
            CalendarNotSet: no conductor set a date yet.
        """
        return business_moment(await self.today())

    async def today(self) -> date:
        """Return the played date.

        Raises:
            CalendarNotSet: no conductor set a date yet.
        """
        async with self._database.transaction() as connection:
            day = await read_calendar(connection)
        if day is None:
            raise CalendarNotSet
        return day

    async def shift(self) -> timedelta:
        """Return how far the played moment is from the system's time, in whole seconds."""
        return timedelta(seconds=round((await self.now() - datetime.now(UTC)).total_seconds()))


def business_moment(day: date) -> datetime:
    """Return the moment of a played day: 08:00 in Brussels."""
    return datetime.combine(day, BUSINESS_TIME, tzinfo=BRUSSELS)


def wake_moment(day: date) -> datetime:
    """Return the moment at which procedures waiting for a civil day wake up: 06:00 in Brussels."""
    return datetime.combine(day, WAKE_TIME, tzinfo=BRUSSELS)


async def read_calendar(connection: Connection) -> date | None:
    """Return the played date of this service, None when none was set."""
    cursor = await connection.execute("select business_date from calendar")
    row = await cursor.fetchone()
    return None if row is None else row["business_date"]


async def write_calendar(connection: Connection, *, business_date: date) -> None:
    """Set the played date of this service; the only row of its table."""
    await connection.execute(
        "insert into calendar (only_row, business_date) values (true, %s) "
        "on conflict (only_row) do update set business_date = excluded.business_date",
        (business_date,),
    )
