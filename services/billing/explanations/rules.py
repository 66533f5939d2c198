"""The reasons of what is charged beside contributions: surcharges, fines, costs and interest, step by step.

Each step names what it was computed on, the rate and the day, as they were kept when it was charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from services.billing.assessment.rules import ExplanationLine
from shared.law.money import format_euro
from shared.law.quarter import Quarter

_SENTENCES: Final[dict[str, dict[str, str]]] = {
    "fr": {
        "surcharge": "Majoration de {rate} % sur {base} de cotisation, impayés au {day}.",
        "surchargeCorrection": "Majoration de {rate} % retirée sur {base} de cotisation, comptés au {day}.",
        "reductionSurcharge": "Majoration de {rate} % sur {base}, épargnés à tort par la réduction et impayés "
        "au {day}.",
        "earlierStatement": "Déjà réclamé par le décompte précédent de l'année.",
        "fine": "Amende administrative.",
        "cost": "Frais de la contrainte.",
        "interest": "Intérêts de {rate} % l'an sur {base}, du {start} au {day} : {days} jour(s) sur 365.",
    },
    "nl": {
        "surcharge": "Verhoging van {rate} % op {base} bijdrage, onbetaald op {day}.",
        "surchargeCorrection": "Verhoging van {rate} % ingetrokken op {base} bijdrage, geteld op {day}.",
        "reductionSurcharge": "Verhoging van {rate} % op {base}, ten onrechte bespaard door de vermindering en "
        "onbetaald op {day}.",
        "earlierStatement": "Al gevraagd door de vorige afrekening van het jaar.",
        "fine": "Administratieve geldboete.",
        "cost": "Kosten van het dwangbevel.",
        "interest": "Interesten van {rate} % per jaar op {base}, van {start} tot {day}: {days} dag(en) op 365.",
    },
    "de": {
        "surcharge": "Zuschlag von {rate} % auf {base} Beitrag, am {day} nicht bezahlt.",
        "surchargeCorrection": "Zuschlag von {rate} % auf {base} Beitrag zurückgenommen, gezählt am {day}.",
        "reductionSurcharge": "Zuschlag von {rate} % auf {base}, durch die Ermäßigung zu Unrecht gespart und am {day} "
        "nicht bezahlt.",
        "earlierStatement": "Bereits durch die vorige Abrechnung des Jahres gefordert.",
        "fine": "Administrative Geldbuße.",
        "cost": "Kosten des Zwangsbefehls.",
        "interest": "Zinsen von {rate} % im Jahr auf {base}, vom {start} bis zum {day}: {days} Tag(e) von 365.",
    },
    "en": {
        "surcharge": "Surcharge of {rate} % on {base} of contribution, unpaid on {day}.",
        "surchargeCorrection": "Surcharge of {rate} % taken back on {base} of contribution, counted on {day}.",
        "reductionSurcharge": "Surcharge of {rate} % on {base}, wrongly spared by the reduction and unpaid on {day}.",
        "earlierStatement": "Asked by the statement of the year before this one already.",
        "fine": "Administrative fine.",
        "cost": "Costs of the warrant.",
        "interest": "Interest of {rate} % a year on {base}, from {start} to {day}: {days} day(s) of 365.",
    },
}
_RATES: Final = {"quarterly": "surcharges.quarterlyRate", "yearly": "surcharges.yearlyRate"}
_REDUCTION_RATES: Final = {
    "quarterly": "surcharges.unjustifiedReductionQuarterlyRate",
    "yearly": "surcharges.unjustifiedReductionOnceRate",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What stands in the books of a quarter."""

    quarter: str
    charged_cents: int = 0
    paid_cents: int = 0
    waived_cents: int = 0
    open_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What was charged for a quarter that is no contribution: a fine or costs, or one of the classes below."""

    quarter: str
    kind: str
    booked_on: date
    amount_cents: int
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharge(Charge):
    """A surcharge of a closing, quarterly or yearly, or what was taken back of it."""

    base_cents: int
    rate: Decimal
    closing: str
    surcharge_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest(Charge):
    """Interest of a served quarter over ``[starts_on, ends_before)``."""

    base_cents: int
    rate: Decimal
    starts_on: date
    ends_before: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionPart:
    """One surcharge on a reduction that proved wrong, as a statement left it."""

    kind: str
    closing: str
    base_cents: int
    rate: Decimal
    amount_cents: int
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionSurcharge(Charge):
    """What a statement asks of surcharges on a reduction that proved wrong, beyond what one before it asked."""

    regularisation_id: UUID
    previous_cents: int
    parts: tuple[ReductionPart, ...] = ()


def explain_charge(charge: Charge, *, language: str) -> list[ExplanationLine]:
    """Explain a charge that is no contribution; the amounts of the steps add up to that of the charge.

    Args:
        charge: what was charged.
        language: ``fr``, ``nl``, ``de`` or ``en``.
    """
    words = _SENTENCES[language]
    if isinstance(charge, ReductionSurcharge):
        return _reduction(charge, language)
    if isinstance(charge, Interest):
        text = words["interest"].format(
            rate=_percent(charge.rate, language),
            base=format_euro(charge.base_cents, language),
            start=_day(charge.starts_on, language),
            day=_day(charge.ends_before, language),
            days=(charge.ends_before - charge.starts_on).days,
        )
        return [_line(text, charge, "surcharges.socialInterestRate")]
    if isinstance(charge, Surcharge):
        sentence = words["surchargeCorrection" if charge.kind == "surchargeCorrection" else "surcharge"]
        return [_line(_on_unpaid(sentence, charge, language), charge, _RATES[charge.surcharge_kind])]
    return [ExplanationLine(text=words[charge.kind], amount_cents=charge.amount_cents, article=charge.article)]


def _reduction(charge: ReductionSurcharge, language: str) -> list[ExplanationLine]:
    """Explain what a statement asks by art. 11bis: every surcharge as it leaves them, less what was asked before."""
    words = _SENTENCES[language]
    lines = [
        _line(_on_unpaid(words["reductionSurcharge"], part, language), part, _REDUCTION_RATES[part.kind])
        for part in charge.parts
    ]
    if charge.previous_cents:
        lines.append(
            ExplanationLine(text=words["earlierStatement"], amount_cents=-charge.previous_cents, article=charge.article)
        )
    return lines


def _on_unpaid(sentence: str, charge: Surcharge | ReductionPart, language: str) -> str:
    return sentence.format(
        rate=_percent(charge.rate, language),
        base=format_euro(charge.base_cents, language),
        day=_day(Quarter.parse(charge.closing).last_day, language),
    )


def _line(text: str, charge: Charge | ReductionPart, parameter: str) -> ExplanationLine:
    return ExplanationLine(text=text, amount_cents=charge.amount_cents, article=charge.article, parameters=(parameter,))


def _percent(rate: Decimal, language: str) -> str:
    text = format((rate * 100).normalize(), "f")
    return text if language == "en" else text.replace(".", ",")


def _day(day: date, language: str) -> str:
    if language == "en":
        return day.isoformat()
    return f"{day:%d.%m.%Y}" if language == "de" else f"{day:%d/%m/%Y}"
