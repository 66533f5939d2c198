"""docs/house.md says what the code brings: every subject, fact, procedure, operation and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.contracts.topics import fact_classes
from tests.docs.house import PAGE, SERVICES, Brought, never_twice, page, subjects_of


@pytest.fixture(scope="module")
def house() -> list[Brought]:
    """Every subject of every service."""
    return [one for service in SERVICES for one in subjects_of(service)]


def test_the_page_is_what_the_code_gives() -> None:
    """A new subject, fact, route or key is on the page."""
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: ./auxilia docs"


def test_every_fact_is_told_by_a_subject_of_its_service(house: list[Brought]) -> None:
    """A fact nobody makes would stand on the page without its teller."""
    told = {fact for one in house for fact in one.tells}
    assert {fact.__name__ for fact in fact_classes().values()} - told == set()


def test_every_subject_says_what_it_is(house: list[Brought]) -> None:
    """Each has a README page that begins with a sentence."""
    assert [f"{one.service}/{one.subject}" for one in house if len(one.sentence) < 15] == []


def test_where_a_wrong_match_is_undone_is_found_by_one_search(house: list[Brought]) -> None:
    """What people ask for stands in the sentence of one subject."""
    assert [one.subject for one in house if "wrong match is undone" in one.sentence] == ["undoing"]


def test_keys_of_a_table_are_read_with_their_condition(tmp_path: Path) -> None:
    """A key on one column, one on several and a partial one; a foreign key and a comment are none."""
    (tmp_path / "a.sql").write_text(
        "create table a (\n"
        "  id uuid primary key,  -- unique (name)\n"
        "  b text not null unique check (b <> ''),\n"
        "  c text references d (unique_name),\n"
        "  unique (b, c)\n"
        ");\n"
        "create unique index a_once\n  on a (c) where b is null;\n",
        encoding="utf-8",
    )
    assert never_twice(tmp_path) == [("a", "(b); (b, c); (c) where b is null; (id)")]
