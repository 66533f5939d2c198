"""Belgian identifiers: national numbers, enterprise numbers, bank accounts and structured communications.

Errors never repeat the number they refuse, because errors end in logs. The printed form of a number in a debugger is
masked for the same reason.
"""

from __future__ import annotations

from datetime import date
from typing import Final, Self

from stdnum import iban as stdnum_iban
from stdnum.be import bis, nn, vat
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

_MODULUS: Final = 97
_COMMUNICATION_BASE_LENGTH: Final = 10
_COMMUNICATION_LENGTH: Final = 12


class InvalidIdentifier(ValueError):
    """An identifier breaks a rule; ``rule`` names it, such as ``nationalNumber.checkDigits``."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


class _Identifier(str):
    """A checked number in its bare form; ``repr`` shows only its last two characters."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}('***{self[-2:]}')"


def _refusal(field: str, label: str, error: ValidationError) -> InvalidIdentifier:
    if isinstance(error, InvalidChecksum):
        return InvalidIdentifier(f"{field}.checkDigits", f"the check digits of the {label} are wrong")
    if isinstance(error, InvalidLength):
        return InvalidIdentifier(f"{field}.length", f"the {label} has a wrong length")
    return InvalidIdentifier(f"{field}.format", f"the {label} is not written as it should be")


class NationalNumber(_Identifier):
    """A national register number or a BIS number: eleven digits whose last two check the others."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check and normalise a number; raises ``InvalidIdentifier``."""
        compact = nn.compact(text)
        try:
            month = int(compact[2:4]) if compact[2:4].isdigit() else 0
            checked = bis.validate(compact) if month > 12 else nn.validate(compact)
        except ValidationError as error:
            raise _refusal("nationalNumber", "national number", error) from None
        return super().__new__(cls, checked)

    @property
    def birth_date(self) -> date | None:
        """Date of birth the number tells, if it tells one (a day or a month may be unknown)."""
        return nn.get_birth_date(str(self))

    def formatted(self) -> str:
        """Write the number as people know it: ``85.07.30-033.28``."""
        return f"{self[0:2]}.{self[2:4]}.{self[4:6]}-{self[6:9]}.{self[9:11]}"


class EnterpriseNumber(_Identifier):
    """A number of the Crossroads Bank for Enterprises: ten digits, the first 0 or 1."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check and normalise a number; raises ``InvalidIdentifier``."""
        try:
            checked = vat.validate(text)
        except ValidationError as error:
            raise _refusal("enterpriseNumber", "enterprise number", error) from None
        return super().__new__(cls, checked)

    def formatted(self) -> str:
        """Write the number as people know it: ``0403.019.261``."""
        return f"{self[0:4]}.{self[4:7]}.{self[7:10]}"


class Iban(_Identifier):
    """An international bank account number without spaces."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check and normalise an account; raises ``InvalidIdentifier``."""
        try:
            # The library's own country check knows a list of banks that ages; the check digits of the country do not.
            checked = stdnum_iban.validate(text.upper(), check_country=False)
        except ValidationError as error:
            raise _refusal("accountNumber", "account number", error) from None
        if checked.startswith("BE") and not _belgian_account_checks(checked):
            raise InvalidIdentifier("accountNumber.checkDigits", "the check digits of the account number are wrong")
        return super().__new__(cls, checked)

    def formatted(self) -> str:
        """Write the account in groups of four: ``BE68 5390 0754 7034``."""
        return " ".join(self[start : start + 4] for start in range(0, len(self), 4))


def _belgian_account_checks(iban: str) -> bool:
    """Tell whether the last two digits of a Belgian account are its first ten modulo 97 (97 when that is zero)."""
    base, check = int(iban[4:14]), int(iban[14:16])
    return check == (base % _MODULUS or _MODULUS)


def structured_communication(base: int) -> str:
    """Give the twelve digits of a structured communication (OGM, VCS) for a number of at most ten digits.

    The last two digits are the number modulo 97, or 97 when that is zero. Raises ``InvalidIdentifier``.
    """
    if not 0 <= base < 10**_COMMUNICATION_BASE_LENGTH:
        raise InvalidIdentifier("structuredCommunication.length", "a structured communication is made of ten digits")
    return f"{base:010d}{base % _MODULUS or _MODULUS:02d}"


def is_structured_communication(digits: str) -> bool:
    """Tell whether a text is twelve digits whose last two check the first ten."""
    if len(digits) != _COMMUNICATION_LENGTH or not (digits.isascii() and digits.isdigit()):
        return False
    return structured_communication(int(digits[:_COMMUNICATION_BASE_LENGTH])) == digits


def format_structured_communication(digits: str) -> str:
    """Write a structured communication as it is printed: ``+++010/8068/17183+++``; raises ``InvalidIdentifier``."""
    if not is_structured_communication(digits):
        raise InvalidIdentifier("structuredCommunication.checkDigits", "the structured communication is not valid")
    return f"+++{digits[0:3]}/{digits[3:7]}/{digits[7:12]}+++"
