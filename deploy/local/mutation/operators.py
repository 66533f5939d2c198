"""What a mutant does to one node of a syntax tree: move a boundary, swap an operator, drop a refusal, shift a day."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

COMPARISONS: Final[Mapping[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: Final[Mapping[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
OPPOSITE_CALLS: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
#: Names of days in this house: startsOn, ends_before, payable_until, today, the last day.
DAYS: Final = re.compile(r"(?:_on|_before|_until|_from|(?:^|_)(?:today|day|deadline))$")
ONE_DAY: Final = "__import__('datetime').timedelta(days=1)"
CONDITIONS: Final = (ast.If, ast.IfExp, ast.While, ast.comprehension)


@dataclass(frozen=True)
class Change:
    """What stands instead of a node, as source."""

    operator: str
    code: str


def changes_of(node: ast.AST, parent: ast.AST | None, field: str) -> Iterator[Change]:
    """Give what may stand instead of a node, which is in ``field`` of its parent."""
    rule = _RULES.get(type(node))
    if rule is not None:
        yield from rule(node, parent, field)
    if isinstance(parent, CONDITIONS) and field in {"test", "ifs"} and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield Change("condition", f"not ({ast.unparse(node)})")
    if isinstance(node, ast.Name | ast.Attribute) and _is_day(node) and _is_used_as_value(parent, field):
        yield Change("day", f"{ast.unparse(node)} + {ONE_DAY}")


def _other(node: ast.AST, **fields: Any) -> str:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return ast.unparse(changed)


def _compare(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    for position, operator in enumerate(node.ops):
        ops = [*node.ops]
        ops[position] = COMPARISONS[type(operator)]()
        yield Change("comparison", _other(node, ops=ops))


def _bool_op(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    yield Change("logic", _other(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()))


def _unary(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield Change("logic", ast.unparse(node.operand))
    elif isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield Change("arithmetic", ast.unparse(node.operand))


def _binary(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    texts = isinstance(node.left, ast.JoinedStr) or isinstance(node.right, ast.JoinedStr)
    texts = texts or any(
        isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)
    )
    # Types of an alias are joined by a bar, and so are a type and None.
    types = isinstance(node.op, ast.BitOr) and any(
        isinstance(side, ast.Constant) or (isinstance(side, ast.Name) and side.id[:1].isupper() and side.id.isalpha())
        for side in (node.left, node.right)
        if not (isinstance(side, ast.Name) and side.id.isupper())
    )
    if not texts and not types and type(node.op) in ARITHMETIC:
        yield Change("arithmetic", _other(node, op=ARITHMETIC[type(node.op)]()))


def _constant(node: Any, parent: ast.AST | None, field: str) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield Change("constant", str(not node.value))
    elif isinstance(node.value, int):
        yield Change("constant", str(node.value + 1))
        yield Change("constant", str(node.value - 1))
    elif isinstance(node.value, str) and _is_key(parent, field):
        yield Change("key", repr(f"{node.value}~"))


def _is_key(parent: ast.AST | None, field: str) -> bool:
    if isinstance(parent, ast.Dict):
        return field == "keys"
    if isinstance(parent, ast.Call) and field == "args":
        return isinstance(parent.func, ast.Attribute) and parent.func.attr in {"get", "pop"}
    return isinstance(parent, ast.Subscript) and field == "slice"


def _call(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in OPPOSITE_CALLS:
        yield Change("call", _other(node, func=ast.Name(id=OPPOSITE_CALLS[node.func.id], ctx=ast.Load())))


def _statement(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    if isinstance(node.value, ast.Call):
        yield Change("dropped", "pass")


def _return(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield Change("return", "return None")


def _raise(_node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    yield Change("refusal", "pass")


def _continue(_node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    yield Change("loop", "break")
    yield Change("loop", "pass")


def _augmented(node: Any, _parent: ast.AST | None, _field: str) -> Iterator[Change]:
    if type(node.op) in ARITHMETIC:
        yield Change("arithmetic", _other(node, op=ARITHMETIC[type(node.op)]()))
    yield Change("dropped", "pass")


def _is_day(node: ast.Name | ast.Attribute) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr
    return isinstance(node.ctx, ast.Load) and DAYS.search(name) is not None


def _is_used_as_value(parent: ast.AST | None, field: str) -> bool:
    if isinstance(parent, ast.Compare):
        # Asked whether it is there at all, a day has no day after it.
        return not any(isinstance(operator, ast.Is | ast.IsNot) for operator in parent.ops)
    if isinstance(parent, ast.Call):
        return field == "args"
    if isinstance(parent, ast.Dict):
        return field == "values"
    return isinstance(parent, ast.keyword | ast.Return)


_RULES: Final[Mapping[type[ast.AST], Callable[[Any, ast.AST | None, str], Iterator[Change]]]] = {
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Expr: _statement,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Continue: _continue,
    ast.AugAssign: _augmented,
}
