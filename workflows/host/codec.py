"""How do payloads rest in Temporal's history? Compressed with zstd, then encrypted with AES-256-GCM.

Every payload names the key it was written with, so that keys can be rotated: the first key of the ring writes,
every key of the ring reads. Text that the program wrote for the administrator (`PublicText`) stays readable.
"""

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING = b"binary/zstd+aes-256-gcm"
PUBLIC = "public"
"""Metadata key of a payload that stays readable."""

_NONCE_BYTES = 12
_KEY_BYTES = 32
_MAX_PLAIN_BYTES = 64 * 1024 * 1024


class KeyRingError(Exception):
    """The keys of the payload codec are missing, malformed or do not fit what is to be read."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of the codec: `active` writes, all of `keys` read."""

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64,id:base64,…`; the first key is the active one.

        Raises:
            KeyRingError: there is no key, an id is given twice, or a key is not 32 bytes of base64.
        """
        entries = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
        keys: dict[str, bytes] = {}
        for entry in entries:
            name, key = _parse_key(entry)
            if name in keys:
                raise KeyRingError(f"Payload key '{name}' is given twice: give every key its own id.")
            keys[name] = key
        if not keys:
            raise KeyRingError("No payload key: set PATHWAYS_KEYS to 'id:base64' with 32 random bytes.")
        return cls(active=next(iter(keys)), keys=keys)

    @classmethod
    def read(cls, path: Path) -> "KeyRing":
        """Read the ring from a file with one `id:base64` per line, the active key first."""
        return cls.parse(path.read_text(encoding="ascii"))


def new_key(name: str) -> str:
    """Make one entry of a key ring from fresh random bytes."""
    return f"{name}:{base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()}"


class EncryptedPayloads(PayloadCodec):
    """The codec: compress, encrypt, name the key; and back."""

    def __init__(self, ring: KeyRing) -> None:
        self._active = ring.active
        self._ciphers = {name: AESGCM(key) for name, key in ring.keys.items()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt every payload that is not public."""
        return [p if PUBLIC in p.metadata else self._seal(p) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt every payload that this codec encrypted; others pass.

        Raises:
            KeyRingError: the ring does not hold the key, or the payload was changed.
        """
        return [self._open(p) if p.metadata.get("encoding") == ENCODING else p for p in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        plain = zstandard.ZstdCompressor().compress(payload.SerializeToString())
        sealed = self._ciphers[self._active].encrypt(nonce, plain, self._active.encode())
        return Payload(
            metadata={"encoding": ENCODING, "key-id": self._active.encode()},
            data=nonce + sealed,
        )

    def _open(self, payload: Payload) -> Payload:
        name = payload.metadata["key-id"].decode()
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise KeyRingError(f"A payload needs key '{name}', which is not in the ring: add it to PATHWAYS_KEYS.")
        try:
            plain = cipher.decrypt(payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:], name.encode())
        except InvalidTag as error:
            raise KeyRingError(f"A payload does not open with key '{name}': wrong key or changed data.") from error
        return Payload.FromString(zstandard.ZstdDecompressor().decompress(plain, _MAX_PLAIN_BYTES))


def _parse_key(entry: str) -> tuple[str, bytes]:
    name, separator, text = entry.partition(":")
    if not separator or not name:
        raise KeyRingError("A payload key has no id: write it as 'id:base64'.")
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise KeyRingError(f"Payload key '{name}' is not base64.") from error
    if len(key) != _KEY_BYTES:
        raise KeyRingError(f"Payload key '{name}' has {len(key)} bytes; AES-256 needs {_KEY_BYTES}.")
    return name, key
