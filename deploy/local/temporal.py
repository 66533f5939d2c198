"""Temporal on this machine: the production server on SQLite, with time skipping for played calendars."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy.local.answering import port_answers
from deploy.local.cache import built_once
from deploy.local.configuration import Configuration
from deploy.local.keeper import ProcessDefinition
from deploy.local.layout import PROJECT, Layout, cache_folder
from deploy.local.problems import LocalError
from deploy.local.state import write_whole

VERSION = "v1.32.1"
MODULE = f"go.temporal.io/server/cmd/server@{VERSION}"
# Time skipping came with this version of the server.
SKIPPING_SINCE = (1, 32)
NAMESPACE = "auxilia"
FIRST_PORT = 2
SERVICES = ("frontend", "history", "matching", "worker")
# The same settings for every way of running Temporal on one machine; only a played calendar can move time.
SETTINGS = PROJECT / "deploy" / "temporal"


def dynamic_settings(*, skips_time: bool) -> Path:
    """Give the file of settings of a server whose procedures can, or can't, be moved in time."""
    return SETTINGS / f"played-{'true' if skips_time else 'false'}.yaml"


def server_on_path() -> Path | None:
    """Find a Temporal server on this machine that can skip time, None when there is none."""
    for name in (os.environ.get("AUXILIA_TEMPORAL_SERVER"), "temporal-server"):
        found = shutil.which(name) if name else None
        if found and _version_of(found) >= SKIPPING_SINCE:
            return Path(found)
    return None


def already_built() -> bool:
    """Tell whether a server is on the machine or in the cache, so that Go is not needed."""
    return server_on_path() is not None or (cache_folder() / f"temporal-{VERSION}").exists()


def temporal_server(*, tell: Callable[[str], None]) -> Path:
    """Give the server's program: one of this machine, else the pinned one, built once with Go."""
    found = server_on_path()
    if found is not None:
        return found
    folder = built_once(
        f"temporal-{VERSION}",
        _build,
        tell=tell,
        what=f"the Temporal server {VERSION}, with Go",
        takes="about 4 minutes on two processors, and a gigabyte of downloads and build files",
    )
    return folder / "server"


def _version_of(program: str) -> tuple[int, int]:
    done = subprocess.run([program, "--version"], check=False, capture_output=True, text=True)  # noqa: S603 - found on PATH
    found = re.search(r"(\d+)\.(\d+)\.\d+", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _build(folder: Path) -> None:
    environment = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"}
    command = ["go", "install", "-ldflags", "-s -w", MODULE]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder)  # noqa: S603
    if done.returncode != 0:
        raise LocalError(
            f"Go could not build the Temporal server: {done.stderr.strip()[-1500:]}",
            remedy="Go 1.26 or later and access to its modules are needed; or give a Temporal with "
            "AUXILIA_TEMPORAL_ADDRESS=host:port.",
        )


class LocalTemporal:
    """The server of one instance."""

    def __init__(self, layout: Layout, configuration: Configuration, *, tell: Callable[[str], None]) -> None:
        self.layout = layout
        self.configuration = configuration
        self._tell = tell

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.configuration.port(FIRST_PORT)}"

    @property
    def _config(self) -> Path:
        return self.layout.temporal / "server.yaml"

    def prepare(self) -> None:
        """Write the server's settings."""
        self._program = temporal_server(tell=self._tell)
        rpc = "\n".join(
            f"  {service}:\n    rpc:\n      grpcPort: {self.configuration.port(FIRST_PORT + index)}\n"
            f"      membershipPort: {self.configuration.port(FIRST_PORT + len(SERVICES) + index)}\n"
            "      bindOnLocalHost: true"
            for index, service in enumerate(SERVICES)
        )
        stores = "".join(STORE.format(name=name, file=self.layout.temporal / "temporal.db") for name in STORES)
        dynamic = dynamic_settings(skips_time=self.configuration.skips_time)
        write_whole(self._config, CONFIG.format(stores=stores, rpc=rpc, address=self.address, dynamic=dynamic))

    def definition(self) -> ProcessDefinition:
        """Say how to run the server."""
        port = self.configuration.port(FIRST_PORT)
        return ProcessDefinition(
            name="temporal",
            kind="server",
            command=(str(self._program), "--config-file", str(self._config), "--allow-no-auth", "start"),
            environment={},
            log=self.layout.logs / "temporal.log",
            ready=lambda: port_answers(port),
            url=self.address,
        )


STORES = ("default", "visibility")
STORE = """\
    {name}:
      sql:
        pluginName: sqlite
        databaseName: "{file}"
        connectAddr: localhost
        connectProtocol: tcp
        connectAttributes:
          cache: private
          mode: rwc
          setup: true
          journal_mode: wal
          # Safe against every kill of the process; a power cut may cost the last moments, on this machine only.
          synchronous: 1
          busy_timeout: 10000
        maxConns: 1
        maxIdleConns: 1
        maxConnLifetime: 1h
"""
CONFIG = """\
log:
  stdout: true
  level: warn
persistence:
  defaultStore: default
  visibilityStore: visibility
  numHistoryShards: 1
  datastores:
{stores}global:
  membership:
    maxJoinDuration: 30s
    broadcastAddress: 127.0.0.1
services:
{rpc}
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active:
      enabled: true
      initialFailoverVersion: 1
      rpcName: frontend
      rpcAddress: "{address}"
dynamicConfigClient:
  filepath: "{dynamic}"
  pollInterval: 60s
"""
