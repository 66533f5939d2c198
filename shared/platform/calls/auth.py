"""Who is calling: signed tokens, checked by everyone, asked for with a signed assertion and never with a password.

Callers (services, operators, partners) own an Ed25519 key. They sign a short assertion with it (RFC 7523,
``private_key_jwt``) and the issuer answers with a token of a few minutes. Receivers check algorithm, signature, issuer,
audience and times against the issuer's published keys, which they keep while the issuer is away.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

import httpx
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.jws import JWSRegistry

from shared.platform.calls.trust import trusted

#: Audience of every token of this system.
AUDIENCE: Final = "auxilia"
#: The only signature algorithm that is accepted (RFC 9864 name of EdDSA on Ed25519).
ALGORITHMS: Final = ("Ed25519",)
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Clocks of two machines may differ by this much.
LEEWAY_SECONDS: Final = 10
_TIMEOUT: Final = httpx.Timeout(connect=2.0, read=5.0, write=5.0, pool=5.0)
#: A token is renewed when less than this is left of it.
_RENEW_BEFORE_SECONDS: Final = 60
#: Keys are asked for again at most this often, so that forged key ids can't make us flood the issuer.
_JWKS_MIN_AGE_SECONDS: Final = 10


class Role(StrEnum):
    """What a caller may do; people have one or more, machines exactly one."""

    AFFILIATION_AGENT = "affiliationAgent"
    COLLECTIONS_AGENT = "collectionsAgent"
    BENEFITS_AGENT = "benefitsAgent"
    FINANCE = "finance"
    TEAM_LEAD = "teamLead"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    SERVICE = "service"
    PARTNER = "partner"


@dataclass(frozen=True)
class Principal:
    """An authenticated caller."""

    subject: str
    roles: frozenset[str]

    def has_any(self, *roles: str) -> bool:
        """Return whether the caller has at least one of the roles."""
        return bool(self.roles.intersection(roles))


class AccessTokenMissing(Exception):
    """No bearer token was given."""


class AccessTokenInvalid(Exception):
    """The token is not one of ours; the reason is for our logs, not for the caller."""


class AccessTokenExpired(AccessTokenInvalid):
    """The token was ours and is too old."""


class IssuerUnavailable(RuntimeError):
    """The issuer does not answer and nothing usable is kept from before."""


class TokenSource(Protocol):
    """Gives the bearer token for calls to others."""

    async def token(self) -> str:
        """Return a token that is still valid for a while."""
        ...


def read_private_key(path: Path) -> OKPKey:
    """Read a private key (JWK with ``kid``) from a file."""
    return OKPKey.import_key(json.loads(path.read_text(encoding="utf-8")))


class IssuedTokens:
    """Tokens from the issuer, kept until shortly before they expire."""

    def __init__(self, *, issuer_url: str, client_id: str, key: OKPKey, http: httpx.AsyncClient | None = None) -> None:
        """Keep what is needed to ask.

        Args:
            issuer_url: base address of the issuer.
            client_id: the name the issuer knows the caller by.
            key: the caller's private key.
            http: a client to use instead of an own one (tests).
        """
        self._issuer_url = issuer_url.rstrip("/")
        self._client_id = client_id
        self._key = key
        self._http = http or httpx.AsyncClient(verify=trusted(), timeout=_TIMEOUT, follow_redirects=False)
        self._token = ""
        self._expires_at = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Return a valid token, asking for a new one when the kept one is nearly over.

        Raises:
            IssuerUnavailable: the issuer is away and the kept token expired.
        """
        async with self._lock:
            if time.time() < self._expires_at - _RENEW_BEFORE_SECONDS:
                return self._token
            try:
                await self._renew()
            except (httpx.HTTPError, KeyError, ValueError) as error:
                # An issuer that is away for a moment harms nobody as long as the kept token is good.
                if time.time() < self._expires_at - LEEWAY_SECONDS:
                    return self._token
                raise IssuerUnavailable(f"no token from {self._issuer_url}: {type(error).__name__}") from error
            return self._token

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _renew(self) -> None:
        token_url = f"{self._issuer_url}/oauth/token"
        response = await self._http.post(
            token_url,
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": client_assertion(client_id=self._client_id, key=self._key, token_url=token_url),
            },
        )
        response.raise_for_status()
        answer = response.json()
        self._token = str(answer["access_token"])
        self._expires_at = time.time() + int(answer["expires_in"])


