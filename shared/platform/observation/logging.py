"""Logs: one JSON object per line on standard error, without personal data and without bodies.

Redaction is the second line of defence: code logs opaque ids in the first place. What looks like a national number,
an enterprise number, an account number or an e-mail address is masked wherever it stands, and values under names of
personal data are masked whatever they look like.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog
from opentelemetry import trace

MASK: Final = "[redacted]"

#: Names under which nothing is ever logged.
REDACTED_NAMES: Final = frozenset(
    {
        "accountnumber",
        "address",
        "assertion",
        "authorization",
        "birthdate",
        "body",
        "city",
        "clientassertion",
        "companyname",
        "content",
        "cookie",
        "creditorname",
        "debtorname",
        "email",
        "firstname",
        "headers",
        "housenumber",
        "iban",
        "lastname",
        "name",
        "nationalnumber",
        "niss",
        "insz",
        "password",
        "payload",
        "phone",
        "postalcode",
        "secret",
        "ssin",
        "street",
        "token",
    }
)
_PATTERNS: Final = (
    # A national number, plain or written 85.07.30-033.28.
    re.compile(r"(?<![0-9a-fA-F-])\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?![0-9a-fA-F-])"),
    # An account number with or without spaces.
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"),
    re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
    # A token of three base64 parts.
    re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
)
_DEPTH_MAX: Final = 6


def configure_logging(*, service: str, level: str = "INFO") -> None:
    """Make every logger of this process write redacted JSON lines to standard error.

    Args:
        service: name of the service, on each line.
        level: the lowest level that is written.
    """
    shared_processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _AddService(service),
        add_trace,
        drop_exception_text,
        redact,
        _without_colours,
    ]
    structlog.configure(
        processors=[*shared_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared_processors],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "aiokafka", "uvicorn.access", "faststream", "temporalio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for owned in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(owned).handlers = []
        logging.getLogger(owned).propagate = True


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger; log events as short words with values beside them: ``log.info("relay.sent", count=3)``."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask personal data and secrets in a log event, however deep they are."""
    for name, value in event.items():
        event[name] = _redacted(name, value, depth=0)
    return event


def redact_text(text: str) -> str:
    """Return the text with everything masked that looks like personal data or a token."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def drop_exception_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its class and where it was raised: texts of errors quote the values that caused them."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["raised_at"] = _frames(error)
    return event


def add_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the current trace, so that a line leads to the journey it belongs to."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


def _without_colours(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop the copy of a message that the HTTP server keeps for coloured terminals."""
    event.pop("color_message", None)
    return event


class _StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - logging must not break what it tells about, nor quote what it can't write
            sys.stderr.write(json.dumps({"event": "logging.failed", "level": "error", "logger": record.name}) + "\n")


class _AddService:
    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = self._service
        return event


def _redacted(name: str, value: Any, *, depth: int) -> Any:
    if name.replace("_", "").replace("-", "").lower() in REDACTED_NAMES:
        return MASK
    if isinstance(value, str):
        return redact_text(value)
    if depth >= _DEPTH_MAX:
        return MASK
    if isinstance(value, Mapping):
        return {str(key): _redacted(str(key), part, depth=depth + 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", part, depth=depth + 1) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return redact_text(str(value)) if isinstance(value, int) and value > 9_999_999_999 else value
    return redact_text(str(value))


def _frames(error: BaseException) -> list[str]:
    frames: list[str] = []
    current = error.__traceback__
    while current is not None:
        code = current.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{current.tb_lineno} {code.co_name}")
        current = current.tb_next
    return frames[-12:]
