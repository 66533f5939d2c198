"""Collections for the bank: direct debits of the SEPA core scheme, ISO 20022 pain.008.001.08, in integer cents.

The rules are those of the core rulebook (EPC016-06): a mandate with a unique reference and its day of signature, the
sequence FRST for the first collection of a mandate and RCUR for the next ones, a creditor identifier (EPC262-08). The
same input always gives the same bytes, because what two people approve is the hash of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from lxml import etree

from shared.law.identifiers import EnterpriseNumber
from shared.law.money import Cents, euro_text
from shared.treasury.sepa.party import Party, add_header, add_party
from shared.treasury.sepa.pieces import (
    NAME_LENGTH,
    REMITTANCE_LENGTH,
    PaymentFileInvalid,
    account,
    amount,
    check_letters,
    child,
    document,
    identifier,
    parse,
    path_of,
    same_only_once,
    same_totals,
    sepa_text,
    text_of,
    written,
)

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
_CHECK_MODULUS: Final = 97
#: Letters count from A = 10 in the check digits of a creditor identifier (ISO 7064): "BE00".
_COUNTRY_DIGITS: Final = "111400"


class CollectionSequence(StrEnum):
    """The place of a collection in the life of its mandate."""

    FIRST = "FRST"
    RECURRENT = "RCUR"


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One collection from one account under one mandate."""

    end_to_end_id: str
    amount_cents: Cents
    sequence: CollectionSequence
    mandate_reference: str
    mandate_signed_on: date
    debtor_name: str
    debtor_iban: str
    remittance: str


@dataclass(frozen=True, kw_only=True)
class CollectionFileSummary:
    """What a file of collections says of itself and what it really holds; the two agree or reading refuses it."""

    message_id: str
    collection_on: date
    collections: int
    total_cents: Cents
    end_to_end_ids: tuple[str, ...]


def creditor_identifier(enterprise_number: str) -> str:
    """Give the SEPA creditor identifier of a Belgian enterprise (EPC262-08): BE, check digits, ZZZ, ten digits."""
    number = str(EnterpriseNumber(enterprise_number))
    check = _CHECK_MODULUS + 1 - int(number + _COUNTRY_DIGITS) % _CHECK_MODULUS
    return f"BE{check:02d}ZZZ{number}"


def collection_file(
    *,
    message_id: str,
    created_at: datetime,
    collection_on: date,
    creditor: Party,
    collections: Sequence[Collection],
) -> bytes:
    """Write a file of collections, one block per sequence because a block has one.

    Args:
        message_id: identifies the file at the bank, which takes it once.
        created_at: moment it bears.
        collection_on: day on which the accounts are debited.
        creditor: who collects.
        collections: what is collected from whom.

    Raises:
        PaymentFileInvalid: there is nothing to collect, or an id, an account, an amount or a name breaks a rule.
    """
    if not collections:
        raise PaymentFileInvalid("collections", "a file holds at least one collection")
    root = document(NAMESPACE)
    initiation = child(root, "CstmrDrctDbtInitn")
    add_header(
        initiation,
        message_id=message_id,
        created_at=created_at,
        count=len(collections),
        total_cents=sum(one.amount_cents for one in collections),
        party=creditor,
    )
    for sequence in CollectionSequence:
        chosen = [one for one in collections if one.sequence is sequence]
        if chosen:
            _block(child(initiation, "PmtInf"), f"{message_id}-{sequence}", collection_on, creditor, sequence, chosen)
    content = written(root)
    read_collection_file(content)
    return content


