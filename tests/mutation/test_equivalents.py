"""The list of equivalent mutants names mutants that exist, with reasons; the page and the JSON tell the scores."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.local import mutate_command
from deploy.local.layout import PROJECT
from deploy.local.mutate_command import enough, mutate
from deploy.local.mutation.equivalents import key_of, read_equivalents, unknown_entries
from deploy.local.mutation.job import Job, Verdict, read_verdict, write_verdict
from deploy.local.mutation.mutants import mutants_of
from deploy.local.mutation.report import as_json, in_lines, publish
from deploy.local.mutation.rooms import Room, changed_lines, rooms_of
from deploy.local.mutation.scores import RoomScore, mutants_of_room
from deploy.local.problems import LocalError

ROOM = Room("toy/fares", "toy", ("m.py",), ("tests/toy",))


def scored(*verdicts: Verdict) -> RoomScore:
    """Score a room whose mutants got these verdicts."""
    drawn = tuple(mutants_of("m.py", "def f(a): return a < 1 or a > 2")[: len(verdicts)])
    assert len(drawn) == len(verdicts)
    return RoomScore(ROOM, 1200, 2, drawn, dict(enumerate(verdicts)), 1.25)


def test_every_entry_names_a_mutant_of_its_service() -> None:
    known = read_equivalents()
    mutants = {key_of(mutant, room.service) for room in rooms_of(PROJECT) for mutant in mutants_of_room(room, PROJECT)}
    assert unknown_entries(known, mutants) == [], "the rule changed: look again whether the mutant changes anything"


@pytest.mark.parametrize(
    "text",
    [
        "- {service: toy, function: f, change: a -> b}",
        "- {service: toy, function: f, change: a -> b, reason: ' '}",
        "- &one {service: toy, function: f, change: a -> b, reason: why}\n- *one",
    ],
)
def test_an_entry_without_its_reason_or_said_twice_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "equivalents.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LocalError, match=r"equivalents\.yaml"):
        read_equivalents(path)


def test_rooms_of_rules_are_found(tmp_path: Path) -> None:
    for name in (
        "shared/law/quarter.py",
        "shared/law/cli.py",
        "services/a/ledger/rules.py",
        "services/a/ledger/service.py",
        "services/a/coda/rules/reading.py",
        "services/a/empty/api.py",
        "tests/a/ledger/test_x.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("A = 1\n", encoding="utf-8")
    assert [(room.name, room.modules, room.tests) for room in rooms_of(tmp_path)] == [
        ("shared/law", ("shared/law/quarter.py",), ("tests/shared/law",)),
        ("a/coda", ("services/a/coda/rules/reading.py",), ("tests/a/ledger",)),
        ("a/ledger", ("services/a/ledger/rules.py",), ("tests/a/ledger",)),
    ]


def test_a_tree_without_history_has_no_changed_lines(tmp_path: Path) -> None:
    assert changed_lines(tmp_path, "HEAD") is None


def test_a_job_and_its_verdicts_survive_being_written_down() -> None:
    job = Job("tree", ("tests",), tuple(mutants_of("m.py", "def f(a): return a < 1")))
    assert Job.from_json(job.to_json()) == job
    assert read_verdict(write_verdict(3, Verdict.TIMED_OUT)) == (3, Verdict.TIMED_OUT)


def test_the_page_keeps_the_rows_of_other_rooms_and_loses_those_of_rooms_that_are_gone(tmp_path: Path) -> None:
    page = tmp_path / "mutation.md"
    page.write_text("| `gone` | 1 |\n| `other` | 2 |\n", encoding="utf-8")
    score = scored(Verdict.KILLED, Verdict.TIMED_OUT, Verdict.SURVIVED, Verdict.KILLED)
    publish([score], rooms=["toy/fares", "other"], page=page)
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == ["| `toy/fares` | 1,200 | 6 | 2 | 3 | 1 | 1 | 75.0 % |", "| `other` | 2 |"]


def test_a_score_is_told_with_what_no_test_noticed() -> None:
    score = scored(Verdict.KILLED, Verdict.SURVIVED, Verdict.UNTESTED)
    (told,) = as_json([score])
    assert (told["judged"], told["noticed"], told["percent"], told["notJudged"]) == (3, 1, 33.3, 0)
    assert [one["verdict"] for one in told["unnoticed"]] == sorted(
        [one["verdict"] for one in told["unnoticed"]], key=[v for _, v in score.unnoticed()].index
    )
    lines = in_lines(score)
    assert lines[0] == "toy/fares: 33.3 %, 1 of 3 mutants noticed in 1 s"
    assert len(lines) == 3
    assert all(line.startswith("  m.py:1 f: ") for line in lines[1:])


def test_a_room_without_a_judged_mutant_hides_nothing() -> None:
    assert scored().percent == 100.0


def test_changed_rules_are_red_only_when_many_mutants_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    survived, killed = scored(Verdict.SURVIVED), scored(Verdict.KILLED)
    assert enough([survived] * 19)
    assert not enough([survived] * 20)
    assert enough([survived] * 8 + [killed] * 12)
    assert not enough([survived] * 9 + [killed] * 12)


def test_an_unknown_room_or_commit_is_a_problem_with_its_remedy() -> None:
    unknown = CliRunner().invoke(mutate, ["nowhere"])
    assert isinstance(unknown.exception, LocalError)
    assert "shared/law" in unknown.exception.remedy
    commit = CliRunner().invoke(mutate, ["shared/law", "--changed-since", "no-such-commit"])
    assert isinstance(commit.exception, LocalError)


def test_a_room_below_the_goal_ends_with_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    for verdict, code in ((Verdict.KILLED, 0), (Verdict.SURVIVED, 1)):
        monkeypatch.setattr(mutate_command, "score_rooms", lambda *_, verdict=verdict, **__: [scored(verdict)])
        assert CliRunner().invoke(mutate, ["shared/law", "--json"]).exit_code == code
