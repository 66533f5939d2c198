"""What every API does around its endpoints: who calls, what is read, what is refused, what never leaks."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import httpx
import psycopg
import psycopg_pool
import pytest
import structlog
from aiokafka.errors import KafkaConnectionError
from fastapi import APIRouter, Depends, FastAPI
from temporalio.service import RPCError, RPCStatusCode

from shared.platform.calls.auth import Principal
from shared.platform.calls.service_client import PeerNonsense, PeerUnavailable
from shared.platform.http import ApiRouter, finish_api, require
from shared.platform.http.middleware import passes
from shared.platform.http.routing import RouteRefused
from shared.platform.observation.logging import configure_logging
from shared.platform.temporal.clock import CalendarNotSet
from tests.shared.platform.api_world import (
    FakeContext,
    FakeDatabase,
    FakeIssuer,
    bearer,
    client_of,
    create_world,
    token,
)

ORDER = {"dossier": "0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f", "wantedOn": "2026-02-03", "quarter": "2026Q1"}


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


@pytest.fixture
def api(context: FakeContext) -> FastAPI:
    return finish_api(create_world(context))


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    """Give the process its own logging back after a test configured it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
async def client(api: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(api) as opened:
        yield opened


def issues(response: httpx.Response) -> set[tuple[str, str, str]]:
    """Place, field and rule of each issue."""
    assert response.headers["content-type"] == "application/problem+json"
    return {(issue["in"], issue["name"], issue["type"].rsplit(":", 1)[-1]) for issue in response.json()["issues"]}


class TestReading:
    async def test_an_order_is_read_and_answered_in_camel_case_without_null(self, client: httpx.AsyncClient) -> None:
        parts = [{"partName": "screw", "amountCents": 12}]
        response = await client.post("/v1/orders", json={**ORDER, "parts": parts}, headers=bearer("finance"))
        assert response.status_code == 201
        assert response.json() == {
            "order": {**ORDER, "colour": "red", "urgent": False, "parts": parts},
            "subject": "somebody",
        }

    @pytest.mark.parametrize(
        ("change", "field", "rule"),
        [
            ({"wantedOn": 0}, "wantedOn", "schemaViolation"),
            ({"wantedOn": "03/02/2026"}, "wantedOn", "schemaViolation"),
            ({"urgent": "true"}, "urgent", "schemaViolation"),
            ({"urgent": 1}, "urgent", "schemaViolation"),
            ({"quarter": "2026Q5"}, "quarter", "schemaViolation"),
            ({"colour": "blue"}, "colour", "schemaViolation"),
            ({"dossier": "12"}, "dossier", "schemaViolation"),
            ({"surprise": 1}, "surprise", "unknownInput"),
            ({"wanted_on": "2026-02-03"}, "wanted_on", "unknownInput"),
            ({"parts": [{"partName": "screw", "amountCents": "12"}]}, "parts.0.amountCents", "schemaViolation"),
            ({"parts": [{"partName": "screw", "amountCents": 1.5}]}, "parts.0.amountCents", "schemaViolation"),
            ({"parts": [{"amountCents": 1}]}, "parts.0.partName", "requiredInput"),
            ({"note": "x" * 21}, "note", "schemaViolation"),
            ({"note": None}, "note", "schemaViolation"),
            ({"rate": 0.0425}, "rate", "schemaViolation"),
            ({"rate": "much"}, "rate", "schemaViolation"),
            ({"parts": [{"partName": None, "amountCents": 1}]}, "parts.0.partName", "schemaViolation"),
        ],
    )
    async def test_a_wrong_field_is_named_with_its_rule(
        self, client: httpx.AsyncClient, change: dict[str, Any], field: str, rule: str
    ) -> None:
        response = await client.post("/v1/orders", json={**ORDER, **change}, headers=bearer("finance"))
        assert response.status_code == 400
        assert response.json()["type"] == "urn:problem-type:belgif:badRequest"
        assert ("body", field, rule) in issues(response)

    async def test_every_wrong_field_is_named_at_once(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/orders", json={"quarter": 3, "x": 1}, headers=bearer("finance"))
        assert {name for _, name, _ in issues(response)} == {"dossier", "wantedOn", "quarter", "x"}

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"12"])
    async def test_a_body_that_is_no_object_is_a_bad_request(self, client: httpx.AsyncClient, content: bytes) -> None:
        headers = {**bearer("finance"), "Content-Type": "application/json"}
        response = await client.post("/v1/orders", content=content, headers=headers)
        assert response.status_code == 400
        assert issues(response)

    async def test_the_value_that_was_sent_is_not_repeated(self, client: httpx.AsyncClient) -> None:
        order = {**ORDER, "quarter": "85073003328", "note": "85073003328 and much more"}
        response = await client.post("/v1/orders", json=order, headers=bearer("finance"))
        assert response.status_code == 400
        assert "85073003328" not in response.text

    async def test_query_parameters_are_camel_case(self, client: httpx.AsyncClient) -> None:
        query: dict[str, str | int] = {"knownAt": "2026-01-01", "pageSize": 7, "afterOrderId": ORDER["dossier"]}
        response = await client.get("/v1/orders", params=query, headers=bearer())
        assert response.json() == {"items": [], "total": 2033}

    async def test_a_wrong_query_parameter_is_named(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/v1/orders", params={"pageSize": 501}, headers=bearer())
        assert response.status_code == 400
        found = issues(response)
        assert ("query", "knownAt", "requiredInput") in found
        assert ("query", "pageSize", "schemaViolation") in found

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("knownAt", "0"),
            ("knownAt", "20260101"),
            ("knownAt", "2026-01-01T00:00:00"),
            ("pageSize", "1.0"),
            ("pageSize", " 7"),
            ("pageSize", "1_0"),
            ("afterOrderId", "{0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f}"),
        ],
    )
    async def test_a_parameter_is_read_only_as_it_is_documented(
        self, client: httpx.AsyncClient, name: str, value: str
    ) -> None:
        query = {"knownAt": "2026-01-01", name: value}
        response = await client.get("/v1/orders", params=query, headers=bearer())
        assert issues(response) == {("query", name, "schemaViolation")}

    async def test_an_unknown_query_parameter_is_refused(self, client: httpx.AsyncClient) -> None:
        query: dict[str, str | int] = {"knownAt": "2026-01-01", "pagesize": 7}
        response = await client.get("/v1/orders", params=query, headers=bearer())
        assert response.status_code == 400
        assert issues(response) == {("query", "pagesize", "unknownInput")}

    async def test_a_wrong_path_parameter_is_named(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/v1/orders/12", headers=bearer("auditor"))
        assert issues(response) == {("path", "orderId", "schemaViolation")}

    async def test_the_documented_address_works_too(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/auxilia/billing/v1/orders", json=ORDER, headers=bearer("finance"))
        assert response.status_code == 201
        assert (await client.get("/auxilia/billing/v1/health")).status_code == 200


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "roles", "status", "kind"),
        [
            ("GET", f"/v1/orders/{ORDER['dossier']}", ("auditor",), 404, "belgif:resourceNotFound"),
            ("GET", "/v1/nothing", ("auditor",), 404, "belgif:resourceNotFound"),
            ("DELETE", "/v1/orders", ("auditor",), 405, "auxilia:methodNotAllowed"),
            ("POST", f"/v1/orders/{ORDER['dossier']}/cancel", ("finance",), 409, "auxilia:conflict"),
            ("POST", f"/v1/orders/{ORDER['dossier']}/cancel", ("auditor",), 403, "belgif:missingPermission"),
            ("POST", "/v1/orders/explode", ("finance",), 500, "belgif:internalServerError"),
        ],
    )
    async def test_every_refusal_is_a_problem(
        self, client: httpx.AsyncClient, method: str, path: str, roles: tuple[str, ...], status: int, kind: str
    ) -> None:
        response = await client.request(method, path, headers=bearer(*roles))
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert problem["type"] == f"urn:problem-type:{kind}"
        assert problem["status"] == status
        assert UUID(problem["instance"].removeprefix("urn:uuid:"))

    @pytest.mark.usefixtures("quiet_logging")
    async def test_a_failure_leaks_nothing(self, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]) -> None:
        configure_logging(service="billing")
        response = await client.post("/v1/orders/explode", headers=bearer("finance"))
        assert response.status_code == 500
        assert set(response.json()) == {"type", "title", "status", "instance"}
        captured = capsys.readouterr()
        assert "85073003328" not in response.text + captured.err + captured.out
        assert "RuntimeError" in captured.err

    async def test_what_is_away_for_a_moment_may_be_asked_again(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/orders/away", headers=bearer("finance"))
        assert response.status_code == 503
        assert response.json()["type"] == "urn:problem-type:belgif:serviceUnavailable"
        assert response.headers["retry-after"] == "2"
        assert "10.0.0.3" not in response.text

    @pytest.mark.parametrize(
        ("error", "passing"),
        [
            (psycopg_pool.PoolTimeout(), True),
            (psycopg.errors.DeadlockDetected(), True),
            (psycopg.errors.UniqueViolation(), False),
            (KafkaConnectionError(), True),
            (RPCError("away", RPCStatusCode.UNAVAILABLE, b""), True),
            (RPCError("wrong", RPCStatusCode.INVALID_ARGUMENT, b""), False),
            (PeerUnavailable("billing", "ReadTimeout"), True),
            (PeerNonsense("billing", "empty"), False),
            (ExceptionGroup("both", [KafkaConnectionError(), ValueError()]), False),
            (ExceptionGroup("both", [KafkaConnectionError(), TimeoutError()]), True),
        ],
    )
    def test_mistakes_are_told_from_absences(self, error: Exception, passing: bool) -> None:
        assert passes(error) is passing

    async def test_a_rule_of_the_service_has_its_own_urn(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/orders/check", headers=bearer("finance"))
        assert response.json()["issues"] == [
            {
                "type": "urn:problem-type:auxilia:input-validation:checkDigits",
                "detail": "Its check digits are wrong.",
                "in": "body",
                "name": "nationalNumber",
            }
        ]

    async def test_a_body_that_is_too_long_is_refused_unread(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/orders/files", content=b"x" * 5000, headers=bearer("finance"))
        assert response.status_code == 413
        assert response.json()["type"] == "urn:problem-type:belgif:payloadTooLarge"

    async def test_a_long_body_without_declared_length_is_refused(self, client: httpx.AsyncClient) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(50):
                yield b"x" * 100

        response = await client.post("/v1/orders/files", content=pieces(), headers=bearer("finance"))
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"

    async def test_a_body_within_the_limit_is_read(self, client: httpx.AsyncClient) -> None:
        response = await client.post("/v1/orders/files", content=b"x" * 4096, headers=bearer("finance"))
        assert response.json() == {"items": [], "total": 4096}


class TestCallers:
    @pytest.mark.parametrize(
        ("authorization", "kind"),
        [
            (None, "noAccessToken"),
            ("Basic abc", "noAccessToken"),
            ("Bearer ", "noAccessToken"),
            ("Bearer abc", "invalidAccessToken"),
            (f"Bearer {token(lifetime_seconds=-60)}", "expiredAccessToken"),
            (f"Bearer {token(issuer_url='http://other.test')}", "invalidAccessToken"),
        ],
    )
    async def test_strangers_are_refused(self, client: httpx.AsyncClient, authorization: str | None, kind: str) -> None:
        headers = {} if authorization is None else {"Authorization": authorization}
        response = await client.post("/v1/orders", json=ORDER, headers=headers)
        assert response.status_code == 401
        assert response.json()["type"] == f"urn:problem-type:belgif:{kind}"
        assert response.headers["www-authenticate"].startswith("Bearer")

    async def test_strangers_do_not_learn_what_exists(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/nothing")).status_code == 401

    async def test_an_issuer_that_was_never_seen_makes_us_unavailable(self) -> None:
        context = FakeContext(verifier=FakeIssuer(away=True).verifier())
        async with client_of(create_world(context)) as client:
            response = await client.post("/v1/orders", json=ORDER, headers=bearer("finance"))
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"

    async def test_trace_ids_are_given_and_echoed(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/health", headers={"BelGov-Trace-Id": "abc"})
        assert response.headers["belgov-related-trace-id"] == "abc"
        assert UUID(response.headers["belgov-trace-id"])


class TestOperations:
    async def test_health_tells_up_degraded_and_down(self, client: httpx.AsyncClient, context: FakeContext) -> None:
        assert (await client.get("/health")).json() == {"status": "UP"}
        context.roles.set("worker", running=False)
        assert (await client.get("/health")).json() == {"status": "DEGRADED"}
        assert isinstance(context.database, FakeDatabase)
        context.database.away = True
        response = await client.get("/health")
        assert (response.status_code, response.json()) == (503, {"status": "DOWN"})

    async def test_metrics_are_for_this_machine_or_an_operator(self, api: FastAPI) -> None:
        async with client_of(api) as here:
            await here.post("/v1/orders", json=ORDER, headers=bearer("finance"))
            assert 'operation="create_order"' in (await here.get("/metrics")).text
            assert (await here.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"})).status_code == 401
        async with client_of(api, address="10.0.0.9") as elsewhere:
            assert (await elsewhere.get("/metrics")).status_code == 401
            assert (await elsewhere.get("/metrics", headers=bearer("finance"))).status_code == 404
            assert (await elsewhere.get("/metrics", headers=bearer("operator"))).status_code == 200


class TestGuards:
    def test_a_route_without_guard_is_refused(self) -> None:
        api = create_world()

        @api.get("/v1/open", summary="Open to all")
        async def open_to_all() -> dict[str, str]:
            return {}

        with pytest.raises(RouteRefused, match="GET /v1/open: has no"):
            finish_api(api)

    def test_a_route_of_a_plain_router_is_refused(self) -> None:
        api = create_world()
        router = APIRouter()

        @router.get("/v1/plain")
        async def plain(_: Principal = Depends(require())) -> dict[str, str]:
            return {}

        api.include_router(router)
        with pytest.raises(RouteRefused, match="use ApiRouter"):
            finish_api(api)

    def test_two_operations_of_one_name_are_refused(self) -> None:
        api = create_world()
        router = ApiRouter()

        @router.get("/v1/other")
        async def create_order(_: Principal = Depends(require())) -> dict[str, str]:
            return {}

        api.include_router(router)
        with pytest.raises(RouteRefused, match="already used"):
            finish_api(api)

    def test_an_unknown_role_is_refused(self) -> None:
        with pytest.raises(ValueError, match="colonel"):
            require("colonel")


class TestAPlayedInstanceWithoutADate:
    async def test_says_what_to_do_instead_of_failing(self, context: FakeContext) -> None:
        api = create_world(context)
        router = ApiRouter()

        @router.get("/v1/todays", summary="A route that needs the date")
        async def get_today(_: Principal = Depends(require("finance"))) -> dict[str, str]:
            raise CalendarNotSet

        api.include_router(router)
        async with client_of(finish_api(api)) as opened:
            response = await opened.get("/v1/todays", headers=bearer("finance"))
        assert response.status_code == 409
        assert "PUT /v1/calendar" in response.json()["detail"]
