"""Every letter that is handed over says in three languages what it is, before it is opened, and the same in each."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.billing.account_statements.service import STATEMENT_DOCUMENT as ACCOUNT_STATEMENT
from services.billing.certificates.service import PAYMENT_CERTIFICATE, TAX_CERTIFICATE
from services.billing.correspondence.clients import LETTER_SUBJECTS
from services.billing.correspondence.rules.channels import NOTICE_DOCUMENT
from services.billing.money_out.service.mandates import ANNOUNCEMENT_DOCUMENT

PROJECT: Final = Path(__file__).resolve().parents[3]
BILLING: Final = PROJECT / "services/billing"
LANGUAGES: Final = ("fr", "nl", "de")
#: Who asks for a statement of account reads it at once; a notice is handed over with a subject of its own.
NOT_BY_KIND: Final = {ACCOUNT_STATEMENT, NOTICE_DOCUMENT}
#: Modules that keep letters of a kind they are given, with these kinds.
KEEPERS: Final = {"services.billing.certificates.service": {TAX_CERTIFICATE, PAYMENT_CERTIFICATE}}
#: The words of letters, wherever their subject keeps them.
WORDS: Final = sorted(path for path in BILLING.rglob("*.yaml") if path.parent.name == "words")


def kept_letters() -> Iterator[str]:
    """Yield the kind of each letter that billing makes and keeps."""
    for path in sorted(BILLING.rglob("*.py")):
        module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "store_document":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                if ast.unparse(given["media_type"]) == "'application/pdf'":
                    yield from _kinds(module, given["kind"])


def _kinds(module: str, kind: ast.expr) -> set[str]:
    if isinstance(kind, ast.Constant):
        return {str(kind.value)}
    names = ast.unparse(kind).split(".")
    made: Any = importlib.import_module(module)
    if hasattr(made, names[0]):
        return {str(reduce(getattr, names, made))}
    assert module in KEEPERS, f"{module} keeps letters of a kind it is given: say in KEEPERS which"
    return KEEPERS[module]


def test_every_kind_of_letter_has_a_subject_in_each_language() -> None:
    letters = set(kept_letters()) - NOT_BY_KIND
    assert ANNOUNCEMENT_DOCUMENT in letters
    assert letters - set(LETTER_SUBJECTS) == set(), "say in LETTER_SUBJECTS (correspondence/clients.py) what they are"
    assert set(LETTER_SUBJECTS) - letters == set(), "no such letter is made"
    for subjects in LETTER_SUBJECTS.values():
        assert set(subjects) == set(LANGUAGES)
        assert len(set(subjects.values())) == len(subjects)


def _said(words: Any, place: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each place of a file of words with the values its sentence asks for."""
    if isinstance(words, dict):
        for name, below in words.items():
            yield from _said(below, f"{place}.{name}")
    else:
        yield place, frozenset(re.findall(r"\{(\w+)\}", str(words)))


@pytest.mark.parametrize("french", [path for path in WORDS if path.stem.split(".")[-1] == "fr"], ids=lambda p: p.name)
def test_a_letter_says_the_same_in_each_language(french: Path) -> None:
    first, *others = (
        dict(_said(yaml.safe_load(french.with_name(french.name.replace("fr.yaml", f"{one}.yaml")).read_text("utf-8"))))
        for one in LANGUAGES
    )
    for other in others:
        assert other == first


@pytest.mark.parametrize("path", [path for path in WORDS if path.stem.endswith("de")], ids=lambda p: p.name)
def test_a_surcharge_is_zuschlag_in_every_german_letter(path: Path) -> None:
    """An Erhöhung is what somebody asks who wants to contribute more, in the words of statements and requests."""
    if path.name != "statement.de.yaml":
        assert "Erhöhung" not in path.read_text(encoding="utf-8")
