"""Says what is wrong with what was sent, in the words of the rules."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field
from pydantic.alias_generators import to_camel

from services.affiliation.breaches.rules import Breach
from shared.platform.http import ApiModel, InvalidInput, Issue


class BreachView(ApiModel):
    """One rule that is not met."""

    rule: str
    field: str
    detail: str
    article: str | None = Field(default=None, description="Where the law says so.")


def view(breach: Breach) -> BreachView:
    """Return a breach as it is shown."""
    return BreachView(rule=breach.rule, field=to_camel(breach.field), detail=breach.message, article=breach.article)


def refusal(breaches: Iterable[Breach], *, detail: str) -> InvalidInput:
    """Return the problem that names every rule that is not met."""
    return InvalidInput(
        detail=detail,
        issues=[
            Issue(
                name=to_camel(breach.field),
                detail=breach.message if breach.article is None else f"{breach.message} ({breach.article})",
                rule=breach.rule,
            )
            for breach in breaches
        ],
    )
