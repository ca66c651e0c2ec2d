"""What does a case hear of a message with which a person deals? That it shall not take it any more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class MessageGivenUp:
    """A person deals with a message that this case may keep: it is kept no longer."""

    occurred_at: datetime
    message_id: str
    reason: str
    actor: str
    kind: Literal["MessageGivenUp"] = "MessageGivenUp"
