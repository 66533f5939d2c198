"""The main job on the files of samples/: from a file of people to the bailiff, the droit passerelle and the mutualites.

Nothing here computes or decides: the demo does over HTTP what people and partners do, and moves the calendar.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.local.conductor import Conductor
from deploy.local.fund_api import FundApi
from deploy.local.scenario import Performer, Scenario
from deploy.local.summary import RefusedRow, Summary, collect_summary, refused_rows

#: Services that keep documents: letters, decisions and bank files.
DOCUMENT_SERVICES = ("affiliation", "billing", "recovery", "benefits")
PAGE_SIZE = 100


@dataclass(frozen=True)
class SampleFile:
    """One file of the samples and where it is imported."""

    name: str
    service: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    operator: str = "affiliation"


#: In this order: file numbers are given in the order of arrival.
FILES = (
    SampleFile("people.csv", "affiliation", "/v1/imports", {"kind": "people"}),
    SampleFile("companies.csv", "affiliation", "/v1/imports", {"kind": "companies"}),
    SampleFile("incomes.csv", "billing", "/v1/incomes/imports", operator="finance"),
    SampleFile("balance-totals.csv", "billing", "/v1/balanceTotals/imports", operator="finance"),
)


class Steps:
    """Progress bars on standard error: moving on a screen, their last state elsewhere."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    @contextmanager
    def running(self) -> Iterator[Steps]:
        """Show the bars while the block runs."""
        with self._progress:
            yield self

    def start(self, description: str, total: int) -> int:
        """Add a bar and return its number; where bars cannot move, a line says that the step begins."""
        if not self._progress.console.is_terminal:
            self._progress.console.print(description, highlight=False, markup=False)
        return int(self._progress.add_task(description, total=total))

    def move(self, bar: int, *, completed: int, description: str | None = None) -> None:
        """Set how far a bar is, and what it is doing."""
        if description is None:
            self._progress.update(bar, completed=completed)  # type: ignore[arg-type]
        else:
            self._progress.update(bar, completed=completed, description=description)  # type: ignore[arg-type]


