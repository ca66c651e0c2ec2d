"""When is a request answered? When its event was stepped and projected; a second time with the same answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from pathways.bpmn.model import Definition
from workflows.contract.requests import Receipt
from workflows.engine.errors import EventRejected
from workflows.engine.events import Event
from workflows.host.asking import idempotency_key, refused
from workflows.host.leaving import Leaving
from workflows.host.ledger import Ledger

KEPT = 200
"""So many answers are taken along: a request that is sent again after the switch gets the same one."""


@dataclass(slots=True)
class Entry:
    """An event in the inbox, and what became of it: a receipt or a refusal. `definition`: it leads to that version."""

    event: Event
    definition: Definition | None = None
    receipt: Receipt | None = None
    refusal: EventRejected | None = None

    @property
    def stepped(self) -> bool:
        """Whether the engine has dealt with it."""
        return self.receipt is not None or self.refusal is not None


class Answers:
    """The answers that one case has given, by idempotency key."""

    def __init__(self, carried: Mapping[str, Receipt], ledger: Ledger, leaving: Leaving) -> None:
        self._given = dict(carried)
        self._ledger = ledger
        self._leaving = leaving

    def __contains__(self, key: str) -> bool:
        return key in self._given

    @property
    def last(self) -> dict[str, Receipt]:
        """The answers that are taken along into the next history."""
        return dict(list(self._given.items())[-KEPT:])

    async def once(self, enter: Callable[[], Awaitable[Entry]]) -> Receipt:
        """Answer the update that is being handled; unless it was answered before, `enter` takes its event in.

        Raises:
            ApplicationError: it is refused, or what it did is not in the read model and cannot be waited for.
        """
        key = idempotency_key()
        if (answered := self._given.get(key)) is not None:
            return await self._once_projected(answered)
        self._given[key] = receipt = await _stepped(await enter())
        return await self._once_projected(receipt)

    def to_key(self, key: str) -> Receipt | None:
        """Give the answer that was given under a key; None when there is none yet."""
        receipt = self._given.get(key)
        return receipt if receipt is not None and receipt.seq <= self._ledger.projected else None

    async def to(self, entry: Entry) -> Receipt:
        """Answer for what is in the inbox already.

        Raises:
            ApplicationError: as `once`.
        """
        return await self._once_projected(await _stepped(entry))

    async def _once_projected(self, receipt: Receipt) -> Receipt:
        """A case that cannot wait any longer for the read model does not answer: what was asked has happened."""
        await workflow.wait_condition(lambda: self._ledger.projected >= receipt.seq or self._leaves_facts())
        if self._ledger.projected < receipt.seq:
            raise ApplicationError("The read model cannot be written.", type="not-projected", non_retryable=True)
        return receipt

    def _leaves_facts(self) -> bool:
        """Whether the case must leave its history before its facts are in the read model."""
        return self._leaving.wanted and self._ledger.stalled


async def _stepped(entry: Entry) -> Receipt:
    await workflow.wait_condition(lambda: entry.stepped)
    if entry.refusal is not None:
        raise refused(entry.refusal)
    assert entry.receipt is not None
    return entry.receipt
