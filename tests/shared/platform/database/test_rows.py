"""Rows: a column becomes a member where the field is an enumeration."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shared.contracts.vocabulary import Category, Language
from shared.platform.database.rows import row_of


@dataclass(frozen=True, kw_only=True)
class Told:
    """A row with an enumeration that is always there and one that may be absent."""

    number: int
    language: Language
    category: Category | None
    told: tuple[Category, ...] = ()


def test_a_column_becomes_a_member() -> None:
    found = row_of(Told, number=1, language="nl", category="main")
    assert (found.language, found.category) == (Language.DUTCH, Category.MAIN)
    assert type(found.category) is Category


def test_what_is_absent_and_what_is_a_list_stay_as_they_are() -> None:
    found = row_of(Told, number=1, language="fr", category=None, told=(Category.STUDENT,))
    assert (found.category, found.told) == (None, (Category.STUDENT,))


def test_an_unknown_value_and_an_unknown_column_fail() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        row_of(Told, number=1, language="xx", category=None)
    with pytest.raises(TypeError, match="colour"):
        row_of(Told, number=1, language="fr", category=None, colour="red")
