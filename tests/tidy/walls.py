"""The wall between and inside the subjects of a service, as a contract of import-linter: `type = subject_rooms`.

In ``services/<service>/<subject>/`` only the kinds below stand, each a module or a package. An import goes to a kind
of a lower level, in the same subject or in another one; another subject is entered only through its doors. New subjects
are inside the wall without being named anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

#: How high each kind stands; kinds of one level don't import each other.
LEVELS: Final = {
    "subject": 7,
    "workflow": 6,
    "activities": 5,
    "api": 5,
    "handlers": 5,
    "pages": 5,
    "service": 4,
    "store": 3,
    "letters": 3,
    "clients": 3,
    "procedure": 2,
    "rules": 1,
}
#: Through these another subject is entered.
DOORS: Final = frozenset({"service", "letters", "procedure", "rules"})
#: The composition of a service sees the subjects through this kind only.
_COMPOSED: Final = "subject"
_SERVICE_MODULES: Final = frozenset({"__main__", "app", "settings", "clients", "migrations"})


@dataclass(frozen=True)
class Place:
    """Where a module stands: service, subject and kind."""

    service: str
    subject: str
    kind: str


class SubjectRooms(Contract):
    """Holds the kinds of every subject and the doors between subjects.

    Options:
        tools: subjects that are programs of their own, such as a calculator: their modules have any name, and they
            enter other subjects by the doors like everybody.
        ignore_imports: pairs ``importer -> imported`` that may stand, each with its reason in a comment.
    """

    type_name = "subject_rooms"

    tools = fields.SetField(subfield=fields.StringField(), required=False)
    ignore_imports = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - as import-linter calls it
        """Look at every module of every service."""
        tools = _names(self.tools)
        ignored = _names(self.ignore_imports)
        found = [*_misplaced(graph, tools), *_trespasses(graph, tools, ignored)]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Write what stands in the way, a line each."""
        for line in check.metadata["found"]:
            output.print_error(f"- {line}")
        output.new_line()


def _names(option: Any) -> frozenset[str]:
    """Return the names an option lists; import-linter puts them in the place of the field."""
    return frozenset(option or ())


def place_of(module: str) -> Place | None:
    """Return where a module of a subject stands; None for everything else."""
    parts = module.split(".")
    if len(parts) < 3 or parts[0] != "services" or parts[2] in _SERVICE_MODULES:
        return None
    return Place(parts[1], parts[2], parts[3] if len(parts) > 3 else "")


def trespass(importer: str, imported: str, tools: frozenset[str] = frozenset()) -> str | None:
    """Return why an import between two modules of one service may not be; None when it may.

    Args:
        importer: dotted name of the module that imports.
        imported: dotted name of the module it imports.
        tools: dotted names of subjects whose modules have any name.
    """
    source, target = place_of(importer), place_of(imported)
    if target is None or not importer.startswith(f"services.{target.service}."):
        return None
    if f"services.{target.service}.{target.subject}" in tools:
        return None if source and source.subject == target.subject else "nothing enters a tool"
    if source is None:
        return _composition_trespass(importer, target)
    if f"services.{source.service}.{source.subject}" in tools:
        return None if target.kind in DOORS | {"store", ""} else f"a tool does not enter {target.kind}"
    if source.subject != target.subject and target.kind not in DOORS:
        return f"another subject is entered through {', '.join(sorted(DOORS))}, not through {target.kind or 'it'}"
    if source.kind == target.kind:
        return None
    if LEVELS.get(source.kind, 0) <= LEVELS.get(target.kind, 0):
        return f"{source.kind} stands no higher than {target.kind}"
    return None


def _composition_trespass(importer: str, target: Place) -> str | None:
    name = importer.split(".")[2]
    if name == "clients":
        return None if target.kind in {"rules", "procedure"} else "clients know rules only"
    if name == "app" and target.kind == _COMPOSED:
        return None
    return "a service is composed of its subjects' `subject`"


def _misplaced(graph: ImportGraph, tools: frozenset[str]) -> Iterator[str]:
    for module in sorted(graph.modules):
        place = place_of(module)
        if place is None or not place.kind or f"services.{place.service}.{place.subject}" in tools:
            continue
        if place.kind not in LEVELS:
            yield f"{module}: no kind of a subject; the kinds are {', '.join(LEVELS)}"


def _trespasses(graph: ImportGraph, tools: frozenset[str], ignored: frozenset[str]) -> Iterator[str]:
    for importer in sorted(module for module in graph.modules if module.startswith("services.")):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            reason = trespass(importer, imported, tools)
            if reason is not None and f"{importer} -> {imported}" not in ignored:
                line = _line(graph, importer, imported)
                yield f"{importer} -> {imported} (l.{line}): {reason}"


def _line(graph: ImportGraph, importer: str, imported: str) -> Any:
    details = graph.get_import_details(importer=importer, imported=imported)
    return details[0]["line_number"] if details else "?"
