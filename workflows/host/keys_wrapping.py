"""How is a data key wrapped? By a key-encryption key (KEK): of a ring kept here, or of a KMS that is put in its place.

A data key is wrapped together with its name, so that one case's key never passes for another's.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflows.host.keys_errors import KeyRingError

NONCE_BYTES = 12
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it may be stored, and the id of the key-encryption key that opens it."""

    kek: str
    data: bytes = field(repr=False)


class KeyEncryption(Protocol):
    """What wraps data keys. A KMS is put in by giving `DataKeys` an object with these three.

    Wrapping and unwrapping may go over the network: each happens once per case and process, not once per payload.
    """

    @property
    def active(self) -> str:
        """The id of the key-encryption key that wraps new data keys."""

    async def wrap(self, name: str, key: bytes) -> Wrapped:
        """Wrap the data key `name` with the active key."""

    async def unwrap(self, name: str, wrapped: Wrapped) -> bytes:
        """Give the data key.

        Raises:
            KeyRingError: the key-encryption key is not known, or does not fit.
        """


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key-encryption keys at hand: `active` wraps, all of `keys` unwrap."""

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
                raise KeyRingError(f"Key '{name}' is given twice: give every key its own id.")
            keys[name] = key
        if not keys:
            raise KeyRingError("No key: set PATHWAYS_KEYS to 'id:base64' with 32 random bytes.")
        return cls(active=next(iter(keys)), keys=keys)

    @classmethod
    def read(cls, path: Path) -> "KeyRing":
        """Read the ring from a file with one `id:base64` per line, the active key first."""
        return cls.parse(path.read_text(encoding="ascii"))

    async def wrap(self, name: str, key: bytes) -> Wrapped:
        """Wrap the data key `name` with the active key."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.active]).encrypt(nonce, key, _bound(self.active, name))
        return Wrapped(self.active, nonce + sealed)

    async def unwrap(self, name: str, wrapped: Wrapped) -> bytes:
        """Give the data key.

        Raises:
            KeyRingError: the ring does not hold the key that wrapped it, or holds another one under its id.
        """
        if wrapped.kek not in self.keys:
            raise KeyRingError(f"The key of '{name}' is wrapped by '{wrapped.kek}': add that one to PATHWAYS_KEYS.")
        nonce, sealed = wrapped.data[:NONCE_BYTES], wrapped.data[NONCE_BYTES:]
        try:
            return AESGCM(self.keys[wrapped.kek]).decrypt(nonce, sealed, _bound(wrapped.kek, name))
        except InvalidTag as error:
            raise KeyRingError(f"The key of '{name}' does not open with '{wrapped.kek}': wrong key bytes?") from error


def new_key(name: str) -> str:
    """Make one entry of a key ring from fresh random bytes."""
    return f"{name}:{base64.b64encode(new_data_key()).decode()}"


def new_data_key() -> bytes:
    """Make a key for AES-256."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def _bound(kek: str, name: str) -> bytes:
    return f"{kek}\x00{name}".encode()


def _parse_key(entry: str) -> tuple[str, bytes]:
    name, separator, text = entry.partition(":")
    if not separator or not name:
        raise KeyRingError("A key has no id: write it as 'id:base64'.")
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise KeyRingError(f"Key '{name}' is not base64.") from error
    if len(key) != KEY_BYTES:
        raise KeyRingError(f"Key '{name}' has {len(key)} bytes; AES-256 needs {KEY_BYTES}.")
    return name, key
