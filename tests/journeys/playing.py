"""Plays the demo on an instance of its own, as a user would, and keeps what came of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.dump import dump, without_ids_and_moments
from deploy.local.instance import Instance
from deploy.local.problems import LocalError

PROJECT = Path(__file__).resolve().parents[2]
#: A demo takes two or three minutes on a quiet machine; one whose processes are killed takes longer.
PATIENCE_SECONDS = 1500
#: Every server and service a user's machine could lose.
MORTALS = ("postgres", "kafka", "temporal", "sandbox", "affiliation", "billing", "recovery", "benefits", "console")


@dataclass
class Played:
    """A demo that was played to its end, on an instance that still runs.

    Attributes:
        instance: where it was played.
        summary: the JSON summary it printed.
        output: the folder with its letters and bank files.
        killed: the processes that were killed on the way, in order.
    """

    instance: Instance
    summary: dict[str, Any]
    output: Path
    killed: list[str] = field(default_factory=list)

    def state(self) -> list[str]:
        """Return the end state, without ids and times."""
        return asyncio.run(dump(self.instance.environment()))

    def letters(self) -> dict[str, str]:
        """Return the checksum of every file written, by its name; ids and moments in bank files don't count."""
        return {
            str(path.relative_to(self.output)): hashlib.sha256(comparable(path)).hexdigest()
            for path in sorted(self.output.rglob("*"))
            if path.is_file()
        }


def comparable(path: Path) -> bytes:
    """Return what two runs must have in common of a file: all of a letter, a bank file without its ids."""
    if path.suffix == ".xml":
        return without_ids_and_moments(path.read_text(encoding="utf-8")).encode()
    return path.read_bytes()


def own_environment() -> dict[str, str]:
    """Return the environment of a user who has no servers."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("AUXILIA_") or name.endswith("_DIR")
    }


def play_demo(name: str, folder: Path, *arguments: str) -> Played:
    """Play the demo to its end and leave its instance running."""
    output = folder / f"output-{name}"
    command = [sys.executable, "-P", "-m", "deploy.local.demo_command", "--instance", name, "--keep", "--json"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--output", str(output), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=own_environment() | {"PYTHONPATH": str(PROJECT)},
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return Played(instance=Instance(name), summary=json.loads(done.stdout), output=output)


class Nemesis:
    """Kills processes of an instance at random moments until it is told to stop or has killed enough.

    Every process dies once before any dies twice. The order follows from the seed, so that a run that failed can be
    tried again.
    """

    def __init__(self, name: str, *, seed: int, kills: int, pause_seconds: Callable[[random.Random], float]) -> None:
        self._instance = Instance(name)
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._kills = kills
        self._pause_seconds = pause_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._waiting: list[str] = []
        self.killed: list[str] = []
        self.problems: list[str] = []

    def __enter__(self) -> Nemesis:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=120)

    def _work(self) -> None:
        while not self._stop.wait(self._pause_seconds(self._random)) and len(self.killed) < self._kills:
            if not self._alive():
                continue
            self._waiting = self._waiting or self._random.sample(MORTALS, len(MORTALS))
            victim = self._waiting.pop()
            try:
                pid = self._instance.kill(victim)
                self.killed.append(victim)
                self._instance.wait_for(victim, other_than_pid=pid)
            except LocalError as problem:
                # It died with another victim a moment ago and is being started again: its turn comes later.
                self.problems.append(problem.message)
                self._waiting.insert(0, victim)

    def _alive(self) -> bool:
        state = self._instance.state()
        return self._instance.running() and state is not None and state.phase == "ready"
