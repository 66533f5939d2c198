"""Kill -9 of any process at any moment loses and doubles nothing: the end is the same as without.

It plays the year twice, so it has a command of its own: ``CHAOS_KILLS=9 ./auxilia test -k chaos``. The seed and the
number of kills come from the environment: ``CHAOS_SEED=7 CHAOS_KILLS=40 ./auxilia test -k chaos`` tries another forty.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.journeys.playing import MORTALS, Nemesis, Played, play_demo

SEED = int(os.environ.get("CHAOS_SEED", "20260331"))
KILLS = int(os.environ.get("CHAOS_KILLS", "9"))


@pytest.mark.skipif(
    "CHAOS_KILLS" not in os.environ, reason="has its own command: CHAOS_KILLS=9 ./auxilia test -k chaos"
)
def test_a_year_with_processes_killed_at_random_ends_like_one_without(undisturbed: Played, tmp_path: Path) -> None:
    undisturbed.instance.stop()
    nemesis = Nemesis("chaos", seed=SEED, kills=KILLS, pause_seconds=lambda chance: chance.uniform(3, 12))
    with nemesis:
        disturbed = play_demo("chaos", tmp_path, "--fresh")
    try:
        told = f"seed {SEED}, killed {nemesis.killed}"
        assert set(nemesis.killed) == set(MORTALS), told
        different = set(disturbed.state()) ^ set(expected_state(undisturbed))
        assert sorted(different)[:10] == [], told
        assert disturbed.letters() == undisturbed.letters(), told
        ignored = ("outputFolder", "traceDossiers")
        assert without(disturbed.summary, ignored) == without(undisturbed.summary, ignored), told
    finally:
        disturbed.instance.delete()


def expected_state(undisturbed: Played) -> list[str]:
    """Return the end state of the undisturbed run, whose instance was stopped meanwhile."""
    undisturbed.instance.start(services=False)
    return undisturbed.state()


def without(summary: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    """Return a summary without what differs between any two runs."""
    return {name: value for name, value in summary.items() if name not in names}
