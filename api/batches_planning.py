"""What would a batch act on, and how would it end? Selecting, foreseeing (dry run) and planning: no acting."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Outcome, Target, items_of, job_of
from api.batches_running import NO_ANSWER, outcome_of, target_of
from api.deps import Change, Visit
from api.holding import is_for_holders, those_held
from api.problems import Problem
from api.shapes.base import Body
from api.shapes.batches import BatchBody, Foresight, ReasonView
from api.sides import side_of
from api.surroundings import Surroundings
from api.turns import few_at_once
from records.queries.batches import batch_items
from records.tables import Batch
from records.writes.batches import create_batch
from workflows.host.gateway import HostUnavailable

MOST_FORESEEN = 2_000
"""Items that a dry run looks at; of more it says so."""

EXAMPLES = 5
UNDONE = {"done": "undone", "refused": "kept"}
"""How undoing an item ends, by how the case answers."""

Foreseeing = Callable[[], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Selected:
    """What a batch is to act on, and the two parts of what was asked."""

    wanted: Body
    request: Body
    targets: Sequence[Target]


async def selected(asked: Visit, kind: Kind, wanted: Body, request: Body, *, expect: int | None = None) -> Selected:
    """Select what a batch would act on now: of the cases that the organisation of whoever asks holds, or has part in.

    Raises:
        Problem: the filter is empty (422), or selects another number than was expected (409).
    """
    if not wanted.model_dump(exclude_none=True):
        raise Problem("invalid", "The filter is empty: name at least one member, lest every case be meant.")
    async with asked.here.database.reader() as session:
        targets = await kind.mine(session, await kind.select(session, wanted), side_of(asked))
    if is_for_holders(kind.name, request):
        held = await those_held(asked, {target.case_id for target in targets})
        targets = [target for target in targets if target.case_id in held]
    if expect is not None and len(targets) != expect:
        raise Problem(
            "selection-changed", f"The filter selects {len(targets)} now, not {expect}.", selected=len(targets)
        )
    return Selected(wanted, request, targets)


async def foresee_batch(here: Surroundings, kind: Kind, chosen: Selected, *, reason: str, actor: str) -> Foresight:
    """Say how a batch would end: by outcome and reason. Nothing is changed."""
    job = Job(chosen.request, reason, actor)
    looked_at = chosen.targets[:MOST_FORESEEN]
    outcomes = await _outcomes([(each.case_id, partial(kind.foresee, here, job, each)) for each in looked_at])
    return _foresight(kind, len(chosen.targets), looked_at, outcomes)


async def foresee_undoing(here: Surroundings, kind: Kind, batch: Batch) -> Foresight:
    """Say what undoing a batch would take back now, and what it would leave, by reason. Nothing is changed."""
    assert kind.foresee_undo is not None
    status = "kept" if batch.status == "undone" else "done"
    async with here.database.reader() as session:
        items, total = await batch_items(session, batch.batch, status=status, limit=MOST_FORESEEN, offset=0)
    job = job_of(kind, batch)
    outcomes = await _outcomes([(each.case_id, partial(kind.foresee_undo, here, job, each)) for each in items])
    named = [(UNDONE.get(outcome, outcome), reason) for outcome, reason in outcomes]
    return _foresight(kind, total, [target_of(each) for each in items], named)


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


async def _outcomes(asking: Sequence[tuple[str, Foreseeing]]) -> list[tuple[str, str]]:
    """How each would end and why."""
    return await few_at_once([partial(_foreseen, *each) for each in asking])


async def _foreseen(case_id: str, foreseeing: Foreseeing) -> tuple[str, str]:
    try:
        outcome = await outcome_of(case_id, foreseeing)
    except HostUnavailable:
        return "unknown", NO_ANSWER
    return outcome.status, outcome.reason


def _foresight(
    kind: Kind, selected: int, looked_at: Sequence[Target], outcomes: Sequence[tuple[str, str]]
) -> Foresight:
    return Foresight(
        kind=kind.name,
        selected=selected,
        foreseen=len(looked_at),
        counts=Counter(outcome for outcome, _ in outcomes),
        reasons=_reasons(looked_at, outcomes),
    )


def _reasons(targets: Sequence[Target], outcomes: Sequence[tuple[str, str]]) -> list[ReasonView]:
    cases: dict[tuple[str, str], list[str]] = defaultdict(list)
    for target, outcome in zip(targets, outcomes, strict=True):
        cases[outcome].append(target.case_id or target.target)
    by_size = sorted(cases.items(), key=lambda each: (-len(each[1]), each[0]))
    return [
        ReasonView(outcome=outcome, reason=reason, count=len(ids), examples=ids[:EXAMPLES])
        for (outcome, reason), ids in by_size
    ]
