"""Tokens: who gets one, which are believed, and what happens when the issuer is away."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from deploy.sandbox.issuer import Issuer, issuer_application
from shared.platform.calls.auth import (
    ASSERTION_TYPE,
    AccessTokenExpired,
    AccessTokenInvalid,
    IssuedTokens,
    IssuerUnavailable,
    TokenVerifier,
    client_assertion,
    read_private_key,
)
from tests.shared.platform.api_world import ISSUER_KEY, ISSUER_URL, FakeIssuer, token


def new_key() -> OKPKey:
    """Draw a key."""
    return OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True, auto_kid=True)


class TestVerifier:
    async def test_a_good_token_tells_subject_and_known_roles(self) -> None:
        principal = await FakeIssuer().verifier().verify(token("billing", "service", "colonel"))
        assert principal.subject == "billing"
        assert principal.roles == {"service"}
        assert principal.has_any("finance", "service")
        assert not principal.has_any("finance")

    async def test_an_old_token_is_told_apart(self) -> None:
        with pytest.raises(AccessTokenExpired):
            await FakeIssuer().verifier().verify(token(lifetime_seconds=-60))

    @pytest.mark.parametrize(
        "changes",
        [
            lambda: {"issuer_url": "http://elsewhere.test"},
            lambda: {"key": new_key()},
            lambda: {"now": int(time.time()) + 600},
        ],
        ids=["of another issuer", "signed by a stranger", "not yet good"],
    )
    async def test_a_token_that_is_not_ours_is_refused(self, changes: Callable[[], dict[str, Any]]) -> None:
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(token(**changes()))

    @pytest.mark.parametrize("missing", ["aud", "sub", "exp", "nbf", "jti", "iss"])
    async def test_a_token_without_a_claim_is_refused(self, missing: str) -> None:
        claims = _claims()
        del claims[missing]
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(_signed(claims))

    async def test_a_token_for_others_is_refused(self) -> None:
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(_signed({**_claims(), "aud": "elsewhere"}))

    async def test_an_assertion_is_no_access_token(self) -> None:
        with pytest.raises(AccessTokenInvalid, match="at\\+jwt"):
            await FakeIssuer().verifier().verify(_signed(_claims(), typ="JWT"))

    async def test_an_unsigned_token_is_refused(self) -> None:
        parts = [{"alg": "none", "typ": "at+jwt", "kid": ISSUER_KEY.kid}, _claims()]
        unsigned = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(f"{unsigned}.")

    async def test_the_public_key_is_no_shared_secret(self) -> None:
        secret = OctKey.import_key(str(ISSUER_KEY.as_dict(private=False)["x"]))
        header = {"alg": "HS256", "typ": "at+jwt", "kid": ISSUER_KEY.kid}
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(jwt.encode(header, _claims(), secret, algorithms=["HS256"]))

    async def test_a_changed_token_is_refused(self) -> None:
        header, payload, signature = token("billing", "service").split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        changed = base64.urlsafe_b64encode(json.dumps({**claims, "roles": ["teamLead"]}).encode()).decode().rstrip("=")
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(f"{header}.{changed}.{signature}")

    @pytest.mark.parametrize("text", ["", "a.b.c", "x" * 10_000, "\x00", "é.é.é"])
    async def test_rubbish_is_refused(self, text: str) -> None:
        with pytest.raises(AccessTokenInvalid):
            await FakeIssuer().verifier().verify(text)

    async def test_keys_are_kept_while_the_issuer_is_away(self) -> None:
        issuer = FakeIssuer()
        verifier = issuer.verifier()
        await verifier.verify(token())
        issuer.away = True
        assert (await verifier.verify(token("again"))).subject == "again"
        assert issuer.asked == 1

    async def test_an_issuer_never_seen_is_said_to_be_away(self) -> None:
        with pytest.raises(IssuerUnavailable):
            await FakeIssuer(away=True).verifier().verify(token())

    async def test_forged_key_ids_do_not_flood_the_issuer(self) -> None:
        issuer = FakeIssuer()
        verifier = issuer.verifier()
        await verifier.verify(token())
        for _ in range(20):
            with pytest.raises(AccessTokenInvalid):
                await verifier.verify(token(key=new_key()))
        assert issuer.asked == 1

    async def test_a_new_key_of_the_issuer_is_learned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        issuer = FakeIssuer()
        verifier = issuer.verifier()
        await verifier.verify(token())
        fresh = new_key()
        issuer.keys.append(fresh)
        monkeypatch.setattr("shared.platform.calls.auth._JWKS_MIN_AGE_SECONDS", 0)
        assert (await verifier.verify(token("renewed", key=fresh))).subject == "renewed"


class TestLocalIssuer:
    @pytest.fixture
    def keys(self, tmp_path: Path) -> dict[str, OKPKey]:
        drawn = {name: new_key() for name in ("billing", "team-lead")}
        roles = {"billing": ["service"], "team-lead": ["teamLead"]}
        for name, key in drawn.items():
            public = {**key.as_dict(private=False), "roles": roles[name]}
            (tmp_path / f"{name}.json").write_text(json.dumps(public), encoding="utf-8")
        return drawn

    @pytest.fixture
    def http(self, tmp_path: Path) -> httpx.AsyncClient:
        issuer = Issuer(issuer_url=ISSUER_URL, key=ISSUER_KEY, clients_folder=tmp_path, token_lifetime_seconds=300)
        return httpx.AsyncClient(transport=httpx.ASGITransport(issuer_application(issuer)), base_url=ISSUER_URL)

    async def test_a_client_gets_a_token_that_is_believed(
        self, http: httpx.AsyncClient, keys: dict[str, OKPKey]
    ) -> None:
        tokens = IssuedTokens(issuer_url=ISSUER_URL, client_id="team-lead", key=keys["team-lead"], http=http)
        verifier = TokenVerifier(issuer_url=ISSUER_URL, http=http)
        principal = await verifier.verify(await tokens.token())
        assert principal.subject == "team-lead"
        assert principal.roles == {"teamLead"}

    async def test_a_person_works_a_day_with_a_token_and_a_machine_some_minutes(
        self, tmp_path: Path, keys: dict[str, OKPKey]
    ) -> None:
        issuer = Issuer(
            issuer_url=ISSUER_URL,
            key=ISSUER_KEY,
            clients_folder=tmp_path,
            token_lifetime_seconds=300,
            person_token_lifetime_seconds=28_800,
        )
        http = httpx.AsyncClient(transport=httpx.ASGITransport(issuer_application(issuer)), base_url=ISSUER_URL)
        for client, seconds in (("team-lead", 28_800), ("billing", 300)):
            url = f"{ISSUER_URL}/oauth/token"
            answer = (await _ask(http, client_assertion(client_id=client, key=keys[client], token_url=url))).json()
            claims = jwt.decode(answer["access_token"], ISSUER_KEY, algorithms=["Ed25519"]).claims
            assert answer["expires_in"] == claims["exp"] - claims["iat"] == seconds

    async def test_a_token_is_asked_for_once_and_renewed_before_its_end(
        self, http: httpx.AsyncClient, keys: dict[str, OKPKey], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = IssuedTokens(issuer_url=ISSUER_URL, client_id="billing", key=keys["billing"], http=http)
        first = await tokens.token()
        assert await tokens.token() == first
        real = time.time
        monkeypatch.setattr("shared.platform.calls.auth.time.time", lambda: real() + 250)
        assert await tokens.token() != first

    async def test_a_short_absence_of_the_issuer_is_not_noticed(
        self, http: httpx.AsyncClient, keys: dict[str, OKPKey], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = IssuedTokens(issuer_url=ISSUER_URL, client_id="billing", key=keys["billing"], http=http)
        first = await tokens.token()
        await http.aclose()

        async def away(*_: object, **__: object) -> httpx.Response:
            raise httpx.ConnectError("away")

        monkeypatch.setattr(http, "post", away)
        real = time.time
        monkeypatch.setattr("shared.platform.calls.auth.time.time", lambda: real() + 250)
        assert await tokens.token() == first
        monkeypatch.setattr("shared.platform.calls.auth.time.time", lambda: real() + 400)
        with pytest.raises(IssuerUnavailable):
            await tokens.token()

    @pytest.mark.parametrize("wrong", ["stranger", "key", "audience", "twice", "traversal", "rubbish", "long"])
    async def test_who_does_not_prove_it_gets_nothing(
        self, http: httpx.AsyncClient, keys: dict[str, OKPKey], wrong: str
    ) -> None:
        url = f"{ISSUER_URL}/oauth/token"
        good = client_assertion(client_id="billing", key=keys["billing"], token_url=url)
        if wrong == "twice":
            assert (await _ask(http, good)).status_code == 200
        assertion = {
            "stranger": client_assertion(client_id="nobody", key=keys["billing"], token_url=url),
            "key": client_assertion(client_id="team-lead", key=keys["billing"], token_url=url),
            "audience": client_assertion(client_id="billing", key=keys["billing"], token_url="http://other.test"),
            "twice": good,
            "traversal": client_assertion(client_id="../issuer", key=keys["billing"], token_url=url),
            "rubbish": "a.b.c",
            "long": good + "A" * 100_000,
        }[wrong]
        response = await _ask(http, assertion)
        assert response.status_code in {400, 401}
        assert set(response.json()) == {"error"}

    async def test_other_grants_are_not_given(self, http: httpx.AsyncClient) -> None:
        response = await http.post("/oauth/token", data={"grant_type": "password", "username": "x"})
        assert response.json() == {"error": "unsupported_grant_type"}

    async def test_the_private_key_is_not_published(self, http: httpx.AsyncClient) -> None:
        (published,) = (await http.get("/.well-known/jwks.json")).json()["keys"]
        assert "d" not in published
        assert published["alg"] == "Ed25519"

    def test_a_key_is_read_from_its_file(self, tmp_path: Path) -> None:
        key = new_key()
        path = tmp_path / "key.json"
        path.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
        assert read_private_key(path).kid == key.kid


async def _ask(http: httpx.AsyncClient, assertion: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    return await http.post("/oauth/token", data=form)


def _claims() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER_URL,
        "aud": "auxilia",
        "sub": "somebody",
        "roles": ["service"],
        "nbf": now,
        "exp": now + 60,
        "jti": "1",
    }


def _signed(claims: dict[str, Any], *, typ: str = "at+jwt") -> str:
    header = {"alg": "Ed25519", "kid": ISSUER_KEY.kid, "typ": typ}
    return jwt.encode(header, claims, ISSUER_KEY, algorithms=["Ed25519"])
