"""Search attributes of every workflow. They are stored in clear: opaque ids, names and dates only."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

#: The dossier a procedure is about.
DOSSIER: Final = SearchAttributeKey.for_keyword("AuxiliaDossier")
#: The procedure, which is the name of the workflow.
PROCEDURE: Final = SearchAttributeKey.for_keyword("AuxiliaProcedure")
#: The business moment at which an open procedure wakes up by itself.
NEXT_DATE: Final = SearchAttributeKey.for_datetime("AuxiliaNextDate")

_TYPES: Final = {
    DOSSIER.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    PROCEDURE.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    NEXT_DATE.name: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


def search_attributes(
    *, procedure: str, dossier: UUID | None = None, next_date: datetime | None = None
) -> TypedSearchAttributes:
    """Return the attributes a procedure starts with."""
    pairs: list[SearchAttributePair[str] | SearchAttributePair[datetime]] = [SearchAttributePair(PROCEDURE, procedure)]
    if dossier is not None:
        pairs.append(SearchAttributePair(DOSSIER, str(dossier)))
    if next_date is not None:
        pairs.append(SearchAttributePair(NEXT_DATE, next_date))
    return TypedSearchAttributes(pairs)


async def register_search_attributes(client: Client, *, timeout_seconds: float = 30.0) -> None:
    """Make the server know the attributes and wait until it does; safe to call again.

    Raises:
        TimeoutError: the server does not list them in time.
    """
    async with asyncio.timeout(timeout_seconds):
        while True:
            missing = await _missing_attributes(client)
            if not missing:
                return
            try:
                await client.operator_service.add_search_attributes(
                    AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
                )
            except RPCError as error:
                if error.status not in {RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.NOT_FOUND}:
                    raise
            await asyncio.sleep(0.3)


async def _missing_attributes(client: Client) -> dict[str, IndexedValueType.ValueType]:
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return {name: kind for name, kind in _TYPES.items() if name not in known.custom_attributes}
