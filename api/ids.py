"""How is a task, an incident or a notification named in an address? By one word that FHIR accepts as an id.

FHIR R4 ids use 64 characters (`A-Z a-z 0-9 - .`) and are at most 64 long: base64 with `-` and `.` fits. The hex digits
of a case id are packed, so that 48 bytes suffice for the activations of the pathways of this library.
"""

import base64
import binascii
import re
from collections.abc import Mapping

_CASE = re.compile(r"case-([0-9a-f]{24})(.*)", re.DOTALL)
_PACKED, _PLAIN = b"\x01", b"\x00"
_HEX_BYTES = 12


def task_id(case_id: str, activation: str) -> str:
    """Give the id of what `activation` of the case is: a task; likewise an incident by its own id."""
    return word(f"{case_id}\n{activation}")


def case_and_activation(identifier: str) -> tuple[str, str] | None:
    """Give the case id and the activation (or incident) that an id names; None when it is no such id."""
    case_id, separator, activation = (text(identifier) or "").rpartition("\n")
    return (case_id, activation) if separator and case_id and activation else None


def named_in(path: Mapping[str, str]) -> tuple[str, str]:
    """Give the case that an address names, by itself or by a task of it, and the task's activation; empty: none."""
    case_id, identifier = path.get("case_id", ""), path.get("identifier", "")
    if case_id or identifier.startswith("case-"):
        return case_id or identifier, ""
    return case_and_activation(identifier) or ("", "")


def word(named: str) -> str:
    """Write any text as one word."""
    match = _CASE.fullmatch(named)
    packed = _PACKED + bytes.fromhex(match[1]) + match[2].encode() if match else _PLAIN + named.encode()
    return base64.b64encode(packed, altchars=b"-.").decode().rstrip("=")


def text(identifier: str) -> str | None:
    """Read what `word` wrote; None when it did not, or when it holds a NUL, which no database takes in a text."""
    try:
        packed = base64.b64decode(identifier + "=" * (-len(identifier) % 4), altchars=b"-.", validate=True)
        named = _unpacked(packed)
    except (binascii.Error, ValueError):
        return None
    return None if not packed or "\x00" in named else named


def _unpacked(packed: bytes) -> str:
    if packed[:1] != _PACKED:
        return packed[1:].decode()
    return f"case-{packed[1 : _HEX_BYTES + 1].hex()}{packed[_HEX_BYTES + 1 :].decode()}"
