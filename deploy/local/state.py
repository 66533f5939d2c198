"""The state of an instance on disk: what runs, what should run. Every write is whole or absent."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from deploy.local.identity import ProcessIdentity

Status = Literal["waiting", "starting", "healthy", "unhealthy", "restarting", "stopped", "external"]
Phase = Literal["starting", "preparing", "ready", "failed", "stopping", "stopped"]


class _File(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ProcessState(_File):
    """One supervised process, or a server that others run (`external`, without pid)."""

    name: str
    kind: Literal["server", "service"]
    status: Status
    pid: int | None = None
    started: float | None = None
    url: str | None = None
    restarts: int = 0
    log: str | None = None
    message: str = ""

    def identity(self) -> ProcessIdentity | None:
        """Give the process, None when it does not run by the state's own account."""
        if self.pid is None or self.started is None:
            return None
        return ProcessIdentity(self.pid, self.started)


class InstanceState(_File):
    """What the supervisor knows; `message` says what it is doing or why it failed."""

    instance: str
    phase: Phase
    supervisor_pid: int
    supervisor_started: float
    message: str = ""
    processes: list[ProcessState] = Field(default_factory=list)

    def supervisor(self) -> ProcessIdentity:
        """Give the supervisor that wrote this state; it may be gone."""
        return ProcessIdentity(self.supervisor_pid, self.supervisor_started)

    def process(self, name: str) -> ProcessState | None:
        """Give one process by its name."""
        return next((process for process in self.processes if process.name == name), None)


class DesiredState(_File):
    """What the commands ask: services or only servers, what stays down, and whose life the instance shares."""

    services: bool = False
    held: list[str] = Field(default_factory=list)
    parent_pid: int | None = None
    parent_started: float | None = None

    def parent(self) -> ProcessIdentity | None:
        """Give the command whose end also ends the instance, None when the instance stays."""
        if self.parent_pid is None or self.parent_started is None:
            return None
        return ProcessIdentity(self.parent_pid, self.parent_started)


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file so that no reader ever sees half of it, also when this process is killed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).chmod(mode)
    Path(temporary).replace(path)


def write_model(path: Path, model: BaseModel) -> None:
    """Write a model of this module as JSON."""
    write_whole(path, json.dumps(model.model_dump(mode="json", by_alias=True), indent=2) + "\n")


def read_state(path: Path) -> InstanceState | None:
    """Read what the supervisor wrote, None when no supervisor ever ran."""
    try:
        return InstanceState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None


def read_desired(path: Path) -> DesiredState:
    """Read what the commands asked; nothing asked means servers only."""
    try:
        return DesiredState.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return DesiredState()
