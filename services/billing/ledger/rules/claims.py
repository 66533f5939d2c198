"""What a quarter was claimed in layers: the contribution itself, then each supplement; a credit takes the newest off.

Payments go to the oldest claim of the same kind first (old Civil Code art. 1256), so what is open belongs to the
newest layers. Each layer keeps the day it was claimed, which decides when its surcharges begin (RGS art. 44, 44bis).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A part of what is claimed, and the day it was claimed first.

    Attributes:
        supplement: claimed by a later statement, not by the notice of the quarter.
    """

    cents: int
    claimed_on: date
    supplement: bool


def standing_layers(changes: Iterable[tuple[date, int]], *, first: Layer | None = None) -> list[Layer]:
    """Pile up changes in their order: an increase is a new layer, a decrease takes off the newest ones.

    Args:
        changes: day and difference of each change, the oldest first.
        first: what was claimed before all changes, or None.
    """
    layers = [] if first is None or first.cents <= 0 else [first]
    for claimed_on, difference in changes:
        if difference > 0:
            layers.append(Layer(cents=difference, claimed_on=claimed_on, supplement=True))
            continue
        to_take = -difference
        while to_take > 0 and layers:
            top = layers.pop()
            taken = min(to_take, top.cents)
            to_take -= taken
            if top.cents > taken:
                layers.append(replace(top, cents=top.cents - taken))
    return layers


def open_layers(layers: Iterable[Layer], *, open_cents: int) -> list[Layer]:
    """Give what is open of each layer, the oldest first; layers that are paid are left out."""
    remaining = open_cents
    found: list[Layer] = []
    for layer in reversed(list(layers)):
        taken = min(remaining, layer.cents)
        if taken > 0:
            found.append(replace(layer, cents=taken))
            remaining -= taken
    return found[::-1]
