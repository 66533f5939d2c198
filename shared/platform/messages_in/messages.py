"""Reading a Kafka message ourselves, from its raw bytes: either a fact with its envelope, or why it can't be read.

Reasons name fields and rules, never values: a malformed message may hold anything.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

import psycopg
from pydantic import ValidationError

from shared.contracts.envelope import Contract, Envelope, Fact, FactPage, PageItem
from shared.contracts.topics import FactClass, family_of, topic_named

PAGE_KEY: Final = "page"
#: Numbers are kept as PostgreSQL's bigint.
_SEQUENCE_MAX: Final = 2**63 - 1

Kind = Literal["poison", "unknownVersion", "failed", "parked", "gap", "stale"]


class Malformed(ValueError):
    """A message breaks a rule; the text names the field and the rule, never a value."""


class _PageOutline(Contract):
    """What can be read of any page, also of a type this consumer does not know."""

    items: tuple[PageItem, ...]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A message as Kafka delivered it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    body: bytes | None

    @property
    def producer(self) -> str:
        """The service that owns the topic."""
        return topic_named(self.topic).producer


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A message that was read. ``content`` is None when this consumer does not care for its type."""

    record: Record
    envelope: Envelope
    content: Fact | FactPage | None
    items: tuple[tuple[UUID, int | None], ...]

    @property
    def is_page(self) -> bool:
        """True for a page of bulk facts."""
        return self.envelope.key == PAGE_KEY


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A message that can't be handled, whoever tries: kept with its bytes."""

    record: Record
    kind: Kind
    reason: str
    dossier: UUID | None
    envelope: Envelope | None


def read(record: Record, handled: Mapping[str, FactClass]) -> Incoming | Unreadable:
    """Read a message.

    Args:
        record: the raw message.
        handled: the classes of facts this consumer handles, by type.
    """
    dossier = _dossier_of(record.key)
    envelope: Envelope | None = None
    try:
        envelope = _read_envelope(record)
        if envelope.type not in handled and family_of(envelope.type) in _families(handled):
            reason = f"ce_type: {envelope.type} is a version this consumer does not know"
            return Unreadable(record=record, kind="unknownVersion", reason=reason, dossier=dossier, envelope=envelope)
        return _read_content(record, envelope, handled.get(envelope.type))
    except (ValidationError, ValueError) as error:
        return Unreadable(record=record, kind="poison", reason=explain(error), dossier=dossier, envelope=envelope)


def explain(error: Exception) -> str:
    """Return what is wrong with a message, without any of its values."""
    if isinstance(error, ValidationError):
        parts = [f"{'.'.join(str(part) for part in at['loc']) or 'body'}: {at['type']}" for at in error.errors()]
        return "; ".join(parts)[:2000]
    if isinstance(error, Malformed):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        return "headers: not UTF-8"
    return type(error).__name__


def explain_failure(error: BaseException) -> str:
    """Return what went wrong while a fact was handled: kind of error and place, no values, no texts of others."""
    parts = [type(error).__name__]
    if isinstance(error, psycopg.Error):
        parts.extend(part for part in (error.sqlstate, error.diag.constraint_name) if part)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/services/" in frame.filename or "/shared/" in frame.filename]
    if own:
        parts.append(f"in {Path(own[-1].filename).stem}.{own[-1].name} line {own[-1].lineno}")
    return " ".join(parts)


def _read_envelope(record: Record) -> Envelope:
    if record.key is None:
        raise Malformed("key: absent")
    headers = {name: value.decode() for name, value in record.headers}
    if any("\x00" in text for pair in headers.items() for text in pair):
        # PostgreSQL keeps no text with this character, so nothing of such an envelope could be written down.
        raise Malformed("headers: hold a NUL character")
    try:
        envelope = Envelope.from_headers(headers, record.key.decode())
    except ValidationError:
        raise
    except ValueError as error:
        raise Malformed(str(error)) from error  # names a header and its rule, no value
    if (envelope.sequence or 0) > _SEQUENCE_MAX:
        raise Malformed("ce_sequence: larger than a number can be")
    if envelope.source != f"urn:auxilia:{record.producer}":
        raise Malformed(f"ce_source: must be urn:auxilia:{record.producer} on {record.topic}")
    return envelope


def _read_content(record: Record, envelope: Envelope, handled_class: FactClass | None) -> Incoming:
    if record.body is None:
        raise Malformed("body: absent")
    content = None if handled_class is None else handled_class.model_validate_json(record.body)
    items: tuple[tuple[UUID, int | None], ...]
    if envelope.key == PAGE_KEY:
        if isinstance(content, Fact):
            raise Malformed("key: a fact of one dossier came as a page")
        if content is not None and content.partition != record.partition:
            raise Malformed("partition: differs from the partition the page came on")
        outline = content or _PageOutline.model_validate_json(record.body)
        items = tuple((item.dossier, item.sequence) for item in outline.items)
        if any((sequence or 0) > _SEQUENCE_MAX for _, sequence in items):
            raise Malformed("sequence: larger than a number can be")
    else:
        dossier = _dossier_of(record.key)
        if dossier is None:
            raise Malformed("key: is no dossier")
        if isinstance(content, FactPage) or (content is not None and content.dossier != dossier):
            raise Malformed("key: differs from the dossier in the body")
        items = ((dossier, envelope.sequence),)
    return Incoming(record=record, envelope=envelope, content=content, items=items)


def _families(handled: Mapping[str, Any]) -> Collection[str]:
    return {family_of(name) for name in handled}


def _dossier_of(key: bytes | None) -> UUID | None:
    try:
        return UUID((key or b"").decode())
    except ValueError:
        return None
