"""The API describes itself as the Belgif rules want: one tag, problems, lowerCamelCase, the file as bytes."""

from __future__ import annotations

from typing import Any

from tests.affiliation.harness import Service


async def test_the_document_names_every_operation_once(service: Service) -> None:
    document: dict[str, Any] = (await service.http.get("/v1/doc/openapi.json")).json()
    assert document["openapi"] == "3.0.3"
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert len(operation["tags"]) == 1
        assert operation["tags"][0] in tags
        assert "default" in operation["responses"]
        for parameter in operation.get("parameters", []):
            assert "_" not in parameter["name"]
    body = document["paths"]["/imports"]["post"]["requestBody"]
    assert body["required"] is True
    assert body["content"]["text/csv"]["schema"]["format"] == "binary"
