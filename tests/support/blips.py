"""A partner that is being restarted: nobody answers for a few calls, then it is back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

import httpx

from shared.platform.calls.service_client import ServiceClient

#: As many calls as a partner gets that says that it is closed: silence must get more.
BLIP_CALLS: Final = 3


@contextmanager
def silent_at_first(client: ServiceClient, *, path: str, calls: int = BLIP_CALLS) -> Iterator[None]:
    """Let nobody answer the first calls of a client to an address; at the end there must have been so many."""
    usual, unheard = client._http.request, 0

    async def request(method: str, url: str, **more: Any) -> httpx.Response:
        nonlocal unheard
        if url == path and unheard < calls:
            unheard += 1
            raise httpx.ConnectError("nobody listens")
        return await usual(method, url, **more)

    with patch.object(client._http, "request", request):
        yield
    assert unheard == calls
