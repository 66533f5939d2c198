"""Payment files for the bank: customer credit transfers, ISO 20022 pain.001.001.09, in integer cents.

The debtor has a structured address and the creditors none: the SEPA schemes refuse unstructured addresses since
15 November 2026. The same input always gives the same bytes, because what two people approve is the hash of the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from lxml import etree

from shared.law.identifiers import Iban, InvalidIdentifier
from shared.law.money import Cents, euro_text

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
#: The characters every bank of the SEPA area must take (EPC217-08).
_ALLOWED: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9\-]{1,35}")
_AMOUNT: Final = re.compile(r"[0-9]{1,9}\.[0-9]{2}")
_NAME_LENGTH: Final = 70
_REMITTANCE_LENGTH: Final = 140
#: Letters that Unicode does not take apart into a base letter and an accent.
_LETTERS: Final = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "’": "'",
        "‘": "'",
        "–": "-",
        "—": "-",
    }
)


class PaymentFileInvalid(ValueError):
    """A payment file, or what it should hold, breaks a rule; ``rule`` names it and no account is repeated."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule


@dataclass(frozen=True, kw_only=True)
class Debtor:
    """The account that pays and its holder, with the structured address the SEPA schemes ask for."""

    name: str
    enterprise_number: str
    iban: str
    bic: str
    street: str
    house_number: str
    postal_code: str
    city: str
    country: str


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


