"""The notice to a company in three languages: amount, reason, consequence, and how to pay."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from services.billing.company_contributions.letters import CompanyNotice, company_notice_data, document_name
from services.billing.correspondence.letters import TEMPLATE
from shared.contracts.vocabulary import Language
from shared.correspondence.addressee import Addressee
from shared.law.fund import Fund
from shared.platform.people.documents import render

#: What a reader must find, whatever the wording around it.
MENTIONS = {
    "fr": ["31 décembre 2026", "1 022,38", "879 163,45", "31 décembre 2024", "majoration de 1 %", "article 93"],
    "nl": ["31 december 2026", "1.022,38", "879.163,45", "31 december 2024", "verhoging van 1 %", "artikel 93"],
    "de": ["31. Dezember 2026", "1.022,38", "879.163,45", "31. Dezember 2024", "Zuschlag von 1 %", "Artikel 93"],
}


def _notice(*, credit: int = 0, balance: int | None = 879_163_45) -> CompanyNotice:
    return CompanyNotice(
        reference="000001200170",
        file_number=12,
        year=2026,
        issued_on=date(2026, 9, 12),
        due_on=date(2026, 12, 31),
        charged_cents=1_022_38,
        credit_used_cents=credit,
        size="large",
        financial_year_end=None if balance is None else date(2024, 12, 31),
        balance_total_cents=balance,
        limit_cents=None if balance is None else 879_163_44,
        monthly_rate=Decimal("0.01"),
    )


def _addressee(language: str) -> Addressee:
    return Addressee(
        name="Voorbeeldbouw NV", language=Language(language), street="Proefweg 22", city="9000 Gent", country="BE"
    )


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_the_letter_says_what_must_be_said(fund: Fund, language: str) -> None:
    data = company_notice_data(notice=_notice(), addressee=_addressee(language), fund=fund.on(date(2026, 9, 12)))
    text = PdfReader(io.BytesIO(render(TEMPLATE, data))).pages[0].extract_text()
    plain = " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())
    # Hyphenation at the end of a line parts a word; no mention depends on it.
    assert [mention for mention in MENTIONS[language] if mention not in plain] == []
    assert "+++000/0012/00170+++" in plain


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_a_paid_contribution_has_no_box_to_pay_by(fund: Fund, language: str) -> None:
    notice = _notice(credit=1_022_38, balance=None)
    data = company_notice_data(notice=notice, addressee=_addressee(language), fund=fund.on(date(2026, 9, 12)))
    assert "payment" not in [block["kind"] for block in data["blocks"]]
    assert document_name(notice, language) == f"notices/2026-companies/0000012-{language}.pdf"
