"""What the law data lacks and when: the list an alarm reads before a year begins without its decree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from shared.law.parameters import Certainty, Parameter, ParameterMissing, Parameters

_FOLLOWS: Final = "follows "


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A period, both days included, in which a parameter has no value.

    ``follows`` names the parameter it is computed from and that lacks a value, None when it lacks one of its own.
    """

    name: str
    starts_on: date
    ends_on: date
    reason: str
    had_value_before: bool
    follows: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is missing in a period, and how sure what is there is on its first day."""

    starts_on: date
    ends_on: date
    parameters: int
    holes: tuple[Hole, ...]
    certainties: dict[str, int]

    @property
    def ending(self) -> tuple[Hole, ...]:
        """The parameters that have a value when the period begins and lose it before it is over."""
        return tuple(hole for hole in self.holes if hole.had_value_before)

    def lacks(self, name: str) -> bool:
        """Tell whether a parameter has no value on some day of the period."""
        return any(hole.name == name for hole in self.holes)

    @property
    def to_enter(self) -> dict[Hole, tuple[str, ...]]:
        """The values that run out and somebody must enter, with the names of those that are computed from each."""
        followers = {hole: hole.follows for hole in self.ending}
        return {
            hole: tuple(other.name for other, source in followers.items() if source == hole.name)
            for hole in self.ending
            if hole.follows is None
        }


def coverage(*, parameters: Parameters, starts_on: date, ends_on: date) -> Coverage:
    """List every hole of every parameter between two days, both included.

    Raises ``ValueError`` when the period ends before it begins.
    """
    if ends_on < starts_on:
        raise ValueError("the period ends before it begins")
    holes: list[Hole] = []
    certainties = {str(certainty): 0 for certainty in Certainty}
    for name in parameters.names():
        holes.extend(_holes(parameters, parameters.by_name[name], starts_on, ends_on))
        try:
            certainties[str(parameters.fact(name, on=starts_on).certainty)] += 1
        except ParameterMissing:
            continue
    return Coverage(
        starts_on=starts_on,
        ends_on=ends_on,
        parameters=len(parameters.by_name),
        holes=tuple(holes),
        certainties=certainties,
    )


def _holes(parameters: Parameters, parameter: Parameter, starts_on: date, ends_on: date) -> list[Hole]:
    holes: list[Hole] = []
    days = _days_of_change(parameters, parameter, starts_on, ends_on)
    for day, next_day in zip(days, [*days[1:], ends_on + timedelta(days=1)], strict=True):
        reason = _missing(parameters, parameter.name, day)
        if reason is None:
            continue
        last = next_day - timedelta(days=1)
        previous = holes[-1] if holes else None
        if previous is not None and previous.ends_on + timedelta(days=1) == day and previous.reason == reason:
            holes[-1] = _hole(parameters, parameter.name, previous.starts_on, last, reason)
        else:
            holes.append(_hole(parameters, parameter.name, day, last, reason))
    return holes


def _hole(parameters: Parameters, name: str, starts_on: date, ends_on: date, reason: str) -> Hole:
    before = _missing(parameters, name, starts_on - timedelta(days=1)) is None
    return Hole(
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        had_value_before=before,
        follows=reason.removeprefix(_FOLLOWS) if reason.startswith(_FOLLOWS) else None,
    )


def _days_of_change(parameters: Parameters, parameter: Parameter, starts_on: date, ends_on: date) -> list[date]:
    """Give the days on which the presence of a value can change: borders of its own, its base's and the index's."""
    related = [parameter]
    if parameter.base is not None:
        related += [parameters.by_name[parameter.base], parameters.by_name["contributions.indexNumerator"]]
    days = {starts_on}
    for one in related:
        periods = [(value.valid_from, value.valid_to) for value in one.values]
        periods += [(gap.valid_from, gap.valid_to) for gap in one.gaps]
        days |= {first for first, _ in periods if first is not None}
        days |= {last + timedelta(days=1) for _, last in periods if last is not None}
    return sorted(day for day in days if starts_on <= day <= ends_on)


def _missing(parameters: Parameters, name: str, day: date) -> str | None:
    try:
        parameters.fact(name, on=day)
    except ParameterMissing as missing:
        if missing.name != name:
            return f"{_FOLLOWS}{missing.name}"
        return missing.reason or "no value was entered"
    return None
