"""Who releases a warrant is designated for it on the day it is issued (RGS art. 47bis par. 3)."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from tests.recovery.acts import begin, contact, decide, steps_of
from tests.recovery.harness import Stage
from tests.recovery.people import debtor


def end_designation(stage: Stage, subject: str, *, since: date) -> None:
    """Let the fund's file say that the designation of a person ended; what was read before stays as it is."""
    groups = cast("dict[str, Any]", stage.context.fund.groups)
    [entry] = groups["signatories"]
    people = [
        {**person, "signs": ["lastReminder"]} if person.get("subject") == subject else person
        for person in entry["people"]
    ]
    groups["signatories"] = (entry, {**entry, "from": since, "people": people})


async def test_an_approval_by_somebody_who_is_designated_no_longer_is_asked_anew(stage: Stage) -> None:
    end_designation(stage, "team-lead", since=date(2026, 8, 10))
    case_id = await begin(stage, await debtor(stage))
    await stage.play(date(2026, 6, 2))
    await contact(stage, case_id)
    await stage.play(date(2026, 8, 10))
    # The roll of 7 August was put before both designated persons; on the 10th one of them is so no longer.
    await decide(stage, "approved", subject="team-lead")
    await stage.settle()
    case = await stage.case()
    assert steps_of(case)[-2:] == [("roll", 1, "2026-08-07"), ("roll", 2, "2026-08-10")]
    assert await stage.facts("warrant-issued") == []
    [again] = (await stage.get("/v1/approvals"))["items"]
    assert again["deciders"] == ["deputy-lead"]
    await decide(stage, "approved", subject="team-lead", status=403)
    await decide(stage, "approved", subject="deputy-lead")
    await stage.settle()
    assert steps_of(await stage.case())[-1] == ("warrant", 2, "2026-08-10")
