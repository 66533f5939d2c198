"""Make the Python environment of this tree once, then become the command that was asked for.

Runs on the system's own Python, so it uses nothing but the standard library. The environment lives in the cache, named
after the pinned requirements: a change of pins makes a new one, and two clones with the same pins share one.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REQUIREMENTS = PROJECT / "requirements"
# Verbs that need the tools of dev.txt besides what the system itself needs.
CHECKING_VERBS = frozenset({"test", "lint", "pins"})
# Verbs that start servers; before minutes go into an environment for them, the machine must have their tools.
STARTING_VERBS = frozenset({"demo", "up", "test"})
SECONDS_SHOWN_BETWEEN = 0.2


def cache_folder() -> Path:
    """Give the folder of what is built once; the same rule as deploy.local.layout, which can't be imported yet."""
    chosen = os.environ.get("AUXILIA_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base).expanduser() if base else Path.home() / ".cache").resolve() / "auxilia"


def environment_folder() -> Path:
    """Give the folder of the environment that fits this tree's pins and this Python."""
    pins = b"".join((REQUIREMENTS / name).read_bytes() for name in ("runtime.txt", "dev.txt"))
    version = f"{sys.implementation.name}-{platform.python_version()}-{platform.machine()}-{sys.base_prefix}"
    return cache_folder() / f"venv-{sha256(pins + version.encode()).hexdigest()[:16]}"


def say(message: str) -> None:
    """Tell the reader, on standard error: standard output belongs to the command."""
    print(message, file=sys.stderr, flush=True)


def check_machine() -> None:
    """End with what this machine lacks to run the servers and how to get it, before anything is installed."""
    sys.path.insert(0, str(PROJECT))
    from deploy.local.machine import missing_tools, told

    cache = cache_folder()
    named = shutil.which("temporal-server") or os.environ.get("AUXILIA_TEMPORAL_SERVER")
    missing = missing_tools(
        own_kafka=not os.environ.get("AUXILIA_KAFKA_BOOTSTRAP"),
        own_temporal=not os.environ.get("AUXILIA_TEMPORAL_ADDRESS"),
        jars_present=any(cache.glob("kafka-*/")),
        temporal_present=bool(named) or any(cache.glob("temporal-*/")),
    )
    if missing:
        message, remedy = told(missing)
        say(f"auxilia: {message}\n{remedy}")
        sys.exit(1)


def ensure(folder: Path, kind: str) -> Path:
    """Make the environment complete for one of the requirement files and give its Python."""
    python = folder / "bin" / "python"
    marker = folder / f"complete-{kind}"
    if marker.exists():
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("a") as lock:
        # Two commands at once: the second one waits for the first one's work. The lock opens when its holder dies.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.exists():
            return python
        if not (folder / "complete-venv").exists():
            create(folder)
            (folder / "complete-venv").touch()
        install(python, REQUIREMENTS / f"{kind}.txt")
        marker.touch()
    return python


def create(folder: Path) -> None:
    """Make an empty environment, throwing away one that was interrupted."""
    say(f"Making a Python environment in {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "venv", str(folder)], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        say("auxilia: Python could not make a virtual environment:")
        say((done.stdout + done.stderr).strip())
        say("  On Debian and Ubuntu its part is separate: apt install python3-venv")
        sys.exit(1)


def install(python: Path, requirements: Path) -> None:
    """Install the pinned packages of a file, each checked against its hash, showing how far it is."""
    total = sum(1 for line in requirements.read_text(encoding="utf-8").splitlines() if line[:1].isalnum())
    say(f"Installing {total} pinned packages from {requirements.name}: about a minute, once for this machine")
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off", "-r", str(requirements)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603
    lines, collected, shown = [], 0, 0.0
    for line in process.stdout or ():
        lines.append(line)
        collected += line.startswith(("Collecting ", "Requirement already satisfied"))
        if sys.stderr.isatty() and time.monotonic() - shown > SECONDS_SHOWN_BETWEEN:
            shown = time.monotonic()
            step = "installing" if line.startswith("Installing") else f"{collected} of {total} fetched"
            print(f"\r  {step}, {time.monotonic() - began:.0f} s ", end="", file=sys.stderr, flush=True)
    if process.wait() != 0:
        say("\nauxilia: pip could not install the packages:")
        say("".join(lines[-25:]))
        say("  Check the access to a Python package index (pip config list), then run the same command again.")
        sys.exit(1)
    say(f"\r  {total} packages installed in {time.monotonic() - began:.0f} s          ")


def main() -> None:
    """Become the command line in the environment."""
    arguments = sys.argv[1:]
    folder = environment_folder()
    verb = arguments[0] if arguments and not {"-h", "--help"} & set(arguments) else ""
    if verb in STARTING_VERBS and not (folder / "complete-runtime").exists():
        check_machine()
    python = ensure(folder, "runtime")
    if verb in CHECKING_VERBS:
        ensure(folder, "dev")
    # -P keeps the caller's folder off the module path; the caller's folder itself stays, so that its files are found.
    os.environ["PYTHONPATH"] = str(PROJECT)
    os.environ["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    os.execv(python, [str(python), "-P", "-m", "deploy.local.cli", *arguments])  # noqa: S606 - replaces this process


if __name__ == "__main__":
    main()