@dataclass
class Demo:
    """Plays one scenario on one running instance.

    Attributes:
        api: the window on the instance.
        scenario: dates, events and the names of the operators.
        samples: the folder with the files of the scenario.
        output: the folder letters and bank files are written to.
        steps: the progress bars.
        assumptions: what the scenario assumes about the law, in words.
    """

    api: FundApi
    scenario: Scenario
    samples: Path
    output: Path
    steps: Steps
    assumptions: tuple[str, ...]

    async def play(self) -> Summary:
        """Play the whole scenario from wherever the instance stands, and return its summary."""
        conductor = Conductor(self.api)
        begun = await conductor.business_date()
        if begun is None:
            await conductor.set_date(self.scenario.start)
            await self._prepare_partners()
        changed = begun is None or begun < self.scenario.until
        new_files, refused_rows = await self._import_files(conductor)
        if changed:
            await self._play_calendar(conductor)
        await self._write_documents()
        return await collect_summary(
            self.api,
            operator=self.scenario.operators["auditor"],
            output_folder=self.output,
            changed=changed or new_files > 0,
            refused_rows=refused_rows,
            trace_dossiers=await self._dossiers_to_trace(),
            assumptions=self.assumptions,
        )

    async def _prepare_partners(self) -> None:
        """Let the partners behave from the first message on as the scenario says for its first date."""
        performer = Performer(api=self.api, scenario=self.scenario, folder=self.samples)
        for event in self.scenario.on(self.scenario.start):
            if event.kind == "mutuality":
                await performer.perform(event)

    async def _import_files(self, conductor: Conductor) -> tuple[int, tuple[RefusedRow, ...]]:
        """Import the files of the scenario; return how many of them were new, and every row that was refused."""
        bar = self.steps.start("Importing people, companies and incomes", len(FILES))
        new = 0
        refused: list[RefusedRow] = []
        for number, file in enumerate(FILES, start=1):
            answer = await self.api.upload(
                file.service,
                file.path,
                (self.samples / file.name).read_bytes(),
                media_type="text/csv",
                operator=self.scenario.operators[file.operator],
                **file.params,
            )
            new += 0 if answer.get("alreadyImported") else 1
            if "rejects" not in answer:
                path = f"{file.path}/{answer['importId']}/rejects"
                operator = self.scenario.operators[file.operator]
                answer["rejects"] = (await self.api.get(file.service, path, operator=operator))["items"]
            refused += refused_rows(file.name, answer["rejects"])
            # Billing knows people from the facts affiliation told, so these must have arrived first.
            await conductor.settle()
            self.steps.move(bar, completed=number)
        await self._take_over_history()
        return new, tuple(refused)

    async def _take_over_history(self) -> None:
        """Tell billing how earlier quarters stood in the books of before; rights count the quarters that were paid."""
        finance = self.scenario.operators["finance"]
        dossiers = await self._dossiers_by_file_number()
        with (self.samples / "history.csv").open(encoding="utf-8", newline="") as file:
            items = [
                {
                    "dossier": dossiers[int(row["file_number"])],
                    "quarter": row["quarter"],
                    "category": row["category"],
                    "dueCents": cents_of(row["due"]),
                    "paidCents": cents_of(row["paid"]),
                }
                for row in csv.DictReader(file, delimiter=";")
            ]
        for first in range(0, len(items), PAGE_SIZE):
            page = {"items": items[first : first + PAGE_SIZE]}
            await self.api.post("billing", "/v1/takenOverQuarters", page, operator=finance)

    async def _dossiers_by_file_number(self) -> dict[int, str]:
        found: dict[int, str] = {}
        last = 0
        while True:
            answer = await self.api.post(
                "affiliation",
                "/v1/dossiers/query",
                {"afterFileNumber": last, "pageSize": PAGE_SIZE},
                operator=self.scenario.operators["affiliation"],
            )
            if not answer["items"]:
                return found
            found.update({int(item["fileNumber"]): str(item["dossier"]) for item in answer["items"]})
            last = max(found)

    async def _play_calendar(self, conductor: Conductor) -> None:
        days = (self.scenario.until - self.scenario.start).days
        bar = self.steps.start(f"{self.scenario.start}", days)

        def show(day: date, what: str) -> None:
            self.steps.move(bar, completed=(day - self.scenario.start).days, description=f"{day}  {what}")

        conductor.on_progress = show
        performer = Performer(api=self.api, scenario=self.scenario, folder=self.samples)

        async def on_date(day: date) -> bool:
            events = self.scenario.on(day)
            for event in events:
                show(day, event.kind)
                await performer.perform(event)
                await conductor.settle()
            return bool(events)

        await conductor.play(until=self.scenario.until, stops=self.scenario.dates(), on_date=on_date)
        self.steps.move(bar, completed=days, description=f"{self.scenario.until}  done")

    async def _write_documents(self) -> None:
        """Write every letter and bank file the services keep into the output folder, under the names they gave."""
        documents = [(service, item) for service in DOCUMENT_SERVICES for item in await self._documents_of(service)]
        bar = self.steps.start("Writing letters and bank files", len(documents))
        folder = self.output.resolve()
        for number, (service, item) in enumerate(documents, start=1):
            path = (folder / str(item["name"])).resolve()
            if not path.is_relative_to(folder):
                raise ValueError(f"document name leaves the output folder: {item['name']}")
            if not path.exists():
                content = await self.api.content(
                    service,
                    f"/v1/documents/{item['documentId']}/content",
                    operator=self.scenario.operators["auditor"],
                    purpose="audit",
                )
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(path.name + ".part")
                part.write_bytes(content)
                part.replace(path)
            self.steps.move(bar, completed=number)

    async def _documents_of(self, service: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        params = {"pageSize": str(PAGE_SIZE)}
        while True:
            answer = await self.api.get(service, "/v1/documents", operator=self.scenario.operators["auditor"], **params)
            items += answer["items"]
            if not answer.get("nextAfterName"):
                return items
            params["afterName"] = str(answer["nextAfterName"])

    async def _dossiers_to_trace(self) -> dict[str, str]:
        """Return one dossier per kind of life worth following through all services."""
        found: dict[str, str] = {}
        for what, file_number in self.scenario.lives.items():
            performer = Performer(api=self.api, scenario=self.scenario, folder=self.samples)
            found[what] = await performer.dossier_of(file_number)
        return found


def assumptions_of(scenario_file: Path) -> tuple[str, ...]:
    """Return in words what the scenario assumes about the law, for the summary."""
    content = yaml.safe_load(scenario_file.read_text(encoding="utf-8")) or {}
    return tuple(
        f"{name} = {value['value']} from {value['from']}: {value['note']}"
        for name, parameter in content.get("parameters", {}).items()
        for value in parameter["values"]
    )


def cents_of(euros: str) -> int:
    """Return the integer cents of an amount written with exactly two decimals.

    Raises:
        ValueError: it is written otherwise.
    """
    whole, point, decimals = euros.partition(".")
    if point != "." or len(decimals) != 2 or not (whole + decimals).isdecimal():
        raise ValueError(f"{euros!r}: an amount is written in euros with two decimals")
    return int(whole + decimals)


def clear_output(folder: Path) -> None:
    """Empty the output folder of an earlier instance, so that it holds the letters of this one only."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
