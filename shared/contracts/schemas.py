"""JSON schemas of the facts, and which change of a schema would break who reads it.

Within one major version a contract only grows: a new field is optional, an enumeration may get more values (readers
are deployed first). Everything else is a new version on a new topic.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from shared.contracts.topics import FactClass, fact_classes

FOLDER: Final = Path(__file__).with_name("schemas")

#: What may change without anybody noticing.
_WORDS: Final = frozenset({"title", "description", "examples", "$schema", "$id", "default"})


def schema_of(fact: FactClass) -> dict[str, Any]:
    """Return the JSON schema of the body of one type of fact, as its producer writes it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:auxilia:contract:{fact.type}",
        **fact.model_json_schema(mode="serialization"),
    }


def shared_schemas(classes: Mapping[str, FactClass], *, reference: str) -> dict[str, Any]:
    """Return the schemas of several facts and all they use, by class name, referring to each other.

    Args:
        classes: the facts, by type.
        reference: how one schema refers to another, with ``{model}`` for its name.
    """
    models = [(fact, "serialization") for fact in classes.values()]
    _, found = models_json_schema(models, ref_template=reference)  # type: ignore[arg-type]  # a mode is a literal
    definitions: dict[str, Any] = found["$defs"]
    return definitions


def file_of(fact_type: str) -> Path:
    """Return where the schema of a type is kept."""
    return FOLDER / f"{fact_type}.schema.json"


def text_of(schema: Mapping[str, Any]) -> str:
    """Return the text of a schema as it is kept."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def expected_files() -> dict[Path, str]:
    """Return every file of schemas as it must be."""
    return {file_of(fact_type): text_of(schema_of(fact)) for fact_type, fact in sorted(fact_classes().items())}


def breaking_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return what would break readers, each as ``field: what happened``; empty when the contract only grew.

    Args:
        old: the schema readers know.
        new: the schema that would replace it.
    """
    return list(_differences(_resolved(old, old), _resolved(new, new), "body"))


def _differences(old: Any, new: Any, at: str) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield f"{at}: was {json.dumps(old)}, is {json.dumps(new)}"
        return
    if "properties" in old and "properties" in new:
        yield from _object_differences(old, new, at)
    if "enum" in old and "enum" in new:
        yield from (f"{at}: value {value!r} was removed" for value in old["enum"] if value not in new["enum"])
    handled = _WORDS | {"properties", "required", "enum"}
    for name in sorted((old.keys() | new.keys()) - handled):
        if name not in old:
            yield f"{at}: {name} was added"
        elif name not in new:
            yield f"{at}: {name} was removed"
        else:
            yield from _differences(old[name], new[name], at if name == "items" else f"{at} {name}")
    if ("enum" in old) != ("enum" in new):
        yield f"{at}: became {'closed' if 'enum' in new else 'open'}"


def _object_differences(old: dict[str, Any], new: dict[str, Any], at: str) -> Iterator[str]:
    before, after = old["properties"], new["properties"]
    was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        field = f"{at}.{name}"
        if name not in after:
            yield f"{field}: was removed or renamed"
            continue
        if (name in was_required) != (name in is_required):
            yield f"{field}: became {'required' if name in is_required else 'optional'}"
        yield from _differences(before[name], after[name], field)
    for name in after:
        if name not in before and name in is_required:
            yield f"{at}.{name}: is new and required"


def _resolved(node: Any, root: Mapping[str, Any]) -> Any:
    """Return a schema with every reference replaced by what it refers to; words beside a reference are dropped."""
    if isinstance(node, list):
        return [_resolved(item, root) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        name = str(node["$ref"]).rpartition("/")[2]
        return _resolved(root["$defs"][name], root)
    return {name: _resolved(value, root) for name, value in node.items() if name != "$defs"}
