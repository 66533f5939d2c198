"""Reads the small forms of the pages: plain fields, never files."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

_BYTES_MAX: Final = 16 * 1024
_FIELDS_MAX: Final = 64
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
