"""Writes docs/house.md: what each subject of each service brings, read from the code and its README pages.

./auxilia docs
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import MagicMock

from fastapi.routing import APIRoute

from services.console.visits.service.places import WorkingPlace
from services.console.visits.subject import Console
from shared.contracts.topics import FactClass, fact_classes, topic_of, topics
from shared.law.fund import Fund
from shared.law.parameters import Parameters
from shared.platform.composition import Composition, Subject

PROJECT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("affiliation", "billing", "recovery", "benefits", "console")
_TABLE: Final = re.compile(r"create table (\w+) \((.*?)\n\);", re.DOTALL)
_COMMENT: Final = re.compile(r"--[^\n]*")
_ALONE: Final = re.compile(
    r"^  (?!unique|primary|foreign|check|constraint)(\w+) [^\n]*\b(?:unique|primary key)\b", re.MULTILINE
)
_UNIQUE: Final = re.compile(r"(?<!foreign )(?:unique|primary key)(?: nulls not distinct)? ?\(([^)]*)\)")
#: Where a sentence ends; "art." and "par." end none.
_SENTENCE_END: Final = re.compile(r"(?<!\bart)(?<!\bpar)\.(?: (?=[A-Z`])|$)")
PAGE: Final = PROJECT / "docs" / "house.md"
_UNIQUE_INDEX: Final = re.compile(r"create unique index \w+\s+on (\w+) \(([^;]*?)\)(?:\s+where ([^;]*))?;")


@dataclass(frozen=True)
class Brought:
    """What one subject brings, as the page shows it."""

    service: str
    subject: str
    folder: Path
    composed: Subject | WorkingPlace | None
    context: Any

    @cached_property
    def sentence(self) -> str:
        """The first sentence of its README page: what it is."""
        page = self.folder / "README.md"
        paragraphs = page.read_text(encoding="utf-8").split("\n\n") if page.exists() else []
        text = next((" ".join(one.split()) for one in paragraphs if not one.startswith("#")), "")
        first = _SENTENCE_END.split(text.removeprefix("- **What**: ").partition(" - **")[0], maxsplit=1)[0]
        return first[:1].upper() + first[1:]

    @cached_property
    def procedures(self) -> list[tuple[str, str]]:
        """Its workflows: name and what each does."""
        workflows = self.composed.workflows if isinstance(self.composed, Subject) else ()
        return [(_workflow_name(one), (one.__doc__ or "").strip().split("\n")[0]) for one in workflows]

    @cached_property
    def hears(self) -> list[str]:
        """Facts of other services it handles."""
        heard = self.composed.handlers(self.context) if isinstance(self.composed, Subject) else {}
        return sorted(fact.__name__ for fact in heard)

    @cached_property
    def tells(self) -> list[str]:
        """Facts of its service that its modules make."""
        known = {fact.__name__ for name, fact in fact_classes().items() if topic_of(name).producer == self.service}
        return sorted(str(name) for name in known & set(_called(self.folder.rglob("*.py"))))

    @cached_property
    def routes(self) -> list[tuple[str, str, str]]:
        """Method, path and summary of its operations, or of its pages."""
        if isinstance(self.composed, WorkingPlace):
            return [(one.method, one.path, "") for one in self.composed.all_pages]
        if self.composed is None:
            return []
        sleeping = [
            ("GET", f"/v1/{kind.path or kind.what}/exceptions", f"List the {kind.what} that sleep")
            for kind in self.composed.open_work
        ]
        routers = self.composed.routers(self.context)
        found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        operations = [(method, one.path, one.summary or "") for one in found for method in sorted(one.methods or ())]
        return [*sleeping, *operations]


def _workflow_name(workflow: type) -> str:
    definition = getattr(workflow, "__temporal_workflow_definition", None)
    return str(getattr(definition, "name", None) or workflow.__name__)


def _called(modules: Iterable[Path]) -> Iterator[str]:
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr


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
    brought = composition.places if isinstance(composition, Console) else composition.subjects
    composed = {subject.name: subject for subject in brought}
    home = PROJECT / "services" / service
    rooms = [path.name for path in sorted(home.iterdir()) if path.is_dir() and (path / "__init__.py").exists()]
    names = [*composed, *(name for name in rooms if name not in composed and name != "migrations")]
    return [Brought(service, name, home / name, composed.get(name), context) for name in names]


def never_twice(folder: Path) -> list[tuple[str, str]]:
    """Return the tables of a folder of SQL with the columns of which the database holds one row at most."""
    text = "\n".join(_COMMENT.sub("", path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql")))
    found = [(table, one, "") for table, body in _TABLE.findall(text) for one in _ALONE.findall(body)]
    found += [(table, columns, "") for table, body in _TABLE.findall(text) for columns in _UNIQUE.findall(body)]
    found += _UNIQUE_INDEX.findall(text)
    kept: dict[str, list[str]] = {}
    for table, columns, where in found:
        condition = f" where {' '.join(where.split())}" if where else ""
        kept.setdefault(table, []).append(f"({' '.join(columns.split())}){condition}")
    return [(table, "; ".join(sorted(set(keys)))) for table, keys in sorted(kept.items())]


def page() -> str:
    """Return the whole page."""
    houses = {service: subjects_of(service) for service in SERVICES}
    lines = [
        "# The house, subject by subject",
        "Written by `./auxilia docs` from the code; a test holds both to each other. The articles of a subject,",
        "what starts and what ends it stand in its README page. What is not built yet: [limits](limits.md).",
        "",
        "## Facts",
        "Told by the subject that makes them, on the topic of its service. Each is handled within one transaction.",
        *_fact_table(houses),
        "",
        "## Procedures",
        "Temporal workflows; their ids stand in [procedures](procedures.md).",
        *_procedure_table(houses),
    ]
    for service, brought in houses.items():
        folder = PROJECT / "services" / service / "migrations" / "sql"
        lines += ["", f"## {service}", *_subject_table(service, brought), *_route_table(brought)]
        lines += _never_twice_table(folder)
    lines += ["", "## Every service", *_never_twice_table(PROJECT / "shared" / "platform" / "database" / "sql")]
    return "\n".join(lines) + "\n"


def _fact_table(houses: Mapping[str, Sequence[Brought]]) -> list[str]:
    subjects = [one for brought in houses.values() for one in brought]
    order = [topic.name for topic in topics()]
    facts: list[tuple[str, FactClass]] = [(topic_of(name).name, fact) for name, fact in fact_classes().items()]
    rows = [
        (
            f"`{topic}`",
            fact.__name__,
            ", ".join(one.subject for one in subjects if fact.__name__ in one.tells),
            ", ".join(f"{one.service}/{one.subject}" for one in subjects if fact.__name__ in one.hears) or "nobody yet",
        )
        for topic, fact in sorted(facts, key=lambda pair: (order.index(pair[0]), pair[1].__name__))
    ]
    return _table("| topic | fact | told by | handled by |", rows)


def _procedure_table(houses: Mapping[str, Sequence[Brought]]) -> list[str]:
    rows = [
        (name, f"{service}/{one.subject}", what)
        for service, brought in houses.items()
        for one in brought
        for name, what in sorted(one.procedures)
    ]
    return _table("| procedure | subject | what it does |", rows)


def _subject_table(service: str, brought: Sequence[Brought]) -> list[str]:
    rows = [
        (
            f"[{one.subject}](../services/{service}/{one.subject}/README.md)",
            one.sentence,
            ", ".join(name for name, _ in one.procedures),
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


def _never_twice_table(folder: Path) -> list[str]:
    rows = [(f"`{name}`", what) for name, what in never_twice(folder)]
    return _table("| table | the database holds one row at most for |", rows)


def _table(head: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    return ["", head, "| --- " * (head.count("|") - 1) + "|", *("| " + " | ".join(row) + " |" for row in rows)]


def main() -> None:
    """Write the page anew."""
    verb = os.environ.get("AUXILIA_VERB", "python -m tests.docs.house")
    what = "Write docs/house.md anew from the code: subjects, facts, procedures, operations, constraints."
    parser = argparse.ArgumentParser(prog=verb, description=what)
    parser.parse_args()
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
