"""Every call to a partner goes by the one rule of ``shared/platform/calls/partners.py``, whoever makes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

PROJECT: Final = Path(__file__).resolve().parents[2]
TWINS: Final = PROJECT / "deploy/sandbox"
RULE: Final = frozenset({"raise_while_quick", "raise_for_today"})
FAILURES: Final = frozenset({"CallFailed", "PeerUnavailable", "PeerNonsense"})
METHODS: Final = frozenset({"post", "put", "get"})
FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Call:
    """A call to a partner, and whether what goes wrong with it goes by the rule."""

    name: str
    place: str
    in_rule: bool


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _method(call: ast.Call) -> str:
    """Return the name of the method that is called; a function that works on a connection is none."""
    on_connection = any(isinstance(one, ast.Name) and one.id == "connection" for one in call.args)
    return call.func.attr if isinstance(call.func, ast.Attribute) and not on_connection else ""


def _called(node: ast.AST) -> set[str]:
    return {_name(found.func) for found in ast.walk(node) if isinstance(found, ast.Call)}


def _head(node: ast.AST) -> str:
    """Return the version and the first word of an address, such as ``/v1/bank``; empty for anything else."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    return "/".join(text.split("/")[:3]) if text.startswith("/v1/") else ""


def partner_addresses() -> frozenset[str]:
    """Return the first words of the addresses the twins of the partners serve."""
    return frozenset(
        _head(node.args[0])
        for path in TWINS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in METHODS and node.args and _head(node.args[0])
    )


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("services", "shared"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def partner_functions() -> frozenset[str]:
    """Return the names of the functions of clients that call a partner."""
    addresses = partner_addresses()
    return frozenset(
        function.name
        for path, tree in _trees()
        if "ServiceClient" in _names(tree)
        for function in ast.walk(tree)
        if isinstance(function, FUNCTIONS) and addresses & {_head(node) for node in ast.walk(function)}
    )


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _handles(handler: ast.ExceptHandler) -> set[str]:
    return set() if handler.type is None else _names(handler.type)


def _calls(node: ast.AST, *, to: frozenset[str], place: str, in_rule: bool = False) -> Iterator[Call]:
    """Walk code, knowing of each awaited call whether a ``try`` around it goes by the rule."""
    if isinstance(node, ast.Try):
        guarded = any("CallFailed" in _handles(one) and _called(one) & RULE for one in node.handlers)
        for statement in node.body:
            yield from _calls(statement, to=to, place=place, in_rule=in_rule or guarded)
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            yield from _calls(part, to=to, place=place, in_rule=in_rule)
        return
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call) and _method(node.value) in to:
        yield Call(name=_method(node.value), place=f"{place}:{node.lineno}", in_rule=in_rule)
    for inner in ast.iter_child_nodes(node):
        yield from _calls(inner, to=to, place=place, in_rule=in_rule)


def calls_to_partners() -> list[Call]:
    """Return every call of a service to a partner."""
    functions = partner_functions()
    return [
        call for path, tree in _trees() for call in _calls(tree, to=functions, place=str(path.relative_to(PROJECT)))
    ]


def test_every_call_to_a_partner_goes_by_the_one_rule() -> None:
    assert [call for call in calls_to_partners() if not call.in_rule] == []


def test_nobody_gives_a_call_up_without_asking_the_rule() -> None:
    """An outcome made of a failure costs a working day, so only the rule says when it is one."""
    found = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path, tree in _trees()
        if path.is_relative_to(PROJECT / "services")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _handles(node) & FAILURES and not _called(node) & RULE
    ]
    assert found == []


def test_the_walk_finds_every_kind_of_partner() -> None:
    assert partner_addresses() >= {
        f"/v1/{one}" for one in ("post", "bailiff", "bank", "mutualities", "letters", "emails", "eboxMessages")
    }
    assert {call.name for call in calls_to_partners()} == {
        "deposit",
        "mandate",
        "withdraw",
        "send_to_mutuality",
        "send_file",
        "carry",
    }


@pytest.mark.parametrize(
    ("code", "in_rule"),
    [
        ("try:\n    await bank.send()\nexcept CallFailed as error:\n    raise_while_quick(error)", True),
        ("try:\n    x = (await bank.send()).y\nexcept CallFailed as error:\n    raise_for_today(error)", True),
        ("try:\n    await bank.send()\nexcept CallFailed:\n    pass", False),
        (
            "try:\n    pass\nexcept CallFailed as error:\n    raise_while_quick(error)\nelse:\n    await bank.send()",
            False,
        ),
        ("await bank.send()", False),
    ],
)
def test_a_call_outside_the_rule_would_be_seen(code: str, in_rule: bool) -> None:
    tree = ast.parse(code, mode="exec")
    assert [one.in_rule for one in _calls(tree, to=frozenset({"send"}), place="")] == [in_rule]
