"""A process number alone proves nothing: only the process that was started is ever ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.identity import MARK, ProcessIdentity, end_all, marked_processes

SLEEPER = "import time; print('ready', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPER


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that are ended after the test."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start(started: list[subprocess.Popen[bytes]], code: str = SLEEPER, **environment: str) -> ProcessIdentity:
    """Start a process and wait until it is what it should be."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", code], env={**os.environ, **environment}, stdout=subprocess.PIPE
    )
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    identity = ProcessIdentity.of(process.pid)
    assert identity is not None
    return identity


def test_a_later_process_with_the_same_number_is_left_alone(started: list[subprocess.Popen[bytes]]) -> None:
    """A number that was given to another process since is no longer ours."""
    identity = start(started)
    stranger = ProcessIdentity(identity.pid, identity.started - 60)
    assert not stranger.alive()
    assert not stranger.send(signal.SIGKILL)
    end_all([(stranger, signal.SIGKILL)], within_seconds=0.1)
    assert started[0].poll() is None


def test_the_process_itself_is_ended(started: list[subprocess.Popen[bytes]]) -> None:
    """Politely when it listens, by force when it doesn't."""
    polite, stubborn = start(started), start(started, STUBBORN)
    end_all([(polite, signal.SIGTERM), (stubborn, signal.SIGTERM)], within_seconds=0.5)
    assert started[0].wait(5) == -signal.SIGTERM
    assert started[1].wait(5) == -signal.SIGKILL
    assert not polite.alive()
    assert not stubborn.alive()


def test_a_process_that_ended_but_was_not_collected_is_not_alive(started: list[subprocess.Popen[bytes]]) -> None:
    """A zombie answers to its number and does nothing."""
    identity = start(started)
    os.kill(identity.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while identity.alive() and time.monotonic() < until:
        time.sleep(0.01)
    assert not identity.alive()
    assert ProcessIdentity.of(2**22 + 1) is None


def test_marked_processes_are_found_by_exactly_their_mark(
    started: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """An instance finds what its killed supervisor left, and never the processes of its neighbour."""
    mine = start(started, **{MARK: f"{tmp_path}/one:billing"})
    start(started, **{MARK: f"{tmp_path}/one-more:billing"})
    start(started)
    assert marked_processes(f"{tmp_path}/one") == [("billing", mine)]
