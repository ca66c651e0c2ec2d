"""Which errand begins next? Errands begin in the order in which they were asked for, as far as there is room.

A call for which there is no room lets what is behind it pass: it waits for another call to end, which may take months.
Any other errand lets nothing pass; there is room again in a moment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pathways import codec
from workflows.contract.handover import Errand
from workflows.engine.commands import CallProcess

MOST_AT_ONCE = 100
"""Errands under way: as many as one worker runs, of the 2,000 activities that Temporal lets a workflow have."""

MOST_CALLED = 1_000
"""Called cases that run at once: half of Temporal's 2,000 children."""

MOST_BYTES = 2_000_000
"""Plain size of the errands under way: what one workflow task sends must stay under 4 MB."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An errand that waits for its turn, weighed once. `size`: bytes."""

    command: Errand
    size: int


@dataclass(frozen=True, slots=True)
class Load:
    """What a case has under way: called cases that run, errands, and the bytes of these."""

    called: int = 0
    under_way: int = 0
    size: int = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing has room, however small it is."""
        return self.size > 0 and self.under_way >= MOST_AT_ONCE

    def has_room_for(self, waiting: Waiting) -> bool:
        """Say whether an errand may begin; what is alone may, however large it is."""
        if isinstance(waiting.command, CallProcess) and self.called >= MOST_CALLED:
            return False
        return not self.size or (self.under_way < MOST_AT_ONCE and self.size + waiting.size <= MOST_BYTES)

    def is_lighter_than(self, other: "Load") -> bool:
        """Say whether something has ended: what had no room under `other` may have it now."""
        return self.called < other.called or self.under_way < other.under_way or self.size < other.size


class Turns:
    """The errands of one case that wait for their turn, in order.

    Ten thousand calls may wait. So a place in the queue is kept: what stands before it had no room, and cannot have it
    until the load is lighter. Looking at them all again for each errand that is added would take the square of that.
    """

    def __init__(self, errands: Iterable[Errand]) -> None:
        self._waiting = [_weighed(errand) for errand in errands]
        self._place, self._load = 0, Load()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def errands(self) -> tuple[Errand, ...]:
        """What waits, in order."""
        return tuple(each.command for each in self._waiting)

    def add(self, errand: Errand) -> None:
        """Let an errand wait behind all others."""
        self._waiting.append(_weighed(errand))

    def drop(self, is_dropped: Callable[[Errand], bool]) -> None:
        """Forget errands that nobody wants any more."""
        self._waiting = [each for each in self._waiting if not is_dropped(each.command)]
        self._place = 0

    def next(self, load: Load) -> Waiting | None:
        """Take out the first errand for which there is room beside `load`; None when there is none."""
        if load.is_lighter_than(self._load):
            self._place = 0
        self._load = load
        while self._place < len(self._waiting) and not load.is_full:
            each = self._waiting[self._place]
            if load.has_room_for(each):
                return self._waiting.pop(self._place)
            if not isinstance(each.command, CallProcess):
                return None
            self._place += 1
        return None


def _weighed(errand: Errand) -> Waiting:
    return Waiting(errand, len(codec.dump(errand)))
