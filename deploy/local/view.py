"""Show an instance in the terminal: live while it changes, as plain lines where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.local.state import InstanceState, ProcessState

COLOURS = {
    "healthy": "green",
    "external": "green",
    "starting": "yellow",
    "waiting": "yellow",
    "restarting": "yellow",
    "unhealthy": "red",
    "stopped": "dim",
}


def state_table(state: InstanceState, *, alive: bool, sleeping: Mapping[str, Mapping[str, int]] | None = None) -> Table:
    """Lay out every server and service with its health, address, process number and age.

    With ``sleeping`` (per service, how many of each kind of open work nothing will wake) there is a column for that.
    """
    phase = state.phase if alive else "not running"
    title = f"Auxilia, instance {state.instance}: {phase}"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("process", "health", "address", "pid", "up", "restarts"):
        table.add_column(heading, justify="right" if heading in {"pid", "up", "restarts"} else "left", overflow="fold")
    if sleeping is not None:
        table.add_column("sleeping", overflow="fold")
    for process in state.processes:
        status = process.status if alive or process.status == "external" else "stopped"
        health = Text(status, style=COLOURS[status])
        if process.message:
            health.append(f" ({process.message})", style="dim")
        table.add_row(
            process.name,
            health,
            process.url or "",
            str(process.pid or "") if alive else "",
            age(process) if alive else "",
            str(process.restarts or ""),
            *([] if sleeping is None else [_asleep(sleeping.get(process.name, {}))]),
        )
    return table


def _asleep(counts: Mapping[str, int]) -> Text:
    """Say what sleeps of a service: nothing for one that has no open work, none, or how many of which kind."""
    if not counts:
        return Text("")
    asleep = [f"{count} {what}" for what, count in sorted(counts.items()) if count]
    return Text(", ".join(asleep), style="red") if asleep else Text("none", style="green")


def age(process: ProcessState) -> str:
    """Say how long a process has run, in its two largest units."""
    if process.started is None:
        return ""
    seconds = max(0, int(time.time() - process.started))
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02} m"
    return f"{minutes} m {rest:02} s" if minutes else f"{rest} s"


@dataclass(frozen=True)
class Waiting:
    """A spinner that counts the seconds, also while nothing new is told: builds take minutes."""

    spinner: Spinner
    doing: str
    since: float

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the spinner as it is at this moment."""
        self.spinner.update(text=f" {self.doing} ({time.monotonic() - self.since:.0f} s)")
        yield self.spinner


class Follower:
    """Shows a starting or stopping instance: use it as a context, call it with every state."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._told: set[str] = set()
        self._live: Live | None = None
        self._spinner = Spinner("dots")
        self._waiting_for = ""
        self._since = time.monotonic()

    def __enter__(self) -> Follower:
        """Begin to show."""
        if self._console.is_terminal and not self._quiet:
            self._live = Live(console=self._console, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End to show, leaving the terminal clean."""
        if self._live is not None:
            self._live.stop()

    def __call__(self, state: InstanceState) -> None:
        """Show this state, or tell in a line what is new in it."""
        if self._quiet:
            return
        if self._live is not None:
            doing = state.message or state.phase
            if doing != self._waiting_for:
                self._waiting_for, self._since = doing, time.monotonic()
            self._live.update(Group(state_table(state, alive=True), Waiting(self._spinner, doing, self._since)))
            return
        for line in self._lines(state):
            if line not in self._told:
                self._told.add(line)
                self._console.print(line, highlight=False, markup=False)

    def _lines(self, state: InstanceState) -> list[str]:
        lines = [state.message] if state.message and state.phase != "failed" else []
        for process in state.processes:
            if process.status in {"healthy", "external", "unhealthy"}:
                where = f" at {process.url}" if process.url else ""
                lines.append(f"{process.name}: {process.status}{where}")
        return lines
