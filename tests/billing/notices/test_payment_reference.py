"""References on notices: seven digits of the file, three of the notice, two that check."""

from __future__ import annotations

import pytest

from services.billing.notices.rules import ReferenceExhaustedError, notice_reference
from shared.law.identifiers import is_structured_communication


@pytest.mark.parametrize(
    ("file_number", "notice_number", "digits"),
    [
        (12, 1, "000001200170"),  # 12001 = 123 x 97 + 70
        (97, 97, "000009709797"),  # 97097 = 1001 x 97, remainder 0 is written 97
        (9_999_999, 999, "999999999948"),  # 9999999999 = 103092783 x 97 + 48
    ],
)
def test_known_references(file_number: int, notice_number: int, digits: str) -> None:
    assert notice_reference(file_number=file_number, notice_number=notice_number) == digits
    assert is_structured_communication(digits)


@pytest.mark.parametrize(("file_number", "notice_number"), [(0, 1), (10_000_000, 1), (1, 0), (1, 1000)])
def test_numbers_that_do_not_fit_are_refused(file_number: int, notice_number: int) -> None:
    with pytest.raises(ReferenceExhaustedError):
        notice_reference(file_number=file_number, notice_number=notice_number)
