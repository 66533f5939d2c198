"""What every bench tells: the same names for the same figures, as a table for people or as JSON for programs."""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping
from typing import Any, Final

import click

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
    "largestDifferenceCents": "largest difference of an amount, cents",
    "billed": "billed",
    "parked": "parked",
    "peakMemoryMiB": "peak memory of this process, MiB",
}


def peak_memory_mib() -> int:
    """Return the most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MAXRSS_PER_MIB


def print_figures(figures: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the figures of a bench on standard output."""
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{_WORDS.get(name, name):<55} {value}")
