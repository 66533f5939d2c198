"""Files of collections: valid against the official schema, exact to the cent, and refused when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import sepaxml  # type: ignore[import-untyped]
from lxml import etree

from shared.treasury.sepa.direct_debit import (
    Collection,
    CollectionSequence,
    collection_file,
    creditor_identifier,
    read_collection_file,
)
from shared.treasury.sepa.party import Party
from shared.treasury.sepa.pieces import PaymentFileInvalid

SCHEMA = etree.XMLSchema(etree.parse(str(Path(sepaxml.__file__).parent / "schemas" / "pain.008.001.08.xsd")))
CREDITOR = Party(
    name="Caisse d'assurances sociales Été",
    enterprise_number="0403019261",
    iban="BE71096123456769",
    bic="GKCCBEBB",
    street="Rue de l'Épée",
    house_number="3",
    postal_code="1000",
    city="Bruxelles",
    country="BE",
)
FIRST = Collection(
    end_to_end_id="D0001",
    amount_cents=92826,
    sequence=CollectionSequence.FIRST,
    mandate_reference="M0000012-01",
    mandate_signed_on=date(2026, 1, 15),
    debtor_name="Zoë Dœuvre",
    debtor_iban="BE43068999999501",
    remittance="Cotisation 2026Q1 0000012",
)
SECOND = replace(FIRST, end_to_end_id="D0002", amount_cents=1, sequence=CollectionSequence.RECURRENT)


def _written(*collections: Collection) -> bytes:
    return collection_file(
        message_id="COLLECT-20260208",
        created_at=datetime.fromisoformat("2026-02-08T08:00:00+01:00"),
        collection_on=date(2026, 2, 24),
        creditor=CREDITOR,
        collections=collections,
    )


def test_the_official_schema_accepts_the_file() -> None:
    content = _written(FIRST, SECOND)
    SCHEMA.assertValid(etree.fromstring(content))
    summary = read_collection_file(content)
    assert (summary.collections, summary.total_cents) == (2, 92827)
    assert summary.end_to_end_ids == ("D0001", "D0002")
    assert summary.collection_on == date(2026, 2, 24)


def test_a_sequence_has_a_block_of_its_own() -> None:
    content = _written(FIRST, SECOND, replace(SECOND, end_to_end_id="D0003"))
    assert content.count(b"<SeqTp>FRST</SeqTp>") == 1
    assert content.count(b"<SeqTp>RCUR</SeqTp>") == 1
    assert content.count(b"<CtrlSum>0.02</CtrlSum>") == 1
    assert content == _written(FIRST, SECOND, replace(SECOND, end_to_end_id="D0003"))


def test_the_creditor_identifier_has_right_check_digits() -> None:
    # By hand: 0403019261 followed by BE00, so 0403019261111400, leaves 48 when divided by 97; 98 - 48 = 50.
    assert creditor_identifier("0403019261") == "BE50ZZZ0403019261"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"amount_cents": 0}, "amount"),
        ({"debtor_iban": "BE43068999999502"}, "iban"),
        ({"debtor_name": " "}, "debtorName"),
        ({"mandate_reference": "M 1"}, "mandateReference"),
        ({"end_to_end_id": "x" * 36}, "endToEndId"),
    ],
)
def test_a_wrong_collection_is_refused(changes: dict[str, object], rule: str) -> None:
    with pytest.raises(PaymentFileInvalid) as caught:
        _written(replace(FIRST, **changes))  # type: ignore[arg-type]  # each change has the type of its field
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>3</NbOfTxs>", "numberOfTransactions"),
        (b"<CtrlSum>928.27</CtrlSum>", b"<CtrlSum>928.28</CtrlSum>", "controlSum"),
        (b"D0002", b"D0001", "endToEndId"),
        (b"pain.008.001.08", b"pain.008.001.02", "document"),
        (b"2026-02-24</ReqdColltnDt>", b"2026-02-25</ReqdColltnDt>", "collectionDate"),
    ],
)
def test_a_file_that_was_touched_is_refused(old: bytes, new: bytes, rule: str) -> None:
    with pytest.raises(PaymentFileInvalid) as caught:
        read_collection_file(_written(FIRST, SECOND).replace(old, new, 1))
    assert caught.value.rule == rule


def test_nothing_to_collect_is_no_file() -> None:
    with pytest.raises(PaymentFileInvalid, match="at least one"):
        _written()
