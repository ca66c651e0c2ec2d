"""What does a case hear that it cannot know by itself: that work fails again and again, that its record is wrong?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class TroubleNoted:
    """The watchdog found why the case cannot go on as it should, or (no `reason`) that it can again."""

    occurred_at: datetime
    reason: str
    kind: Literal["TroubleNoted"] = "TroubleNoted"
