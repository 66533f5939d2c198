"""Activities of the files for the national institute that are written on their day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio import activity

from services.billing.institute_files import service as inasti_files
from services.billing.institute_files.procedure import InstituteDay, InstituteFiles
from shared.law.quarter import Quarter
from shared.platform.database.connections import Database

#: Days whose transfer is written in one transaction.
_DAYS_AT_ONCE: Final = 31


@dataclass
class InastiFileActivities:
    """Writes the files from the ledger."""

    database: Database

    def all(self) -> list[Callable[..., Any]]:
        """Return the activities to register."""
        return [self.write_inasti_transfers, self.write_inasti_statistics]

    @activity.defn
    async def write_inasti_transfers(self, day: InstituteDay) -> InstituteFiles:
        """Write the transfers of days that are over and have none yet, some at once."""
        async with self.database.transaction() as connection:
            days = await inasti_files.transfers_until(
                connection, until=day.today - timedelta(days=1), today=day.today, limit=_DAYS_AT_ONCE
            )
        return InstituteFiles(written=len(days), more=len(days) == _DAYS_AT_ONCE)

    @activity.defn
    async def write_inasti_statistics(self, day: InstituteDay) -> InstituteFiles:
        """Write the statistics of the quarter before the day, once."""
        async with self.database.transaction() as connection:
            await inasti_files.statistics_of(connection, quarter=Quarter.of(day.today).previous(), today=day.today)
        return InstituteFiles(written=1)
