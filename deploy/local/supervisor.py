"""The supervisor of one instance: a process of its own that starts the servers and services and keeps them alive.

Commands talk to it through files: they write what should run, it writes what runs. It survives every one of its
children, and when it is killed itself, the next start finds and ends what it left behind.

    python -m deploy.local.supervisor INSTANCE
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import IO

from deploy.local.answering import port_answers
from deploy.local.configuration import Configuration, read_configuration
from deploy.local.environment import OutsideServers, instance_environment
from deploy.local.identity import ProcessIdentity, end_all, marked_processes
from deploy.local.kafka import LocalKafka
from deploy.local.keeper import Keeper, ProcessDefinition
from deploy.local.keys import Keys
from deploy.local.layout import PROJECT, Layout
from deploy.local.postgres import EmbeddedPostgres, answers
from deploy.local.problems import LocalError
from deploy.local.services import built_services, service_definition
from deploy.local.state import InstanceState, Phase, ProcessState, read_desired, read_state, write_model
from deploy.local.temporal import LocalTemporal

START_PATIENCE_SECONDS = 180
STOP_SIGNALS = {"postgres": signal.SIGINT}


class StopAskedError(Exception):
    """The instance must stop while it was still starting."""


class Supervisor:
    """Runs one instance until it is asked to stop or the command it belongs to ends."""

    def __init__(self, layout: Layout, configuration: Configuration, outside: OutsideServers) -> None:
        self.layout = layout
        self.configuration = configuration
        self.outside = outside
        self.keys = Keys(layout.secrets)
        self.keepers: dict[str, Keeper] = {}
        self.external: list[ProcessState] = []
        self.phase: Phase = "starting"
        self.message = ""
        self.prepared: set[str] = set()
        self._dirty = threading.Event()
        self._asked_to_stop = threading.Event()
        self._mark = str(layout.folder)
        own = ProcessIdentity.of(os.getpid())
        if own is None:
            raise LocalError("the system doesn't tell when this process started")
        self._own = own

    def run(self) -> int:
        """Start, keep alive, stop; gives the exit code."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        code = 0
        try:
            end_leftovers(self.layout)
            self._start_servers()
            self._follow()
        except StopAskedError:
            pass
        except LocalError as error:
            code = 1
            self._enter("failed", "\n".join(filter(None, (error.message, error.remedy))))
        except Exception as error:  # noqa: BLE001 - the reader of the state must learn of any failure
            code = 1
            self._enter("failed", f"{type(error).__name__}: {error}")
        self._stop(failed=code != 0)
        return code

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop.set()

    def _start_servers(self) -> None:
        self.keys.ensure()
        self.layout.telemetry.mkdir(parents=True, exist_ok=True)
        self.environment = instance_environment(self.layout, self.configuration, self.keys, self.outside)
        self._server("postgres", self.outside.database_url, self._postgres, self._database_answers)
        self._server("kafka", self.outside.kafka_bootstrap, self._kafka, self._kafka_answers)
        self._server("temporal", self.outside.temporal_address, self._temporal, self._temporal_answers)
        self._enter("starting", "waiting until the servers answer")
        self._wait_healthy()
        self._enter("preparing", "making the databases and the Temporal namespace")
        self._prepare("databases", "temporal")

    def _server(
        self, name: str, outside: str | None, make: Callable[[], ProcessDefinition], answering: Callable[[], bool]
    ) -> None:
        if outside is None:
            self._enter("starting", f"starting {name}")
            self._keep(make())
            return
        if not answering():
            raise LocalError(f"the {name} you named does not answer", remedy="Check its address and that it runs.")
        self.external.append(ProcessState(name=name, kind="server", status="external", message="run by others"))

    def _postgres(self) -> ProcessDefinition:
        server = EmbeddedPostgres(self.layout, self.keys, tell=self._say)
        server.prepare()
        return server.definition()

    def _kafka(self) -> ProcessDefinition:
        server = LocalKafka(self.layout, self.configuration, tell=self._say)
        server.prepare()
        return server.definition()

    def _temporal(self) -> ProcessDefinition:
        server = LocalTemporal(self.layout, self.configuration, tell=self._say)
        server.prepare()
        return server.definition()

    def _database_answers(self) -> bool:
        return answers(self.environment["AUXILIA_DATABASE_URL"])

    def _kafka_answers(self) -> bool:
        return _address_answers(self.environment["AUXILIA_KAFKA_BOOTSTRAP"].split(",")[0])

    def _temporal_answers(self) -> bool:
        return _address_answers(self.environment["AUXILIA_TEMPORAL_ADDRESS"])

    def _start_services(self) -> None:
        self._enter("preparing", "making the topics and bringing the tables up to date")
        self._prepare("topics", "migrations")
        self._enter("starting", "starting the services")
        for service in built_services():
            self._keep(
                service_definition(
                    service, layout=self.layout, configuration=self.configuration, environment=self.environment
                )
            )
            if service == "sandbox":
                self._wait_healthy()
        self._wait_healthy()

    def _keep(self, definition: ProcessDefinition) -> None:
        keeper = Keeper(definition, mark=self._mark, changed=self._dirty.set)
        self.keepers[definition.name] = keeper
        keeper.start()

    def _wait_healthy(self) -> None:
        """Wait until every process that should run answers; raises LocalError with the log's end when one doesn't."""
        until = time.monotonic() + START_PATIENCE_SECONDS
        while True:
            self._tick()
            late = [keeper for keeper in self.keepers.values() if not keeper.healthy]
            if not late:
                return
            for keeper in late:
                if keeper.state.restarts >= 3 or time.monotonic() > until:
                    message = f"{keeper.name.removeprefix('keeper-')} does not start: {keeper.state.message}"
                    raise LocalError(message, remedy=f"{_end_of(keeper)}\nThe whole log: {keeper.definition.log}")

    def _follow(self) -> None:
        """Keep everything as the commands want it, until asked to stop."""
        while True:
            desired = read_desired(self.layout.desired_file)
            if desired.services and "services" not in self.prepared:
                self.prepared.add("services")
                self._start_services()
            if self.phase != "ready":
                self._enter("ready", "")
            for name, keeper in self.keepers.items():
                if name in desired.held:
                    keeper.hold()
                else:
                    keeper.release()
            self._tick()

    def _tick(self) -> None:
        """Let a moment pass and tell what changed; raises StopAskedError when the instance must end."""
        if self._asked_to_stop.wait(0.1):
            raise StopAskedError
        parent = read_desired(self.layout.desired_file).parent()
        if parent is not None and not parent.alive():
            raise StopAskedError
        if self._dirty.is_set():
            self._write()

    def _prepare(self, *steps: str) -> None:
        """Run steps of deploy.local.prepare in a process of their own."""
        log = self.layout.logs / "prepare.log"
        with log.open("ab") as stream:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "deploy.local.prepare", *steps],
                cwd=PROJECT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            while process.poll() is None:
                self._tick()
        except StopAskedError:
            process.kill()
            process.wait()
            raise
        if process.returncode != 0:
            end = log.read_text(encoding="utf-8", errors="replace")[-3000:].strip()
            raise LocalError(f"preparing {' and '.join(steps)} failed", remedy=f"{end}\nThe whole log: {log}")

    def _stop(self, *, failed: bool) -> None:
        """Stop the services, then the servers they need."""
        if not failed:
            self._enter("stopping", "")
        for kind in ("service", "server"):
            stopping = [keeper for keeper in self.keepers.values() if keeper.definition.kind == kind]
            for keeper in stopping:
                keeper.stop()
            for keeper in stopping:
                while keeper.is_alive():
                    keeper.join(0.1)
                    self._write()
        if not failed:
            self._enter("stopped", "")
        self._write()

    def _say(self, message: str) -> None:
        print(message, flush=True)
        self._enter(self.phase, message)

    def _enter(self, phase: Phase, message: str) -> None:
        self.phase, self.message = phase, message
        self._write()

    def _write(self) -> None:
        self._dirty.clear()
        processes = [*self.external, *(keeper.state for keeper in self.keepers.values())]
        write_model(
            self.layout.state_file,
            InstanceState(
                instance=self.layout.instance,
                phase=self.phase,
                message=self.message,
                supervisor_pid=self._own.pid,
                supervisor_started=self._own.started,
                processes=processes,
            ),
        )


