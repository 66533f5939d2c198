"""The special roll and the warrant drawn from it (RGS art. 47bis): its mandatory fields and its approval.

What a second person approves is the ``RollDraft``: the sums, the grounds and the debtor's dossier. The identity of
the debtor and the dates of the visa are added when the roll is made enforceable, and are kept in the document only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.recovery.clocks.rules.prescription import Prescriptions
from services.recovery.debts.rules import DebtorIdentity, OpenItem, total_cents
from services.recovery.ladder.rules.contacts import ContactHistory
from shared.contracts.vocabulary import AmountKind
from shared.law.fund import FundSettings
from shared.law.quarter import Quarter


class Motivation(StrEnum):
    """A reason for using the warrant, as the roll states it; the words are the letter's.

    A roll that states something untrue can be annulled, so each one is chosen from the facts of the case.
    """

    REMINDED_AND_CONTACTED = "remindedAndContacted"
    REMINDED_CONTACT_SOUGHT = "remindedContactSought"
    REMINDED_WITHOUT_CONTACT = "remindedWithoutContact"
    LAST_REMINDER_NOTIFIED = "lastReminderNotified"
    LAST_REMINDER_DEEMED_NOTIFIED = "lastReminderDeemedNotified"
    NOT_CONTESTED = "notContested"
    CONTESTED_TOO_LATE = "contestedTooLate"
    NO_PLAN_OBTAINED = "noPlanObtained"
    PLAN_ENDED = "planEnded"
    LEAST_COSTLY_TITLE = "leastCostlyTitle"


class Remedy(StrEnum):
    """A remedy the roll names, with its time limit."""

    OPPOSITION_WITHIN_ONE_MONTH = "oppositionWithinOneMonth"
    LATER_INSTALMENTS_WITH_BAILIFF = "instalmentsWithBailiff"


@dataclass(frozen=True)
class EndedPlan:
    """Time to pay that was granted and is no longer in force; ``ended_on`` is the first day without it."""

    granted_on: date
    ended_on: date


@dataclass(frozen=True)
class Grounds:
    """The facts of a case on which a warrant rests.

    Attributes:
        deemed_notified: the last reminder came back, and a person decided that it counts as notified.
        contested_late_on: when the debtor contested sums of this warrant, but after the month of RGS art. 46.
        plan: the latest time to pay that was granted, when there was any.
    """

    contact: ContactHistory
    deemed_notified: bool = False
    contested_late_on: date | None = None
    plan: EndedPlan | None = None

    @property
    def contact_on(self) -> date:
        """Return the day of the contact, of the latest attempt, or of the justified exception.

        Raises:
            ValueError: nothing of the kind is on record; no roll may then be drawn up.
        """
        contact = self.contact
        day = contact.reached_on or (contact.sought_on if contact.excepted_on else None) or contact.excepted_on
        if day is None:
            raise ValueError("grounds: neither a contact nor a justified exception is on record")
        return day


def motivation_of(grounds: Grounds) -> tuple[Motivation, ...]:
    """Return the reasons a roll states for this case, in the order in which things happened."""
    contact = grounds.contact
    if contact.reached_on is not None:
        first = Motivation.REMINDED_AND_CONTACTED
    elif contact.sought_on is not None:
        first = Motivation.REMINDED_CONTACT_SOUGHT
    else:
        first = Motivation.REMINDED_WITHOUT_CONTACT
    return (
        first,
        Motivation.LAST_REMINDER_DEEMED_NOTIFIED if grounds.deemed_notified else Motivation.LAST_REMINDER_NOTIFIED,
        Motivation.NOT_CONTESTED if grounds.contested_late_on is None else Motivation.CONTESTED_TOO_LATE,
        Motivation.NO_PLAN_OBTAINED if grounds.plan is None else Motivation.PLAN_ENDED,
        Motivation.LEAST_COSTLY_TITLE,
    )


class RollIncompleteError(ValueError):
    """A roll lacks fields that RGS art. 47bis par. 2 prescribes; it must not be made enforceable."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"the roll lacks: {', '.join(missing)}")
        self.missing = tuple(missing)


@dataclass(frozen=True)
class CreditorFund:
    """The creditor as the roll names it (field 1)."""

    name: str
    number: str
    address: str


@dataclass(frozen=True)
class Debtor:
    """Who owes (field 2): a person by national number, a company by enterprise number. Never stored by recovery."""

    name: str
    address: str
    national_number: str = ""
    enterprise_number: str = ""


def creditor_of(fund: FundSettings, language: str) -> CreditorFund:
    """Return the fund as a roll names it."""
    address = fund.address
    city = f"{address.postal_code} {address.city[language]}"
    return CreditorFund(
        name=fund.name[language],
        number=fund.number,
        address=f"{address.street[language]} {address.house_number}, {city}",
    )


def debtor_of(identity: DebtorIdentity) -> Debtor:
    """Return the debtor as a roll names him."""
    return Debtor(
        name=identity.name,
        address=identity.address,
        national_number=identity.national_number,
        enterprise_number=identity.enterprise_number,
    )


@dataclass(frozen=True)
class LastReminderEvidence:
    """The last reminder a roll rests on."""

    sent_on: date
    notified_on: date
    last_day_to_contest: date
    quarters: frozenset[Quarter]


