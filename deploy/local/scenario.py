"""What happens to the invented people of samples/ while the calendar of the demo is played.

The scenario is data (samples/events.yaml): on a date, somebody does something that a person or a partner would do in
real life: the bank delivers a statement, a case worker works through the contact list, a team lead approves, a
bankrupt applies for the droit passerelle, a mutualite is down. Every event can be done twice with the same result,
so an interrupted demo resumes on the date it was at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from deploy.local.fund_api import FundApi, ProblemError

#: How many tasks or approvals an operator works through at a time.
LIST_SIZE = 500
#: The reason with which a mutualite of the scenario refuses a message.
REFUSAL = "notOurMember"


class Event(BaseModel):
    """Something that happens on one date of the scenario."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # YAML reads a bare "on" as a truth value, so the file says "date".
    on: date = Field(alias="date")


class BankStatement(Event):
    """The bank delivers a coded statement."""

    kind: Literal["bankStatement"]
    file: str


class Claim(Event):
    """Somebody applies for the droit passerelle."""

    kind: Literal["claim"]
    file_number: int
    ground: str
    fact_on: date
    dependant: bool = False
    statements: Mapping[str, Any] = Field(default_factory=dict, description="What the applicant swears and attaches.")


class Contact(Event):
    """A case worker phones everybody on the contact list."""

    kind: Literal["contacts"]
    channel: str
    outcome: str


class Approvals(Event):
    """Each act that waits for approval in one service is decided by a person of the role it waits for.

    An act that takes two people is two events: the second person is asked once the first has decided.
    """

    kind: Literal["approvals"]
    service: Literal["recovery", "benefits"]
    decision: Literal["approved", "refused"] = "approved"
    reason: str


class MutualityBehaviour(Event):
    """A mutualite answers late, not at all, with nonsense, or normally again."""

    kind: Literal["mutuality"]
    insurer: str
    mode: Literal["normal", "late", "down", "nonsense"]
    late_days: int = 0
    refuse_file_numbers: tuple[int, ...] = ()


class Cessation(Event):
    """Somebody ends the activity."""

    kind: Literal["cessation"]
    file_number: int
    ceased_on: date
    reason: str


AnyEvent = Annotated[
    BankStatement | Claim | Contact | Approvals | MutualityBehaviour | Cessation, Field(discriminator="kind")
]


class Scenario(BaseModel):
    """The calendar of the demo and everything that happens on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: date
    until: date
    operators: Mapping[str, str] = Field(description="Who of the local issuer's operators does which work.")
    lives: Mapping[str, int] = Field(description="File numbers whose trace shows a whole life, by what it shows.")
    events: tuple[AnyEvent, ...]

    def dates(self) -> tuple[date, ...]:
        """Return the dates on which something happens, in order."""
        return tuple(sorted({event.on for event in self.events}))

    def on(self, day: date) -> tuple[AnyEvent, ...]:
        """Return what happens on a date, in the order of the file."""
        return tuple(event for event in self.events if event.on == day)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        pydantic.ValidationError: the file names something that is no event, naming the place in the file.
    """
    return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass
class Performer:
    """Does the events of a scenario through the same HTTP calls people and partners use.

    Attributes:
        api: the window on the instance.
        scenario: whose operators act.
        folder: where the files of the scenario lie.
    """

    api: FundApi
    scenario: Scenario
    folder: Path

    async def perform(self, event: AnyEvent) -> None:
        """Do one event; doing it again changes nothing."""
        match event:
            case BankStatement():
                await self._bank_statement(event)
            case Claim():
                await self._claim(event)
            case Contact():
                await self._contacts(event)
            case Approvals():
                await self._approvals(event)
            case MutualityBehaviour():
                await self._mutuality(event)
            case Cessation():
                await self._cessation(event)

    async def dossier_of(self, file_number: int) -> str:
        """Return the dossier of a file number.

        Raises:
            LookupError: the fund has no such file.
        """
        found = await self.api.post(
            "affiliation",
            "/v1/dossiers/query",
            {"fileNumbers": [file_number]},
            operator=self.scenario.operators["affiliation"],
        )
        for item in found["items"]:
            if item["fileNumber"] == file_number:
                return str(item["dossier"])
        raise LookupError(f"the scenario speaks of file {file_number}, which the fund does not have")

    async def _bank_statement(self, event: BankStatement) -> None:
        await self.api.upload(
            "billing",
            "/v1/bankFiles",
            (self.folder / event.file).read_bytes(),
            media_type="text/plain",
            operator=self.scenario.operators["finance"],
        )

    async def _claim(self, event: Claim) -> None:
        body: dict[str, Any] = {
            "dossier": await self.dossier_of(event.file_number),
            "kind": "droitPasserelle",
            "ground": event.ground,
            "factOn": event.fact_on.isoformat(),
            "receivedOn": event.on.isoformat(),
            "dependant": event.dependant,
            "statements": dict(event.statements),
        }
        await self.api.post("benefits", "/v1/claims", body, operator=self.scenario.operators["benefits"])

    async def _contacts(self, event: Contact) -> None:
        operator = self.scenario.operators["collections"]
        tasks = await self.api.get("recovery", "/v1/tasks", operator=operator, pageSize=str(LIST_SIZE))
        for task in tasks["items"]:
            if task["kind"] != "personalContact":
                continue
            await self._ignoring_conflict(
                "recovery",
                f"/v1/cases/{task['reference']}/contacts",
                {"madeOn": event.on.isoformat(), "channel": event.channel, "outcome": event.outcome},
                operator,
            )

    async def _approvals(self, event: Approvals) -> None:
        lead = self.scenario.operators["teamLead"]
        waiting = await self.api.get(event.service, "/v1/approvals", operator=lead, pageSize=str(LIST_SIZE))
        for approval in waiting["items"]:
            await self._ignoring_conflict(
                event.service,
                f"/v1/approvals/{approval['approvalId']}/decide",
                {"decision": event.decision, "reason": event.reason},
                self.scenario.operators[approval["role"]],
            )

    async def _mutuality(self, event: MutualityBehaviour) -> None:
        body = {
            "mode": event.mode,
            "lateDays": event.late_days,
            "refuse": [
                {"fileNumber": f"{file_number:07d}", "reasonCode": REFUSAL} for file_number in event.refuse_file_numbers
            ],
        }
        await self.api.put("sandbox", f"/v1/mutualities/{event.insurer}/behaviour", body)

    async def _cessation(self, event: Cessation) -> None:
        body = {
            "dossier": await self.dossier_of(event.file_number),
            "ceasedOn": event.ceased_on.isoformat(),
            "reason": event.reason,
        }
        await self._ignoring_conflict("affiliation", "/v1/cessations", body, self.scenario.operators["affiliation"])

    async def _ignoring_conflict(self, service: str, path: str, body: Mapping[str, Any], operator: str) -> None:
        # A conflict means that it was done before: the demo is being resumed.
        try:
            await self.api.post(service, path, body, operator=operator)
        except ProblemError as problem:
            if problem.status != 409:
                raise