def end_leftovers(layout: Layout) -> int:
    """End what a killed supervisor of this instance left running, services first; gives how many there were."""
    left = marked_processes(str(layout.folder))
    state = read_state(layout.state_file)
    known = {process.name for process in state.processes if process.kind == "server"} if state else set()
    servers = known | {"postgres", "kafka", "temporal"}
    services = [(identity, signal.SIGTERM) for name, identity in left if name not in servers]
    # Only the first process of a server is asked: PostgreSQL's children end with it.
    first: dict[str, ProcessIdentity] = {}
    for name, identity in left:
        if name in servers and (name not in first or identity.started < first[name].started):
            first[name] = identity
    end_all(services, within_seconds=15)
    end_all(((who, STOP_SIGNALS.get(name, signal.SIGTERM)) for name, who in first.items()), within_seconds=20)
    end_all(((who, signal.SIGKILL) for _, who in marked_processes(str(layout.folder))), within_seconds=5)
    return len(left)


def _address_answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    return port_answers(int(port), host=host.strip("[]"))


def _end_of(keeper: Keeper) -> str:
    with suppress(OSError):
        return keeper.definition.log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
    return ""


def lock_instance(layout: Layout) -> IO[str] | None:
    """Take the lock of an instance's supervisor, None when one already lives."""
    layout.folder.mkdir(parents=True, exist_ok=True)
    handle = layout.lock_file.open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle


def main() -> None:
    """Run the supervisor of the instance named on the command line."""
    layout = Layout.of(sys.argv[1])
    lock = lock_instance(layout)
    if lock is None:
        raise SystemExit(f"instance '{layout.instance}' already has a supervisor")
    configuration = read_configuration(layout)
    if configuration is None:
        raise SystemExit(f"instance '{layout.instance}' was never configured")
    code = Supervisor(layout, configuration, OutsideServers.of(Keys(layout.secrets))).run()
    lock.close()
    sys.exit(code)


if __name__ == "__main__":
    main()
