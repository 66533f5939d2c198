"""Tell one process from a later one with the same number, and end processes without ever hitting a stranger."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

# Every supervised process carries this variable, so that those of a killed supervisor are found again.
MARK = "AUXILIA_SUPERVISED"
# psutil derives a start time from the boot time, which moves a little when the clock is corrected.
START_TOLERANCE_SECONDS = 2.0


@dataclass(frozen=True)
class ProcessIdentity:
    """A process number with the moment it started: together they are never used twice."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Give the identity of a living process, None when there is none with this number."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    def process(self) -> psutil.Process | None:
        """Give the living process, None when it ended or when its number now belongs to another."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) > START_TOLERANCE_SECONDS:
                return None
            return None if process.status() == psutil.STATUS_ZOMBIE else process
        except psutil.Error:
            return None

    def alive(self) -> bool:
        """Tell whether exactly this process still runs."""
        return self.process() is not None

    def send(self, number: signal.Signals) -> bool:
        """Send a signal to exactly this process; False when it is gone."""
        if not self.alive():
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False


def end_all(processes: Iterable[tuple[ProcessIdentity, signal.Signals]], *, within_seconds: float) -> None:
    """Ask each process to stop with its own signal, and kill those that have not stopped within the time."""
    waiting = [(identity, number) for identity, number in processes if identity.send(number)]
    until = time.monotonic() + within_seconds
    while time.monotonic() < until and any(identity.alive() for identity, _ in waiting):
        time.sleep(0.05)
    for identity, _ in waiting:
        identity.send(signal.SIGKILL)
    until = time.monotonic() + 5
    while time.monotonic() < until and any(identity.alive() for identity, _ in waiting):
        time.sleep(0.05)


def marked_processes(mark: str) -> list[tuple[str, ProcessIdentity]]:
    """Find the living processes that a supervisor of this mark started: (name of the process, identity)."""
    found = []
    for process in psutil.process_iter():
        try:
            folder, _, name = process.environ().get(MARK, "").rpartition(":")
            if folder == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append((name, ProcessIdentity(process.pid, process.create_time())))
        except (psutil.Error, OSError):
            continue
    return found
