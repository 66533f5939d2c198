"""Prescription of contributions: the day from which a debt can no longer be claimed (royal decree 38, art. 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.law.calendar import add_months
from shared.law.quarter import Quarter


class InterruptionKind(StrEnum):
    """An act that starts the period anew (RD 38 art. 16 par. 2 and the causes of the Civil Code)."""

    REGISTERED_LETTER = "registeredLetter"
    ORDER_TO_PAY = "orderToPay"
    PART_PAYMENT = "partPayment"
    PAYMENT_PLAN = "paymentPlan"
    SUMMONS = "summons"


@dataclass(frozen=True)
class Interruption:
    """An act that interrupted the prescription of a debt."""

    kind: InterruptionKind
    on: date


@dataclass(frozen=True)
class Prescription:
    """When a debt prescribes, and why then.

    Attributes:
        starts_on: first day of the period that now runs.
        prescribed_from: first day on which the debt is prescribed.
        interruptions: the acts that interrupted it in time, oldest first.
    """

    starts_on: date
    prescribed_from: date
    interruptions: tuple[Interruption, ...]

    def is_prescribed(self, day: date) -> bool:
        """Return whether the debt can no longer be claimed on a day."""
        return day >= self.prescribed_from


def prescription_of(
    *, quarter: Quarter, years: int, interruptions: Sequence[Interruption], regularisation: bool = False
) -> Prescription:
    """Return the prescription of the contribution of a quarter.

    A contribution prescribes ``years`` years from 1 January after the year it is due for; a regularisation
    contribution from 1 January of the third year after it. Each interruption opens a new period of the same
    length, the day after the act; one that comes too late changes nothing.
    """
    starts_on = date(quarter.year + (3 if regularisation else 1), 1, 1)
    # The period can be interrupted as soon as the debt exists, so also before it starts to run.
    prescribed_from = add_months(starts_on, 12 * years)
    effective: list[Interruption] = []
    for interruption in sorted(interruptions, key=lambda act: act.on):
        if interruption.on >= prescribed_from:
            break
        effective.append(interruption)
        anew = interruption.on + timedelta(days=1)
        if anew > starts_on:
            starts_on = anew
            prescribed_from = add_months(anew, 12 * years)
    return Prescription(starts_on=starts_on, prescribed_from=prescribed_from, interruptions=tuple(effective))
