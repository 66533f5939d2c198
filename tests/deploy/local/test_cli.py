"""The command line teaches, suggests, and says problems in plain lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from deploy.local.cli import auxilia
from deploy.local.layout import PROJECT
from deploy.local.operator_commands import nothing_accepted

# Verbs whose options and help belong to a module of their own.
OWN_HELP = {name for name, command in auxilia.commands.items() if not command.add_help_option}


def run(arguments: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as the launcher does."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-P", "-m", "deploy.local.cli", *arguments],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
    )


def test_help_names_every_verb_and_the_first_steps() -> None:
    """A newcomer learns the verbs and what they need from one screen."""
    shown = CliRunner().invoke(auxilia, ["--help"]).output
    for verb in ("demo", "up", "down", "status", "play", "import", "trace", "verify-audit", "token", "test", "lint"):
        assert f"\n  {verb} " in shown
    for words in ("First steps", "Java 17", "Go 1.26", "AUXILIA_DATABASE_URL", "docker compose up"):
        assert words in shown
    assert shown.count("\n") < 60


@pytest.mark.parametrize("verb", sorted(set(auxilia.commands) - OWN_HELP))
def test_every_verb_teaches_with_an_example(verb: str) -> None:
    """Each verb's help says what it does and shows how it is typed."""
    result = CliRunner().invoke(auxilia, [verb, "--help"])
    assert result.exit_code == 0
    if isinstance(command := auxilia.commands[verb], click.Group):
        result = CliRunner().invoke(auxilia, [verb, next(iter(command.commands)), "--help"])
    assert f"./auxilia {verb}" in result.output.partition("\n")[2]


@pytest.mark.parametrize("verb", sorted(OWN_HELP))
def test_every_verb_with_a_module_of_its_own_teaches_too(verb: str, tmp_path: Path) -> None:
    """Its help is shown from any folder, and says how it is typed."""
    done = run([verb, "--help"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"auxilia {verb}" in done.stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("statu", "status"), ("tets", "test"), ("donw", "down"), ("imprt", "import")]
)
def test_an_unknown_verb_gets_a_suggestion(typed: str, meant: str) -> None:
    """A slip of the fingers ends with code 2 and the verb that was probably meant."""
    result = CliRunner().invoke(auxilia, [typed])
    assert result.exit_code == 2
    assert f"there is no verb '{typed}'. Did you mean: ./auxilia {meant}?" in result.output


def test_a_verb_like_no_other_points_to_the_help() -> None:
    """Where nothing is near, nothing is guessed."""
    result = CliRunner().invoke(auxilia, ["zzzzzz"])
    assert result.exit_code == 2
    assert "See ./auxilia --help" in result.output


def test_it_works_from_any_folder_and_says_problems_plainly(tmp_path: Path) -> None:
    """A folder with modules of the same names confuses nobody, and no trace of Python is shown."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").write_text("raise RuntimeError('the wrong one')\n")
    done = run(["status", "--instance", "nothing"], tmp_path, AUXILIA_STATE_DIR=str(tmp_path / "state"))
    assert done.returncode == 1
    assert "instance 'nothing' was never started" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state").exists()


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    """A second `down` finds nothing to do and says so."""
    done = run(["down", "--instance", "nothing"], tmp_path, AUXILIA_STATE_DIR=str(tmp_path / "state"))
    assert done.returncode == 0
    assert "was not running" in done.stderr


@pytest.mark.parametrize("verb", ["play", "verify-audit"])
def test_a_problem_comes_with_its_remedy_whoever_runs_the_verb(verb: str, tmp_path: Path) -> None:
    """A verb with a module of its own says what to do about a problem just as the others do."""
    arguments = {
        "play": ["play", "--instance", "nowhere", "--until", "2027-06-30"],
        "verify-audit": ["verify-audit", "--instance", "nowhere"],
    }
    done = run(arguments[verb], tmp_path, AUXILIA_STATE_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "auxilia: instance 'nowhere' does not run" in done.stderr
    assert "Start it: ./auxilia up --instance nowhere" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("answer", "nothing"),
    [
        ({"accepted": 0, "rejected": 3}, True),
        ({"accepted": 1, "rejected": 3}, False),
        ({"accepted": 0, "rejected": 0}, False),
        ({"rowsAccepted": 0, "rowsRefused": 2}, True),
        ({"rowsAccepted": 5, "rowsRefused": 2}, False),
        ({"statements": 1, "lines": 4}, False),
    ],
)
def test_a_file_of_which_every_row_was_refused_is_told_apart(answer: dict[str, int], nothing: bool) -> None:
    """A script sees by the code that nothing came in; a file in which there was nothing is no failure."""
    assert nothing_accepted(answer) is nothing
