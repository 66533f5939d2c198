"""The notice of the yearly contribution of a company. Pure, so that it can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml

from services.billing.correspondence.letters.pieces import (
    day_text,
    fund_block,
    payment_block,
    percent_text,
    recipient_block,
)
from services.billing.correspondence.letters.plain_letter import WORDS
from services.billing.correspondence.rules.addressee import Addressee
from shared.law.fund import FundSettings
from shared.law.money import format_euro


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyNotice:
    """The contribution of a year that is claimed from a company.

    Attributes:
        reference: twelve digits of the structured reference.
        size: small or large.
        balance_total_cents: None when no balance sheet decided the size.
        monthly_rate: increase per calendar month of lateness (L1992 art. 93), 0.01.
    """

    reference: str
    file_number: int
    year: int
    issued_on: date
    due_on: date
    charged_cents: int
    credit_used_cents: int
    size: str
    financial_year_end: date | None
    balance_total_cents: int | None
    limit_cents: int | None
    monthly_rate: Decimal

    @property
    def to_pay_cents(self) -> int:
        """What is left to pay after a credit was used."""
        return max(0, self.charged_cents - self.credit_used_cents)


def document_name(notice: CompanyNotice, language: str) -> str:
    """Give the name of the letter in a folder, for example ``notices/2026-companies/0000012-fr.pdf``."""
    return f"notices/{notice.year}-companies/{notice.file_number:07d}-{language}.pdf"


def company_notice_data(*, notice: CompanyNotice, addressee: Addressee, fund: FundSettings) -> dict[str, Any]:
    """Return what the template prints, in the addressee's language.

    Args:
        notice: the contribution that is claimed.
        addressee: the company.
        fund: the fund on the day of the letter.
    """
    language = str(addressee.language)
    words = _words(language)
    filled = _filled(notice, fund, language, words)
    signatory = fund.signatory_of("letter")
    return {
        "businessDate": notice.issued_on,
        "language": language,
        "subject": words["title"].format(**filled),
        "dateLine": f"{fund.address.city[language]}, {day_text(words, notice.issued_on)}",
        "fileNumber": words["file"].format(**filled),
        "fund": fund_block(fund, language),
        "recipient": recipient_block(addressee),
        "greeting": words["greeting"],
        "blocks": _blocks(notice, fund, language, words, filled),
        "closing": words["closing"],
        "signature": {"name": signatory.name, "title": signatory.title[language]},
    }


def _blocks(
    notice: CompanyNotice, fund: FundSettings, language: str, words: dict[str, Any], filled: dict[str, str]
) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [
        {"kind": "text", "text": words[_opening(notice)].format(**filled)},
        _amounts(notice, words, language),
    ]
    if notice.to_pay_cents:
        blocks.append(
            payment_block(
                fund=fund,
                language=language,
                labels=words["payment"],
                reference=notice.reference,
                amount_cents=notice.to_pay_cents,
                amount=filled["toPay"],
                due=filled["dueOn"],
            )
        )
    reason = "none" if notice.balance_total_cents is None else notice.size
    sections = (("reasons", reason), ("late", "text"), ("exempt", "text"))
    for section, text in sections:
        blocks.append({"kind": "heading", "text": words[section]["heading"]})
        blocks.append({"kind": "text", "text": words[section][text].format(**filled)})
    blocks.append({"kind": "text", "text": words["contact"].format(**filled)})
    return blocks


def _opening(notice: CompanyNotice) -> str:
    if notice.to_pay_cents == 0:
        return "nothingToPay"
    return "toPayRest" if notice.credit_used_cents else "toPay"


def _amounts(notice: CompanyNotice, words: dict[str, Any], language: str) -> dict[str, Any]:
    rows: list[tuple[str, int]] = [(f"{words['contribution']} {notice.year}", notice.charged_cents)]
    if notice.credit_used_cents:
        rows.append((words["amounts"]["credit"], -notice.credit_used_cents))
    return {
        "kind": "table",
        "rows": [[label, format_euro(cents, language)] for label, cents in rows],
        "total": [words["amounts"]["toPay"], format_euro(notice.to_pay_cents, language)],
    }


def _filled(notice: CompanyNotice, fund: FundSettings, language: str, words: dict[str, Any]) -> dict[str, str]:
    year_end, balance, limit = notice.financial_year_end, notice.balance_total_cents, notice.limit_cents
    return {
        "year": str(notice.year),
        "charged": format_euro(notice.charged_cents, language),
        "credit": format_euro(notice.credit_used_cents, language),
        "toPay": format_euro(notice.to_pay_cents, language),
        "dueOn": day_text(words, notice.due_on),
        "yearEnd": "" if year_end is None else day_text(words, year_end),
        "balance": "" if balance is None else format_euro(balance, language),
        "limit": "" if limit is None else format_euro(limit, language),
        "rate": percent_text(words, notice.monthly_rate),
        "fileNumber": f"{notice.file_number:07d}",
        "telephone": fund.contact.telephone,
        "hours": fund.contact.opening_hours[language],
        "email": fund.contact.email,
    }


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, Any]:
    """Return the words of every letter, with those of this one over them."""
    words: dict[str, Any] = {}
    for name in (language, f"company.{language}"):
        words |= yaml.safe_load((WORDS / f"{name}.yaml").read_text(encoding="utf-8"))
    return words
