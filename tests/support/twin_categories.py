"""Runs the program with a category added to the law for each one there is, and prints where a rule treats it otherwise.

    python -m tests.support.twin_categories            # one row is missing: the program must not start
    python -m tests.support.twin_categories --rows     # each new category has the row of the one it is a twin of

It has to be a process of its own: the enumeration must be larger before anything reads it.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import types
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

_TABLE = Path(__file__).resolve().parents[2] / "shared/law/categories.py"
_LAST_MEMBER = '    BEYOND_PENSION_AGE = "beyondPensionAge"\n'
_CHECK = "MEANINGS: Final = complete(_TABLE)\n"
_TWIN = "twin:"
_FEE_RATE = Decimal("0.0395")
_FLAGS = ("first_quarter", "political_mandate", "old_age_opt_out")
_INCOMES = (0, 150_000, 500_000, 900_000, 1_200_000, 3_000_000, 9_000_000)


def enlarge(*, rows: bool) -> None:
    """Put the table with the twins where everybody imports it from; raises what the table raises."""
    source = _TABLE.read_text(encoding="utf-8")
    assert source.count(_LAST_MEMBER) == source.count(_CHECK) == 1
    enumeration = source.partition("class Category(StrEnum)")[2].partition("class ")[0]
    names = re.findall(r"^    ([A-Z0-9_]+) = ", enumeration, re.MULTILINE)
    members = "".join(f'    TWIN_{name} = "{_TWIN}" + {name}\n' for name in names)
    given = "".join(f"_TABLE[Category.TWIN_{name}] = _TABLE[Category.{name}]\n" for name in names) if rows else ""
    module = types.ModuleType("shared.law.categories")
    sys.modules[module.__name__] = module
    larger = source.replace(_LAST_MEMBER, _LAST_MEMBER + members).replace(_CHECK, given + _CHECK)
    exec(compile(larger, str(_TABLE), "exec"), module.__dict__)  # noqa: S102 - our own table


def affiliation(category: Any) -> Iterator[tuple[str, object]]:
    """Ask what affiliation asks of a category."""
    ages = importlib.import_module("services.affiliation.categories.rules.category_ages")
    categories = importlib.import_module("services.affiliation.categories.rules.categories")
    quarters = importlib.import_module("services.affiliation.categories.rules.category_quarter")
    starters = importlib.import_module("services.affiliation.categories.rules.primo_starter")
    status = importlib.import_module("services.affiliation.categories.rules.changes")
    parameters = importlib.import_module("shared.law.parameters").Parameters.load()
    quarter = importlib.import_module("shared.law.quarter").Quarter(2026, 2)
    known = categories.KnownAffiliation(
        starts_on=date(2025, 1, 1), ceased_on=None, categories=((date(2025, 1, 1), category),)
    )
    claim = starters.StarterClaim(starts=quarter, known=(known,))
    terms = categories.CategoryTerms(
        category=category, political_mandate=True, old_age_opt_out=True, helped_dossier=UUID(int=1)
    )
    yield "terms", [breach.rule for breach in categories.check_terms(terms)]
    for year in (1950, 1958, 1975, 2004, 2012):
        found = ages.check_birth_date(
            category, birth_date=date(year, 5, 5), quarter=quarter, already_student=False, parameters=parameters
        )
        yield f"born {year}", [breach.rule for breach in found]
    yield (
        "starter after it",
        [breach.rule for breach in starters.check_primo_starter(claim, parameters=parameters, on=quarter.starts_on)],
    )
    yield (
        "change to it",
        [
            breach.rule
            for breach in status.check_new_terms(
                terms,
                dossier=UUID(int=1),
                birth_date=date(2000, 5, 5),
                claim=claim,
                applies_from=quarter.starts_on,
                parameters=parameters,
            )
        ],
    )
    for other in type(category):
        if other.startswith(_TWIN) or other == category.removeprefix(_TWIN):
            continue
        for new, old in ((category, other), (other, category)):
            found = quarters.quarter_of_change(category=new, changed_on=date(2026, 5, 5), current=old, following=old)
            yield f"{old} to {new}", getattr(found, "rule", found)
    reported = [
        categories.ReportedCategory(
            applies_from=date(2025, 1, 1),
            terms=categories.CategoryTerms(category=category),
            reduced_until=date(2026, 1, 1),
        )
    ]
    followed = categories.changes_by_law(reported=reported, told={})
    yield "followed by", [(str(day), after.category.value) for day, after in followed]


def rights(category: Any) -> Iterator[tuple[str, object]]:
    """Ask what recovery and benefits ask of a category."""
    humane = importlib.import_module("services.recovery.ladder.rules.ways_out")
    passerelle = importlib.import_module("services.benefits.droit_passerelle.rules")
    quarter = importlib.import_module("shared.law.quarter").Quarter(2026, 1)
    offers = humane.offers(category=category, quarters=(quarter,), today=date(2026, 4, 1), exemption_months=24)
    yield "offers", [offer.alternative for offer in offers]
    record = types.SimpleNamespace(quarter=quarter, category=category)
    facts = types.SimpleNamespace(fact_on=date(2026, 3, 1), quarters=(record,))
    named = frozenset({"main", "primoStarter", "spouseMaxi"})
    for name, dated in (("completed", named | {_TWIN + one for one in named}), ("as it is", named)):
        law = types.SimpleNamespace(subject_quarters=1, eligible_categories=dated)
        yield f"droit passerelle, dated list {name}", passerelle._category(facts, law).outcome.value


def billing(category: Any) -> Iterator[tuple[str, object]]:
    """Ask what billing asks of a category: the whole computation and whose income counts."""
    assessment = importlib.import_module("services.billing.assessment.rules.computation")
    columns = importlib.import_module("services.billing.assessment.rules.columns")
    facts = importlib.import_module("services.billing.dossier_facts.rules.facts")
    pages = importlib.import_module("services.billing.assessment.rules.page")
    names = importlib.import_module("services.billing.calculator.names")
    applicable = importlib.import_module("services.billing.calculator.applicable")
    parameters = importlib.import_module("shared.law.parameters").Parameters.load()
    quarter = importlib.import_module("shared.law.quarter").Quarter(2026, 1)
    for income, flag in product((None, *_INCOMES), (None, *_FLAGS)):
        try:
            row = assessment.assess_one(
                category=category,
                income_cents=income,
                income_basis="start" if income is None else "definitive",
                quarter=quarter,
                parameters=parameters,
                fee_rate=_FEE_RATE,
                **({flag: True} if flag else {}),
            )
        except columns.AssessmentRefused as refusal:
            yield f"{income} {flag}", refusal
        else:
            yield f"{income} {flag}", [row[name] for name in columns.AMOUNT_COLUMNS]
    yield "income of helped", facts._on_income_of_helped(category)
    yield "cut", str(category) in pages._STARTERS
    yield "options", [name for name, (asking, _) in applicable.CHOICES.items() if category in asking]
    yield "command line", category in names.CATEGORIES.values()


def differences() -> list[str]:
    """Give the questions to which a twin gets another answer than its original, or none."""
    law = importlib.import_module("shared.law.categories")
    questions: tuple[Callable[[Any], Iterator[tuple[str, object]]], ...] = (affiliation, rights, billing)
    found: list[str] = []
    for twin in law.Category:
        if not twin.startswith(_TWIN):
            continue
        original = law.Category(twin.removeprefix(_TWIN))
        for question in questions:
            for (asked, own), (_, expected) in zip(question(twin), question(original), strict=True):
                if str(own).replace(_TWIN, "") != str(expected).replace(_TWIN, ""):
                    found.append(f"{twin} {question.__name__} {asked}: {own} is not {expected}")
    return found


def samples() -> dict[str, str]:
    """Give the samples as the generator writes them with more categories there are."""
    files = importlib.import_module("deploy.sandbox.generate_samples").sample_files()
    return {name: content.decode() for name, content in files.items()}


def main() -> None:
    """Print what was found as JSON."""
    enlarge(rows="--rows" in sys.argv)
    json.dump({"differences": differences(), "samples": samples()}, sys.stdout)


if __name__ == "__main__":
    main()
