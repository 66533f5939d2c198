"""The OpenAPI 3.0.3 document of an API, derived from its routes.

FastAPI writes OpenAPI 3.1 with habits the Belgif rules refuse. What is sent over the wire already follows the rules
(lowerCamelCase, absent instead of null, problems), so the document is rewritten to say exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.alias_generators import to_camel

from shared.platform.http.problems import PROBLEM_MEDIA_TYPE
from shared.platform.http.routing import DECIMAL_PATTERN, role_check

_METHODS: Final = ("get", "put", "post", "delete", "patch")
_PROBLEM_RESPONSE: Final = {
    "description": "Problem: what is wrong and, for wrong input, which field breaks which rule.",
    "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_TRACE_HEADER: Final = {
    "BelGov-Trace-Id": {"description": "Unique id of this answer.", "schema": {"type": "string", "maxLength": 36}}
}
_URI: Final = {"type": "string", "format": "uri"}
_PROBLEM_SCHEMAS: Final[dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "description": "A problem of RFC 9457, with the extensions of the Belgif guide.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {**_URI, "description": "Kind of problem.", "example": "urn:problem-type:belgif:badRequest"},
            "title": {"type": "string", "example": "Bad Request"},
            "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599, "example": 400},
            "detail": {"type": "string"},
            "instance": {**_URI, "description": "This occurrence, for the help desk."},
            "issues": {"type": "array", "items": {"$ref": "#/components/schemas/InputValidationIssue"}},
        },
    },
    "InputValidationIssue": {
        "type": "object",
        "required": ["type", "detail", "in", "name"],
        "properties": {
            "type": {**_URI, "description": "The rule that is broken."},
            "detail": {"type": "string"},
            "in": {"type": "string", "enum": ["body", "header", "path", "query"]},
            "name": {"type": "string", "description": "The field, with dots and positions."},
        },
    },
}
_DROPPED: Final = frozenset({"title", "propertyNames", "$defs", "contentMediaType", "contentEncoding", "examples"})


def openapi_document(api: FastAPI, *, service: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    """Return the OpenAPI 3.0.3 document of an API, with paths relative to ``/auxilia/<service>/v1``."""
    raw = get_openapi(
        title=api.title,
        version=api.version,
        description=api.description or None,
        routes=api.routes,
        tags=tags,
        separate_input_output_schemas=False,
    )
    roles = {context.unique_id: role_check(context.original_route) for context in _api_routes(api)}
    names = {name: component_name(name) for name in raw.get("components", {}).get("schemas", {})}
    schemas = {
        names[name]: _schema(schema, names)
        for name, schema in raw.get("components", {}).get("schemas", {}).items()
        if name not in {"HTTPValidationError", "ValidationError"}
    }
    paths = {}
    for path, operations in raw.get("paths", {}).items():
        paths[_wire_path(path)] = {
            method: _operation(operation, names, roles.get(operation["operationId"]))
            for method, operation in operations.items()
            if method in _METHODS
        }
    return {
        "openapi": "3.0.3",
        "info": raw["info"],
        "servers": [{"url": f"/auxilia/{service}/v1"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas, **_PROBLEM_SCHEMAS}.items())),
            "securitySchemes": {
                "AccessToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "Token of the issuer, asked for with a signed assertion (RFC 7523).",
                }
            },
        },
    }


def component_name(name: str) -> str:
    """Return a component's name in UpperCamelCase, generics joined: ``Page[Task]`` becomes ``PageTask``."""
    parts = re.split(r"[^A-Za-z0-9]+", name.replace("-Input", "").replace("-Output", ""))
    return "".join(part[:1].upper() + part[1:] for part in parts if part)


def _api_routes(api: FastAPI) -> list[Any]:
    return [context for context in iter_route_contexts(api.routes) if isinstance(context.original_route, APIRoute)]


def _wire_path(path: str) -> str:
    relative = path.removeprefix("/v1") or "/"
    return re.sub(r"{([A-Za-z0-9_]+)(:[a-z]+)?}", lambda found: "{" + to_camel(found.group(1)) + "}", relative)


def _operation(operation: Mapping[str, Any], names: Mapping[str, str], roles: Any) -> dict[str, Any]:
    result = {key: value for key, value in operation.items() if key not in {"parameters", "requestBody", "responses"}}
    result["tags"] = operation.get("tags", [])[:1]
    parameters = [_parameter(parameter, names) for parameter in operation.get("parameters", [])]
    if parameters:
        result["parameters"] = parameters
    if "requestBody" in operation:
        body = dict(operation["requestBody"])
        result["requestBody"] = {
            "required": body.get("required", True),
            "content": _content(body.get("content", {}), names),
        }
    result["responses"] = _responses(operation.get("responses", {}), names)
    if roles is not None:
        result["security"] = [{"AccessToken": []}]
        if roles.roles:
            result["description"] = _with_roles(operation.get("description", ""), roles.roles)
    return result