def client_assertion(*, client_id: str, key: OKPKey, token_url: str) -> str:
    """Return the signed statement with which a client proves who it is (RFC 7523), valid for one minute."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": token_url, "jti": str(uuid4()), "iat": now, "exp": now + 60}
    return jwt.encode({"alg": ALGORITHMS[0], "kid": key.kid, "typ": "JWT"}, claims, key, registry=_registry())


def issue_token(
    *, issuer_url: str, key: OKPKey, subject: str, roles: Sequence[str], lifetime_seconds: int, now: int | None = None
) -> str:
    """Return a signed access token; only an issuer calls this."""
    issued_at = int(time.time()) if now is None else now
    claims = {
        "iss": issuer_url,
        "aud": AUDIENCE,
        "sub": subject,
        "roles": list(roles),
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + lifetime_seconds,
        "jti": str(uuid4()),
    }
    return jwt.encode({"alg": ALGORITHMS[0], "kid": key.kid, "typ": "at+jwt"}, claims, key, registry=_registry())


class TokenVerifier:
    """Checks tokens against the issuer's published keys."""

    def __init__(self, *, issuer_url: str, http: httpx.AsyncClient | None = None) -> None:
        """Keep where the issuer is; keys are asked for at the first token.

        Args:
            issuer_url: base address of the issuer, also the ``iss`` its tokens must bear.
            http: a client to use instead of an own one (tests).
        """
        self._issuer_url = issuer_url.rstrip("/")
        self._http = http or httpx.AsyncClient(verify=trusted(), timeout=_TIMEOUT, follow_redirects=False)
        self._keys: KeySet | None = None
        self._asked_at = 0.0
        self._lock = asyncio.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer_url},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
            jti={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """Return whose token it is.

        Raises:
            AccessTokenExpired: it was good and is too old.
            AccessTokenInvalid: anything else is wrong with it.
            IssuerUnavailable: the issuer's keys were never seen and it does not answer.
        """
        keys = await self._keys_for(token)
        try:
            decoded = jwt.decode(token, keys, registry=_registry())
            self._claims.validate(decoded.claims)
            if decoded.header.get("typ") != "at+jwt":
                raise AccessTokenInvalid("typ must be at+jwt: an assertion is not an access token")
        except ExpiredTokenError as error:
            raise AccessTokenExpired("the token has expired") from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AccessTokenInvalid(type(error).__name__) from error
        return _principal(decoded.claims)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _keys_for(self, token: str) -> KeySet:
        """Return the issuer's keys, asking again when the token bears a key id that is not among them."""
        async with self._lock:
            known = self._keys is not None and _key_id(token) in {key.kid for key in self._keys.keys}
            may_ask = time.monotonic() - self._asked_at > _JWKS_MIN_AGE_SECONDS
            if not known and (may_ask or self._keys is None):
                await self._refresh()
            if self._keys is None:
                raise IssuerUnavailable(f"no keys from {self._issuer_url}")
            return self._keys

    async def _refresh(self) -> None:
        try:
            response = await self._http.get(f"{self._issuer_url}/.well-known/jwks.json")
            response.raise_for_status()
            self._keys = KeySet.import_key_set(response.json())
            self._asked_at = time.monotonic()
        except (httpx.HTTPError, JoseError, ValueError, KeyError):
            # Keys seen before stay good; without any, the caller says that the issuer is unavailable.
            return


def bearer_token(authorization: str | None) -> str:
    """Return the token of an ``Authorization`` header.

    Raises:
        AccessTokenMissing: there is none, or of another scheme.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise AccessTokenMissing
    return token.strip()


def _registry() -> JWSRegistry:
    return JWSRegistry(algorithms=list(ALGORITHMS))


def _key_id(token: str) -> str | None:
    """Return the key id a token names, without trusting anything in it."""
    try:
        key_id = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError):
        return None
    return key_id if isinstance(key_id, str) else None


def _principal(claims: Mapping[str, Any]) -> Principal:
    roles = claims.get("roles")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise AccessTokenInvalid("sub must be a text and roles a list of texts")
    known = {str(role) for role in Role}
    return Principal(subject=subject, roles=frozenset(role for role in roles if role in known))
