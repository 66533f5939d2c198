"""Letters are the same bytes each time, say what they are given in three languages, and are kept once."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import typst
from pypdf import PdfReader

from shared.platform.calls.auth import Role
from shared.platform.database.connections import Database
from shared.platform.people.documents import (
    DocumentDiffers,
    DocumentNotFound,
    list_documents,
    read_document,
    render,
    sepa_qr_svg,
    store_document,
)

TEMPLATE = Path(__file__).with_name("letters") / "sample.typ"
FUND = {
    "name": "Caisse d'assurances sociales Auxilia (exemple)",
    "shortName": "Auxilia",
    "street": "Rue de l'Exemple 1",
    "city": "1000 Bruxelles",
    "telephone": "+32 2 555 00 00",
    "email": "bonjour@auxilia.example",
    "website": "https://auxilia.example",
    "enterpriseNumber": "0999900051",
    "iban": "BE16999000010174",
    "bic": "AUXIBEB0",
}


def letter(**changes: Any) -> dict[str, Any]:
    """A letter with one block of every kind."""
    return {
        "language": "fr",
        "businessDate": date(2026, 1, 5),
        "dateLine": "Bruxelles, le 5 janvier 2026",
        "subject": "Avis d’échéance",
        "fileNumber": "0000012",
        "fund": FUND,
        "recipient": {"name": "Élodie Specimen", "street": "Rue Inventée 3", "city": "1348 Ailleurs", "country": ""},
        "greeting": "Madame,",
        "blocks": [
            {"kind": "text", "text": "Voici le décompte."},
            {"kind": "heading", "text": "Ce que vous devez"},
            {
                "kind": "table",
                "columns": ["Nature", "Montant"],
                "rows": [["Cotisation", "854,12 EUR"]],
                "total": ["Total", "890,42 EUR"],
            },
            {"kind": "list", "items": ["premier", "second"]},
            {"kind": "steps", "items": ["d’abord", "ensuite"]},
            {"kind": "box", "paragraphs": ["Attention."]},
            {"kind": "facts", "rows": [{"label": "Compte", "value": "BE16 9990 0001 0174"}]},
            {"kind": "payment", "heading": "Payer", "lines": ["Sur le compte."], "qr": QR, "scan": "Scannez"},
        ],
        "closing": "Salutations.",
        "signature": {"name": "Anémone Exemple", "title": "Administratrice générale"},
        **changes,
    }


QR = sepa_qr_svg(
    name="Auxilia",
    iban="BE16 9990 0001 0174",
    bic="AUXIBEB0",
    amount_cents=89_042,
    communication="+++000/0012/00191+++",
)


def text_of(pdf: bytes) -> str:
    """The words on all pages."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


class TestRendering:
    def test_a_letter_says_everything_it_was_given(self) -> None:
        text = text_of(render(TEMPLATE, letter()))
        for words in (
            "Élodie Specimen",
            "Rue Inventée 3",
            "Avis d’échéance",
            "Dossier 0000012",
            "854,12 EUR",
            "890,42 EUR",
            "ensuite",
            "Attention.",
            "Administratrice générale",
            "Page 1 sur",
        ):
            assert words in text.replace("\xa0", " ")

    def test_a_letter_is_archival_and_accessible(self) -> None:
        reader = PdfReader(io.BytesIO(render(TEMPLATE, letter())))
        catalogue: Any = reader.trailer["/Root"]
        assert catalogue["/Lang"].startswith("fr")
        assert catalogue["/MarkInfo"]["/Marked"]
        metadata = catalogue["/Metadata"].get_object().get_data().decode()
        assert "<pdfaid:part>2</pdfaid:part>" in metadata
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata

    def test_the_same_letter_is_the_same_bytes(self) -> None:
        assert render(TEMPLATE, letter()) == render(TEMPLATE, letter())

    def test_a_letter_is_dated_by_its_business_date(self) -> None:
        information = PdfReader(io.BytesIO(render(TEMPLATE, letter()))).metadata
        assert information is not None
        assert information.creation_date is not None
        assert information.creation_date.date() == date(2026, 1, 5)

    @pytest.mark.parametrize(
        ("language", "page", "registered"),
        [
            ("fr", "Page 1 sur", "RECOMMANDÉ"),
            ("nl", "Pagina 1 van", "AANGETEKEND"),
            ("de", "Seite 1 von", "EINSCHREIBEN"),
        ],
    )
    def test_a_letter_speaks_the_language_of_its_reader(self, language: str, page: str, registered: str) -> None:
        text = text_of(render(TEMPLATE, letter(language=language, registered=True))).replace("\xa0", " ")
        assert page in text
        assert registered in text

    def test_a_long_letter_has_numbered_pages(self) -> None:
        pdf = render(TEMPLATE, letter(blocks=[{"kind": "text", "text": "Un long texte. " * 400}]))
        assert "Page 2 sur 2" in text_of(pdf).replace("\xa0", " ")

    def test_markup_in_data_is_printed_and_not_obeyed(self) -> None:
        text = text_of(render(TEMPLATE, letter(subject="#panic() *gras* $x$", closing="= titre")))
        assert "#panic() *gras* $x$" in text
        assert "= titre" in text

    def test_dates_decimals_and_ids_may_be_given_as_they_are(self) -> None:
        identifier = uuid4()
        blocks = [{"kind": "text", "text": text} for text in (Decimal("0.0425"), identifier, date(2026, 3, 31))]
        text = text_of(render(TEMPLATE, letter(blocks=blocks)))
        assert "0.0425" in text
        assert "2026-03-31" in text
        assert str(identifier) in text.replace("\n", "")

    def test_an_unknown_block_is_refused(self) -> None:
        with pytest.raises(typst.TypstError, match="unknown kind of block: surprise"):
            render(TEMPLATE, letter(blocks=[{"kind": "surprise"}]))

    def test_fonts_come_from_the_compiler_only(self) -> None:
        """So that a letter looks the same on every machine."""
        fonts = set()
        for page in PdfReader(io.BytesIO(render(TEMPLATE, letter()))).pages:
            for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
                fonts.add(font["/BaseFont"].split("+", 1)[-1].split("-")[0])
        assert fonts == {"LibertinusSerif"}


