"""Whoever reads what a service keeps about a dossier leaves a trace, or a reason stands here why not."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("affiliation", "billing", "recovery", "benefits")
SHARED: Final = PROJECT / "shared/platform/http"
#: Calls that put a read on record.
ON_RECORD: Final = frozenset(
    {"record", "record_many", "record_reads", "_record", "_log_read", "log_read", "read_identities"}
)
#: Reads that name dossiers and aren't on record, with the reason. Work lists show an opaque id, a status and a date:
#: what they lead to is on record when it is opened.
NOT_ON_RECORD: Final = {
    "billing GET /billingRuns": "counts of a run, and ids of whom it could not bill",
    "billing GET /billingRuns/{run_id}": "counts of a run, and ids of whom it could not bill",
    "billing GET /companyContributionRuns": "counts of a run, and ids of whom it could not bill",
    "billing GET /companyContributionRuns/{run_id}": "counts of a run, and ids of whom it could not bill",
    "recovery GET /v1/cases/exceptions": "work list of operators: ids and what is wrong with the procedure",
    "shared GET /approvals": "work list: what waits for a second person; opening one is on record",
    "shared GET /dispatches/undeliverable": "work list of operators: ids of procedures that can't be reached",
}


@dataclass(frozen=True)
class Route:
    """A route that only reads: its name, the models it mentions, its own code."""

    name: str
    function: ast.AsyncFunctionDef
    models: frozenset[str]

    @property
    def on_record(self) -> bool:
        """Whether the code of the route itself puts the read on record."""
        called = {node.func for node in ast.walk(self.function) if isinstance(node, ast.Call)}
        names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called}
        return bool(names & ON_RECORD)


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(found.id for found in ast.walk(node) if isinstance(found, ast.Name))


def _files(service: str) -> list[Path]:
    """Return the code of a service: what its API mentions may be defined in any subject of it."""
    return sorted((PROJECT / "services" / service).rglob("*.py"))


def _api_files(service: str) -> list[Path]:
    """Return the code of what a service answers over HTTP, of each of its subjects."""
    subjects = PROJECT / "services" / service
    return sorted([*subjects.glob("*/api.py"), *subjects.glob("*/api/*.py")])


def _reads(files: Sequence[Path], room: str) -> Iterator[Route]:
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            for decorator in node.decorator_list:
                if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
                    continue
                method, address = decorator.func.attr, decorator.args[0] if decorator.args else None
                if not isinstance(address, ast.Constant) or not isinstance(address.value, str):
                    continue
                if method == "get" or (method == "post" and address.value.endswith("/query")):
                    models = _names(decorator) | _names(node.args) | (_names(node.returns) if node.returns else set())
                    yield Route(name=f"{room} {method.upper()} {address.value}", function=node, models=models)


def _models_with_dossier(files: Sequence[Path]) -> frozenset[str]:
    """Return the models of some files that have a field about dossiers, themselves or in what they hold or extend."""
    classes = {
        node.name: node
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            name
            for name, node in classes.items()
            for part in node.body
            if (
                isinstance(part, ast.AnnAssign)
                and isinstance(part.target, ast.Name)
                and (part.target.id in {"dossier", "dossiers"} or _names(part.annotation) & found)
            )
            or any(isinstance(base, ast.Name) and base.id in found for base in node.bases)
        )
        if more <= found:
            return found
        found |= more


def _about_dossiers(files: Sequence[Path], room: str, models: Sequence[Path] = ()) -> Iterator[Route]:
    about = _models_with_dossier(models or files)
    for route in _reads(files, room):
        if route.models & about or any(argument.arg == "dossier" for argument in route.function.args.args):
            yield route


def _all() -> list[Route]:
    routes = [route for service in SERVICES for route in _about_dossiers(_api_files(service), service, _files(service))]
    return [*routes, *_about_dossiers(sorted(SHARED.glob("*.py")), "shared")]


def test_whoever_reads_about_a_dossier_leaves_a_trace() -> None:
    silent = {route.name for route in _all() if not route.on_record}
    assert silent == set(NOT_ON_RECORD), "put the read on record (platform/people/audit.py) or say why not"


def test_the_walk_finds_the_reads_it_must_find() -> None:
    names = {route.name for route in _all()}
    assert {
        "affiliation GET /v1/dossiers/{dossier}",
        "affiliation GET /v1/applications/{application_id}",
        "affiliation POST /v1/identities/query",
        "billing POST /openItems/query",
        "recovery GET /v1/cases/{case_id}",
        "benefits GET /v1/transmissions/{transmission_id}",
        "shared GET /tasks",
    } <= names
    assert "benefits GET /v1/summary" not in names
