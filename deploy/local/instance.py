"""One instance of Auxilia on this machine, as the commands and the tests handle it.

A command starts an instance, asks for its environment, and stops it. Tests also kill single processes and wait until
the supervisor has started them again.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.configuration import Configuration, read_configuration, settle_configuration
from deploy.local.environment import OutsideServers, instance_environment, service_url
from deploy.local.identity import ProcessIdentity
from deploy.local.kafka import jars_present, kafka_jars
from deploy.local.keys import SERVICES, Keys
from deploy.local.layout import DEFAULT_INSTANCE, PROJECT, Layout
from deploy.local.problems import LocalError
from deploy.local.state import DesiredState, InstanceState, ProcessState, read_desired, read_state, write_model
from deploy.local.supervisor import end_leftovers, lock_instance
from deploy.local.temporal import temporal_server
from deploy.local.tools import check_tools

# Building the Temporal server takes minutes on a slow machine; everything else takes seconds.
START_PATIENCE_SECONDS = 1800
STOP_PATIENCE_SECONDS = 90
RESTART_PATIENCE_SECONDS = 90

Follow = Callable[[InstanceState], None]


def nobody(_state: InstanceState) -> None:
    """Follow nothing."""


class Instance:
    """An instance by its name; making the object touches nothing."""

    def __init__(self, name: str = DEFAULT_INSTANCE) -> None:
        self.name = name
        self.layout = Layout.of(name)
        self.keys = Keys(self.layout.secrets)

    # What there is

    @property
    def configuration(self) -> Configuration:
        """The choices of the instance; raises LocalError when it was never started."""
        known = read_configuration(self.layout)
        if known is None:
            raise LocalError(f"instance '{self.name}' was never started", remedy="Start it: ./auxilia up")
        return known

    def running(self) -> bool:
        """Tell whether a supervisor lives."""
        if not self.layout.folder.exists():
            return False
        lock = lock_instance(self.layout)
        if lock is None:
            return True
        lock.close()
        return False

    def state(self) -> InstanceState | None:
        """Give what the supervisor last wrote; `running` tells whether it still holds."""
        return read_state(self.layout.state_file)

    def process(self, name: str) -> ProcessState:
        """Give one server or service by its name; raises LocalError when the instance has none such."""
        state = self.state()
        found = state.process(name) if state else None
        if found is None:
            names = ", ".join(process.name for process in state.processes) if state else "nothing"
            raise LocalError(f"instance '{self.name}' runs no '{name}'", remedy=f"It runs: {names}.")
        return found

    def pids(self) -> dict[str, int]:
        """Give the number of each process that runs now."""
        state = self.state()
        return {process.name: process.pid for process in state.processes if process.pid} if state else {}

    def urls(self) -> dict[str, str]:
        """Give the address of each service."""
        return {service: service_url(self.configuration, service) for service in SERVICES}

    def environment(self) -> dict[str, str]:
        """Give the variables that tell a program everything about this instance, its secrets included."""
        return instance_environment(self.layout, self.configuration, self.keys, OutsideServers.of(self.keys))

    # Start and stop

    def start(
        self,
        *,
        services: bool = True,
        played: bool | None = None,
        fund_file: Path | None = None,
        scenario_file: Path | None = None,
        outside: OutsideServers | None = None,
        bound_to_this_process: bool = False,
        follow: Follow = nobody,
    ) -> None:
        """Start what does not run yet and wait until all of it answers.

        `services` False starts PostgreSQL, Kafka and Temporal only, for tests. `bound_to_this_process` ends the
        instance when this process ends, however it ends. `follow` is told every change.

        Raises LocalError naming what does not start.
        """
        if self.running():
            self._join(services=services, played=played, bound=bound_to_this_process)
        else:
            chosen = OutsideServers.named() if outside is None else outside
            check_tools(chosen, kafka_jars_present=jars_present())
            # What a killed supervisor left would still hold this instance's ports.
            end_leftovers(self.layout)
            settle_configuration(
                self.layout,
                played=played,
                fund_file=fund_file,
                scenario_file=scenario_file,
                for_tests=not services,
            )
            self.keys.ensure()
            chosen.keep(self.keys)
            self._build(chosen, follow)
            self._want(DesiredState(services=services), bound=bound_to_this_process)
            self._launch()
        self._wait_ready(services=services, follow=follow)

    def detach(self) -> None:
        """Let the instance live on when this process ends."""
        desired = read_desired(self.layout.desired_file)
        desired.parent_pid = desired.parent_started = None
        write_model(self.layout.desired_file, desired)

    def stop(self, *, follow: Follow = nobody) -> bool:
        """Stop everything and wait for it; False when nothing ran. What a killed supervisor left is ended as well."""
        state = self.state()
        if state is None:
            return False
        asked = state.supervisor().send(signal.SIGTERM)
        until = time.monotonic() + STOP_PATIENCE_SECONDS
        while asked and self.running() and time.monotonic() < until:
            time.sleep(0.1)
            follow(self.state() or state)
        if self.running():
            state.supervisor().send(signal.SIGKILL)
        left = end_leftovers(self.layout)
        last = self.state() or state
        gone = [
            process.model_copy(update={"pid": None, "started": None, "status": "stopped"}) for process in last.processes
        ]
        phase = "failed" if last.phase == "failed" else "stopped"
        write_model(self.layout.state_file, last.model_copy(update={"phase": phase, "processes": gone}))
        return asked or left > 0

    def delete(self) -> None:
        """Stop the instance and throw away all its data and secrets."""
        self.stop()
        shutil.rmtree(self.layout.folder, ignore_errors=True)
        shutil.rmtree(self.layout.postgres_socket, ignore_errors=True)

    # One process

    def kill(self, name: str, *, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one process of this instance and give the number it had; the supervisor starts it again.

        A process that is just being started again is waited for; raises LocalError when it stays away.
        """
        until = time.monotonic() + RESTART_PATIENCE_SECONDS
        while time.monotonic() < until:
            identity = self.process(name).identity()
            if identity is not None and identity.send(number):
                return identity.pid
            time.sleep(0.05)
        raise LocalError(f"'{name}' does not run")

    def wait_for(self, name: str, *, other_than_pid: int | None = None) -> ProcessState:
        """Wait until a process answers, as another than before when asked; raises LocalError when it never does."""
        until = time.monotonic() + RESTART_PATIENCE_SECONDS
        while time.monotonic() < until:
            process = self.process(name)
            if process.status == "healthy" and process.pid not in {None, other_than_pid}:
                return process
            time.sleep(0.05)
        raise LocalError(
            f"'{name}' does not answer: {self.process(name).message}", remedy=f"Its log: {self.process(name).log}"
        )

    def restart(self, name: str, *, number: signal.Signals = signal.SIGTERM) -> ProcessState:
        """End one process and wait until it answers again."""
        return self.wait_for(name, other_than_pid=self.kill(name, number=number))

    def hold(self, name: str) -> None:
        """Stop one process and leave it down until `release`."""
        desired = read_desired(self.layout.desired_file)
        desired.held = sorted({*desired.held, self.process(name).name})
        write_model(self.layout.desired_file, desired)
        self._wait_status(name, "stopped")

    def release(self, name: str) -> None:
        """Start a held process again and wait until it answers."""
        desired = read_desired(self.layout.desired_file)
        desired.held = [held for held in desired.held if held != name]
        write_model(self.layout.desired_file, desired)
        self._wait_status(name, "healthy")

    # Inside

    def _join(self, *, services: bool, played: bool | None, bound: bool) -> None:
        """Ask more of an instance that runs already."""
        if played is not None and played != self.configuration.played:
            raise LocalError(
                f"instance '{self.name}' runs with {'a played' if self.configuration.played else 'the real'} calendar",
                remedy="Use another --instance.",
            )
        desired = read_desired(self.layout.desired_file)
        desired.services = desired.services or services
        if bound or desired.parent() is None:
            self._want(desired, bound=bound)
            return
        self._want(desired, bound=False)

    def _want(self, desired: DesiredState, *, bound: bool) -> None:
        own = ProcessIdentity.of(os.getpid()) if bound else None
        desired.parent_pid = own.pid if own else None
        desired.parent_started = own.started if own else None
        write_model(self.layout.desired_file, desired)

    def _build(self, outside: OutsideServers, follow: Follow) -> None:
        """Fetch and build what the servers need, here in the command, so that Ctrl-C ends it at once."""

        def tell(message: str) -> None:
            own = ProcessIdentity.of(os.getpid()) or ProcessIdentity(0, 0.0)
            building = InstanceState(
                instance=self.name,
                phase="starting",
                message=message,
                supervisor_pid=own.pid,
                supervisor_started=own.started,
            )
            follow(building)

        if outside.kafka_bootstrap is None:
            kafka_jars(tell=tell)
        if outside.temporal_address is None:
            temporal_server(tell=tell)

    def _launch(self) -> None:
        self.layout.logs.mkdir(parents=True, exist_ok=True)
        self.layout.state_file.unlink(missing_ok=True)
        with (self.layout.logs / "supervisor.log").open("ab") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "deploy.local.supervisor", self.name],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _wait_ready(self, *, services: bool, follow: Follow) -> None:
        until = time.monotonic() + START_PATIENCE_SECONDS
        while time.monotonic() < until:
            state = self.state()
            if state is not None:
                follow(state)
                if state.phase == "failed":
                    raise LocalError(f"instance '{self.name}' does not start", remedy=state.message)
                if state.phase == "ready" and self._has_all(state, services=services):
                    return
            self._raise_when_supervisor_is_gone(state)
            time.sleep(0.1)
        raise LocalError(f"instance '{self.name}' is not ready", remedy=f"Its logs: {self.layout.logs}")

    def _has_all(self, state: InstanceState, *, services: bool) -> bool:
        """Tell whether all that should run answers; what a command holds down need not."""
        held = read_desired(self.layout.desired_file).held
        running = [process for process in state.processes if process.name not in held]
        complete = not services or any(process.kind == "service" for process in running)
        return complete and all(process.status in {"healthy", "external"} for process in running)

    def _raise_when_supervisor_is_gone(self, state: InstanceState | None) -> None:
        launched: subprocess.Popen[bytes] | None = getattr(self, "_supervisor", None)
        if launched is not None and launched.poll() is None:
            return
        if (state is not None and state.phase == "failed") or self.running():
            return
        time.sleep(0.2)
        last = self.state()
        if last is None or last.phase != "failed":
            raise LocalError("the supervisor ended", remedy=f"Its log: {self.layout.logs / 'supervisor.log'}")

    def _wait_status(self, name: str, status: str) -> None:
        until = time.monotonic() + RESTART_PATIENCE_SECONDS
        while time.monotonic() < until:
            if self.process(name).status == status:
                return
            time.sleep(0.05)
        raise LocalError(f"'{name}' is not {status} but {self.process(name).status}")
