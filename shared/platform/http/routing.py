"""Routes that follow the house's conventions without every endpoint repeating them.

An endpoint is written with Python names; on the wire its parameters are lowerCamelCase. Bodies are read as JSON in
strict mode (a number is not a text, a date is an ISO date) and answers leave out what is absent.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_typed_signature
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, BeforeValidator, GetCoreSchemaHandler, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema, to_json

from shared.platform.http.problems import InvalidInput, Issue
from shared.platform.http.security import RoleCheck

_WRITTEN: Final[Mapping[type, re.Pattern[str]]] = {
    bool: re.compile("true|false"),
    int: re.compile("-?[0-9]{1,18}"),
    date: re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    datetime: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"),
    UUID: re.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
}


Place = tuple[str | int, ...]
_NULL: Final = PydanticCustomError("null_refused", "Leave it out instead of sending null.")
#: How an exact decimal is written.
DECIMAL_PATTERN: Final = r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"
_NUMBER: Final = PydanticCustomError("decimal_as_number", 'Write it as a decimal in a text, for example "12.50".')


class StrictJson:
    """Marks a request body: it is validated as the JSON it was, strictly, instead of as loose Python values.

    Beyond what strict validation refuses: null, since what is absent is left out; and a number where an exact decimal
    is asked, since on its way it may have been a float.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Wrap the model's own schema, so that the documented schema stays the model's."""
        return core_schema.no_info_wrap_validator_function(self._validate, handler(source))

    def _validate(self, value: Any, _inner: Callable[[Any], Any]) -> Any:
        errors = [InitErrorDetails(type=_NULL, loc=place, input=None) for place in _nulls(value, ())]
        errors += [InitErrorDetails(type=_NUMBER, loc=place, input=None) for place in _numbers(self._model, value, ())]
        if errors:
            raise ValidationError.from_exception_data(self._model.__name__, errors)
        return self._model.model_validate_json(to_json(value), strict=True)


def _nulls(value: Any, place: Place) -> Iterator[Place]:
    """Give the places of every null in a JSON value."""
    if value is None and place:
        yield place
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _nulls(part, (*place, name))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from _nulls(part, (*place, position))


def _numbers(annotation: Any, value: Any, place: Place) -> Iterator[Place]:
    """Give the places where a type asks for an exact decimal and something else stands."""
    if annotation is Decimal:
        if isinstance(value, int | float) or (isinstance(value, str) and not re.fullmatch(DECIMAL_PATTERN, value)):
            yield place
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if isinstance(value, dict):
            for name, field in annotation.model_fields.items():
                yield from _numbers(field.annotation, value.get(field.alias or name), (*place, field.alias or name))
    else:
        for inner in get_args(annotation):
            if isinstance(value, list):
                for position, part in enumerate(value):
                    yield from _numbers(inner, part, (*place, position))
            else:
                yield from _numbers(inner, value, place)


class ApiRoute(APIRoute):
    """A route whose query parameters are lowerCamelCase, whose body is strict and whose answer has no null."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Adapt the endpoint's signature before FastAPI reads it."""
        options["response_model_exclude_none"] = True
        super().__init__(path, adapt(endpoint, path), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Refuse query parameters that are not known before anything else is done with a request."""
        handle = super().get_route_handler()
        known = query_names(self.dependant)

        async def checked(request: Request) -> Response:
            unknown = [name for name in request.query_params if name not in known]
            if unknown:
                raise InvalidInput(
                    detail="The request breaks the rules below.",
                    issues=[
                        Issue(name=name, detail="This is not known here.", rule="unknownInput", place="query")
                        for name in unknown
                    ],
                )
            return await handle(request)

        return checked


class ApiRouter(APIRouter):
    """A router of ``ApiRoute``; a plain router is refused at start."""

    def __init__(self, **options: Any) -> None:
        """Build a router that makes ``ApiRoute``."""
        options.setdefault("route_class", ApiRoute)
        super().__init__(**options)


def adapt(endpoint: Callable[..., Any], path: str) -> Callable[..., Any]:
    """Return the endpoint with a signature that follows the conventions; its behaviour does not change."""
    signature = get_typed_signature(endpoint)
    adapted = [
        _adapt_parameter(parameter, in_path=re.search(rf"{{{parameter.name}(:[a-z]+)?}}", path) is not None)
        for parameter in signature.parameters.values()
    ]
    returned = inspect.signature(endpoint).return_annotation
    endpoint.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=adapted, return_annotation=returned
    )
    return endpoint


def _adapt_parameter(parameter: inspect.Parameter, *, in_path: bool) -> inspect.Parameter:
    annotation, default = parameter.annotation, parameter.default
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not isinstance(default, params.Depends):
        return parameter.replace(annotation=Annotated[annotation, StrictJson(annotation)])
    if isinstance(default, params.Depends | params.Body):
        return parameter
    if isinstance(default, params.Query | params.Header):
        return parameter.replace(default=_named(default, parameter.name))
    if get_origin(annotation) is Annotated:
        first, *extras = get_args(annotation)
        for position, extra in enumerate(extras):
            if isinstance(extra, params.Query | params.Header) and not in_path:
                extras[position] = _named(extra, parameter.name)
            elif isinstance(extra, params.Body | params.Depends | StrictJson):
                return parameter
        return parameter.replace(annotation=Annotated[(first, *extras, *written(first))])
    if _is_simple(annotation) and "_" in parameter.name and not in_path:
        query = params.Query(alias=to_camel(parameter.name))
        return parameter.replace(annotation=Annotated[(annotation, query, *written(annotation))])
    checks = written(annotation)
    return parameter.replace(annotation=Annotated[(annotation, *checks)]) if checks else parameter


def written(annotation: Any) -> list[BeforeValidator]:
    """Return the check that a parameter is written as the document says; it goes after all other annotations.

    Left alone, a date would also be read from a number of seconds and a truth from "on".
    """
    choices = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    return [
        BeforeValidator(partial(_check_writing, kind.__name__, pattern))
        for kind, pattern in _WRITTEN.items()
        if kind in choices
    ]


def _check_writing(kind: str, pattern: re.Pattern[str], value: Any) -> Any:
    if isinstance(value, str) and not pattern.fullmatch(value):
        raise ValueError(f"must be written as a {kind}")
    return value


def _named(kind: params.Param, name: str) -> params.Param:
    """Return a copy with the name on the wire: FastAPI forgets an alias that was only set, and types may be shared."""
    named = copy(kind)
    named.alias = kind.alias or _wire_name(name, kind)
    named._attributes_set = {**kind._attributes_set, "alias": named.alias}  # noqa: SLF001
    return named


def _wire_name(name: str, kind: params.Param) -> str:
    if isinstance(kind, params.Query):
        return to_camel(name)
    return "-".join(part.capitalize() for part in name.split("_"))


def _is_simple(annotation: Any) -> bool:
    """Return whether FastAPI would read the parameter from the query (everything that is not its own class)."""
    module = getattr(annotation, "__module__", "")
    return not module.startswith(("starlette", "fastapi"))


def query_names(dependant: Dependant) -> frozenset[str]:
    """Return the names of the query parameters an endpoint and what it depends upon know."""
    own = {parameter.alias for parameter in dependant.query_params}
    return frozenset(own.union(*(query_names(dependency) for dependency in dependant.dependencies)))


def allowed_methods(api: FastAPI, path: str) -> list[str]:
    """Return the methods a path can be asked; a path that is written out goes before one with parameters."""
    exact: set[str] = set()
    matching: set[str] = set()
    for context in iter_route_contexts(api.routes):
        if context.path == path:
            exact.update(context.methods or ())
        elif isinstance(context.original_route, APIRoute) and context.path_regex.match(path):
            matching.update(context.methods or ())
    return sorted(exact or matching)


class RouteRefused(ValueError):
    """A route is not guarded or not of the house."""


def check_routes(api: FastAPI) -> None:
    """Refuse an API with a route that nobody guards, or that does not follow the conventions.

    Raises:
        RouteRefused: names the route and what it lacks.
    """
    seen: dict[str, str] = {}
    for context in iter_route_contexts(api.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            continue
        label = f"{', '.join(sorted(route.methods or ()))} {context.path}"
        if not isinstance(route, ApiRoute):
            raise RouteRefused(f"{label}: use ApiRouter of shared.platform.http instead of APIRouter")
        if not getattr(route.endpoint, "auxilia_public", False) and role_check(route) is None:
            raise RouteRefused(f"{label}: has no Depends(require(...)), so nobody guards it")
        if route.name in seen:
            raise RouteRefused(f"{label}: the operation name {route.name} is already used by {seen[route.name]}")
        seen[route.name] = label


def role_check(route: APIRoute) -> RoleCheck | None:
    """Return what guards a route, None when nothing does."""
    pending = list(route.dependant.dependencies)
    while pending:
        dependant = pending.pop()
        if isinstance(dependant.call, RoleCheck):
            return dependant.call
        pending.extend(dependant.dependencies)
    return None


def public(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Mark an endpoint that anybody may call: health, metrics from the machine itself, and the API's document."""
    endpoint.auxilia_public = True  # type: ignore[attr-defined]
    return endpoint
