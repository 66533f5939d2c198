"""What recovery remembers of debtors, on a real PostgreSQL."""

from __future__ import annotations

from datetime import date

from services.recovery.debts.store import find_debtor
from shared.contracts.affiliation_v1 import AffiliationCategoryChanged
from shared.contracts.vocabulary import Category
from tests.recovery.harness import Stage
from tests.recovery.people import debtor


async def test_a_change_of_category_counts_from_its_own_day(desk: Stage) -> None:
    dossier = await debtor(desk)
    for category, day in ((Category.COMPLEMENTARY, date(2026, 7, 1)), (Category.PENSIONER, date(2026, 4, 1))):
        await desk.tell(
            AffiliationCategoryChanged(dossier=dossier, occurred_on=day, category=category, applies_from=day)
        )
    on_days = {}
    async with desk.database.transaction() as connection:
        for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 30), date(2026, 7, 1)):
            found = await find_debtor(connection, dossier=dossier, on=day)
            assert found is not None
            on_days[day] = found.category
    # The change that was told last but applies first did not undo the newer one.
    assert on_days == {
        date(2026, 3, 31): Category.MAIN,
        date(2026, 4, 1): Category.PENSIONER,
        date(2026, 6, 30): Category.PENSIONER,
        date(2026, 7, 1): Category.COMPLEMENTARY,
    }
