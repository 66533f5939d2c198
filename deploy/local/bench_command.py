"""``./auxilia bench``: measures, on servers of its own where a bench needs servers and none are named."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

from rich.console import Console

from deploy.local.instance import Instance
from deploy.local.layout import PROJECT
from deploy.local.problems import LocalError
from deploy.local.view import Follower

#: Each run has an instance of its own, deleted at its end.
BENCH_PREFIX = "bench-"
BENCHES = [sys.executable, "-P", "-m", "services.billing.bench"]
#: Benches that compute only.
SERVERLESS = frozenset({"assess"})


def needs_servers(arguments: list[str]) -> bool:
    """Tell whether a bench writes to real servers."""
    return bool(arguments) and arguments[0] not in SERVERLESS and not {"-h", "--help"} & set(arguments)


def main(arguments: list[str]) -> int:
    """Run a bench; its servers are started and thrown away here, unless AUXILIA_DATABASE_URL names one."""
    if not needs_servers(arguments) or os.environ.get("AUXILIA_DATABASE_URL"):
        return subprocess.run([*BENCHES, *arguments], check=False, cwd=PROJECT).returncode  # noqa: S603 - our module
    instance = Instance(f"{BENCH_PREFIX}{uuid.uuid4().hex[:8]}")
    try:
        with Follower(Console(stderr=True)) as follow:
            instance.start(services=False, bound_to_this_process=True, follow=follow)
        variables = {**os.environ, **instance.environment()}
        return subprocess.run(  # noqa: S603 - our own module
            [*BENCHES, *arguments], check=False, cwd=PROJECT, env=variables
        ).returncode
    finally:
        instance.delete()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LocalError as error:
        Console(stderr=True, highlight=False).print(f"auxilia: {error.message}\n{error.remedy}", markup=False)
        sys.exit(1)
