"""A service as a process on real servers: it waits for them, works, plays, stops cleanly and says what it lacks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import OKPKey
from temporalio.client import Client

from deploy.sandbox.issuer import Issuer, issuer_application
from shared.platform.calls.auth import IssuedTokens
from shared.platform.http.serving import Server

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Probe:
    """One process of the probe service."""

    environment: dict[str, str]
    url: str
    process: asyncio.subprocess.Process | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    _reading: asyncio.Task[None] | None = None

    async def start(self, *arguments: str, **changes: str) -> None:
        """Start the process."""
        self.lines.clear()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.shared.platform.probe_service",
            *arguments,
            cwd=ROOT,
            env={**self.environment, **changes},
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(json.loads(line))

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        return await self.wait()

    async def wait(self) -> int:
        """Give the exit code when it ended by itself."""
        assert self.process is not None
        assert self._reading is not None
        code = await asyncio.wait_for(self.process.wait(), timeout=40)
        await self._reading
        return code

    def events(self) -> list[str]:
        """What it logged."""
        return [str(line["event"]) for line in self.lines]

    async def until_logged(self, event: str) -> None:
        """Wait until it logged an event."""
        async with asyncio.timeout(60):
            while event not in self.events():  # noqa: ASYNC110  (another process)
                await asyncio.sleep(0.1)

    async def until_healthy(self) -> None:
        """Wait until it says that it can do its work."""
        async with asyncio.timeout(60), httpx.AsyncClient() as http:
            while True:
                with suppress(httpx.HTTPError):
                    if (await http.get(f"{self.url}/health")).json() == {"status": "UP"}:
                        return
                await asyncio.sleep(0.1)


@dataclass
class Staff:
    """An issuer on a real port, and an operator who calls the probe."""

    issuer_url: str
    folder: Path
    key: OKPKey

    def tokens(self) -> IssuedTokens:
        """The operator's tokens."""
        return IssuedTokens(issuer_url=self.issuer_url, client_id="operator", key=self.key)

    async def call(self, probe: Probe, method: str, path: str, body: Any = None) -> httpx.Response:
        """Call the probe as the operator."""
        tokens = self.tokens()
        headers = {"Authorization": f"Bearer {await tokens.token()}"}
        await tokens.close()
        async with httpx.AsyncClient(timeout=60) as http:
            return await http.request(method, f"{probe.url}{path}", json=body, headers=headers)


@pytest.fixture(scope="module")
async def staff(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Staff]:
    folder = tmp_path_factory.mktemp("clients")
    key = OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True, auto_kid=True)
    public = {**key.as_dict(private=False), "roles": ["operator"]}
    (folder / "operator.json").write_text(json.dumps(public), encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    issuer_key = OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True, auto_kid=True)
    issuer = Issuer(issuer_url=url, key=issuer_key, clients_folder=folder, token_lifetime_seconds=300)
    stop = asyncio.Event()
    serving = asyncio.create_task(Server.of(issuer_application(issuer), host="127.0.0.1", port=port).serve_until(stop))
    yield Staff(url, folder, key)
    stop.set()
    await serving


@pytest.fixture(scope="module")
async def probe(
    database_url: Callable[[str], str], temporal_client: Client, staff: Staff, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Probe]:
    folder = tmp_path_factory.mktemp("probe")
    key_file = folder / "key.json"
    key_file.write_text(json.dumps(staff.key.as_dict(private=True)), encoding="utf-8")
    port = free_port()
    one = Probe(
        environment={
            **os.environ,
            "PROBE_NAME": f"probe-{uuid4().hex[:8]}",
            "PROBE_DATABASE_URL": database_url("billing"),
            "PROBE_HTTP_PORT": str(port),
            "PROBE_CLIENT_KEY_FILE": str(key_file),
            "AUXILIA_ISSUER_URL": staff.issuer_url,
            "AUXILIA_PLAYED": "true",
            "AUXILIA_FUND_FILE": str(ROOT / "samples/fund.yaml"),
            "AUXILIA_SCENARIO_FILE": "",
            "AUXILIA_TELEMETRY_DIR": str(folder / "telemetry"),
            "AUXILIA_OTLP_ENDPOINT": "",
        },
        url=f"http://127.0.0.1:{port}",
    )
    yield one
    if one.process is not None and one.process.returncode is None:
        await one.end(signal.SIGKILL)


@pytest.fixture(scope="class")
async def running(probe: Probe) -> AsyncIterator[None]:
    """Run the probe with all its roles, and see it end cleanly."""
    await probe.start()
    await probe.until_healthy()
    yield
    assert await probe.end() == 0
    assert probe.events()[-1] == "process.stopped"


