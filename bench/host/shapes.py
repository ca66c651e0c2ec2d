"""What does a case of the benchmark carry? The same values for both sides, and what the hand-written side passes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

VARIABLES = {
    "referral_id": "REF-000000",
    "service": "dental_oncology",
    "priority": "urgent",
    "reason": "Assessment of the teeth before radiotherapy of the jaw; synthetic text of an ordinary length.",
    "patient": {"id": "TEST-0000000001", "name": "Testina Beispiel", "born": "1960-01-01"},
}
VALUES = {
    "decision": "accepted",
    "comment": "Seen today; two teeth have to be removed before treatment begins. Synthetic text.",
    "teeth": [18, 28, 38, 48],
    "weeks": 2,
    "certain": True,
}
"""What a case starts with, and what each person fills in."""

ROLE = "clinician"
ACTOR = "clinician-1"
CHECK = "bench.check"
"""Who does the tasks, and the task type of the service tasks."""

Projection = Literal["local", "activity"]


@dataclass(frozen=True, slots=True)
class Order:
    """What a hand-written case begins with. `projection`: by a local activity, or by an ordinary one."""

    case_id: str
    projection: Projection
    variables: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A person completes a task of a hand-written case."""

    task: str
    actor: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The answer: the task that is open now, empty when there is none yet."""

    opened: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A task that opens."""

    task: str
    element: str
    title: str
    role: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What the read model is told at once: a task that was completed, one that opened, the end."""

    case_id: str
    at: datetime
    pathway: str
    begins: bool = False
    closed: Completion | None = None
    opened: Opened | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the service task is asked."""

    case_id: str
    element: str
    variables: Mapping[str, Any]
