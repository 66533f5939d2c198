"""Who gets the droit passerelle: the conditions of the programme law of 26-12-2022 (title 9, chapter 3, art. 188-211).

Every condition is one rule with its own outcome. ``no`` refuses, ``maybe`` says what is still missing and who must
bring it, and only a claim whose rules all say ``yes`` is granted. Facts before 1 January 2023 belong to the law of
22-12-2016, which is not played here: such a claim is refused by a person who has read it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from services.benefits.claims.rules.entitlement import (
    Allowance,
    DroitPasserelleLaw,
    allowance,
    entitled_months,
    has_full_calendar_months,
)
from services.benefits.claims.rules.facts import (
    AskedOf,
    Assessment,
    ClaimFacts,
    Ground,
    Outcome,
    QuarterRecord,
    RuleResult,
    Verdict,
)
from shared.law.categories import Right, meaning_of
from shared.law.quarter import Quarter, quarters_between


def application_deadline(*, fact_on: date, law: DroitPasserelleLaw) -> date:
    """Give the last day on which a claim can be made: the end of the second quarter after the fact's (art. 194)."""
    return Quarter.of(fact_on).next(law.application_quarters).last_day


def is_forced_interruption(*, ground: Ground, law: DroitPasserelleLaw) -> bool:
    """Tell whether a ground is independent of the person's will (art. 190, 1°), so that no contribution is due."""
    return ground.value in law.forced_grounds


def assess(*, facts: ClaimFacts, law: DroitPasserelleLaw) -> Assessment:
    """Ask every rule and weigh the answers: one ``no`` refuses, else one ``maybe`` leaves the claim incomplete."""
    results = tuple(rule(facts, law) for rule in RULES)
    outcomes = {result.outcome for result in results}
    if Outcome.NO in outcomes:
        verdict = Verdict.REFUSED
    elif Outcome.MAYBE in outcomes:
        verdict = Verdict.INCOMPLETE
    else:
        verdict = Verdict.GRANTED
    return Assessment(verdict=verdict, results=results)


def _yes_or_no(answer: bool) -> Outcome:
    return Outcome.YES if answer else Outcome.NO