@pytest.mark.usefixtures("running")
class TestPlaying:
    async def test_a_procedure_lives_from_request_to_end(self, probe: Probe, staff: Staff) -> None:
        assert (await staff.call(probe, "GET", "/v1/calendar")).json() == {"settled": True, "reasons": []}
        await staff.call(probe, "PUT", "/v1/calendar", {"businessDate": "2026-01-02"})
        answer = await staff.call(probe, "POST", "/v1/journeys", {"days": ["2026-01-20"]})
        assert answer.status_code == 202
        state = await self.settled(probe, staff)
        assert state["nextDate"] == "2026-01-05"
        await staff.call(probe, "PUT", "/v1/calendar", {"businessDate": "2026-01-20"})
        moved = (await staff.call(probe, "POST", "/v1/calendar/fastForward", {})).json()
        assert (moved["moved"], moved["finished"], moved["failures"]) in [(1, 0, []), (0, 1, [])]
        window = {"after": "2026-01-02", "until": "2026-01-20"}
        started = (await staff.call(probe, "POST", "/v1/calendar/runScheduled", window)).json()["started"]
        assert [(one["businessDate"], one["alreadyStarted"]) for one in started] == [("2026-01-05", False)]
        again = (await staff.call(probe, "POST", "/v1/calendar/runScheduled", window)).json()["started"]
        assert [one["alreadyStarted"] for one in again] == [True]
        state = await self.settled(probe, staff)
        assert (state["businessDate"], state["nextDate"]) == ("2026-01-20", "2026-04-05")

    async def test_the_calendar_never_goes_back(self, probe: Probe, staff: Staff) -> None:
        answer = await staff.call(probe, "PUT", "/v1/calendar", {"businessDate": "2026-01-01"})
        assert answer.status_code == 409
        assert "never goes back" in answer.json()["detail"]

    async def test_a_window_that_ends_before_it_begins_is_refused(self, probe: Probe, staff: Staff) -> None:
        window = {"after": "2026-01-02", "until": "2026-01-01"}
        answer = await staff.call(probe, "POST", "/v1/calendar/runScheduled", window)
        assert answer.status_code == 400
        assert answer.json()["issues"][0]["name"] == "until"

    async def test_the_common_routes_answer(self, probe: Probe, staff: Staff) -> None:
        for path in ("/v1/tasks", "/v1/approvals", "/v1/documents", "/v1/deadLetters"):
            assert (await staff.call(probe, "GET", path)).json()["items"] == []
        async with httpx.AsyncClient() as http:
            document = (await http.get(f"{probe.url}/v1/doc/openapi.json")).json()
            metrics = (await http.get(f"{probe.url}/metrics")).text
        assert document["openapi"] == "3.0.3"
        assert {"/calendar", "/calendar/fastForward", "/journeys", "/tasks", "/audit/query"} <= set(document["paths"])
        assert f'auxilia_outbox_pending{{service="{probe.environment["PROBE_NAME"]}"}} 0.0' in metrics
        assert f'auxilia_role_up{{role="worker",service="{probe.environment["PROBE_NAME"]}"}} 1.0' in metrics

    async def settled(self, probe: Probe, staff: Staff) -> dict[str, Any]:
        """Wait until nothing is left to do today."""
        async with asyncio.timeout(40):
            while True:
                state: dict[str, Any] = (await staff.call(probe, "GET", "/v1/calendar")).json()
                if state["settled"]:
                    return state
                await asyncio.sleep(0.1)


class TestStopping:
    async def test_a_running_request_is_answered_before_the_process_ends(self, probe: Probe, staff: Staff) -> None:
        await probe.start("--role", "api")
        await probe.until_healthy()
        asking = asyncio.create_task(staff.call(probe, "GET", "/v1/journeys/slow"))
        await asyncio.sleep(0.5)
        assert await probe.end() == 0
        assert (await asking).json() == {"workflowId": "slow"}

    async def test_it_can_be_told_to_stop_while_it_waits_for_its_servers(self, probe: Probe) -> None:
        await probe.start(PROBE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
        await probe.until_logged("waiting")
        assert await probe.end() == 0

    @pytest.mark.parametrize(
        ("variable", "value", "named"),
        [
            ("PROBE_DATABASE_URL", None, "database_url"),
            ("PROBE_CLIENT_KEY_FILE", "", "PROBE_CLIENT_KEY_FILE"),
            ("AUXILIA_PAYLOAD_KEYS", "key1:YWJj", "payload_keys"),
            ("AUXILIA_FUND_FILE", "/nowhere/fund.yaml", "/nowhere/fund.yaml"),
        ],
    )
    async def test_a_wrong_setting_is_named_and_ends_the_process(
        self, probe: Probe, variable: str, value: str | None, named: str
    ) -> None:
        environment = dict(probe.environment)
        if value is None:
            del environment[variable]
        else:
            environment[variable] = value
        broken = Probe(environment=environment, url=probe.url)
        await broken.start()
        assert await broken.wait() == 1
        assert named in json.dumps(broken.lines[-1])
        assert "YWJj" not in json.dumps(broken.lines)
