"""Payment files: valid against the official schema, exact to the cent, and refused when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import sepaxml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.treasury.sepa.credit_transfer import CreditTransfer, payment_file, read_payment_file
from shared.treasury.sepa.party import Party
from shared.treasury.sepa.pieces import PaymentFileInvalid, sepa_text

#: A Belgian account of the samples of the payment standards, and one of the tax administration.
ACCOUNT, OTHER_ACCOUNT = "BE71096123456769", "BE43068999999501"
DEBTOR = Party(
    name="Caisse d'assurances sociales Été",
    enterprise_number="0403019261",
    iban=ACCOUNT,
    bic="GKCCBEBB",
    street="Rue de l'Épée",
    house_number="3",
    postal_code="1000",
    city="Bruxelles",
    country="BE",
)
TRANSFER = CreditTransfer(
    end_to_end_id="P0001",
    amount_cents=40957,
    creditor_name="Zoë Dœuvre",
    creditor_iban=OTHER_ACCOUNT,
    remittance="Droit passerelle 2026-03 0000012",
)
SCHEMA = etree.XMLSchema(etree.parse(str(Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd")))


def written(*transfers: CreditTransfer, debtor: Party = DEBTOR) -> bytes:
    return payment_file(
        message_id="BENEFITS-20260420",
        created_at=datetime.fromisoformat("2026-04-20T08:00:00+02:00"),
        execution_on=date(2026, 4, 22),
        debtor=debtor,
        transfers=transfers,
        purpose="SSBE",
    )


def test_the_official_schema_accepts_the_file() -> None:
    content = written(TRANSFER, replace(TRANSFER, end_to_end_id="P0002", amount_cents=163826))
    SCHEMA.assertValid(etree.fromstring(content))


def test_the_totals_are_exact_and_the_creditor_has_no_address() -> None:
    content = written(TRANSFER, replace(TRANSFER, end_to_end_id="P0002", amount_cents=163826))
    assert content.count(b"<CtrlSum>2047.83</CtrlSum>") == 2
    assert content.count(b"<NbOfTxs>2</NbOfTxs>") == 2
    assert content.count(b"<PstlAdr>") == 1
    assert b'<InstdAmt Ccy="EUR">409.57</InstdAmt>' in content
    summary = read_payment_file(content)
    assert (summary.transfers, summary.total_cents) == (2, 204783)
    assert summary.end_to_end_ids == ("P0001", "P0002")
    assert summary.execution_on == date(2026, 4, 22)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert written(TRANSFER) == written(TRANSFER)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amount_cents": 0}, "amount"),
        ({"amount_cents": -1}, "amount"),
        ({"creditor_iban": "BE71096123456760"}, "iban"),
        ({"creditor_iban": ""}, "iban"),
        ({"creditor_name": "///"}, "creditorName"),
        ({"end_to_end_id": ""}, "endToEndId"),
        ({"end_to_end_id": "P" * 36}, "endToEndId"),
        ({"end_to_end_id": "a/b"}, "endToEndId"),
    ],
)
def test_a_wrong_payment_is_refused_by_name(change: dict[str, str | int], rule: str) -> None:
    with pytest.raises(PaymentFileInvalid) as refused:
        written(replace(TRANSFER, **change))  # type: ignore[arg-type]
    assert refused.value.rule == rule
    assert OTHER_ACCOUNT not in str(refused.value)


def test_an_empty_file_and_a_double_payment_are_refused() -> None:
    with pytest.raises(PaymentFileInvalid, match="transfers"):
        written()
    with pytest.raises(PaymentFileInvalid, match="used twice"):
        written(TRANSFER, TRANSFER)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<CtrlSum>409.57</CtrlSum>", b"<CtrlSum>409.58</CtrlSum>", "controlSum"),
        (b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>2</NbOfTxs>", "numberOfTransactions"),
        (OTHER_ACCOUNT.encode(), b"BE43068999999502", "iban"),
        (b"Zoe", "Zoë".encode(), "characters"),
        (b"pain.001.001.09", b"pain.001.001.03", "document"),
        (b"409.57</InstdAmt>", b"409.5</InstdAmt>", "amount"),
        (b"</Document>", b"", "document"),
    ],
)
def test_a_file_that_was_touched_is_refused(old: bytes, new: bytes, rule: str) -> None:
    with pytest.raises(PaymentFileInvalid) as refused:
        read_payment_file(written(TRANSFER).replace(old, new))
    assert refused.value.rule == rule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë Dœuvre-Müßig", "Zoe Doeuvre-Mussig"),
        ("  d'Été   & fils  ", "d'Ete . fils"),
        ("/a//b/", "a/b"),
        ("Łukasz Øster", "Lukasz Oster"),
        ("北京", ".."),
    ],
)
def test_letters_become_those_of_the_scheme(text: str, expected: str) -> None:
    assert sepa_text(text, length=70) == expected


@given(
    name=st.text(min_size=1, max_size=90),
    remittance=st.text(max_size=200),
    amounts=st.lists(st.integers(min_value=1, max_value=99_999_999), min_size=1, max_size=6),
)
def test_whatever_the_names_the_file_is_valid_or_refused(name: str, remittance: str, amounts: list[int]) -> None:
    transfers = [
        replace(TRANSFER, end_to_end_id=f"P{number}", amount_cents=cents, creditor_name=name, remittance=remittance)
        for number, cents in enumerate(amounts)
    ]
    try:
        content = written(*transfers)
    except PaymentFileInvalid as refused:
        assert refused.rule == "creditorName"  # noqa: PT017 - the only reason a name may give
        return
    assert read_payment_file(content).total_cents == sum(amounts)
    SCHEMA.assertValid(etree.fromstring(content))
