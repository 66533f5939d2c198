"""The twins of those who carry ordinary letters, beside the adapters that billing has for them."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import pytest

from deploy.sandbox import deliveries, store
from services.billing.correspondence.clients import Parcel, carriers
from services.billing.correspondence.rules.channels import Channel
from shared.contracts.vocabulary import Language
from shared.correspondence.addressee import Addressee
from shared.platform.calls.service_client import PeerRefused, PeerUnavailable
from tests.recovery.harness import Stage

CONTENT = b"%PDF- a notice"
HANDED_OVER = date(2026, 7, 6)
TWINS = {Channel.POST: "letters", Channel.EMAIL: "email", Channel.E_BOX: "ebox"}


def _parcel(reference: str, **changes: Any) -> Parcel:
    addressee = Addressee(
        name="Camille Exemplemont",
        language=Language.FRENCH,
        street="rue de l'Exemple 1",
        city="5000 Namur",
        country="BE",
        email="camille@example.org",
        mailbox="85073003328",
    )
    known = {"file_number": 12, "subject": "Avis", "content": CONTENT, "addressee": addressee}
    return Parcel(reference=reference, sha256=hashlib.sha256(CONTENT).hexdigest(), **{**known, **changes})


async def _behave(desk: Stage, **behaviour: Any) -> None:
    answer = await desk.sandbox.put("/v1/deliveries/behaviour", json=behaviour, headers=desk.acting_as("operator"))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("channel", list(Channel))
async def test_a_document_is_taken_once_and_its_receipt_is_the_proof(desk: Stage, channel: Channel) -> None:
    desk.clock.day = HANDED_OVER
    carrier = carriers(desk.context.peers.sandbox)[channel]
    reference = f"00000120017{list(Channel).index(channel)}"
    proof = await carrier.carry(_parcel(reference))
    assert proof.accepted_on == HANDED_OVER
    desk.clock.day = date(2026, 7, 8)
    assert await carrier.carry(_parcel(reference)) == proof, "the same reference is the same document"
    async with desk.twins.database.transaction() as connection:
        item = await store.find_item(connection, twin=TWINS[channel], kind="document", reference=reference)
        assert await deliveries.due_count(desk.twins, HANDED_OVER) == 0
    assert item is not None
    kept = json.dumps(item.payload)
    for secret in ("example.org", "85073003328"):
        assert secret not in kept


async def test_unknown_addresses_and_closed_doors_are_told_apart(desk: Stage) -> None:
    desk.clock.day = HANDED_OVER
    known = carriers(desk.context.peers.sandbox)
    await _behave(desk, carrier="ebox", fileNumber=77, mode="unknownAddress")
    await _behave(desk, carrier="email", fileNumber=77, mode="down")
    with pytest.raises(PeerRefused):
        await known[Channel.E_BOX].carry(_parcel("r-1", file_number=77))
    with pytest.raises(PeerUnavailable):
        await known[Channel.EMAIL].carry(_parcel("r-1", file_number=77))
    assert (await known[Channel.POST].carry(_parcel("r-1", file_number=77))).receipt.startswith("L")
    assert (await known[Channel.E_BOX].carry(_parcel("r-2", file_number=78))).receipt.startswith("E")


async def test_a_document_must_be_the_one_that_was_promised(desk: Stage) -> None:
    with pytest.raises(PeerRefused):
        await carriers(desk.context.peers.sandbox)[Channel.POST].carry(_parcel("r-3", content=b"another"))
