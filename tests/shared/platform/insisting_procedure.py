"""A procedure that insists on an errand which fails as often as a test wants."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from shared.law.parameters import ParameterMissing
    from shared.platform.temporal.persistence import insist
    from shared.platform.temporal.workflow_clock import business_today

#: How often the errand of a name fails before it succeeds.
FAILURES: dict[str, int] = {}


class Errand(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    today: date


class Done(BaseModel):
    model_config = ConfigDict(frozen=True)

    on: date
    asked_on: date


@activity.defn
async def run_errand(errand: Errand) -> Done:
    """Fail at once, as missing law does, or answer for which day it was asked."""
    if FAILURES.get(errand.name, 0) > 0:
        FAILURES[errand.name] -= 1
        if errand.name == "secret":
            raise ApplicationError("85073003328 is no name", type="ValidationError", non_retryable=True)
        raise ParameterMissing("benefits.example", errand.today)
    return Done(on=errand.today, asked_on=errand.today)


@workflow.defn
class Insisting:
    """Runs one errand."""

    @workflow.run
    async def run(self, errand: Errand) -> Done:
        done = await insist("run_errand", errand, Done)
        return Done(on=business_today(), asked_on=done.asked_on)
