"""The numbers of the law: every parameter with its value, unit, period, article, source and certainty.

The data lies in ``data/*.yaml``. A parameter without a value on a date is an error that names both; the value of
another year never stands in for it. Amounts that follow the consumer price index (royal decree 38, art. 14) are stored
as the base amount of the law and computed with the index fraction of the year, then rounded half up to the cent; the
figures that were published are kept beside them as evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from shared.law.money import cents_from_euro, euro_text, rounded_cents_from_euro
from shared.law.parameter_files import ParameterFileInvalid, read_parameter_file

DATA_FOLDER: Final = Path(__file__).parent / "data"

ParameterContent = Decimal | str | tuple[str, ...]


class Certainty(StrEnum):
    """How sure a value is: read in a law, published by others, inferred from published figures, or assumed."""

    OFFICIAL = "official"
    PUBLISHED = "published"
    INFERRED = "inferred"
    ASSUMED = "assumed"


class ParameterMissing(LookupError):
    """The law data holds no value of a parameter on a date."""

    def __init__(self, name: str, on: date, reason: str = "") -> None:
        explanation = f": {reason}" if reason else ""
        super().__init__(f"parameter {name} has no value on {on.isoformat()}{explanation}")
        self.name = name
        self.on = on
        self.reason = reason


class ParameterUnitError(TypeError):
    """A parameter was read as something its unit does not allow."""


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """One value of one parameter, with all that is known about it.

    ``valid_from`` and ``valid_to`` are the first and last day, as law texts write them; ``None`` is open.
    """

    name: str
    value: ParameterContent
    unit: str
    valid_from: date | None
    valid_to: date | None
    article: str
    source: str
    certainty: Certainty
    last_review: date
    note: str = ""

    @property
    def ends_before(self) -> date | None:
        """First day on which the value no longer holds."""
        return None if self.valid_to is None else self.valid_to + timedelta(days=1)

    def holds_on(self, day: date) -> bool:
        """Tell whether the value holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """An amount somebody published, kept to prove the amount computed from the law's base amount and index."""

    value: Decimal
    valid_from: date
    valid_to: date
    source: str
    printed_as: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A period for which it is known that a value was looked for and not found."""

    valid_from: date | None
    valid_to: date | None
    reason: str

    def covers(self, day: date) -> bool:
        """Tell whether a day lies in the gap."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the law over time; ``base`` names the base amount when it follows the index."""

    name: str
    unit: str
    description: str
    article: str
    subject: str
    values: tuple[ParameterValue, ...]
    base: str | None = None
    published: tuple[PublishedFigure, ...] = ()
    gaps: tuple[Gap, ...] = ()


