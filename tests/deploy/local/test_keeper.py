"""A kept process comes back whenever it dies, and stays away when it should."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.answering import health_answers, port_answers
from deploy.local.configuration import PORTS_PER_INSTANCE, free_block
from deploy.local.keeper import Keeper, ProcessDefinition

SERVER = """
import http.server, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""
TELLER = """
import os, pathlib, sys, time
part = pathlib.Path(sys.argv[1] + ".part")
part.write_text(repr(dict(os.environ)))
part.replace(sys.argv[1])
time.sleep(60)
"""
PATIENCE_SECONDS = 30


def wait(condition: Callable[[], bool]) -> None:
    """Wait until something holds; fail when it never does."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    """A keeper of a small HTTP server."""
    port = free_block(PORTS_PER_INSTANCE)
    definition = ProcessDefinition(
        name="small",
        kind="service",
        command=(sys.executable, "-c", SERVER, str(port)),
        environment={"SMALL": "yes"},
        log=tmp_path / "logs" / "small.log",
        ready=lambda: health_answers(port),
        url=f"http://127.0.0.1:{port}",
    )
    made = Keeper(definition, mark=str(tmp_path), changed=threading.Event().set)
    yield made
    made.stop()
    if made.ident is not None:
        made.join(PATIENCE_SECONDS)


def test_it_starts_and_comes_back_after_each_kill(keeper: Keeper) -> None:
    """Killed three times in a row it is there again each time, as another process on the same address."""
    keeper.start()
    seen: list[int] = []
    for _ in range(3):
        wait(lambda: keeper.healthy and keeper.state.pid not in seen)
        assert keeper.state.pid is not None
        seen.append(keeper.state.pid)
        os.kill(keeper.state.pid, signal.SIGKILL)
    wait(lambda: keeper.healthy and keeper.state.pid not in seen)
    assert keeper.state.restarts == 3


def test_it_can_be_held_down_and_released(keeper: Keeper) -> None:
    """A held process stays away until it is released."""
    keeper.start()
    wait(lambda: keeper.healthy)
    keeper.hold()
    wait(lambda: keeper.state.status == "stopped")
    assert not port_answers(int(keeper.definition.url.rpartition(":")[2]))
    assert keeper.state.pid is None
    keeper.release()
    wait(lambda: keeper.healthy)


def test_it_stops_for_good(keeper: Keeper) -> None:
    """After stop nothing runs and nothing comes back."""
    keeper.start()
    wait(lambda: keeper.healthy)
    keeper.stop()
    keeper.join(PATIENCE_SECONDS)
    assert not keeper.is_alive()
    assert keeper.state.status == "stopped"
    assert not port_answers(int(keeper.definition.url.rpartition(":")[2]))


def test_a_command_that_does_not_exist_is_told_and_tried_again(tmp_path: Path) -> None:
    """The reason is in the state, where the reader looks."""
    definition = ProcessDefinition(
        name="absent",
        kind="service",
        command=(str(tmp_path / "absent"),),
        environment={},
        log=tmp_path / "absent.log",
        ready=lambda: False,
        url="",
    )
    keeper = Keeper(definition, mark=str(tmp_path), changed=threading.Event().set)
    keeper.start()
    wait(lambda: keeper.state.restarts >= 2)
    assert "cannot start" in keeper.state.message
    assert "absent" in keeper.state.message
    keeper.stop()
    keeper.join(PATIENCE_SECONDS)


def test_it_hands_on_nothing_of_ours_that_it_was_not_told(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Secrets in the supervisor's own environment never reach a process by accident."""
    monkeypatch.setenv("AUXILIA_DATABASE_URL", "postgresql://secret")
    told = tmp_path / "told"
    command = (sys.executable, "-c", TELLER, str(told))
    definition = ProcessDefinition(
        name="teller",
        kind="service",
        command=command,
        environment={"AUXILIA_PLAYED": "true"},
        log=tmp_path / "teller.log",
        ready=lambda: False,
        url="",
    )
    teller = Keeper(definition, mark=str(tmp_path), changed=threading.Event().set)
    teller.start()
    wait(told.exists)
    teller.stop()
    teller.join(PATIENCE_SECONDS)
    assert "'AUXILIA_PLAYED': 'true'" in told.read_text()
    assert "secret" not in told.read_text()
