"""What is built once is whole or absent, whoever is killed and however many ask at once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from deploy.local.cache import built_once


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("AUXILIA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def built(build: object, said: list[str] | None = None) -> Path:
    """Ask for the thing."""
    tell = (said if said is not None else []).append
    return built_once("thing", build, tell=tell, what="the thing", takes="a moment")  # type: ignore[arg-type]


def test_it_is_built_once_and_said(cache: Path) -> None:
    """The second time nothing is built and nothing is said."""
    said: list[str] = []
    folder = built(lambda at: (at / "file").write_text("whole"), said)
    assert folder == cache / "thing"
    assert (folder / "file").read_text() == "whole"
    assert len(said) == 2
    assert "the thing" in said[0]
    assert "a moment" in said[0]

    def again(_at: Path) -> None:
        raise AssertionError("built twice")

    assert built(again, said) == folder
    assert len(said) == 2


def test_a_failed_build_leaves_nothing(cache: Path) -> None:
    """A build that fails half-way is built anew the next time."""

    def fails(at: Path) -> None:
        (at / "half").write_text("half")
        raise RuntimeError("no more disk")

    with pytest.raises(RuntimeError, match="no more disk"):
        built(fails)
    assert not (cache / "thing").exists()
    assert not list(cache.glob(".thing.*"))
    assert (built(lambda at: (at / "file").write_text("whole")) / "file").exists()


def test_what_a_killed_build_left_is_thrown_away(cache: Path) -> None:
    """A killed process can't clean up; the next build does."""
    left = cache / ".thing.abc"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    folder = built(lambda at: (at / "file").write_text("whole"))
    assert not left.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["file"]


def test_two_that_ask_at_once_wait_for_one_build() -> None:
    """Both get the same folder, built by one of them."""
    builds: list[int] = []

    def slow(at: Path) -> None:
        builds.append(1)
        time.sleep(0.2)
        (at / "file").write_text("whole")

    threads = [threading.Thread(target=built, args=(slow,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
