"""Nothing about a person reaches the logs, whoever logs it and however."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider

from shared.platform.observation.logging import MASK, configure_logging, get_logger, redact, redact_text

CANARIES = [
    "85073003328",
    "85.07.30-033.28",
    "850730 033 28",
    "BE68539007547034",
    "BE68 5390 0754 7034",
    "jean.dupont+fonds@exemple.be",
    "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
]
HARMLESS = [
    "0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f",
    "recovery-case:0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "2026-02-03T08:00:00.123456+01:00",
    "billing.contributions-issued.v1",
    "/v1/documents/0190f3c8-5f2e-7a10-8e53-6a1b2c3d4e5f/content",
    "notices/2026Q1/0000012-fr.pdf",
]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Configure logging for a test, and give a function that reads what was written."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging(service="billing")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("canary", CANARIES)
def test_what_looks_like_personal_data_is_masked(canary: str) -> None:
    assert canary not in redact_text(f"row 12: {canary}, refused")
    assert MASK in redact_text(f"row 12: {canary}, refused")


@pytest.mark.parametrize("text", HARMLESS)
def test_opaque_ids_and_dates_stay_readable(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("name", ["nationalNumber", "national_number", "first_name", "IBAN", "body", "Authorization"])
def test_values_under_names_of_personal_data_are_masked_whatever_they_look_like(name: str) -> None:
    event = redact(None, "info", {"event": "x", "deep": {"list": [{name: "Dupont"}]}, name: "Dupont"})
    assert "Dupont" not in json.dumps(event)


def test_numbers_and_unknown_objects_are_masked_too() -> None:
    class Person:
        def __repr__(self) -> str:
            return "Person(85073003328)"

    event = redact(None, "info", {"event": "x", "count": 3, "number": 85073003328, "who": Person(), "set": {"a@b.be"}})
    assert event["count"] == 3
    assert "85073003328" not in json.dumps(event)
    assert "a@b.be" not in json.dumps(event)


def test_something_very_deep_is_masked_whole() -> None:
    value: Any = "85073003328"
    for _ in range(30):
        value = [value]
    assert "85073003328" not in json.dumps(redact(None, "info", {"event": "x", "deep": value}))


def test_a_line_is_json_with_service_level_and_time(lines: Any) -> None:
    get_logger("relay").info("relay.sent", count=3)
    (line,) = lines()
    assert line["event"] == "relay.sent"
    assert line["count"] == 3
    assert (line["service"], line["level"], line["logger"]) == ("billing", "info", "relay")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("canary", CANARIES)
def test_other_libraries_are_redacted_too(lines: Any, canary: str) -> None:
    logging.getLogger("some.library").warning("could not send %s", canary, extra={"address": canary, "note": canary})
    assert canary not in json.dumps(lines())


def test_an_error_is_told_by_its_class_and_place_only(lines: Any) -> None:
    try:
        int("Dupont, 85073003328, rue du Test")
    except ValueError:
        get_logger("x").exception("import.failed", row=12)
        logging.getLogger("y").exception("import failed")
    for line in lines():
        assert "Dupont" not in json.dumps(line)
        assert line["error"] == "ValueError"
        assert "test_logging.py" in line["raised_at"][-1]


def test_the_trace_is_on_each_line(lines: Any) -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    with tracer.start_as_current_span("work") as span:
        get_logger("x").info("working")
    (line,) = lines()
    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"
