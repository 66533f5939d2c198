"""A working place of the console: what one subject brings to its pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.routing import Route

from services.console.rendering.service.rendering import Menu
from services.console.visits.service.acts import Act
from services.console.visits.service.lists import ListPage
from services.console.visits.service.sessions import Sessions
from services.console.visits.service.visits import Page


def _nothing_open(_sessions: Sessions) -> Sequence[Route]:
    return ()


@dataclass(frozen=True, kw_only=True)
class WorkingPlace:
    """What one subject brings to the console; what it doesn't bring is left out.

    Attributes:
        name: name of its folder.
        pages: its pages.
        lists: its lists.
        acts: what is done on its pages by one form and one call.
        menu: where the menu leads to its pages, by the group they stand in.
        open_routes: what it shows to people who have not signed in.
    """

    name: str
    pages: tuple[Page, ...] = ()
    lists: tuple[ListPage, ...] = ()
    acts: tuple[Act, ...] = ()
    menu: Menu = field(default_factory=dict)
    open_routes: Callable[[Sessions], Sequence[Route]] = _nothing_open

    @property
    def all_pages(self) -> tuple[Page, ...]:
        """Return its pages with those of its lists and acts."""
        return (*self.pages, *(one.page for one in self.lists), *(act.page for act in self.acts))


def menu_of(places: Sequence[WorkingPlace], *, order: Sequence[str]) -> Menu:
    """Return the whole menu: the pages of a group in the order of their places.

    Args:
        places: what the console is made of.
        order: the groups in their order; one that is not named here comes last.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for place in places:
        for group, pages in place.menu.items():
            groups[group] = (*groups.get(group, ()), *pages)
    known = [group for group in order if group in groups]
    return {group: groups[group] for group in (*known, *(group for group in groups if group not in known))}
