"""What a roll must state, and which sums may go on it; every expectation by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from services.recovery.clocks.rules.prescription import Prescriptions, prescription_of
from services.recovery.debts.rules import OpenItem, open_of_quarters
from services.recovery.ladder.rules.contacts import ContactHistory
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
    motivation_of,
    sums_for_warrant,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)
PRINCIPAL = OpenItem(quarter=Q1, kind=AmountKind.PRINCIPAL, open_cents=89_042, due_on=date(2026, 3, 31))
SURCHARGE = OpenItem(quarter=Q1, kind=AmountKind.SURCHARGE, open_cents=2_671, due_on=date(2026, 3, 31))
NEXT = OpenItem(quarter=Q2, kind=AmountKind.PRINCIPAL, open_cents=89_042, due_on=date(2026, 6, 30))
DRAFT = RollDraft(
    case_id=UUID(int=1),
    dossier=UUID(int=2),
    fund_number="990",
    items=(PRINCIPAL, SURCHARGE),
    grounds=Grounds(contact=ContactHistory(reached_on=date(2026, 6, 2), recorded_by="agent")),
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
COMPANY = Debtor(name="Exemple SRL", address="Rue Inventée 7, 4000 Liège", enterprise_number="0999900051")


def complete(
    draft: RollDraft = DRAFT,
    *,
    fund: CreditorFund = FUND,
    debtor: Debtor = PERSON,
    visa_on: date = date(2026, 8, 10),
    sent_on: date = date(2026, 8, 10),
    pay_until: date = date(2026, 8, 20),
    visa_by: str = "Bertrand Modèle",
    issued_by: str = "Cornelia Voorbeeld",
) -> Roll:
    """Complete a roll that lacks nothing unless a test takes something away."""
    return complete_roll(
        draft=draft,
        fund=fund,
        debtor=debtor,
        visa_on=visa_on,
        sent_on=sent_on,
        pay_until=pay_until,
        visa_by=visa_by,
        issued_by=issued_by,
    )


class TestRoll:
    def test_a_roll_for_a_person_and_one_for_a_company(self) -> None:
        assert complete().draft.total_cents == 91_713
        assert complete(debtor=COMPANY).debtor.enterprise_number == "0999900051"

    def test_each_of_the_eight_fields_is_needed(self) -> None:
        nobody = Debtor(name="", address="", national_number="85073003328")
        attempts: dict[str, Callable[[], Roll]] = {
            "fund": lambda: complete(fund=replace(FUND, address="")),
            "debtor name, debtor address": lambda: complete(debtor=nobody),
            "national or enterprise number": lambda: complete(debtor=replace(PERSON, national_number="")),
            "breakdown": lambda: complete(replace(DRAFT, items=())),
            "motivation": lambda: complete(replace(DRAFT, grounds=Grounds(contact=ContactHistory()))),
            "date of the visa": lambda: complete(visa_on=date(2026, 8, 3)),
            "date of sending": lambda: complete(sent_on=date(2026, 8, 9)),
            "final date for payment": lambda: complete(pay_until=date(2026, 8, 9)),
            "remedies": lambda: complete(replace(DRAFT, remedies=())),
            "who gives the visa": lambda: complete(visa_by=""),
            "who issues the warrant": lambda: complete(issued_by=""),
        }
        for field, attempt in attempts.items():
            with pytest.raises(RollIncompleteError, match=field):
                attempt()

    def test_a_debtor_is_a_person_or_a_company_not_both(self) -> None:
        with pytest.raises(RollIncompleteError, match="national or enterprise number"):
            complete(debtor=replace(PERSON, enterprise_number="0999900051"))

    def test_what_is_approved_bears_no_identity(self) -> None:
        text = str(DRAFT.payload())
        assert "Exemplemont" not in text
        assert "85073003328" not in text
        assert DRAFT.payload()["totalCents"] == 91_713

    def test_the_payload_changes_with_a_single_cent(self) -> None:
        other = replace(DRAFT, items=(replace(PRINCIPAL, open_cents=89_041), SURCHARGE))
        assert other.payload() != DRAFT.payload()

    def test_only_listed_undisputed_and_living_sums_go_on_a_warrant(self) -> None:
        prescriptions = Prescriptions(
            quarters={one: prescription_of(quarter=one, years=5, interruptions=[]) for one in (Q1, Q2)}
        )
        listed = {(Q1, AmountKind.PRINCIPAL): 89_042, (Q1, AmountKind.SURCHARGE): 2_671}
        disputed = replace(SURCHARGE, disputed=True)

        def on(day: date, *items: OpenItem) -> tuple[OpenItem, ...]:
            return sums_for_warrant(items=items, listed=listed, prescriptions=prescriptions, today=day)

        assert on(date(2026, 8, 7), PRINCIPAL, disputed, NEXT) == (PRINCIPAL,)
        assert on(date(2031, 12, 31), PRINCIPAL) == (PRINCIPAL,)
        assert on(date(2032, 1, 1), PRINCIPAL) == ()

    def test_a_surcharge_booked_after_the_last_reminder_is_not_on_its_warrant(self) -> None:
        prescriptions = Prescriptions(quarters={Q1: prescription_of(quarter=Q1, years=5, interruptions=[])})
        listed = {(Q1, AmountKind.PRINCIPAL): 89_042, (Q1, AmountKind.SURCHARGE): 2_671}
        grown = replace(SURCHARGE, open_cents=5_342)
        less = replace(PRINCIPAL, open_cents=50_000)
        interest = replace(SURCHARGE, kind=AmountKind.INTEREST)
        found = sums_for_warrant(
            items=(less, grown, interest), listed=listed, prescriptions=prescriptions, today=date(2026, 8, 7)
        )
        assert found == (less, SURCHARGE)

    def test_open_items_come_in_the_order_of_quarter_and_kind(self) -> None:
        paid = replace(NEXT, open_cents=0)
        assert open_of_quarters(items=(SURCHARGE, paid, PRINCIPAL), quarters={Q1, Q2}) == (PRINCIPAL, SURCHARGE)
        assert open_of_quarters(items=(NEXT,), quarters={Q1}) == ()


REACHED = ContactHistory(reached_on=date(2026, 6, 2), sought_on=date(2026, 6, 1))
SOUGHT = ContactHistory(excepted_on=date(2026, 6, 5), sought_on=date(2026, 6, 3))
EXCEPTED = ContactHistory(excepted_on=date(2026, 6, 5))
PLAN = EndedPlan(granted_on=date(2026, 7, 10), ended_on=date(2026, 8, 4))


class TestMotivation:
    @pytest.mark.parametrize(
        ("grounds", "reasons", "contact_on"),
        [
            (
                Grounds(contact=REACHED),
                ["remindedAndContacted", "lastReminderNotified", "notContested", "noPlanObtained"],
                date(2026, 6, 2),
            ),
            (
                Grounds(contact=SOUGHT, plan=PLAN),
                ["remindedContactSought", "lastReminderNotified", "notContested", "planEnded"],
                date(2026, 6, 3),
            ),
            (
                Grounds(contact=EXCEPTED, deemed_notified=True, contested_late_on=date(2026, 8, 5)),
                ["remindedWithoutContact", "lastReminderDeemedNotified", "contestedTooLate", "noPlanObtained"],
                date(2026, 6, 5),
            ),
        ],
    )
    def test_each_reason_is_one_that_happened(self, grounds: Grounds, reasons: list[str], contact_on: date) -> None:
        assert [reason.value for reason in motivation_of(grounds)] == [*reasons, "leastCostlyTitle"]
        assert grounds.contact_on == contact_on

    def test_a_plan_and_a_late_contest_are_part_of_what_is_approved(self) -> None:
        payload = replace(
            DRAFT, grounds=Grounds(contact=EXCEPTED, contested_late_on=date(2026, 8, 5), plan=PLAN)
        ).payload()
        assert (payload["planGrantedOn"], payload["planEndedOn"]) == ("2026-07-10", "2026-08-04")
        assert payload["contestedLateOn"] == "2026-08-05"
        assert "planGrantedOn" not in DRAFT.payload()

    def test_without_contact_or_exception_there_are_no_grounds(self) -> None:
        with pytest.raises(ValueError, match="neither a contact"):
            _ = Grounds(contact=ContactHistory(sought_on=date(2026, 6, 3))).contact_on
