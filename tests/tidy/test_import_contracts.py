"""Each wall of `.importlinter` stands, and falls over when somebody walks through it."""

from __future__ import annotations

import configparser
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("services", "shared", "deploy")
SERVICES = ("affiliation", "billing", "recovery", "benefits", "console")
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


@dataclass(frozen=True)
class Breach:
    """One forbidden import: of which contract, written into which module or package that is there or new."""

    contract: str
    place: str
    statement: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.place}: {self.statement}"


BREACHES = (
    Breach("services-are-independent", "services.billing", "import services.recovery"),
    Breach("services-are-independent", "services.console", "import services.affiliation.people"),
    Breach("rooms-of-a-subject", "services.billing.ledger.rules", "import services.billing.ledger.service"),
    Breach("rooms-of-a-subject", "services.recovery.clocks.store", "import services.recovery.clocks.service"),
    Breach("rooms-of-a-subject", "services.benefits.payouts.service", "import services.benefits.claims.store"),
    Breach("rooms-of-a-subject", "services.recovery.cases.api", "import services.recovery.cases.activities"),
    Breach("rooms-of-a-subject", "services.affiliation.people.helpers", "import datetime"),
    Breach("subjects-of-affiliation", "services.affiliation.people.service", "import services.affiliation.imports"),
    Breach("subjects-of-benefits", "services.benefits.claims.service", "import services.benefits.payouts"),
    Breach("subjects-of-recovery", "services.recovery.debts.rules", "import services.recovery.ladder.rules"),
    Breach("subjects-of-billing", "services.billing.ledger.rules", "import services.billing.settlement.rules"),
    Breach("subjects-of-console", "services.console.dossier.pages", "import services.console.accounts"),
    Breach("pure-rules", "services.billing.ledger.rules", "import psycopg"),
    Breach("pure-rules", "services.affiliation.people.rules", "import time"),
    Breach("pure-rules", "services.benefits.claims.rules", "import shared.platform.context"),
    Breach("pure-rules", "shared.law", "from temporalio import workflow"),
    Breach(
        "rules-know-words-not-facts",
        "services.recovery.ladder.rules",
        "import shared.contracts.billing_v1",
    ),
    Breach("workflows-do-no-io", "services.billing.certificates.workflow", "import httpx"),
    Breach(
        "workflows-do-no-io",
        "services.billing.certificates.workflow",
        "import services.billing.money_out.service",
    ),
    Breach("workflows-do-no-io", "services.billing.certificates.workflow", "import random"),
    Breach("shared-knows-no-service", "shared.platform", "import services.billing"),
    Breach("shared-knows-no-service", "shared.law", "import deploy.local"),
    Breach("services-know-no-machine", "services.affiliation", "import deploy.local.instance"),
    Breach("outside-world-stays-outside", "deploy.sandbox", "import services.benefits"),
    Breach("outside-world-stays-outside", "deploy.local", "import services.billing.ledger"),
    Breach("shared-points-down", "shared.law", "import shared.contracts.vocabulary"),
    Breach("shared-points-down", "shared.contracts", "import shared.platform.messages_out.outbox"),
    Breach("shared-points-down", "shared.platform", "import shared.correspondence.frame"),
    Breach("rooms-of-the-platform", "shared.platform.database", "import shared.platform.people.tasks"),
    Breach("rooms-of-the-platform", "shared.platform.messages_in", "import shared.platform.messages_out.outbox"),
    Breach("shared-points-down", "shared.platform", "import shared.treasury.withdrawals"),
    Breach("shared-points-down", "shared.treasury", "import shared.correspondence.frame"),
    Breach("shared-points-down", "shared.correspondence", "import shared.treasury.sepa"),
)


def lint(tree: Path, contract: str | None = None) -> tuple[int, str]:
    """Run import-linter on a tree; gives its code and what it wrote."""
    only = ["--contract", contract] if contract else []
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", LINT, "--no-cache", *only],
        check=False,
        cwd=tree,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "400"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the code in which walls may be walked through."""
    tree = tmp_path_factory.mktemp("house")
    shutil.copyfile(PROJECT / ".importlinter", tree / ".importlinter")
    for package in (*PACKAGES, "tests/tidy"):
        for source in (PROJECT / package).rglob("*.py"):
            target = tree / source.relative_to(PROJECT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    yield tree
    shutil.rmtree(tree)


def contracts() -> dict[str, configparser.SectionProxy]:
    """Read the contracts by their names."""
    parser = configparser.ConfigParser()
    parser.read(PROJECT / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): parser[name] for name in parser.sections() if name.startswith(prefix)}


def test_the_house_keeps_its_walls(copy: Path) -> None:
    """Nobody walks through a wall in the code as it is."""
    code, output = lint(copy)
    assert code == 0, output
    assert "0 broken" in output


@pytest.mark.parametrize("breach", BREACHES, ids=str)
def test_a_breach_is_reported(copy: Path, breach: Breach) -> None:
    """A single import through a wall breaks exactly the contract that stands there, and names the module."""
    package = copy.joinpath(*breach.place.split("."))
    module = package / "trespass.py" if package.is_dir() else package.with_suffix(".py")
    before = module.read_text(encoding="utf-8") if module.exists() else None
    module.write_text(f"{before or ''}\n{breach.statement}\n", encoding="utf-8")
    try:
        code, output = lint(copy, breach.contract)
    finally:
        if before is None:
            module.unlink()
        else:
            module.write_text(before, encoding="utf-8")
    assert code != 0, output
    assert "1 broken" in output
    assert breach.place in output


def test_every_contract_is_broken_by_a_test() -> None:
    """No contract stands without a test that walks through it."""
    assert {breach.contract for breach in BREACHES} == set(contracts())


def test_every_service_is_inside_the_walls() -> None:
    """A new service must be named in the contracts that list services one by one."""
    on_disk = {f"services.{path.name}" for path in (PROJECT / "services").iterdir() if (path / "__init__.py").exists()}
    assert on_disk == {f"services.{service}" for service in SERVICES}
    assert set(contracts()["services-are-independent"]["modules"].split()) == on_disk
    walled = {name.removeprefix("subjects-of-") for name in contracts() if name.startswith("subjects-of-")}
    assert walled == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_lists_its_subjects_in_the_order_of_the_walls(service: str) -> None:
    """`SUBJECTS` of `app.py` and the contract say the same: whoever reads one knows the other."""
    composed = importlib.import_module(f"services.{service}.app").SUBJECTS
    walls = contracts()[f"subjects-of-{service}"]["layers"].split()
    names = [subject.name for subject in composed]
    absent = [name for name in names if name not in walls]
    assert absent == [], f"say in the layers of [subjects-of-{service}] of .importlinter where it stands"
    assert names == [name for name in walls if name in names], "app.py and .importlinter: one order"
