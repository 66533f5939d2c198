"""The verbs for those who change the system: test, lint, pins."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid

import click
from rich.console import Console

from deploy.local.instance import Instance
from deploy.local.layout import PROJECT, instances_folder
from deploy.local.mutate_command import check_changed_rules
from deploy.local.view import Follower

TEST_PREFIX = "test-"
LEFT_AFTER_SECONDS = 600
CHECKED = ("shared", "services", "deploy", "tests")
LINTERS = (
    ("ruff", ("-m", "ruff", "check", *CHECKED)),
    ("mypy", ("-m", "mypy", *CHECKED)),
    ("import-linter", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
)
PIN_OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--strip-extras",
    "--allow-unsafe",
    "--no-header",
    # The files name no address: each machine has its own package index.
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
)


def run_linters(console: Console) -> int:
    """Run every linter, also after one failed; gives 0 when all are content."""
    code = 0
    for name, arguments in LINTERS:
        console.print(f"{name}", style="bold")
        done = subprocess.run([sys.executable, *arguments], check=False, cwd=PROJECT)  # noqa: S603 - our own command
        code = code or done.returncode
    return code


def forget_killed_runs() -> None:
    """Delete the instances of test runs that were killed and could not delete them."""
    for folder in instances_folder().glob(f"{TEST_PREFIX}*"):
        left = Instance(folder.name)
        # A run that is just beginning has its folder a moment before its supervisor.
        if time.time() - folder.stat().st_mtime > LEFT_AFTER_SECONDS and not left.running():
            left.delete()


@click.command(short_help="Check style, types and the house's import rules.")
def lint() -> None:
    """Run ruff, mypy in strict mode and import-linter over the whole tree.

    \b
    ./auxilia lint
    """
    sys.exit(run_linters(Console(stderr=True)))


@click.command(
    short_help="Run all checks and tests on real servers.",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.option("--no-lint", is_flag=True, help="Only the tests.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(pytest_arguments: tuple[str, ...], *, no_lint: bool) -> None:
    """Check style and types, start PostgreSQL, Kafka and Temporal for the tests, run pytest, and stop the servers.

    Everything after the options goes to pytest. Without such a choice, and when the tests succeed, mutants of the rules
    that changed since origin/main or in the last commit follow (./auxilia mutate), for 75 seconds and a margin at most.
    Ends with code 0 only when the checks and the tests all succeed.

    \b
    ./auxilia test
    ./auxilia test --no-lint tests/billing -k notice
    ./auxilia test --no-lint -m "not servers"     only the fast ones; the servers are started all the same
    """
    console = Console(stderr=True)
    lint_code = 0 if no_lint else run_linters(console)
    forget_killed_runs()
    # Every run has an instance of its own, so that two runs never meet and nothing is left of an earlier one.
    instance = Instance(f"{TEST_PREFIX}{uuid.uuid4().hex[:8]}")
    try:
        with Follower(console) as follow:
            instance.start(services=False, bound_to_this_process=True, follow=follow)
        variables = {**os.environ, **instance.environment(), "AUXILIA_SERVERS_PROMISED": "1"}
        command = [sys.executable, "-m", "pytest", *pytest_arguments]
        done = subprocess.run(command, check=False, cwd=PROJECT, env=variables)  # noqa: S603 - our own command
        code = done.returncode
    except KeyboardInterrupt:
        code = 130
    finally:
        instance.delete()
    if code == 0 and not pytest_arguments:
        code = check_changed_rules(console)
    if lint_code:
        console.print("The checks before the tests failed; see above.", style="bold red")
    sys.exit(code or lint_code)


@click.command(short_help="Pin the Python packages anew, with hashes.")
@click.option("--upgrade", is_flag=True, help="Take the newest versions the .in files allow.")
def pins(*, upgrade: bool) -> None:
    """Write requirements/runtime.txt, dev.txt and openfisca.txt from their .in files, with hashes and no address.

    \b
    ./auxilia pins
    ./auxilia pins --upgrade
    """
    for name in ("runtime", "dev", "openfisca"):
        options = [*PIN_OPTIONS, *(["--upgrade"] if upgrade else []), "-o", f"{name}.txt", f"{name}.in"]
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "piptools", "compile", *options], check=False, cwd=PROJECT / "requirements"
        )
        if done.returncode != 0:
            sys.exit(done.returncode)
