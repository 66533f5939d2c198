"""Which options of ``assess`` say something about the question asked: one that does not is refused, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click
from click.core import ParameterSource

from services.billing.calculator.names import CATEGORIES
from shared.contracts.vocabulary import Category

#: Choices that only one category has: the option and the column, whose category, and why.
CHOICES: Final[dict[str, tuple[Category, str]]] = {
    "first_quarter": (Category.PRIMO_STARTER, "only the first quarter of a primo-starter is cut (AR38 art. 12 §1bis)"),
    "political_mandate": (Category.ARTICLE_37, "only article 37 has a limit for political mandates (RGS art. 37 §1)"),
    "opt_out": (Category.BEYOND_PENSION_AGE, "only somebody past the pension age can opt out (RGS art. 37/1)"),
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


def name_of(category: Category) -> str:
    """Give the name of a category on the command line."""
    return next(name for name, known in CATEGORIES.items() if known is category)


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
    for name, (category, why) in CHOICES.items():
        if asked[name] and asked["category"] != name_of(category):
            raise click.BadParameter(
                f"{why}: leave it out, or ask for --category {name_of(category)}", param_hint=_option(name)
            )


def _given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _option(name: str) -> str:
    return f"'--{name.replace('_', '-')}'"
