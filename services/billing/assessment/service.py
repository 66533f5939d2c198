"""How reasons of amounts are shown to people."""

from __future__ import annotations

from collections.abc import Iterable

from services.billing.assessment.rules import ExplanationLine
from shared.contracts.vocabulary import EuroCents
from shared.platform.http import ApiModel, InvalidInput, Issue


class ExplainedStep(ApiModel):
    """One step of an amount in plain words, with the article it rests on and the numbers of the law it applies."""

    text: str
    amount_cents: EuroCents | None = None
    article: str
    parameters: tuple[str, ...] = ()


def explained_steps(lines: Iterable[ExplanationLine]) -> tuple[ExplainedStep, ...]:
    """Show the lines of an explanation."""
    return tuple(
        ExplainedStep(text=line.text, amount_cents=line.amount_cents, article=line.article, parameters=line.parameters)
        for line in lines
    )


EXPLANATION_LANGUAGES = ("fr", "nl", "de", "en")


def check_language(language: str) -> None:
    """Refuse a language in which nothing can be explained; raises ``InvalidInput``."""
    if language not in EXPLANATION_LANGUAGES:
        detail = f"one of {', '.join(EXPLANATION_LANGUAGES)} is expected"
        raise InvalidInput(issues=[Issue(name="language", detail=detail, rule="outOfRange", place="query")])
