"""Where everything of one instance lives: one folder for its state, and caches outside the tree."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from deploy.local.problems import LocalError

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_INSTANCE = "main"
# A Unix socket's path may hold 104 bytes on some systems; the socket's own name takes about 20 of them.
LONGEST_SOCKET_FOLDER = 80


def cache_folder() -> Path:
    """Give the folder of what is built once for all clones: AUXILIA_CACHE_DIR, else the user's cache folder."""
    chosen = os.environ.get("AUXILIA_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base).expanduser() if base else Path.home() / ".cache").resolve() / "auxilia"


def instances_folder() -> Path:
    """Give the folder that holds one folder per instance: AUXILIA_STATE_DIR, else `.auxilia` in the tree."""
    chosen = os.environ.get("AUXILIA_STATE_DIR")
    return Path(chosen).expanduser().resolve() if chosen else PROJECT / ".auxilia"


@dataclass(frozen=True)
class Layout:
    """The files of one instance."""

    instance: str
    folder: Path

    @classmethod
    def of(cls, instance: str) -> Layout:
        """Give the layout of the instance with this name; raises LocalError for a name that is no plain word."""
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", instance):
            raise LocalError(
                f"'{instance}' cannot name an instance",
                remedy="Use a lower case letter followed by at most 30 letters, digits or hyphens.",
            )
        return cls(instance, instances_folder() / instance)

    @property
    def state_file(self) -> Path:
        """What runs now: written by the supervisor, read by everybody."""
        return self.folder / "state.json"

    @property
    def desired_file(self) -> Path:
        """What should run: written by the commands, read by the supervisor."""
        return self.folder / "desired.json"

    @property
    def configuration_file(self) -> Path:
        """What was chosen when the instance was made: ports, and whether its calendar is played."""
        return self.folder / "instance.json"

    @property
    def lock_file(self) -> Path:
        """Locked for as long as a supervisor lives, also when that supervisor is killed."""
        return self.folder / "supervisor.lock"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.folder / "logs"

    @property
    def secrets(self) -> Path:
        """Keys and passwords of this instance, readable by its user only."""
        return self.folder / "secrets"

    @property
    def telemetry(self) -> Path:
        """Spans as lines of JSON, which `./auxilia trace` reads."""
        return self.folder / "telemetry"

    @property
    def anchors(self) -> Path:
        """Heads of the audit chains, written down outside the database, which `./auxilia verify-audit` reads."""
        return self.folder / "anchors"

    @property
    def output(self) -> Path:
        """Letters and bank files a demo writes for its reader."""
        return self.folder / "output"

    @property
    def postgres_data(self) -> Path:
        """The embedded PostgreSQL's data."""
        return self.folder / "postgres"

    @property
    def postgres_socket(self) -> Path:
        """The folder of the embedded PostgreSQL's socket: in the instance when the path is short enough."""
        inside = self.folder / "run"
        if len(str(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        digest = sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"auxilia-{digest}"

    @property
    def kafka(self) -> Path:
        """The local broker's settings and logs of records."""
        return self.folder / "kafka"

    @property
    def temporal(self) -> Path:
        """The local Temporal server's settings and database."""
        return self.folder / "temporal"
