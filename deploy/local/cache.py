"""Things that are built once for all clones of this machine. An interrupted build never looks whole."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.layout import cache_folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; it opens by itself when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def built_once(name: str, build: Callable[[Path], None], *, tell: Callable[[str], None], what: str, takes: str) -> Path:
    """Give a folder of the cache, building it first when it is not there.

    The build happens in a folder beside, which gets its name only when all is done. Two commands that need the same
    thing wait for one build.
    """
    folder = cache_folder() / name
    if folder.exists():
        return folder
    with locked(cache_folder() / f"{name}.lock"):
        if folder.exists():
            return folder
        tell(f"building {what}: {takes}, once for this machine")
        began = time.monotonic()
        for leftover in cache_folder().glob(f".{name}.*"):
            # A build that was killed; nobody else builds this while we hold the lock.
            shutil.rmtree(leftover, ignore_errors=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=cache_folder()))
        try:
            build(beside)
            beside.chmod(0o755)
            beside.replace(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        tell(f"built {what} in {time.monotonic() - began:.0f} s")
    return folder
