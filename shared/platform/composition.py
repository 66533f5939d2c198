"""A service is a list of subjects: each brings its routes, procedures, handlers of facts, schedules and open work.

``services/<service>/<subject>/subject.py`` says what a subject brings, ``services/<service>/app.py`` lists them: a new
procedure is one new folder, one line there and one in ``.importlinter`` (``docs/adding.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from fastapi import APIRouter, FastAPI

from shared.contracts.envelope import Envelope, Fact
from shared.contracts.topics import FactClass
from shared.platform.context import AnyContext
from shared.platform.database.connections import Connection
from shared.platform.http import ApiRouter, create_api
from shared.platform.http.exceptions import exceptions_router
from shared.platform.messages_in.consumer import FactConsumer
from shared.platform.messages_in.inbox import Handler
from shared.platform.people.setbacks import SetbackActivities
from shared.platform.settings import ServiceSettings
from shared.platform.temporal.connecting import WorkerDefinition
from shared.platform.temporal.schedules import ScheduledProcedure
from shared.platform.temporal.sleepers import PageOfWork

Activity = Callable[..., Any]
Handlers = Mapping[FactClass, Handler]


@dataclass(frozen=True, kw_only=True)
class OpenWorkKind:
    """One kind of open work of a subject, whose sleepers have a route and a metric.

    Attributes:
        what: what is open, in the plural, as the description and the metric say it.
        tag: tag of the route.
        page_of: reads a page of open work.
        path: the resource it is under, such as ``applications``, when the API calls it otherwise than ``what``.
    """

    what: str
    tag: str
    page_of: PageOfWork
    path: str = ""


def _no_routers(_context: AnyContext) -> Sequence[APIRouter]:
    return ()


def _no_activities(_context: AnyContext) -> Sequence[Activity]:
    return ()


def _no_handlers(_context: AnyContext) -> Handlers:
    return {}


def _no_schedules(_context: AnyContext) -> Sequence[ScheduledProcedure]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What one subject brings to its service; what it doesn't bring is left out.

    Attributes:
        name: name of its folder.
        tags: tags of the operations it adds to the API, each with ``name`` and ``description``.
        routers: its routes.
        workflows: its procedures.
        activities: what its procedures do outside themselves.
        handlers: which fact of another service it handles by what; several subjects may handle one fact.
        schedules: its procedures that begin on fixed days.
        open_work: what it has open, each with a procedure that must be alive.
        large_bodies: how many bytes at most the paths take that write files to disk as they come in.
    """

    name: str
    tags: tuple[Mapping[str, str], ...] = ()
    routers: Callable[[AnyContext], Sequence[APIRouter]] = _no_routers
    workflows: tuple[type, ...] = ()
    activities: Callable[[AnyContext], Sequence[Activity]] = _no_activities
    handlers: Callable[[AnyContext], Handlers] = _no_handlers
    schedules: Callable[[AnyContext], Sequence[ScheduledProcedure]] = _no_schedules
    open_work: tuple[OpenWorkKind, ...] = ()
    large_bodies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A service put together of its subjects; what ``shared.platform.runtime.run`` runs.

    Attributes:
        service: its name.
        title: name of its API.
        description: what its API is for.
        settings_class: its settings.
        subjects: what it is made of, highest first: a subject may use those after it.
        tags: tags of the API in the order of its document; those of the subjects when empty.
        version: version of the API.
    """

    service: str
    title: str
    description: str
    settings_class: type[ServiceSettings]
    subjects: tuple[Subject, ...]
    tags: tuple[Mapping[str, str], ...] = ()
    version: str = "1.0.0"

    def api(self, context: AnyContext) -> FastAPI:
        """Return the service's API: the routes of its subjects, the more specific paths first."""
        large = {path: most for subject in self.subjects for path, most in subject.large_bodies.items()}
        api = create_api(
            context,
            title=self.title,
            version=self.version,
            tags=self.tags or _distinct_tags(self.subjects),
            description=self.description,
            large_bodies=large,
        )
        routers = [router for subject in self.subjects for router in _routers(subject, context)]
        routes = [route for router in routers for route in router.routes]
        together = ApiRouter()
        # /v1/claims/exceptions comes before /v1/claims/{claimId}, in whatever order the subjects stand.
        together.routes.extend(sorted(routes, key=lambda route: _specificity(str(getattr(route, "path", "")))))
        api.include_router(together)
        return api

    def consumers(self, context: AnyContext) -> FactConsumer | None:
        """Return what handles the facts of others, None when no subject listens to anybody."""
        handlers = combined_handlers([subject.handlers(context) for subject in self.subjects])
        if not handlers:
            return None
        return FactConsumer(service=self.service, database=context.database, handlers=handlers)

    def worker(self, context: AnyContext) -> WorkerDefinition:
        """Return the procedures and activities of the subjects; nothing to run when there is no procedure."""
        workflows = [workflow for subject in self.subjects for workflow in subject.workflows]
        if not workflows:
            return WorkerDefinition()
        activities = [activity for subject in self.subjects for activity in subject.activities(context)]
        setbacks = SetbackActivities(database=context.database)
        return WorkerDefinition(workflows=workflows, activities=[*activities, *setbacks.all()])

    def schedules(self, context: AnyContext) -> Sequence[ScheduledProcedure]:
        """Return the procedures that begin on fixed days."""
        return tuple(procedure for subject in self.subjects for procedure in subject.schedules(context))


def combined_handlers(brought: Iterable[Handlers]) -> dict[FactClass, Handler]:
    """Return one handler a fact; a fact that several subjects handle is handled by each, in one transaction.

    Args:
        brought: the handlers of each subject, in the order in which they handle a fact.
    """
    by_fact: dict[FactClass, list[Handler]] = {}
    for handlers in brought:
        for fact, handler in handlers.items():
            by_fact.setdefault(fact, []).append(handler)
    return {fact: found[0] if len(found) == 1 else _one_after_the_other(found) for fact, found in by_fact.items()}


def _one_after_the_other(handlers: Sequence[Handler]) -> Handler:
    async def handle(connection: Connection, fact: Fact, envelope: Envelope) -> None:
        for handler in handlers:
            await handler(connection, fact, envelope)

    return cast("Handler", handle)


def _routers(subject: Subject, context: AnyContext) -> list[APIRouter]:
    sleeping: list[APIRouter] = [
        exceptions_router(
            context,
            what=kind.what,
            path=f"/v1/{kind.path or kind.what}/exceptions",
            tag=kind.tag,
            page_of=kind.page_of,
        )
        for kind in subject.open_work
    ]
    return [*sleeping, *subject.routers(context)]


def _distinct_tags(subjects: Sequence[Subject]) -> tuple[Mapping[str, str], ...]:
    return tuple({tag["name"]: tag for subject in subjects for tag in subject.tags}.values())


#: Stands in a path where a value comes.
_VALUE: Final = "{"


def _specificity(path: str) -> tuple[bool, ...]:
    """Return what sorts fixed parts of a path before values in the same place."""
    return tuple(part.startswith(_VALUE) for part in path.split("/"))
