"""The notice of the yearly contribution of a company. Pure, so that it can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.billing.correspondence.letters import claim_opening, claim_table, closing_values, letter, words_for
from shared.correspondence.addressee import Addressee
from shared.correspondence.frame import Block, heading, text
from shared.correspondence.payment import payment_block
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.identifiers import format_structured_communication
from shared.platform.database.rows import JsonObject


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


def company_notice_data(*, notice: CompanyNotice, addressee: Addressee, fund: FundSettings) -> JsonObject:
    """Return what the template prints, in the addressee's language.

    Args:
        notice: the contribution that is claimed.
        addressee: the company.
        fund: the fund on the day of the letter.
    """
    words = words_for(addressee, "company")
    filled = _filled(notice, fund, words)
    return letter(
        words=words,
        addressee=addressee,
        fund=fund,
        file_number=notice.file_number,
        day=notice.issued_on,
        subject=words.say("title", **filled),
        blocks=_blocks(notice, fund, words, filled),
    )


def _blocks(notice: CompanyNotice, fund: FundSettings, words: Wording, filled: dict[str, str]) -> list[Block]:
    to_pay, credit = notice.to_pay_cents, notice.credit_used_cents
    charged = {f"{words['contribution']} {notice.year}": notice.charged_cents}
    blocks = [
        text(words.say(claim_opening(to_pay_cents=to_pay, credit_used_cents=credit), **filled)),
        claim_table(words, charged, to_pay_cents=to_pay, credit_used_cents=credit),
    ]
    if to_pay:
        communication = format_structured_communication(notice.reference)
        blocks.append(
            payment_block(
                words=words, fund=fund, amount_cents=to_pay, communication=communication, due_on=notice.due_on
            )
        )
    reason = "none" if notice.balance_total_cents is None else notice.size
    for section, sentence in (("reasons", reason), ("late", "text"), ("exempt", "text")):
        blocks += [heading(words.say(section, "heading")), text(words.say(section, sentence, **filled))]
    return [*blocks, text(words.say("contact", **filled))]


def _filled(notice: CompanyNotice, fund: FundSettings, words: Wording) -> dict[str, str]:
    year_end, balance, limit = notice.financial_year_end, notice.balance_total_cents, notice.limit_cents
    return {
        "year": str(notice.year),
        "charged": words.euro(notice.charged_cents),
        "credit": words.euro(notice.credit_used_cents),
        "toPay": words.euro(notice.to_pay_cents),
        "dueOn": words.day(notice.due_on),
        "yearEnd": "" if year_end is None else words.day(year_end),
        "balance": "" if balance is None else words.euro(balance),
        "limit": "" if limit is None else words.euro(limit),
        "rate": words.percent(notice.monthly_rate),
        **closing_values(fund, words.language, notice.file_number),
    }
