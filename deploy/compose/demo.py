"""The main job on the samples, on the composed system: `docker compose --profile demo run --rm demo`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click
from rich.console import Console

from deploy.compose.places import OWN_SECRETS
from deploy.local.demo import Demo, Steps, assumptions_of
from deploy.local.fund_api import FundApi, ProblemError
from deploy.local.keys import SERVICES, Keys
from deploy.local.layout import PROJECT
from deploy.local.operators import PeopleTokens
from deploy.local.scenario import load_scenario
from deploy.local.summary import Summary, print_summary


async def play(samples: Path, output: Path, steps: Steps) -> Summary:
    """Play the scenario over the containers' addresses."""
    scenario = load_scenario(samples / "events.yaml")
    tokens = PeopleTokens(issuer_url=os.environ["AUXILIA_ISSUER_URL"], keys=Keys(OWN_SECRETS))
    urls = {service: os.environ[f"AUXILIA_{service.upper()}_URL"] for service in SERVICES}
    api = FundApi(urls=urls, token_for=tokens, operator=scenario.operators["operator"])
    try:
        with steps.running():
            playing = Demo(
                api=api,
                scenario=scenario,
                samples=samples,
                output=output,
                steps=steps,
                assumptions=assumptions_of(samples / "scenario.yaml"),
            )
            return await playing.play()
    finally:
        await api.close()
        await tokens.close()


def main() -> None:
    """Play and print the summary; `--json` prints it for programs."""
    as_json = "--json" in sys.argv[1:]
    steps = Steps(Console(stderr=True))
    try:
        summary = asyncio.run(play(PROJECT / "samples", Path("/var/lib/auxilia/output"), steps))
    except ProblemError as problem:
        Console(stderr=True).print(str(problem), style="red", markup=False, highlight=False)
        sys.exit(1)
    if as_json:
        click.echo(summary.model_dump_json(by_alias=True, indent=2))
    else:
        print_summary(Console(), summary)


if __name__ == "__main__":
    main()