def sepa_text(text: str, *, length: int) -> str:
    """Write a text with the letters every SEPA bank takes: accents fall, what is unknown becomes a full stop."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    clean = " ".join(_ALLOWED.sub(".", plain).split())
    # A slash at either end or a double slash has a meaning of its own between banks.
    return re.sub("/{2,}", "/", clean).strip("/ ")[:length].rstrip()


def payment_file(
    *, message_id: str, created_at: datetime, execution_on: date, debtor: Debtor, transfers: Sequence[CreditTransfer]
) -> bytes:
    """Write a payment file.

    Raises:
        PaymentFileInvalid: there is nothing to pay, or an id, an account, an amount or a name breaks a rule.
    """
    if not transfers:
        raise PaymentFileInvalid("transfers", "a payment file holds at least one payment")
    total_cents = sum(transfer.amount_cents for transfer in transfers)
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # lxml writes None for the default
    initiation = _child(root, "CstmrCdtTrfInitn")
    header = _child(initiation, "GrpHdr")
    _child(header, "MsgId", _identifier("messageId", message_id))
    _child(header, "CreDtTm", created_at.isoformat(timespec="seconds"))
    _child(header, "NbOfTxs", str(len(transfers)))
    _child(header, "CtrlSum", euro_text(total_cents))
    _initiating_party(_child(header, "InitgPty"), debtor)
    payment = _child(initiation, "PmtInf")
    _child(payment, "PmtInfId", message_id)
    _child(payment, "PmtMtd", "TRF")
    _child(payment, "BtchBookg", "true")
    _child(payment, "NbOfTxs", str(len(transfers)))
    _child(payment, "CtrlSum", euro_text(total_cents))
    payment_type = _child(payment, "PmtTpInf")
    _child(_child(payment_type, "SvcLvl"), "Cd", "SEPA")
    _child(_child(payment_type, "CtgyPurp"), "Cd", "SSBE")
    _child(_child(payment, "ReqdExctnDt"), "Dt", execution_on.isoformat())
    _debtor(payment, debtor)
    _child(payment, "ChrgBr", "SLEV")
    for transfer in transfers:
        _transfer(_child(payment, "CdtTrfTxInf"), transfer)
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    read_payment_file(content)
    return content


def read_payment_file(content: bytes) -> PaymentFileSummary:
    """Read a payment file back and check what its schema cannot: counts, sums, accounts, ids and letters.

    Raises:
        PaymentFileInvalid: the file is no pain.001.001.09 or one of these checks fails.
    """
    root = _parse(content)
    initiation = root.find(_path("CstmrCdtTrfInitn"))
    if initiation is None:
        raise PaymentFileInvalid("document", "not a customer credit transfer initiation")
    transfers = list(initiation.iterfind(_path("PmtInf", "CdtTrfTxInf")))
    amounts = [_amount(_text(transfer, "Amt", "InstdAmt")) for transfer in transfers]
    for parent in (initiation.find(_path("GrpHdr")), initiation.find(_path("PmtInf"))):
        _same_totals(parent, count=len(transfers), total_cents=sum(amounts))
    ids = tuple(_identifier("endToEndId", _text(transfer, "PmtId", "EndToEndId")) for transfer in transfers)
    if len(set(ids)) != len(ids):
        raise PaymentFileInvalid("endToEndId", "used twice in one file")
    accounts = [_text(initiation, "PmtInf", "DbtrAcct", "Id", "IBAN")]
    accounts += [_text(transfer, "CdtrAcct", "Id", "IBAN") for transfer in transfers]
    for account in accounts:
        _account(account)
    for element in root.iter():
        if element.text and _ALLOWED.search(element.text.strip()):
            raise PaymentFileInvalid("characters", f"a letter outside the SEPA set in {etree.QName(element).localname}")
    return PaymentFileSummary(
        message_id=_text(initiation, "GrpHdr", "MsgId"),
        execution_on=date.fromisoformat(_text(initiation, "PmtInf", "ReqdExctnDt", "Dt")),
        transfers=len(transfers),
        total_cents=sum(amounts),
        end_to_end_ids=ids,
    )


def _child(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element


def _initiating_party(party: etree._Element, debtor: Debtor) -> None:
    _child(party, "Nm", sepa_text(debtor.name, length=_NAME_LENGTH))
    other = _child(_child(_child(party, "Id"), "OrgId"), "Othr")
    _child(other, "Id", debtor.enterprise_number)
    _child(other, "Issr", "KBO-BCE")


def _debtor(payment: etree._Element, debtor: Debtor) -> None:
    party = _child(payment, "Dbtr")
    _child(party, "Nm", sepa_text(debtor.name, length=_NAME_LENGTH))
    address = _child(party, "PstlAdr")
    _child(address, "StrtNm", sepa_text(debtor.street, length=_NAME_LENGTH))
    _child(address, "BldgNb", sepa_text(debtor.house_number, length=16))
    _child(address, "PstCd", debtor.postal_code)
    _child(address, "TwnNm", sepa_text(debtor.city, length=35))
    _child(address, "Ctry", debtor.country)
    _child(_child(_child(payment, "DbtrAcct"), "Id"), "IBAN", _account(debtor.iban))
    _child(_child(_child(payment, "DbtrAgt"), "FinInstnId"), "BICFI", debtor.bic)


def _transfer(element: etree._Element, transfer: CreditTransfer) -> None:
    if transfer.amount_cents <= 0:
        raise PaymentFileInvalid("amount", "a payment is at least one cent")
    name = sepa_text(transfer.creditor_name, length=_NAME_LENGTH)
    if not name:
        raise PaymentFileInvalid("creditorName", "a payment names who gets it")
    _child(_child(element, "PmtId"), "EndToEndId", _identifier("endToEndId", transfer.end_to_end_id))
    amount = _child(_child(element, "Amt"), "InstdAmt", euro_text(transfer.amount_cents))
    amount.set("Ccy", "EUR")
    _child(_child(element, "Cdtr"), "Nm", name)
    _child(_child(_child(element, "CdtrAcct"), "Id"), "IBAN", _account(transfer.creditor_iban))
    _child(_child(element, "Purp"), "Cd", "SSBE")
    remittance = sepa_text(transfer.remittance, length=_REMITTANCE_LENGTH)
    if remittance:
        _child(_child(element, "RmtInf"), "Ustrd", remittance)


def _parse(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise PaymentFileInvalid("document", "not well-formed XML") from error
    if root.tag != f"{{{NAMESPACE}}}Document" or root.getroottree().docinfo.internalDTD is not None:
        raise PaymentFileInvalid("document", "not a pain.001.001.09 document")
    return root


def _path(*names: str) -> str:
    return "/".join(f"{{{NAMESPACE}}}{name}" for name in names)


def _text(element: etree._Element, *names: str) -> str:
    text = element.findtext(_path(*names))
    if text is None:
        raise PaymentFileInvalid(names[-1], "is absent")
    return text


def _amount(text: str) -> Cents:
    if not _AMOUNT.fullmatch(text):
        raise PaymentFileInvalid("amount", "not an amount in euros with two decimals")
    return int(text.replace(".", ""))


def _same_totals(parent: etree._Element | None, *, count: int, total_cents: Cents) -> None:
    if parent is None:
        raise PaymentFileInvalid("document", "a header is absent")
    if _text(parent, "NbOfTxs") != str(count):
        raise PaymentFileInvalid("numberOfTransactions", f"the file says otherwise than its {count} payments")
    if _amount(_text(parent, "CtrlSum")) != total_cents:
        raise PaymentFileInvalid("controlSum", "the sum of the payments is not the control sum")


def _identifier(field: str, text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise PaymentFileInvalid(field, "1 to 35 letters, digits and hyphens")
    return text


def _account(text: str) -> str:
    try:
        return str(Iban(text))
    except InvalidIdentifier as error:
        raise PaymentFileInvalid("iban", str(error)) from error
