"""Kill -9 of any process at any moment loses and doubles nothing: the end is the same as without.

The suite plays the year once more with every process killed once. ``CHAOS_SEEDS=7,8 CHAOS_KILLS=40 ./auxilia test -k
chaos`` tries other moments, and more of them. It comes last of the journeys, for it stops the undisturbed instance.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.playing import MORTALS, Nemesis, Played, play_demo

SEEDS = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "20260331").split(",")]
KILLS = int(os.environ.get("CHAOS_KILLS", len(MORTALS)))
#: What differs between any two runs.
IGNORED = ("outputFolder", "traceDossiers")


@pytest.fixture(scope="module")
def expected_state(undisturbed: Played) -> list[str]:
    """The end state of the undisturbed run, whose processes make room for the disturbed ones."""
    state = undisturbed.state()
    undisturbed.instance.stop()
    return state


@pytest.mark.parametrize("seed", SEEDS)
def test_a_year_of_chaos_ends_like_one_without(
    undisturbed: Played, expected_state: list[str], tmp_path: Path, seed: int
) -> None:
    nemesis = Nemesis("chaos", seed=seed, kills=KILLS, pause_seconds=lambda chance: chance.uniform(3, 14))
    with nemesis:
        disturbed = play_demo("chaos", tmp_path, "--fresh")
    try:
        told = f"seed {seed}, killed {nemesis.killed}"
        assert set(nemesis.killed) == set(MORTALS), told
        assert differences(disturbed.state(), expected_state)[:10] == [], told
        assert disturbed.letters() == undisturbed.letters(), told
        assert without(disturbed.summary) == without(undisturbed.summary), told
    finally:
        disturbed.instance.delete()


def differences(found: list[str], expected: list[str]) -> list[str]:
    """Return the rows of one state that the other lacks; a row that stands twice counts twice, for ids are left out."""
    more, fewer = Counter(found) - Counter(expected), Counter(expected) - Counter(found)
    return sorted([f"more: {row}" for row in more.elements()] + [f"fewer: {row}" for row in fewer.elements()])


def test_a_doubled_row_is_a_difference() -> None:
    assert differences(["a", "a", "b"], ["a", "b"]) == ["more: a"]
    assert differences(["a"], ["a", "b"]) == ["fewer: b"]


def without(summary: dict[str, object]) -> dict[str, object]:
    """Return a summary without what differs between any two runs."""
    return {name: value for name, value in summary.items() if name not in IGNORED}
