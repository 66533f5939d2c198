"""The numbers of the law of a quarter as they are kept beside what was assessed with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID, uuid5

from services.billing.assessment.rules.law import CategoryLaw, EarlierRevaluation, QuarterLaw
from shared.law.parameters import Certainty, ParameterContent, ParameterValue
from shared.law.quarter import Quarter

#: Namespace of the ids of laws: the same numbers always have the same id.
LAW_NAMESPACE: Final = UUID("5b9e0c56-5a0b-5d0e-8f43-3f1f6f2c9a10")
_FACTS: Final = ("rates", "floor_facts", "income_facts", "lost_facts", "start_facts", "cut_facts")


@lru_cache(maxsize=64)
def identified_law(law: QuarterLaw) -> tuple[UUID, str]:
    """Give the id and the canonical JSON of a law; other numbers have another id."""
    text = law_json(law)
    return uuid5(LAW_NAMESPACE, text), text


def law_json(law: QuarterLaw) -> str:
    """Write every number of a quarter's law, with article, source and certainty, as canonical JSON."""
    return json.dumps(asdict(law), default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def law_from_document(document: Mapping[str, Any]) -> QuarterLaw:
    """Read back what ``law_json`` wrote."""
    return QuarterLaw(
        **{
            **document,
            "quarter": Quarter(**document["quarter"]),
            "ceilings": _facts(document["ceilings"]),
            "revaluation": _facts(document["revaluation"]),
            "earlier_revaluations": tuple(
                EarlierRevaluation(**{**one, "facts": _facts(one["facts"])}) for one in document["earlier_revaluations"]
            ),
            "categories": tuple(
                CategoryLaw(**{**category, **{name: _facts(category[name]) for name in _FACTS}})
                for category in document["categories"]
            ),
        }
    )


def _facts(documents: list[dict[str, Any]]) -> tuple[ParameterValue, ...]:
    return tuple(
        ParameterValue(
            **{
                **document,
                "value": _content(document["value"]),
                "valid_from": _day(document["valid_from"]),
                "valid_to": _day(document["valid_to"]),
                "certainty": Certainty(document["certainty"]),
                "last_review": date.fromisoformat(document["last_review"]),
            }
        )
        for document in documents
    )


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in a stored law")


def _content(value: Any) -> ParameterContent:
    if isinstance(value, dict):
        return Decimal(value["decimal"])
    return tuple(value) if isinstance(value, list) else str(value)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
