"""Bank files whatever their format: coded statements (CODA) and camt.053, told apart by their first character."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO, Final

from services.billing.bank_statements.rules.camt053 import stream_camt053
from services.billing.bank_statements.rules.coda import stream_coda
from services.billing.bank_statements.rules.statement import BankFileRefused, Movement, Statement, collected

_BLANKS: Final = b" \t\r\n"
_LOOKED_AT: Final = 256
_FIRST_PRINTED: Final = 0x20
#: Blanks, form feed and the end mark of old systems: the only controls a file of text holds.
_TEXT_CONTROLS: Final = b" \t\r\n\x0c\x1a"
#: How a PDF begins.
_PAPER_MARK: Final = b"%PDF"
#: How an XML file begins in UTF-16, where the first byte is no "<".
_WIDE_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class BankFormat(StrEnum):
    """The formats of statements that are read."""

    CODA = "coda"
    CAMT053 = "camt053"


def format_of(source: BinaryIO) -> BankFormat:
    """Tell the format of a file from how it begins, and go back to its beginning."""
    source.seek(0)
    start = source.read(_LOOKED_AT)
    source.seek(0)
    text = start.removeprefix(codecs.BOM_UTF8).lstrip(_BLANKS)
    return BankFormat.CAMT053 if text.startswith(b"<") or start.startswith(_WIDE_MARKS) else BankFormat.CODA


def _is_no_text(source: BinaryIO) -> bool:
    """Tell whether a file begins as pictures, archives and papers do, and go back to its beginning."""
    source.seek(0)
    start = source.read(_LOOKED_AT)
    source.seek(0)
    if start.startswith(_WIDE_MARKS):
        return False
    return start.startswith(_PAPER_MARK) or any(byte < _FIRST_PRINTED and byte not in _TEXT_CONTROLS for byte in start)


def stream_statements(source: BinaryIO) -> Iterator[Movement | Statement]:
    """Give the movements of a file one by one, and after those of each statement the statement itself.

    Args:
        source: the bytes of the file; read from the beginning.

    Raises:
        BankFileRefused: naming the rule format for a file that is no text, else see ``stream_coda`` and
            ``stream_camt053``.
    """
    chosen = format_of(source)
    if _is_no_text(source):
        raise BankFileRefused(line=0, rule="format", detail="not a bank statement (CODA or camt.053)")
    if chosen is BankFormat.CAMT053:
        yield from stream_camt053(source)
    else:
        yield from stream_coda(source)


def read_statements(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a file with its movements, or refuse the file; see ``stream_statements``."""
    return collected(stream_statements(io.BytesIO(content)))
