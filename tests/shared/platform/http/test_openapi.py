"""The document of an API says what its service really does, in the words of the Belgif guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings

from shared.platform.http import finish_api
from shared.platform.http.openapi import component_name, openapi_document
from shared.platform.http.standard import standard_router
from tests.shared.platform.api_world import FakeContext, bearer, create_world

TAGS = [{"name": name, "description": name} for name in ("Orders", "Operations", "Work", "Evidence")]


@pytest.fixture(scope="module")
def api() -> FastAPI:
    built = create_world()
    built.include_router(standard_router(FakeContext()))
    return finish_api(built)


@pytest.fixture(scope="module")
def document(api: FastAPI) -> dict[str, Any]:
    return openapi_document(api, service="billing", tags=TAGS)


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its path and method."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_paths_and_server_follow_the_guide(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.0.3"
    assert document["servers"] == [{"url": "/auxilia/billing/v1"}]
    for path in document["paths"]:
        assert re.fullmatch(r"(/([a-z][A-Za-z0-9]*|\{[a-z][A-Za-z0-9]*\}))+", path), path


def test_every_operation_is_named_tagged_and_may_fail(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for path, method, operation in operations(document):
        assert re.fullmatch(r"[a-z][A-Za-z0-9]*", operation["operationId"])
        assert operation["summary"]
        assert operation["tags"][0] in {tag["name"] for tag in TAGS}
        assert "422" not in operation["responses"]
        problem = operation["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}, (path, method)


def test_roles_are_told(document: dict[str, Any]) -> None:
    operation = document["paths"]["/approvals/{approvalId}/decide"]["post"]
    assert operation["security"] == [{"AccessToken": []}]
    people = "affiliationAgent, collectionsAgent, benefitsAgent, finance, teamLead, operator"
    assert operation["description"].endswith(f"Roles: {people}.")
    assert "security" not in document["paths"]["/health"]["get"]


def test_health_is_documented_as_up_and_down(document: dict[str, Any]) -> None:
    responses = document["paths"]["/health"]["get"]["responses"]
    for status in ("200", "503"):
        assert responses[status]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Health"}


def test_nothing_of_openapi_3_1_is_left(document: dict[str, Any]) -> None:
    for part in parts(document):
        assert part.get("type") != "null"
        assert not isinstance(part.get("exclusiveMinimum"), int | float) or isinstance(part["exclusiveMinimum"], bool)
        for forbidden in ("const", "prefixItems", "$defs", "contentMediaType", "nullable"):
            assert forbidden not in part, part
        if "$ref" in part:
            assert set(part) == {"$ref"}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for part in parts(document):
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/components/schemas/") in schemas


def test_components_and_properties_follow_the_guide(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"([A-Z][a-z0-9]*)+", name), name
        assert "title" not in schema
        for property_name in schema.get("properties", {}):
            assert re.fullmatch(r"[a-z][A-Za-z0-9]*", property_name), property_name
        assert set(schema.get("required", [])) <= set(schema.get("properties", {}))


def test_what_may_be_absent_is_not_required(document: dict[str, Any]) -> None:
    order = document["components"]["schemas"]["Order"]
    assert order["required"] == ["dossier", "wantedOn", "quarter"]
    assert order["properties"]["note"] == {"type": "string", "maxLength": 20}
    assert order["properties"]["rate"]["type"] == "string"
    assert order["additionalProperties"] is False


def test_parameters_are_named_as_on_the_wire(document: dict[str, Any]) -> None:
    parameters = {one["name"]: one for one in document["paths"]["/orders"]["get"]["parameters"]}
    assert set(parameters) == {"knownAt", "afterOrderId", "pageSize"}
    assert parameters["afterOrderId"]["schema"] == {"type": "string", "format": "uuid"}
    assert parameters["knownAt"]["required"] is True


@pytest.mark.parametrize(
    ("name", "component"),
    [("Order", "Order"), ("Page[Task]", "PageTask"), ("Order-Input", "Order"), ("my_thing", "MyThing")],
)
def test_component_names_are_upper_camel_case(name: str, component: str) -> None:
    assert component_name(name) == component


schema = schemathesis.openapi.from_asgi("/v1/doc/openapi.json", finish_api(create_world()))


@schema.exclude(path_regex="explode|away|files|check").parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_service_keeps_to_its_document(case: Any) -> None:
    """Whatever is sent, the answer is one of those the document promises, and what it forbids is refused."""
    headers = bearer("finance", "auditor", "service")
    case.call_and_validate(headers=headers)
