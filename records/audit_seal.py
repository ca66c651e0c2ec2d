"""What seals a row of the audit, and does the seal hold? A MAC over all of the row and the seal of the row before.

A seal is `<name of the key>:<HMAC-SHA256>`; without a key `plain:<SHA-256>`, which anybody can make. Rows from before
there were keys carry a bare SHA-256 over fewer columns.
"""

import hashlib
import hmac
import json
from datetime import UTC
from typing import Any, Literal

from records.audit_keys import AuditKeys

FIRST = "0" * 64
PLAIN = "plain"
DOUBTED = "doubted:"
"""Stands before the seal of the row before, when the head was not what had been sealed as the newest row."""

Standing = Literal["holds", "broken", "keyless", "unknown_key"]


def seal_of(row: Any, keys: AuditKeys) -> str:
    """Give the seal of a row of the table `audit`, by the active key."""
    return _sealed(_content(row), keys.active, keys)


def standing_of(row: Any, keys: AuditKeys, *, at: int | None = None) -> Standing:
    """Say whether a row is what was sealed, here or `at` another number.

    `keyless`: it is, but anybody could have sealed it so.
    """
    name, _, _ = row.hash.rpartition(":")
    if name not in ("", PLAIN) and name not in keys.secrets:
        return "unknown_key"
    expected = _sealed(_content(row, at), name, keys) if name else _first_form(row)
    if not name and (row.organisation, row.outcome, row.context) != ("", "0", {}):
        return "broken"  # what the first form did not seal was not there then
    if not hmac.compare_digest(expected, row.hash):
        return "broken"
    return "holds" if name in keys.secrets else "keyless"


def head_seal(last_id: int, last_hash: str, keys: AuditKeys, *, name: str | None = None) -> str:
    """Give the seal of a head: that so many rows were there, and the seal of the last of them."""
    return _sealed(f"head {last_id} {last_hash}", keys.active if name is None else name, keys)


def head_holds(last_id: Any, last_hash: Any, seal: Any, keys: AuditKeys) -> bool:
    """Say whether a head was sealed by one of the keys; without any, whether it fits, or was never sealed."""
    if not (isinstance(last_id, int) and isinstance(last_hash, str) and isinstance(seal, str)):
        return False  # SQLite takes anything into any column
    name = seal.rpartition(":")[0]
    if not keys.active and not seal:
        return True
    known = name in keys.secrets if keys.active else name == PLAIN
    return known and hmac.compare_digest(head_seal(last_id, last_hash, keys, name=name), seal)


def _content(row: Any, at: int | None = None) -> str:
    number = row.id if at is None else at
    parts = [row.prev_hash, number, row.at.astimezone(UTC).isoformat(), row.actor, row.action, row.case_id]
    return json.dumps([*parts, row.detail, row.organisation, row.outcome, row.context], sort_keys=True)


def _sealed(content: str, name: str, keys: AuditKeys) -> str:
    secret = keys.secrets.get(name)
    if secret is None:
        return f"{PLAIN}:{hashlib.sha256(content.encode()).hexdigest()}"
    return f"{name}:{hmac.digest(secret, content.encode(), 'sha256').hex()}"


def _first_form(row: Any) -> str:
    content = [row.prev_hash, row.at.timestamp(), row.actor, row.action, row.case_id, row.detail]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
