"""One movement of a coded statement, from the records it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from services.billing.bank_statements.rules.coda_fields import Record
from services.billing.bank_statements.rules.statement import (
    Movement,
    ReferenceSource,
    creditor_reference,
    typed_reference,
)
from shared.law.identifiers import is_structured_communication

_STRUCTURED_REFERENCES: Final = {"101": ReferenceSource.STRUCTURED, "102": ReferenceSource.RECONSTITUTED}
_ISO_REFERENCE: Final = "100"
#: Structured zone of a European direct debit (annex III, type 127), counted after the type: settlement day 1-6, kind 7,
#: scheme 8, paid or reason of refusal 9, creditor 10-44, mandate 45-79, communication 80-141, R-transaction 142 and its
#: reason 143-146.
_DIRECT_DEBIT_ZONE: Final = "127"
_UNPAID: Final = frozenset("1234")
_R_TRANSACTIONS: Final = frozenset("12345")
#: Transaction families of the standard whose credits are money somebody paid to the fund (annex II).
_PAYMENT_FAMILIES: Final = frozenset({"01", "02", "03", "04", "09", "41", "43"})
_TRANSFER_FAMILIES: Final = frozenset({"01", "02", "41"})
#: Transactions of transfers that give money back: 49 and 99 cancel or correct, 54 is a transfer that could not be
#: executed and 87 a reimbursement of costs. The R-transaction type at position 113 says the same where it is filled.
_RETURNING: Final = frozenset({"49", "54", "87", "99"})
_DIRECT_DEBIT_FAMILY: Final = "05"
_RETURNED_DEBITS: Final = frozenset({"03", "05", "54", "56", "58"})


@dataclass(slots=True)
class MovementRecords:
    """Records that together make one movement or one detail."""

    head: Record
    second: Record | None = None
    third: Record | None = None
    information: list[Record] = field(default_factory=list)


def movement_of(parts: MovementRecords) -> Movement:
    """Read the fields of a movement; a field that breaks its rule refuses the file."""
    head, second, third = parts.head, parts.second, parts.third
    structured = head.flag(62, "codeField", "communication type")
    text = head.text[62:115]
    if second is not None:
        text += second.text[10:63]
    if third is not None:
        text += third.text[82:125]
    structured_type = text[0:3] if structured else None
    communication = (text[3:] if structured else text).strip()
    debit = _direct_debit(text[3:]) if structured_type == _DIRECT_DEBIT_ZONE else _DirectDebit()
    reference, source = _reference(structured_type, communication)
    code = head.text[53:61]
    if not (code.isascii() and code.isdigit()):
        head.refuse("numericField", "the transaction code at positions 54-61 must hold digits only")
    cents = head.signed_cents(32, "amount")
    r_type = "" if second is None else second.text[112].strip()
    reversal = r_type != "" or _gives_back(code) or debit.unpaid
    return Movement(
        line=head.line,
        sequence=head.number(3, 6, "sequence number"),
        detail=head.number(7, 10, "detail number"),
        cents=cents,
        value_date=head.optional_day(48, "value date"),
        entry_date=head.day(116, "entry date"),
        transaction_code=code,
        structured_type=structured_type,
        communication=communication,
        reference=reference,
        reference_source=source,
        structured=_structured(structured_type, communication),
        payment=cents > 0 and not reversal and code[1:3] in _PAYMENT_FAMILIES,
        reversal=reversal,
        bank_reference=head.text[10:31].strip(),
        customer_reference="" if second is None else second.text[63:98].strip(),
        counterparty_account="" if third is None else _counterparty(third),
        counterparty_name="" if third is None else third.text[47:82].strip(),
        return_reason=("" if second is None else second.text[113:117].strip()) or debit.reason,
        mandate_reference=debit.mandate,
        globalisation=int(head.text[124]),
        information=tuple(_information(record) for record in parts.information),
    )


@dataclass(frozen=True, slots=True)
class _DirectDebit:
    """What the structured zone of a direct debit says: its mandate, and whether and why it was not paid."""

    mandate: str = ""
    unpaid: bool = False
    reason: str = ""


def _direct_debit(zone: str) -> _DirectDebit:
    zone = zone.ljust(146)
    return _DirectDebit(
        mandate=zone[44:79].strip(),
        unpaid=zone[8] in _UNPAID or zone[141] in _R_TRANSACTIONS,
        reason=zone[142:146].strip(),
    )


def _gives_back(code: str) -> bool:
    family, transaction = code[1:3], code[3:5]
    if family in _TRANSFER_FAMILIES:
        return transaction in _RETURNING
    return family == _DIRECT_DEBIT_FAMILY and transaction in _RETURNED_DEBITS


def _counterparty(third: Record) -> str:
    # Usually 34 characters of account and 3 of currency; a Belgian account may be followed by its own extension.
    return third.text[10:44].split(" ")[0]


def _information(record: Record) -> str:
    first, last = {"31": (41, 113), "32": (11, 115), "33": (11, 100)}[record.kind]
    return record.take(first, last).rstrip()


def _structured(structured_type: str | None, communication: str) -> str | None:
    if structured_type in _STRUCTURED_REFERENCES:
        return communication[0:12]
    if structured_type == _ISO_REFERENCE:
        return creditor_reference(communication[0:25])
    return None


def _reference(structured_type: str | None, communication: str) -> tuple[str | None, ReferenceSource | None]:
    if structured_type is None:
        typed = typed_reference(communication)
        return typed, None if typed is None else ReferenceSource.TYPED
    source = _STRUCTURED_REFERENCES.get(structured_type)
    digits = communication[0:12]
    if source is None or not is_structured_communication(digits):
        return None, None
    return digits, source
