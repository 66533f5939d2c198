"""Writes coded statements of account (CODA, Febelfin standard version 2.6) as a bank would, for the samples.

Only what the samples need: one account, simple incoming credit transfers with a structured or a free communication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

RECORD_LENGTH = 128
INCOMING_TRANSFER = "00150000"
STRUCTURED_TYPE = "101"


@dataclass(frozen=True)
class IncomingTransfer:
    """One payment to the fund.

    Attributes:
        cents: the amount, positive.
        value_date: the day it was credited.
        communication: what the payer wrote, or the twelve digits when ``structured``.
        structured: whether the payer used the field for structured communications.
        account: the payer's account number (IBAN).
        name: the payer's name as the bank knows it.
    """

    cents: int
    value_date: date
    communication: str
    structured: bool
    account: str
    name: str


@dataclass(frozen=True)
class CodedStatement:
    """One statement of one account; amounts are integer cents."""

    account: str
    holder: str
    bic: str
    company_number: str
    sequence: int
    created_on: date
    previous_on: date
    old_balance_cents: int
    transfers: Sequence[IncomingTransfer]


def write_coda(statement: CodedStatement) -> bytes:
    """Return the bytes of a CODA file holding one statement.

    Raises:
        ValueError: a field does not fit its positions.
    """
    new_balance_cents = statement.old_balance_cents + sum(transfer.cents for transfer in statement.transfers)
    lines = [_header(statement), _old_balance(statement)]
    for number, transfer in enumerate(statement.transfers, start=1):
        lines += _movement(number, transfer, entry_date=statement.created_on)
    lines.append(_new_balance(statement, new_balance_cents))
    lines.append(_trailer(len(lines) - 1, sum(transfer.cents for transfer in statement.transfers)))
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _header(statement: CodedStatement) -> str:
    return _record(
        "0",
        "0000",
        _day(statement.created_on),
        "000",
        "05",
        " ",
        " " * 7,
        _text("", 10),
        _text(statement.holder, 26),
        _text(statement.bic, 11),
        _digits(statement.company_number, 11),
        " ",
        "00000",
        _text("", 16),
        _text("", 16),
        " " * 7,
        "2",
    )


def _old_balance(statement: CodedStatement) -> str:
    return _record(
        "1",
        "2",
        _number(statement.sequence, 3),
        _account(statement.account),
        _signed(statement.old_balance_cents),
        _day(statement.previous_on),
        _text(statement.holder, 26),
        _text("contributions", 35),
        _number(statement.sequence, 3),
    )


def _movement(number: int, transfer: IncomingTransfer, *, entry_date: date) -> list[str]:
    if transfer.cents <= 0:
        raise ValueError("cents: an incoming transfer is positive")
    if transfer.structured:
        communication = _text(f"{STRUCTURED_TYPE}{_digits(transfer.communication, 12)}", 53)
    else:
        communication = _text(transfer.communication, 53)
    place = f"{_number(number, 4)}0000"
    first = _record(
        "21",
        place,
        _text(f"BANKREF{number:08d}", 21),
        _signed(transfer.cents),
        _day(transfer.value_date),
        INCOMING_TRANSFER,
        "1" if transfer.structured else "0",
        communication,
        _day(entry_date),
        "000",
        "0",
        "1",
        " ",
        "0",
    )
    end_to_end = _text("NOTPROVIDED", 35)
    second = _record("22", place, _text("", 53), end_to_end, _text("", 11), " " * 3, " ", _text("", 12), "1", " ", "0")
    counterparty = _text(f"{transfer.account:<34}EUR", 37)
    third = _record("23", place, counterparty, _text(transfer.name, 35), _text("", 43), "0", " ", "0")
    return [first, second, third]


def _new_balance(statement: CodedStatement, cents: int) -> str:
    return _record(
        "8",
        _number(statement.sequence, 3),
        _account(statement.account),
        _signed(cents),
        _day(statement.created_on),
        " " * 64,
        "0",
    )


def _trailer(counted: int, credit_cents: int) -> str:
    return _record("9", " " * 15, _number(counted, 6), _amount(0), _amount(credit_cents), " " * 75, "2")


def _record(*fields: str) -> str:
    line = "".join(fields)
    if len(line) != RECORD_LENGTH:
        raise ValueError(f"record {line[:2]!r} has {len(line)} characters instead of {RECORD_LENGTH}")
    return line


def _account(iban: str) -> str:
    return f"{_text(iban, 31)}{_text('', 3)}EUR"


def _signed(cents: int) -> str:
    return f"{'1' if cents < 0 else '0'}{_amount(abs(cents))}"


def _amount(cents: int) -> str:
    return _number(cents * 10, 15)


def _day(day: date) -> str:
    return day.strftime("%d%m%y")


def _number(value: int, width: int) -> str:
    return _digits(f"{value:0{width}d}", width)


def _digits(text: str, width: int) -> str:
    if not text.isdigit() or len(text) > width:
        raise ValueError(f"{text!r}: must be at most {width} digits")
    return text.zfill(width)


def _text(text: str, width: int) -> str:
    if len(text) > width or not text.isascii():
        raise ValueError(f"{text!r}: must be at most {width} ASCII characters")
    return text.ljust(width)
