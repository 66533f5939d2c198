"""Check at the start that the machine has what is needed, and name each missing tool with how to get it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

from deploy.local.environment import OutsideServers
from deploy.local.problems import LocalError
from deploy.local.temporal import already_built

JAVA_SINCE = 17
GO_SINCE = (1, 26)


@dataclass(frozen=True)
class Missing:
    """A tool this machine lacks, and how to get it."""

    tool: str
    why: str
    remedy: str


def missing_tools(outside: OutsideServers, *, kafka_jars_present: bool) -> list[Missing]:
    """Give the tools that are missing for the servers this machine must run itself."""
    missing = []
    if outside.kafka_bootstrap is None:
        if _major(["java", "-version"]) < (JAVA_SINCE, 0):
            remedy = "install a JRE: apt install openjdk-17-jre-headless, brew install openjdk, or https://adoptium.net"
            missing.append(Missing(f"Java {JAVA_SINCE} or later", "runs Kafka", remedy))
        if not kafka_jars_present and shutil.which("mvn") is None:
            remedy = "apt install maven, brew install maven, or https://maven.apache.org"
            missing.append(Missing("Maven", "fetches Kafka once", remedy))
    if outside.temporal_address is None and not already_built() and _major(["go", "version"]) < GO_SINCE:
        remedy = "https://go.dev/dl, or put a Temporal server 1.32 or later on the path as `temporal-server`"
        version = ".".join(map(str, GO_SINCE))
        missing.append(Missing(f"Go {version} or later", "builds the Temporal server once", remedy))
    return missing


def check_tools(outside: OutsideServers, *, kafka_jars_present: bool) -> None:
    """Raise LocalError naming every missing tool with how to get it, or how to do without."""
    missing = missing_tools(outside, kafka_jars_present=kafka_jars_present)
    if not missing:
        return
    lines = [f"  {item.tool} ({item.why}): {item.remedy}" for item in missing]
    without = "  or run it in containers instead: docker compose up"
    servers = "  or name servers that run: AUXILIA_KAFKA_BOOTSTRAP=host:port, AUXILIA_TEMPORAL_ADDRESS=host:port"
    names = " and ".join(item.tool for item in missing)
    raise LocalError(f"this machine lacks {names}", remedy="\n".join([*lines, servers, without]))


def _major(command: list[str]) -> tuple[int, int]:
    """Give the version a tool tells, (0, 0) when it is absent or doesn't work."""
    program = shutil.which(command[0])
    if program is None:
        return (0, 0)
    try:
        done = subprocess.run([program, *command[1:]], check=False, capture_output=True, text=True, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    found = re.search(r"(\d+)\.(\d+)", done.stdout + done.stderr)
    return (int(found[1]), int(found[2])) if found and done.returncode == 0 else (0, 0)
