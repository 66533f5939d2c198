"""Reads the rules of a day, the law's and the fund's, and gives them to the pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.recovery.clocks.rules.prescription import (
    PartPrescription,
    Prescription,
    Prescriptions,
    prescription_from,
    prescription_of,
    prescriptions_of_parts,
)
from services.recovery.clocks.store.debt_parts import parts_of
from services.recovery.institute_decisions.store import fines_final_on
from services.recovery.ladder.rules.ladder import outlook
from services.recovery.ladder.rules.picture import LadderLaw, LadderPolicy, Outlook
from services.recovery.ladder.service.cases import CaseRecord
from services.recovery.ladder.service.picture import load_picture
from services.recovery.ladder.store.steps import interruptions
from shared.law.calendar import add_working_days
from shared.law.fund import Fund, FundSettings
from shared.law.parameters import Parameters
from shared.law.quarter import Quarter
from shared.platform.database import Connection


@dataclass(frozen=True)
class Rules:
    """The law and the fund's policy over time."""

    parameters: Parameters
    fund: Fund

    def fund_on(self, day: date) -> FundSettings:
        """Return the fund as it is on a day."""
        return self.fund.on(day)

    def law_on(self, day: date) -> LadderLaw:
        """Return the legal periods of the ladder on a day."""
        return LadderLaw(
            contest_months=self.parameters.integer("recovery.lastReminderMonths", on=day),
            opposition_months=self.parameters.integer("recovery.oppositionMonths", on=day),
        )

    def policy_on(self, day: date) -> LadderPolicy:
        """Return the fund's own waits on a day."""
        policy = self.fund.on(day).policy
        return LadderPolicy(
            reminder_after_days=policy.reminder_after_days,
            statement_after_days=policy.statement_after_days,
            contact_after_days=policy.contact_after_days,
            last_reminder_after_days=policy.last_reminder_after_days,
            roll_after_days=policy.roll_after_days,
            review_days=policy.review_after_days,
            post_silent_days=policy.post_silent_after_days,
            bailiff_silent_days=policy.bailiff_silent_after_days,
        )

    def contact_deadline(self, case: CaseRecord, today: date) -> date:
        """Return the day by which somebody must have spoken with the debtor; never less than a task usually gets."""
        policy = self.fund.on(today).policy
        planned = case.opened_on + timedelta(days=policy.contact_deadline_days - 1)
        return max(planned, add_working_days(today, policy.task_due_working_days))

    def exemption_months(self, day: date) -> int:
        """Return the months within which an exemption can be asked (RGS art. 50ter/1)."""
        return self.parameters.integer("recovery.exemptionRequestMonths", on=day)

    async def outlook_of(self, connection: Connection, *, case: CaseRecord, today: date) -> Outlook:
        """Return what an open case does next on a day."""
        picture = await load_picture(connection, case=case, today=today)
        return outlook(picture=picture, policy=self.policy_on(today), law=self.law_on(today), today=today)

    async def prescriptions(
        self, connection: Connection, *, dossier: UUID, quarters: Sequence[Quarter], today: date
    ) -> Prescriptions:
        """Return when what is owed for quarters of a debtor prescribes (RD 38 art. 16)."""
        years = self.parameters.integer("recovery.prescriptionContributionYears", on=today)
        told = await parts_of(connection, dossier=dossier, quarters=quarters)
        final = await fines_final_on(connection, dossier=dossier)
        fine_years = self.parameters.integer("recovery.prescriptionFineYears", on=today)
        of_quarters: dict[Quarter, Prescription] = {}
        of_parts: dict[Quarter, tuple[PartPrescription, ...]] = {}
        of_fines: dict[Quarter, Prescription] = {}
        for quarter in quarters:
            acts = await interruptions(connection, dossier=dossier, quarter=quarter)
            parts = told.get(quarter, ())
            only_supplements = bool(parts) and all(part.regularisation for part in parts)
            of_quarters[quarter] = prescription_of(
                quarter=quarter, years=years, interruptions=acts, regularisation=only_supplements
            )
            of_parts[quarter] = prescriptions_of_parts(quarter=quarter, years=years, interruptions=acts, parts=parts)
            if quarter in final:
                of_fines[quarter] = prescription_from(starts_on=final[quarter], years=fine_years, interruptions=acts)
        return Prescriptions(quarters=of_quarters, parts=of_parts, fines=of_fines)
