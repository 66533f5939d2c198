"""A list: where its rows come from, what it can be narrowed by, and what is shown of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from services.console.clients import Part, Refused, Row
from services.console.visits.service.visits import Page, Visit

_DIGITS_MAX: Final = 18
#: What a list is narrowed by before somebody chooses: what is still to be done.
_FIRST: Final = {"isOpen": "true"}

Rows = Sequence[Row]


def _as_they_are(rows: Rows) -> Rows:
    return rows


async def _nothing_else(_visit: Visit, _rows: Rows) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class ListPage:
    """One list.

    Attributes:
        name: its address and the word of its title.
        services: who is asked.
        path: the list at each service.
        columns: the properties shown, in this order; one that no row has is left out.
        size: how many rows at the most from each service; None where the service gives all.
        filters: query parameters a person can choose, with their values.
        cursor: the query parameter that says after which row the next page begins, and the property of that row.
        key: the property that names the page of a row, empty where rows have no page of their own.
        size_parameter: how the service calls the size of a page.
        template: how it is shown.
        arranged: puts the rows of all services in order, and leaves out of each what is not to be shown.
        besides: what is shown besides the rows.
    """

    name: str
    services: tuple[str, ...]
    path: str
    columns: tuple[str, ...]
    size: int | None = 200
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cursor: tuple[str, str] | None = None
    key: str = ""
    size_parameter: str = "pageSize"
    template: str = "list.html"
    arranged: Callable[[Rows], Rows] = _as_they_are
    besides: Callable[[Visit, Rows], Awaitable[Mapping[str, Any]]] = _nothing_else

    @property
    def page(self) -> Page:
        """Return where the list is."""
        return Page(f"/{self.name}", self.show)

    async def show(self, visit: Visit) -> Response:
        """Show the list, narrowed by what was chosen."""
        chosen = self._chosen(visit)
        services = (chosen["service"],) if "service" in chosen else self.services
        query = {name: value for name, value in chosen.items() if name != "service"}
        if self.size is not None:
            query[self.size_parameter] = str(self.size)
        after = visit.request.query_params.get("after", "")
        if after and self.cursor is not None and len(services) == 1:
            query[self.cursor[0]] = _place(after)
        parts = await asyncio.gather(*(visit.staff.part(service, self.path, **query) for service in services))
        found = dict(zip(services, parts, strict=True))
        rows = self.arranged([{"service": service, **row} for service, part in found.items() for row in part.rows])
        return visit.show(
            self.template,
            page=self,
            rows=rows,
            states={service: part.state for service, part in found.items()},
            filters=self._choices(),
            chosen=chosen,
            following=self._following(found),
            more=[service for service, part in found.items() if self.size is not None and len(part.rows) == self.size],
            extra=await self.besides(visit, rows),
            may=visit.may,
        )

    def _choices(self) -> Mapping[str, tuple[str, ...]]:
        own = {"service": self.services} if len(self.services) > 1 else {}
        return {**own, **self.filters}

    def _chosen(self, visit: Visit) -> dict[str, str]:
        """Return what the list is narrowed by; a value that can't be chosen is no choice."""
        choices = self._choices()
        wanted = {name: visit.request.query_params.get(name) or _FIRST.get(name, "") for name in choices}
        return {name: value for name, value in wanted.items() if value in choices[name]}

    def _following(self, found: Mapping[str, Part]) -> str:
        """Return after which row the next page begins; empty on the last one or when several services were asked."""
        rows = next(iter(found.values())).rows if len(found) == 1 else ()
        if self.cursor is None or self.size is None or len(rows) < self.size:
            return ""
        return str(rows[-1][self.cursor[1]])


def _place(text: str) -> str:
    """Return the id of the row a page begins after: a number or a UUID, nothing else."""
    if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX:
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise Refused(404, "after") from None
