"""One booked entry of an ISO 20022 bank statement: the movement it is, or the movement and its details."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from lxml import etree

from services.billing.bank_statements.rules.camt053_fields import at, cents_of, civil_date, line_of, refuse, text_at
from services.billing.bank_statements.rules.statement import (
    Movement,
    ReferenceSource,
    creditor_reference,
    typed_reference,
)
from shared.law.identifiers import is_structured_communication

#: Families of the domain of payments whose credits are money somebody paid: transfers, instant transfers, cash,
#: cheques and cards (ISO 20022 external code list of bank transactions).
_PAYMENT_FAMILIES: Final = frozenset({"RCDT", "RRCT", "CNTR", "RCHQ", "CCRD", "MCRD", "NTAV", "OTHR"})
#: Sub-families that give money back: returned, and payment cancellation; of direct debits that were collected: returned
#: or unpaid, reversed, cancelled.
_GIVING_BACK: Final = frozenset({"RRTN", "RPCR", "UPDD", "PRDD", "RCDD"})
_PRINTED: Final = re.compile(r"[+* ]*([0-9]{3})[/ ]?([0-9]{4})[/ ]?([0-9]{5})[+* ]*")
_NOT_PROVIDED: Final = "NOTPROVIDED"
_YES: Final = frozenset({"true", "1"})


def movements_of(entry: etree._Element, *, sequence: int, cents: int, own_account: str) -> Iterator[Movement]:
    """Give the movement of an entry; one of several transactions is followed by a movement for each of them.

    Args:
        entry: a booked entry.
        sequence: its number in the statement.
        cents: its signed amount.
        own_account: the account of the statement.

    Raises:
        BankFileRefused: ``dateField`` or ``missingElement``, and those of the fields.
    """
    transactions = [found for details in entry.findall("{*}NtryDtls") for found in details.findall("{*}TxDtls")]
    if len(transactions) == 1:
        yield _movement(entry, transactions[0], sequence=sequence, detail=0, cents=cents, own_account=own_account)
        return
    yield _movement(entry, None, sequence=sequence, detail=0, cents=cents, own_account=own_account)
    for number, transaction in enumerate(transactions, start=1):
        part = _detail_cents(transaction, cents)
        yield _movement(entry, transaction, sequence=sequence, detail=number, cents=part, own_account=own_account)


def _detail_cents(transaction: etree._Element, entry_cents: int) -> int:
    """Give the signed amount of a transaction in euro, 0 when the bank gives none: then the entry stays whole."""
    amount = at(transaction, "Amt")
    if amount is None:
        amount = at(transaction, "AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != "EUR":
        return 0
    cents = cents_of(amount, (amount.text or "").strip())
    indicator = text_at(transaction, "CdtDbtInd")
    credit = indicator == "CRDT" if indicator else entry_cents > 0
    return cents if credit else -cents


def _movement(
    entry: etree._Element,
    transaction: etree._Element | None,
    *,
    sequence: int,
    detail: int,
    cents: int,
    own_account: str,
) -> Movement:
    source = entry if transaction is None else transaction
    code = _code(entry)
    reason = text_at(source, "RtrInf/Rsn/Cd")
    reversal = text_at(entry, "RvslInd") in _YES or bool(reason) or code.rpartition("-")[2] in _GIVING_BACK
    account, name = _counterparty(source, incoming=(cents > 0) != reversal, own_account=own_account)
    structured, communication = _remittance(entry, transaction)
    reference, origin = _reference(structured, communication)
    booked_on, value_date = _dates(entry)
    end_to_end = text_at(source, "Refs/EndToEndId")
    return Movement(
        line=line_of(source),
        sequence=sequence,
        detail=detail,
        cents=cents,
        value_date=value_date,
        entry_date=booked_on,
        transaction_code=code,
        structured_type=_structured_type(structured),
        communication=communication or structured or "",
        reference=reference,
        reference_source=origin,
        structured=structured,
        payment=cents > 0 and not reversal and _is_payment(code),
        reversal=reversal,
        bank_reference=text_at(source, "Refs/AcctSvcrRef") or text_at(entry, "AcctSvcrRef"),
        customer_reference="" if end_to_end == _NOT_PROVIDED else end_to_end,
        counterparty_account=account,
        counterparty_name=name,
        return_reason=reason,
        mandate_reference=text_at(source, "Refs/MndtId"),
    )


def _dates(entry: etree._Element) -> tuple[date, date | None]:
    booked, value = at(entry, "BookgDt"), at(entry, "ValDt")
    value_date = None if value is None else civil_date(value)
    if booked is not None:
        return civil_date(booked), value_date
    if value_date is None:
        refuse(entry, "missingElement", "a booked entry has a booking date (BookgDt) or a value date (ValDt)")
    return value_date, value_date


def _code(entry: etree._Element) -> str:
    """Give the bank transaction code: domain, family and sub-family, or the bank's own."""
    domain = text_at(entry, "BkTxCd/Domn/Cd")
    if not domain:
        return text_at(entry, "BkTxCd/Prtry/Cd")
    parts = (domain, text_at(entry, "BkTxCd/Domn/Fmly/Cd"), text_at(entry, "BkTxCd/Domn/Fmly/SubFmlyCd"))
    return "-".join(part for part in parts if part)


def _is_payment(code: str) -> bool:
    domain, _, rest = code.partition("-")
    # A bank that gives only a code of its own leaves the question open: then the reference decides, or a person.
    return not rest or (domain == "PMNT" and rest.partition("-")[0] in _PAYMENT_FAMILIES)


def _counterparty(source: etree._Element, *, incoming: bool, own_account: str) -> tuple[str, str]:
    """Give account and name of the other side: the debtor of money that came in, the creditor of money that left."""
    for party in ("Dbtr", "Cdtr") if incoming else ("Cdtr", "Dbtr"):
        account = text_at(source, f"RltdPties/{party}Acct/Id/IBAN") or text_at(
            source, f"RltdPties/{party}Acct/Id/Othr/Id"
        )
        name = text_at(source, f"RltdPties/{party}/Nm") or text_at(source, f"RltdPties/{party}/Pty/Nm")
        if account == own_account:
            continue
        if account or name:
            return account, name
    return "", ""


def _remittance(entry: etree._Element, transaction: etree._Element | None) -> tuple[str | None, str]:
    """Give the structured reference as it is written, and the free text of a payment."""
    if transaction is None:
        return None, text_at(entry, "AddtlNtryInf")
    information = at(transaction, "RmtInf")
    if information is None:
        return None, text_at(transaction, "AddtlTxInf") or text_at(entry, "AddtlNtryInf")
    references = {
        _bare(text) for structured in information.findall("{*}Strd") if (text := text_at(structured, "CdtrRefInf/Ref"))
    }
    free = " ".join(" ".join((part.text or "").split()) for part in information.findall("{*}Ustrd"))
    # Two references name two debts, and the bank does not say how much is for which.
    return references.pop() if len(references) == 1 else None, free


def _bare(text: str) -> str:
    printed = _PRINTED.fullmatch(text)
    return "".join(printed.groups()) if printed else creditor_reference(text)


def _structured_type(structured: str | None) -> str | None:
    """Give the type a coded statement would give (annex III of the CODA standard)."""
    if structured is None:
        return None
    return "100" if structured.startswith("RF") else "101"


def _reference(structured: str | None, free: str) -> tuple[str | None, ReferenceSource | None]:
    if structured is not None:
        valid = is_structured_communication(structured)
        return (structured, ReferenceSource.STRUCTURED) if valid else (None, None)
    typed = typed_reference(free)
    return typed, None if typed is None else ReferenceSource.TYPED
