"""Encryption of everything Temporal stores: arguments, results, signals, memos and failure texts.

AES-256-GCM with a random 96-bit nonce per payload. The id of the key travels beside the ciphertext, so keys rotate:
the first configured key encrypts, every configured key decrypts. A payload in clear is refused unless it was made
by the server or by Temporal itself (encodings without data), otherwise encryption could be silently switched off.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

_ENCODING: Final = b"binary/encrypted"
_NONCE_BYTES: Final = 12
#: Binds a ciphertext to its purpose: it can't be pasted into another system that uses the same key.
_PURPOSE: Final = b"auxilia/temporal-payload/1|"


class PayloadKeyMissing(RuntimeError):
    """A payload was encrypted with a key this process does not have."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"payload key {key_id!r} is not configured: add it to AUXILIA_PAYLOAD_KEYS")
        self.key_id = key_id


class PayloadRefused(RuntimeError):
    """A payload is not encrypted, or was changed after it was encrypted."""


class EncryptionCodec(PayloadCodec):
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Keep the keys.

        Args:
            keys: 32-byte keys by id, the active one first.

        Raises:
            ValueError: no key is given.
        """
        if not keys:
            raise ValueError("AUXILIA_PAYLOAD_KEYS: at least one key is needed to encrypt what Temporal stores")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active_key_id = next(iter(keys))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads encrypted with the active key."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads in clear.

        Raises:
            PayloadKeyMissing: the key of a payload is not configured.
            PayloadRefused: a payload is in clear or was changed.
        """
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self._active_key_id.encode()
        ciphertext = self._ciphers[self._active_key_id].encrypt(nonce, payload.SerializeToString(), _PURPOSE + key_id)
        return Payload(metadata={"encoding": _ENCODING, "encryption-key-id": key_id}, data=nonce + ciphertext)

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
            clear = cipher.decrypt(payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:], _PURPOSE + key_id)
        except InvalidTag as error:
            raise PayloadRefused("a payload was changed after it was encrypted") from error
        return Payload.FromString(clear)
