"""Reads fields written as text in a file or in a request, and says what can't be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from services.affiliation.breaches.rules import Breach, Remedy
from services.affiliation.people.rules import Address
from shared.contracts.vocabulary import Language
from shared.law.identifiers import InvalidIdentifier

_TEXT_LENGTH_MAX: Final = 100
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BELGIAN_POSTAL_CODE: Final = re.compile(r"[1-9][0-9]{3}")
_POSTAL_CODE: Final = re.compile(r"[0-9A-Z][0-9A-Z -]{1,10}")


class Fields:
    """Reads named fields and collects what is wrong with them, so that a person hears everything at once."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.breaches: list[Breach] = []

    def refuse(self, field: str, rule: str, message: str, *, remedy: Remedy = Remedy.NONE) -> None:
        self.breaches.append(Breach(rule=rule, field=field, message=message, remedy=remedy))

    def optional(self, field: str) -> str | None:
        value = " ".join(self._values.get(field, "").split())
        if len(value) > _TEXT_LENGTH_MAX:
            self.refuse(field, "text.tooLong", f"{field} must not be longer than {_TEXT_LENGTH_MAX} characters")
            return None
        if not value.isprintable():
            self.refuse(field, "text.characters", f"{field} holds characters that cannot be printed")
            return None
        return value or None

    def text(self, field: str) -> str:
        known = len(self.breaches)
        value = self.optional(field)
        if value is None and len(self.breaches) == known:
            self.refuse(field, "field.required", f"{field} must be given")
        return value or ""

    def matching(self, field: str, pattern: re.Pattern[str], rule: str, message: str) -> str:
        value = self.text(field)
        if value and pattern.fullmatch(value) is None:
            self.refuse(field, rule, message)
        return value

    def day(self, field: str) -> date:
        value = self.text(field)
        if not value:
            return date.min
        try:
            day = date.fromisoformat(value) if _DATE.fullmatch(value) else None
        except ValueError:
            day = None
        if day is None:
            self.refuse(field, "date.format", f"{field} must be an existing day written as YYYY-MM-DD")
        return day or date.min

    def identifier(self, field: str, check: Callable[[str], str], *, required: bool = True) -> str | None:
        value = self.text(field) if required else self.optional(field)
        if not value:
            return None
        try:
            return str(check(value))
        except InvalidIdentifier as error:
            self.refuse(field, error.rule, str(error))
            return None

    def one_of(self, field: str, allowed: Mapping[str, object] | frozenset[str], rule: str, message: str) -> str:
        value = self.text(field)
        if value and value not in allowed:
            self.refuse(field, rule, message)
        return value

    def language(self) -> Language:
        names = {language.value: language for language in Language}
        value = self.one_of("language", names, "language.unknown", "language must be fr, nl or de")
        return names.get(value, Language.FRENCH)

    def address(self, *, country: str) -> Address:
        postal_code = self.text("postal_code").upper()
        pattern = _BELGIAN_POSTAL_CODE if country == "BE" else _POSTAL_CODE
        if postal_code and pattern.fullmatch(postal_code) is None:
            expected = "four digits for an address in Belgium" if country == "BE" else "a postal code of its country"
            self.refuse("postal_code", "postalCode.format", f"postal_code must be {expected}")
        return Address(
            street=self.text("street"),
            house_number=self.text("house_number"),
            postal_code=postal_code,
            city=self.text("city"),
            country=country,
        )
