"""How do payloads rest in Temporal's history? Compressed with zstd, then encrypted with AES-256-GCM by a key per case.

Which case it is, Temporal's client and worker say for every payload they write. The payload names its key, so that
reading needs no more than the payload. Text that the program wrote for the administrator (`PublicText`) stays readable.
"""

import json
import os
import threading
from collections.abc import Iterable, Sequence

import zstandard
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

from workflows.host.keys import INSTALLATION, DataKeys, Found, key_name
from workflows.host.keys_errors import KeyErased, PayloadChanged
from workflows.host.keys_wrapping import NONCE_BYTES

ENCODING = b"binary/zstd+aes-256-gcm"
KEY_NAME = "key-id"
PUBLIC = "public"
"""Metadata key of a payload that stays readable."""

_MAX_PLAIN_BYTES = 64 * 1024 * 1024


class _Zstd(threading.local):
    """What compresses and opens payloads: kept, because making it costs more than using it; one for each thread."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor()
        self.opener = zstandard.ZstdDecompressor()


_zstd = _Zstd()


class EncryptedPayloads(PayloadCodec, WithSerializationContext):
    """The codec: compress, encrypt, name the key; and back. `name`: of the key that it writes with.

    `of_activity`: what it writes and reads belongs to an activity.
    """

    def __init__(self, keys: DataKeys, name: str = INSTALLATION, *, of_activity: bool = False) -> None:
        self._keys = keys
        self._name = name
        self.of_activity = of_activity

    def with_context(self, context: SerializationContext) -> "EncryptedPayloads":
        """Give the codec that writes with the key of the case that Temporal names."""
        match context:
            case WorkflowSerializationContext():
                return EncryptedPayloads(self._keys, key_name(context.workflow_id))
            case ActivitySerializationContext():
                return EncryptedPayloads(self._keys, key_name(context.workflow_id), of_activity=True)
            case _:
                return EncryptedPayloads(self._keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt every payload that is not public.

        Raises:
            KeyErased: the key of the case was erased.
            KeysUnavailable: the key is not at hand, and the database of the keys cannot be reached.
        """
        if all(PUBLIC in payload.metadata for payload in payloads):
            return list(payloads)
        cipher = await self._keys.sealing(self._name)
        return [payload if PUBLIC in payload.metadata else self._seal(payload, cipher) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt every payload that this codec encrypted; others pass.

        Raises:
            KeyErased: the key of the case was erased: nobody can read it any more.
            KeyUnknown: there is no such key.
            KeyRingError: a key-encryption key is missing.
            KeysUnavailable: a key is not at hand, and the database of the keys cannot be reached.
            PayloadChanged: a payload does not open with its key.
        """
        found = await self._keys.opening(_names(payloads))
        return [_opened(p, found[_name(p)]) if _is_sealed(p) else p for p in payloads]

    async def reveal(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt for a person who looks: in the place of what was erased stands that it was.

        Raises:
            PayloadError: as `decode` does, except for erased keys.
        """
        found = await self._keys.opening(_names(payloads))
        return [_revealed(p, found[_name(p)]) if _is_sealed(p) else p for p in payloads]

    def _seal(self, payload: Payload, cipher: AESGCM) -> Payload:
        nonce = os.urandom(NONCE_BYTES)
        plain = _zstd.packer.compress(payload.SerializeToString())
        sealed = cipher.encrypt(nonce, plain, self._name.encode())
        return Payload(metadata={"encoding": ENCODING, KEY_NAME: self._name.encode()}, data=nonce + sealed)


def key_of(payload: Payload) -> str:
    """Give the name of the key that opens a payload, empty when it is not sealed: the case that began it all."""
    return _name(payload) if _is_sealed(payload) else ""


def _is_sealed(payload: Payload) -> bool:
    return payload.metadata.get("encoding") == ENCODING


def _name(payload: Payload) -> str:
    return payload.metadata.get(KEY_NAME, b"").decode(errors="replace")


def _names(payloads: Iterable[Payload]) -> frozenset[str]:
    return frozenset(_name(payload) for payload in payloads if _is_sealed(payload))


def _revealed(payload: Payload, found: Found) -> Payload:
    if isinstance(found, KeyErased):
        return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(f"erased: {found}").encode())
    return _opened(payload, found)


def _opened(payload: Payload, found: Found) -> Payload:
    if not isinstance(found, AESGCM):
        raise found
    name, nonce, sealed = _name(payload), payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
    try:
        plain = found.decrypt(nonce, sealed, name.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
        raise PayloadChanged(f"A payload does not open with the key of '{name}': wrong key or changed data.") from error
    return Payload.FromString(_zstd.opener.decompress(plain, _MAX_PLAIN_BYTES))
