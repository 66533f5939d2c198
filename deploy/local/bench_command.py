"""``./auxilia bench``: measures, on servers of its own where a bench needs servers and none are named."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
import venv
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from rich.console import Console

from deploy.local.cache import built_once
from deploy.local.instance import Instance
from deploy.local.layout import PROJECT
from deploy.local.problems import LocalError
from deploy.local.telling import telling_problems
from deploy.local.view import Follower

#: Each run has an instance of its own, deleted at its end.
BENCH_PREFIX = "bench-"
OPENFISCA_PINS = PROJECT / "requirements" / "openfisca.txt"
BENCHES = [sys.executable, "-P", "-m", "services.billing.bench"]
#: Benches that compute only.
SERVERLESS = frozenset({"assess"})


def openfisca_python(tell: Callable[[str], None]) -> Path:
    """Give the Python of an environment that holds OpenFisca-core and nothing of ours, made once for this machine.

    Its licence (AGPL-3.0) is another than this project's: it is installed for this bench alone, and only called.

    Raises:
        LocalError: pip cannot install it.
    """
    digest = sha256(OPENFISCA_PINS.read_bytes() + sys.version.encode()).hexdigest()[:16]

    def build(folder: Path) -> None:
        # What pip installs here is called through the environment's Python only, which may move with its folder.
        venv.create(folder, with_pip=True, symlinks=True)
        command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-input", "-r", str(OPENFISCA_PINS)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own command
        if done.returncode != 0:
            raise LocalError(
                f"pip could not install OpenFisca-core: {done.stderr.strip()[-500:]}",
                remedy="Check the access to a Python package index (pip config list), then run the command again.",
            )

    folder = built_once(f"openfisca-{digest}", build, tell=tell, what="OpenFisca-core", takes="half a minute")
    return folder / "bin/python"


def needs_servers(arguments: list[str]) -> bool:
    """Tell whether a bench writes to real servers."""
    return bool(arguments) and arguments[0] not in SERVERLESS and not {"-h", "--help"} & set(arguments)


def main(arguments: list[str]) -> int:
    """Run a bench; its servers are started and thrown away here, unless AUXILIA_DATABASE_URL names one."""
    console = Console(stderr=True, highlight=False)
    variables = dict(os.environ)
    asked_for_help = bool({"-h", "--help"} & set(arguments))
    if arguments and arguments[0] == "assess" and not asked_for_help:
        python = openfisca_python(lambda text: console.print(text, markup=False, soft_wrap=True))
        variables["AUXILIA_OPENFISCA_PYTHON"] = str(python)
    if not needs_servers(arguments) or os.environ.get("AUXILIA_DATABASE_URL"):
        return subprocess.run(  # noqa: S603 - our own module
            [*BENCHES, *arguments], check=False, cwd=PROJECT, env=variables
        ).returncode
    instance = Instance(f"{BENCH_PREFIX}{uuid.uuid4().hex[:8]}")
    try:
        with Follower(console) as follow:
            instance.start(services=False, bound_to_this_process=True, follow=follow)
        variables |= instance.environment()
        return subprocess.run(  # noqa: S603 - our own module
            [*BENCHES, *arguments], check=False, cwd=PROJECT, env=variables
        ).returncode
    finally:
        instance.delete()


if __name__ == "__main__":
    sys.exit(telling_problems(lambda: main(sys.argv[1:])))
