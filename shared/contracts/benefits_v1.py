"""Facts told by benefits: claims, decisions, payouts and what was sent to the mutualites."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Fact
from shared.contracts.vocabulary import EuroCents, YearQuarter


class ClaimKind(StrEnum):
    """The benefit that is claimed."""

    DROIT_PASSERELLE = "droitPasserelle"


class ClaimOutcome(StrEnum):
    """What was decided."""

    GRANTED = "granted"
    REFUSED = "refused"


class ReliefBasis(StrEnum):
    """By which rule quarters are not due; where the reason may tell of somebody's health, it stays with its owner."""

    DROIT_PASSERELLE = "droitPasserelleForcedInterruption"
    EXEMPTION = "exemption"
    ARTICLE_50 = "article50"


class TransmissionKind(StrEnum):
    """What a mutualite is told (royal decree of 03-07-1996, art. 276)."""

    AFFILIATION = "affiliation"
    FIRST_CONTRIBUTION = "firstContribution"
    CESSATION = "cessation"


class ClaimReceived(Fact):
    """Somebody applied for a benefit."""

    type: ClassVar[str] = "benefits.claim-received.v1"

    claim_id: UUID
    kind: ClaimKind
    decide_before: date = Field(description="Last day for the decision (Charter of the socially insured, art. 10).")

    def business_key(self) -> str:
        return str(self.claim_id)


class ClaimDecided(Fact):
    """A claim was granted or refused, with reasons kept in the decision."""

    type: ClassVar[str] = "benefits.claim-decided.v1"

    claim_id: UUID
    kind: ClaimKind
    outcome: ClaimOutcome

    def business_key(self) -> str:
        return str(self.claim_id)


class ContributionReliefGranted(Fact):
    """No contribution is due for these quarters."""

    type: ClassVar[str] = "benefits.contribution-relief-granted.v1"

    claim_id: UUID = Field(description="The claim, or the decision taken elsewhere, that gives the quarters.")
    quarters: tuple[YearQuarter, ...]
    ground: str = Field(
        description="A value of ReliefBasis. Of article50 the paragraph stays with benefits: it may tell of health."
    )
    article: str

    def business_key(self) -> str:
        return str(self.claim_id)


class PayoutOrdered(Fact):
    """An amount of a granted benefit is in an approved bank file."""

    type: ClassVar[str] = "benefits.payout-ordered.v1"

    claim_id: UUID
    payout_id: UUID
    month: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}$")
    attempt: int = Field(default=1, ge=1, description="Grows when the bank returned the payment and it is made again.")
    amount_cents: EuroCents

    def business_key(self) -> str:
        return f"{self.payout_id}|{self.attempt}"


class PayoutConfirmed(Fact):
    """The bank executed a payout."""

    type: ClassVar[str] = "benefits.payout-confirmed.v1"

    claim_id: UUID
    payout_id: UUID
    attempt: int = Field(default=1, ge=1, description="Which payment of it was executed, as the order said.")
    amount_cents: EuroCents

    def business_key(self) -> str:
        return str(self.payout_id) if self.attempt == 1 else f"{self.payout_id}|{self.attempt}"


class PayoutReturned(Fact):
    """The money of a payout came back, or never left; it is made again once a person found out why."""

    type: ClassVar[str] = "benefits.payout-returned.v1"

    claim_id: UUID
    payout_id: UUID
    attempt: int = Field(ge=1, description="Which payment of it came back, as the order said.")
    was_executed: bool = Field(description="Whether the bank had reported it as executed before.")
    reason_code: str = Field(pattern=r"^[A-Z]{2}[0-9]{2}$", description="ISO 20022 reason.")
    amount_cents: EuroCents

    def business_key(self) -> str:
        return f"{self.payout_id}|{self.attempt}"


class TransmissionFact(Fact):
    """What the facts about one message to a mutualite share."""

    transmission_id: UUID
    ticket: UUID | None = Field(
        default=None, description="Reference of the message itself; a corrected message has a new one."
    )
    kind: TransmissionKind
    insurer: str = Field(pattern=r"^[0-9]{3}$")


class TransmissionSent(TransmissionFact):
    """A mutualite received a message."""

    type: ClassVar[str] = "benefits.transmission-sent.v1"

    def business_key(self) -> str:
        return f"{self.transmission_id}|{self.ticket or self.transmission_id}"


class TransmissionAcknowledged(TransmissionFact):
    """A mutualite accepted a message."""

    type: ClassVar[str] = "benefits.transmission-acknowledged.v1"

    def business_key(self) -> str:
        return f"{self.transmission_id}|{self.ticket or self.transmission_id}"


class TransmissionRejected(TransmissionFact):
    """A mutualite refused a message; a person now looks at it."""

    type: ClassVar[str] = "benefits.transmission-rejected.v1"

    reason_code: str

    def business_key(self) -> str:
        return f"{self.transmission_id}|{self.ticket or self.transmission_id}"


class TransmissionOverdue(TransmissionFact):
    """A message was not acknowledged in time; a person got a task before the legal deadline."""

    type: ClassVar[str] = "benefits.transmission-overdue.v1"

    deadline: date

    def business_key(self) -> str:
        return str(self.transmission_id)
