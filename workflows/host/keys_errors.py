"""Why can a payload not be read or written?

PayloadError
├── KeyRingError     key-encryption keys are missing or malformed, or the one that is needed is not in the ring
├── KeyErased        the key of the case was erased: what was written with it is gone for good
├── KeyUnknown       no data key has this name: another database, or one that was restored from before
├── KeysUnavailable  the database of the keys cannot be reached, and the key is not at hand
└── PayloadChanged   the payload does not open with its key
No message carries anything of a payload or a key.
"""

from datetime import datetime


class PayloadError(Exception):
    """Base of what the payload codec raises."""


class KeyRingError(PayloadError):
    """The key-encryption keys are missing, malformed, or do not hold the one that is needed."""


class KeyErased(PayloadError):
    """The key of the case was erased: its payloads can never be read again."""

    def __init__(self, name: str, at: datetime | None, by: str) -> None:
        when = f" on {at:%Y-%m-%d %H:%M} UTC" if at else ""
        super().__init__(f"The key of '{name}' was erased{when} by {by or 'nobody known'}: its history is unreadable.")
        self.name = name


class KeyUnknown(PayloadError):
    """No data key has this name: look whether PATHWAYS_DATABASE is the database that the case was started with."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no data key '{name}': is this the database that the case was started with?")
        self.name = name


class KeysUnavailable(PayloadError):
    """The database of the keys cannot be reached: try again when it can."""


class PayloadChanged(PayloadError):
    """A payload does not open with its key: it was changed, or the key belongs to another installation."""