def _with_roles(description: str, roles: tuple[str, ...]) -> str:
    return f"{description}\n\nRoles: {', '.join(roles)}.".strip()


def _parameter(parameter: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    result = {key: value for key, value in parameter.items() if key not in {"schema", "examples"}}
    if result["in"] == "path":
        result["name"] = to_camel(result["name"])
    result["schema"] = _schema(parameter.get("schema", {}), names)
    if result["schema"].get("type") == "array":
        result["explode"] = True
    return result


def _responses(responses: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for status, response in responses.items():
        if status == "422":
            continue
        content: Mapping[str, Any] = response.get("content", {})
        described: dict[str, Any] = {"description": response.get("description", ""), "headers": _TRACE_HEADER}
        if content and status != "204":
            described["content"] = _content(content, names)
        result[status] = described
    result["default"] = _PROBLEM_RESPONSE
    return result


def _content(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    result = {
        media_type: {key: _schema(value, names) if key == "schema" else value for key, value in described.items()}
        for media_type, described in content.items()
        if described.get("schema") != {} or media_type != "application/json"
    }
    for described in result.values():
        if isinstance(described.get("schema"), dict) and described["schema"].get("type") == "object":
            described["schema"] = {"title": "Content", **described["schema"]}
    return result


def _schema(schema: Any, names: Mapping[str, str]) -> Any:
    """Rewrite a JSON schema of OpenAPI 3.1 into one of 3.0 that says the same about what is sent."""
    if isinstance(schema, list):
        return [_schema(part, names) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        reference = _reference(schema["$ref"], names)
        described = {key: value for key, value in schema.items() if key in {"description", "default"}}
        return {"allOf": [reference], **described} if described else reference
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return _union(schema, union, names)
    result = {key: value for key, value in schema.items() if key not in _DROPPED}
    _downgrade(schema, result)
    for key in ("items", "not", "additionalProperties"):
        if isinstance(result.get(key), Mapping):
            result[key] = _schema(result[key], names)
    if isinstance(schema.get("properties"), Mapping):
        result["properties"] = {name: _property(name, value, names) for name, value in schema["properties"].items()}
    if "allOf" in result:
        result["allOf"] = _schema(result["allOf"], names)
    return result


def _property(name: str, schema: Any, names: Mapping[str, str]) -> Any:
    """Rewrite the schema of a property; an object that has no component of its own gets a title."""
    result = _schema(schema, names)
    if isinstance(result, dict) and result.get("type") == "object":
        result["title"] = component_name(name)
    return result


def _union(schema: Mapping[str, Any], union: str, names: Mapping[str, str]) -> dict[str, Any]:
    """A choice with null is a value that may be absent: what remains is the value itself."""
    choices = [choice for choice in schema[union] if choice.get("type") != "null"]
    if any(choice.get("type") == "string" for choice in choices):
        # Exact decimals are written as text; that a number is understood too is nothing to build upon.
        choices = [choice for choice in choices if choice.get("type") not in {"number", "integer"}]
        if _is_decimal(schema[union]):
            choices = [{"type": "string", "pattern": DECIMAL_PATTERN}]
    rest = {key: value for key, value in schema.items() if key not in {union, *_DROPPED}}
    if rest.get("default", 0) is None:
        del rest["default"]
    if len(choices) == 1:
        only = _schema(choices[0], names)
        if "$ref" in only:
            return {"allOf": [only], **rest} if rest else only
        return {**only, **rest}
    return {union: [_schema(choice, names) for choice in choices], **rest}


def _is_decimal(choices: Iterable[Mapping[str, Any]]) -> bool:
    return {"number", "string"} <= {str(choice.get("type")) for choice in choices}


def _reference(reference: str, names: Mapping[str, str]) -> dict[str, str]:
    name = reference.rsplit("/", 1)[-1]
    return {"$ref": f"#/components/schemas/{names.get(name, name)}"}


def _downgrade(schema: Mapping[str, Any], result: dict[str, Any]) -> None:
    """Apply what 3.0 writes differently: one example, constants, exclusive bounds, tuples, binary content."""
    if schema.get("examples"):
        result["example"] = schema["examples"][0]
    if "const" in result:
        result["enum"] = [result.pop("const")]
    for bound in ("Minimum", "Maximum"):
        exclusive = f"exclusive{bound}"
        if exclusive in result and not isinstance(result[exclusive], bool):
            result[bound.lower()] = result[exclusive]
            result[exclusive] = True
    if "prefixItems" in result:
        parts = result.pop("prefixItems")
        result["items"] = parts[0] if parts else {}
    if schema.get("contentMediaType") == "application/octet-stream":
        result["format"] = "binary"
    if result.get("default", 0) is None:
        del result["default"]