def _law_applies(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    return RuleResult(
        rule="lawApplies",
        article="LP 26-12-2022 art. 210-211",
        outcome=_yes_or_no(facts.fact_on >= law.applies_from),
        facts={"factOn": facts.fact_on.isoformat(), "appliesFrom": law.applies_from.isoformat()},
    )


def _ground(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    del law
    return RuleResult(
        rule="groundProven",
        article="LP 26-12-2022 art. 190",
        outcome=Outcome.YES if facts.evidence_received else Outcome.MAYBE,
        facts={"ground": facts.ground.value, "evidenceReceived": facts.evidence_received},
        asked_of=None if facts.evidence_received else AskedOf.APPLICANT,
    )


def _stopped(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    del law
    answer = facts.stopped_all_activity
    return RuleResult(
        rule="activityStopped",
        article="LP 26-12-2022 art. 190",
        outcome=Outcome.MAYBE if answer is None else _yes_or_no(answer),
        facts={"stoppedAllActivity": answer},
        asked_of=AskedOf.APPLICANT if answer is None else None,
    )


def _known(facts: ClaimFacts) -> dict[Quarter, QuarterRecord]:
    return {record.quarter: record for record in facts.quarters}


def _subject_quarters(facts: ClaimFacts, law: DroitPasserelleLaw) -> list[Quarter]:
    """Give the quarters right before the first day of the quarter that follows the fact: the fact's own one is last."""
    last = Quarter.of(facts.fact_on)
    return quarters_between(last.previous(law.subject_quarters - 1), last)


def _subjection(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    required = _subject_quarters(facts, law)
    known = _known(facts)
    unknown = [str(quarter) for quarter in required if quarter not in known]
    # An unknown quarter may have been spent in another fund: staff ask the national register before anyone refuses.
    return RuleResult(
        rule="subjectFourQuarters",
        article="LP 26-12-2022 art. 191 par. 1, 1°",
        outcome=Outcome.MAYBE if unknown else Outcome.YES,
        facts={"quarters": [str(quarter) for quarter in required], "unknownQuarters": unknown},
        asked_of=AskedOf.STAFF if unknown else None,
    )


def _category(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    known = _known(facts)
    records = [known[quarter] for quarter in _subject_quarters(facts, law) if quarter in known]
    other = [record for record in records if record.category.value not in law.eligible_categories]
    # The dated list does not name them, the law read here does not shut them out: a person has to look.
    doubtful = [record for record in other if meaning_of(record.category).droit_passerelle.value is not Right.NO]
    certain = _yes_or_no(not other)
    outcome = Outcome.MAYBE if other and len(doubtful) == len(other) else certain
    return RuleResult(
        rule="mainOccupation",
        article="LP 26-12-2022 art. 191 par. 1, 2°",
        outcome=outcome,
        facts={"otherQuarters": [f"{record.quarter} {record.category.value}" for record in other]},
        asked_of=AskedOf.STAFF if outcome is Outcome.MAYBE else None,
    )


def _paid(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    last = Quarter.of(facts.fact_on)
    window = set(quarters_between(last.previous(law.payment_window_quarters - 1), last))
    inside = sorted((record for record in facts.quarters if record.quarter in window), key=lambda item: item.quarter)
    paid = [str(record.quarter) for record in inside if record.paid]
    still_open = [str(record.quarter) for record in inside if record.open and not record.paid]
    pay_before = application_deadline(fact_on=facts.fact_on, law=law)
    untold = [str(record.quarter) for record in inside if record.paid is None]
    if _subjection(facts, law).outcome is Outcome.MAYBE:
        # Part of the career is with another fund: what it paid there is not known here.
        untold += [str(quarter) for quarter in sorted(window - {record.quarter for record in inside})]
    if len(paid) >= law.paid_quarters:
        outcome, asked_of = Outcome.YES, None
    elif len(paid) + len(still_open) >= law.paid_quarters and facts.assessed_on <= pay_before:
        # Art. 197 par. 3: who meets this condition later, but within the time to apply, gets everything from the fact.
        outcome, asked_of = Outcome.MAYBE, AskedOf.APPLICANT
    elif len(paid) + len(untold) >= law.paid_quarters:
        outcome, asked_of = Outcome.MAYBE, AskedOf.STAFF
    else:
        outcome, asked_of = Outcome.NO, None
    return RuleResult(
        rule="fourQuartersPaid",
        article="LP 26-12-2022 art. 191 par. 1, 3° and art. 197 par. 3",
        outcome=outcome,
        facts={
            "paidQuarters": paid,
            "openQuarters": still_open,
            "unknownQuarters": untold,
            "required": law.paid_quarters,
            "window": law.payment_window_quarters,
            "payBefore": pay_before.isoformat(),
        },
        asked_of=asked_of,
    )


def _residence(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    del law
    answer = facts.resides_in_belgium
    return RuleResult(
        rule="residesInBelgium",
        article="LP 26-12-2022 art. 191 par. 1, 4°",
        outcome=Outcome.MAYBE if answer is None else _yes_or_no(answer),
        facts={"residesInBelgium": answer},
        asked_of=AskedOf.STAFF if answer is None else None,
    )


def _exclusions(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    del law
    answers = (facts.convicted, facts.provoked)
    clear = Outcome.MAYBE if None in answers else Outcome.YES
    outcome = Outcome.NO if True in answers else clear
    return RuleResult(
        rule="notExcluded",
        article="LP 26-12-2022 art. 192",
        outcome=outcome,
        facts={"convicted": facts.convicted, "provoked": facts.provoked},
        asked_of=AskedOf.APPLICANT if outcome is Outcome.MAYBE else None,
    )


def _interruption(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    end = facts.interruption_ends_before
    days = None if end is None else (end - facts.fact_on).days
    return RuleResult(
        rule="sevenDaysInterrupted",
        article="LP 26-12-2022 art. 193 par. 1",
        outcome=_yes_or_no(days is None or days >= law.period_days),
        facts={"interruptedDays": days, "required": law.period_days},
    )


def _in_time(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    deadline = application_deadline(fact_on=facts.fact_on, law=law)
    return RuleResult(
        rule="appliedInTime",
        article="LP 26-12-2022 art. 194 par. 1",
        outcome=_yes_or_no(facts.received_on <= deadline),
        facts={"receivedOn": facts.received_on.isoformat(), "deadline": deadline.isoformat()},
    )


def _remaining(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    months, quarters = facts.previous_months, facts.previous_quarters
    if months is None or quarters is None:
        outcome, asked_of = Outcome.MAYBE, AskedOf.APPLICANT
    elif (months or quarters) and facts.pension_quarters is None:
        # What a later fact adds depends on the pension quarters built since (art. 193 par. 3): staff ask the register.
        outcome, asked_of = Outcome.MAYBE, AskedOf.STAFF
    else:
        outcome, asked_of = Outcome.YES, None
    return RuleResult(
        rule="entitlementLeft",
        article="LP 26-12-2022 art. 193 par. 3",
        outcome=outcome,
        facts={
            "previousMonths": months,
            "previousQuarters": quarters,
            "pensionQuarters": facts.pension_quarters,
            "months": law.months,
            "quarters": law.quarters,
        },
        asked_of=asked_of,
    )


def _replacement_income(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    del law
    missing = facts.replacement_income_cents is None
    return RuleResult(
        rule="replacementIncomeKnown",
        article="LP 26-12-2022 art. 199",
        outcome=Outcome.MAYBE if missing else Outcome.YES,
        facts={"replacementIncomeCents": facts.replacement_income_cents},
        asked_of=AskedOf.APPLICANT if missing else None,
    )


def _amount(facts: ClaimFacts, law: DroitPasserelleLaw) -> RuleResult:
    del law
    # A decision about money states how it is computed (Charter art. 13): without the amount there is none to state.
    return RuleResult(
        rule="amountKnown",
        article="LP 26-12-2022 art. 196 par. 1",
        outcome=Outcome.YES if facts.amount_known else Outcome.MAYBE,
        facts={"amountKnown": facts.amount_known},
        asked_of=None if facts.amount_known else AskedOf.STAFF,
    )


#: The rules in the order of the law.
RULES: Final[tuple[Callable[[ClaimFacts, DroitPasserelleLaw], RuleResult], ...]] = (
    _law_applies,
    _ground,
    _stopped,
    _subjection,
    _category,
    _paid,
    _residence,
    _exclusions,
    _interruption,
    _in_time,
    _remaining,
    _amount,
    _replacement_income,
)
#: Names of the rules: a letter has a plain sentence for each of them.
RULE_NAMES: Final = (
    "lawApplies",
    "groundProven",
    "activityStopped",
    "subjectFourQuarters",
    "mainOccupation",
    "fourQuartersPaid",
    "residesInBelgium",
    "notExcluded",
    "sevenDaysInterrupted",
    "appliedInTime",
    "entitlementLeft",
    "amountKnown",
    "replacementIncomeKnown",
)


def fact_allowance(*, facts: ClaimFacts, law: DroitPasserelleLaw) -> Allowance:
    """Give the months and quarters a claim can be granted (art. 193 par. 3); what nobody said counts as nothing."""
    return allowance(
        previous_months=facts.previous_months or 0,
        previous_quarters=facts.previous_quarters or 0,
        pension_quarters=facts.pension_quarters,
        law=law,
    )


def has_something_to_grant(*, facts: ClaimFacts, law: DroitPasserelleLaw) -> bool:
    """Tell whether a grant would pay a single period or keep a single quarter of rights."""
    months = entitled_months(
        fact_on=facts.fact_on,
        interruption_ends_before=facts.interruption_ends_before,
        granted_months=fact_allowance(facts=facts, law=law).months,
        law=law,
    )
    return bool(months) or bool(relief_quarters(facts=facts, law=law))


def relief_quarters(*, facts: ClaimFacts, law: DroitPasserelleLaw) -> tuple[Quarter, ...]:
    """Give the quarters with preserved social rights (art. 193 par. 2); none after less than a full calendar month.

    They begin with the quarter after the fact. An interruption that ends keeps the first of them and those that began
    before its end (inferred: the law counts quarters, not days).
    """
    end = facts.interruption_ends_before
    months = law.rights_after_months
    if not has_full_calendar_months(starts_on=facts.fact_on, ends_before=end, months=months):
        return ()
    first = Quarter.of(facts.fact_on).next()
    count = fact_allowance(facts=facts, law=law).quarters
    granted = quarters_between(first, first.next(count - 1)) if count else []
    if end is None:
        return tuple(granted)
    last_day = end - timedelta(days=1)
    # see limits: rights-of-an-interruption-that-ends
    return tuple(quarter for quarter in granted if quarter == first or quarter.starts_on <= last_day)
