"""Belgian identifiers: published examples, broken ones, and silence about the numbers themselves."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.law.identifiers import (
    EnterpriseNumber,
    Iban,
    InvalidIdentifier,
    NationalNumber,
    format_structured_communication,
    is_structured_communication,
    structured_communication,
)


@pytest.mark.parametrize(
    ("text", "expected", "born"),
    [
        ("85.07.30-033.28", "85073003328", date(1985, 7, 30)),
        ("17073003384", "17073003384", date(2017, 7, 30)),
        ("98 47 28 997 65", "98472899765", date(1998, 7, 28)),
        ("01490700185", "01490700185", date(2001, 9, 7)),
    ],
)
def test_national_and_bis_numbers(text: str, expected: str, born: date) -> None:
    number = NationalNumber(text)
    assert number == expected
    assert number.birth_date == born
    assert NationalNumber(number.formatted()) == number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("85073003329", "nationalNumber.checkDigits"),
        ("8507300332", "nationalNumber.length"),
        ("", "nationalNumber.format"),
        ("8507300332X", "nationalNumber.format"),
    ],
)
def test_wrong_national_numbers_name_the_rule_and_not_the_number(text: str, rule: str) -> None:
    with pytest.raises(InvalidIdentifier) as caught:
        NationalNumber(text)
    assert caught.value.rule == rule
    assert text == "" or text not in str(caught.value)
    assert caught.value.__cause__ is None


def test_numbers_are_masked_where_programmers_print_them() -> None:
    assert repr(NationalNumber("85073003328")) == "NationalNumber('***28')"
    assert repr(Iban("BE68 5390 0754 7034")) == "Iban('***34')"


def test_enterprise_numbers() -> None:
    assert EnterpriseNumber("BE 0403.019.261") == "0403019261"
    assert EnterpriseNumber("0428759497").formatted() == "0428.759.497"
    with pytest.raises(InvalidIdentifier) as caught:
        EnterpriseNumber("0431150351")
    assert caught.value.rule == "enterpriseNumber.checkDigits"
    with pytest.raises(InvalidIdentifier) as caught:
        EnterpriseNumber("2403019261")
    assert caught.value.rule == "enterpriseNumber.format"


def test_accounts() -> None:
    assert Iban("be68 5390 0754 7034") == "BE68539007547034"
    assert Iban("BE68539007547034").formatted() == "BE68 5390 0754 7034"
    with pytest.raises(InvalidIdentifier) as caught:
        Iban("BE69539007547034")
    assert caught.value.rule == "accountNumber.checkDigits"
    with pytest.raises(InvalidIdentifier) as caught:
        Iban("BE41539007547035")
    assert caught.value.rule == "accountNumber.checkDigits", "a Belgian account has check digits of its own"
    assert Iban("NL91 ABNA 0417 1643 00") == "NL91ABNA0417164300"


def test_structured_communications() -> None:
    assert structured_communication(108068171) == "010806817183"
    assert format_structured_communication("010806817183") == "+++010/8068/17183+++"
    assert not is_structured_communication("010806817180")
    assert not is_structured_communication("01080681718")
    assert not is_structured_communication("٠١٠٨٠٦٨١٧١٨٣")
    assert structured_communication(97) == "000000009797", "a remainder of zero is written 97"
    with pytest.raises(InvalidIdentifier):
        structured_communication(10**10)
    with pytest.raises(InvalidIdentifier):
        format_structured_communication("010806817180")


@given(st.integers(0, 10**10 - 1), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(base: int, position: int, shift: int) -> None:
    digits = structured_communication(base)
    assert is_structured_communication(digits)
    wrong = digits[:position] + str((int(digits[position]) + shift) % 10) + digits[position + 1 :]
    assert not is_structured_communication(wrong)
