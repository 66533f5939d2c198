"""Bank files whatever their format: coded statements (CODA) and camt.053, told apart by their first character."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO, Final

from services.billing.domain.camt053 import stream_camt053
from services.billing.domain.coda import stream_coda
from services.billing.domain.statement import Movement, Statement, collected

_BLANKS: Final = b" \t\r\n"
_LOOKED_AT: Final = 256
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


def stream_statements(source: BinaryIO) -> Iterator[Movement | Statement]:
    """Give the movements of a file one by one, and after those of each statement the statement itself.

    Args:
        source: the bytes of the file; read from the beginning.

    Raises:
        BankFileRefused: see ``stream_coda`` and ``stream_camt053``.
    """
    if format_of(source) is BankFormat.CAMT053:
        yield from stream_camt053(source)
    else:
        yield from stream_coda(source)


def read_statements(content: bytes) -> tuple[Statement, ...]:
    """Read every statement of a file with its movements, or refuse the file; see ``stream_statements``."""
    return collected(stream_statements(io.BytesIO(content)))
