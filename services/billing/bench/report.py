"""What every bench tells: the same names for the same figures, as a table for people or as JSON for programs."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

#: ``ru_maxrss`` counts KiB on Linux and bytes on macOS.
_MAXRSS_PER_MIB: Final = 1024 * 1024 if sys.platform == "darwin" else 1024

PEOPLE = click.option(
    "--people", type=click.IntRange(1, 9_999_999), default=100_000, show_default=True, help="How many people."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the figures.")

_WORDS: Final[Mapping[str, str]] = {
    "people": "people",
    "lines": "lines",
    "seconds": "seconds",
    "peoplePerSecond": "people per second",
    "linesPerSecond": "lines per second",
    "ratioToRawCopy": "time, as a multiple of a raw COPY of the same rows",
    "ratioToOpenFisca": "time, as a multiple of OpenFisca-core's",
    "processorRatioToOpenFisca": "processor time, as a multiple of OpenFisca-core's",
    "openFiscaSeconds": "seconds of OpenFisca-core",
    "rawCopySeconds": "seconds of the raw COPY",
    "planSeconds": "of these, seconds to cut the pages",
    "matched": "lines that were matched",
    "unmatched": "lines that wait to be identified",
    "largestDifferenceCents": "largest difference of an amount, cents",
    "billed": "billed",
    "parked": "parked",
    "peakMemoryMiB": "peak memory of this process, MiB",
}


class Stages:
    """The parts of a bench, one after the other, shown to whoever watches."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._current: TaskID | None = None

    def begin(self, what: str, *, total: int | None = None) -> None:
        """End the part before and begin one; without a total only its time is shown."""
        self.end()
        self._current = self._progress.add_task(what, total=total)

    def advance(self, count: int) -> None:
        """Say how many more are done."""
        if self._current is not None:
            self._progress.advance(self._current, count)

    def end(self) -> None:
        """End the part that runs."""
        if self._current is not None:
            self._progress.update(self._current, total=1, completed=1)


@contextmanager
def shown_stages() -> Iterator[Stages]:
    """Show the parts of a bench on standard error while it runs; nothing where nobody watches a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    # Drawn once a second: what is measured shares the processor with what is shown.
    with Progress(
        *columns, console=console, refresh_per_second=1, disable=not console.is_terminal, redirect_stdout=False
    ) as progress:
        stages = Stages(progress)
        yield stages
        stages.end()


def peak_memory_mib() -> int:
    """Return the most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MAXRSS_PER_MIB


def print_figures(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print the figures of a bench on standard output."""
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{_WORDS.get(name, name):<55} {value}")