class TestPaymentCode:
    def test_the_code_says_what_a_banking_application_needs(self) -> None:
        assert QR.startswith("<svg")

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"amount_cents": 0}, "amount_cents"),
            ({"amount_cents": -5}, "amount_cents"),
            ({"amount_cents": 100_000_000_000}, "amount_cents"),
            ({"name": ""}, "name"),
            ({"name": "x" * 71}, "name"),
        ],
    )
    def test_what_can_not_be_paid_is_refused(self, changes: dict[str, Any], complaint: str) -> None:
        values: dict[str, Any] = {
            "name": "Auxilia",
            "iban": "BE16999000010174",
            "bic": "AUXIBEB0",
            "amount_cents": 1,
            "communication": "x",
        }
        with pytest.raises(ValueError, match=complaint):
            sepa_qr_svg(**{**values, **changes})


class TestKeeping:
    @pytest.fixture
    async def database(self, open_database: Callable[[str], Awaitable[Database]]) -> Database:
        return await open_database("billing")

    async def keep(self, database: Database, **changes: Any) -> UUID:
        """Keep a document."""
        values: dict[str, Any] = {
            "kind": "notice",
            "reference": "1",
            "dossier": None,
            "language": "fr",
            "media_type": "application/pdf",
            "name": "notices/2026Q1/0000012-fr.pdf",
            "content": b"%PDF",
            "business_date": date(2026, 1, 5),
            "readers": (Role.FINANCE,),
        }
        async with database.transaction() as connection:
            return await store_document(connection, **{**values, **changes})

    async def test_a_document_is_kept_once_and_comes_back(self, database: Database) -> None:
        first = await self.keep(database)
        assert await self.keep(database) == first
        async with database.transaction() as connection:
            row = await read_document(connection, document_id=first)
            listed = await list_documents(connection, kind="notice")
        assert bytes(row["content"]) == b"%PDF"
        assert [(one["id"], one["bytes"]) for one in listed] == [(first, 4)]
        assert "content" not in listed[0]

    async def test_another_content_under_the_same_reference_is_refused(self, database: Database) -> None:
        await self.keep(database, kind="decision", name="decisions/1.pdf")
        with pytest.raises(DocumentDiffers):
            await self.keep(database, kind="decision", name="decisions/1.pdf", content=b"other")

    @pytest.mark.parametrize("name", ["../x.pdf", "/etc/x", "a/../b", "", "Dupont Élodie.pdf", "x" * 300])
    async def test_a_name_is_a_plain_relative_path(self, database: Database, name: str) -> None:
        with pytest.raises(ValueError, match="name: must be a plain relative path"):
            await self.keep(database, reference="names", name=name)

    @pytest.mark.parametrize("reader", [Role.OPERATOR, Role.PARTNER, Role.SERVICE, "everybody"])
    async def test_only_people_who_work_on_files_are_declared_readers(self, database: Database, reader: str) -> None:
        with pytest.raises(ValueError, match="readers: must be among"):
            await self.keep(database, reference="readers", name="readers/1.pdf", readers=(Role.FINANCE, reader))

    async def test_a_document_is_never_changed_or_deleted(self, database: Database) -> None:
        kept = await self.keep(database, kind="statement", name="statements/1.pdf")
        for statement in ("update document set content = 'x' where id = %s", "delete from document where id = %s"):
            with pytest.raises(psycopg.Error):
                async with database.transaction() as connection:
                    await connection.execute(statement, (kept,))

    async def test_what_was_never_kept_is_not_found(self, database: Database) -> None:
        async with database.transaction() as connection:
            with pytest.raises(DocumentNotFound):
                await read_document(connection, document_id=uuid4())
