"""With which key is the audit sealed? Read from the environment or a file; rows name the key that they need."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MIN_BYTES = 16


class AuditKeyError(Exception):
    """The keys of the audit cannot be used; the message names the variable and says what to put there."""


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """Secrets by the name that a row carries. `active` seals new rows; empty: rows are sealed without a key."""

    secrets: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    active: str = ""

    @classmethod
    def parse(cls, text: str) -> "AuditKeys":
        """Read secrets, one a line or with commas between: the first seals, the others only verify.

        Raises:
            AuditKeyError: one of them is too short to be a secret.
        """
        words = [word.strip() for word in text.replace(",", "\n").splitlines() if word.strip()]
        if any(len(word.encode()) < MIN_BYTES for word in words):
            raise AuditKeyError(
                f"A key of the audit has fewer than {MIN_BYTES} bytes: put random text into PATHWAYS_AUDIT_KEY or "
                "the file of PATHWAYS_AUDIT_KEY_FILE, such as the output of `openssl rand -hex 32`."
            )
        secrets = {name_of(word): word.encode() for word in words}
        return cls(secrets, next(iter(secrets), ""))


def name_of(secret: str) -> str:
    """Give the name of a secret: it tells keys apart and nothing else."""
    return hashlib.sha256(f"audit key {secret}".encode()).hexdigest()[:8]


def audit_keys_from(environment: Mapping[str, str]) -> AuditKeys:
    """Read the keys from `environment`, normally `os.environ`; none are there: rows are sealed without a key.

    Raises:
        AuditKeyError: the file cannot be read, or a key is too short.
    """
    path = environment.get("PATHWAYS_AUDIT_KEY_FILE", "")
    try:
        text = Path(path).read_text(encoding="utf-8") if path else environment.get("PATHWAYS_AUDIT_KEY", "")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditKeyError(f"PATHWAYS_AUDIT_KEY_FILE cannot be read: {error}") from error
    return AuditKeys.parse(text)
