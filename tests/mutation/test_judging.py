"""What becomes of the mutants of a toy, of each of which it is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.mutation.job import Job, Verdict
from deploy.local.mutation.mutants import Mutant
from deploy.local.mutation.rooms import rooms_of
from deploy.local.mutation.scores import Plan, RoomScore, judge, mutants_of_room, score_rooms
from deploy.local.problems import LocalError
from tests.mutation import toy

RULES = "services/toy/fares/rules.py"
TESTS = "tests/toy/fares"
#: A sample of every kind: bodies of functions, what is computed on import, what a cache remembers.
EXPECTED = {
    ("fare", "age < 12 -> age <= 12"): Verdict.SURVIVED,
    ("fare", "return 50 -> return 51"): Verdict.KILLED,
    ("fare", "return 100 -> return None"): Verdict.KILLED,
    ("accept", "raise Refused(f'at least {LEAST}') -> pass"): Verdict.KILLED,
    ("accept", "cents < LEAST -> cents <= LEAST"): Verdict.KILLED,
    ("countdown", "number -= 1 -> number += 1"): Verdict.TIMED_OUT,
    ("forgotten", "return day + 1 -> return day - 1"): Verdict.UNTESTED,
    ("doubled", "cents * 2 -> cents * 3"): Verdict.KILLED,
    ("module", "LEAST = 3 -> LEAST = 4"): Verdict.KILLED,
    ("module", "LEAST = 3 -> LEAST = 2"): Verdict.KILLED,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy's tree."""
    return toy.build(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def mutants(house: Path) -> dict[tuple[str, str], Mutant]:
    """Every mutant of the toy, by function and change."""
    (room,) = rooms_of(house)
    assert (room.name, room.modules, room.tests) == ("toy/fares", (RULES,), (TESTS,))
    return {(mutant.function, mutant.change): mutant for mutant in mutants_of_room(room, house)}


def test_each_mutant_gets_the_verdict_it_deserves(house: Path, mutants: dict[tuple[str, str], Mutant]) -> None:
    chosen = {key: mutants[key] for key in EXPECTED}
    verdicts = judge(Job(str(house), (TESTS,), tuple(chosen.values()), grace_seconds=3.0))
    assert {key: verdicts[number] for number, key in enumerate(chosen)} == EXPECTED


def test_a_room_is_scored_and_what_is_equivalent_does_not_count(house: Path) -> None:
    told: list[RoomScore] = []
    equivalents = {("toy", "fare", "age < 12 -> age <= 12"): "for the test"}
    lines = {RULES: {number for number, line in enumerate(_source(house), start=1) if "age < 12" in line}}
    scores = score_rooms(
        rooms_of(house), tree=house, plan=Plan(), equivalents=equivalents, lines=lines, tell=told.append
    )
    assert scores == told
    (score,) = scores
    # Of the line's three mutants one is equivalent; nobody is eleven or thirteen in the tests.
    assert (score.possible, score.equivalent, score.noticed, score.percent) == (3, 1, 0, 0.0)
    assert [mutant.change for mutant, _ in score.unnoticed()] == ["age < 12 -> age < 11", "age < 12 -> age < 13"]


def test_without_time_nothing_is_judged(house: Path, mutants: dict[tuple[str, str], Mutant]) -> None:
    chosen = (mutants["fare", "return 50 -> return 51"], mutants["module", "LEAST = 3 -> LEAST = 4"])
    assert judge(Job(str(house), (TESTS,), chosen, seconds=0)) == {}


def test_tests_that_cannot_be_imported_are_a_problem(tmp_path: Path) -> None:
    house = toy.build(tmp_path)
    (house / TESTS / "test_broken.py").write_text("import no_such_module\n", encoding="utf-8")
    (room,) = rooms_of(house)
    with pytest.raises(LocalError, match="can't judge mutants"):
        judge(Job(str(house), (TESTS,), tuple(mutants_of_room(room, house)[:1])))


def _source(house: Path) -> list[str]:
    return (house / RULES).read_text(encoding="utf-8").splitlines()
