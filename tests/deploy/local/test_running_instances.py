"""Who asks an instance that does not run is told which ones do."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local import operator_commands
from deploy.local.instance import Instance
from deploy.local.operator_commands import running, running_instances
from deploy.local.problems import LocalError


@pytest.fixture
def alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Three folders, one of them no instance; the names in the set run."""
    monkeypatch.setenv("AUXILIA_STATE_DIR", str(tmp_path))
    for name in ("demo", "two", "No instance"):
        (tmp_path / name).mkdir()
    names: set[str] = set()
    monkeypatch.setattr(Instance, "running", lambda self: self.name in names)
    return names


def test_the_instances_that_run_are_named(alive: set[str]) -> None:
    alive.update({"demo", "two"})
    assert running_instances() == ["demo", "two"]
    with pytest.raises(LocalError) as refused:
        running("main")
    assert refused.value.remedy.startswith("Running: demo, two; add --instance demo.")
    assert operator_commands.running("demo").name == "demo"


@pytest.mark.usefixtures("alive")
def test_where_none_runs_one_is_started() -> None:
    with pytest.raises(LocalError) as refused:
        running("main")
    assert refused.value.remedy == "Start it: ./auxilia up --instance main"
