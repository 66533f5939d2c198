"""The verb ``billing`` asks the right thing of the service and says what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.local import billing_commands
from deploy.local.billing_commands import billing

RUN = {
    "runId": "01a20421-61d9-77bb-a2b8-a23bf59187dc",
    "quarter": "2026Q1",
    "round": 1,
    "status": "awaitingGo",
    "subjects": 9,
    "pages": 3,
    "pagesDone": 1,
    "billed": 3,
    "parked": 1,
    "letters": 0,
    "parkedDossiers": [{"dossier": "d-1", "reason": "incomeUnknown", "detail": "no income was known"}],
}
FIGURES = {
    "billed": 3,
    "totalCents": 357535,
    "categories": [{"category": "main", "dossiers": 3, "contributionCents": 342960, "feeCents": 14575}],
    "parked": {"incomeUnknown": 1},
    "new": 1,
    "same": 0,
    "raised": 2,
    "raisedCents": 3900,
    "lowered": 0,
    "loweredCents": 0,
    "changed": [],
}


class FakeApi:
    """Answers from memory and writes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def get(self, _service: str, path: str, **parameters: str) -> dict[str, Any]:
        """Answer one run, or a list whose first page holds another quarter."""
        self.asked.append((path, dict(parameters)))
        if path == "/v1/billingRuns":
            first = {"items": [{**RUN, "quarter": "2026Q2"}], "nextAfter": "n"}
            return {"items": [{**RUN, "round": 1, "runId": "older"}, {**RUN, "round": 2}]} if parameters else first
        if path.startswith("/v1/billingTrials/"):
            return {"status": "done", "pagesDone": 2, "pages": 2, "figures": FIGURES}
        return RUN

    async def post(self, _service: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer a plan, a trial or a run."""
        self.asked.append((path, body))
        if path == "/v1/billingPlans/query":
            item = {"dossier": "d", "fileNumber": 12, "category": "main", "startsOn": "2020-01-01"}
            return {"subjects": 9, "items": [item]}
        return {"trialId": "t"} if path == "/v1/billingTrials" else RUN


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """Stand in for a running instance."""
    fake = FakeApi()

    def ask(_instance: str, act: Callable[[FakeApi], Awaitable[Any]]) -> Any:
        async def do() -> Any:
            return await act(fake)

        return asyncio.run(do())

    monkeypatch.setattr(billing_commands, "_ask", ask)
    return fake


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(billing, list(arguments), env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    return result


def test_a_run_with_a_canary_is_begun_watched_and_told_how_to_go_on(api: FakeApi) -> None:
    output = _run("begin", "2026Q1", "--canary", "3", "--wave-size", "5").output
    wanted = {"quarter": "2026Q1", "retryParked": False, "canary": 3, "waveSize": 5}
    assert api.asked == [("/v1/billingRuns", wanted), (f"/v1/billingRuns/{RUN['runId']}", {})]
    assert "2026Q1, round 1: awaitingGo" in output
    assert "9 dossiers, 3 billed, 1 parked\n" in output
    assert "No letter is made yet" in output
    assert "no income was known" in output
    assert "./auxilia billing go 2026Q1" in output


@pytest.mark.parametrize("order", ["pause", "resume", "go", "cancel"])
def test_an_order_goes_to_the_latest_round_of_the_quarter(api: FakeApi, order: str) -> None:
    document = json.loads(_run(order, "2026Q1", "--json").output)
    assert document == RUN
    assert api.asked == [
        ("/v1/billingRuns", {}),
        ("/v1/billingRuns", {"afterRunId": "n"}),
        (f"/v1/billingRuns/{RUN['runId']}/orders", {"order": order}),
    ]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("pause", ["is paused", "./auxilia billing resume 2026Q1"]),
        ("resume", ["goes on where it was", "It still waits for: ./auxilia billing go 2026Q1"]),
        ("go", ["goes on: what waited begins now"]),
        ("cancel", ["is cancelled", "who was billed stays billed"]),
    ],
)
@pytest.mark.usefixtures("api")
def test_an_order_says_what_was_done(order: str, said: list[str]) -> None:
    """The service answers with the stage of before the order: it is no answer to who gave it."""
    output = _run(order, "2026Q1").output
    assert all(one in output for one in said), output
    assert "awaitingGo" not in output
    assert "Look at the notices" not in output


@pytest.mark.parametrize("verb", ["plan", "try", "begin", "watch", "pause"])
@pytest.mark.parametrize("text", ["foo", "2026Q5"])
def test_a_wrong_quarter_is_refused_with_how_one_is_written(api: FakeApi, verb: str, text: str) -> None:
    result = CliRunner().invoke(billing, [verb, text], env={"COLUMNS": "200"})
    assert (result.exit_code, api.asked) == (2, [])
    assert "four digits, Q and a number from 1 to 4, such as 2026Q1" in result.output


def test_a_plan_and_a_trial_are_shown(api: FakeApi) -> None:
    output = _run("plan", "2026Q1", "--show", "5").output
    assert "9 dossiers owe 2026Q1" in output
    assert "0000012" in output
    output = _run("try", "2026Q1").output.replace("\u00a0", " ").replace("\u202f", " ")
    assert "3 would be billed 3,575.35" in output or "3 would be billed €3,575.35" in output
    assert "1 new, 0 unchanged, 2 higher" in output
    assert "Parked: 1 (incomeUnknown)" in output
    assert api.asked[0] == ("/v1/billingPlans/query", {"quarter": "2026Q1", "pageSize": 5})


def test_a_quarter_needs_a_sensible_canary() -> None:
    assert CliRunner().invoke(billing, ["begin", "2026Q1", "--canary", "0"]).exit_code == 2
