"""Follows a dossier through every service by its traces, without any server: it reads the spans each process wrote.

    python -m shared.platform.observation.trace DOSSIER           every trace that touched the dossier, as trees
    python -m shared.platform.observation.trace DOSSIER --json    the same for programs

A trace may be about many dossiers (a file of people, a page of a billing run). Shown is what is about this one: spans
that name it, what led to them and what followed from them, but not what was done for others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from shared.platform.observation.telemetry import DOSSIER_ATTRIBUTE

_SHOWN_ATTRIBUTES: Final = (
    "http.response.status_code",
    "auxilia.peer",
    "auxilia.outcome",
    "temporalWorkflowID",
    "messaging.destination.name",
    "error.type",
)


@dataclass
class SpanNode:
    """A span with what followed from it."""

    span: dict[str, Any]
    children: list[SpanNode] = field(default_factory=list)

    @property
    def dossier(self) -> str | None:
        """The dossier the span names, if it names one."""
        value = self.span["attributes"].get(DOSSIER_ATTRIBUTE)
        return None if value is None else str(value)


@dataclass
class DossierTrace:
    """What one trace did about a dossier."""

    trace_id: str
    roots: list[SpanNode]

    @property
    def start(self) -> str:
        """When it began, as the spans wrote it."""
        return min(str(node.span["start"]) for node in self.roots)


def find_traces(folder: Path, *, dossier: UUID) -> list[DossierTrace]:
    """Return every trace that touched a dossier, the oldest first, with what is about that dossier.

    Args:
        folder: where the processes of an instance write their spans.
        dossier: the dossier.
    """
    name = str(dossier)
    trace_ids = {str(span["traceId"]) for span in _spans(folder, [name]) if _names(span, name)}
    by_trace: dict[str, list[dict[str, Any]]] = {trace_id: [] for trace_id in trace_ids}
    for span in _spans(folder, trace_ids):
        if span["traceId"] in by_trace:
            by_trace[span["traceId"]].append(span)
    traces = [DossierTrace(trace_id, about(tree(spans), name)) for trace_id, spans in by_trace.items()]
    return sorted(traces, key=lambda trace: trace.start)


def tree(spans: Iterable[dict[str, Any]]) -> list[SpanNode]:
    """Return the roots of the trees that spans form; one whose parent was not written (yet) is a root."""
    nodes = {str(span["spanId"]): SpanNode(span) for span in spans}
    roots: list[SpanNode] = []
    for node in sorted(nodes.values(), key=lambda node: str(node.span["start"])):
        parent = nodes.get(str(node.span.get("parentSpanId")))
        (roots if parent is None else parent.children).append(node)
    return roots


def about(roots: Sequence[SpanNode], dossier: str) -> list[SpanNode]:
    """Return trees with only what is about a dossier: what names it, what led there and what followed from it."""
    kept = []
    for node in roots:
        if _names(node.span, dossier):
            kept.append(SpanNode(node.span, _without_others(node.children, dossier)))
            continue
        children = about(node.children, dossier)
        if children:
            kept.append(SpanNode(node.span, children))
    return kept


def _without_others(nodes: Sequence[SpanNode], dossier: str) -> list[SpanNode]:
    """Return what followed from something about a dossier, leaving out what names another one."""
    return [
        SpanNode(node.span, _without_others(node.children, dossier))
        for node in nodes
        if node.dossier in {None, dossier}
    ]


def _names(span: dict[str, Any], dossier: str) -> bool:
    return any(isinstance(value, str) and dossier in value for value in span["attributes"].values())


def _spans(folder: Path, needles: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Give the spans whose line holds one of some texts; a line that is still being written is left out."""
    wanted = tuple(needles)
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if any(needle in line for needle in wanted):
                    try:
                        yield json.loads(line)
                    except ValueError:
                        continue


def _to_json(node: SpanNode) -> dict[str, Any]:
    return {**node.span, "children": [_to_json(child) for child in node.children]}


def _print(console: Console, traces: Sequence[DossierTrace]) -> None:
    for trace in traces:
        branch = Tree(Text.assemble(("trace ", "dim"), (trace.trace_id, "bold"), (f"  {trace.start}", "dim")))
        for root in trace.roots:
            _add(branch, root)
        console.print(branch)


def _add(branch: Tree, node: SpanNode) -> None:
    span = node.span
    failed = span["status"] == "error"
    label = Text.assemble(
        (f"{span['service']}: ", "cyan"),
        (str(span["name"]), "red" if failed else ""),
        (f"  {span['milliseconds']:.1f} ms", "dim"),
    )
    details = [str(span["attributes"][name]) for name in _SHOWN_ATTRIBUTES if name in span["attributes"]]
    if details:
        label.append(f"  {' '.join(details)}", "dim")
    grown = branch.add(label)
    for child in node.children:
        _add(grown, child)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the traces of a dossier; the command line."""
    parser = argparse.ArgumentParser(prog="python -m shared.platform.observation.trace", description=__doc__)
    parser.add_argument("dossier", type=UUID, help="the dossier's id")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--folder", type=Path, help="where spans are written (default: AUXILIA_TELEMETRY_DIR)")
    chosen = parser.parse_args(arguments)
    folder = chosen.folder or Path(os.environ.get("AUXILIA_TELEMETRY_DIR") or ".")
    if chosen.folder is None and not os.environ.get("AUXILIA_TELEMETRY_DIR"):
        sys.stderr.write("AUXILIA_TELEMETRY_DIR: not set; it is the folder where processes write their spans\n")
        return 2
    traces = find_traces(folder, dossier=chosen.dossier)
    if chosen.json:
        found = [{"traceId": trace.trace_id, "roots": [_to_json(root) for root in trace.roots]} for trace in traces]
        sys.stdout.write(json.dumps({"dossier": str(chosen.dossier), "traces": found}, indent=2) + "\n")
        return 0
    if not traces:
        sys.stderr.write(f"no trace touches {chosen.dossier}; spans appear half a second after their end\n")
        return 1
    _print(Console(), traces)
    return 0


if __name__ == "__main__":
    sys.exit(main())
