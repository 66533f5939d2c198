"""The local issuer of tokens: OAuth 2 client credentials with a signed assertion (RFC 7523), no passwords.

For development, tests and demonstrations only. Clients are public keys in a folder, one JWK per client with its
roles; new files are seen without a restart. A token of a machine lasts a few minutes, one of a person a working day:
machines ask for a new one by themselves.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.platform.calls.auth import ALGORITHMS, ASSERTION_TYPE, LEEWAY_SECONDS, Role, issue_token

_ASSERTION_SECONDS_MAX: Final = 300
_FORM_BYTES_MAX: Final = 16 * 1024
_CLIENT: Final = re.compile(r"^[a-z][a-z0-9-]{0,63}$")
#: Roles of clients that ask for a new token by themselves.
_MACHINES: Final = frozenset({Role.SERVICE.value, Role.PARTNER.value})


class ClientRefused(Exception):
    """The client is not known or its assertion is not good."""


class Issuer:
    """Signs tokens for clients that prove who they are."""

    def __init__(
        self,
        *,
        issuer_url: str,
        key: OKPKey,
        clients_folder: Path,
        token_lifetime_seconds: int,
        person_token_lifetime_seconds: int | None = None,
    ) -> None:
        """Keep what is needed.

        Args:
            issuer_url: the ``iss`` of tokens, also the address clients ask.
            key: the issuer's private key.
            clients_folder: one public JWK per client, ``<client>.json``, with a member ``roles``.
            token_lifetime_seconds: how long a token is good.
            person_token_lifetime_seconds: how long one of a person is, when that differs.
        """
        self.issuer_url = issuer_url.rstrip("/")
        self._machine_seconds = token_lifetime_seconds
        self._person_seconds = person_token_lifetime_seconds or token_lifetime_seconds
        self._key = key
        self._clients_folder = clients_folder
        self._seen: dict[str, float] = {}

    def public_keys(self) -> dict[str, Any]:
        """Return the key set receivers check tokens with."""
        key = {**self._key.as_dict(private=False), "kid": self._key.kid, "use": "sig", "alg": ALGORITHMS[0]}
        return {"keys": [key]}

    def token_for(self, assertion: str) -> tuple[str, int]:
        """Return a token, and the seconds it is good, for the client that signed an assertion.

        Raises:
            ClientRefused: the client is unknown, or the assertion is forged, old, for somebody else or used before.
        """
        try:
            client_id = str(json.loads(jws.extract_compact(assertion.encode()).payload)["sub"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ClientRefused from error
        client = self._client(client_id)
        public_key = OKPKey.import_key({name: value for name, value in client.items() if name != "roles"})
        claims = self._checked(assertion, client_id, public_key)
        self._refuse_second_use(f"{client_id}|{claims['jti']}", float(claims["exp"]))
        roles = list(client["roles"])
        lifetime = self._machine_seconds if _MACHINES.intersection(roles) else self._person_seconds
        token = issue_token(
            issuer_url=self.issuer_url, key=self._key, subject=client_id, roles=roles, lifetime_seconds=lifetime
        )
        return token, lifetime

    def _client(self, client_id: str) -> Mapping[str, Any]:
        if not _CLIENT.match(client_id):
            raise ClientRefused
        try:
            client = json.loads((self._clients_folder / f"{client_id}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ClientRefused from error
        if not isinstance(client, dict) or not client.get("roles"):
            raise ClientRefused
        return client

    def _checked(self, assertion: str, client_id: str, key: OKPKey) -> Mapping[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": client_id},
            sub={"essential": True, "value": client_id},
            aud={"essential": True, "value": f"{self.issuer_url}/oauth/token"},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            claims = jwt.decode(assertion, key, registry=jws.JWSRegistry(algorithms=list(ALGORITHMS))).claims
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise ClientRefused from error
        if float(claims["exp"]) > time.time() + _ASSERTION_SECONDS_MAX:
            raise ClientRefused
        return claims

    def _refuse_second_use(self, use: str, expires_at: float) -> None:
        now = time.time()
        self._seen = {seen: until for seen, until in self._seen.items() if until + LEEWAY_SECONDS > now}
        if use in self._seen:
            raise ClientRefused
        self._seen[use] = expires_at


def issuer_application(issuer: Issuer) -> Starlette:
    """Return the issuer's own small application; anybody may call it, that is what it is for."""

    async def keys(_request: Request) -> Response:
        return JSONResponse(issuer.public_keys(), headers={"Cache-Control": "max-age=60"})

    async def metadata(_request: Request) -> Response:
        return JSONResponse(
            {
                "issuer": issuer.issuer_url,
                "token_endpoint": f"{issuer.issuer_url}/oauth/token",
                "jwks_uri": f"{issuer.issuer_url}/.well-known/jwks.json",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            }
        )

    async def token(request: Request) -> Response:
        form = await _form(request)
        if form.get("grant_type") != "client_credentials":
            return _oauth_error("unsupported_grant_type", 400)
        if form.get("client_assertion_type") != ASSERTION_TYPE or not form.get("client_assertion"):
            return _oauth_error("invalid_request", 400)
        try:
            access_token, lifetime = issuer.token_for(form["client_assertion"])
        except ClientRefused:
            return _oauth_error("invalid_client", 401)
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": lifetime}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/.well-known/jwks.json", keys),
            Route("/.well-known/oauth-authorization-server", metadata),
            Route("/oauth/token", token, methods=["POST"]),
        ]
    )


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a short form; one that is too long, or repeats a field, has none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES_MAX:
            return {}
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


def _oauth_error(error: str, status: int) -> JSONResponse:
    return JSONResponse({"error": error}, status, headers={"Cache-Control": "no-store"})
