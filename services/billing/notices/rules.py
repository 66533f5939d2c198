"""The structured reference printed on a notice: seven digits of the file, three of the notice, two that check them.

So a payer's reference leads to one notice of one dossier, and a mistyped digit leads nowhere instead of to a stranger.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from shared.law.identifiers import structured_communication

#: Digits of a reference.
REFERENCE_DIGITS: Final = 12
_NOTICES_MAX: Final = 999
_FILES_MAX: Final = 9_999_999


class ReferenceExhaustedError(ValueError):
    """A dossier has used the 999 notice numbers a reference can hold."""


def notice_reference(*, file_number: int, notice_number: int) -> str:
    """Give the twelve digits of the structured reference of a notice.

    Args:
        file_number: number of the file, 1 to 9,999,999.
        notice_number: how many notices the dossier had before this one, plus one.

    Raises:
        ReferenceExhaustedError: the numbers do not fit in a reference.
    """
    if not 1 <= file_number <= _FILES_MAX or not 1 <= notice_number <= _NOTICES_MAX:
        raise ReferenceExhaustedError(f"a reference holds files 1-{_FILES_MAX} and notices 1-{_NOTICES_MAX}")
    return structured_communication(file_number * 1000 + notice_number)


def notice_references() -> pl.Expr:
    """Give the references of the columns ``file_number`` and ``notice_number``, as ``notice_reference`` gives each.

    The column holds null where the numbers do not fit in a reference.
    """
    files, notices = pl.col("file_number"), pl.col("notice_number")
    base = files * 1000 + notices
    rest = base % 97
    check = pl.when(rest == 0).then(97).otherwise(rest)
    fits = files.is_between(1, _FILES_MAX) & notices.is_between(1, _NOTICES_MAX)
    digits = pl.concat_str(base.cast(pl.String).str.zfill(10), check.cast(pl.String).str.zfill(2))
    return pl.when(fits).then(digits).alias("reference")
