"""The statement of regularisation: décompte définitif, definitieve afrekening, endgültige Abrechnung. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.billing.charge_changes.rules.explanation import explain_change
from services.billing.correspondence.letters.parts import Block, day_of, letter, payment, percent_of, remedies, words_of
from services.billing.correspondence.rules.addressee import Addressee
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.regularisation.rules import KeptStatement
from shared.law.fund import FundSettings
from shared.law.money import format_euro
from shared.law.quarter import Quarter, format_quarter, format_quarter_count

TEMPLATE: Final = Path(__file__).with_name("regularisation_statement.typ")
WORDS_FOLDER: Final = "statement_words"


def document_name(statement: KeptStatement, language: str) -> str:
    """Give the name of the letter in a folder, for example ``statements/2023/0000012-1-fr.pdf``."""
    return f"statements/{statement.year}/{statement.file_number:07d}-{statement.number}-{language}.pdf"


def statement_data(
    *, statement: KeptStatement, addressee: Addressee, fund: FundSettings, law: AssessmentLaw
) -> dict[str, Any]:
    """Return what the template prints, in the addressee's language.

    Args:
        statement: the statement with its quarters and surcharges.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
        law: the law, for the rates of surcharges.

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    language = str(addressee.language)
    words = words_of(language, WORDS_FOLDER)
    values = _values(statement, language, law)
    again = statement.number > 1
    blocks: list[Block] = [_text(words["incomeAgain" if again else "income"].format(**values))]
    if statement.quarters_subject < 4:  # an incomplete year
        blocks.append(
            _text(words["incomplete"].format(quarters=format_quarter_count(statement.quarters_subject, language)))
        )
    blocks.append(_table(statement, words["table"], language))
    blocks += _result(statement, words, values, fund, language)
    if statement.spared_cents and statement.surcharges:
        blocks += _spared(statement, words["spared"], values, language)
    blocks += _reasons(statement, words, language)
    blocks += remedies(addressee=addressee, fund=fund, file_number=statement.file_number, words=words)
    return letter(
        addressee=addressee,
        fund=fund,
        file_number=statement.file_number,
        issued_on=statement.issued_on,
        subject=words["titleAgain" if again else "title"].format(**values),
        blocks=blocks,
        signing="letter",
    )


def _values(statement: KeptStatement, language: str, law: AssessmentLaw) -> dict[str, str]:
    day, difference = statement.issued_on, statement.difference_cents
    rate = law.parameters.decimal
    return {
        "year": str(statement.year),
        "income": format_euro(statement.income_cents, language),
        "knownOn": day_of(language, statement.income_known_on),
        "spared": format_euro(statement.spared_cents, language),
        "difference": format_euro(abs(difference), language),
        "credit": format_euro(statement.credit_used_cents, language),
        "amount": format_euro(max(0, difference - statement.credit_used_cents), language),
        "refund": format_euro(statement.refund_cents, language),
        "dueOn": day_of(language, statement.due_on),
        "quarterlyRate": percent_of(language, rate("surcharges.quarterlyRate", on=statement.due_on)),
        "yearlyRate": percent_of(language, rate("surcharges.yearlyRate", on=statement.due_on)),
        "spareRate": percent_of(language, rate("surcharges.unjustifiedReductionQuarterlyRate", on=day)),
        "onceRate": percent_of(language, rate("surcharges.unjustifiedReductionOnceRate", on=day)),
    }


def _table(statement: KeptStatement, labels: Mapping[str, str], language: str) -> Block:
    rows = []
    for one in statement.quarters:
        before = one.previous_total_cents
        definitive = one.total_cents
        name = format_quarter(Quarter.parse(one.quarter), language)
        rows.append([name, *(format_euro(cents, language) for cents in (before, definitive, definitive - before))])
    before, now = statement.previous_surcharge_cents, statement.surcharge_cents
    if before or now:
        rows.append([labels["surcharge"], *(format_euro(cents, language) for cents in (before, now, now - before))])
    totals = (statement.previous_cents + before, statement.definitive_cents + now, statement.difference_cents)
    return {
        "kind": "table",
        "header": [labels[name] for name in ("quarter", "before", "definitive", "difference")],
        "rows": rows,
        "total": [labels["total"], *(format_euro(cents, language) for cents in totals)],
    }


def _result(
    statement: KeptStatement, words: Mapping[str, Any], values: Mapping[str, str], fund: FundSettings, language: str
) -> list[Block]:
    """Say what is to pay or comes back, and how."""
    difference, credit = statement.difference_cents, statement.credit_used_cents
    if difference <= 0:
        kind = "lower" if difference else "same"
        return [_text(words["refund" if statement.refund_cents else kind].format(**values))]
    to_pay = max(0, difference - credit)
    if to_pay == 0:
        return [_text(words["covered"].format(**values))]
    if statement.reference is None:
        raise ValueError("a statement that claims something has a notice")
    return [
        _text(words["toPayRest" if credit else "toPay"].format(**values)),
        payment(
            fund=fund, language=language, amount_cents=to_pay, reference=statement.reference, due_on=statement.due_on
        ),
        _text(words["late"].format(**values)),
        _text(words["difficulty"]),
    ]


def _spared(
    statement: KeptStatement, words: Mapping[str, Any], values: Mapping[str, str], language: str
) -> list[Block]:
    rows = []
    for one in statement.surcharges:
        text = words["line"].format(
            day=day_of(language, one.charged_on),
            rate=percent_of(language, one.rate),
            base=format_euro(one.base_cents, language),
        )
        rows.append([text, format_euro(one.surcharge_cents, language)])
    return [
        {"kind": "heading", "text": words["heading"]},
        _text(words["text"].format(**values)),
        {
            "kind": "table",
            "header": [words["quarter"], words["amount"]],
            "rows": rows,
            "total": [words["total"], format_euro(statement.surcharge_cents, language)],
        },
    ]


def _reasons(statement: KeptStatement, words: Mapping[str, Any], language: str) -> list[Block]:
    """Explain the first quarter of each way a quarter of the year is computed: a category and an amount."""
    blocks: list[Block] = []
    shown: set[tuple[str, int]] = set()
    for one in statement.quarters:
        key = (one.category, one.contribution_cents)
        if key in shown:
            continue
        shown.add(key)
        quarter = Quarter.parse(one.quarter)
        # The last step is the whole of the quarter, which the table shows beside what was charged before.
        lines = explain_change(one, language=language)[:-1]
        blocks.append(
            {"kind": "heading", "text": words["reasonsHeading"].format(quarter=format_quarter(quarter, language))}
        )
        blocks.append({"kind": "list", "items": [line.text for line in lines]})
    return blocks


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}
