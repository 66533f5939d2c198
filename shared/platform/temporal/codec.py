"""Encryption of everything Temporal stores: arguments, results, signals, memos and failure texts.

AES-256-GCM with a random 96-bit nonce per payload. The id of the key travels beside the ciphertext, so keys rotate:
the first configured key encrypts, every configured key decrypts. A payload in clear is refused unless it was made
by the server or by Temporal itself (encodings without data), otherwise encryption could be silently switched off.

A payload is bound to the procedure it belongs to: namespace and workflow id are authenticated with it, so whoever can
write in Temporal's database can't paste what one procedure was told into another. What is not bound says so and can't
be taken for bound: the argument of a schedule, whose runs get their ids later, and what was written before binding.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

_ENCODING: Final = b"binary/encrypted"
_NONCE_BYTES: Final = 12
#: Binds a ciphertext to its purpose: it can't be pasted into another system that uses the same key.
_PURPOSE: Final = b"auxilia/temporal-payload/1|"
#: The same for what is bound to a procedure.
_BOUND_PURPOSE: Final = b"auxilia/temporal-payload/2|"
_BINDING: Final = "encryption-binding"
_BOUND: Final = b"workflow"


class PayloadKeyMissing(RuntimeError):
    """A payload was encrypted with a key this process does not have."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"payload key {key_id!r} is not configured: add it to AUXILIA_PAYLOAD_KEYS")
        self.key_id = key_id


class PayloadRefused(RuntimeError):
    """A payload is not encrypted, or was changed after it was encrypted."""


class EncryptionCodec(PayloadCodec, WithSerializationContext):
    """Encrypts with the first key, decrypts with any; bound to a procedure once it is told to which."""

    def __init__(self, keys: Mapping[str, bytes], *, procedure: bytes | None = None) -> None:
        """Keep the keys.

        Args:
            keys: 32-byte keys by id, the active one first.
            procedure: what payloads are bound to; absent before Temporal's library tells it (``with_context``).

        Raises:
            ValueError: no key is given.
        """
        if not keys:
            raise ValueError("AUXILIA_PAYLOAD_KEYS: at least one key is needed to encrypt what Temporal stores")
        self._keys = dict(keys)
        self._procedure = procedure
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active_key_id = next(iter(keys))

    def with_context(self, context: SerializationContext) -> Self:
        """Return the same codec for the payloads of one procedure and its activities."""
        if not isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return self
        if context.workflow_id is None:
            return self
        return type(self)(self._keys, procedure=_name_of(context.namespace, context.workflow_id))

    def unbound(self) -> Unbound:
        """Return a codec with the same keys that binds nothing, for the arguments of schedules."""
        return Unbound(self._keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads encrypted with the active key."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads in clear.

        Raises:
            PayloadKeyMissing: the key of a payload is not configured.
            PayloadRefused: a payload is in clear, was changed, or belongs to another procedure.
        """
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self._active_key_id.encode()
        metadata = {"encoding": _ENCODING, "encryption-key-id": key_id}
        if self._procedure is not None:
            metadata[_BINDING] = _BOUND
        associated = self._associated(key_id, bound=self._procedure is not None)
        ciphertext = self._ciphers[self._active_key_id].encrypt(nonce, payload.SerializeToString(), associated)
        return Payload(metadata=metadata, data=nonce + ciphertext)

    def _associated(self, key_id: bytes, *, bound: bool) -> bytes:
        """Return what is authenticated beside the payload."""
        if not bound:
            return _PURPOSE + key_id
        if self._procedure is None:
            raise PayloadRefused("a payload of a procedure was found where none may be")
        return _BOUND_PURPOSE + len(key_id).to_bytes(2) + key_id + self._procedure

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            if not payload.data:
                return payload
            raise PayloadRefused("a payload in clear was found where only encrypted ones may be")
        key_id = payload.metadata.get("encryption-key-id", b"")
        cipher = self._ciphers.get(key_id.decode(errors="replace"))
        if cipher is None:
            raise PayloadKeyMissing(key_id.decode(errors="replace"))
        try:
            associated = self._associated(key_id, bound=payload.metadata.get(_BINDING) == _BOUND)
            clear = cipher.decrypt(payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:], associated)
        except InvalidTag as error:
            raise PayloadRefused("a payload was changed after it was encrypted, or is another procedure's") from error
        return Payload.FromString(clear)


class Unbound(EncryptionCodec):
    """The codec of what is written before the id of its procedure is known."""

    def with_context(self, context: SerializationContext) -> Self:  # noqa: ARG002 - the interface's own argument
        """Return itself: nothing is bound."""
        return self


def _name_of(namespace: str, workflow_id: str) -> bytes:
    """Return the name of a procedure, in which no part can be taken for another."""
    return b"".join(len(part).to_bytes(4) + part for part in (namespace.encode(), workflow_id.encode()))
