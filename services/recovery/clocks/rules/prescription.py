"""Prescription of contributions: the day from which a debt can no longer be claimed (royal decree 38, art. 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from shared.contracts.vocabulary import AmountKind
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


@dataclass(frozen=True)
class PrincipalPart:
    """A part of a quarter's principal, as billing told it: how and when it was claimed, and what was open then."""

    claimed_on: date
    regularisation: bool
    open_cents: int


@dataclass(frozen=True)
class PartPrescription:
    """When a part of a quarter's principal prescribes."""

    part: PrincipalPart
    prescription: Prescription


def prescription_of(
    *, quarter: Quarter, years: int, interruptions: Sequence[Interruption], regularisation: bool = False
) -> Prescription:
    """Return the prescription of the contribution of a quarter.

    A contribution prescribes ``years`` years from 1 January after the year it is due for; a regularisation
    contribution from 1 January of the third year after it. Each interruption opens a new period of the same
    length, the day after the act; one that comes too late changes nothing.
    """
    starts_on = date(quarter.year + (3 if regularisation else 1), 1, 1)
    return prescription_from(starts_on=starts_on, years=years, interruptions=interruptions)


def prescription_from(*, starts_on: date, years: int, interruptions: Sequence[Interruption]) -> Prescription:
    """Return the prescription of a debt whose period begins on a day, as ``prescription_of``.

    A fine prescribes from the day on which its decision can be appealed no longer.
    """
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


def prescriptions_of_parts(
    *, quarter: Quarter, years: int, interruptions: Sequence[Interruption], parts: Sequence[PrincipalPart]
) -> tuple[PartPrescription, ...]:
    """Return when each part of a quarter's principal prescribes, in the order in which they were claimed.

    An act of before a supplement was claimed did not claim it, and so did not interrupt its prescription.
    """
    return tuple(
        PartPrescription(
            part=part,
            prescription=prescription_of(
                quarter=quarter,
                years=years,
                interruptions=[act for act in interruptions if not part.regularisation or act.on >= part.claimed_on],
                regularisation=part.regularisation,
            ),
        )
        for part in sorted(parts, key=lambda part: part.claimed_on)
    )


def unprescribed_cents(parts: Sequence[PartPrescription], *, open_cents: int, day: date) -> int:
    """Return how much of the principal that is open can still be claimed on a day.

    Payments went to the oldest claim first, so what is open belongs to the newest; what the parts don't explain belongs
    to the oldest of them.
    """
    claimable = 0
    left = open_cents
    for place in range(len(parts) - 1, -1, -1):
        cents = left if place == 0 else min(left, parts[place].part.open_cents)
        left -= cents
        if not parts[place].prescription.is_prescribed(day):
            claimable += cents
    return claimable


@dataclass(frozen=True)
class Prescriptions:
    """When what a debtor owes prescribes.

    Attributes:
        quarters: of each quarter: of its contribution, or of its supplements when nothing else is open.
        parts: of the parts of a quarter's principal, where billing told of parts.
        fines: of the fine that the books keep under a quarter.
    """

    quarters: Mapping[Quarter, Prescription]
    parts: Mapping[Quarter, tuple[PartPrescription, ...]] = field(default_factory=dict)
    fines: Mapping[Quarter, Prescription] = field(default_factory=dict)

    def unprescribed_cents(self, *, quarter: Quarter, kind: AmountKind, open_cents: int, day: date) -> int:
        """Return how much of an open sum can still be claimed on a day; what goes with a contribution follows it."""
        parts = self.parts.get(quarter, ())
        if kind is AmountKind.PRINCIPAL and parts:
            return unprescribed_cents(parts, open_cents=open_cents, day=day)
        own = self.quarters[quarter]
        prescription = self.fines.get(quarter, own) if kind is AmountKind.FINE else own
        # see limits: accessories-prescribe-with-their-quarter
        return 0 if prescription.is_prescribed(day) else open_cents
