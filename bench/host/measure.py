"""What is measured? Each question is put to everybody in turns, in blocks, so that a slow machine slows all alike."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from sqlmodel import col, select
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from bench.host.by_hand import WORKFLOWS
from bench.host.clinic import Load, Tally, block, new_id, open_tasks
from bench.host.contenders import Contender
from bench.host.house import House
from bench.host.pathways import REFERRAL, ROUNDS, TASKS, WAIT
from bench.host.workers import PASSED
from records.tables import Task
from workflows.host.case import Case
from workflows.host.worker import sandbox


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. `rounds`: turns of everybody; `block`: seconds of one turn."""

    rounds: int = 3
    block: float = 8
    cases: int = 10
    events: int = 4_096
    replays: int = 7
    open_cases: int = 1_000
    timers: int = 10_000
    probes: int = 600
    per_second: int = 10
    loads: tuple[Load, ...] = (
        Load("1 clinician", 1),
        Load("10 clinicians", 10),
        Load("50 clinicians", 50),
        Load("50 clinicians, who pause 2 s between two tasks", 50, think=2),
        Load("50 clinicians, who read only when they must", 50, reads=False),
    )


QUICK = Effort(
    rounds=1,
    block=3,
    cases=2,
    events=300,
    replays=2,
    open_cases=100,
    timers=200,
    probes=50,
    loads=(Load("1 clinician", 1), Load("50 clinicians", 50), Load("50 clinicians, who pause 2 s", 50, think=2)),
)
FULL = Effort()
CACHED = 1_000
"""How many cases a worker keeps in memory: Temporal's default."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one case leaves in Temporal, divided by its completed tasks."""

    events: float
    bytes: float
    kinds: Counter[str]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How long a history took to replay: the median."""

    events: int
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
    return Cost(kinds.total() / tasks, size / tasks, Counter({kind: n for kind, n in kinds.items()}))


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
                tallies[load.title][who.name].add(await block(house, who, load, effort.block))
        told(f"{load.title}: {', '.join(_rate(name, tally) for name, tally in tallies[load.title].items())}")
    return tallies


def _rate(name: str, tally: Tally) -> str:
    each = 1000 * tally.cpu / max(tally.completions, 1)
    return f"{name} {tally.completions / tally.seconds:.1f}/s, worker {each:.1f} ms"


def _rotated(everybody: Sequence[Contender], turn: int) -> Sequence[Contender]:
    first = turn % len(everybody)
    return [*everybody[first:], *everybody[:first]]


async def replays(house: House, effort: Effort) -> dict[str, Replayed]:
    """Replay a long history of each; both are fetched first."""
    both = house.everybody[:2]
    histories = await asyncio.gather(*(_long_history(house, who, effort.events) for who in both))
    runners: tuple[WorkflowRunner, WorkflowRunner] = (
        sandbox(),
        SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED)),
    )
    replayers = [
        Replayer(workflows=workflows, workflow_runner=runner, data_converter=house.client.data_converter)
        for workflows, runner in zip(([Case], WORKFLOWS), runners, strict=True)
    ]
    times: list[list[float]] = [[], []]
    for _ in range(effort.replays + 1):
        for number, replayer in enumerate(replayers):
            began = time.perf_counter()
            await replayer.replay_workflow(histories[number])
            times[number].append(time.perf_counter() - began)
    return {
        who.name: Replayed(len(history.events), sum(e.ByteSize() for e in history.events), median(seconds[1:]))
        for who, history, seconds in zip(both, histories, times, strict=True)
    }


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
        await _many(50, lambda _, who=who: who.start(new_id(who), REFERRAL))
    before = {who.name: house.memory(who.side) for who in both}
    for who in both:
        await _many(effort.open_cases, lambda _, who=who: who.start(new_id(who), REFERRAL))
    return {who.name: (house.memory(who.side) - before[who.name]) / effort.open_cases for who in both}


async def timers(house: House, effort: Effort, told: Callable[[str], None]) -> dict[str, list[float]]:
    """Arm many timers of each side, start the workers afresh, and see how late those fire that fall due in a minute."""
    await house.open(CACHED)
    both = house.everybody[:2]
    far = datetime.now(UTC) + timedelta(days=30)
    began = time.perf_counter()
    for who in both:
        await _many(effort.timers - effort.probes, lambda _, who=who: who.start(new_id(who), WAIT, due=far))
    rate = 2 * effort.timers / (time.perf_counter() - began)
    first = datetime.now(UTC) + timedelta(seconds=2 * effort.probes / rate * 1.5 + 10)
    told(f"armed at {rate:.0f} per second")
    due: dict[str, dict[str, datetime]] = {}
    for who in both:
        due[who.name] = {
            new_id(who): first + timedelta(seconds=number / effort.per_second) for number in range(effort.probes)
        }
        probes = list(due[who.name].items())
        await _many(len(probes), lambda n, who=who, probes=probes: who.start(probes[n][0], WAIT, due=probes[n][1]))
    await house.open(CACHED)
    started = datetime.now(UTC)
    await asyncio.sleep((first - started).total_seconds() + effort.probes / effort.per_second + 5)
    return {who.name: await _lateness(house, who, due[who.name], started) for who in both}


async def _lateness(house: House, who: Contender, due: dict[str, datetime], from_then: datetime) -> list[float]:
    """Give how many seconds after its due time each task was opened; one that never was is infinitely late."""
    opened: dict[str, datetime] = {}
    ids = list(due)
    async with house.databases[who.side].reader() as session:
        for at in range(0, len(ids), 500):
            chosen = select(Task.case_id, Task.created_at).where(col(Task.case_id).in_(ids[at : at + 500]))
            opened.update(dict((await session.exec(chosen)).all()))
    never = datetime.max.replace(tzinfo=UTC)
    fair = {case_id: moment for case_id, moment in due.items() if moment > from_then}
    return [(opened.get(case_id, never) - moment).total_seconds() for case_id, moment in fair.items()]


async def _many(count: int, do: Callable[[int], Awaitable[object]], together: int = 40) -> None:
    numbers = iter(range(count))

    async def some() -> None:
        for number in numbers:
            await do(number)

    await asyncio.gather(*(some() for _ in range(together)))


def _kind(number: int) -> str:
    from temporalio.api.enums.v1 import EventType

    return EventType.Name(EventType.ValueType(number)).removeprefix("EVENT_TYPE_")
