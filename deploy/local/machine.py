"""Which tools this machine has; nothing but the standard library, so that it is asked before anything is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

JAVA_SINCE = 17
GO_SINCE = (1, 26)


@dataclass(frozen=True)
class Missing:
    """A tool this machine lacks, and how to get it."""

    tool: str
    why: str
    remedy: str


def missing_tools(*, own_kafka: bool, own_temporal: bool, jars_present: bool, temporal_present: bool) -> list[Missing]:
    """Give the tools that are missing for the servers this machine must run itself.

    Args:
        own_kafka: Kafka must run here, for no address of another was named.
        own_temporal: the same for Temporal.
        jars_present: Kafka was fetched before.
        temporal_present: Temporal was built before, or is on the path.
    """
    missing = []
    if own_kafka:
        if _major(["java", "-version"]) < (JAVA_SINCE, 0):
            remedy = "install a JRE: apt install openjdk-17-jre-headless, brew install openjdk, or https://adoptium.net"
            missing.append(Missing(f"Java {JAVA_SINCE} or later", "runs Kafka", remedy))
        if not jars_present and shutil.which("mvn") is None:
            remedy = "apt install maven, brew install maven, or https://maven.apache.org"
            missing.append(Missing("Maven", "fetches Kafka once", remedy))
    if own_temporal and not temporal_present and _major(["go", "version"]) < GO_SINCE:
        remedy = "https://go.dev/dl, or put a Temporal server 1.32 or later on the path as `temporal-server`"
        version = ".".join(map(str, GO_SINCE))
        missing.append(Missing(f"Go {version} or later", "builds the Temporal server once", remedy))
    return missing


def told(missing: Sequence[Missing]) -> tuple[str, str]:
    """Say what is missing, and how to get each tool or do without: a sentence and lines."""
    lines = [f"  {item.tool} ({item.why}): {item.remedy}" for item in missing]
    without = "  or run it in containers instead: docker compose up"
    servers = "  or name servers that run: AUXILIA_KAFKA_BOOTSTRAP=host:port, AUXILIA_TEMPORAL_ADDRESS=host:port"
    names = " and ".join(item.tool for item in missing)
    return f"this machine lacks {names}", "\n".join([*lines, servers, without])


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
