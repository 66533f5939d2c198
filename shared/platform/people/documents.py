"""Letters and files: made from templates the same way each time, kept exactly as they left.

A letter is a Typst template plus data as JSON. The same template and data give the same bytes: the date printed and
the date inside the file are the letter's business date, fonts are those of the compiler and no clock is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import segno
import typst
from uuid6 import uuid7

from shared.law.money import euro_text
from shared.platform.calls.auth import Principal, Role
from shared.platform.database.connections import Connection
from shared.platform.temporal.clock import business_moment

#: The project's folder: templates import ``/shared/correspondence/layout.typ`` from here, and nothing outside it.
ROOT: Final = Path(__file__).resolve().parents[3]
#: Letters can be read in many years (PDF/A-2a) and by a screen reader (PDF/UA-1); what breaks either does not compile.
STANDARDS: Final = ("a-2a", "ua-1")
_NAME: Final = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9./_-]{0,199}$")
#: Roles that can be declared readers of a document.
_READERS: Final = frozenset({Role.AFFILIATION_AGENT, Role.COLLECTIONS_AGENT, Role.BENEFITS_AGENT, Role.FINANCE})
#: Who may read every document: who leads the work, who checks it, and the services, which send it.
_READ_ALL: Final = (Role.TEAM_LEAD, Role.AUDITOR, Role.SERVICE)
_QR_NAME_LENGTH_MAX: Final = 70
_QR_CENTS_MAX: Final = 99_999_999_999


class DocumentDiffers(RuntimeError):
    """Another content was stored before under the same kind and reference."""


class DocumentNotFound(LookupError):
    """There is no such document."""


def render(template: Path, data: Mapping[str, Any]) -> bytes:
    """Return the PDF of a letter.

    Args:
        template: Typst file inside the project; it reads its data with ``json(bytes(sys.inputs.data))``.
        data: what the letter says, ``businessDate`` included; dates, numbers and ids may be Python values.

    Raises:
        KeyError: ``businessDate`` is absent.
        typst.TypstError: the template does not compile with this data.
    """
    day = data["businessDate"]
    day = date.fromisoformat(day) if isinstance(day, str) else day
    inputs = {"data": json.dumps(data, default=_plain, ensure_ascii=False, sort_keys=True)}
    compiler = _compiler(str(template.resolve().relative_to(ROOT)))
    return compiler.compile(inputs, business_moment(day))


class _Compiler:
    """One compiler per template: fonts and parsed files are kept, so that a letter takes milliseconds."""

    def __init__(self, template: str) -> None:
        self._lock = threading.Lock()
        self._compiler = typst.Compiler(input=str(ROOT / template), root=str(ROOT), ignore_system_fonts=True)

    def compile(self, inputs: Mapping[str, str], moment: datetime) -> bytes:
        """Return the PDF; compilers are not shared by two threads at once."""
        with self._lock:
            pdf = self._compiler.compile(
                format="pdf",
                sys_inputs=dict(inputs),
                timestamp=int(moment.timestamp()),
                pdf_standards=list(STANDARDS),
            )
        if not isinstance(pdf, bytes):
            raise TypeError("the compiler gave no PDF")
        return pdf


@lru_cache(maxsize=64)
def _compiler(template: str) -> _Compiler:
    return _Compiler(template)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID | Path):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"{type(value).__name__} can't be put in a letter")


def sepa_qr_svg(*, name: str, iban: str, bic: str, amount_cents: int, communication: str) -> str:
    """Return the payment QR code of a transfer as SVG (EPC069-12 version 002, characters in UTF-8).

    Args:
        name: name of who is paid.
        iban: account that is paid.
        bic: bank of that account.
        amount_cents: amount to pay, in euro cents.
        communication: what the payer's bank passes on: a Belgian structured communication goes in as its 12 digits
            between plus signs, as banks expect it.

    Raises:
        ValueError: a value can't be written in the code.
    """
    if not 1 <= amount_cents <= _QR_CENTS_MAX:
        raise ValueError("amount_cents: must be from 0.01 to 999999999.99 EUR")
    if not name or len(name) > _QR_NAME_LENGTH_MAX:
        raise ValueError("name: must have 1 to 70 characters")
    lines = ["BCD", "002", "1", "SCT", bic, name, iban.replace(" ", ""), f"EUR{euro_text(amount_cents)}", "", ""]
    code = segno.make("\n".join([*lines, communication]), error="m", boost_error=False, micro=False, mode="byte")
    output = io.BytesIO()
    code.save(output, kind="svg", scale=4, border=2, xmldecl=False, nl=False)
    return output.getvalue().decode()


async def store_document(
    connection: Connection,
    *,
    kind: str,
    reference: str,
    dossier: UUID | None,
    language: str | None,
    media_type: str,
    name: str,
    content: bytes,
    business_date: date,
    readers: tuple[Role, ...],
) -> UUID:
    """Keep a document; keeping the same again returns the same id.

    Args:
        connection: inside the transaction that the document is evidence of.
        kind: what it is, for example ``notice``.
        reference: what makes it unique within its kind.
        dossier: whom it is about.
        language: language it is written in; None for files of machines.
        media_type: for example ``application/pdf``.
        name: path it gets when documents are written to a folder; ids and file numbers only, no personal data.
        content: the bytes.
        business_date: civil date it bears.
        readers: whose work needs the content; team leads, auditors and the other services may read everything, and
            the operator nothing.

    Raises:
        ValueError: the name is not a plain relative path, or a reader is no role of the people who work on files.
        DocumentDiffers: other bytes were kept before under this kind and reference.
    """
    if not _NAME.match(name) or ".." in name:
        raise ValueError(f"name: must be a plain relative path of letters, digits, . _ - and /, is {name!r}")
    if not _READERS.issuperset(readers):
        raise ValueError(f"readers: must be among {', '.join(sorted(_READERS))}")
    identifier = UUID(int=uuid7().int)
    digest = hashlib.sha256(content).hexdigest()
    cursor = await connection.execute(
        "insert into document (id, kind, reference, dossier, language, media_type, name, content, content_sha256, "
        "business_date, readers) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (kind, reference) do nothing returning id",
        (
            identifier,
            kind,
            reference,
            dossier,
            language,
            media_type,
            name,
            content,
            digest,
            business_date,
            [str(reader) for reader in readers],
        ),
    )
    if await cursor.fetchone() is not None:
        return identifier
    cursor = await connection.execute(
        "select id, content_sha256 from document where kind = %s and reference = %s", (kind, reference)
    )
    row = await cursor.fetchone()
    if row is None:
        raise DocumentNotFound(f"{kind} {reference}: seen by another transaction only; do this again")
    if row["content_sha256"] != digest:
        raise DocumentDiffers(f"{kind} {reference}: other content was kept before")
    return UUID(str(row["id"]))


async def list_documents(
    connection: Connection,
    *,
    kind: str | None = None,
    dossier: UUID | None = None,
    after_name: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Return documents without their content, in order of name; ``after_name`` continues an earlier answer."""
    cursor = await connection.execute(
        "select id, kind, reference, dossier, language, media_type, name, content_sha256, length(content) as bytes, "
        "business_date, readers from document where (%(kind)s::text is null or kind = %(kind)s) "
        "and (%(dossier)s::uuid is null or dossier = %(dossier)s) "
        "and (%(after)s::text is null or name > %(after)s) order by name limit %(limit)s",
        {"kind": kind, "dossier": dossier, "after": after_name, "limit": limit},
    )
    return await cursor.fetchall()


def may_read(principal: Principal, readers: Sequence[str]) -> bool:
    """Tell whether a caller may have the content of a document stored for these readers."""
    return principal.has_any(*_READ_ALL, *readers)


async def read_document(connection: Connection, *, document_id: UUID) -> dict[str, Any]:
    """Return a document with its content.

    Raises:
        DocumentNotFound: there is no such document.
    """
    cursor = await connection.execute("select * from document where id = %s", (document_id,))
    row = await cursor.fetchone()
    if row is None:
        raise DocumentNotFound(str(document_id))
    return row
