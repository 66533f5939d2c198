"""The command line of Auxilia: every verb teaches itself with --help."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from typing import Any

import click

from deploy.local import billing_commands, checks, commands, money_commands, mutate_command, operator_commands
from deploy.local.layout import PROJECT
from deploy.local.telling import telling_problems

FIRST_STEPS = """\
Auxilia runs a Belgian social insurance fund for the self-employed.

\b
First steps:
  ./auxilia demo           see a fund's year played on invented people, in a few minutes
  ./auxilia up             run the whole system here, with a live view of every process
  ./auxilia test           run all checks and tests on real servers

\b
It needs Java 17 with Maven (Kafka) and Go 1.26 (Temporal, built once in about 4 minutes), or servers that already run,
named by AUXILIA_DATABASE_URL, AUXILIA_KAFKA_BOOTSTRAP and AUXILIA_TEMPORAL_ADDRESS. With Docker instead of all of
these: docker compose up.

\b
Each instance keeps its state in .auxilia/NAME (or AUXILIA_STATE_DIR/NAME): data, secrets and one log per process.
What is built once is in ~/.cache/auxilia (or AUXILIA_CACHE_DIR). `./auxilia VERB --help` explains a verb.
"""
WRONG_USE = 2


class Verbs(click.Group):
    """A group that answers an unknown verb with the one that was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; an unknown one ends with code 2 and a suggestion."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1, cutoff=0.5)
            hint = f" Did you mean: ./auxilia {near[0]}?" if near else " See ./auxilia --help."
            raise click.UsageError(f"there is no verb '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Keep the order in which a newcomer needs the verbs."""
        return list(self.commands)


@click.group(
    cls=Verbs, help=FIRST_STEPS, context_settings={"max_content_width": 120, "help_option_names": ["-h", "--help"]}
)
def auxilia() -> None:
    """Hold the verbs."""


def handed_on(name: str, module: str, summary: str) -> click.Command:
    """Make a verb whose options and help belong to a module of its own."""

    @click.command(
        name,
        short_help=summary,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def run(arguments: tuple[str, ...]) -> None:
        command = [sys.executable, "-P", "-m", module, *arguments]
        variables = {**os.environ, "PYTHONPATH": str(PROJECT), "AUXILIA_VERB": f"./auxilia {name}"}
        sys.exit(subprocess.run(command, check=False, env=variables).returncode)  # noqa: S603 - our own module

    return run


auxilia.add_command(
    handed_on("demo", "deploy.local.demo_command", "Play a fund's year on invented people, and show what came of it.")
)
auxilia.add_command(commands.up)
auxilia.add_command(commands.down)
auxilia.add_command(commands.status)
auxilia.add_command(handed_on("play", "deploy.local.play_command", "Move the calendar of a played instance to a date."))
auxilia.add_command(operator_commands.import_files)
auxilia.add_command(billing_commands.billing)
auxilia.add_command(money_commands.explain)
auxilia.add_command(money_commands.forecast)
auxilia.add_command(money_commands.advise)
auxilia.add_command(operator_commands.trace)
auxilia.add_command(operator_commands.dead_letters)
auxilia.add_command(operator_commands.verify_audit)
auxilia.add_command(operator_commands.token)
auxilia.add_command(handed_on("law", "shared.law", "Show the numbers of the law, what they lack, and limits."))
auxilia.add_command(
    handed_on("assess", "services.billing.calculator.assess", "Compute what somebody owes for a quarter, and say why.")
)
auxilia.add_command(
    handed_on("surcharges", "services.billing.calculator.surcharges", "Compute what late payment costs, line by line.")
)
auxilia.add_command(
    handed_on("company-contribution", "services.billing.calculator.company", "Compute what a company owes for a year.")
)
auxilia.add_command(handed_on("bench", "deploy.local.bench_command", "Measure how fast it is, beside a yardstick."))
auxilia.add_command(
    handed_on("bank", "services.billing.calculator.bank", "Read a bank statement, CODA or camt.053, or see its fault.")
)
auxilia.add_command(checks.test)
auxilia.add_command(checks.lint)
auxilia.add_command(mutate_command.mutate)
auxilia.add_command(handed_on("docs", "tests.docs.house", "Write docs/house.md anew: what each subject brings."))
auxilia.add_command(checks.pins)
auxilia.add_command(commands.logs)
auxilia.add_command(commands.env)


def main() -> Any:
    """Run the verb, and say problems of this machine in a few plain lines."""
    return telling_problems(lambda: auxilia.main(prog_name="./auxilia", standalone_mode=True))


if __name__ == "__main__":
    main()
