"""Payment files for the bank: customer credit transfers, ISO 20022 pain.001.001.09, in integer cents.

The debtor has a structured address and the creditors none: the SEPA schemes refuse unstructured addresses since
15 November 2026. The same input always gives the same bytes, because what two people approve is the hash of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lxml import etree

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

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


@dataclass(frozen=True, kw_only=True)
class CreditTransfer:
    """One payment to one person."""

    end_to_end_id: str
    amount_cents: Cents
    creditor_name: str
    creditor_iban: str
    remittance: str


@dataclass(frozen=True, kw_only=True)
class PaymentFileSummary:
    """What a payment file says of itself and what it really holds; the two agree or reading refuses the file."""

    message_id: str
    execution_on: date
    transfers: int
    total_cents: Cents
    end_to_end_ids: tuple[str, ...]


def payment_file(
    *,
    message_id: str,
    created_at: datetime,
    execution_on: date,
    debtor: Party,
    transfers: Sequence[CreditTransfer],
    purpose: str | None = None,
) -> bytes:
    """Write a payment file.

    Args:
        message_id: identifies the file at the bank, which takes it once.
        created_at: moment it bears.
        execution_on: day on which the bank pays.
        debtor: who pays.
        transfers: who gets what.
        purpose: ISO 20022 purpose code of every payment, for example ``SSBE`` for benefits; none when left out.

    Raises:
        PaymentFileInvalid: there is nothing to pay, or an id, an account, an amount or a name breaks a rule.
    """
    if not transfers:
        raise PaymentFileInvalid("transfers", "a payment file holds at least one payment")
    total_cents = sum(transfer.amount_cents for transfer in transfers)
    root = document(NAMESPACE)
    initiation = child(root, "CstmrCdtTrfInitn")
    add_header(
        initiation,
        message_id=message_id,
        created_at=created_at,
        count=len(transfers),
        total_cents=total_cents,
        party=debtor,
    )
    payment = child(initiation, "PmtInf")
    child(payment, "PmtInfId", message_id)
    child(payment, "PmtMtd", "TRF")
    child(payment, "BtchBookg", "true")
    child(payment, "NbOfTxs", str(len(transfers)))
    child(payment, "CtrlSum", euro_text(total_cents))
    payment_type = child(payment, "PmtTpInf")
    child(child(payment_type, "SvcLvl"), "Cd", "SEPA")
    if purpose is not None:
        child(child(payment_type, "CtgyPurp"), "Cd", purpose)
    child(child(payment, "ReqdExctnDt"), "Dt", execution_on.isoformat())
    add_party(payment, "Dbtr", debtor)
    child(payment, "ChrgBr", "SLEV")
    for transfer in transfers:
        _transfer(child(payment, "CdtTrfTxInf"), transfer, purpose)
    content = written(root)
    read_payment_file(content)
    return content


def read_payment_file(content: bytes) -> PaymentFileSummary:
    """Read a payment file back and check what its schema cannot: counts, sums, accounts, ids and letters.

    Raises:
        PaymentFileInvalid: the file is no pain.001.001.09 or one of these checks fails.
    """
    root = parse(content, namespace=NAMESPACE)
    initiation = root.find(path_of(root, "CstmrCdtTrfInitn"))
    if initiation is None:
        raise PaymentFileInvalid("document", "not a customer credit transfer initiation")
    transfers = list(initiation.iterfind(path_of(root, "PmtInf", "CdtTrfTxInf")))
    amounts = [amount(text_of(transfer, "Amt", "InstdAmt")) for transfer in transfers]
    for parent in (initiation.find(path_of(root, "GrpHdr")), initiation.find(path_of(root, "PmtInf"))):
        same_totals(parent, count=len(transfers), total_cents=sum(amounts))
    ids = same_only_once(identifier("endToEndId", text_of(transfer, "PmtId", "EndToEndId")) for transfer in transfers)
    accounts = [text_of(initiation, "PmtInf", "DbtrAcct", "Id", "IBAN")]
    accounts += [text_of(transfer, "CdtrAcct", "Id", "IBAN") for transfer in transfers]
    for number in accounts:
        account(number)
    check_letters(root)
    return PaymentFileSummary(
        message_id=text_of(initiation, "GrpHdr", "MsgId"),
        execution_on=date.fromisoformat(text_of(initiation, "PmtInf", "ReqdExctnDt", "Dt")),
        transfers=len(transfers),
        total_cents=sum(amounts),
        end_to_end_ids=ids,
    )


def _transfer(element: etree._Element, transfer: CreditTransfer, purpose: str | None) -> None:
    if transfer.amount_cents <= 0:
        raise PaymentFileInvalid("amount", "a payment is at least one cent")
    name = sepa_text(transfer.creditor_name, length=NAME_LENGTH)
    if not name:
        raise PaymentFileInvalid("creditorName", "a payment names who gets it")
    child(child(element, "PmtId"), "EndToEndId", identifier("endToEndId", transfer.end_to_end_id))
    instructed = child(child(element, "Amt"), "InstdAmt", euro_text(transfer.amount_cents))
    instructed.set("Ccy", "EUR")
    child(child(element, "Cdtr"), "Nm", name)
    child(child(child(element, "CdtrAcct"), "Id"), "IBAN", account(transfer.creditor_iban))
    if purpose is not None:
        child(child(element, "Purp"), "Cd", purpose)
    remittance = sepa_text(transfer.remittance, length=REMITTANCE_LENGTH)
    if remittance:
        child(child(element, "RmtInf"), "Ustrd", remittance)
