"""Until when somebody who starts affiliates in time (royal decree 38, art. 10 par. 1; RGS art. 9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from shared.law.parameters import Parameters

#: Days from the start until the last day in time, by the word of ``affiliation.deadline``.
_DAYS: Final = {"within90Days": 90, "onStartDay": 0, "beforeStart": -1}


def last_day_in_time(starts_on: date, *, told_on: date, parameters: Parameters) -> date:
    """Give the last day on which an activity that begins on ``starts_on`` is declared in time.

    Args:
        starts_on: first day of the activity.
        told_on: the day of the declaration, whose law it follows: since July 2016 before the first day, from April 2010
            on that day itself at the latest.
        parameters: the law.

    Raises:
        ParameterMissing: the deadline of that day is not known.
    """
    return starts_on + timedelta(days=_DAYS[parameters.text("affiliation.deadline", on=told_on)])
