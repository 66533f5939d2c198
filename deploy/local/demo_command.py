"""The verb `./auxilia demo`: an instance of its own, the main job on the samples, and a summary."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console

from deploy.local.demo import Demo, Steps, assumptions_of, clear_output
from deploy.local.fund_api import FundApi
from deploy.local.instance import Instance
from deploy.local.layout import PROJECT
from deploy.local.operators import OperatorTokens
from deploy.local.scenario import load_scenario
from deploy.local.summary import Summary, print_summary
from deploy.local.telling import telling_problems
from deploy.local.view import Follower

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OUTPUT = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--instance", default="demo", show_default=True, metavar="NAME", help="Whose data the demo plays on.")
@click.option("--samples", type=FOLDER, default=PROJECT / "samples", help="Folder with the files.  [default: samples]")
@click.option("--output", type=OUTPUT, help="Where letters and bank files go.  [default: within the instance]")
@click.option("--fresh", is_flag=True, help="Throw away what an earlier demo left, and begin anew.")
@click.option("--keep", is_flag=True, help="Leave everything running afterwards, and print the addresses.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON, and nothing else on standard output.")
def demo(instance: str, samples: Path, output: Path | None, *, fresh: bool, keep: bool, as_json: bool) -> None:
    """Play three quarters of an invented fund, from a file of people to the bailiff.

    Real PostgreSQL, Kafka and Temporal; the calendar is played from January to September 2026, whatever the day is.
    A second run finds everything done and changes nothing; --fresh begins anew.

    \b
    ./auxilia demo                   play, print a summary, stop
    ./auxilia demo --keep            and leave it running, to look around in the console
    ./auxilia demo --fresh --json    begin anew; the summary for programs
    """
    console = Console(stderr=True)
    chosen = Instance(instance)
    if fresh:
        chosen.delete()
    folder = output or chosen.layout.folder / "output"
    scenario_file = samples / "scenario.yaml"
    was_running = chosen.running()
    try:
        with Follower(console) as follow:
            chosen.start(
                played=True,
                fund_file=samples / "fund.yaml",
                scenario_file=scenario_file,
                bound_to_this_process=not keep,
                follow=follow,
            )
        if fresh:
            clear_output(folder)
        summary = asyncio.run(_play(chosen, samples, folder, Steps(console)))
    finally:
        if not keep and not was_running:
            chosen.stop()
    if as_json:
        click.echo(summary.model_dump_json(by_alias=True, indent=2))
    else:
        print_summary(Console(), summary)
    if keep:
        for name, url in chosen.urls().items():
            console.print(f"{name:12} {url}", highlight=False)
        console.print(f"Left running. Stop it with: ./auxilia down --instance {instance}", highlight=False)


async def _play(chosen: Instance, samples: Path, folder: Path, steps: Steps) -> Summary:
    scenario = load_scenario(samples / "events.yaml")
    tokens = OperatorTokens(chosen)
    api = FundApi(urls=chosen.urls(), token_for=tokens, operator=scenario.operators["operator"])
    try:
        with steps.running():
            playing = Demo(
                api=api,
                scenario=scenario,
                samples=samples,
                output=folder,
                steps=steps,
                assumptions=assumptions_of(samples / "scenario.yaml"),
            )
            return await playing.play()
    finally:
        await api.close()
        await tokens.close()


def main() -> None:
    """Run the verb, and say problems of this machine or of a service in a few plain lines."""
    telling_problems(lambda: demo(prog_name="./auxilia demo"))


if __name__ == "__main__":
    main()
