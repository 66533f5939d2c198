"""Each step of the ladder has its activity, brought by the step's own subject."""

from __future__ import annotations

from unittest.mock import MagicMock

from services.recovery.app import SUBJECTS
from services.recovery.ladder.procedure import STEP_ACTIVITIES, WITHDRAW_MANDATE
from services.recovery.ladder.rules.picture import Step

#: Steps of a case that others take: the post, and the bailiff.
TAKEN_BY_OTHERS = {Step.NOTIFICATION, Step.SERVICE}


def test_every_step_is_taken_by_one_activity_that_some_subject_brings() -> None:
    brought = [one.__name__ for subject in SUBJECTS for one in subject.activities(MagicMock())]
    assert len(brought) == len(set(brought))
    assert set(brought) == {*STEP_ACTIVITIES.values(), WITHDRAW_MANDATE, "look_at_case", "report_failure"}
    assert set(STEP_ACTIVITIES) | TAKEN_BY_OTHERS == set(Step)
