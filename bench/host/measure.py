"""What is measured? Each question is put to everybody in turns, in blocks, so that a slow machine slows all alike."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlmodel import col, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from api.surroundings import system_clock
from bench.host.by_hand import WORKFLOWS, Nothing
from bench.host.clinic import Load, Tally, block, new_id, open_tasks
from bench.host.contenders import NOTHING, Contender
from bench.host.house import House
from bench.host.pathways import REFERRAL, ROUNDS, TASKS, WAIT
from records.tables import Task
from workflows.host.case import Case
from workflows.host.server import SUGGESTED

PAUSING = ", pausing"
SATURATED = "50 clinicians"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. `rounds`: turns of everybody; `block`: seconds of one turn.

    `timers` are armed by each side, as many as `arming` seconds allow; of them `probes` fall due, so many `per_second`.
    """

    rounds: int = 2
    block: float = 8
    cases: int = 10
    events: Sequence[int] = (4_096, SUGGESTED)
    replays: int = 7
    open_cases: int = 1_000
    timers: int = 10_000
    arming: float = 300
    probes: int = 180
    per_second: int = 3
    loads: tuple[Load, ...] = (
        Load("1 clinician", 1),
        Load("10 clinicians", 10),
        Load(f"{SATURATED}, never pausing", 50),
        Load(f"{SATURATED}, never pausing nor reading", 50, reads=False),
        Load(f"{SATURATED}{PAUSING} 2 s between two tasks", 50, think=2),
        Load(f"{SATURATED}{PAUSING} 10 s between two tasks", 50, think=10, lasts=5),
    )


QUICK = Effort(
    rounds=1,
    block=3,
    cases=2,
    events=(300,),
    replays=2,
    open_cases=100,
    timers=200,
    probes=50,
    arming=20,
    loads=(Load("1 clinician", 1), Load(f"{SATURATED}{PAUSING} 2 s between two tasks", 50, think=2)),
)
FULL = Effort()
CACHED = 1_000
"""How many cases a worker keeps in memory: Temporal's default."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one case leaves in Temporal, divided by its completed tasks."""

    events: float
    bytes: float
    kinds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Timers:
    """How many seconds each timer that fell due was late; `missing`: how many had not fired when the others had."""

    armed: int
    lateness: list[float]
    missing: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """How long a history took to replay: the median. `tasks`: how many completed tasks it holds."""

    events: int
    tasks: int
    bytes: int
    seconds: float


async def costs(house: House, effort: Effort) -> dict[str, Cost]:
    """Run some cases from start to end and count."""
    return {who.name: await _cost(house, who, effort.cases) for who in house.everybody}


async def _cost(house: House, who: Contender, cases: int) -> Cost:
    kinds: Counter[str] = Counter()
    size = 0
    for _ in range(cases):
        case_id = new_id(who)
        await _whole_case(house, who, case_id)
        handle = house.client.get_workflow_handle(case_id)
        await handle.result()
        kinds.update(_kind(event.event_type) for event in (await handle.fetch_history()).events)
        size += (await handle.describe()).raw_description.workflow_execution_info.history_size_bytes
    tasks = cases * TASKS
    return Cost(kinds.total() / tasks, size / tasks, {kind: count / tasks for kind, count in kinds.items()})


async def _whole_case(house: House, who: Contender, case_id: str) -> None:
    task = await who.start(case_id, REFERRAL)
    for _ in range(TASKS):
        while not task:
            task = next(iter(await open_tasks(house.databases[who.side], case_id)), "")
        task = await who.complete(case_id, task)


async def loads(house: House, effort: Effort, told: Callable[[str], None]) -> dict[str, dict[str, Tally]]:
    """Let clinicians work, everybody in turns; the first short turn warms up."""
    tallies = {load.title: {who.name: Tally() for who in house.everybody} for load in effort.loads}
    for who in house.everybody:
        await block(house, who, Load("warm", 10), min(effort.block, 3))
    for load in effort.loads:
        for turn in range(effort.rounds):
            for who in _rotated(house.everybody, turn):
                tallies[load.title][who.name].add(await block(house, who, load, effort.block, turn))
        told(f"{load.title}: {', '.join(_rate(name, tally) for name, tally in tallies[load.title].items())}")
    return tallies


def _rate(name: str, tally: Tally) -> str:
    return f"{name} {tally.per_second:.1f}/s, worker {1000 * tally.cpu_each:.1f} ms"


def _rotated(everybody: Sequence[Contender], turn: int) -> Sequence[Contender]:
    first = turn % len(everybody)
    return [*everybody[first:], *everybody[:first]]


async def replays(house: House, effort: Effort) -> list[dict[str, Replayed]]:
    """Replay histories of each length."""
    return [await _replays(house, events, effort.replays) for events in effort.events]


