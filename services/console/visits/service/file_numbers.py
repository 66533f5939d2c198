"""The dossier with a file number that somebody typed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.console.clients import Refused
from services.console.rendering.service.forms import Form, first
from services.console.visits.service.visits import Visit

_FILE_NUMBER_MAX: Final = 9_999_999


async def dossier_typed(visit: Visit, form: Form) -> UUID:
    """Return the dossier with the file number of a form.

    Raises:
        Refused: it is no file number, or nobody has it.
    """
    number = first(form, "fileNumber").replace(" ", "").replace("-", "")
    if not (number.isascii() and number.isdecimal()) or not 1 <= int(number) <= _FILE_NUMBER_MAX:
        raise Refused(400, "fileNumber")
    found = await visit.staff.send("POST", "affiliation", "/v1/dossiers/query", {"fileNumbers": [int(number)]})
    for item in found["items"]:
        return UUID(str(item["dossier"]))
    raise Refused(404, f"fileNumber {number}", service="affiliation")
