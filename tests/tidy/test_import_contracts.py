"""Each wall of `.importlinter` stands, and falls over when somebody walks through it."""

from __future__ import annotations

import configparser
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
    """One forbidden import: in which contract, written into which new module."""

    contract: str
    module: str
    statement: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.module}: {self.statement}"


BREACHES = (
    Breach("services-are-independent", "services/billing/trespass.py", "import services.recovery"),
    Breach("services-are-independent", "services/console/trespass.py", "import services.affiliation.domain"),
    Breach("rooms-of-a-service", "services/billing/domain/trespass.py", "import services.billing.store"),
    Breach("rooms-of-a-service", "services/recovery/store/trespass.py", "import services.recovery.workflows"),
    Breach("rooms-of-a-service", "services/benefits/workflows/trespass.py", "import services.benefits.app"),
    Breach("pure-rules", "services/billing/domain/trespass.py", "import psycopg"),
    Breach("pure-rules", "services/affiliation/domain/trespass.py", "import time"),
    Breach("pure-rules", "services/benefits/domain/trespass.py", "import shared.platform.database"),
    Breach("pure-rules", "shared/law/trespass.py", "from temporalio import workflow"),
    Breach("rules-know-words-not-facts", "services/recovery/domain/trespass.py", "import shared.contracts.billing_v1"),
    Breach("workflows-do-no-io", "services/billing/workflows/trespass.py", "import httpx"),
    Breach("workflows-do-no-io", "services/recovery/workflows/trespass.py", "import services.recovery.store"),
    Breach("workflows-do-no-io", "services/affiliation/workflows/trespass.py", "import random"),
    Breach("shared-knows-no-service", "shared/platform/trespass.py", "import services.billing"),
    Breach("shared-knows-no-service", "shared/law/trespass.py", "import deploy.local"),
    Breach("services-know-no-machine", "services/affiliation/trespass.py", "import deploy.local.instance"),
    Breach("outside-world-stays-outside", "deploy/sandbox/trespass.py", "import services.benefits"),
    Breach("outside-world-stays-outside", "deploy/local/trespass.py", "import services.billing.domain"),
    Breach("shared-points-down", "shared/law/trespass.py", "import shared.contracts.vocabulary"),
    Breach("shared-points-down", "shared/contracts/trespass.py", "import shared.platform.outbox"),
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
    for package in PACKAGES:
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
    module = copy / breach.module
    created = [folder for folder in (module.parent,) if not (folder / "__init__.py").exists()]
    module.parent.mkdir(parents=True, exist_ok=True)
    for folder in created:
        (folder / "__init__.py").write_text("", encoding="utf-8")
    module.write_text(breach.statement + "\n", encoding="utf-8")
    try:
        code, output = lint(copy, breach.contract)
    finally:
        module.unlink()
        for folder in created:
            (folder / "__init__.py").unlink()
    assert code != 0, output
    assert "1 broken" in output
    assert breach.module.removesuffix(".py").replace("/", ".") in output


def test_every_contract_is_broken_by_a_test() -> None:
    """No contract stands without a test that walks through it."""
    assert {breach.contract for breach in BREACHES} == set(contracts())


def test_every_service_is_inside_the_walls() -> None:
    """A new service must be named in the contracts that list services one by one."""
    on_disk = {f"services.{path.name}" for path in (PROJECT / "services").iterdir() if (path / "__init__.py").exists()}
    assert on_disk == {f"services.{service}" for service in SERVICES}
    for contract, option in (("services-are-independent", "modules"), ("rooms-of-a-service", "containers")):
        assert set(contracts()[contract][option].split()) == on_disk
