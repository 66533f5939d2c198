"""The notice of contribution: avis d'échéance, vervaldagbericht, Beitragsbescheid. Pure, so that it can be tested."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.billing.correspondence.letters.pieces import (
    day_text,
    fund_block,
    payment_block,
    percent_text,
    recipient_block,
)
from services.billing.correspondence.letters.plain_letter import WORDS
from services.billing.correspondence.rules.addressee import Addressee, Notice
from shared.law.fund import FundSettings
from shared.law.money import format_euro
from shared.law.quarter import format_quarter

TEMPLATE: Final = Path(__file__).with_name("contribution_notice.typ")


def document_name(notice: Notice, language: str) -> str:
    """Give the name of the letter in a folder, for example ``notices/2026Q1/0000012-fr.pdf``."""
    return f"notices/{notice.quarter}/{notice.file_number:07d}-{language}.pdf"


def notice_data(*, notice: Notice, addressee: Addressee, fund: FundSettings) -> dict[str, Any]:
    """Return what the template prints, in the addressee's language.

    Args:
        notice: the contribution that is claimed, with its explanation in the same language.
        addressee: to whom it goes.
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
        "blocks": _blocks(notice, fund, words, filled),
        "closing": words["closing"],
        "signature": {"name": signatory.name, "title": signatory.title[language]},
    }


def _opening(notice: Notice) -> str:
    if notice.to_pay_cents == 0:
        return "nothingToPay"
    return "toPayRest" if notice.credit_used_cents else "toPay"


def _filled(notice: Notice, fund: FundSettings, language: str, words: dict[str, Any]) -> dict[str, str]:
    return {
        "language": language,
        "quarter": format_quarter(notice.quarter, language),
        "year": str(notice.quarter.year),
        "charged": format_euro(notice.charged_cents, language),
        "credit": format_euro(notice.credit_used_cents, language),
        "toPay": format_euro(notice.to_pay_cents, language),
        "dueOn": day_text(words, notice.due_on),
        "quarterlyRate": percent_text(words, notice.quarterly_rate),
        "yearlyRate": percent_text(words, notice.yearly_rate),
        "fileNumber": f"{notice.file_number:07d}",
        "telephone": fund.contact.telephone,
        "hours": fund.contact.opening_hours[language],
        "email": fund.contact.email,
    }


def _blocks(notice: Notice, fund: FundSettings, words: dict[str, Any], filled: dict[str, str]) -> list[dict[str, Any]]:
    reasons = words["explanation"]
    blocks: list[dict[str, Any]] = [
        {"kind": "text", "text": words[_opening(notice)].format(**filled)},
        _amounts(notice, words, filled["language"]),
    ]
    if notice.to_pay_cents:
        blocks.append(_payment(notice, fund, words["payment"], filled))
    blocks += [
        {"kind": "heading", "text": reasons["heading"]},
        {"kind": "list", "items": [line.text for line in notice.explanation]},
        {"kind": "text", "text": words["provisional"].format(**filled)},
    ]
    for section in ("late", "difficulty"):
        blocks.append({"kind": "heading", "text": words[section]["heading"]})
        blocks.append({"kind": "text", "text": words[section]["text"].format(**filled)})
    blocks.append({"kind": "text", "text": words["contact"].format(**filled)})
    return blocks


def _amounts(notice: Notice, words: dict[str, Any], language: str) -> dict[str, Any]:
    labels = words["amounts"]
    rows = [[labels["contribution"], notice.contribution_cents], [labels["fee"], notice.fee_cents]]
    if notice.credit_used_cents:
        rows.append([labels["credit"], -notice.credit_used_cents])
    return {
        "kind": "table",
        "rows": [[label, format_euro(cents, language)] for label, cents in rows],
        "total": [labels["toPay"], format_euro(notice.to_pay_cents, language)],
    }


def _payment(notice: Notice, fund: FundSettings, labels: dict[str, str], filled: dict[str, str]) -> dict[str, Any]:
    return payment_block(
        fund=fund,
        language=filled["language"],
        labels=labels,
        reference=notice.reference,
        amount_cents=notice.to_pay_cents,
        amount=filled["toPay"],
        due=filled["dueOn"],
    )


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((WORDS / f"{language}.yaml").read_text(encoding="utf-8"))
    return words


SUBJECTS: Final[Mapping[str, str]] = {
    "fr": "Avis d'échéance de votre caisse d'assurances sociales : {quarter}",
    "nl": "Vervaldagbericht van uw socialeverzekeringsfonds: {quarter}",
    "de": "Beitragsbescheid Ihrer Sozialversicherungskasse: {quarter}",
}
