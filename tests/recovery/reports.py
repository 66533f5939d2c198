"""Reports of the post and the bailiff as tests send them, and what recovery kept of them."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests.recovery.harness import Stage
from tests.recovery.planted import SHA256, Planted


def delivery(planted: Planted, **changes: Any) -> dict[str, Any]:
    """Return a good report of the post, changed as asked; None leaves a field out."""
    body = {
        "reference": str(planted.letter_id),
        "documentSha256": SHA256,
        "outcome": "delivered",
        "on": "2026-07-01",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def service(planted: Planted, **changes: Any) -> dict[str, Any]:
    """Return a good report of the bailiff, changed as asked; None leaves a field out."""
    body = {
        "mandateId": str(planted.mandate_id),
        "kind": "served",
        "servedOn": "2026-09-04",
        "costCents": 18_743,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def fields(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return which field broke which rule."""
    return [(issue["name"], issue["type"].rpartition(":")[2]) for issue in answer.json()["issues"]]


async def reports_about(desk: Stage, reference: uuid.UUID) -> list[dict[str, Any]]:
    """Return what was kept of the reports that name a reference, in the order they came."""
    return await desk.rows(
        "select partner, reported_by, accepted, refusal from partner_report where content like %s order by report_id",
        f"%{reference}%",
    )


async def latest_report(desk: Stage) -> dict[str, Any]:
    """Return the report that was kept last."""
    [row] = await desk.rows("select accepted, refusal, content from partner_report order by report_id desc limit 1")
    return row
