"""The decision on a request to contribute more or less, with its reasons, its effect, what it risks, and remedies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.correspondence.letters.parts import Block, day_of, letter, percent_of, remedies, words_of
from services.billing.correspondence.rules.addressee import Addressee
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.reductions.rules.reductions import Decision, KeptRequest
from shared.law.fund import FundSettings
from shared.law.money import format_euro
from shared.law.quarter import Quarter, format_quarter

TEMPLATE: Final = Path(__file__).with_name("request_decision.typ")
WORDS_FOLDER: Final = "statement_words"


def document_name(request: KeptRequest, language: str) -> str:
    """Give the name of the letter in a folder, for example ``requests/2026/0000012-ID-fr.pdf``."""
    return f"requests/{request.year}/{request.file_number:07d}-{request.request_id}-{language}.pdf"


def decision_data(
    *,
    request: KeptRequest,
    decision: Decision,
    changes: Sequence[KeptChange],
    addressee: Addressee,
    fund: FundSettings,
    law: AssessmentLaw,
) -> dict[str, Any]:
    """Return what the template prints, in the addressee's language.

    Args:
        request: the request.
        decision: how it was decided.
        changes: what it changed of quarters that were billed already.
        addressee: to whom it goes.
        fund: the fund on the day of the decision.
        law: the law, for the rates of surcharges.

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    language = str(addressee.language)
    everything = words_of(language, WORDS_FOLDER)
    words, kind, granted = everything["request"], request.kind, decision.outcome == "granted"
    values = _values(request, decision, language, law)
    blocks: list[Block] = [_text(words["received"].format(**values))]
    if granted:
        blocks.append(_text(words["granted"][kind].format(**values)))
        blocks.append({"kind": "list", "items": [words["reasons"][decision.reason]]})
        blocks.append({"kind": "heading", "text": words["effectHeading"]})
        blocks += _effect(changes, everything, values, kind, language)
        if kind == "reduction":
            blocks += [{"kind": "heading", "text": words["riskHeading"]}, _text(words["risk"].format(**values))]
    else:
        reasons = [decision.reason, *(one for one in request.findings.problems if one != decision.reason)]
        blocks.append(_text(words["refusedIntro"]))
        blocks.append({"kind": "list", "items": [words["reasons"][reason] for reason in reasons]})
    file_number = request.file_number
    blocks += remedies(addressee=addressee, fund=fund, file_number=file_number, words=everything)
    return letter(
        addressee=addressee,
        fund=fund,
        file_number=file_number,
        issued_on=decision.decided_on,
        subject=words["titleGranted" if granted else "titleRefused"][kind].format(**values),
        blocks=blocks,
        signing="decision",
    )


def _values(request: KeptRequest, decision: Decision, language: str, law: AssessmentLaw) -> dict[str, str]:
    day, findings, rate = decision.decided_on, request.findings, law.parameters.decimal
    return {
        "year": str(request.year),
        "receivedOn": day_of(language, request.received_on),
        "estimate": format_euro(request.estimate_cents, language),
        "before": format_euro(findings.current_cents, language),
        "after": format_euro(findings.asked_cents, language),
        "spareRate": percent_of(language, rate("surcharges.unjustifiedReductionQuarterlyRate", on=day)),
        "onceRate": percent_of(language, rate("surcharges.unjustifiedReductionOnceRate", on=day)),
    }


def _effect(
    changes: Sequence[KeptChange],
    words: Mapping[str, Any],
    values: Mapping[str, str],
    kind: str,
    language: str,
) -> list[Block]:
    """Show what changes of quarters that were billed already."""
    if not changes:
        return [_text(words["request"]["noEffect"].format(**values))]
    rows: list[list[str]] = []
    sums = [0, 0]
    for change in changes:
        before = change.previous_total_cents
        after = change.total_cents
        sums = [sums[0] + before, sums[1] + after]
        amounts = [format_euro(cents, language) for cents in (before, after, after - before)]
        rows.append([format_quarter(Quarter.parse(change.quarter), language), *amounts])
    labels = words["table"]
    total = [labels["total"], *(format_euro(cents, language) for cents in (*sums, sums[1] - sums[0]))]
    blocks: list[Block] = [
        {
            "kind": "table",
            "header": [labels["quarter"], labels["before"], words["request"]["after"], labels["difference"]],
            "rows": rows,
            "total": total,
        }
    ]
    if kind == "reduction":
        blocks.append(_text(words["request"]["paidStays"]))
    return blocks


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}
