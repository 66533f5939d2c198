"""What a last reminder must state, on pain of nullity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.recovery.debts.rules import OpenItem
from services.recovery.registered_letters.rules import (
    ON_PAIN_OF_NULLITY,
    LastReminderContent,
    LastReminderVoidError,
    Mention,
    check_last_reminder,
    is_void,
)
from shared.contracts.vocabulary import AmountKind
from shared.law.quarter import Quarter

Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)

PRINCIPAL = OpenItem(quarter=Q1, kind=AmountKind.PRINCIPAL, open_cents=89_042, due_on=date(2026, 3, 31))

SURCHARGE = OpenItem(quarter=Q1, kind=AmountKind.SURCHARGE, open_cents=2_671, due_on=date(2026, 3, 31))

CONTENT = LastReminderContent(
    sums=(PRINCIPAL, SURCHARGE),
    wording={
        Mention.WITHIN_ONE_MONTH: "within one month",
        Mention.CONTEST_BY_REGISTERED_LETTER: "contest by registered letter",
        Mention.PLAN_BY_REGISTERED_LETTER: "ask and obtain a plan by registered letter",
        Mention.WARRANT_FOLLOWS: "else a warrant",
    },
    signatory="Cornelia Voorbeeld",
)


class TestLastReminder:
    def test_one_that_states_everything_may_leave(self) -> None:
        check_last_reminder(CONTENT)

    @pytest.mark.parametrize("mention", sorted(ON_PAIN_OF_NULLITY))
    def test_each_mention_on_pain_of_nullity_is_needed(self, mention: Mention) -> None:
        wording = {**CONTENT.wording, mention: "  "}
        with pytest.raises(LastReminderVoidError, match=mention.value):
            check_last_reminder(replace(CONTENT, wording=wording))
        assert is_void(replace(CONTENT, wording=wording).mentions())

    def test_the_sums_are_needed(self) -> None:
        with pytest.raises(LastReminderVoidError, match="sums"):
            check_last_reminder(replace(CONTENT, sums=()))

    def test_a_sum_of_nothing_is_no_sum(self) -> None:
        with pytest.raises(LastReminderVoidError, match="sums"):
            check_last_reminder(replace(CONTENT, sums=(replace(PRINCIPAL, open_cents=0),)))

    def test_somebody_signs_or_prescription_is_not_interrupted(self) -> None:
        with pytest.raises(LastReminderVoidError, match="signatory"):
            check_last_reminder(replace(CONTENT, signatory=""))
