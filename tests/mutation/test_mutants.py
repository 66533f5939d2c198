"""Which changes there are of a piece of code, and that each makes the code it tells."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from deploy.local.mutation.mutants import Mutant, mutants_of, mutated, sample
from deploy.local.mutation.operators import ARITHMETIC, COMPARISONS

CASES: tuple[tuple[str, list[str]], ...] = (
    ("a < b", ["return a < b -> return a <= b"]),
    ("a is None", ["return a is None -> return a is not None"]),
    ("a in b", ["return a in b -> return a not in b"]),
    ("a <= b < c", ["return a <= b < c -> return a < b < c", "return a <= b < c -> return a <= b <= c"]),
    ("a and b", ["return a and b -> return a or b"]),
    ("not a", ["return not a -> return a"]),
    ("a + b", ["return a + b -> return a - b"]),
    ("a + 1", ["return a + 1 -> return a - 1", "a + 1 -> a + 2", "a + 1 -> a + 0"]),
    ("True", ["return True -> return False"]),
    ("min(a, b)", ["return min(a, b) -> return max(a, b)"]),
    ("a[0]", ["a[0] -> a[1]", "a[0] -> a[-1]"]),
    ('a["key"]', ["a['key'] -> a['key~']"]),
    ('{"key": a}', ["{'key': a} -> {'key~': a}"]),
    ("b if a else c", ["b if a else c -> b if not a else c"]),
    ("due_on", ["return due_on -> return due_on + 1 day"]),
    ("f(today)", ["f(today) -> f(today + 1 day)"]),
    (
        "a < ends_before",
        ["return a < ends_before -> return a <= ends_before", "a < ends_before -> a < ends_before + 1 day"],
    ),
    # What decides nothing is left alone: texts, and a day asked only whether it is known.
    ('"some words"', []),
    ('f"{a + 1}"', []),
    ("paid_on is None", ["return paid_on is None -> return paid_on is not None"]),
)
STATEMENTS = (
    ("raise ValueError(a + 1)", ["raise ValueError(a + 1) -> pass"]),
    ("a.append(b)", ["a.append(b) -> pass"]),
    ("a += b", ["a += b -> a -= b", "a += b -> pass"]),
    ("for a in b: continue", ["continue -> break", "continue -> pass"]),
    ("if a(): b = c", ["a() -> not (a())"]),
)


def changes(source: str) -> list[str]:
    """Give the changes of a module's only function but for its result that is left out."""
    return [mutant.change for mutant in mutants_of("m.py", dedent(source)) if mutant.operator != "return"]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_an_expression_has_these_mutants(expression: str, expected: list[str]) -> None:
    assert changes(f"def f(): return {expression}") == expected


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS)
def test_a_statement_has_these_mutants(statement: str, expected: list[str]) -> None:
    assert changes(f"def f():\n    {statement}") == expected


def test_a_result_is_left_out_unless_there_is_none() -> None:
    assert [mutant.change for mutant in mutants_of("m.py", "def f(): return a")] == ["return a -> return None"]
    assert mutants_of("m.py", "def f(): return None") == []


def test_types_docstrings_and_decorators_are_left_alone() -> None:
    source = '''
    """Says 1."""
    from typing import TYPE_CHECKING
    if TYPE_CHECKING:
        import x
    @made(frozen=True)
    class C(Base, flag=True):
        """Says 2."""
        a: list[3] | None
        b: int = 4
        @made(5)
        def m(self, c: Literal[6] = 7) -> Literal[8]:
            """Says 9."""
    '''
    found = mutants_of("m.py", dedent(source))
    assert [(mutant.function, mutant.code) for mutant in found] == [
        ("module", "5"),
        ("module", "3"),
        ("module", "8"),
        ("module", "6"),
    ]


def test_a_mutant_tells_the_outermost_function_around_it() -> None:
    source = """
    @cache
    def f(a):
        def g():
            return a < 1
        return g
    class C:
        class D:
            def m(self):
                return self < 1
    """
    found = {
        mutant.function: mutant for mutant in mutants_of("m.py", dedent(source)) if mutant.operator == "comparison"
    }
    assert {name: (mutant.first_line, mutant.last_line, mutant.cached) for name, mutant in found.items()} == {
        "f": (2, 6, True),
        "C.D.m": (9, 10, False),
    }


def test_two_changes_of_a_function_never_have_the_same_name() -> None:
    assert changes("def f(): return (a < b, a < b)") == [
        "(a < b, a < b) -> (a <= b, a < b)",
        "(a < b, a < b) -> (a < b, a <= b)",
    ]
    assert changes("def f():\n    g(1)\n    g(1)")[:3] == ["g(1) -> pass", "g(1) -> g(2)", "g(1) -> g(0)"]
    assert changes("def f():\n    g(1)\n    g(1)")[3:] == ["g(1) -> pass #2", "g(1) -> g(2) #2", "g(1) -> g(0) #2"]


def test_the_changed_code_is_the_code_told_and_nothing_else_changed() -> None:
    source = dedent("""
    LIMITS = (1, 2)
    def f(a, due_on):
        if a < 1 and due_on <= a:
            raise ValueError(a)
        return a % 2
    """)
    found = mutants_of("m.py", source)
    assert len(found) == 16
    before = ast.unparse(ast.parse(source)).splitlines()
    for mutant in found:
        tree = mutated(source, mutant)
        compile(tree, "m.py", "exec")
        after = ast.unparse(tree).splitlines()
        assert sum(old != new for old, new in zip(before, after, strict=True)) == 1, mutant


def test_the_sample_is_the_same_wherever_the_module_stands() -> None:
    def drawn(module: str, source: str) -> list[str]:
        return [mutant.change for mutant in sample(mutants_of(module, source), size=5, seed=1)]

    source = "def f(a):\n    return a[1] + a[2] < a[3] or a[4] > a[5]\n"
    assert drawn("one.py", source) == drawn("elsewhere/two.py", f'"""Moved."""\n\n\n{source}')
    assert len(drawn("one.py", source)) == 5
    mutants = mutants_of("one.py", source)
    assert sample(mutants, size=5, seed=1) != sample(mutants, size=5, seed=2)
    assert sorted(sample(mutants, size=999, seed=1), key=_place) == sorted(mutants, key=_place)


def _place(mutant: Mutant) -> str:
    return mutant.change


def test_every_comparison_has_its_other_and_every_operator_goes_back() -> None:
    assert all(COMPARISONS[other] is one for one, other in COMPARISONS.items())
    assert not any(one is other for one, other in ARITHMETIC.items())