async def _replays(house: House, events: int, times: int) -> dict[str, Replayed]:
    """Replay a history of each, and one of a workflow that does nothing; all are fetched first."""
    both = house.everybody[:2]
    named = [who.name for who in both] + [NOTHING]
    long = (_long_history(house, who, events) for who in both)
    histories = await asyncio.gather(*long, _history_of_nothing(house, events))
    replayers = [
        Replayer(
            workflows=workflows,
            workflow_runner=UnsandboxedWorkflowRunner(),
            data_converter=house.client.data_converter,
        )
        for workflows in ([Case], WORKFLOWS, WORKFLOWS)
    ]
    took: list[list[float]] = [[] for _ in replayers]
    for _ in range(times + 1):
        for number, replayer in enumerate(replayers):
            began = time.perf_counter()
            await replayer.replay_workflow(histories[number])
            took[number].append(time.perf_counter() - began)
    return {
        name: Replayed(
            len(history.events),
            sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED for e in history.events) - 1,
            sum(e.ByteSize() for e in history.events),
            median(seconds[1:]),
        )
        for name, history, seconds in zip(named, histories, took, strict=True)
    }


async def _history_of_nothing(house: House, events: int) -> WorkflowHistory:
    handle = await house.client.start_workflow(
        Nothing.run, id=f"{NOTHING}-{events}", task_queue=house.everybody[1].side
    )
    while (await handle.describe()).history_length < events:
        for _ in range(10):
            await handle.execute_update(Nothing.nothing)
    return await handle.fetch_history()


async def _long_history(house: House, who: Contender, events: int) -> WorkflowHistory:
    case_id = new_id(who)
    handle = house.client.get_workflow_handle(case_id)
    task = await who.start(case_id, ROUNDS)
    while (await handle.describe()).history_length < events:
        for _ in range(10):
            task = await who.complete(case_id, task)
    return await handle.fetch_history()


async def memory(house: House, effort: Effort) -> dict[str, float]:
    """Give the bytes by which fresh workers grow per open case, each case waiting for its first task."""
    await house.open(cached=effort.open_cases + 200)
    both = house.everybody[:2]
    for who in both:
        await _referrals(who, 50)
    before = {who.name: house.memory(who.side) for who in both}
    for who in both:
        await _referrals(who, effort.open_cases)
    return {who.name: (house.memory(who.side) - before[who.name]) / effort.open_cases for who in both}


async def _referrals(who: Contender, count: int) -> None:
    await _many(count, lambda _: who.start(new_id(who), REFERRAL))


async def timers(house: House, effort: Effort, told: Callable[[str], None]) -> dict[str, Timers]:
    """Arm timers of each side, start the workers afresh, and see how late those fire that fall due in a minute.

    The workers begin with nothing in memory: every case that wakes is replayed from its history.
    """
    await house.open(CACHED)
    both = house.everybody[:2]
    began = time.monotonic()
    far = [await _arm_far(who, effort) for who in both]
    probes_take = (time.monotonic() - began) / sum(far) * 2 * effort.probes
    told(f"armed in {time.monotonic() - began:.0f} s: {far}")
    first = system_clock() + timedelta(seconds=2 * probes_take + 15)
    due = {who.name: await _arm_probes(who, effort, first) for who in both}
    await house.open(CACHED)
    ready = system_clock()
    last = first + timedelta(seconds=effort.probes / effort.per_second)
    await asyncio.sleep(max((last - ready).total_seconds(), 0) + 10)
    found = [await _lateness(house, who, due[who.name], ready) for who in both]
    return {
        who.name: Timers(count + effort.probes, [one for one in late if one is not None], late.count(None))
        for who, count, late in zip(both, far, found, strict=True)
    }


async def _arm_far(who: Contender, effort: Effort) -> int:
    """Arm timers that do not fall due while measured; give how many there was time for."""
    due, until = system_clock() + timedelta(days=30), time.monotonic() + effort.arming
    count = itertools.count()

    async def arm(_: int) -> None:
        if time.monotonic() < until:
            await who.start(new_id(who), WAIT, due=due)
            next(count)

    await _many(effort.timers - effort.probes, arm)
    return next(count)


async def _arm_probes(who: Contender, effort: Effort, first: datetime) -> dict[str, datetime]:
    due = {new_id(who): first + timedelta(seconds=number / effort.per_second) for number in range(effort.probes)}
    probes = list(due.items())
    await _many(len(probes), lambda number: who.start(probes[number][0], WAIT, due=probes[number][1]))
    return due


async def _lateness(house: House, who: Contender, due: dict[str, datetime], ready: datetime) -> list[float | None]:
    """Give how many seconds after its time the task behind each timer was opened; None when it never was.

    Timers that fell due before the fresh workers were there are left out.
    """
    opened: dict[str, datetime] = {}
    ids = [case_id for case_id, moment in due.items() if moment > ready]
    async with house.databases[who.side].reader() as session:
        for at in range(0, len(ids), 500):
            chosen = select(Task.case_id, Task.created_at).where(col(Task.case_id).in_(ids[at : at + 500]))
            opened.update((await session.exec(chosen)).all())
    return [(opened[one] - due[one]).total_seconds() if one in opened else None for one in ids]


async def _many(count: int, do: Callable[[int], Awaitable[object]], together: int = 20) -> None:
    numbers = iter(range(count))

    async def some() -> None:
        for number in numbers:
            await do(number)

    await asyncio.gather(*(some() for _ in range(together)))


def _kind(number: int) -> str:
    return EventType.Name(EventType.ValueType(number)).removeprefix("EVENT_TYPE_")
