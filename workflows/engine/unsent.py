"""What does a case hear of what it threw and nobody could send? It cannot know by itself, since it has gone on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflows.engine.commands import Unsent


@dataclass(frozen=True, slots=True)
class ThrowFailed:
    """What the case threw could not be sent: an incident of the case, for whoever threw it has gone on."""

    occurred_at: datetime
    thrown: Unsent
    reason: str
    kind: Literal["ThrowFailed"] = "ThrowFailed"
