"""The services as one member of staff sees them: every call bears the person's own token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import httpx
from opentelemetry import propagate

from shared.platform.context import AnyContext

SERVICES: Final = ("affiliation", "billing", "recovery", "benefits")
_TIMEOUT: Final = httpx.Timeout(connect=2.0, read=15.0, write=15.0, pool=5.0)


class Refused(Exception):
    """A service refused what the person asked; its words are fit for the page."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Staff:
    """Calls the services on behalf of whoever is signed in."""

    def __init__(self, context: AnyContext, http: httpx.AsyncClient, token: str) -> None:
        """Keep the person's token for the calls of one page.

        Args:
            context: where the services are.
            http: connections shared by all pages.
            token: the person's own access token.
        """
        platform = context.platform
        self._urls = {
            "affiliation": platform.affiliation_url,
            "billing": platform.billing_url,
            "recovery": platform.recovery_url,
            "benefits": platform.benefits_url,
        }
        self._http = http
        self._token = token

    async def get(self, service: str, path: str, **query: str) -> dict[str, Any]:
        """Return what a GET answers; raises Refused with the service's own words."""
        return await self._json("GET", service, path, params=query)

    async def post(self, service: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a POST answers; raises Refused with the service's own words."""
        return await self._json("POST", service, path, json=dict(body))

    async def content(self, service: str, path: str) -> tuple[bytes, str]:
        """Return a document and its media type."""
        response = await self._send("GET", service, path)
        return response.content, response.headers.get("content-type", "application/octet-stream")

    async def items(self, service: str, path: str, **query: str) -> list[dict[str, Any]]:
        """Return the items of a list the person may see, and nothing of one the person may not."""
        try:
            return cast("list[dict[str, Any]]", (await self.get(service, path, **query))["items"])
        except Refused as refusal:
            if refusal.status in {403, 404}:
                return []
            raise

    async def _json(self, method: str, service: str, path: str, **arguments: Any) -> dict[str, Any]:
        response = await self._send(method, service, path, **arguments)
        return cast("dict[str, Any]", response.json()) if response.content else {}

    async def _send(self, method: str, service: str, path: str, **arguments: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        propagate.inject(headers)
        try:
            response = await self._http.request(
                method, f"{self._urls[service]}{path}", headers=headers, timeout=_TIMEOUT, **arguments
            )
        except httpx.HTTPError as error:
            raise Refused(503, f"{service}: {type(error).__name__}") from error
        if response.is_success:
            return response
        raise Refused(response.status_code, _words_of(response))


def _words_of(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return f"status {response.status_code}"
    issues = [f"{issue.get('name', '')}: {issue.get('detail', '')}" for issue in problem.get("issues", [])]
    return "; ".join([str(problem.get("detail") or problem.get("title") or ""), *issues]).strip("; ")
