"""Which servers a process trusts: read once, for reading the list of authorities takes a tenth of a second."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return the authorities every HTTP client of this process trusts, for ``verify=``."""
    return httpx.create_ssl_context()
