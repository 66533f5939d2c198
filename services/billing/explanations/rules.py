"""The reasons of what is charged beside contributions: surcharges, fines, costs and interest, step by step.

Each step names what it was computed on, the rate and the day, as they were kept when it was charged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

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


def explain_charge(charge: Mapping[str, Any], *, language: str) -> list[ExplanationLine]:
    """Explain a charge that is no contribution; the amounts of the steps add up to that of the charge.

    Args:
        charge: ``kind``, ``amount_cents`` and ``article``; of a surcharge or its correction also ``base_cents``,
            ``rate``, ``closing`` and ``surcharge_kind``; of interest ``base_cents``, ``rate``, ``starts_on`` and
            ``ends_before``; of surcharges on a reduction that proved wrong ``parts``, each with the columns of a
            surcharge, and ``previous_cents``.
        language: ``fr``, ``nl``, ``de`` or ``en``.
    """
    words, kind = _SENTENCES[language], charge["kind"]
    if kind == "reductionSurcharge":
        return _reduction(charge, charge["parts"], language)
    if kind in {"fine", "cost"}:
        return [ExplanationLine(text=words[kind], amount_cents=charge["amount_cents"], article=charge["article"])]
    if kind == "interest":
        text = words[kind].format(
            rate=_percent(charge["rate"], language),
            base=format_euro(charge["base_cents"], language),
            start=_day(charge["starts_on"], language),
            day=_day(charge["ends_before"], language),
            days=(charge["ends_before"] - charge["starts_on"]).days,
        )
        return [_line(text, charge, "surcharges.socialInterestRate")]
    sentence = words["surchargeCorrection" if kind == "surchargeCorrection" else "surcharge"]
    return [_line(_on_unpaid(sentence, charge, language), charge, _RATES[charge["surcharge_kind"]])]


def _reduction(charge: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], language: str) -> list[ExplanationLine]:
    """Explain what a statement asks by art. 11bis: every surcharge as it leaves them, less what was asked before."""
    words = _SENTENCES[language]
    lines = [
        _line(_on_unpaid(words["reductionSurcharge"], part, language), part, _REDUCTION_RATES[part["kind"]])
        for part in parts
    ]
    if charge["previous_cents"]:
        lines.append(
            ExplanationLine(
                text=words["earlierStatement"], amount_cents=-charge["previous_cents"], article=charge["article"]
            )
        )
    return lines


def _on_unpaid(sentence: str, charge: Mapping[str, Any], language: str) -> str:
    return sentence.format(
        rate=_percent(charge["rate"], language),
        base=format_euro(charge["base_cents"], language),
        day=_day(Quarter.parse(charge["closing"]).last_day, language),
    )


def _line(text: str, charge: Mapping[str, Any], parameter: str) -> ExplanationLine:
    return ExplanationLine(
        text=text, amount_cents=charge["amount_cents"], article=charge["article"], parameters=(parameter,)
    )


def _percent(rate: Decimal, language: str) -> str:
    text = format((rate * 100).normalize(), "f")
    return text if language == "en" else text.replace(".", ",")


def _day(day: date, language: str) -> str:
    if language == "en":
        return day.isoformat()
    return f"{day:%d.%m.%Y}" if language == "de" else f"{day:%d/%m/%Y}"
