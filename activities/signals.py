"""How does a signal that a pathway throws reach the others? As one from outside does: noted, then told to all."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from workflows.contract import names
from workflows.contract.requests import DeliverSignal

Broadcast = Callable[[DeliverSignal], Awaitable[None]]


class Signals:
    """The way from a case to all others; `broadcast` tells each of them once by the signal's id."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast

    @activity.defn(name=names.BROADCAST_SIGNAL)
    async def broadcast_signal(self, signal: DeliverSignal) -> None:
        """Tell every case that waits for the signal, and start every process that begins with it."""
        await self._broadcast(signal)
