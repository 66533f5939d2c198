"""The statement of regularisation: décompte définitif, definitieve afrekening, endgültige Abrechnung. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from services.billing.charge_changes.rules.explanation import explain_change
from services.billing.correspondence.letters import letter, words_for
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.regularisation.rules import KeptStatement
from shared.correspondence.addressee import Addressee
from shared.correspondence.frame import Block, bullets, heading, text
from shared.correspondence.payment import payment_block
from shared.correspondence.remedies import remedies
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.identifiers import format_structured_communication
from shared.law.quarter import Quarter, format_quarter_count
from shared.platform.database.rows import JsonObject

TEMPLATE: Final = Path(__file__).with_name("regularisation_statement.typ")


def document_name(statement: KeptStatement, language: str) -> str:
    """Give the name of the letter in a folder, for example ``statements/2023/0000012-1-fr.pdf``."""
    return f"statements/{statement.year}/{statement.file_number:07d}-{statement.number}-{language}.pdf"


def statement_data(
    *, statement: KeptStatement, addressee: Addressee, fund: FundSettings, law: AssessmentLaw
) -> JsonObject:
    """Return what the template prints, in the addressee's language.

    Args:
        statement: the statement with its quarters and surcharges, as ``store.statement_rows`` gives it.
        addressee: to whom it goes.
        fund: the fund on the day of the letter.
        law: the law, for the rates of surcharges.

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    words = words_for(addressee, "statement")
    values = _values(statement, words, law)
    again = statement.number > 1
    blocks: list[Block] = [text(words.say("incomeAgain" if again else "income", **values))]
    if statement.quarters_subject < 4:  # an incomplete year
        quarters = format_quarter_count(statement.quarters_subject, words.language)
        blocks.append(text(words.say("incomplete", quarters=quarters)))
    blocks.append(_table(statement, words))
    blocks += _result(statement, words, values, fund)
    if statement.spared_cents and statement.surcharges:
        blocks += _spared(statement, words, values)
    blocks += _reasons(statement, words)
    blocks += remedies(
        words=words,
        fund=fund,
        file_number=statement.file_number,
        country=addressee.country,
        postal_code=addressee.postal_code,
    )
    return letter(
        words=words,
        addressee=addressee,
        fund=fund,
        file_number=statement.file_number,
        day=statement.issued_on,
        subject=words.say("titleAgain" if again else "title", **values),
        blocks=blocks,
    )


def _values(statement: KeptStatement, words: Wording, law: AssessmentLaw) -> dict[str, str]:
    day, difference = statement.issued_on, statement.difference_cents
    rate = law.parameters.decimal
    return {
        "year": str(statement.year),
        "income": words.euro(statement.income_cents),
        "knownOn": words.day(statement.income_known_on),
        "spared": words.euro(statement.spared_cents),
        "difference": words.euro(abs(difference)),
        "credit": words.euro(statement.credit_used_cents),
        "amount": words.euro(max(0, difference - statement.credit_used_cents)),
        "refund": words.euro(statement.refund_cents),
        "dueOn": words.day(statement.due_on),
        "quarterlyRate": words.percent(rate("surcharges.quarterlyRate", on=statement.due_on)),
        "yearlyRate": words.percent(rate("surcharges.yearlyRate", on=statement.due_on)),
        "spareRate": words.percent(rate("surcharges.unjustifiedReductionQuarterlyRate", on=day)),
        "onceRate": words.percent(rate("surcharges.unjustifiedReductionOnceRate", on=day)),
    }


def _table(statement: KeptStatement, words: Wording) -> Block:
    labels, rows = words["table"], []
    for one in statement.quarters:
        before = one.previous_total_cents
        definitive = one.total_cents
        name = words.quarter(Quarter.parse(one.quarter))
        rows.append([name, *(words.euro(cents) for cents in (before, definitive, definitive - before))])
    before, now = statement.previous_surcharge_cents, statement.surcharge_cents
    if before or now:
        rows.append([labels["surcharge"], *(words.euro(cents) for cents in (before, now, now - before))])
    totals = (statement.previous_cents + before, statement.definitive_cents + now, statement.difference_cents)
    return {
        "kind": "table",
        "header": [labels[name] for name in ("quarter", "before", "definitive", "difference")],
        "rows": rows,
        "total": [labels["total"], *(words.euro(cents) for cents in totals)],
    }


def _result(
    statement: KeptStatement, words: Wording, values: Mapping[str, str], fund: FundSettings
) -> list[Block]:
    """Say what is to pay or comes back, and how."""
    difference, credit = statement.difference_cents, statement.credit_used_cents
    if difference <= 0:
        kind = "lower" if difference else "same"
        return [text(words.say("refund" if statement.refund_cents else kind, **values))]
    to_pay = max(0, difference - credit)
    if to_pay == 0:
        return [text(words.say("covered", **values))]
    if statement.reference is None:
        raise ValueError("a statement that claims something has a notice")
    return [
        text(words.say("toPayRest" if credit else "toPay", **values)),
        payment_block(
            words=words,
            fund=fund,
            amount_cents=to_pay,
            communication=format_structured_communication(statement.reference),
            due_on=statement.due_on,
        ),
        text(words.say("late", **values)),
        text(words.say("difficulty")),
    ]


def _spared(statement: KeptStatement, words: Wording, values: Mapping[str, str]) -> list[Block]:
    labels, rows = words["spared"], []
    for one in statement.surcharges:
        line = words.say(
            "spared",
            "line",
            day=words.day(one.charged_on),
            rate=words.percent(one.rate),
            base=words.euro(one.base_cents),
        )
        rows.append([line, words.euro(one.surcharge_cents)])
    return [
        heading(labels["heading"]),
        text(words.say("spared", "text", **values)),
        {
            "kind": "table",
            "header": [labels["quarter"], labels["amount"]],
            "rows": rows,
            "total": [labels["total"], words.euro(statement.surcharge_cents)],
        },
    ]


def _reasons(statement: KeptStatement, words: Wording) -> list[Block]:
    """Explain the first quarter of each way a quarter of the year is computed: a category and an amount."""
    blocks: list[Block] = []
    shown: set[tuple[str, int]] = set()
    for one in statement.quarters:
        key = (one.category, one.contribution_cents)
        if key in shown:
            continue
        shown.add(key)
        quarter = words.quarter(Quarter.parse(one.quarter))
        # The last step is the whole of the quarter, which the table shows beside what was charged before.
        lines = explain_change(one, language=words.language)[:-1]
        blocks.append(heading(words.say("reasonsHeading", quarter=quarter)))
        blocks.append(bullets([line.text for line in lines]))
    return blocks
