"""How do clinicians load the host? Each starts referrals and does their tasks one by one, reading the worklist.

`complete to visible`: from the call that completes a task until a worklist that was asked for afterwards no longer
shows it, and shows what it opened.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.host.contenders import Contender
from bench.host.house import House
from bench.host.pathways import REFERRAL, TASKS
from bench.host.shapes import ROLE
from records.database import Database
from records.queries.worklist import WorklistFilter, worklist

_numbers = itertools.count(1)
_POLL = 0.01


@dataclass(slots=True)
class Tally:
    """What some blocks of a contender gave. `visible`: seconds from complete to visible; `cpu`: of the worker.

    `completions` are those answered before the block was over; `late` ones, under way at its end, have their CPU too.
    """

    completions: int = 0
    late: int = 0
    seconds: float = 0
    cpu: float = 0
    visible: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Completed tasks per second."""
        return self.completions / self.seconds if self.seconds else 0.0

    @property
    def cpu_each(self) -> float:
        """Seconds of the worker's processor per completed task."""
        return self.cpu / max(self.completions + self.late, 1)

    def add(self, other: "Tally") -> None:
        """Add another block."""
        self.completions += other.completions
        self.late += other.late
        self.seconds += other.seconds
        self.cpu += other.cpu
        self.visible.extend(other.visible)


@dataclass(frozen=True, slots=True)
class Load:
    """So many clinicians. `think`: seconds between two tasks of one, on average. `reads`: they read after each task.

    `lasts`: how many times as long as others a turn is, for who pauses does few tasks, of which a p99 says nothing.
    """

    title: str
    clinicians: int
    think: float = 0
    reads: bool = True
    lasts: int = 1


def quantile(values: Sequence[float], part: float) -> float:
    """Give the value below which this part of them lies; not a number when there are none."""
    return sorted(values)[min(int(part * len(values)), len(values) - 1)] if values else float("nan")


def new_id(contender: Contender) -> str:
    """Give a case id that nobody has used."""
    return f"{contender.name}-{next(_numbers)}"


async def open_tasks(database: Database, case_id: str) -> frozenset[str]:
    """Read the worklist of the role, for one case."""
    async with database.reader() as session:
        page = await worklist(session, WorklistFilter(roles=(ROLE,), case_id=case_id))
    return frozenset(item.task.activation for item in page.items)


async def block(house: House, who: Contender, load: Load, seconds: float, turn: int = 0) -> Tally:
    """Let the clinicians work for so long; each has its first case before the clock starts.

    In the same turn those of every contender pause alike.
    """
    tally = Tally()
    seconds *= load.lasts
    database = house.databases[who.side]
    ids = [new_id(who) for _ in range(load.clinicians)]
    tasks = await asyncio.gather(*(who.start(case_id, REFERRAL) for case_id in ids))
    until, used = time.perf_counter() + seconds, house.cpu(who.side)
    clinicians = (
        _clinician(who, database, load, case_id, task, until, tally, Random(f"{turn}/{number}"))
        for number, (case_id, task) in enumerate(zip(ids, tasks, strict=True))
    )
    await asyncio.gather(*clinicians)
    tally.seconds, tally.cpu = seconds, house.cpu(who.side) - used
    return tally


async def _clinician(
    who: Contender, database: Database, load: Load, case_id: str, task: str, until: float, tally: Tally, pauses: Random
) -> None:
    while True:
        for _ in range(TASKS):
            task = task or await _next_task(database, case_id)
            if not await _think(load, until, pauses):
                return
            task = await _complete(who, database, load, case_id, task, until, tally)
        case_id = new_id(who)
        task = await who.start(case_id, REFERRAL)


async def _think(load: Load, until: float, pauses: Random) -> bool:
    """Pause; say whether there is time left."""
    if load.think:
        await asyncio.sleep(min(pauses.expovariate(1 / load.think), max(until - time.perf_counter(), 0)))
    return time.perf_counter() < until


async def _complete(
    who: Contender, database: Database, load: Load, case_id: str, task: str, until: float, tally: Tally
) -> str:
    began = time.perf_counter()
    opened = await who.complete(case_id, task)
    if load.reads:
        await _until_visible(database, case_id, task, opened)
        tally.visible.append(time.perf_counter() - began)
    if time.perf_counter() < until:
        tally.completions += 1
    else:
        tally.late += 1
    return opened


async def _until_visible(database: Database, case_id: str, done: str, opened: str) -> None:
    while done in (shown := await open_tasks(database, case_id)) or (opened and opened not in shown):
        await asyncio.sleep(_POLL)


async def _next_task(database: Database, case_id: str) -> str:
    """Wait until the service has answered and the next task is open."""
    while not (shown := await open_tasks(database, case_id)):
        await asyncio.sleep(_POLL)
    return min(shown)
