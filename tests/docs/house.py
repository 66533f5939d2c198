"""Writes docs/house.md: what each subject of each service brings, read from the code and its README pages.

python -m tests.docs.house > docs/house.md
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import MagicMock

from fastapi.routing import APIRoute

from shared.contracts.topics import fact_classes
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.composition import Composition, Subject

PROJECT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("affiliation", "billing", "recovery", "benefits", "console")
_TABLE: Final = re.compile(r"create table (\w+) \((.*?)\n\);", re.DOTALL)
_UNIQUE: Final = re.compile(r"(?<!foreign )(?:unique|primary key)(?: nulls not distinct)? ?\(([^)]*)\)")
_UNIQUE_INDEX: Final = re.compile(r"create unique index \w+\s+on (\w+) \(([^;]*?)\)(?:\s+where ([^;]*))?;")


@dataclass(frozen=True)
class Brought:
    """What one subject brings, as the page shows it."""

    service: str
    subject: str
    folder: Path
    composed: Subject | None
    context: Any

    @cached_property
    def sentence(self) -> str:
        """The first sentence of its README page."""
        page = self.folder / "README.md"
        lines = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
        text = " ".join(line for line in lines if line and not line.startswith("#"))
        return re.split(r"(?<=[.:]) ", text, maxsplit=1)[0].rstrip(":")

    @cached_property
    def procedures(self) -> list[str]:
        """Names of its workflows."""
        return [_workflow_name(one) for one in self.composed.workflows] if self.composed else []

    @cached_property
    def hears(self) -> list[str]:
        """Facts of other services it handles."""
        heard = self.composed.handlers(self.context) if self.composed else {}
        return sorted(fact.__name__ for fact in heard)

    @cached_property
    def tells(self) -> list[str]:
        """Facts its modules make."""
        known = {fact.__name__ for fact in fact_classes().values()}
        return sorted(str(name) for name in known & set(_called(self.folder.rglob("*.py"))))

    @cached_property
    def routes(self) -> list[tuple[str, str, str]]:
        """Method, path and summary of its operations."""
        routers = self.composed.routers(self.context) if self.composed else ()
        found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        return [(method, one.path, one.summary or "") for one in found for method in sorted(one.methods or ())]


def _workflow_name(workflow: type) -> str:
    definition = getattr(workflow, "__temporal_workflow_definition", None)
    return str(getattr(definition, "name", None) or workflow.__name__)


def _called(modules: Iterable[Path]) -> Iterator[str]:
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id


def _context(service: str, composition: Composition) -> Any:
    """Return a context in which subjects can be asked what they bring; nothing is opened."""
    settings = composition.settings_class(database_url="postgresql://")
    return SimpleNamespace(
        name=service,
        settings=settings,
        platform=MagicMock(),
        database=MagicMock(),
        temporal=MagicMock(),
        clock=MagicMock(),
        parameters=Parameters.load(),
        fund=Fund.load(PROJECT / "samples" / "fund.yaml"),
        peers=MagicMock(),
        sleepers=MagicMock(),
    )


def subjects_of(service: str) -> list[Brought]:
    """Return the subjects of a service, those of its composition in their order and then the others."""
    composition = cast("Composition", importlib.import_module(f"services.{service}.app").APP)
    context = _context(service, composition)
    composed = {subject.name: subject for subject in composition.subjects}
    home = PROJECT / "services" / service
    rooms = [path.name for path in sorted(home.iterdir()) if path.is_dir() and (path / "__init__.py").exists()]
    names = [*composed, *(name for name in rooms if name not in composed and name != "migrations")]
    return [Brought(service, name, home / name, composed.get(name), context) for name in names]


def never_twice(service: str) -> list[tuple[str, str]]:
    """Return the tables of a service with the columns of which the database holds one row at most."""
    folder = PROJECT / "services" / service / "migrations" / "sql"
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))
    found = [(table, columns, "") for table, body in _TABLE.findall(text) for columns in _UNIQUE.findall(body)]
    found += _UNIQUE_INDEX.findall(text)
    return sorted(
        (table, " ".join(columns.split()) + (f" where {' '.join(where.split())}" if where else ""))
        for table, columns, where in found
    )


def page() -> str:
    """Return the whole page."""
    lines = [
        "# The house, subject by subject",
        "Written by `./auxilia docs` from the code; a test holds both to each other. What starts and ends each and its",
        "articles stand in its README page. What is not built yet: [limits](limits.md).",
    ]
    for service in SERVICES:
        brought = subjects_of(service)
        lines += ["", f"## {service}", *_subject_table(service, brought), *_route_table(brought)]
        lines += _table("| table | one row at most for |", [(f"`{name}`", what) for name, what in never_twice(service)])
    return "\n".join(lines) + "\n"


def _subject_table(service: str, brought: Sequence[Brought]) -> list[str]:
    rows = [
        (
            f"[{one.subject}](../services/{service}/{one.subject}/README.md)",
            one.sentence,
            ", ".join(one.procedures),
            ", ".join(one.hears),
            ", ".join(one.tells),
        )
        for one in brought
    ]
    return _table("| subject | what | procedures | hears | tells |", rows)


def _route_table(brought: Sequence[Brought]) -> list[str]:
    routes = sorted((path, method, summary, one.subject) for one in brought for method, path, summary in one.routes)
    rows = [(f"{method} `{path}`", summary, subject) for path, method, summary, subject in routes]
    return _table("| operation | what | subject |", rows)


def _table(head: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    return ["", head, "| --- " * (head.count("|") - 1) + "|", *("| " + " | ".join(row) + " |" for row in rows)]


if __name__ == "__main__":
    sys.stdout.write(page())
