"""The rooms whose code is mutated: the law all share, and the rules of each subject of a service."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SHARED_LAW: Final = "shared/law"
#: Of the law: what only prints it is no rule.
NOT_RULES: Final = frozenset({"__main__.py", "cli.py"})
HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class Room:
    """A room of rules: its name, its modules and where the tests are that should notice a change, from the root."""

    name: str
    service: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


def rooms_of(tree: Path) -> list[Room]:
    """Find the rooms: ``services/<service>/<subject>/rules(.py|/)`` and the shared law.

    A room without a module that has code is left out.
    """
    rooms = [_room(tree, SHARED_LAW, SHARED_LAW, [tree / "shared/law"], "tests/shared/law")]
    for service in sorted(path for path in (tree / "services").glob("*") if path.is_dir()):
        tests = f"tests/{service.name}"
        for subject in sorted(path for path in service.glob("*") if path.is_dir()):
            places = [subject / "rules.py", subject / "rules"]
            rooms.append(_room(tree, f"{service.name}/{subject.name}", service.name, places, tests))
    return [room for room in rooms if room.modules]


def _room(tree: Path, name: str, service: str, places: list[Path], tests: str) -> Room:
    files = [path for place in places for path in ([place] if place.is_file() else place.rglob("*.py"))]
    modules = sorted(
        path.relative_to(tree).as_posix()
        for path in files
        if path.stat().st_size and path.name not in NOT_RULES
    )
    # The tests of the subjects stand in folders; beside them are those of the whole service.
    folders = [path for path in sorted((tree / tests).glob("*")) if path.is_dir() and any(path.rglob("test_*.py"))]
    near = [path.relative_to(tree).as_posix() for path in folders] if service != SHARED_LAW else []
    return Room(name, service, tuple(modules), tuple(near or [tests]))


def default_base(tree: Path) -> str | None:
    """Give what changed rules are compared with: where this branch left origin/main, or the commit before this one."""
    head = _git(tree, "rev-parse", "HEAD")
    for asked in (("merge-base", "HEAD", "origin/main"), ("rev-parse", "--verify", "HEAD~1")):
        found = _git(tree, *asked)
        if found and found.strip() != (head or "").strip():
            return found.strip()
    return None


def changed_lines(tree: Path, base: str) -> dict[str, set[int]] | None:
    """Give the lines of each Python file that are new or other than in ``base``; a file that only moved has few.

    None when git can't tell, as in a copy without history.
    """
    told = _git(
        tree, "diff", "--unified=0", "--no-color", "--no-ext-diff", "-M30%", base, "--", "services", "shared/law"
    )
    if told is None:
        return None
    lines: dict[str, set[int]] = {}
    current: set[int] = set()
    for line in told.splitlines():
        if line.startswith("+++ "):
            current = lines.setdefault(line.removeprefix("+++ ").removeprefix("b/"), set())
        elif hunk := HUNK.match(line):
            first, count = int(hunk.group(1)), int(hunk.group(2) or 1)
            current.update(range(first, first + count))
    return {path: numbers for path, numbers in lines.items() if numbers and path.endswith(".py")}


def _git(tree: Path, *arguments: str) -> str | None:
    done = subprocess.run(  # noqa: S603 - our own command
        ["git", *arguments],  # noqa: S607 - git is found as the person's shell finds it
        cwd=tree,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout if done.returncode == 0 else None
