"""What a statement of account and the certificates call each thing: fines by their name, and no day that is not so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.billing.account_statements.letters import AccountStatement, OpenLine, account_statement
from services.billing.certificates.letters import payment_certificate, tax_certificate
from services.billing.certificates.rules import CertifiedQuarter, PaidInYear, PaidQuarter, Standing
from shared.contracts.vocabulary import Language
from shared.correspondence.addressee import Addressee
from shared.law.fund import Fund
from shared.law.quarter import Quarter

DAY = date(2026, 10, 1)


def _addressee(language: str) -> Addressee:
    return Addressee(
        name="Camille Exemplemont",
        language=Language(language),
        street="rue de l'Exemple 1",
        city="5000 Namur",
        country="BE",
    )


def _plain(data: Any) -> str:
    return str(data).replace("\\xa0", " ").replace("\\u202f", " ").replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "fr",
            [
                "1er trimestre 2026 – cotisation, échéance le 31 mars 2026",
                "1er trimestre 2026 – frais de recouvrement du 4 septembre 2026",
                "1er trimestre 2026 – majorations",
                "3e trimestre 2026 – amende du 1er septembre 2026",
            ],
        ),
        (
            "nl",
            [
                "1e kwartaal van 2026 – bijdrage, vervaldag 31 maart 2026",
                "1e kwartaal van 2026 – invorderingskosten van 4 september 2026",
                "1e kwartaal van 2026 – verhogingen",
                "3e kwartaal van 2026 – boete van 1 september 2026",
            ],
        ),
        (
            "de",
            [
                "1. Quartal 2026 – Beitrag, fällig am 31. März 2026",
                "1. Quartal 2026 – Beitreibungskosten vom 4. September 2026",
                "1. Quartal 2026 – Zuschläge",
                "3. Quartal 2026 – Geldbuße vom 1. September 2026",
            ],
        ),
    ],
)
def test_only_contributions_and_fees_have_a_last_day(fund: Fund, language: str, lines: list[str]) -> None:
    quarters = {"principal": Quarter(2026, 1), "cost": Quarter(2026, 1), "surcharge": Quarter(2026, 1)}
    charged = {"principal": date(2026, 1, 5), "cost": date(2026, 9, 4), "fine": date(2026, 9, 1)}
    statement = AccountStatement(
        file_number=12,
        day=DAY,
        lines=[
            OpenLine(
                quarter=quarters.get(kind, Quarter(2026, 3)),
                kind=kind,
                open_cents=100_00,
                due_on=quarters.get(kind, Quarter(2026, 3)).last_day,
                charged_on=charged.get(kind),
                reference=None,
            )
            for kind in ("principal", "cost", "surcharge", "fine")
        ],
        accrued_interest_cents=0,
        credit_cents=0,
    )
    data = account_statement(statement=statement, addressee=_addressee(language), fund=fund.on(DAY))
    (table,) = [block for block in data["blocks"] if block["kind"] == "table"]
    assert [_plain(row[0]) for row in table["rows"]] == lines


@pytest.mark.parametrize(
    ("language", "with_fine", "without", "name"),
    [
        (
            "fr",
            "majorations, intérêts, frais et amendes, dont 990,62 EUR restent ouverts ; 750,00 EUR",
            "et frais, dont",
            "amende",
        ),
        (
            "nl",
            "kosten en boetes niet begrepen; daarvan staat nog 990,62 EUR open, waarvan 750,00 EUR",
            "en kosten niet",
            "boete",
        ),
        (
            "de",
            "Geldbußen sind in diesen Beträgen nicht enthalten; davon sind noch 990,62 EUR offen, darunter 750,00 EUR",
            "und Kosten sind",
            "Geldbuße",
        ),
    ],
)
def test_a_certificate_names_fines_when_there_are_any(
    fund: Fund, language: str, with_fine: str, without: str, name: str
) -> None:
    assert with_fine in _payment(fund, language, fines_cents=750_00)
    plain = _payment(fund, language, fines_cents=0)
    assert without in plain
    assert name not in plain
    assert name in _tax(fund, language, fines_cents=750_00)
    assert name not in _tax(fund, language, fines_cents=0)


def _payment(fund: Fund, language: str, *, fines_cents: int) -> str:
    standing = Standing(
        day=DAY,
        file_number=12,
        company=False,
        quarters=(CertifiedQuarter(quarter=Quarter(2024, 1), charged=True, due_cents=100_00, paid_cents=100_00),),
        not_due_cents=0,
        accessories_open_cents=990_62,
        fines_open_cents=fines_cents,
    )
    return _plain(payment_certificate(standing=standing, addressee=_addressee(language), fund=fund.on(DAY)))


def _tax(fund: Fund, language: str, *, fines_cents: int) -> str:
    paid = PaidInYear(
        file_number=12,
        company=False,
        contributions_cents=100_00,
        accessories_cents=990_62,
        fines_cents=fines_cents,
        quarters=(PaidQuarter(quarter=Quarter(2026, 1), cents=100_00),),
    )
    return _plain(tax_certificate(paid=paid, year=2026, day=DAY, addressee=_addressee(language), fund=fund.on(DAY)))
