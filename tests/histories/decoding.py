"""Histories in clear: decoded for tests, written down as golden files of synthetic people."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.converter import WorkflowSerializationContext

FOLDER = Path(__file__).parent
#: Set to write the histories of the scripted scenarios down again; without it tests only read them.
RECORD_VARIABLE = "AUXILIA_RECORD_HISTORIES"


async def decoded_history(client: Client, handle: WorkflowHandle[Any, Any]) -> WorkflowHistory:
    """Return the history of a procedure with every payload in clear."""
    history = await handle.fetch_history()
    context = WorkflowSerializationContext(namespace=client.namespace, workflow_id=handle.id)
    codec = client.data_converter.with_context(context).payload_codec
    if codec is None:
        return history
    for event in history.events:
        for payload in payloads_of(event):
            if payload.metadata.get("encoding") == b"binary/encrypted":
                [clear] = await codec.decode([payload])
                payload.CopyFrom(clear)
    return history


async def record_if_asked(client: Client, handle: WorkflowHandle[Any, Any], *, name: str) -> None:
    """Write a history down as a golden file when the environment asks for it."""
    if os.environ.get(RECORD_VARIABLE):
        path = FOLDER / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((await decoded_history(client, handle)).to_json() + "\n", encoding="utf-8")


def told_in(path: Path) -> bytes:
    """Return what the payloads of a golden file tell, in clear: in the file itself they are base64."""
    history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
    return b"\n".join(payload.data for event in history.events for payload in payloads_of(event))


def payloads_of(message: Message) -> Iterator[Payload]:
    """Give every payload inside a message, wherever it is."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            children = [child for child in value.values() if isinstance(child, Message)]
        else:
            children = list(value) if field.is_repeated else [value]
        for child in children:
            yield from payloads_of(child)
