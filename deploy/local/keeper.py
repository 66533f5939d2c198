"""Keep one process alive: start it, see that it answers, and start it again whenever it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.local.identity import MARK, ProcessIdentity
from deploy.local.keys import SERVICES
from deploy.local.layout import PROJECT
from deploy.local.state import ProcessState

# How long to wait before each start in a row that did not hold.
RESTART_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
LOG_BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True)
class ProcessDefinition:
    """How to run one process and how to see that it is well."""

    name: str
    kind: Literal["server", "service"]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool]
    url: str
    user: int | None = None
    group: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_seconds: float = 20.0
    ready_within_seconds: float = 60.0
    healthy_for_seconds: float = 20.0
    before_start: Callable[[], None] = field(default=lambda: None)


class Keeper(threading.Thread):
    """One thread that owns one process. All it knows is in `state`, which it tells through `changed`."""

    def __init__(self, definition: ProcessDefinition, *, mark: str, changed: Callable[[], None]) -> None:
        super().__init__(name=f"keeper-{definition.name}", daemon=True)
        self.definition = definition
        self.state = ProcessState(
            name=definition.name, kind=definition.kind, status="waiting", url=definition.url, log=str(definition.log)
        )
        self._mark = f"{mark}:{definition.name}"
        self._changed = changed
        self._stopping = threading.Event()
        self._held = threading.Event()

    def hold(self) -> None:
        """Stop the process and leave it down until `release`."""
        self._held.set()

    def release(self) -> None:
        """Let a held process run again."""
        self._held.clear()

    def stop(self) -> None:
        """Ask the process to stop for good; `join` waits for it."""
        self._stopping.set()

    @property
    def healthy(self) -> bool:
        """Tell whether the process runs and answered at the last look."""
        return self.state.status == "healthy"

    def run(self) -> None:
        """Start the process again and again until `stop`."""
        failures = 0
        while not self._stopping.is_set():
            if self._held.is_set():
                self._tell(status="stopped", pid=None, started=None, message="held down by a command")
                self._stopping.wait(0.1)
                continue
            began = time.monotonic()
            try:
                process = self._start()
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is shown and tried again
                self._tell(status="restarting", pid=None, started=None, message=f"cannot start: {error}")
            else:
                self._watch(process)
            if self._stopping.is_set() or self._held.is_set():
                continue
            failures = 0 if time.monotonic() - began > self.definition.healthy_for_seconds else failures + 1
            self.state.restarts += 1
            self._tell(status="restarting")
            self._stopping.wait(RESTART_PAUSES_SECONDS[min(failures, len(RESTART_PAUSES_SECONDS) - 1)])
        self._tell(status="stopped", pid=None, started=None, message="")

    def _start(self) -> subprocess.Popen[bytes]:
        definition = self.definition
        definition.before_start()
        definition.log.parent.mkdir(parents=True, exist_ok=True)
        if definition.log.exists() and definition.log.stat().st_size > LOG_BYTES_MAX:
            definition.log.replace(definition.log.with_suffix(".log.1"))
        with definition.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the command comes from this package
                definition.command,
                env={**_plain_environment(), **definition.environment, MARK: self._mark},
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=definition.user,
                # Without these the process would keep the group of the user it must not be.
                group=definition.group,
                extra_groups=[] if definition.user is not None else None,
            )
        identity = ProcessIdentity.of(process.pid)
        self._tell(status="starting", pid=process.pid, started=identity.started if identity else None, message="")
        return process

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Follow one process until it is gone, asking it to stop when told."""
        began = time.monotonic()
        next_look = began
        while process.poll() is None:
            if self._stopping.is_set() or self._held.is_set():
                self._end(process)
                return
            if time.monotonic() >= next_look:
                self._look(time.monotonic() - began)
                next_look = time.monotonic() + (2.0 if self.healthy else 0.1)
            time.sleep(0.05)
        # In one step with the number: nobody may see a healthy process that is gone.
        self._tell(status="restarting", pid=None, started=None, message=_how_it_ended(process.returncode))

    def _look(self, age_seconds: float) -> None:
        well = self.definition.ready()
        if well:
            self._tell(status="healthy", message="")
        elif self.state.status == "healthy":
            self._tell(status="unhealthy", message="does not answer")
        elif self.state.status == "starting" and age_seconds > self.definition.ready_within_seconds:
            self._tell(status="unhealthy", message=f"no answer after {age_seconds:.0f} s")

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(self.definition.stop_signal)
        try:
            process.wait(self.definition.stop_within_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _tell(self, **changes: object) -> None:
        if any(getattr(self.state, name) != value for name, value in changes.items()):
            self.state = self.state.model_copy(update=changes)
            self._changed()


def _plain_environment() -> dict[str, str]:
    """Give this process's variables without ours: each process is told only what it may know."""
    ours = ("AUXILIA_", *(f"{service.upper()}_" for service in SERVICES))
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _how_it_ended(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"
