"""Which options of ``assess`` say something about the question asked: one that does not is refused, never ignored."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import click
from click.core import ParameterSource

from services.billing.calculator.names import CATEGORIES
from shared.contracts.vocabulary import Category
from shared.law.categories import categories_where

#: Choices that not every category has: the option and the column, whose categories, and why.
CHOICES: Final[dict[str, tuple[tuple[Category, ...], str]]] = {
    "first_quarter": (
        categories_where(lambda meaning: meaning.is_starter),
        "only the first quarter of a primo-starter is cut (AR38 art. 12 §1bis)",
    ),
    "political_mandate": (
        categories_where(lambda meaning: meaning.political_mandate.value),
        "only article 37 has a limit for political mandates (RGS art. 37 §1)",
    ),
    "opt_out": (
        categories_where(lambda meaning: meaning.old_age_opt_out.value),
        "only somebody past the pension age can opt out (RGS art. 37/1)",
    ),
}
#: What a file of cases says in its columns.
_OF_ONE_QUESTION: Final = (
    "category",
    "year",
    "quarter",
    "income",
    "start",
    "basis",
    "quarters_subject",
    "fee_rate",
    "language",
    *CHOICES,
)


def names_of(categories: Collection[Category]) -> list[str]:
    """Give the names of categories on the command line."""
    return [name for name, category in CATEGORIES.items() if category in categories]


def check_file_alone(context: click.Context) -> None:
    """Refuse options about one question beside a file of cases; raises ``click.BadParameter``."""
    for name in _OF_ONE_QUESTION:
        if _given(context, name):
            place = "a file is answered in figures" if name == "language" else f"write it in its column {name}"
            raise click.BadParameter(
                f"says something about one question, and --input asks many: {place}, or leave one of the two out",
                param_hint=_option(name),
            )


def check_one(context: click.Context, asked: Mapping[str, Any]) -> None:
    """Refuse an option that says nothing about the question asked; raises ``click.BadParameter``."""
    if asked["start"] and _given(context, "basis"):
        raise click.BadParameter(
            "says which income it is, and with --start there is none yet (AR38 art. 13bis §2): leave --basis out, or"
            " give --income instead of --start",
            param_hint=_option("basis"),
        )
    for name, (categories, why) in CHOICES.items():
        names = names_of(categories)
        if asked[name] and asked["category"] not in names:
            raise click.BadParameter(
                f"{why}: leave it out, or ask for --category {' or '.join(names)}", param_hint=_option(name)
            )


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _option(name: str) -> str:
    return f"'--{name.replace('_', '-')}'"
