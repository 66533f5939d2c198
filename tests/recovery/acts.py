"""What people do in the journeys of a case."""

from __future__ import annotations

import uuid
from typing import Any

from tests.histories.decoding import record_if_asked
from tests.recovery.harness import Stage
from tests.recovery.people import overdue

CONTACT = {"madeOn": "2026-06-02", "channel": "telephone", "outcome": "reached"}


async def begin(stage: Stage, dossier: uuid.UUID) -> str:
    """Open a case and return its id."""
    await stage.tell(overdue(dossier))
    await stage.settle()
    return str((await stage.case())["caseId"])


async def contact(stage: Stage, case_id: str, made_on: str = "2026-06-02") -> None:
    """Record that somebody spoke with the debtor."""
    answer = await stage.post(f"/v1/cases/{case_id}/contacts", {**CONTACT, "madeOn": made_on}, role="collectionsAgent")
    assert answer.status_code == 200, answer.text


async def decide(stage: Stage, decision: str, *, subject: str = "team-lead", status: int = 200) -> None:
    """Let a team lead decide what waits for approval."""
    headers = stage.acting_as("teamLead", subject=subject)
    waiting = (await stage.http.get("/v1/approvals", headers=headers)).json()["items"]
    assert len(waiting) == 1
    answer = await stage.http.post(
        f"/v1/approvals/{waiting[0]['approvalId']}/decide",
        json={"decision": decision, "reason": "looked at the roll"},
        headers=headers,
    )
    assert answer.status_code == status, answer.text


async def record(stage: Stage, case_id: str, name: str) -> None:
    """Keep the history as a golden file when asked."""
    handle = stage.context.temporal.get_workflow_handle(f"recovery-case:{case_id}")
    await record_if_asked(stage.context.temporal, handle, name=f"recovery/RecoveryCase-{name}")


def steps_of(case: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Return the steps of a case with their dates."""
    return [(step["step"], step["attempt"], step["doneOn"]) for step in case["steps"]]
