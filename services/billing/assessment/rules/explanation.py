"""The reasons of one amount, read from the row its computation gave; nothing is computed a second time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import polars as pl

from services.billing.assessment.rules.columns import EARLIER_BASES, INPUT_SCHEMA, YEARS_BACK, Adjustment, IncomeBasis
from services.billing.assessment.rules.computation import assess_by_law, choices_of
from services.billing.assessment.rules.law import BASIS_POINTS, INDEX_PARTS, CategoryLaw, QuarterLaw, mandate_rule
from services.billing.assessment.rules.words import CATEGORY_WORDS, SENTENCES
from shared.law.money import format_euro
from shared.law.parameters import ParameterValue
from shared.law.quarter import Quarter, format_quarter, format_quarter_count

_FEE_PARTS: Final = 1_000_000
_BASIS_ARTICLES: Final[dict[str, str]] = {
    IncomeBasis.N_MINUS_3: "AR38 art. 11 §3",
    **dict.fromkeys(EARLIER_BASES, "AR38 art. 11 §3, al. 2"),
    IncomeBasis.DEFINITIVE: "AR38 art. 11 §5",
    IncomeBasis.ESTIMATED: "AR38 art. 11 §3, al. 5-8",
    IncomeBasis.START: "AR38 art. 13bis §2",
}
#: What is kept of a contribution besides its amounts; with the law's numbers every step is computed from it again.
STORED_INPUTS: Final = (
    "category",
    "income_basis",
    "income_cents",
    "income_quarters",
    "first_quarter",
    "fee_rate_millionths",
)
BILLED_AMOUNTS: Final = ("contribution_cents", "fee_cents", "total_cents")
#: Every figure behind an amount, by its name in documents.
FIGURES: Final[dict[str, str]] = {
    "category": "category",
    "income_basis": "incomeBasis",
    "income_cents": "incomeCents",
    "income_quarters": "incomeQuarters",
    "annualised_income_cents": "annualisedIncomeCents",
    "revaluation_numerator": "revaluationNumerator",
    "revaluation_denominator": "revaluationDenominator",
    "reference_income_cents": "referenceIncomeCents",
    "adjustment": "adjustment",
    "threshold_cents": "thresholdCents",
    "base_income_cents": "baseIncomeCents",
    "band1_income_cents": "band1IncomeCents",
    "rate_band1_basis_points": "rateBand1BasisPoints",
    "band2_income_cents": "band2IncomeCents",
    "rate_band2_basis_points": "rateBand2BasisPoints",
    "annual_contribution_cents": "annualContributionCents",
    "full_quarter_cents": "fullQuarterCents",
    "first_quarter_cut_cents": "firstQuarterCutCents",
    "contribution_cents": "contributionCents",
    "fee_rate_millionths": "feeRateMillionths",
    "fee_cents": "feeCents",
    "total_cents": "totalCents",
    "article": "article",
    "certainty": "certainty",
}


class ExplanationDiffers(ValueError):
    """A kept contribution is not what its inputs and its law give: its rows were tampered with, or the computation."""


@dataclass(frozen=True, slots=True)
class ExplanationLine:
    """One step in plain words, with its amount in cents where it has one and the article it rests on.

    ``parameters`` names the numbers of the law that were applied in it; ``./auxilia law show NAME`` tells their source.
    """

    text: str
    amount_cents: int | None
    article: str
    parameters: tuple[str, ...] = ()


def stored_row(stored: Mapping[str, Any], *, law: QuarterLaw) -> dict[str, Any]:
    """Give back the whole row of a kept contribution: computed again from what was kept, by the law kept beside it.

    Args:
        stored: columns of ``STORED_INPUTS``, the three amounts that were billed, and ``rule`` where it was kept.
        law: the numbers it was assessed with.

    Raises:
        ExplanationDiffers: the computation does not give the amounts that were billed.
    """
    schema = {name: INPUT_SCHEMA[name] for name in STORED_INPUTS}
    frame = pl.DataFrame([{name: stored[name] for name in STORED_INPUTS}], schema=schema)
    choices = [pl.lit(value).alias(name) for name, value in choices_of(stored.get("rule")).items()]
    row = assess_by_law(frame.with_columns(pl.lit("").alias("dossier"), *choices), law=law).row(0, named=True)
    for name in BILLED_AMOUNTS:
        if row[name] != stored[name]:
            raise ExplanationDiffers(f"{name} of {law.quarter}: {stored[name]} was billed, {row[name]} is computed")
    return row


def explanation_figures(row: Mapping[str, Any]) -> dict[str, str]:
    """Give every figure behind an amount by its name, absent where there is none."""
    return {name: str(row[column]) for column, name in FIGURES.items() if row[column] is not None}


def explanation_document(row: Mapping[str, Any], *, law: QuarterLaw) -> dict[str, Any]:
    """Give everything behind one amount: steps, rates, articles and parameters with source and certainty."""
    document: dict[str, Any] = {"quarter": row["quarter"]}
    document.update({name: row[column] for column, name in FIGURES.items()})
    document["rateBand1"] = str(_rate(row["rate_band1_basis_points"]))
    document["rateBand2"] = str(_rate(row["rate_band2_basis_points"]))
    document["feeRate"] = fee_rate_text(row["fee_rate_millionths"])
    document["ceiling1Cents"] = law.ceiling1_cents
    document["ceiling2Cents"] = law.ceiling2_cents
    document["articles"] = _articles(row)
    document["rounding"] = "half up to the cent: the quarter (exact year / 4), then the fee on the rounded quarter"
    document["parameters"] = [_parameter(fact) for fact in applied_parameters(row, law=law)]
    return {name: value for name, value in document.items() if value is not None}


def applied_parameters(row: Mapping[str, Any], *, law: QuarterLaw) -> tuple[ParameterValue, ...]:
    """Give the numbers of the law that made one amount: rates, ceilings and what the income was measured against."""
    category = law.category(row["rule"])
    revaluation = _revaluation(row, law)
    cut = category.cut_facts if row["first_quarter_cut_cents"] > 0 else ()
    return (*law.ceilings, *category.rates, *_measures(row, category), *revaluation, *cut)


def _revaluation(row: Mapping[str, Any], law: QuarterLaw) -> tuple[ParameterValue, ...]:
    return law.revaluation_of(YEARS_BACK[row["income_basis"]]) if row["revaluation_numerator"] is not None else ()


def _measures(row: Mapping[str, Any], category: CategoryLaw) -> tuple[ParameterValue, ...]:
    if row["income_basis"] == IncomeBasis.START:
        return category.start_facts
    if row["adjustment"] == Adjustment.EQUIVALENCE_LOST:
        return category.lost_facts
    return (*category.floor_facts, *category.income_facts)


def fee_rate_text(millionths: int) -> str:
    """Write a fee rate as a ratio: 39,500 millionths are ``0.0395``."""
    return str(Decimal(millionths) / _FEE_PARTS)


def explain(row: Mapping[str, Any], *, law: QuarterLaw, language: str) -> list[ExplanationLine]:
    """Explain one amount step by step in the words of a language (``fr``, ``nl``, ``de`` or ``en``).

    Raises ``KeyError`` for a language in which the fund does not write.
    """
    words = _Words(row, language)
    category = law.category(row["rule"])
    basis_article = _BASIS_ARTICLES[row["income_basis"]]
    lines = [words.line("category", None, row["article"], category=CATEGORY_WORDS[language][row["category"]])]
    if row["income_basis"] == IncomeBasis.START:
        lines.append(words.line("start", "base_income_cents", basis_article, category.start_facts))
    else:
        lines.extend(_income_lines(row, words, basis_article, _revaluation(row, law)))
        adjustment = row["adjustment"]
        if adjustment != Adjustment.NONE:
            facts = category.lost_facts if adjustment == Adjustment.EQUIVALENCE_LOST else category.floor_facts
            article = "; ".join(dict.fromkeys(fact.article for fact in facts))
            threshold = format_euro(row["threshold_cents"], language)
            limit = format_euro(category.limit_cents or 0, language)
            mandate = adjustment == Adjustment.EQUIVALENCE_LOST and row["rule"] == mandate_rule(row["category"])
            key = "mandateLimit" if mandate else adjustment
            lines.append(words.line(key, "base_income_cents", article, facts, threshold=threshold, limit=limit))
    lines.extend(_amount_lines(row, words, law))
    return lines


def _income_lines(
    row: Mapping[str, Any], words: _Words, article: str, revaluation: tuple[ParameterValue, ...]
) -> list[ExplanationLine]:
    basis, year = row["income_basis"], Quarter.parse(row["quarter"]).year
    if basis in YEARS_BACK:
        # The sentence says which year's income is the latest that was known: whether the third before or an earlier.
        basis, year = IncomeBasis.N_MINUS_3, year - YEARS_BACK[basis]
    lines = [words.line(f"income.{basis}", "income_cents", article, year=year)]
    if row["income_quarters"] != 4:  # an incomplete year
        count = row["income_quarters"]
        counted = format_quarter_count(count, words.language)
        lines.append(words.line("incompleteYear", "annualised_income_cents", article, quarters=counted))
    if row["revaluation_numerator"] is not None:
        numerator = _decimal(row["revaluation_numerator"], INDEX_PARTS, words.language)
        denominator = _decimal(row["revaluation_denominator"], INDEX_PARTS, words.language)
        lines.append(
            words.line(
                "revalued",
                "reference_income_cents",
                "AR38 art. 11 §3, al. 3",
                revaluation,
                numerator=numerator,
                denominator=denominator,
            )
        )
    return lines


def _amount_lines(row: Mapping[str, Any], words: _Words, law: QuarterLaw) -> list[ExplanationLine]:
    category, article = law.category(row["rule"]), row["article"]
    lines: list[ExplanationLine] = []
    widths = (law.ceiling1_cents, law.ceiling2_cents - law.ceiling1_cents)
    for band, width, ceiling, rate in zip((1, 2), widths, law.ceilings, category.rates, strict=True):
        income = row[f"band{band}_income_cents"]
        if income > 0:
            facts = (rate, ceiling) if income == width else (rate,)
            percent = _decimal(row[f"rate_band{band}_basis_points"], 100, words.language)
            lines.append(words.line(f"band{band}", f"band{band}_income_cents", article, facts, rate=percent))
    lines.append(words.line("annual", "annual_contribution_cents", article))
    lines.append(words.line("quarter", "full_quarter_cents", "AR38 art. 15 §2"))
    if row["first_quarter_cut_cents"] > 0:
        lines.append(words.line("cut", "first_quarter_cut_cents", article, category.cut_facts))
    fee_rate = _decimal(row["fee_rate_millionths"], _FEE_PARTS // 100, words.language)
    lines.append(words.line("fee", "fee_cents", "AR38 art. 20 §4", rate=fee_rate))
    lines.append(words.line("total", "total_cents", "RGS art. 42"))
    return lines


@dataclass(frozen=True, slots=True)
class _Words:
    row: Mapping[str, Any]
    language: str

    def line(
        self,
        key: str,
        column: str | None,
        article: str,
        facts: Iterable[ParameterValue] = (),
        **values: object,
    ) -> ExplanationLine:
        amount = None if column is None else self.row[column]
        shown = "" if amount is None else format_euro(amount, self.language)
        quarter = format_quarter(Quarter.parse(str(self.row["quarter"])), self.language)
        text = SENTENCES[self.language][key].format(amount=shown, quarter=quarter, **values)
        return ExplanationLine(
            text=text, amount_cents=amount, article=article, parameters=tuple(fact.name for fact in facts)
        )


def _articles(row: Mapping[str, Any]) -> list[str]:
    articles = [*row["article"].split("; "), _BASIS_ARTICLES[row["income_basis"]], "AR38 art. 15 §2", "AR38 art. 20 §4"]
    if row["income_quarters"] != 4 and row["income_basis"] != IncomeBasis.START:  # an incomplete year
        articles.append("AR38 art. 11 §3, al. 4 and §5, al. 3")
    articles.append("AR38 art. 14 §1")
    return articles


def _parameter(fact: ParameterValue) -> dict[str, str]:
    return {
        "name": fact.name,
        "value": str(fact.value),
        "unit": fact.unit,
        "article": fact.article,
        "source": fact.source,
        "certainty": str(fact.certainty),
    }


def _rate(basis_points: int) -> Decimal:
    return Decimal(basis_points) / BASIS_POINTS


def _decimal(value: int, parts: int, language: str) -> str:
    """Write a number of parts with two decimals and the decimal sign of a language."""
    text = f"{Decimal(value) / parts:.2f}"
    return text if language == "en" else text.replace(".", ",")
