"""What Temporal stores can be read with a key only, by whoever has the right one, and unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.converter import ActivitySerializationContext, WorkflowSerializationContext

from shared.platform.settings import PlatformSettings, parse_payload_keys
from shared.platform.temporal.codec import EncryptionCodec, PayloadKeyMissing, PayloadRefused
from shared.platform.temporal.connecting import data_converter

OLD = b"o" * 32
NEW = b"n" * 32
CLEAR = Payload(metadata={"encoding": b"json/plain"}, data=b'{"file":"85073003328"}')


async def test_what_is_stored_can_not_be_read() -> None:
    (stored,) = await EncryptionCodec({"new": NEW}).encode([CLEAR])
    assert b"85073003328" not in stored.SerializeToString()
    assert stored.metadata["encoding"] == b"binary/encrypted"
    assert stored.metadata["encryption-key-id"] == b"new"


@given(st.binary(), st.dictionaries(st.text(min_size=1), st.binary()))
async def test_what_was_stored_comes_back(data: bytes, metadata: dict[str, bytes]) -> None:
    codec = EncryptionCodec({"new": NEW})
    payload = Payload(metadata=metadata, data=data)
    assert await codec.decode(await codec.encode([payload])) == [payload]


async def test_the_same_is_never_stored_the_same_way_twice() -> None:
    codec = EncryptionCodec({"new": NEW})
    first, second = await codec.encode([CLEAR, CLEAR])
    assert first.data != second.data


async def test_after_a_rotation_old_histories_stay_readable() -> None:
    stored = await EncryptionCodec({"old": OLD}).encode([CLEAR])
    assert await EncryptionCodec({"new": NEW, "old": OLD}).decode(stored) == [CLEAR]


async def test_after_a_rotation_the_first_key_encrypts() -> None:
    (stored,) = await EncryptionCodec({"new": NEW, "old": OLD}).encode([CLEAR])
    assert stored.metadata["encryption-key-id"] == b"new"


async def test_a_missing_key_is_named() -> None:
    stored = await EncryptionCodec({"old": OLD}).encode([CLEAR])
    with pytest.raises(PayloadKeyMissing, match="'old'"):
        await EncryptionCodec({"new": NEW}).decode(stored)


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
async def test_a_change_of_any_byte_is_noticed(position: int) -> None:
    codec = EncryptionCodec({"new": NEW})
    (stored,) = await codec.encode([CLEAR])
    data = bytearray(stored.data)
    data[position] ^= 1
    with pytest.raises(PayloadRefused):
        await codec.decode([Payload(metadata=dict(stored.metadata), data=bytes(data))])


async def test_a_key_id_can_not_be_swapped() -> None:
    codec = EncryptionCodec({"new": NEW, "copy": NEW})
    (stored,) = await codec.encode([CLEAR])
    swapped = Payload(metadata={**stored.metadata, "encryption-key-id": b"copy"}, data=stored.data)
    with pytest.raises(PayloadRefused):
        await codec.decode([swapped])


def of(codec: EncryptionCodec, workflow_id: str, *, namespace: str = "auxilia") -> EncryptionCodec:
    return codec.with_context(WorkflowSerializationContext(namespace=namespace, workflow_id=workflow_id))


async def test_what_one_procedure_was_told_can_not_be_pasted_into_another() -> None:
    codec = EncryptionCodec({"new": NEW})
    stored = await of(codec, "recovery-case:1").encode([CLEAR])
    assert await of(codec, "recovery-case:1").decode(stored) == [CLEAR]
    for other in (of(codec, "recovery-case:2"), of(codec, "recovery-case:1", namespace="other"), codec):
        with pytest.raises(PayloadRefused):
            await other.decode(stored)


async def test_an_activity_reads_what_its_procedure_gave_it() -> None:
    codec = EncryptionCodec({"new": NEW})
    activity = ActivitySerializationContext(
        namespace="auxilia",
        activity_id="1",
        activity_type="assess",
        activity_task_queue="billing",
        workflow_id="billing-run-2026Q1",
        workflow_type="QuarterlyBilling",
        is_local=False,
    )
    stored = await codec.with_context(activity).encode([CLEAR])
    assert await of(codec, "billing-run-2026Q1").decode(stored) == [CLEAR]


async def test_what_is_bound_can_not_be_passed_off_as_unbound_nor_the_other_way() -> None:
    codec = of(EncryptionCodec({"new": NEW}), "recovery-case:1")
    (bound,) = await codec.encode([CLEAR])
    (free,) = await codec.unbound().encode([CLEAR])
    stripped = {name: value for name, value in bound.metadata.items() if name != "encryption-binding"}
    assert stripped == dict(free.metadata)
    for metadata, data in ((stripped, bound.data), (dict(bound.metadata), free.data)):
        with pytest.raises(PayloadRefused):
            await codec.decode([Payload(metadata=metadata, data=data)])


async def test_what_was_stored_before_binding_and_what_a_schedule_says_stay_readable() -> None:
    codec = EncryptionCodec({"new": NEW})
    before = await codec.encode([CLEAR])
    assert await of(codec, "quarterly-billing-2026-01-05T06:00:00Z").decode(before) == [CLEAR]
    schedule = codec.unbound().with_context(WorkflowSerializationContext(namespace="auxilia", workflow_id="prefix"))
    assert await of(codec, "prefix-2026-01-05T06:00:00Z").decode(await schedule.encode([CLEAR])) == [CLEAR]


async def test_encryption_can_not_be_switched_off_by_sending_clear_text() -> None:
    with pytest.raises(PayloadRefused, match="in clear"):
        await EncryptionCodec({"new": NEW}).decode([CLEAR])


async def test_nothing_at_all_needs_no_key() -> None:
    nothing = Payload(metadata={"encoding": b"binary/null"})
    assert await EncryptionCodec({"new": NEW}).decode([nothing]) == [nothing]


def test_without_a_key_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUXILIA_PAYLOAD_KEYS", raising=False)
    with pytest.raises(ValueError, match="AUXILIA_PAYLOAD_KEYS"):
        data_converter(PlatformSettings())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("bbbb", "entry 1 must be written as id:base64"),
        (":YQ==", "entry 1 must be written"),
        ("a:%%%", "entry 1 is not base64"),
        ("a:YQ==", "entry 1 must be 32 bytes, has 1"),
        ("a:" + "YWFh" * 10 + "YWE=,a:" + "YWFh" * 10 + "YWE=", "the id of entry 2 is used twice"),
    ],
)
def test_a_wrong_key_is_refused_without_being_shown(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        parse_payload_keys(text)
    assert "YWFh" not in str(caught.value)


def test_keys_are_read_in_order() -> None:
    keys = parse_payload_keys(" b:" + "YWFh" * 10 + "YWE=, a:" + "YmJi" * 10 + "YmI=,")
    assert list(keys) == ["b", "a"]