_INDEX_NUMERATOR: Final = "contributions.indexNumerator"
_INDEX_BASE: Final = "contributions.indexBase"


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of the law, read once and never changed."""

    by_name: Mapping[str, Parameter]
    _resolved: dict[tuple[str, date], ParameterValue] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def load(cls, *, assumed: Path | None = None) -> Parameters:
        """Read the law data, and the values a played scenario assumes where the law is not known yet.

        An assumed value is refused where the law data holds a value: a scenario never overrides the law.
        Raises ``ParameterFileInvalid`` naming the file, the parameter and the fault.
        """
        parameters = _load_law()
        return parameters if assumed is None else _with_assumptions(parameters, assumed)

    def names(self) -> list[str]:
        """List the names of all parameters in alphabetical order."""
        return sorted(self.by_name)

    def fact(self, name: str, *, on: date) -> ParameterValue:
        """Give the value of a parameter on a date with its period, article, source and certainty.

        Raises ``ParameterMissing`` naming the parameter and the date.
        """
        known = self._resolved.get((name, on))
        if known is None:
            known = self._find(name, on)
            self._resolved[(name, on)] = known
        return known

    def decimal(self, name: str, *, on: date) -> Decimal:
        """Give the number a parameter holds on a date; raises ``ParameterMissing`` or ``ParameterUnitError``."""
        value = self.fact(name, on=on).value
        if not isinstance(value, Decimal):
            raise ParameterUnitError(f"parameter {name} is not a number")
        return value

    def cents(self, name: str, *, on: date) -> int:
        """Give an amount of money in euro cents; raises ``ParameterMissing`` or ``ParameterUnitError``."""
        fact = self.fact(name, on=on)
        if fact.unit != "EUR" or not isinstance(fact.value, Decimal):
            raise ParameterUnitError(f"parameter {name} is not an amount in euros")
        return cents_from_euro(fact.value)

    def integer(self, name: str, *, on: date) -> int:
        """Give a whole number (days, months, quarters); raises ``ParameterMissing`` or ``ParameterUnitError``."""
        value = self.decimal(name, on=on)
        if value != value.to_integral_value():
            raise ParameterUnitError(f"parameter {name} is not a whole number")
        return int(value)

    def text(self, name: str, *, on: date) -> str:
        """Give a value that is a word; raises ``ParameterMissing`` or ``ParameterUnitError``."""
        value = self.fact(name, on=on).value
        if not isinstance(value, str):
            raise ParameterUnitError(f"parameter {name} is not a word")
        return value

    def words(self, name: str, *, on: date) -> tuple[str, ...]:
        """Give a value that is a list of words; raises ``ParameterMissing`` or ``ParameterUnitError``."""
        value = self.fact(name, on=on).value
        if not isinstance(value, tuple):
            raise ParameterUnitError(f"parameter {name} is not a list")
        return value

    def on(self, day: date) -> Iterator[ParameterValue]:
        """Give every parameter that has a value on a day, in alphabetical order."""
        for name in self.names():
            try:
                yield self.fact(name, on=day)
            except ParameterMissing:
                continue

    def _find(self, name: str, on: date) -> ParameterValue:
        parameter = self.by_name.get(name)
        if parameter is None:
            raise ParameterMissing(name, on, "no parameter has this name")
        for value in parameter.values:
            if value.holds_on(on):
                return value
        if parameter.base is not None:
            return self._indexed(parameter, on)
        reason = next((gap.reason for gap in parameter.gaps if gap.covers(on)), "")
        raise ParameterMissing(name, on, reason)

    def _indexed(self, parameter: Parameter, on: date) -> ParameterValue:
        """Compute base amount x index / 142.75, half up to the cent (royal decree 38, art. 14 §1)."""
        assert parameter.base is not None  # noqa: S101 - narrowed by the only caller
        base = self.fact(parameter.base, on=on)
        numerator = self.fact(_INDEX_NUMERATOR, on=on)
        denominator = self.decimal(_INDEX_BASE, on=on)
        if not isinstance(base.value, Decimal) or not isinstance(numerator.value, Decimal):
            raise ParameterUnitError(f"parameter {parameter.name} is computed from something that is not a number")
        value = Decimal(euro_text(rounded_cents_from_euro(base.value * numerator.value / denominator)))
        starts = [day for day in (base.valid_from, numerator.valid_from) if day is not None]
        ends = [day for day in (base.valid_to, numerator.valid_to) if day is not None]
        evidence = next((one for one in parameter.published if one.valid_from <= on <= one.valid_to), None)
        computed = f"{base.value} x {numerator.value} / {denominator}, rounded half up to the cent"
        return ParameterValue(
            name=parameter.name,
            value=value,
            unit=parameter.unit,
            valid_from=max(starts, default=None),
            valid_to=min(ends, default=None),
            article=parameter.article,
            source=f"{computed}; published: {evidence.source}" if evidence else f"{computed}; {numerator.source}",
            certainty=_certainty_of_indexed(numerator.certainty, evidence),
            last_review=max(base.last_review, numerator.last_review),
        )


def _certainty_of_indexed(numerator: Certainty, evidence: PublishedFigure | None) -> Certainty:
    if numerator is Certainty.INFERRED and evidence is not None:
        return Certainty.PUBLISHED
    return numerator


@lru_cache(maxsize=1)
def _load_law() -> Parameters:
    by_name: dict[str, Parameter] = {}
    for path in sorted(DATA_FOLDER.glob("*.yaml")):
        for parameter in _parameters_of_file(path):
            if parameter.name in by_name:
                raise ParameterFileInvalid(path, parameter.name, "the name is already used in another file")
            if any(value.certainty is Certainty.ASSUMED for value in parameter.values):
                raise ParameterFileInvalid(path, parameter.name, "an assumption is no law: it goes in a scenario file")
            by_name[parameter.name] = parameter
    return Parameters(by_name=by_name)


def _parameters_of_file(path: Path) -> Iterator[Parameter]:
    content = read_parameter_file(path)
    for name, entry in content.parameters.items():
        values = tuple(
            ParameterValue(
                name=name,
                value=row["value"],
                unit=entry["unit"],
                valid_from=row["from"],
                valid_to=row["to"],
                article=row["article"],
                source=row["source"],
                certainty=Certainty(row["certainty"]),
                last_review=content.last_review,
                note=row["note"],
            )
            for row in entry["values"]
        )
        yield Parameter(
            name=name,
            unit=entry["unit"],
            description=entry["description"],
            article=entry["article"],
            subject=path.stem,
            values=values,
            base=entry["base"],
            published=tuple(_published(row) for row in entry["published"]),
            gaps=tuple(Gap(row["from"], row["to"], row["reason"]) for row in entry["gaps"]),
        )


def _published(row: Mapping[str, Any]) -> PublishedFigure:
    year = int(row["year"])
    return PublishedFigure(
        value=row["value"],
        valid_from=row["from"] or date(year, 1, 1),
        valid_to=row["to"] or date(year, 12, 31),
        source=row["source"],
        printed_as=row["printedAs"],
    )


def _with_assumptions(parameters: Parameters, path: Path) -> Parameters:
    by_name = dict(parameters.by_name)
    for assumed in _parameters_of_file(path):
        known = by_name.get(assumed.name)
        if known is None:
            raise ParameterFileInvalid(path, assumed.name, "no parameter of the law has this name")
        for value in assumed.values:
            if value.certainty is not Certainty.ASSUMED or not value.note:
                raise ParameterFileInvalid(path, assumed.name, "a scenario's value is assumed and says why in its note")
            if any(_overlap(value, other) for other in known.values):
                raise ParameterFileInvalid(path, assumed.name, "the law already has a value in this period")
        by_name[assumed.name] = replace(known, values=known.values + assumed.values)
    return Parameters(by_name=by_name)


def _overlap(left: ParameterValue, right: ParameterValue) -> bool:
    starts = max(left.valid_from or date.min, right.valid_from or date.min)
    ends = min(left.valid_to or date.max, right.valid_to or date.max)
    return starts <= ends
