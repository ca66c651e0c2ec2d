"""What would a batch act on, and how would it end? Selecting, foreseeing (dry run) and planning: no acting."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Target, items_of
from api.batches_running import AT_ONCE, NO_ANSWER, outcome_of
from api.deps import Change, Visit
from api.problems import Problem
from api.seeing import side_of
from api.shapes.base import Body
from api.shapes.batches import BatchBody, Foresight, ReasonView
from api.surroundings import Surroundings
from records.queries.access import theirs
from records.tables import Batch
from records.writes.batches import create_batch
from workflows.host.gateway import HostUnavailable

MOST_FORESEEN = 2_000
"""Items that a dry run looks at; of more it says so."""

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Selected:
    """What a batch is to act on, and the two parts of what was asked."""

    wanted: Body
    request: Body
    targets: Sequence[Target]


async def selected(asked: Visit, kind: Kind, wanted: Body, request: Body, *, expect: int | None = None) -> Selected:
    """Select what a batch would act on now: of the cases of the organisation of whoever asks.

    Raises:
        Problem: the filter is empty (422), or selects another number than was expected (409).
    """
    if not wanted.model_dump(exclude_none=True):
        raise Problem("invalid", "The filter is empty: name at least one member, lest every case be meant.")
    async with asked.here.database.reader() as session:
        found = await kind.select(session, wanted)
        mine = await theirs(session, [target.case_id for target in found], side_of(asked))
    targets = [target for target in found if target.case_id in mine]
    if expect is not None and len(targets) != expect:
        raise Problem(
            "selection-changed", f"The filter selects {len(targets)} now, not {expect}.", selected=len(targets)
        )
    return Selected(wanted, request, targets)


async def foresee_batch(here: Surroundings, kind: Kind, chosen: Selected, *, reason: str, actor: str) -> Foresight:
    """Say how a batch would end: by outcome and reason. Nothing is changed."""
    job = Job(chosen.request, reason, actor)
    looked_at = chosen.targets[:MOST_FORESEEN]
    turns = asyncio.Semaphore(AT_ONCE)

    async def foreseen(target: Target) -> tuple[str, str]:
        async with turns:
            return await _foreseen(here, kind, job, target)

    outcomes = await asyncio.gather(*map(foreseen, looked_at))
    return Foresight(
        kind=kind.name,
        selected=len(chosen.targets),
        foreseen=len(looked_at),
        counts=Counter(outcome for outcome, _ in outcomes),
        reasons=_reasons(looked_at, outcomes),
    )


async def plan(session: AsyncSession, kind: Kind, chosen: Selected, body: BatchBody, change: Change) -> Batch:
    """Write a batch and its items; its id comes from the change, so that sending it again makes no second one."""
    now, batch_id = change.here.clock(), f"batch-{change.update_id[:24]}"
    batch = Batch(
        batch=batch_id,
        kind=kind.name,
        request=chosen.request.model_dump(mode="json"),
        filter=chosen.wanted.model_dump(mode="json", exclude_none=True),
        reason=body.reason,
        actor=change.me.id,
        organisation=change.me.organisation,
        status="running" if body.start else "planned",
        total=len(chosen.targets),
        canary=body.canary,
        pause_after=body.canary,
        created_at=now,
        started_at=now if body.start else None,
    )
    return await create_batch(session, batch, items_of(batch_id, chosen.targets))


async def _foreseen(here: Surroundings, kind: Kind, job: Job, target: Target) -> tuple[str, str]:
    try:
        outcome = await outcome_of(target.case_id, lambda: kind.foresee(here, job, target))
    except HostUnavailable:
        return "unknown", NO_ANSWER
    return outcome.status, outcome.reason


def _reasons(targets: Sequence[Target], outcomes: Sequence[tuple[str, str]]) -> list[ReasonView]:
    cases: dict[tuple[str, str], list[str]] = defaultdict(list)
    for target, outcome in zip(targets, outcomes, strict=True):
        cases[outcome].append(target.case_id)
    by_size = sorted(cases.items(), key=lambda each: (-len(each[1]), each[0]))
    return [
        ReasonView(outcome=outcome, reason=reason, count=len(ids), examples=ids[:EXAMPLES])
        for (outcome, reason), ids in by_size
    ]
