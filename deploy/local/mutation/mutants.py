"""Mutants: the small changes of a module that its tests should notice.

A mutant is data: where in the syntax tree of its module something else stands, and what. Annotations, decorators,
docstrings, messages of errors and texts are left as they are: they decide nothing.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from deploy.local.mutation.operators import ONE_DAY, Change, changes_of

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Fields of a node in which nothing is mutated.
LEFT_ALONE: Final = frozenset({"annotation", "returns", "decorator_list", "bases", "type_comment"})
#: A change is shown with what stands around it, unless that is longer.
SHOWN_CHARACTERS: Final = 100
MODULE_LEVEL: Final = "module"

Step = tuple[str, int | None]


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        module: the file, from the root of the tree.
        function: the outermost function or method around it, or ``module`` for a constant, a default or a field.
        first_line, last_line: those of that function, its decorators included; 0 outside functions.
        cached: whether the function remembers its results, so that not every test that needs it enters it.
        line: where the change is.
        change: what stood there and what stands there now, the same wherever in a service the function stands.
        path: the way from the root of the syntax tree to the node.
        code: the source of what stands there now.
    """

    module: str
    function: str
    first_line: int
    last_line: int
    cached: bool
    line: int
    operator: str
    change: str
    path: tuple[Step, ...]
    code: str

    @property
    def in_function(self) -> bool:
        """Whether only the body of a function changes."""
        return self.function != MODULE_LEVEL


@dataclass(frozen=True)
class _Place:
    function: str = MODULE_LEVEL
    first_line: int = 0
    last_line: int = 0
    cached: bool = False
    classes: str = ""


def mutants_of(module: str, source: str) -> list[Mutant]:
    """Give every mutant of a module, in the order of its lines; two of the same function never have the same change."""
    found = list(_walk(module, ast.parse(source), None, (), _Place()))
    seen: Counter[tuple[str, str]] = Counter()
    numbered: list[Mutant] = []
    for mutant in found:
        seen[mutant.function, mutant.change] += 1
        number = seen[mutant.function, mutant.change]
        numbered.append(mutant if number == 1 else replace(mutant, change=f"{mutant.change} #{number}"))
    return numbered


def mutated(source: str, mutant: Mutant) -> ast.Module:
    """Give the syntax tree of a module with one mutant in it."""
    tree = ast.parse(source)
    parent: Any = tree
    for field, index in mutant.path[:-1]:
        parent = _child(parent, field, index)
    field, index = mutant.path[-1]
    old = _child(parent, field, index)
    new: ast.AST = ast.parse(mutant.code).body[0]
    if isinstance(old, ast.expr) and isinstance(new, ast.Expr):
        new = new.value
    for node in ast.walk(new):
        if isinstance(node, ast.expr | ast.stmt):
            ast.copy_location(node, old)
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new
    return ast.fix_missing_locations(tree)


def sample(mutants: list[Mutant], *, size: int, seed: int) -> list[Mutant]:
    """Draw mutants by their own hash: a change elsewhere in the room leaves most of the sample as it was."""

    def drawn(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed}|{mutant.function}|{mutant.change}".encode()).digest()

    return sorted(mutants, key=drawn)[:size]


def _child(parent: Any, field: str, index: int | None) -> Any:
    value = getattr(parent, field)
    return value if index is None else value[index]


def _walk(
    module: str, node: ast.AST, parent: ast.AST | None, path: tuple[Step, ...], place: _Place
) -> Iterator[Mutant]:
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom) or _declares_types(node):
        return
    for change in changes_of(node, parent, path[-1][0] if path else ""):
        yield Mutant(
            module=module,
            function=place.function,
            first_line=place.first_line,
            last_line=place.last_line,
            cached=place.cached,
            line=getattr(node, "lineno", 0),
            operator=change.operator,
            change=_shown(node, parent, path, change),
            path=path,
            code=change.code,
        )
    if isinstance(node, ast.Raise | ast.Assert):
        return
    inside = _inside(node, place)
    for field, value in ast.iter_fields(node):
        if field in LEFT_ALONE or (field == "keywords" and isinstance(node, ast.ClassDef)):
            continue
        # Defaults are computed when the function is defined, not when it is called.
        below = inside if field == "body" or not isinstance(node, FUNCTIONS) else place
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST) and not _is_docstring(child, node):
                yield from _walk(module, child, node, (*path, (field, index)), below)


def _inside(node: ast.AST, place: _Place) -> _Place:
    if isinstance(node, ast.ClassDef) and place.function == MODULE_LEVEL:
        return replace(place, classes=f"{place.classes}{node.name}.")
    if isinstance(node, FUNCTIONS) and place.function == MODULE_LEVEL:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        cached = any("cache" in ast.unparse(decorator) for decorator in node.decorator_list)
        name = f"{place.classes}{node.name}"
        return _Place(function=name, first_line=first, last_line=node.end_lineno or first, cached=cached)
    return place


def _is_docstring(child: ast.AST, parent: ast.AST) -> bool:
    is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
    return is_text and isinstance(parent, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)


def _declares_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _shown(node: ast.AST, parent: ast.AST | None, path: tuple[Step, ...], change: Change) -> str:
    before, after = ast.unparse(node), change.code
    if isinstance(parent, ast.expr | ast.keyword | ast.Return | ast.Assign | ast.AnnAssign | ast.AugAssign):
        around = ast.unparse(parent)
        if len(around) <= SHOWN_CHARACTERS:
            field, index = path[-1]
            marked = _child(parent, field, index)
            new = ast.parse(change.code, mode="eval").body
            _put(parent, field, index, new)
            before, after = around, ast.unparse(parent)
            _put(parent, field, index, marked)
    return f"{_short(before)} -> {_short(after)}"


def _put(parent: ast.AST, field: str, index: int | None, child: ast.AST) -> None:
    if index is None:
        setattr(parent, field, child)
    else:
        getattr(parent, field)[index] = child


def _short(text: str) -> str:
    line = " ".join(text.split()).replace(ONE_DAY, "1 day")
    return line if len(line) <= SHOWN_CHARACTERS else f"{line[: SHOWN_CHARACTERS - 3]}..."
