"""The statement of regularisation: décompte définitif, definitieve afrekening, endgültige Abrechnung. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from services.billing.charge_changes.rules.explanation import explain_change
from services.billing.correspondence.letters.parts import Block, day_of, letter, payment, percent_of, remedies, words_of
from services.billing.correspondence.rules.addressee import Addressee
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from shared.law.fund import FundSettings
from shared.law.money import format_euro
from shared.law.quarter import Quarter, format_quarter, format_quarter_count

TEMPLATE: Final = Path(__file__).with_name("regularisation_statement.typ")
WORDS_FOLDER: Final = "statement_words"


def document_name(row: Mapping[str, Any], language: str) -> str:
    """Give the name of the letter in a folder, for example ``statements/2023/0000012-1-fr.pdf``."""
    return f"statements/{row['year']}/{row['file_number']:07d}-{row['number']}-{language}.pdf"


def statement_data(
    *, row: Mapping[str, Any], addressee: Addressee, fund: FundSettings, law: AssessmentLaw
) -> dict[str, Any]:
    """Return what the template prints, in the addressee's language.

    Args:
        row: the statement with its quarters and surcharges, as ``store.statement_rows`` gives it.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
        law: the law, for the rates of surcharges.

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    language = str(addressee.language)
    words = words_of(language, WORDS_FOLDER)
    values = _values(row, language, law)
    again = row["number"] > 1
    blocks: list[Block] = [_text(words["incomeAgain" if again else "income"].format(**values))]
    if row["quarters_subject"] < 4:  # an incomplete year
        blocks.append(
            _text(words["incomplete"].format(quarters=format_quarter_count(row["quarters_subject"], language)))
        )
    blocks.append(_table(row, words["table"], language))
    blocks += _result(row, words, values, fund, language)
    if row["spared_cents"] and row["surcharges"]:
        blocks += _spared(row, words["spared"], values, language)
    blocks += _reasons(row, words, language)
    blocks += remedies(addressee=addressee, fund=fund, file_number=row["file_number"], words=words)
    return letter(
        addressee=addressee,
        fund=fund,
        file_number=row["file_number"],
        issued_on=row["issued_on"],
        subject=words["titleAgain" if again else "title"].format(**values),
        blocks=blocks,
        signing="letter",
    )


def _difference(row: Mapping[str, Any]) -> int:
    surcharges = row["surcharge_cents"] - row["previous_surcharge_cents"]
    return int(row["definitive_cents"] - row["previous_cents"] + surcharges)


def _values(row: Mapping[str, Any], language: str, law: AssessmentLaw) -> dict[str, str]:
    day, difference = row["issued_on"], _difference(row)
    rate = law.parameters.decimal
    return {
        "year": str(row["year"]),
        "income": format_euro(row["income_cents"], language),
        "knownOn": day_of(language, row["income_known_on"]),
        "spared": format_euro(row["spared_cents"], language),
        "difference": format_euro(abs(difference), language),
        "credit": format_euro(row["credit_used_cents"], language),
        "amount": format_euro(max(0, difference - row["credit_used_cents"]), language),
        "refund": format_euro(row["refund_cents"], language),
        "dueOn": day_of(language, row["due_on"]),
        "quarterlyRate": percent_of(language, rate("surcharges.quarterlyRate", on=row["due_on"])),
        "yearlyRate": percent_of(language, rate("surcharges.yearlyRate", on=row["due_on"])),
        "spareRate": percent_of(language, rate("surcharges.unjustifiedReductionQuarterlyRate", on=day)),
        "onceRate": percent_of(language, rate("surcharges.unjustifiedReductionOnceRate", on=day)),
    }


def _table(row: Mapping[str, Any], labels: Mapping[str, str], language: str) -> Block:
    rows = []
    for one in row["quarters"]:
        before = one["previous_contribution_cents"] + one["previous_fee_cents"]
        definitive = one["contribution_cents"] + one["fee_cents"]
        name = format_quarter(Quarter.parse(one["quarter"]), language)
        rows.append([name, *(format_euro(cents, language) for cents in (before, definitive, definitive - before))])
    before, now = row["previous_surcharge_cents"], row["surcharge_cents"]
    if before or now:
        rows.append([labels["surcharge"], *(format_euro(cents, language) for cents in (before, now, now - before))])
    totals = (row["previous_cents"] + before, row["definitive_cents"] + now, _difference(row))
    return {
        "kind": "table",
        "header": [labels[name] for name in ("quarter", "before", "definitive", "difference")],
        "rows": rows,
        "total": [labels["total"], *(format_euro(cents, language) for cents in totals)],
    }


def _result(
    row: Mapping[str, Any], words: Mapping[str, Any], values: Mapping[str, str], fund: FundSettings, language: str
) -> list[Block]:
    """Say what is to pay or comes back, and how."""
    difference, credit = _difference(row), row["credit_used_cents"]
    if difference <= 0:
        blocks = [_text(words["lower" if difference else "same"].format(**values))] if not row["refund_cents"] else []
        if row["refund_cents"]:
            blocks.append(_text(words["refund"].format(**values)))
        return blocks
    to_pay = max(0, difference - credit)
    if to_pay == 0:
        return [_text(words["covered"].format(**values))]
    return [
        _text(words["toPayRest" if credit else "toPay"].format(**values)),
        payment(fund=fund, language=language, amount_cents=to_pay, reference=row["reference"], due_on=row["due_on"]),
        _text(words["late"].format(**values)),
        _text(words["difficulty"]),
    ]


def _spared(row: Mapping[str, Any], words: Mapping[str, Any], values: Mapping[str, str], language: str) -> list[Block]:
    rows = []
    for one in row["surcharges"]:
        text = words["line"].format(
            day=day_of(language, one["charged_on"]),
            rate=percent_of(language, one["rate"]),
            base=format_euro(one["base_cents"], language),
        )
        rows.append([text, format_euro(one["surcharge_cents"], language)])
    return [
        {"kind": "heading", "text": words["heading"]},
        _text(words["text"].format(**values)),
        {
            "kind": "table",
            "header": [words["quarter"], words["amount"]],
            "rows": rows,
            "total": [words["total"], format_euro(row["surcharge_cents"], language)],
        },
    ]


def _reasons(row: Mapping[str, Any], words: Mapping[str, Any], language: str) -> list[Block]:
    """Explain the first quarter of each way a quarter of the year is computed: a category and an amount."""
    blocks: list[Block] = []
    shown: set[tuple[str, int]] = set()
    for one in row["quarters"]:
        key = (one["category"], one["contribution_cents"])
        if key in shown:
            continue
        shown.add(key)
        quarter = Quarter.parse(one["quarter"])
        # The last step is the whole of the quarter, which the table shows beside what was charged before.
        lines = explain_change(one, language=language)[:-1]
        blocks.append(
            {"kind": "heading", "text": words["reasonsHeading"].format(quarter=format_quarter(quarter, language))}
        )
        blocks.append({"kind": "list", "items": [line.text for line in lines]})
    return blocks


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}
