"""The figures of a demo's summary that are counted here and not by a service."""

from __future__ import annotations

from typing import Any, cast

import pytest

from deploy.local.fund_api import FundApi
from deploy.local.summary import RefusedRow, dead_letter_count, refused_rows


class Pages:
    """A service whose list of dead letters has pages of two."""

    def __init__(self, letters: int) -> None:
        self.letters = [str(number) for number in range(letters)]

    async def get(self, service: str, path: str, *, operator: str, **params: str) -> dict[str, Any]:
        """Answer a page, as the service does: a full one says where the next begins."""
        assert (service, path, operator) == ("billing", "/v1/deadLetters", "ada")
        after = params.get("afterDeadLetterId")
        first = 0 if after is None else self.letters.index(after) + 1
        items = [{"deadLetterId": one} for one in self.letters[first : first + 2]]
        return {"items": items} | ({"nextAfterDeadLetterId": items[-1]["deadLetterId"]} if len(items) == 2 else {})


@pytest.mark.parametrize("letters", [0, 1, 2, 3, 4, 5])
async def test_dead_letters_are_counted_over_all_pages(letters: int) -> None:
    api = cast("FundApi", Pages(letters))
    assert await dead_letter_count(api, "billing", operator="ada") == letters


def test_refused_rows_are_listed_by_every_rule_a_service_names() -> None:
    by_affiliation = [
        {
            "line": 4,
            "reference": "4",
            "issues": [{"field": "birthDate", "rule": "person.age"}, {"field": "iban", "rule": "iban.checksum"}],
        }
    ]
    assert refused_rows("people.csv", by_affiliation) == [
        RefusedRow(file="people.csv", line=4, field="birthDate", rule="person.age"),
        RefusedRow(file="people.csv", line=4, field="iban", rule="iban.checksum"),
    ]
    by_billing = [{"line": 2, "field": "income", "rule": "amount", "detail": "an amount in euro is expected"}]
    assert refused_rows("incomes.csv", by_billing) == [
        RefusedRow(file="incomes.csv", line=2, field="income", rule="amount")
    ]
    assert refused_rows("incomes.csv", []) == []
