"""A service of one procedure that tests run as a process of its own: its module is also its command."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from fastapi import Depends, FastAPI
from pydantic_settings import SettingsConfigDict

from shared.platform.http import ApiModel, ApiRouter, Principal, create_api, require
from shared.platform.runtime import AnyContext, WorkerDefinition, run
from shared.platform.settings import ServiceSettings
from shared.platform.temporal.dispatch import start_workflow
from shared.platform.temporal.schedules import ScheduledProcedure
from tests.shared.platform.sample_activities import Journey, note
from tests.shared.platform.sample_procedures import Scheduled, Waiting


class ProbeSettings(ServiceSettings):
    """Settings of the probe (prefix ``PROBE_``)."""

    model_config = SettingsConfigDict(env_prefix="PROBE_", frozen=True, extra="ignore")


class Started(ApiModel):
    """A procedure that will start."""

    workflow_id: str


settings_class = ProbeSettings


def api(context: AnyContext) -> FastAPI:
    """Serve one route that starts a procedure, and one that takes its time."""
    app = create_api(context, title="Probe", version="1.0.0", tags=[{"name": "Probe", "description": "Probes."}])
    router = ApiRouter(prefix="/v1/journeys", tags=["Probe"])

    @router.post("", status_code=202, summary="Start a procedure")
    async def start_journey(body: Journey, _: Principal = Depends(require("operator"))) -> Started:
        """Start a procedure with its days."""
        workflow_id = f"{context.name}-journey"
        async with context.database.transaction() as connection:
            await start_workflow(connection, workflow="Waiting", workflow_id=workflow_id, argument=body)
        return Started(workflow_id=workflow_id)

    @router.get("/slow", summary="Take some time")
    async def take_time(_: Principal = Depends(require("operator"))) -> Started:
        """Answer after a while, even when the process is told to stop meanwhile."""
        await asyncio.sleep(1.5)
        return Started(workflow_id="slow")

    app.include_router(router)
    return app


def consumers(_context: AnyContext) -> None:
    """Listen to nobody."""


def worker(_context: AnyContext) -> WorkerDefinition:
    """Run the sample procedures."""
    return WorkerDefinition(workflows=[Waiting, Scheduled], activities=[note])


def schedules(context: AnyContext) -> Sequence[ScheduledProcedure]:
    """Begin one procedure each quarter."""
    return [
        ScheduledProcedure(
            id=context.name, workflow="Scheduled", months=(1, 4, 7, 10), day=5, description="Each quarter."
        )
    ]


if __name__ == "__main__":
    run(os.environ["PROBE_NAME"], sys.modules[__name__])