@dataclass(frozen=True)
class RollDraft:
    """What a second person approves.

    Attributes:
        items: the detailed breakdown (field 3), by quarter and kind.
        grounds: the facts from which the motivation follows (field 4).
        remedies: what the debtor can do, and within which time (field 8).
    """

    case_id: UUID
    dossier: UUID
    fund_number: str
    items: tuple[OpenItem, ...]
    grounds: Grounds
    reminder_on: date
    statement_on: date
    last_reminder: LastReminderEvidence
    remedies: tuple[Remedy, ...]

    @property
    def total_cents(self) -> int:
        """Return the sum the warrant claims, in cents."""
        return total_cents(self.items)

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """Return the quarters the warrant claims, oldest first."""
        return tuple(sorted({item.quarter for item in self.items}))

    def payload(self) -> dict[str, Any]:
        """Return what the approval is bound to: JSON values only, no personal data."""
        # A plain dictionary: it is digested and kept as JSON, and rules know nothing of the platform's rows.
        plan, contested_late_on = self.grounds.plan, self.grounds.contested_late_on
        rare = {
            "contestedLateOn": None if contested_late_on is None else contested_late_on.isoformat(),
            "planGrantedOn": None if plan is None else plan.granted_on.isoformat(),
            "planEndedOn": None if plan is None else plan.ended_on.isoformat(),
        }
        return {
            "caseId": str(self.case_id),
            "dossier": str(self.dossier),
            "fundNumber": self.fund_number,
            "breakdown": [
                {
                    "quarter": str(item.quarter),
                    "kind": item.kind.value,
                    "openCents": item.open_cents,
                    "dueOn": item.due_on.isoformat(),
                }
                for item in self.items
            ],
            "totalCents": self.total_cents,
            "motivation": [reason.value for reason in motivation_of(self.grounds)],
            "reminderOn": self.reminder_on.isoformat(),
            "statementOn": self.statement_on.isoformat(),
            "contactOn": self.grounds.contact_on.isoformat(),
            "lastReminderSentOn": self.last_reminder.sent_on.isoformat(),
            "lastReminderNotifiedOn": self.last_reminder.notified_on.isoformat(),
            "lastDayToContest": self.last_reminder.last_day_to_contest.isoformat(),
            "remedies": [remedy.value for remedy in self.remedies],
            **{name: value for name, value in rare.items() if value is not None},
        }


def bound_payload(draft: RollDraft, *, paper_sha256: str) -> dict[str, Any]:
    """Return what the approval of a roll is bound to: its content, and the paper on which it was read."""
    return {**draft.payload(), "paperSha256": paper_sha256}


@dataclass(frozen=True)
class Roll:
    """A complete roll, ready to be made enforceable and printed."""

    draft: RollDraft
    fund: CreditorFund
    debtor: Debtor
    visa_on: date
    sent_on: date
    pay_until: date
    visa_by: str
    issued_by: str


def sums_for_warrant(
    *,
    items: Sequence[OpenItem],
    listed: Mapping[tuple[Quarter, AmountKind], int],
    prescriptions: Prescriptions,
    today: date,
) -> tuple[OpenItem, ...]:
    """Return the open sums that may go on a warrant today.

    Left out are the sums the debtor contested (they go to the labour court, RGS art. 47bis par. 1), what the last
    reminder did not list, such as a surcharge that was booked after it (art. 46), and the prescribed ones (RD 38
    art. 16). What is left out stays owed; it only can't be claimed with this warrant.

    Args:
        items: what is open now.
        listed: the sums of the last reminder in cents, without those that were contested in time.
        prescriptions: when what is owed prescribes.
        today: the day of the roll.
    """
    claimable = (
        replace(
            item,
            open_cents=min(
                prescriptions.unprescribed_cents(
                    quarter=item.quarter, kind=item.kind, open_cents=item.open_cents, day=today
                ),
                listed.get((item.quarter, item.kind), 0),
            ),
        )
        for item in items
        if not item.disputed
    )
    return tuple(item for item in claimable if item.open_cents > 0)


def complete_roll(
    *,
    draft: RollDraft,
    fund: CreditorFund,
    debtor: Debtor,
    visa_on: date,
    sent_on: date,
    pay_until: date,
    visa_by: str,
    issued_by: str,
) -> Roll:
    """Put all mandatory fields of RGS art. 47bis par. 2 together.

    Raises:
        RollIncompleteError: names each field that is missing or cannot be right.
    """
    person = bool(debtor.national_number)
    company = bool(debtor.enterprise_number)
    checks = {
        "fund": all((fund.name, fund.number, fund.address)),
        "debtor name": bool(debtor.name),
        "debtor address": bool(debtor.address),
        "national or enterprise number": person != company,
        "breakdown": bool(draft.items) and all(item.open_cents > 0 for item in draft.items),
        "motivation": draft.grounds.contact.is_on_record,
        "date of the visa": visa_on > draft.last_reminder.last_day_to_contest,
        "date of sending": sent_on >= visa_on,
        "final date for payment": pay_until >= sent_on,
        "remedies and their time limits": Remedy.OPPOSITION_WITHIN_ONE_MONTH in draft.remedies,
        "who gives the visa": bool(visa_by),
        "who issues the warrant": bool(issued_by),
    }
    missing = [field for field, present in checks.items() if not present]
    if missing:
        raise RollIncompleteError(missing)
    return Roll(
        draft=draft,
        fund=fund,
        debtor=debtor,
        visa_on=visa_on,
        sent_on=sent_on,
        pay_until=pay_until,
        visa_by=visa_by,
        issued_by=issued_by,
    )
