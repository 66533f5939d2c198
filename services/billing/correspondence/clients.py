"""Those who carry ordinary letters: the post, a mail server and the eBox, each with its own adapter."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

from services.billing.correspondence.rules.channels import Channel
from shared.correspondence.addressee import Addressee
from shared.platform.calls.models import ApiModel
from shared.platform.calls.service_client import PeerNonsense, ServiceClient


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A document to hand over.

    Attributes:
        reference: the fund's own; a carrier that gets it twice carries it once.
        subject: what the reader sees before opening it; it says neither amount nor name.
    """

    reference: str
    file_number: int
    subject: str
    sha256: str
    content: bytes = field(repr=False)
    addressee: Addressee


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a carrier gave for a document it took."""

    receipt: str
    accepted_on: date


class Carrier(Protocol):
    """Takes documents and gives a proof of each."""

    async def carry(self, parcel: Parcel) -> Proof:
        """Hand a document over.

        Raises:
            PeerRefused: the carrier knows nobody at the address.
            CallFailed: it does not answer, or answers nonsense.
        """
        ...


class _Document(ApiModel):
    reference: str
    file_number: int
    language: str
    document_sha256: str
    content: str


class _Email(_Document):
    address: str
    subject: str


class _EboxMessage(_Document):
    recipient: str
    subject: str


class _Receipt(ApiModel):
    reference: str
    receipt: str
    accepted_on: date


@dataclass(frozen=True)
class PostCarrier:
    """Has letters printed and brought to the letterbox; the address is on the letter."""

    client: ServiceClient

    async def carry(self, parcel: Parcel) -> Proof:
        """Hand a letter over."""
        return await _carried(self.client, "/v1/letters", _Document(**_document(parcel)), parcel)


@dataclass(frozen=True)
class EmailCarrier:
    """Sends letters as attachments."""

    client: ServiceClient

    async def carry(self, parcel: Parcel) -> Proof:
        """Hand an e-mail over; raises ``ValueError`` when there is no address."""
        if parcel.addressee.email is None:
            raise ValueError("an e-mail needs an address")
        message = _Email(**_document(parcel), address=parcel.addressee.email, subject=parcel.subject)
        return await _carried(self.client, "/v1/emails", message, parcel)


@dataclass(frozen=True)
class EboxCarrier:
    """Puts letters in the eBox of a person or of an enterprise."""

    client: ServiceClient

    async def carry(self, parcel: Parcel) -> Proof:
        """Hand a message over; raises ``ValueError`` when there is no number to put it under."""
        if parcel.addressee.mailbox is None:
            raise ValueError("an eBox needs the number it is kept under")
        message = _EboxMessage(**_document(parcel), recipient=parcel.addressee.mailbox, subject=parcel.subject)
        return await _carried(self.client, "/v1/eboxMessages", message, parcel)


def carriers(client: ServiceClient) -> Mapping[Channel, Carrier]:
    """Return the carrier of each channel."""
    return {
        Channel.POST: PostCarrier(client),
        Channel.EMAIL: EmailCarrier(client),
        Channel.E_BOX: EboxCarrier(client),
    }


#: The same for other letters, by their kind: what the reader sees before opening one.
LETTER_SUBJECTS: Final[Mapping[str, Mapping[str, str]]] = {
    "companyContributionNotice": {
        "fr": "Avis d'échéance de la cotisation à charge des sociétés",
        "nl": "Vervaldagbericht van de bijdrage ten laste van de vennootschappen",
        "de": "Bescheid über den Beitrag zu Lasten der Gesellschaften",
    },
    "directDebitAnnouncement": {
        "fr": "Annonce d'un prélèvement par votre caisse d'assurances sociales",
        "nl": "Aankondiging van een domiciliëring door uw socialeverzekeringsfonds",
        "de": "Ankündigung einer Lastschrift Ihrer Sozialversicherungskasse",
    },
    "regularisationStatement": {
        "fr": "Décompte de régularisation de vos cotisations sociales",
        "nl": "Afrekening van de regularisatie van uw sociale bijdragen",
        "de": "Abrechnung der Regularisierung Ihrer Sozialbeiträge",
    },
    "contributionRequestDecision": {
        "fr": "Décision sur votre demande relative à vos cotisations sociales",
        "nl": "Beslissing over uw aanvraag betreffende uw sociale bijdragen",
        "de": "Entscheidung über Ihren Antrag zu Ihren Sozialbeiträgen",
    },
    "taxCertificate": {
        "fr": "Attestation fiscale de votre caisse d'assurances sociales",
        "nl": "Fiscaal attest van uw socialeverzekeringsfonds",
        "de": "Steuerbescheinigung Ihrer Sozialversicherungskasse",
    },
    "paymentCertificate": {
        "fr": "Attestation de paiement de votre caisse d'assurances sociales",
        "nl": "Betalingsattest van uw socialeverzekeringsfonds",
        "de": "Zahlungsbescheinigung Ihrer Sozialversicherungskasse",
    },
}


def _document(parcel: Parcel) -> dict[str, object]:
    return {
        "reference": parcel.reference,
        "file_number": parcel.file_number,
        "language": str(parcel.addressee.language),
        "document_sha256": parcel.sha256,
        "content": base64.b64encode(parcel.content).decode("ascii"),
    }


async def _carried(client: ServiceClient, path: str, document: _Document, parcel: Parcel) -> Proof:
    answer = await client.post(path, document, _Receipt)
    if answer.reference != parcel.reference:
        raise PeerNonsense("carrier", "the receipt is about another document")
    return Proof(receipt=answer.receipt, accepted_on=answer.accepted_on)
