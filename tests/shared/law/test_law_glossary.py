"""The glossary's code names exist, and every category and law has its entry."""

from __future__ import annotations

import re
from pathlib import Path

from shared.contracts.vocabulary import Category
from shared.law.parameters import Parameters

ROOT = Path(__file__).resolve().parents[3]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def _rows() -> list[list[str]]:
    lines = [line for line in GLOSSARY.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in rows if row[0] not in {"---", "English", "Word", "Short name"}]


def test_every_code_name_exists_in_the_code() -> None:
    folders = (ROOT / "services", ROOT / "shared")
    texts = [
        path.read_text(encoding="utf-8")
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".py", ".yaml"}
    ]
    code = "\n".join(texts)
    names = {name for row in _rows() if len(row) in {3, 6} for name in re.findall(r"`([^`]+)`", " ".join(row))}
    assert len(names) > 80
    missing = sorted(name for name in names if name not in code)
    assert not missing


def test_every_category_is_explained() -> None:
    missing = [str(category) for category in Category if f"`{category}`" not in GLOSSARY]
    assert missing == [], "give it a row in docs/glossary.md"


def test_every_word_has_french_dutch_and_german() -> None:
    for row in _rows():
        if len(row) == 6:
            assert all(row[1:4]), row


def test_short_names_of_laws_used_by_parameters_are_explained() -> None:
    used = {
        match
        for parameter in Parameters.load().by_name.values()
        for match in re.findall(r"\b(AR38|RGS|L1992|LP22|AP15|PAT19|AMI96|IND71|CJ|CEL|Charter)\b", parameter.article)
    }
    explained = {row[0] for row in _rows() if len(row) == 2}
    assert used <= explained
    assert len(used) >= 9
