"""From what was said, billed and told to the facts the rules look at; and back from what was kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from pydantic import TypeAdapter

from services.benefits.claims.rules.entitlement import monthly_amount_name
from services.benefits.claims.rules.facts import ClaimFacts, QuarterRecord, RuleResult
from services.benefits.claims.service.claims import Claim
from services.benefits.clients import PaidQuarter
from shared.contracts.vocabulary import Category
from shared.law.parameters import ParameterMissing, Parameters, ParameterValue
from shared.law.quarter import Quarter
from shared.platform.database.rows import JsonObject

_FACTS: Final = TypeAdapter(ClaimFacts)
#: What billing says of a quarter for which it received nothing because nothing had to be paid to it.
_LEFT_TO_THE_REGISTER: Final = frozenset({"waived", "notDue"})
_RESULTS: Final = TypeAdapter(tuple[RuleResult, ...])


def facts_to_json(facts: ClaimFacts) -> JsonObject:
    """Write the facts of an assessment as they are kept."""
    written: JsonObject = _FACTS.dump_python(facts, mode="json")
    return written


def facts_from_json(kept: JsonObject) -> ClaimFacts:
    """Read the facts of an assessment back."""
    return _FACTS.validate_python(kept)


def results_to_json(results: Sequence[RuleResult]) -> list[JsonObject]:
    """Write what the rules said as it is kept."""
    written: list[JsonObject] = _RESULTS.dump_python(tuple(results), mode="json")
    return written


def results_from_json(kept: Sequence[JsonObject]) -> tuple[RuleResult, ...]:
    """Read what the rules said back."""
    return _RESULTS.validate_python(kept)


def amount_on(*, parameters: Parameters, claim: Claim, day: date) -> ParameterValue | None:
    """Give the monthly amount that holds on a day with its source and certainty, or None when it is not known."""
    name = monthly_amount_name(dependant=claim.dependant, attested=claim.dependant_attested)
    try:
        return parameters.fact(name, on=day)
    except ParameterMissing:
        return None


def parameter_to_json(value: ParameterValue | None) -> JsonObject:
    """Write a parameter as a decision keeps it: the value with its article, source and certainty."""
    if value is None:
        return {}
    return {
        "name": value.name,
        "value": str(value.value),
        "unit": value.unit,
        "validFrom": None if value.valid_from is None else value.valid_from.isoformat(),
        "validTo": None if value.valid_to is None else value.valid_to.isoformat(),
        "article": value.article,
        "source": value.source,
        "certainty": value.certainty.value,
        "note": value.note,
    }


def claim_facts(
    *,
    claim: Claim,
    statements: JsonObject,
    billed: Sequence[PaidQuarter],
    resides_in_belgium: bool | None,
    amount_known: bool,
    today: date,
) -> ClaimFacts:
    """Bring together what the rules look at.

    What billing charged and received for a quarter stands above an attestation. Where nothing had to arrive here, as
    the quarter was waived or is due elsewhere, the ledger says nothing of pension rights and the national register does
    (art. 191 par. 1, 3° counts quarters that were paid or that built up pension rights).
    """
    end = statements.get("interruptionEndsBefore")
    return ClaimFacts(
        ground=claim.ground,
        fact_on=claim.fact_on,
        received_on=claim.received_on,
        assessed_on=today,
        stopped_all_activity=statements.get("stoppedAllActivity"),
        evidence_received=bool(statements.get("evidenceReceived", False)),
        resides_in_belgium=statements.get("residesInBelgium", resides_in_belgium),
        convicted=statements.get("convicted"),
        provoked=statements.get("provoked"),
        interruption_ends_before=None if end is None else date.fromisoformat(end),
        previous_months=statements.get("previousMonths"),
        previous_quarters=statements.get("previousQuarters"),
        pension_quarters=statements.get("pensionQuarters"),
        replacement_income_cents=statements.get("replacementIncomeCents"),
        amount_known=amount_known,
        quarters=known_quarters(attested=statements.get("attestedQuarters", []), billed=billed),
    )


def known_quarters(*, attested: Sequence[JsonObject], billed: Sequence[PaidQuarter]) -> tuple[QuarterRecord, ...]:
    """Bring together what the register attests and what billing knows of each quarter, in order."""
    records = {
        item["quarter"]: QuarterRecord(
            quarter=Quarter.parse(item["quarter"]),
            category=Category(item["category"]),
            paid=bool(item["paid"]),
            open=False,
            source="nationalRegister",
        )
        for item in attested
    }
    for one in billed:
        # A quarter that is open and for which nothing was ever charged was spent, or will be billed, elsewhere in
        # time or in another fund: whether it was paid is not known here.
        untold = one.status == "open" and one.due_cents == 0
        attested_elsewhere = untold or one.status in _LEFT_TO_THE_REGISTER
        if one.category is None or (attested_elsewhere and one.quarter in records):
            continue
        records[one.quarter] = QuarterRecord(
            quarter=Quarter.parse(one.quarter),
            category=one.category,
            paid=None if untold else one.status == "paid" and one.due_cents > 0,
            open=one.status == "open" and not untold,
            source="billing",
        )
    return tuple(records[quarter] for quarter in sorted(records))
