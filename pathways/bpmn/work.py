"""What does a worker do for an element? Its task, or work around it that listeners do (zeebe dialect)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class WorkSpec:
    """What a service-like task asks a worker to do: task type, retries before an incident, static headers."""

    task_type: str
    retries: str
    headers: Mapping[str, str] = field(default_factory=dict)


Moment = Literal["start", "end", "creating", "assigning", "completing"]
"""When a listener works: around any element, or in the life of a user task."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Work that is done at one moment of an element's life, and waited for (zeebe:executionListener, taskListener)."""

    moment: Moment
    work: WorkSpec
