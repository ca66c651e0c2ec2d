"""Which exceptions can the engine raise? Two.

EngineError
├── EventRejected   the event fits nothing that waits; state unchanged; the API answers 409 or 422
└── EngineBug       we are wrong; fail loudly and wait for a fix

A clinical outcome (BPMN error, escalation, incident) is never an exception.
"""

from typing import Literal


class EngineError(Exception):
    """Base of everything `step` raises."""


class EventRejected(EngineError):
    """The event was refused and nothing changed; `code` says why, the message what to do."""

    def __init__(self, code: Literal["not-open", "not-yours", "not-running", "invalid"], message: str) -> None:
        super().__init__(message)
        self.code = code


class EngineBug(EngineError):
    """The engine met a state it should never produce."""
