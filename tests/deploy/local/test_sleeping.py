"""What `./auxilia status` says of work that sleeps."""

from __future__ import annotations

from rich.console import Console

from deploy.local.sleeping import count_sleeping, sleeping_of
from deploy.local.state import InstanceState, ProcessState
from deploy.local.view import state_table

PAGE = """\
# HELP auxilia_sleeping Open work that nothing will wake.
# TYPE auxilia_sleeping gauge
auxilia_sleeping{service="benefits",what="claims"} 2.0
auxilia_sleeping{service="benefits",what="transmissions"} 0.0
# TYPE auxilia_open_tasks gauge
auxilia_open_tasks{service="benefits"} 7.0
"""


def instance(*services: str) -> InstanceState:
    """An instance whose services answer nowhere."""
    return InstanceState(
        instance="test",
        phase="ready",
        supervisor_pid=1,
        supervisor_started=0.0,
        processes=[
            ProcessState(name=name, kind="service", status="healthy", url="http://127.0.0.1:1") for name in services
        ],
    )


def printed(sleeping: dict[str, dict[str, int]]) -> str:
    """The table as text."""
    console = Console(width=160)
    with console.capture() as capture:
        console.print(state_table(instance("benefits", "recovery", "console"), alive=True, sleeping=sleeping))
    return capture.get()


def test_the_counts_are_read_from_the_metrics_page() -> None:
    assert sleeping_of(PAGE) == {"claims": 2, "transmissions": 0}
    assert sleeping_of("") == {}


def test_a_service_that_does_not_answer_is_left_out() -> None:
    assert count_sleeping(instance("benefits")) == {}
    assert count_sleeping(instance()) == {}


def test_the_table_names_what_sleeps_and_says_none_where_nothing_does() -> None:
    lines = printed({"benefits": {"claims": 2, "transmissions": 0}, "recovery": {"cases": 0}}).splitlines()
    row = {name: next(line for line in lines if line.strip().startswith(name)) for name in ("benefits", "recovery")}
    assert "2 claims" in row["benefits"]
    assert "transmissions" not in row["benefits"]
    assert row["recovery"].rstrip().endswith("none")
