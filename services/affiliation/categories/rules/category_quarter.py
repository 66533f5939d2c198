"""From which quarter a change between main occupation and complementary activity counts (RGS art. 39)."""

from __future__ import annotations

from datetime import date

from services.affiliation.breaches.rules import Breach
from shared.contracts.vocabulary import Category
from shared.law.categories import Occupation, meaning_of
from shared.law.quarter import Quarter


def quarter_of_change(
    *, category: Category, changed_on: date, current: Category | None, following: Category | None
) -> Quarter | Breach:
    """Give the first quarter of the new category, or say that the law read here gives none.

    Becoming complementary counts from the next quarter, or from the same one when it happened on its first day;
    becoming main counts from the quarter in which it happened (RGS art. 39). When that quarter has the category
    already, because an earlier change of it was to count from the next one only, it is the next one that changes.

    Args:
        category: what somebody becomes.
        changed_on: day on which the other activity began or ended.
        current: the category known of the quarter of that day; None when there is none.
        following: the category known of the quarter after it.
    """
    quarter = Quarter.of(changed_on)
    known = {current, following} - {None, category}
    if not known and category in {current, following}:
        return quarter
    occupation = meaning_of(category).occupation.value
    others = {meaning_of(one).occupation.value for one in known if one is not None}
    if occupation is Occupation.COMPLEMENTARY and others == {Occupation.MAIN}:
        return quarter if changed_on == quarter.starts_on else quarter.next()
    if occupation is Occupation.MAIN and others == {Occupation.COMPLEMENTARY}:
        return quarter if current is not category else quarter.next()
    # see limits: quarter-of-other-changes-is-given
    return Breach(
        rule="changedOn.category",
        field="changed_on",
        message="the day of the event gives the quarter only between main occupation and complementary activity: "
        "give appliesFrom, the first day of the quarter, instead",
        article="RGS art. 39",
    )
