"""Real servers of one machine: they start, come back when killed, and go away with everything they left.

These tests make instances of their own, for they kill what they start.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local.answering import port_answers
from deploy.local.environment import OutsideServers
from deploy.local.identity import ProcessIdentity, marked_processes
from deploy.local.instance import Instance
from deploy.local.layout import PROJECT
from deploy.local.state import ProcessState

SERVERS = {"postgres", "kafka", "temporal"}
PATIENCE_SECONDS = 180


@pytest.fixture(scope="module")
def state_folder(tmp_path_factory: pytest.TempPathFactory, administrator_url: str) -> Iterator[Path]:
    """A folder for the instances of these tests. Asking for a server marks them as slow ones."""
    assert administrator_url
    folder = tmp_path_factory.mktemp("instances")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUXILIA_STATE_DIR", str(folder))
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def instance(state_folder: Path) -> Iterator[Instance]:
    """An instance with its servers only."""
    assert state_folder.exists()
    made = Instance("one")
    made.start(services=False, outside=OutsideServers(), bound_to_this_process=True)
    yield made
    made.delete()


def processes_of(instance: Instance) -> list[ProcessState]:
    """Give the processes of an instance that runs."""
    state = instance.state()
    assert state is not None
    return state.processes


def present_database(instance: Instance) -> str:
    """Ask the billing service's database for its name, as the service's processes would."""
    with psycopg.connect(instance.environment()["BILLING_DATABASE_URL"]) as connection:
        row = connection.execute("select current_database(), current_user").fetchone()
    assert row is not None
    return f"{row[0]} {row[1]}"


def test_servers_run_and_the_service_users_may_enter(instance: Instance) -> None:
    """After start everything answers, with a database and two users per service."""
    assert set(instance.pids()) == SERVERS
    assert present_database(instance) == "auxilia_billing billing_runtime"
    with pytest.raises(psycopg.Error):
        psycopg.connect(instance.environment()["BILLING_DATABASE_URL"].replace("billing_runtime", "recovery_runtime"))


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_a_killed_server_comes_back_on_its_address(instance: Instance, name: str) -> None:
    """After kill -9 another process answers at the same place, with the same data."""
    url = instance.process(name).url
    before = instance.pids()[name]
    again = instance.restart(name, number=signal.SIGKILL)
    assert again.pid != before
    assert again.url == url
    assert present_database(instance) == "auxilia_billing billing_runtime"


def test_a_held_server_stays_down_until_released(instance: Instance) -> None:
    """Tests of an absent server need it to stay absent."""
    instance.hold("temporal")
    port = int((instance.process("temporal").url or "").rpartition(":")[2])
    assert not port_answers(port)
    instance.release("temporal")
    assert port_answers(port)


def test_two_instances_run_side_by_side(instance: Instance) -> None:
    """Neither notices the other: other ports, other secrets, other data; stopping one leaves the other."""
    two = Instance("two")
    try:
        two.start(services=False, outside=OutsideServers(), bound_to_this_process=True)
        urls = {process.url for made in (instance, two) for process in processes_of(made)}
        assert len(urls) == 2 * len(SERVERS)
        assert present_database(two) == "auxilia_billing billing_runtime"
        two.stop()
        assert not two.running()
        assert instance.running()
        assert present_database(instance) == "auxilia_billing billing_runtime"
        assert not marked_processes(str(two.layout.folder))
    finally:
        two.delete()
    assert not two.layout.folder.exists()


def test_what_a_killed_supervisor_left_is_ended_and_the_data_stays(instance: Instance) -> None:
    """After kill -9 of the supervisor, the next start ends the orphans and finds the data."""
    with psycopg.connect(instance.environment()["AUXILIA_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("create table if not exists kept (word text)")
        connection.execute("insert into kept values ('kept')")
    orphans = set(instance.pids().values())
    state = instance.state()
    assert state is not None
    assert state.supervisor().send(signal.SIGKILL)
    until = time.monotonic() + PATIENCE_SECONDS
    while instance.running() and time.monotonic() < until:
        time.sleep(0.05)
    assert not instance.running()
    assert {identity.pid for _, identity in marked_processes(str(instance.layout.folder))} >= orphans
    instance.start(services=False, outside=OutsideServers(), bound_to_this_process=True)
    assert not orphans & set(instance.pids().values())
    with psycopg.connect(instance.environment()["AUXILIA_DATABASE_URL"]) as connection:
        assert connection.execute("select word from kept").fetchall() == [("kept",)]


def test_an_instance_ends_with_the_command_it_belongs_to(state_folder: Path) -> None:
    """A killed command leaves no servers behind."""
    code = (
        "from deploy.local.instance import Instance; from deploy.local.environment import OutsideServers; import time\n"
        "Instance('bound').start(services=False, outside=OutsideServers(), bound_to_this_process=True)\n"
        "print('ready', flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "AUXILIA_STATE_DIR": str(state_folder), "PYTHONPATH": str(PROJECT)}
    command = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)  # noqa: S603
    bound = Instance("bound")
    try:
        assert command.stdout is not None
        assert command.stdout.readline() == b"ready\n"
        servers = [ProcessIdentity.of(pid) for pid in bound.pids().values()]
        command.kill()
        command.wait()
        until = time.monotonic() + PATIENCE_SECONDS
        while bound.running() and time.monotonic() < until:
            time.sleep(0.1)
        assert not bound.running()
        assert len(servers) == len(SERVERS)
        assert not [server for server in servers if server and server.alive()]
    finally:
        command.kill()
        bound.delete()
