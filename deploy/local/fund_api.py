"""A patient HTTP window on one instance, for the demo, the conductor and the journeys.

Operators work with tokens of the local issuer. A service that was killed and is being restarted is waited for:
every call made through this window can safely be made twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import httpx

#: Returns a bearer token for an operator of the local issuer.
TokenFor = Callable[[str], Awaitable[str]]

#: Answers of a server that is starting, stopping or cut off from its database: worth asking again.
PASSING_STATUSES = frozenset({500, 502, 503, 504})

#: A bank statement of a million payments is booked while its sender waits.
_FILE_TIMEOUT: Final = httpx.Timeout(3600.0, connect=5.0)


class ProblemError(RuntimeError):
    """A service refused a call with a problem document (RFC 9457)."""

    def __init__(self, *, service: str, path: str, status: int, problem: Mapping[str, Any]) -> None:
        issues = "; ".join(
            f"{issue.get('name', '')}: {issue.get('detail') or issue.get('title', '')}"
            for issue in problem.get("issues", [])
        )
        detail = problem.get("detail") or problem.get("title") or "no detail"
        super().__init__(f"{service} {path}: {status} {detail}{f' ({issues})' if issues else ''}")
        self.status = status
        self.problem = problem


@dataclass
class FundApi:
    """Calls the services of one instance on behalf of named operators.

    Attributes:
        urls: base address per service name.
        token_for: gives the token of an operator.
        operator: who calls when no other operator is named.
        patience_seconds: how long a service that does not answer is waited for.
    """

    urls: Mapping[str, str]
    token_for: TokenFor
    operator: str
    patience_seconds: float = 90.0
    _client: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(timeout=httpx.Timeout(60.0, connect=5.0), follow_redirects=False)
    )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, service: str, path: str, *, operator: str | None = None, **params: str) -> dict[str, Any]:
        """Return the JSON object a GET answers."""
        return self._object(await self._call("GET", service, path, operator=operator, params=params))

    async def content(self, service: str, path: str, *, operator: str | None = None, **params: str) -> bytes:
        """Return the bytes a GET answers, for documents."""
        return (await self._call("GET", service, path, operator=operator, params=params)).content

    async def post(
        self, service: str, path: str, body: Mapping[str, Any], *, operator: str | None = None
    ) -> dict[str, Any]:
        """Return the JSON object a POST of a JSON object answers."""
        return self._object(await self._call("POST", service, path, operator=operator, json=dict(body)))

    async def put(
        self, service: str, path: str, body: Mapping[str, Any], *, operator: str | None = None
    ) -> dict[str, Any]:
        """Return the JSON object a PUT of a JSON object answers."""
        return self._object(await self._call("PUT", service, path, operator=operator, json=dict(body)))

    async def upload(
        self, service: str, path: str, content: bytes, *, media_type: str, operator: str | None = None, **params: str
    ) -> dict[str, Any]:
        """Return the JSON object a POST of a file answers."""
        response = await self._call(
            "POST",
            service,
            path,
            operator=operator,
            content=content,
            params=params,
            headers={"Content-Type": media_type},
            timeout=_FILE_TIMEOUT,
        )
        return self._object(response)

    async def _call(
        self,
        method: str,
        service: str,
        path: str,
        *,
        operator: str | None = None,
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        deadline = asyncio.get_running_loop().time() + self.patience_seconds
        pause_seconds = 0.1
        while True:
            try:
                token = await self.token_for(operator or self.operator)
                response = await self._client.request(
                    method,
                    f"{self.urls[service]}{path}",
                    headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                    **arguments,
                )
                if response.status_code not in PASSING_STATUSES:
                    return self._checked(response, service=service, path=path)
                error: Exception = ProblemError(
                    service=service, path=path, status=response.status_code, problem=self._problem(response)
                )
            except (httpx.TransportError, OSError) as transport_error:
                error = transport_error
            if asyncio.get_running_loop().time() > deadline:
                raise error
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2.0, pause_seconds * 2)

    def _checked(self, response: httpx.Response, *, service: str, path: str) -> httpx.Response:
        if response.is_success:
            return response
        raise ProblemError(service=service, path=path, status=response.status_code, problem=self._problem(response))

    @staticmethod
    def _problem(response: httpx.Response) -> dict[str, Any]:
        try:
            body = response.json()
        except ValueError:
            return {"detail": response.text[:200]}
        return body if isinstance(body, dict) else {}

    @staticmethod
    def _object(response: httpx.Response) -> dict[str, Any]:
        return cast("dict[str, Any]", response.json()) if response.content else {}
