"""How is a task named in an address? By one word that holds case and activation, and that FHIR accepts as an id.

FHIR R4 ids use 64 characters (`A-Z a-z 0-9 - .`) and are at most 64 long: base64 with `-` and `.` fits. The hex digits
of a case id are packed, so that 48 bytes suffice for the activations of the pathways of this library.
"""

import base64
import binascii
import re

_CASE = re.compile(r"case-([0-9a-f]{24})(/.*)?", re.DOTALL)
_PACKED, _PLAIN = b"\x01", b"\x00"


def task_id(case_id: str, activation: str) -> str:
    """Give the id of the task that `activation` of the case is."""
    path = f"\n{activation}"
    match = _CASE.fullmatch(case_id)
    if match is None:
        packed = _PLAIN + f"{case_id}{path}".encode()
    else:
        packed = _PACKED + bytes.fromhex(match[1]) + f"{match[2] or ''}{path}".encode()
    return base64.b64encode(packed, altchars=b"-.").decode().rstrip("=")


def case_and_activation(identifier: str) -> tuple[str, str] | None:
    """Give the case id and the activation that a task id names; None when it is no task id."""
    try:
        packed = base64.b64decode(identifier + "=" * (-len(identifier) % 4), altchars=b"-.", validate=True)
        head, rest = (f"case-{packed[1:13].hex()}", packed[13:]) if packed[:1] == _PACKED else ("", packed[1:])
        case_id, separator, activation = (head + rest.decode()).rpartition("\n")
    except (binascii.Error, ValueError):
        return None
    return (case_id, activation) if separator and case_id and activation else None
