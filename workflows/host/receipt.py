"""What is the answer to a request? What its step opened, and what became of a message."""

from typing import Literal

from workflows.contract.requests import OpenedTask, Receipt
from workflows.engine.commands import OfferUserTask
from workflows.engine.facts import Fact
from workflows.engine.step import Step

Outcome = Literal["accepted", "delivered", "buffered", "duplicate"]


def receipt_of(case_id: str, taken: Step) -> Receipt:
    """Give the receipt of one step: the caller may read the worklist once facts up to `seq` are projected."""
    opened = [_opened(case_id, c) for c in taken.commands if isinstance(c, OfferUserTask)]
    return Receipt(case_id, taken.state.seq, taken.state.status, tuple(opened), _outcome(taken.facts))


def _opened(case_id: str, offer: OfferUserTask) -> OpenedTask:
    return OpenedTask(
        case_id=case_id,
        activation=offer.activation,
        element=offer.element,
        title=offer.title,
        groups=offer.groups,
        assignee=offer.assignee,
        due_at=offer.due_at,
    )


def _outcome(facts: tuple[Fact, ...]) -> Outcome:
    kinds = [fact.fact for fact in facts]
    if "message_received" in kinds or "signal_received" in kinds:
        return "delivered"
    if "message_buffered" in kinds:
        return "buffered"
    return "duplicate" if "message_ignored" in kinds else "accepted"
