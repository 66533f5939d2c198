"""Reads the law and the fund's policy of a day and gives them to the pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.recovery.ladder.rules.outlook import outlook
from services.recovery.ladder.rules.picture import LadderLaw, Outlook
from services.recovery.ladder.service.picture import load_picture
from services.recovery.ladder.store.cases import CaseRecord
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.database.connections import Connection


@dataclass(frozen=True)
class LawInForce:
    """The law and the fund's policy over time."""

    parameters: Parameters
    fund: Fund

    def periods_on(self, day: date) -> LadderLaw:
        """Return the legal periods of the ladder on a day."""
        return LadderLaw(
            contest_months=self.parameters.integer("recovery.lastReminderMonths", on=day),
            opposition_months=self.parameters.integer("recovery.oppositionMonths", on=day),
        )

    async def outlook_of(self, connection: Connection, *, case: CaseRecord, today: date) -> Outlook:
        """Return what an open case does next on a day."""
        picture = await load_picture(connection, case=case, today=today)
        return outlook(picture=picture, policy=self.fund.on(today).policy, law=self.periods_on(today), today=today)
