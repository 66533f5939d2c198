"""The page of limits in the documentation, written from the data."""

from __future__ import annotations

from itertools import groupby

from shared.law.limits import LimitKind, Stated, counted

MEANINGS = {
    LimitKind.REFUSES: "the program says no, and why",
    LimitKind.ASKS_A_PERSON: "a person decides or writes it down; the program keeps what they say",
    LimitKind.INFERRED: "the program goes on by a reading of the law that no text confirms; its code names the entry",
    LimitKind.MISSING: "no code: nothing happens",
    LimitKind.OPERATIONAL: "about running the system, not about the law",
}


def limits_page(limits: tuple[Stated, ...]) -> str:
    """Return docs/limits.md: a table of counts, then a table for each service."""
    services = {service: tuple(some) for service, some in groupby(limits, key=lambda one: one.service)}
    lines = [
        "# Limits",
        "What the program does otherwise than the law says, or not yet. `./auxilia law limits --page` writes this page",
        "from the `limits.yaml` beside the code; `./auxilia law limits ID` tells where the code names an entry.",
        "",
        *_meanings(limits),
        "",
        *_counts(services),
    ]
    for service, some in services.items():
        lines += ["", f"## {service}", *_entries(some)]
    return "\n".join(lines) + "\n"


def _meanings(limits: tuple[Stated, ...]) -> list[str]:
    rows = [f"| {kind} | {MEANINGS[kind]} | {count} |" for kind, count in counted(limits).items()]
    return ["| what happens | | entries |", "| --- | --- | ---: |", *rows, f"| | all | {len(limits)} |"]


def _counts(services: dict[str, tuple[Stated, ...]]) -> list[str]:
    kinds = [str(kind) for kind in LimitKind]
    rows = [
        f"| [{service}](#{service}) | " + " | ".join(str(count or "") for count in counted(some).values()) + " |"
        for service, some in services.items()
    ]
    return [f"| | {' | '.join(kinds)} |", "| --- |" + " ---: |" * len(kinds), *rows]


def _entries(limits: tuple[Stated, ...]) -> list[str]:
    rows = [
        f"| {one.limit.subject} | {one.limit.kind} | {_cell(one.limit.about)} | {_cell('; '.join(one.limit.articles))} "
        f"| {one.limit.since} | `{one.limit.id}` |"
        for one in limits
    ]
    return ["| subject | what happens | limit | articles | since | id |", "|" + " --- |" * 6, *rows]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
