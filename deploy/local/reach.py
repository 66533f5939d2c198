"""PostgreSQL refuses to run as root: find the user it runs as instead, and let that user reach its folders."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable
from pathlib import Path

from deploy.local.problems import LocalError

# Whoever of these exists first on the machine; both own nothing of ours but the database folder.
UNPRIVILEGED_USERS = ("postgres", "nobody")


def server_user() -> int | None:
    """Give the user number PostgreSQL runs as: None for this user, somebody else when this user is root."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise LocalError(
        "PostgreSQL doesn't run as root, and this machine has neither a user postgres nor a user nobody",
        remedy="Run Auxilia as an ordinary user, or give a PostgreSQL with AUXILIA_DATABASE_URL.",
    )


def group_of(user: int | None) -> int | None:
    """Give the user's own group, None for this process's user."""
    return None if user is None else pwd.getpwuid(user).pw_gid


def let_reach(path: Path, *, user: int, tell: Callable[[str], None]) -> None:
    """Let a user pass through the folders above `path` (pass, not read), telling of each folder that is opened."""
    for folder in reversed(path.resolve().parents):
        status = folder.stat()
        passable = status.st_mode & stat.S_IXOTH or (status.st_uid == user and status.st_mode & stat.S_IXUSR)
        if not passable:
            folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)
            tell(f"running as root: let other users pass through {folder}, so that PostgreSQL reaches {path}")


def own(path: Path, *, user: int) -> None:
    """Give a folder to a user, private to that user and root."""
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, user, pwd.getpwuid(user).pw_gid)
    path.chmod(0o700)
