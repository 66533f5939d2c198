"""The structured reference printed on a notice: seven digits of the file, three of the notice, two that check them.

So a payer's reference leads to one notice of one dossier, and a mistyped digit leads nowhere instead of to a stranger.
"""

from __future__ import annotations

from typing import Final

from shared.law.identifiers import structured_communication

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
