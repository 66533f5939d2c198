"""The decision on a request to contribute more or less, with its reasons, its effect, what it risks, and remedies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from services.billing.charge_changes.rules.explanation import KeptChange
from services.billing.correspondence.letters import letter, words_for
from services.billing.dossier_facts.rules.year_assessment import AssessmentLaw
from services.billing.reductions.rules.reductions import Decision, KeptRequest
from shared.correspondence.addressee import Addressee
from shared.correspondence.frame import Block, bullets, heading, text
from shared.correspondence.remedies import remedies
from shared.correspondence.wording import Wording
from shared.law.fund import FundSettings
from shared.law.quarter import Quarter
from shared.platform.database.rows import JsonObject

TEMPLATE: Final = Path(__file__).with_name("request_decision.typ")


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
) -> JsonObject:
    """Return what the template prints, in the addressee's language.

    Args:
        request: the decided request, as it is kept.
        decision: how it was decided.
        changes: what it changed of quarters that were billed already.
        addressee: to whom it goes.
        fund: the fund on the day of the decision.
        law: the law, for the rates of surcharges.

    Raises:
        MentionsMissing: a mention of article 14 of the Charter lacks.
    """
    words = words_for(addressee, "statement")
    kind, granted = request.kind, decision.outcome == "granted"
    values = _values(request, decision, words, law)
    blocks: list[Block] = [text(words.say("request", "received", **values))]
    if granted:
        blocks.append(text(words.say("request", "granted", kind, **values)))
        blocks.append(bullets([words.say("request", "reasons", decision.reason)]))
        blocks.append(heading(words.say("request", "effectHeading")))
        blocks += _effect(changes, words, values, kind)
        if kind == "reduction":
            blocks += [heading(words.say("request", "riskHeading")), text(words.say("request", "risk", **values))]
    else:
        reasons = [decision.reason, *(one for one in request.findings.problems if one != decision.reason)]
        blocks.append(text(words.say("request", "refusedIntro")))
        blocks.append(bullets([words.say("request", "reasons", reason) for reason in reasons]))
    file_number = request.file_number
    blocks += remedies(
        words=words,
        fund=fund,
        file_number=file_number,
        country=addressee.country,
        postal_code=addressee.postal_code,
    )
    return letter(
        words=words,
        addressee=addressee,
        fund=fund,
        file_number=file_number,
        day=decision.decided_on,
        subject=words.say("request", "titleGranted" if granted else "titleRefused", kind, **values),
        blocks=blocks,
        signing="decision",
    )


def _values(request: KeptRequest, decision: Decision, words: Wording, law: AssessmentLaw) -> dict[str, str]:
    day, findings, rate = decision.decided_on, request.findings, law.parameters.decimal
    return {
        "year": str(request.year),
        "receivedOn": words.day(request.received_on),
        "estimate": words.euro(request.estimate_cents),
        "before": words.euro(findings.current_cents),
        "after": words.euro(findings.asked_cents),
        "spareRate": words.percent(rate("surcharges.unjustifiedReductionQuarterlyRate", on=day)),
        "onceRate": words.percent(rate("surcharges.unjustifiedReductionOnceRate", on=day)),
    }


def _effect(
    changes: Sequence[KeptChange], words: Wording, values: Mapping[str, str], kind: str
) -> list[Block]:
    """Show what changes of quarters that were billed already."""
    if not changes:
        return [text(words.say("request", "noEffect", **values))]
    rows: list[list[str]] = []
    sums = [0, 0]
    for change in changes:
        before = change.previous_total_cents
        after = change.total_cents
        sums = [sums[0] + before, sums[1] + after]
        amounts = [words.euro(cents) for cents in (before, after, after - before)]
        rows.append([words.quarter(Quarter.parse(change.quarter)), *amounts])
    labels = words["table"]
    total = [labels["total"], *(words.euro(cents) for cents in (*sums, sums[1] - sums[0]))]
    blocks: list[Block] = [
        {
            "kind": "table",
            "header": [labels["quarter"], labels["before"], words["request"]["after"], labels["difference"]],
            "rows": rows,
            "total": total,
        }
    ]
    if kind == "reduction":
        blocks.append(text(words.say("request", "paidStays")))
    return blocks
