"""The notice of contribution: avis d'échéance, vervaldagbericht, Beitragsbescheid. Pure, so that it can be tested."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.billing.correspondence.letters import claim_opening, claim_table, closing_values, letter, words_for
from services.billing.correspondence.rules.notice import Notice
from shared.correspondence.addressee import Addressee
from shared.correspondence.frame import Block, bullets, heading, text
from shared.correspondence.payment import payment_block
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.identifiers import format_structured_communication
from shared.platform.database.rows import JsonObject

TEMPLATE: Final = Path(__file__).with_name("contribution_notice.typ")


def document_name(notice: Notice, language: str) -> str:
    """Give the name of the letter in a folder, for example ``notices/2026Q1/0000012-fr.pdf``."""
    return f"notices/{notice.quarter}/{notice.file_number:07d}-{language}.pdf"


def notice_data(*, notice: Notice, addressee: Addressee, fund: FundSettings) -> JsonObject:
    """Return what the template prints, in the addressee's language.

    Args:
        notice: the contribution that is claimed, with its explanation in the same language.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
    """
    words = words_for(addressee)
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


def _filled(notice: Notice, fund: FundSettings, words: Wording) -> dict[str, str]:
    return {
        "quarter": words.quarter(notice.quarter),
        "year": str(notice.quarter.year),
        "charged": words.euro(notice.charged_cents),
        "credit": words.euro(notice.credit_used_cents),
        "toPay": words.euro(notice.to_pay_cents),
        "dueOn": words.day(notice.due_on),
        "quarterlyRate": words.percent(notice.quarterly_rate),
        "yearlyRate": words.percent(notice.yearly_rate),
        **closing_values(fund, words.language, notice.file_number),
    }


def _blocks(notice: Notice, fund: FundSettings, words: Wording, filled: dict[str, str]) -> list[Block]:
    to_pay, credit, labels = notice.to_pay_cents, notice.credit_used_cents, words["amounts"]
    charged = {labels["contribution"]: notice.contribution_cents, labels["fee"]: notice.fee_cents}
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
    blocks += [
        heading(words.say("explanation", "heading")),
        bullets([line.text for line in notice.explanation]),
        text(words.say("provisional", **filled)),
    ]
    for section in ("late", "difficulty"):
        blocks += [heading(words.say(section, "heading")), text(words.say(section, "text", **filled))]
    return [*blocks, text(words.say("contact", **filled))]


SUBJECTS: Final[Mapping[str, str]] = {
    "fr": "Avis d'échéance de votre caisse d'assurances sociales : {quarter}",
    "nl": "Vervaldagbericht van uw socialeverzekeringsfonds: {quarter}",
    "de": "Beitragsbescheid Ihrer Sozialversicherungskasse: {quarter}",
}
