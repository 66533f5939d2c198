"""The notice of contribution in three languages: what must be in it, and what it says in each situation."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml
from pypdf import PdfReader

from services.billing.assessment.rules import ExplanationLine
from services.billing.correspondence.letters import WORDS
from services.billing.correspondence.rules.notice import Notice
from services.billing.notices.letters import TEMPLATE, document_name, notice_data
from shared.contracts.vocabulary import Language
from shared.correspondence.addressee import Addressee
from shared.law.fund import Fund
from shared.law.quarter import Quarter
from shared.platform.people.documents import render

#: What a reader must find, whatever the wording around it.
MENTIONS = {
    "fr": [
        "1er trimestre 2026",
        "31 mars 2026",
        "majoration de 3 %",
        "majoration unique de 7 %",
        "plan de paiement",
        "droit passerelle",
    ],
    "nl": [
        "1e kwartaal van 2026",
        "31 maart 2026",
        "verhoging van 3 %",
        "eenmalige verhoging van 7 %",
        "afbetalingsplan",
        "overbruggingsrecht",
    ],
    "de": [
        "1. Quartal 2026",
        "31. März 2026",
        "Zuschlag von 3 %",
        "einmaligen Zuschlag von 7 %",
        "Zahlungsplan",
        "Überbrückungsrecht",
    ],
}


def _notice(*, credit: int = 0) -> Notice:
    return Notice(
        reference="000001200170",
        file_number=12,
        quarter=Quarter(2026, 1),
        issued_on=date(2026, 1, 5),
        due_on=date(2026, 3, 31),
        contribution_cents=890_42,
        fee_cents=37_84,
        charged_cents=928_26,
        credit_used_cents=credit,
        quarterly_rate=Decimal("0.03"),
        yearly_rate=Decimal("0.07"),
        explanation=(ExplanationLine(text="A reason.", amount_cents=None, article="AR38 art. 12"),),
    )


def _addressee(language: str) -> Addressee:
    return Addressee(
        name="Camille Exemplemont",
        language=Language(language),
        street="rue de l'Exemple 1",
        city="5000 Namur",
        country="BE",
    )


def _data(fund: Fund, language: str, *, credit: int = 0) -> dict[str, Any]:
    return notice_data(notice=_notice(credit=credit), addressee=_addressee(language), fund=fund.on(date(2026, 1, 5)))


def _kinds(data: dict[str, Any]) -> list[str]:
    return [block["kind"] for block in data["blocks"]]


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_the_letter_holds_everything_it_must(fund: Fund, language: str) -> None:
    pdf = render(TEMPLATE, _data(fund, language))
    pages = PdfReader(io.BytesIO(pdf)).pages
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages)).replace("\u00a0", " ")
    fixed = [
        "928,26 EUR",
        "890,42 EUR",
        "37,84 EUR",
        "+++000/0012/00170+++",
        "BE16 9990 0001 0174",
        "Camille Exemplemont",
    ]
    for mention in [*fixed, *MENTIONS[language], "A reason.", "0000012", "+32 2 555 00 00"]:
        assert mention in text, mention
    assert "{" not in text
    assert len(pages) == 2


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_the_same_notice_gives_the_same_bytes(fund: Fund, language: str) -> None:
    assert render(TEMPLATE, _data(fund, language)) == render(TEMPLATE, _data(fund, language))


def test_a_credit_is_deducted_before_eyes(fund: Fund) -> None:
    data = _data(fund, "fr", credit=28_26)
    table = data["blocks"][1]
    assert [row[-1].replace("\u00a0", " ") for row in table["rows"]] == ["890,42 EUR", "37,84 EUR", "-28,26 EUR"]
    assert table["total"][-1].replace("\u00a0", " ") == "900,00 EUR"
    assert "payés en trop" in data["blocks"][0]["text"]


def test_nothing_to_pay_shows_no_way_to_pay(fund: Fund) -> None:
    assert "payment" in _kinds(_data(fund, "nl"))
    covered = _data(fund, "nl", credit=928_26)
    assert "payment" not in _kinds(covered)
    assert "u hoeft niets te betalen" in covered["blocks"][0]["text"]


def test_the_three_languages_say_the_same_things() -> None:
    def keys(node: Any, path: str = "") -> set[str]:
        if isinstance(node, dict):
            return {found for name, child in node.items() for found in keys(child, f"{path}.{name}")}
        return {path}

    words = {language: yaml.safe_load((WORDS / f"{language}.yaml").read_text("utf-8")) for language in MENTIONS}
    assert keys(words["fr"]) == keys(words["nl"]) == keys(words["de"])
    for name in sorted(keys(words["fr"])):
        used = [set(re.findall(r"{(\w+)}", str(_at(words[language], name)))) for language in words]
        assert used[0] == used[1] == used[2], name


def _at(node: Any, path: str) -> Any:
    for name in path.strip(".").split("."):
        node = node[name]
    return node


def test_the_name_of_the_letter_is_the_file_number() -> None:
    assert document_name(_notice(), "nl") == "notices/2026Q1/0000012-nl.pdf"


def test_an_addressee_is_not_printed_by_accident() -> None:
    assert "Exemplemont" not in repr(_addressee("fr"))
