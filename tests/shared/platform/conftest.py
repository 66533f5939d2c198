"""Fixtures for the platform's tests: topics of their own on the shared Kafka."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from shared.contracts.topics import topics
from shared.platform.messages_in.kafka_admin import admin_client, ensure_topics


@pytest.fixture(scope="module")
async def kafka_prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    """Give a prefix under which all topics exist, empty, for this module alone."""
    prefix = f"test-{uuid.uuid4().hex[:8]}."
    await ensure_topics(kafka_bootstrap, prefix=prefix)
    yield prefix
    async with admin_client(kafka_bootstrap) as client:
        await client.delete_topics([prefix + topic.name for topic in topics()])
