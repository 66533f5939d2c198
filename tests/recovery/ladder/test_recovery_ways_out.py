"""Which ways out are offered, and what forbids a warrant; every expectation by hand."""

from __future__ import annotations

from datetime import date

import pytest

from services.recovery.ladder.rules.ways_out import Alternative, offers, warrant_obstacles
from shared.contracts.vocabulary import Category
from shared.law.quarter import Quarter

Q1, Q2 = Quarter(2026, 1), Quarter(2026, 2)


class TestWaysOut:
    def test_a_main_occupation_is_offered_everything_with_the_last_day_for_an_exemption(self) -> None:
        found = offers(category=Category.MAIN, quarters={Q1, Q2}, today=date(2026, 6, 29), exemption_months=12)
        assert [offer.alternative for offer in found] == [
            Alternative.PAYMENT_PLAN,
            Alternative.EXEMPTION,
            Alternative.REDUCTION,
            Alternative.DROIT_PASSERELLE,
            Alternative.SURCHARGE_WAIVER,
        ]
        # Twelve months from 1 April 2026, the first day of the quarter after the contribution.
        assert found[1].last_day == date(2027, 3, 31)

    def test_on_its_last_day_an_exemption_is_still_offered_the_day_after_not(self) -> None:
        last = offers(category=Category.MAIN, quarters={Q1}, today=date(2027, 3, 31), exemption_months=12)
        late = offers(category=Category.MAIN, quarters={Q1}, today=date(2027, 4, 1), exemption_months=12)
        assert Alternative.EXEMPTION in {offer.alternative for offer in last}
        assert Alternative.EXEMPTION not in {offer.alternative for offer in late}

    def test_a_complementary_occupation_has_no_exemption_and_no_droit_passerelle(self) -> None:
        found = offers(category=Category.COMPLEMENTARY, quarters={Q1}, today=date(2026, 6, 29), exemption_months=12)
        assert [offer.alternative for offer in found] == [
            Alternative.PAYMENT_PLAN,
            Alternative.REDUCTION,
            Alternative.SURCHARGE_WAIVER,
        ]

    @pytest.mark.parametrize(
        ("category", "exemption"),
        [
            (Category.PENSIONER, Alternative.EXEMPTION),
            (Category.BEYOND_PENSION_AGE, Alternative.EXEMPTION),
            (Category.STUDENT, Alternative.EXEMPTION_AS_MAIN),
        ],
    )
    def test_pensioners_and_students_who_pay_as_main_may_ask_an_exemption(
        self, category: Category, exemption: Alternative
    ) -> None:
        found = offers(category=category, quarters={Q1}, today=date(2026, 6, 29), exemption_months=12)
        assert [offer.alternative for offer in found] == [
            Alternative.PAYMENT_PLAN,
            exemption,
            Alternative.REDUCTION,
            Alternative.SURCHARGE_WAIVER,
        ]

    def test_a_company_is_offered_time_to_pay(self) -> None:
        found = offers(category=None, quarters={Q1}, today=date(2026, 6, 29), exemption_months=12)
        assert [offer.alternative for offer in found] == [Alternative.PAYMENT_PLAN]

    def test_what_forbids_a_warrant(self) -> None:
        allowed = warrant_obstacles(
            contact_recorded=True,
            pending_rights=0,
            plan_in_force=False,
            contested=False,
            offered=[Alternative.PAYMENT_PLAN],
        )
        forbidden = warrant_obstacles(
            contact_recorded=False, pending_rights=1, plan_in_force=True, contested=True, offered=[]
        )
        assert allowed == ()
        assert [obstacle.reason for obstacle in forbidden] == [
            "contested",
            "planInForce",
            "rightPending",
            "contactMissing",
            "alternativesNotOffered",
        ]
