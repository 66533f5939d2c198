"""Which tests enter which functions, how long each takes, and so which are nearest to a mutant."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType

from deploy.local.mutation.mutants import Mutant


@dataclass(frozen=True)
class Trace:
    """What one passing test did: its seconds, and the functions it entered as module and first line."""

    test: str
    seconds: float
    entered: frozenset[tuple[str, int]]


@dataclass
class Watch:
    """Notes the functions that are entered while it looks; much quicker than following lines."""

    tree: str
    codes: set[CodeType] = field(default_factory=set)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look while the block runs."""
        self.codes.clear()
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def entered(self) -> list[tuple[str, int]]:
        """Give the functions of this tree that were entered, as module and first line."""
        prefix = f"{self.tree}/"
        inside = (code for code in self.codes if code.co_filename.startswith((f"{prefix}services", f"{prefix}shared")))
        return sorted({(code.co_filename.removeprefix(prefix), code.co_firstlineno) for code in inside})

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> None:
        self.codes.add(frame.f_code)


def nearest(mutant: Mutant, traces: Iterable[Trace], *, seconds: float, importers: frozenset[str]) -> list[Trace]:
    """Give the tests that run the changed code, those that do least besides first, until they fill the seconds.

    What is computed when the module is loaded, or remembered by a cache, may be used by any test that enters a function
    of the module or, after those, of a module that imports it.
    """

    def is_near(trace: Trace) -> int | None:
        if mutant.in_function and not mutant.cached:
            lines = range(mutant.first_line, mutant.last_line + 1)
            return 0 if any(module == mutant.module and line in lines for module, line in trace.entered) else None
        modules = {module for module, _ in trace.entered}
        return 0 if mutant.module in modules else 1 if modules & importers else None

    near = [
        (distance, len(trace.entered), trace.seconds, trace)
        for trace in traces
        if (distance := is_near(trace)) is not None
    ]
    chosen: list[Trace] = []
    spent = 0.0
    for _, _, _, trace in sorted(near, key=lambda one: one[:3]):
        if spent + trace.seconds > seconds and chosen:
            continue
        chosen.append(trace)
        spent += trace.seconds
    return chosen


def importers_of(module: str, tree: Path, candidates: Iterable[str]) -> frozenset[str]:
    """Give the modules that import a module by name."""
    dotted = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    found: set[str] = set()
    for candidate in candidates:
        for node in ast.walk(ast.parse((tree / candidate).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            else:
                continue
            if dotted in names:
                found.add(candidate)
    return frozenset(found)
