"""The envelope every fact travels in: CloudEvents 1.0 in Kafka headers, a JSON object as body.

Source: CloudEvents 1.0 Kafka protocol binding (binary mode) and the Belgif event guidelines.
A header never carries personal data: a dossier is an opaque UUIDv7.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

#: Namespace of every event id that is derived from a business key.
EVENT_NAMESPACE = UUID("6f1c2a52-5c0e-5b1e-9d3f-0a4b7c2d9e11")


class Contract(BaseModel):
    """A frozen piece of a contract; JSON names are lowerCamelCase, unknown names are ignored when read."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)

    def to_json(self) -> bytes:
        """Return the canonical JSON body (camelCase, absent instead of null)."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class Fact(Contract):
    """Something that happened to one dossier, told in the past tense.

    Subclasses set ``type`` to ``<service>.<what-happened>.v<major>`` and define ``business_key``, so that
    telling the same fact twice gives the same event id.
    """

    type: ClassVar[str]

    dossier: UUID = Field(description="The dossier the fact is about; also its key on Kafka.")
    occurred_on: date = Field(description="Civil date in Europe/Brussels on which it happened.")

    @abstractmethod
    def business_key(self) -> str:
        """Return what makes this fact unique among the facts of its type."""

    def event_id(self) -> UUID:
        """Return the id that is the same each time the same fact is told (uuid5 of type and business key)."""
        return uuid5(EVENT_NAMESPACE, f"{self.type}|{self.business_key()}")


class PageItem(Contract):
    """What a page tells about one dossier; counts as one fact in the order of that dossier."""

    dossier: UUID
    sequence: int = Field(ge=1, description="Gap-free per dossier and producer, in one row with its single facts.")


class FactPage(Contract):
    """A bulk fact: many dossiers of one Kafka partition in one message, so that order per dossier holds.

    A consumer that has to hold back some dossiers of a page handles the others first: a handler may be given a part
    of a page, and the rest later.
    """

    type: ClassVar[str]

    partition: int = Field(ge=0, description="The partition all dossiers of the page belong to.")
    occurred_on: date
    items: tuple[PageItem, ...]

    @abstractmethod
    def business_key(self) -> str:
        """Return what makes this page unique among the pages of its type."""

    def dossiers(self) -> tuple[UUID, ...]:
        """Return the dossiers the page speaks of, in the order of its items."""
        return tuple(item.dossier for item in self.items)

    def restricted_to(self, dossiers: Collection[UUID]) -> Self:
        """Return the same page with only the items of these dossiers."""
        return self.model_copy(update={"items": tuple(item for item in self.items if item.dossier in dossiers)})

    def event_id(self) -> UUID:
        """Return the id that is the same each time the same page is told."""
        return uuid5(EVENT_NAMESPACE, f"{self.type}|{self.business_key()}")


class Envelope(Contract):
    """The CloudEvents context attributes of one message, with the extensions of this project."""

    event_id: UUID
    type: str
    source: str = Field(description="urn:auxilia:<service>")
    occurred_at: datetime
    key: str = Field(description="The dossier, or 'page' for a page of a partition.")
    sequence: int | None = Field(default=None, ge=1, description="Gap-free per dossier and producer; absent on pages.")
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the Kafka headers of the binary content mode."""
        values: dict[str, str | None] = {
            "ce_specversion": "1.0",
            "ce_id": str(self.event_id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_time": self.occurred_at.isoformat(),
            "ce_sequence": None if self.sequence is None else str(self.sequence),
            "ce_correlationid": str(self.correlation_id),
            "ce_causationid": None if self.causation_id is None else str(self.causation_id),
            "traceparent": self.traceparent,
            "content-type": "application/json",
        }
        return [(name, value.encode()) for name, value in values.items() if value is not None]

    @classmethod
    def from_headers(cls, headers: dict[str, str], key: str) -> Envelope:
        """Read an envelope back from decoded Kafka headers.

        Raises:
            ValueError: a required attribute is absent or the specversion is not 1.0.
            pydantic.ValidationError: an attribute is present but malformed.
        """
        if headers.get("ce_specversion") != "1.0":
            raise ValueError("ce_specversion: must be 1.0")
        for name in ("ce_id", "ce_type", "ce_source", "ce_time", "ce_correlationid"):
            if name not in headers:
                raise ValueError(f"{name}: required CloudEvents attribute is absent")
        values: dict[str, Any] = {
            "event_id": headers["ce_id"],
            "type": headers["ce_type"],
            "source": headers["ce_source"],
            "occurred_at": headers["ce_time"],
            "key": key,
            "sequence": headers.get("ce_sequence"),
            "correlation_id": headers["ce_correlationid"],
            "causation_id": headers.get("ce_causationid"),
            "traceparent": headers.get("traceparent"),
        }
        return cls.model_validate(values)
