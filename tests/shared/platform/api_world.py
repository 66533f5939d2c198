"""A small API, an issuer without network and a context without servers, for tests of everything around endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, cast
from uuid import UUID

import httpx
import psycopg
from fastapi import Depends, FastAPI, Path, Query, Request
from joserfc.jwk import OKPKey
from pydantic import Field

from shared.contracts.vocabulary import YearQuarter
from shared.platform.calls.auth import Principal, TokenVerifier, issue_token
from shared.platform.context import ApiContext, RoleBoard
from shared.platform.database.connections import Database
from shared.platform.http import ApiModel, ApiRouter, Conflict, InvalidInput, Issue, NotFound, create_api, require
from shared.platform.temporal.clock import SystemClock
from shared.platform.temporal.sleeper_watch import SleeperWatch

ISSUER_URL = "http://issuer.test"
ISSUER_KEY = OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True, auto_kid=True)


def token(subject: str = "somebody", *roles: str, **changes: Any) -> str:
    """A good token, or one made wrong by a change."""
    values: dict[str, Any] = {
        "issuer_url": ISSUER_URL,
        "key": ISSUER_KEY,
        "subject": subject,
        "roles": roles or ("service",),
        # Tokens made when a module is read are used when its turn comes, which in a whole run is much later.
        "lifetime_seconds": 86_400,
    }
    return issue_token(**{**values, **changes})


def bearer(*roles: str) -> dict[str, str]:
    """Headers of a caller with some roles."""
    return {"Authorization": f"Bearer {token('somebody', *roles)}"}


@dataclass
class FakeIssuer:
    """Gives the issuer's keys; can be away."""

    away: bool = False
    asked: int = 0
    keys: list[OKPKey] = field(default_factory=lambda: [ISSUER_KEY])

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away", request=request)
        keys = [{**key.as_dict(private=False), "kid": key.kid} for key in self.keys]
        return httpx.Response(200, json={"keys": keys})

    def verifier(self) -> TokenVerifier:
        """A verifier that asks this issuer."""
        return TokenVerifier(issuer_url=ISSUER_URL, http=httpx.AsyncClient(transport=httpx.MockTransport(self.handle)))


class FakeDatabase:
    """A database that answers, or does not."""

    def __init__(self) -> None:
        self.away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Give a connection that accepts anything."""
        if self.away:
            raise ConnectionError("away")
        yield self

    async def execute(self, *_: object) -> None:
        """Accept a statement."""


@dataclass
class FakeContext:
    """What an API needs of its process, without servers."""

    name: str = "billing"
    database: Database = field(default_factory=lambda: cast("Database", FakeDatabase()))
    clock: SystemClock = field(default_factory=SystemClock)
    verifier: TokenVerifier = field(default_factory=lambda: FakeIssuer().verifier())
    roles: RoleBoard = field(default_factory=RoleBoard)
    sleepers: SleeperWatch = field(default_factory=SleeperWatch)
    body_limit_bytes: int = 4096


class Colour(StrEnum):
    """A code in lowerCamelCase."""

    DEEP_BLUE = "deepBlue"
    RED = "red"


class Part(ApiModel):
    """A part of an order."""

    part_name: str = Field(min_length=1)
    amount_cents: int = Field(ge=0)


class Order(ApiModel):
    """What is asked."""

    dossier: UUID
    wanted_on: date
    quarter: YearQuarter
    colour: Colour = Colour.RED
    urgent: bool = False
    rate: Decimal | None = None
    parts: tuple[Part, ...] = ()
    note: str | None = Field(default=None, max_length=20)


class OrderAnswer(ApiModel):
    """What was understood."""

    order: Order
    subject: str
    seen_at: datetime | None = None


class OrderPage(ApiModel):
    """Some orders."""

    items: tuple[OrderAnswer, ...]
    total: int | None = None


def create_world(context: ApiContext | None = None) -> FastAPI:
    """Build the small API."""
    api = create_api(
        context or FakeContext(),
        title="World",
        version="1.0.0",
        tags=[{"name": "Orders", "description": "What people want."}],
        standard_routes=False,
    )
    router = ApiRouter(prefix="/v1/orders", tags=["Orders"])

    @router.post("", status_code=201, summary="Order something")
    async def create_order(body: Order, principal: Principal = Depends(require("finance", "service"))) -> OrderAnswer:
        """Take an order."""
        return OrderAnswer(order=body, subject=principal.subject)

    @router.get("", summary="Find orders")
    async def find_orders(
        known_at: date,
        after_order_id: UUID | None = None,
        page_size: Annotated[int, Query(ge=1, le=500)] = 100,
        _: Principal = Depends(require()),
    ) -> OrderPage:
        """Give nothing, but check what was asked."""
        return OrderPage(items=(), total=page_size + known_at.year if after_order_id else None)

    @router.get("/{order_id}", summary="One order")
    async def get_order(order_id: Annotated[UUID, Path()], _: Principal = Depends(require("auditor"))) -> OrderAnswer:
        """Never find it."""
        raise NotFound(detail=f"There is no order {order_id}.")

    @router.post("/{order_id}/cancel", status_code=204, summary="Cancel an order")
    async def cancel_order(order_id: UUID, _: Principal = Depends(require("finance"))) -> None:
        """Refuse."""
        raise Conflict(detail="It has left.")

    @router.post("/files", summary="Send a file")
    async def send_file(request: Request, _: Principal = Depends(require("finance"))) -> OrderPage:
        """Count its bytes."""
        return OrderPage(items=(), total=len(await request.body()))

    @router.post("/explode", summary="Break")
    async def explode(_: Principal = Depends(require("finance"))) -> OrderPage:
        """Fail with a text that must not leave the process."""
        raise RuntimeError(f"select * from person where national_number = '85073003328' {timedelta(1)}")

    @router.post("/away", summary="Need something that is away")
    async def need_something(_: Principal = Depends(require("finance"))) -> OrderPage:
        """Fail because the database is away."""
        raise psycopg.OperationalError("connection to 10.0.0.3 refused for user billing_runtime")

    @router.post("/check", summary="Check a rule")
    async def check_rule(_: Principal = Depends(require("finance"))) -> OrderPage:
        """Refuse a field by a rule of the service."""
        raise InvalidInput(
            issues=[Issue(name="nationalNumber", detail="Its check digits are wrong.", rule="checkDigits")]
        )

    api.include_router(router)
    return api


def client_of(api: FastAPI, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client of an API in the same process."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(api, client=(address, 1234), raise_app_exceptions=False),
        base_url="http://world.test",
    )
