"""The bank's twin: one file per message id, refused as a whole when a bank would refuse it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from deploy.sandbox import bank, store
from shared.platform.http import InvalidInput
from shared.treasury.sepa.credit_transfer import payment_file
from shared.treasury.sepa.direct_debit import collection_file
from tests.benefits.harness import Stage
from tests.shared.treasury.test_sepa_credit_transfer import DEBTOR, TRANSFER
from tests.shared.treasury.test_sepa_direct_debit import CREDITOR, FIRST, SECOND

CONTENT = payment_file(
    message_id="BENEFITS-20260401",
    created_at=datetime.fromisoformat("2026-04-01T08:00:00+02:00"),
    execution_on=date(2026, 4, 3),
    debtor=DEBTOR,
    transfers=[TRANSFER, replace(TRANSFER, end_to_end_id="P0002", amount_cents=100)],
)


async def send(stage: Stage, content: bytes) -> Any:
    headers = {**stage.acting_as("service", subject="benefits"), "Content-Type": "application/xml"}
    return await stage.sandbox.post("/v1/bank/paymentFiles", content=content, headers=headers)


def test_what_the_bank_reads_of_a_file() -> None:
    read = bank.read_payment_file(CONTENT)
    assert (read["messageId"], read["executionOn"], read["totalCents"]) == ("BENEFITS-20260401", "2026-04-03", 41057)
    assert [(one["endToEndId"], one["fileNumber"]) for one in read["payments"]] == [
        ("P0001", "0000012"),
        ("P0002", "0000012"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"<CtrlSum>410.57</CtrlSum>", b"<CtrlSum>410.58</CtrlSum>", "GrpHdr.CtrlSum"),
        (b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>3</NbOfTxs>", "GrpHdr.NbOfTxs"),
        (b"P0002", b"P0001", "EndToEndId"),
        (b"BE43068999999501", b"BE43068999999502", "CdtrAcct"),
        (b"409.57</InstdAmt>", b"409,57</InstdAmt>", "amount"),
        (b"pain.001.001.09", b"pain.001.001.03", "document"),
        (b"</Document>", b"", "document"),
        (b"<MsgId>BENEFITS-20260401</MsgId>", b"<MsgId></MsgId>", "MsgId"),
    ],
)
def test_a_bank_refuses_what_is_wrong(old: bytes, new: bytes, field: str) -> None:
    assert old in CONTENT
    with pytest.raises(InvalidInput) as refused:
        bank.read_payment_file(CONTENT.replace(old, new))
    assert [issue.name for issue in refused.value.issues] == [field]


async def test_the_same_file_is_one_file_and_another_under_its_id_is_refused(stage: Stage) -> None:
    for _ in range(2):
        answer = await send(stage, CONTENT)
        assert (answer.status_code, answer.json()) == (202, {"messageId": "BENEFITS-20260401"})
    assert (await send(stage, CONTENT.replace(b"Zoe", b"Zoa"))).status_code == 409
    assert (await send(stage, CONTENT.replace(b"</Document>", b""))).status_code == 400
    async with stage.twins.database.transaction() as connection:
        [item] = await store.list_items(connection, twin="bank")
    assert item.due_on == date(2026, 4, 3)
    assert item.content == CONTENT


async def test_reports_nobody_knows_do_not_block_and_a_closed_bank_takes_nothing(stage: Stage) -> None:
    await send(stage, CONTENT)
    assert await bank.due_count(stage.twins, date(2026, 4, 2)) == 0
    assert await bank.due_count(stage.twins, date(2026, 4, 3)) == 1
    await bank.tick(stage.twins, date(2026, 4, 3))
    assert await bank.due_count(stage.twins, date(2026, 4, 3)) == 0
    await stage.behave("bank", mode="down", until="2026-04-02")
    assert (await send(stage, CONTENT)).status_code == 503


def test_what_the_bank_reads_of_collections() -> None:
    content = collection_file(
        message_id="COLLECT-20260208",
        created_at=datetime.fromisoformat("2026-02-08T08:00:00+01:00"),
        collection_on=date(2026, 2, 24),
        creditor=CREDITOR,
        collections=[FIRST, SECOND],
    )
    read = bank.read_payment_file(content)
    assert (read["messageId"], read["executionOn"], read["totalCents"]) == ("COLLECT-20260208", "2026-02-24", 92827)
    assert [one["endToEndId"] for one in read["payments"]] == ["D0001", "D0002"]
    with pytest.raises(InvalidInput):
        bank.read_payment_file(content.replace(b"<CtrlSum>928.26</CtrlSum>", b"<CtrlSum>928.25</CtrlSum>"))