def read_collection_file(content: bytes) -> CollectionFileSummary:
    """Read a file of collections back and check what its schema cannot: counts, sums, accounts, ids and letters.

    Raises:
        PaymentFileInvalid: the file is no pain.008.001.08 or one of these checks fails.
    """
    root = parse(content, namespace=NAMESPACE)
    initiation = root.find(path_of(root, "CstmrDrctDbtInitn"))
    if initiation is None:
        raise PaymentFileInvalid("document", "not a customer direct debit initiation")
    blocks = list(initiation.iterfind(path_of(root, "PmtInf")))
    found = [list(block.iterfind(path_of(root, "DrctDbtTxInf"))) for block in blocks]
    sums = [sum(amount(text_of(one, "InstdAmt")) for one in block) for block in found]
    every = [one for block in found for one in block]
    same_totals(initiation.find(path_of(root, "GrpHdr")), count=len(every), total_cents=sum(sums))
    for block, inside, total in zip(blocks, found, sums, strict=True):
        same_totals(block, count=len(inside), total_cents=total)
        account(text_of(block, "CdtrAcct", "Id", "IBAN"))
    for one in every:
        account(text_of(one, "DbtrAcct", "Id", "IBAN"))
    days = {text_of(block, "ReqdColltnDt") for block in blocks}
    if len(days) != 1:
        raise PaymentFileInvalid("collectionDate", "a file collects on one day")
    check_letters(root)
    return CollectionFileSummary(
        message_id=text_of(initiation, "GrpHdr", "MsgId"),
        collection_on=date.fromisoformat(days.pop()),
        collections=len(every),
        total_cents=sum(sums),
        end_to_end_ids=same_only_once(identifier("endToEndId", text_of(one, "PmtId", "EndToEndId")) for one in every),
    )


def _block(
    block: etree._Element,
    block_id: str,
    collection_on: date,
    creditor: Party,
    sequence: CollectionSequence,
    collections: Sequence[Collection],
) -> None:
    child(block, "PmtInfId", identifier("paymentInformationId", block_id))
    child(block, "PmtMtd", "DD")
    child(block, "BtchBookg", "true")
    child(block, "NbOfTxs", str(len(collections)))
    child(block, "CtrlSum", euro_text(sum(one.amount_cents for one in collections)))
    payment_type = child(block, "PmtTpInf")
    child(child(payment_type, "SvcLvl"), "Cd", "SEPA")
    child(child(payment_type, "LclInstrm"), "Cd", "CORE")
    child(payment_type, "SeqTp", str(sequence))
    child(block, "ReqdColltnDt", collection_on.isoformat())
    add_party(block, "Cdtr", creditor)
    child(block, "ChrgBr", "SLEV")
    scheme = child(child(child(child(block, "CdtrSchmeId"), "Id"), "PrvtId"), "Othr")
    child(scheme, "Id", creditor_identifier(creditor.enterprise_number))
    child(child(scheme, "SchmeNm"), "Prtry", "SEPA")
    for one in collections:
        _collection(child(block, "DrctDbtTxInf"), one)


def _collection(element: etree._Element, one: Collection) -> None:
    if one.amount_cents <= 0:
        raise PaymentFileInvalid("amount", "a collection is at least one cent")
    name = sepa_text(one.debtor_name, length=NAME_LENGTH)
    if not name:
        raise PaymentFileInvalid("debtorName", "a collection names who is debited")
    child(child(element, "PmtId"), "EndToEndId", identifier("endToEndId", one.end_to_end_id))
    instructed = child(element, "InstdAmt", euro_text(one.amount_cents))
    instructed.set("Ccy", "EUR")
    mandate = child(child(element, "DrctDbtTx"), "MndtRltdInf")
    child(mandate, "MndtId", identifier("mandateReference", one.mandate_reference))
    child(mandate, "DtOfSgntr", one.mandate_signed_on.isoformat())
    agent = child(child(child(element, "DbtrAgt"), "FinInstnId"), "Othr")
    # The bank of the debtor follows from the account; the scheme asks for this word instead of a BIC.
    child(agent, "Id", "NOTPROVIDED")
    child(child(element, "Dbtr"), "Nm", name)
    child(child(child(element, "DbtrAcct"), "Id"), "IBAN", account(one.debtor_iban))
    remittance = sepa_text(one.remittance, length=REMITTANCE_LENGTH)
    if remittance:
        child(child(element, "RmtInf"), "Ustrd", remittance)
