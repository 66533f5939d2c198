"""Spans are written so that a dossier's whole way can be read back, and hold nothing about a person."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from shared.platform.observation import telemetry
from shared.platform.observation.telemetry import (
    JsonLinesSpanExporter,
    WithoutTexts,
    current_trace_id,
    note_dossier,
    span,
)
from shared.platform.observation.trace import find_traces, main

ANNA = UUID("0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f")
BERT = UUID("0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e60")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write the spans of a test to files, as two processes would."""
    provider = TracerProvider(resource=Resource.create({"service.name": "billing"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(JsonLinesSpanExporter(tmp_path / "billing.jsonl")))
    monkeypatch.setattr(telemetry, "tracer", provider.get_tracer("test"))
    yield tmp_path
    provider.shutdown()


def written(folder: Path) -> list[dict[str, Any]]:
    """Everything that was written."""
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def test_a_span_is_a_line_with_its_parent(folder: Path) -> None:
    with (
        span("import", attributes={"rows": 3}) as outer,
        span("affiliate", dossier=ANNA, kind=SpanKind.PRODUCER),
    ):
        assert current_trace_id() == f"{outer.get_span_context().trace_id:032x}"
    inner_line, outer_line = written(folder)
    assert inner_line["parentSpanId"] == outer_line["spanId"]
    assert inner_line["attributes"] == {"auxilia.dossier": str(ANNA)}
    assert (inner_line["kind"], inner_line["service"], outer_line["attributes"]) == ("producer", "billing", {"rows": 3})


def test_an_error_is_told_by_its_class_only(folder: Path) -> None:
    with pytest.raises(ValueError, match="Dupont"), span("import"):
        raise ValueError("Dupont 85073003328")
    (line,) = written(folder)
    assert line["status"] == "error"
    assert line["attributes"] == {"error.type": "ValueError"}
    assert "Dupont" not in json.dumps(line)


def test_a_dossier_may_be_learned_later(folder: Path) -> None:
    with span("request"):
        note_dossier(ANNA)
    assert written(folder)[0]["attributes"] == {"auxilia.dossier": str(ANNA)}


def test_files_do_not_grow_for_ever(tmp_path: Path) -> None:
    exporter = JsonLinesSpanExporter(tmp_path / "billing.jsonl", limit_bytes=500, files_kept=3)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for number in range(40):
        with provider.get_tracer("x").start_as_current_span(f"span {number}"):
            pass
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["billing.1.jsonl", "billing.2.jsonl", "billing.jsonl"]
    assert all(path.stat().st_size < 1500 for path in tmp_path.iterdir())
    assert written(tmp_path)[-1]["name"] == "span 39"


def test_a_full_disk_loses_spans_and_nothing_else(tmp_path: Path) -> None:
    exporter = JsonLinesSpanExporter(tmp_path / "folder" / "billing.jsonl")
    (tmp_path / "folder").rmdir()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("x").start_as_current_span("work"):
        pass
    assert exporter.force_flush()


def test_a_dossier_is_followed_without_the_others_of_its_file(folder: Path) -> None:
    with span("import people"):
        with span("application", dossier=ANNA), span("affiliate"):
            pass
        with span("application", dossier=BERT), span("affiliate"):
            pass
        with span("write page"), span("letter", dossier=ANNA), span("other letter", dossier=BERT):
            pass
    with span("unrelated"):
        pass
    (found,) = find_traces(folder, dossier=ANNA)
    (root,) = found.roots
    assert root.span["name"] == "import people"
    assert [child.span["name"] for child in root.children] == ["application", "write page"]
    assert [child.span["name"] for child in root.children[0].children] == ["affiliate"]
    assert [child.span["name"] for child in root.children[1].children] == ["letter"]
    assert root.children[1].children[0].children == []


def test_a_trace_goes_on_in_another_process(folder: Path) -> None:
    other = TracerProvider(resource=Resource.create({"service.name": "recovery"}), shutdown_on_exit=False)
    other.add_span_processor(SimpleSpanProcessor(JsonLinesSpanExporter(folder / "recovery.jsonl")))
    with span("debt overdue", dossier=ANNA) as told:
        context = trace.set_span_in_context(told)
    with other.get_tracer("x").start_as_current_span("open case", context=context):
        pass
    (found,) = find_traces(folder, dossier=ANNA)
    (child,) = found.roots[0].children
    assert (child.span["service"], child.span["name"]) == ("recovery", "open case")


def test_a_line_that_is_being_written_is_left_out(folder: Path) -> None:
    with span("one", dossier=ANNA):
        pass
    with (folder / "billing.jsonl").open("a") as file:
        file.write(f'{{"traceId": "12", "attributes": {{"auxilia.dossier": "{ANNA}"')
    assert len(find_traces(folder, dossier=ANNA)) == 1


def test_the_command_prints_trees(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with span("import people"), span("application", dossier=ANNA):
        pass
    assert main([str(ANNA), "--folder", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.index("import people") < printed.index("application")


def test_the_command_speaks_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with span("application", dossier=ANNA):
        pass
    assert main([str(ANNA), "--folder", str(folder), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["traces"][0]["roots"][0]["name"] == "application"


def test_the_command_says_when_there_is_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([str(BERT), "--folder", str(folder)]) == 1
    monkeypatch.delenv("AUXILIA_TELEMETRY_DIR", raising=False)
    assert main([str(BERT)]) == 2
    assert "AUXILIA_TELEMETRY_DIR" in capsys.readouterr().err


def test_what_leaves_the_machine_holds_no_text_of_an_error() -> None:
    """Libraries record the text of an error as an event; it could name somebody."""
    exported: list[ReadableSpan] = []

    class Collector(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            exported.extend(spans)
            return SpanExportResult.SUCCESS

    provider = TracerProvider(resource=Resource.create({"service.name": "billing"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(WithoutTexts(Collector())))
    tracer = provider.get_tracer("library")
    with (
        pytest.raises(ValueError, match="Dupont"),
        tracer.start_as_current_span("parent", attributes={"rows": 3}),
        tracer.start_as_current_span("child"),
    ):
        int("Dupont 85073003328")
    child, outer = exported
    assert "Dupont" not in child.to_json() + outer.to_json()
    assert child.parent == outer.get_span_context()
    assert (outer.attributes, outer.status.is_ok, child.resource.attributes["service.name"]) == (
        {"rows": 3},
        False,
        "billing",
    )
