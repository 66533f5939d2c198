"""Reads the small forms of the pages: plain fields, never files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from services.console.clients import Fault, Refused
from services.console.rendering.rules.typed import NotReadable, cents_of, number_of

_BYTES_MAX: Final = 16 * 1024
_FIELDS_MAX: Final = 64
_INVALID: Final = 400
_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"

Form = dict[str, list[str]]


class FormRefused(Exception):
    """What was sent is not a form of these pages."""


async def read_form(request: Request) -> Form:
    """Return the fields of a form, each with all its values; blank fields are left out.

    Raises:
        FormRefused: it is longer than any form here, has too many fields, or is of another media type.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise FormRefused("media type")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _BYTES_MAX:
            raise FormRefused("too long")
    try:
        fields = parse_qs(content.decode("utf-8"), max_num_fields=_FIELDS_MAX)
    except ValueError as error:
        raise FormRefused("unreadable") from error
    return {name: [value.strip() for value in values if value.strip()] for name, values in fields.items()}


def first(form: Form, name: str) -> str:
    """Return the first value of a field, empty when it was left blank."""
    return next(iter(form.get(name, [])), "")


def read_cents(form: Form, name: str) -> int:
    """Return an amount that was typed in euros as cents; raises ``Refused`` naming the field for what is none."""
    return _read(form, name, cents_of)


def read_number(form: Form, name: str) -> int:
    """Return a whole number that was typed; raises ``Refused`` naming the field for what is none."""
    return _read(form, name, number_of)


def _read(form: Form, name: str, read: Callable[[str], int]) -> int:
    try:
        return read(first(form, name))
    except NotReadable as error:
        raise Refused(_INVALID, str(error), faults=[Fault(name=name, rule="notReadable")]) from error
