"""A machine that lacks something is told what, why, and how to get it or do without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.environment import OutsideServers
from deploy.local.layout import PROJECT
from deploy.local.problems import LocalError
from deploy.local.tools import check_tools, missing_tools

NAMED = OutsideServers(kafka_bootstrap="kafka:9092", temporal_address="temporal:7233")


def tool(folder: Path, name: str, says: str) -> None:
    """Put a tool that tells its version on the path."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no tools and an empty cache."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("AUXILIA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("AUXILIA_TEMPORAL_SERVER", raising=False)
    return tmp_path / "bin"


def names(outside: OutsideServers, *, jars: bool = False) -> list[str]:
    """Give the names of the missing tools."""
    return [item.tool for item in missing_tools(outside, kafka_jars_present=jars)]


def test_an_empty_machine_lacks_three_tools(machine: Path) -> None:
    """All are named at once, with a way to get each and two ways to do without."""
    assert machine.exists()
    assert names(OutsideServers()) == ["Java 17 or later", "Maven", "Go 1.26 or later"]
    with pytest.raises(LocalError, match="Java 17 or later and Maven and Go") as refused:
        check_tools(OutsideServers(), kafka_jars_present=False)
    for words in ("apt install", "docker compose up", "AUXILIA_KAFKA_BOOTSTRAP", "AUXILIA_TEMPORAL_ADDRESS"):
        assert words in refused.value.remedy


def test_old_tools_do_not_count(machine: Path) -> None:
    """A tool that is too old is as good as absent."""
    tool(machine, "java", 'openjdk version "11.0.2"')
    tool(machine, "mvn", "Apache Maven 3.8.7")
    tool(machine, "go", "go version go1.22.1 linux/amd64")
    assert names(OutsideServers()) == ["Java 17 or later", "Go 1.26 or later"]


def test_what_is_there_is_enough(machine: Path) -> None:
    """Maven is only needed until the jars are there, Go only until the server is built."""
    tool(machine, "java", 'openjdk version "17.0.15"')
    tool(machine, "go", "go version go1.26.8 linux/amd64")
    assert names(OutsideServers()) == ["Maven"]
    assert names(OutsideServers(), jars=True) == []
    (machine / "go").unlink()
    assert names(OutsideServers(), jars=True) == ["Go 1.26 or later"]
    tool(machine, "temporal-server", "temporal version 1.31.2")
    assert names(OutsideServers(), jars=True) == ["Go 1.26 or later"]
    tool(machine, "temporal-server", "temporal version 1.32.1")
    assert names(OutsideServers(), jars=True) == []


def test_servers_of_others_need_no_tools(machine: Path) -> None:
    """With all servers named, nothing is missing."""
    assert machine.exists()
    assert names(NAMED) == []
    check_tools(NAMED, kafka_jars_present=False)


def test_a_machine_without_tools_is_told_before_anything_is_installed(machine: Path, tmp_path: Path) -> None:
    """The launcher's first step knows nothing but the standard library, and asks before it takes minutes."""
    environment = {"PATH": str(machine), "AUXILIA_CACHE_DIR": str(tmp_path / "cold")}
    bootstrap = PROJECT / "deploy" / "local" / "bootstrap.py"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(bootstrap), "demo"], check=False, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 1
    assert "this machine lacks Java 17 or later and Maven and Go 1.26 or later" in done.stderr
    assert not (tmp_path / "cold").exists()
