"""Bases of what travels over HTTP: lowerCamelCase names, absent instead of null."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class ApiModel(BaseModel):
    """A JSON object of an API, in either direction.

    As the body of a request it is read strictly: unknown properties and wrong JSON types are refused. As an answer
    of another service it is read with ``service_client``, which ignores what it does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Health(ApiModel):
    """Whether the service can do its work."""

    status: Literal["UP", "DEGRADED", "DOWN"] = Field(
        json_schema_extra={"x-ignore-rules": {"cod-design": "The values of the guide's own health schema."}}
    )
