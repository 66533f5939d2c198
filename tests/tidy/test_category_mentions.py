"""Nobody but the table of the law says what a category means: each other mention of one stands here with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from services.billing.assessment.rules.words import CATEGORY_WORDS
from services.billing.calculator.names import CATEGORIES
from shared.law.categories import Category

ROOT: Final = Path(__file__).resolve().parents[2]
TABLE: Final = "shared/law/categories.py"
WORDS: Final = sorted(
    path
    for path in (ROOT / "services").rglob("*.yaml")
    if path.stem in {"fr", "nl", "de", "en"} and "primoStarter" in path.read_text(encoding="utf-8")
)
#: Files, by name, that name categories, and why that is no answer to what one means.
NAMED_IN: Final = {
    "words.py": "the words for a category in an explanation, complete by a test below",
    "invented.py": "a mix of invented people to measure speed with, as it was on the day of the published figures",
    "generate_samples.py": "who is in the samples",
    "generate_scenario.py": "what those in the samples paid in the years before",
    "0001_initial.sql": "the database refuses what check_terms refuses; a category that is let in needs a migration",
}
#: Words that are a category's and, in these files, the name of an instance.
_OTHER_SENSE: Final = {"settings.py": {"main"}, "layout.py": {"main"}}


def mentions(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Give the lines where a module or a migration names one category: as a member, in quotes, or in SQL."""
    values = {str(category) for category in Category}
    quoted = re.compile(r"'(" + "|".join(sorted(values, key=len, reverse=True)) + r")'")
    # In a sentence, only what is no ordinary word: "spouseMaxi", "article37".
    odd = (re.escape(value) for value in values if not (value.isalpha() and value.islower()))
    in_sentence = re.compile(r"(?<![\w.'`])(" + "|".join(odd) + r")(?![\w.'`])")
    if path.endswith(".sql"):
        for number, line in enumerate(text.splitlines(), start=1):
            yield from ((number, found) for found in quoted.findall(line))
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in Category.__members__:
            if ast.unparse(node.value).split(".")[-1] == "Category":
                yield node.lineno, node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value in values:
                yield node.lineno, node.value
            else:
                yield from ((node.lineno, found) for found in in_sentence.findall(node.value))
            yield from ((node.lineno, found) for found in quoted.findall(node.value))


def walked() -> Iterator[tuple[str, str]]:
    """Give every module and migration of the product with its text."""
    for tree in ("services", "shared", "deploy"):
        for path in sorted((ROOT / tree).rglob("*")):
            if path.suffix in {".py", ".sql"} and str(path.relative_to(ROOT)) != TABLE:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def found_in_product() -> list[tuple[str, int, str]]:
    """Give each mention outside the table whose word has no other sense there."""
    return [
        (path, line, what)
        for path, text in walked()
        for line, what in mentions(path, text)
        if what not in _OTHER_SENSE.get(Path(path).name, set())
    ]


def test_a_category_is_named_in_the_table_or_with_a_reason() -> None:
    assert [found for found in found_in_product() if Path(found[0]).name not in NAMED_IN] == []


def test_each_reason_is_still_needed() -> None:
    assert {Path(path).name for path, _, _ in found_in_product()} == set(NAMED_IN)


@pytest.mark.parametrize(
    "text",
    [
        "known = frozenset({Category.MAIN})",
        "if vocabulary.Category.MAIN is category: pass",
        "match category:\n    case Category.MAIN: pass",
        'answers = {"main": 1}',
        "query = \"select 1 where category = 'main'\"",
    ],
)
def test_every_way_to_name_one_is_seen(text: str) -> None:
    assert [what.lower() for _, what in mentions("services/rule.py", text)] == ["main"]


def test_a_category_in_a_sentence_for_a_person_is_seen() -> None:
    text = 'message = f"only category spouseMaxi or spouseMini helps {whom}, see category.spouseMini"'
    assert [what for _, what in mentions("services/rule.py", text)] == ["spouseMaxi", "spouseMini"]


def test_every_category_has_a_word_in_every_explanation() -> None:
    for words in CATEGORY_WORDS.values():
        assert set(words) == set(Category)


@pytest.mark.parametrize("path", WORDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_category_has_a_word_in_every_letter_and_page(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    groups = [group for group in content.values() if isinstance(group, dict) and "primoStarter" in group]
    assert groups
    assert all(set(Category) <= set(group) for group in groups)


def test_the_words_of_all_services_were_found() -> None:
    assert {path.relative_to(ROOT).parts[1] for path in WORDS} == {"affiliation", "console"}


def test_the_command_line_names_every_category() -> None:
    assert set(CATEGORIES.values()) == set(Category)
    assert {"primo-starter", "article-37", "beyond-pension-age"} < set(CATEGORIES)
