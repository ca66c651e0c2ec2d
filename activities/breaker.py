"""Is it worth calling a service now? After several failures in a row it is left alone for a while, then tried once.

One process remembers what it saw itself; what waits is kept by Temporal and comes again (`workflows/host/errands.py`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

FAILURES = 5
"""So many in a row, and the service counts as away."""

LEFT_ALONE = timedelta(seconds=30)


@dataclass(slots=True)
class Breaker:
    """What became of the last calls, by endpoint. `clock`: seconds, rising."""

    clock: Callable[[], float] = time.monotonic
    _failed: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def is_open(self, endpoint: str) -> bool:
        """Say whether to leave it alone; the first who asks when the time is over is let through, alone."""
        if self._failed.get(endpoint, 0) < FAILURES:
            return False
        if self.clock() < self._until[endpoint]:
            return True
        self._leave_alone(endpoint)
        return False

    def note(self, endpoint: str, *, answered: bool) -> None:
        """Note what became of a call: any answer but that it cannot serve just now shows that it is there."""
        if answered:
            self._failed.pop(endpoint, None)
            return
        self._failed[endpoint] = self._failed.get(endpoint, 0) + 1
        self._leave_alone(endpoint)

    def _leave_alone(self, endpoint: str) -> None:
        self._until[endpoint] = self.clock() + LEFT_ALONE.total_seconds()
