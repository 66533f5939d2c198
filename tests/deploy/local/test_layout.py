"""Instances lie where they should, whatever the length of the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.layout import LONGEST_SOCKET_FOLDER, PROJECT, Layout, cache_folder, instances_folder
from deploy.local.problems import LocalError


def test_state_lies_in_the_tree_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable names the folder that holds all instances."""
    monkeypatch.delenv("AUXILIA_STATE_DIR", raising=False)
    assert Layout.of("main").folder == PROJECT / ".auxilia" / "main"
    monkeypatch.setenv("AUXILIA_STATE_DIR", str(tmp_path))
    assert instances_folder() == tmp_path
    assert Layout.of("two").folder == tmp_path / "two"


def test_caches_lie_outside_the_tree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Our own variable wins over the system's, which wins over the home folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("AUXILIA_CACHE_DIR", raising=False)
    assert cache_folder() == tmp_path / "xdg" / "auxilia"
    monkeypatch.setenv("AUXILIA_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("AUXILIA_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "auxilia"


@pytest.mark.parametrize("name", ["", "Main", "../main", "a b", "1st", "a" * 32, "main/other"])
def test_a_name_that_is_no_plain_word_is_refused(name: str) -> None:
    """A name becomes a folder, so it must not lead elsewhere."""
    with pytest.raises(LocalError, match="cannot name an instance"):
        Layout.of(name)


def test_a_socket_fits_also_in_a_deep_tree(tmp_path: Path) -> None:
    """Sockets have short paths; two deep instances never share one."""
    near = Layout("main", Path("/srv/auxilia"))
    assert near.postgres_socket == Path("/srv/auxilia/run")
    deep = [Layout("main", tmp_path / ("d" * 90) / name) for name in ("one", "two")]
    assert all(len(str(layout.postgres_socket)) <= LONGEST_SOCKET_FOLDER for layout in deep)
    assert deep[0].postgres_socket != deep[1].postgres_socket
