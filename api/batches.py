"""How is one thing done to many cases? A *kind* says how to select, foresee, act and undo; the rest is common.

How to make a kind (`migrating` and `remedies` do): two shapes, four functions, one line in `batches_kinds.KINDS`.

- `filter`, `request`: `Body` shapes of what `POST /batches` carries; they are validated before anything is selected.
- `select(session, filter)`: the targets, in the order in which they are done. It is called once: they are fixed then.
- `foresee(here, job, target)`: the outcome of acting now, without acting (dry run). Raises what `act` raises.
- `act(here, job, target, update_id)`: do it. It may be called again with the same `update_id` after a crash, so it
  must have its effect once: pass the id to `CaseGateway.send`.
- `undo(here, job, item, update_id)`: take it back, or None where the kind cannot. `item.result` is what `act` gave.
- `foresee_undo(here, job, item)`: the outcome of taking it back now, without doing so; with `undo` or not at all.
- `mine(session, targets, side)`: those that somebody may act on; left out, those in cases of their organisation.

`EventRejected` and `CaseNotFound` from any of them mean *refused, nothing changed*; `HostUnavailable` is tried again.
An outcome's `reason` is counted over all items, so it must be the same words for the same reason, without ids and
without anything of a patient. `asking` makes a kind that sends each case one request, which is most of them.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from api.foreseeing import foresee
from api.shapes.base import Body
from api.surroundings import Surroundings
from records.queries.access import Side
from records.queries.standing import theirs
from records.tables import Batch, BatchItem
from workflows.contract.requests import Request


@dataclass(frozen=True, slots=True)
class Target:
    """What a batch acts on: a case, or an incident, activation or timer of it."""

    case_id: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """What a batch is to do: the same for every item. `batch` is empty in a dry run."""

    request: Any
    reason: str
    actor: str
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item, or would. `result` is kept for the undoing and shown to whoever administers."""

    status: Literal["done", "refused"] = "done"
    reason: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


Select = Callable[[AsyncSession, Any], Awaitable[Sequence[Target]]]
Foresee = Callable[[Surroundings, Job, Target], Awaitable[Outcome]]
Act = Callable[[Surroundings, Job, Target, str], Awaitable[Outcome]]
ForeseeUndo = Callable[[Surroundings, Job, BatchItem], Awaitable[Outcome]]
Undo = Callable[[Surroundings, Job, BatchItem, str], Awaitable[Outcome]]


Mine = Callable[[AsyncSession, Sequence[Target], Side], Awaitable[Sequence[Target]]]


async def of_my_cases(session: AsyncSession, targets: Sequence[Target], side: Side) -> Sequence[Target]:
    """Give the targets that are in cases of somebody's organisation."""
    mine = await theirs(session, [target.case_id for target in targets], side)
    return [target for target in targets if target.case_id in mine]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of batch; `what` says in words what it does to each item, `mine` which of them somebody may act on."""

    name: str
    what: str
    filter: type[Body]
    request: type[Body]
    select: Select
    foresee: Foresee
    act: Act
    undo: Undo | None = None
    foresee_undo: ForeseeUndo | None = None
    mine: Mine = of_my_cases


def asking(
    name: str,
    what: str,
    *,
    filter: type[Body],
    request: type[Body],
    select: Select,
    request_of: Callable[[Surroundings, Job, Target], Awaitable[Request]],
) -> Kind:
    """Make a kind that asks one request of each case: foreseen by the engine, sent under the item's update id."""

    async def foreseen(here: Surroundings, job: Job, target: Target) -> Outcome:
        await foresee(here, target.case_id, await request_of(here, job, target))
        return Outcome()

    async def act(here: Surroundings, job: Job, target: Target, update_id: str) -> Outcome:
        receipt = await here.gateway.send(target.case_id, await request_of(here, job, target), update_id)
        return Outcome(result={"seq": receipt.seq, "status": receipt.status})

    return Kind(name, what, filter, request, select, foreseen, act)


def items_of(batch_id: str, targets: Sequence[Target]) -> list[BatchItem]:
    """Give the items of a batch; the update id of each is the same for ever."""
    return [
        BatchItem(
            batch=batch_id,
            number=number,
            case_id=target.case_id,
            target=target.target,
            update_id=hashlib.sha256(f"{batch_id}\x00{number}".encode()).hexdigest(),
        )
        for number, target in enumerate(targets, start=1)
    ]


def job_of(kind: Kind, batch: Batch) -> Job:
    """Give the job that a batch on record is."""
    return Job(kind.request.model_validate(batch.request), batch.reason, batch.actor, batch.batch)
