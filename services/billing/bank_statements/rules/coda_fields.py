"""Fields of a CODA record: fixed positions, counted from 1 as the standard of Febelfin (version 2.6) counts them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final, NoReturn

from services.billing.bank_statements.rules.statement import BankFileRefused

RECORD_LENGTH: Final = 128
_CENTURY: Final = 2000
#: A record of 128 characters of at most four bytes each.
_LONGEST_RECORD: Final = 4 * RECORD_LENGTH
#: A line is never read further than this: a file without line ends must not fill the memory.
_LONGEST_LINE: Final = 64 * 1024
#: What may stand after the last record: line ends, the end-of-file character of old systems, zero bytes.
_FILLING: Final = b"\x1a\x00\r\n"


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a CODA file with its number."""

    line: int
    text: str

    @property
    def kind(self) -> str:
        """``0``, ``1``, ``8``, ``4``, ``9``, or two digits for movements (``21``) and information (``31``)."""
        return self.text[0:2] if self.text[0] in "23" else self.text[0]

    def take(self, first: int, last: int) -> str:
        """Return the characters from position ``first`` to ``last``, both included."""
        return self.text[first - 1 : last]

    def refuse(self, rule: str, detail: str) -> NoReturn:
        """Refuse the whole file for what this record says."""
        raise BankFileRefused(line=self.line, rule=rule, detail=detail)

    def number(self, first: int, last: int, name: str) -> int:
        """Return a zero-filled number; a blank or a letter refuses the file (``numericField``)."""
        digits = self.take(first, last)
        if not (digits.isascii() and digits.isdigit()):
            self.refuse("numericField", f"{name} at positions {first}-{last} must hold digits only")
        return int(digits)

    def day(self, first: int, name: str) -> date:
        """Return a date written as DDMMYY of this century; an impossible date refuses the file (``dateField``)."""
        digits = self.take(first, first + 5)
        if not (digits.isascii() and digits.isdigit()):
            self.refuse("dateField", f"{name} at positions {first}-{first + 5} must be a date written as DDMMYY")
        try:
            return date(_CENTURY + int(digits[4:6]), int(digits[2:4]), int(digits[0:2]))
        except ValueError:
            self.refuse("dateField", f"{name} at positions {first}-{first + 5} is not a day of the calendar")

    def optional_day(self, first: int, name: str) -> date | None:
        """Return a date, or None when the bank wrote 000000 because it does not know it."""
        return None if self.take(first, first + 5) == "000000" else self.day(first, name)

    def unsigned_cents(self, first: int, name: str) -> int:
        """Return an amount of 12 digits and 3 decimals in cents.

        A third decimal other than zero refuses the file (``thirdDecimal``): the euro has two, and dropping one
        would lose money in silence.
        """
        thousandths = self.number(first, first + 14, name)
        cents, rest = divmod(thousandths, 10)
        if rest:
            self.refuse("thirdDecimal", f"{name} at positions {first}-{first + 14} holds a third decimal other than 0")
        return cents

    def signed_cents(self, sign_at: int, name: str) -> int:
        """Return the amount that follows its sign digit: 0 is a credit (positive), 1 a debit (negative)."""
        sign = self.take(sign_at, sign_at)
        if sign not in {"0", "1"}:
            self.refuse("signField", f"the sign of the {name} at position {sign_at} must be 0 or 1")
        cents = self.unsigned_cents(sign_at + 1, name)
        return cents if sign == "0" else -cents

    def flag(self, position: int, rule: str, name: str) -> bool:
        """Return a code of 0 or 1; anything else refuses the file under ``rule``."""
        code = self.take(position, position)
        if code not in {"0", "1"}:
            self.refuse(rule, f"the {name} at position {position} must be 0 or 1")
        return code == "1"


def read_records(source: BinaryIO) -> Iterator[Record]:
    """Cut a file into records of 128 characters, one after the other, so that a file of any size takes little memory.

    Lines may end with CRLF or LF, or not at all; ASCII, UTF-8 and ISO-8859-1 are read. An end-of-file character and
    empty lines at the end are left aside.

    Raises:
        BankFileRefused: ``emptyFile`` or ``recordLength``, when the file is read so far.
    """
    number = 0
    empty_at = 0
    for raw in _lines(source):
        number += 1
        text = _decode(raw)
        if not text:
            empty_at = empty_at or number
            continue
        if empty_at:
            raise _wrong_length(empty_at, 0)
        if len(text) != RECORD_LENGTH:
            raise _wrong_length(number, len(text))
        yield Record(line=number, text=text)
    if number == 0 or empty_at == 1:
        raise BankFileRefused(line=0, rule="emptyFile", detail="the file holds no record")


def _wrong_length(line: int, length: int) -> BankFileRefused:
    return BankFileRefused(
        line=line, rule="recordLength", detail=f"a record has {RECORD_LENGTH} characters and this one has {length}"
    )


def _lines(source: BinaryIO) -> Iterator[bytes]:
    first = source.readline(_LONGEST_LINE).removeprefix(codecs.BOM_UTF8)
    if _holds_several(first):
        yield from _unbroken(first, source)
        return
    while first:
        yield first.rstrip(_FILLING)
        first = source.readline(_LONGEST_LINE)


def _holds_several(first: bytes) -> bool:
    """Tell whether what has no line end holds more than one record; a short one must be whole records for that."""
    content = first.rstrip(_FILLING)
    if first.endswith(b"\n") or len(content) <= RECORD_LENGTH:
        return False
    return len(content) > _LONGEST_RECORD or len(_decode_unbroken(content)) % RECORD_LENGTH == 0


def _unbroken(first: bytes, source: BinaryIO) -> Iterator[bytes]:
    """Cut a file without line ends; characters of two bytes make its records longer than 128 bytes."""
    waiting = first
    while more := source.read(_LONGEST_LINE):
        waiting += more
        cut = len(waiting) - len(waiting) % RECORD_LENGTH
        if not waiting.isascii():
            break
        for start in range(0, cut, RECORD_LENGTH):
            yield waiting[start : start + RECORD_LENGTH]
        waiting = waiting[cut:]
    text = _decode_unbroken((waiting + source.read()).rstrip(_FILLING))
    for start in range(0, len(text), RECORD_LENGTH):
        yield text[start : start + RECORD_LENGTH].encode()


def _decode_unbroken(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")
    return text if len(text) % RECORD_LENGTH == 0 else content.decode("iso-8859-1")


def _decode(raw: bytes) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("iso-8859-1")
    return text if len(text) == RECORD_LENGTH else raw.decode("iso-8859-1")
