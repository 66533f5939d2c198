"""Documents and files of a service, handed over as they are."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from services.console.rendering.service.rendering import SECURITY_HEADERS
from services.console.visits.service.visits import Visit

_KEPT_HEADERS: Final = ("content-disposition",)


async def download(visit: Visit, service: str, path: str, **query: str) -> Response:
    """Hand over bytes of a service as they are, to be saved and not shown."""
    content, headers = await visit.staff.content(service, path, **query)
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    disposition = {"content-disposition": "attachment", **kept}
    media_type = headers.get("content-type", "application/octet-stream")
    return Response(content, media_type=media_type, headers={**SECURITY_HEADERS, **disposition})
