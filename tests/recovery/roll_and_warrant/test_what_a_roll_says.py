"""What the approval of a roll is bound to, field by field, and the last thing each check lets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.recovery.clocks.rules.prescription import (
    Interruption,
    InterruptionKind,
    PrincipalPart,
    prescriptions_of_parts,
)
from services.recovery.debts.rules import OpenItem
from services.recovery.ladder.rules.contacts import ContactHistory
from services.recovery.registered_letters.rules import (
    LastReminderContent,
    LastReminderVoidError,
    Mention,
    check_last_reminder,
)
from services.recovery.roll_and_warrant.rules import (
    CreditorFund,
    Debtor,
    EndedPlan,
    Grounds,
    LastReminderEvidence,
    Remedy,
    Roll,
    RollDraft,
    RollIncompleteError,
    complete_roll,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

Q1 = Quarter(2026, 1)
ITEM = OpenItem(quarter=Q1, kind=AmountKind.PRINCIPAL, open_cents=1, due_on=date(2026, 3, 31))
DRAFT = RollDraft(
    case_id=UUID(int=1),
    dossier=UUID(int=2),
    fund_number="990",
    items=(ITEM,),
    grounds=Grounds(
        contact=ContactHistory(reached_on=date(2026, 6, 2), recorded_by="agent"),
        contested_late_on=date(2026, 8, 5),
        plan=EndedPlan(granted_on=date(2026, 6, 10), ended_on=date(2026, 7, 20)),
    ),
    reminder_on=date(2026, 4, 14),
    statement_on=date(2026, 5, 15),
    last_reminder=LastReminderEvidence(
        sent_on=date(2026, 6, 29),
        notified_on=date(2026, 7, 1),
        last_day_to_contest=date(2026, 8, 3),
        quarters=frozenset({Q1}),
    ),
    remedies=(Remedy.OPPOSITION_WITHIN_ONE_MONTH,),
)
FUND = CreditorFund(name="Auxilia", number="990", address="Rue de l'Exemple 1, 1000 Bruxelles")
PERSON = Debtor(name="Camille Exemplemont", address="Rue Inventée 7, 4000 Liège", national_number="85073003328")


def complete(
    draft: RollDraft = DRAFT,
    *,
    fund: CreditorFund = FUND,
    visa_on: date = date(2026, 8, 4),
    sent_on: date = date(2026, 8, 5),
    pay_until: date = date(2026, 8, 6),
    visa_by: str = "one",
    issued_by: str = "two",
) -> Roll:
    """Complete a roll whose days follow each other one by one."""
    return complete_roll(
        draft=draft,
        fund=fund,
        debtor=PERSON,
        visa_on=visa_on,
        sent_on=sent_on,
        pay_until=pay_until,
        visa_by=visa_by,
        issued_by=issued_by,
    )


def test_an_approval_is_bound_to_every_field() -> None:
    assert DRAFT.payload() == {
        "caseId": "00000000-0000-0000-0000-000000000001",
        "dossier": "00000000-0000-0000-0000-000000000002",
        "fundNumber": "990",
        "breakdown": [{"quarter": "2026Q1", "kind": "principal", "openCents": 1, "dueOn": "2026-03-31"}],
        "totalCents": 1,
        "motivation": DRAFT.payload()["motivation"],
        "reminderOn": "2026-04-14",
        "statementOn": "2026-05-15",
        "contactOn": "2026-06-02",
        "lastReminderSentOn": "2026-06-29",
        "lastReminderNotifiedOn": "2026-07-01",
        "lastDayToContest": "2026-08-03",
        "remedies": ["oppositionWithinOneMonth"],
        "contestedLateOn": "2026-08-05",
        "planGrantedOn": "2026-06-10",
        "planEndedOn": "2026-07-20",
    }


def test_a_complete_roll_keeps_every_day_and_name() -> None:
    roll = complete()
    assert (roll.visa_on, roll.sent_on, roll.pay_until) == (date(2026, 8, 4), date(2026, 8, 5), date(2026, 8, 6))
    assert (roll.visa_by, roll.issued_by, roll.draft, roll.fund, roll.debtor) == ("one", "two", DRAFT, FUND, PERSON)


def test_all_may_happen_on_the_day_after_the_last_one_to_contest() -> None:
    day = date(2026, 8, 4)
    assert complete(sent_on=day, pay_until=day).pay_until == day


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"visa_on": date(2026, 8, 3)}, "date of the visa"),
        ({"sent_on": date(2026, 8, 3)}, "date of sending"),
        ({"pay_until": date(2026, 8, 4)}, "final date for payment"),
        ({"visa_by": ""}, "who gives the visa"),
        ({"issued_by": ""}, "who issues the warrant"),
        ({"fund": replace(FUND, address="")}, "fund"),
        ({"draft": replace(DRAFT, remedies=())}, "remedies and their time limits"),
        ({"draft": replace(DRAFT, items=())}, "breakdown"),
        ({"draft": replace(DRAFT, items=(ITEM, replace(ITEM, open_cents=0)))}, "breakdown"),
    ],
)
def test_a_roll_that_lacks_something_names_it(change: dict[str, object], missing: str) -> None:
    with pytest.raises(RollIncompleteError) as refused:
        complete(**change)  # type: ignore[arg-type]
    assert refused.value.missing == (missing,)
    assert missing in str(refused.value)


def test_a_last_reminder_for_a_single_cent_is_whole_and_for_nothing_is_not() -> None:
    content = LastReminderContent(sums=(ITEM,), wording=dict.fromkeys(Mention, "said"), signatory="Cornelia Voorbeeld")
    check_last_reminder(content)
    said: dict[Mention, str] = {mention: "said" for mention in Mention if mention is not Mention.SUMS}
    nothing = replace(content, sums=(replace(ITEM, open_cents=0),), wording=said)
    with pytest.raises(LastReminderVoidError, match="the last reminder lacks: sums"):
        check_last_reminder(nothing)


def test_an_act_of_the_day_a_supplement_was_claimed_interrupts_its_prescription_too() -> None:
    claimed_on = date(2028, 5, 10)
    part = PrincipalPart(claimed_on=claimed_on, regularisation=True, open_cents=100)

    def prescribed_from(act_on: date) -> date:
        act = Interruption(kind=InterruptionKind.REGISTERED_LETTER, on=act_on)
        (found,) = prescriptions_of_parts(quarter=Quarter(2024, 1), years=5, interruptions=[act], parts=[part])
        return found.prescription.prescribed_from

    assert prescribed_from(claimed_on) == date(2033, 5, 11)
    assert prescribed_from(date(2028, 5, 9)) == date(2032, 1, 1)
