"""How does a storm go? Calm cases first, then all cases while the storm rages, then order again, then the verdict."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import col, func, select
from temporalio.client import Client

from api.surroundings import system_clock
from api.watchdog.repair import ACTOR
from records.audit_keys import audit_keys_from
from records.database import Database
from records.tables import Audit, Case, FactRecord
from tests.chaos.client import Callers
from tests.chaos.driving import World
from tests.chaos.explaining import explained
from tests.chaos.installation import PROGRAMS, Installation
from tests.chaos.outside import Outside
from tests.chaos.plan import Blow, CasePlan, calm_plans, case_plans, storm
from tests.chaos.shape import Shape, read_records, shape_of
from tests.chaos.temporal_side import (
    drift_findings,
    event_counts,
    execution_findings,
    fired_between,
    told_findings,
)
from tests.chaos.verdict import Evidence, findings, read_model_findings, unheard
from workflows.host.connection import connected
from workflows.host.settings import settings_from

SETTLING = 120.0
CALM_SECONDS = 10.0
"""What the calm cases need on an idle machine of two cores; on a busier one the blows of a storm come more slowly."""

STEADY_CASES = 10
STEADY_LEAD = 10.0
SHOWN = 40
SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for on the command line."""

    cases: int
    seconds: float
    seed: int
    database: str
    width: int
    outage: float
    only: str
    folder: Path


@dataclass(slots=True)
class Storm:
    """What has happened so far."""

    options: Options
    installation: Installation
    world: World
    outside: Outside
    blows: Counter[str]
    failures: list[str]
    slowness: float = 1.0
    outage: tuple[datetime, datetime] | None = None


async def run(options: Options, chance: random.Random) -> int:
    """Run everything; 0 when every case is where it belongs."""
    _say(f"seed {options.seed}, {options.cases} cases, {options.seconds:.0f} s, {options.database}")
    outside = Outside(chance)
    await outside.open()
    installation = Installation(options.folder, options.database, outside, chance)
    begun = system_clock()
    me = asyncio.current_task()
    assert me is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, me.cancel)
    status = 1
    try:
        await installation.start()
        callers = Callers(installation.doors, chance)
        storm_ = Storm(options, installation, World(callers, f"REF-{options.seed}"), outside, Counter(), [])
        reference = await _calm(storm_)
        plans = await _rage(storm_)
        await _settle(storm_)
        await callers.close()
        status = await _judge(storm_, plans, reference, begun)
    finally:
        await installation.stop()
        installation.clear_up(keep=bool(status))
        await outside.close()
    return status


async def _calm(storm_: Storm) -> dict[tuple[str, bool], Shape]:
    """Let one case of each way live undisturbed: the shapes that the others are to have."""
    plans = calm_plans()
    begun = time.monotonic()
    await _drive(storm_, plans)
    await _settle(storm_)
    database = Database(storm_.installation.database_url)
    records = await read_records(database)
    await database.close()
    took = time.monotonic() - begun
    storm_.slowness = max(1.0, took / CALM_SECONDS)
    _say(f"calm reference: {len(plans)} cases in {took:.1f} s; blows come {storm_.slowness:.1f} times slower")
    return {
        plan.way: shape_of(
            storm_.world.cases[plan.number], storm_.world.referral_id(plan.number), records, storm_.outside
        )
        for plan in plans
    }


async def _rage(storm_: Storm) -> tuple[CasePlan, ...]:
    options = storm_.options
    plans = case_plans(options.seed, options.cases, options.only)
    blows = storm(
        options.seed,
        options.seconds / storm_.slowness,
        processes=(*PROGRAMS, "temporal", *(("database",) if options.database == "postgres" else ())),
        links=tuple(storm_.installation.links),
        outage=options.outage,
    )
    storm_.outside.moody = True
    begun = time.monotonic()
    raging = asyncio.create_task(_blow_all(storm_, blows))
    steady = asyncio.create_task(_steady(storm_))
    await _drive(storm_, plans)
    lived = time.monotonic() - begun
    raging.cancel()
    await asyncio.gather(raging, return_exceptions=True)
    await steady
    _say(f"{len(plans)} cases driven in {lived:.0f} s ({len(plans) / lived:.2f}/s); blows: {dict(storm_.blows)}")
    return plans


async def _steady(storm_: Storm) -> None:
    """Cases that only need their timers, while the database is away."""
    if storm_.options.outage:
        await asyncio.sleep(storm_.options.seconds / 2 - STEADY_LEAD)
        await _drive(storm_, _steady_plans())


def _steady_plans() -> tuple[CasePlan, ...]:
    return tuple(CasePlan(number, "steady") for number in range(-STEADY_CASES, 0))


async def _drive(storm_: Storm, plans: Sequence[CasePlan]) -> None:
    """Look after so many cases at a time; a case that fails is a finding, not the end."""
    room = asyncio.Semaphore(storm_.options.width)
    begun, done = time.monotonic(), 0

    async def one(plan: CasePlan) -> None:
        nonlocal done
        async with room:
            try:
                await storm_.world.live(plan)
            except* Exception as failed:
                storm_.failures.extend(f"case {plan.number} ({plan.route}): {error!r}" for error in failed.exceptions)
        done += 1
        if done % max(len(plans) // 10, 1) == 0 and len(plans) > 20:
            _say(f"  {done} cases after {time.monotonic() - begun:.0f} s")

    await asyncio.gather(*(one(plan) for plan in plans))


async def _blow_all(storm_: Storm, blows: Iterable[Blow]) -> None:
    begun = asyncio.get_running_loop().time()
    struck: list[asyncio.Task[None]] = []
    try:
        for blow in blows:
            await asyncio.sleep(max(0, begun + blow.at * storm_.slowness - asyncio.get_running_loop().time()))
            struck.append(asyncio.create_task(_strike(storm_, blow)))
            if blow.kind == "no database":  # alone: whatever else is planned comes later
                await struck[-1]
                begun = asyncio.get_running_loop().time() - blow.at * storm_.slowness
    finally:
        await asyncio.gather(*struck)
        storm_.outside.moody = False
        _say(f"the storm is over after {asyncio.get_running_loop().time() - begun:.0f} s")


async def _strike(storm_: Storm, blow: Blow) -> None:
    installation = storm_.installation
    storm_.blows[f"{blow.kind} {blow.target}" if blow.kind == "kill" else blow.kind] += 1
    match blow.kind:
        case "kill":
            await installation.kill(blow.target, blow.seconds)
        case "cut":
            installation.links[blow.target].cut()
        case "stall":
            await installation.links[blow.target].stall(blow.seconds)
        case "swallow":
            await installation.links[blow.target].swallow(blow.seconds)
        case "slow":
            await installation.links[blow.target].slow(blow.seconds)
        case "refuse":
            await installation.links[blow.target].refuse(blow.seconds)
        case "no database":
            await _until_steady(storm_)
            began = system_clock()
            if installation.database == "postgres":
                await installation.kept["database"].kill(blow.seconds)
            else:
                await installation.lock(blow.seconds)
            storm_.outage = (began, system_clock())


async def _until_steady(storm_: Storm) -> None:
    """Wait until every steady case is in its rounds, and everything is up: the database is to be away alone."""
    deadline = time.monotonic() + SETTLING
    await storm_.installation.everything_up(SETTLING)
    database = Database(storm_.installation.database_url)
    try:
        while time.monotonic() < deadline and await _in_rounds(database) < STEADY_CASES:
            await asyncio.sleep(0.5)
    finally:
        await database.close()


async def _in_rounds(database: Database) -> int:
    async with database.reader() as session:
        rounds = select(func.count(col(FactRecord.case_id).distinct())).where(col(FactRecord.element) == "count")
        return int((await session.exec(rounds)).one())


async def _settle(storm_: Storm) -> None:
    """Wait until everything is up and no case is open, but not for ever."""
    begun = time.monotonic()
    down = await storm_.installation.everything_up(SETTLING)
    storm_.failures.extend(f"{name} did not come up again" for name in down)
    database = Database(storm_.installation.database_url)
    try:
        while time.monotonic() < begun + SETTLING and await _open_cases(database):
            await asyncio.sleep(1)
    finally:
        await database.close()
    await asyncio.sleep(1)
    _say(f"settled in {time.monotonic() - begun:.1f} s")


async def _open_cases(database: Database) -> int:
    async with database.reader() as session:
        counted = select(func.count()).select_from(Case).where(col(Case.status) == "running")
        return int((await session.exec(counted)).one())


async def _judge(
    storm_: Storm, plans: Sequence[CasePlan], reference: dict[tuple[str, bool], Shape], begun: datetime
) -> int:
    place = storm_.installation.place
    settings = replace(settings_from(storm_.installation.environment()), temporal=f"127.0.0.1:{place.temporal_port}")
    keys = audit_keys_from(storm_.installation.environment())
    database = Database(storm_.installation.database_url, audit_keys=keys)
    evidence = Evidence(
        plans=plans,
        world=storm_.world,
        journal=storm_.world.callers.journal,
        records=await read_records(database),
        outside=storm_.outside,
        reference=reference,
        begun=begun,
        ended=system_clock(),
    )
    roots = [storm_.world.cases[plan.number] for plan in plans if plan.number in storm_.world.cases]
    async with connected(settings) as client:
        found = [
            *storm_.failures,
            *findings(evidence),
            *await execution_findings(client),
            *await drift_findings(client, database, roots, SAMPLE),
            *await told_findings(client, database, _in_doubt(plans, storm_.world)),
            *await _outage_findings(storm_, client),
            *await read_model_findings(database),
        ]
        _report(storm_, evidence, await event_counts(client, roots[:SAMPLE]))
        _say(f"repairs of the watchdog: {dict(await _repairs(database))}")
        for line in await explained(client, evidence, found):
            _say(line)
    await database.close()
    for line in found[:SHOWN]:
        _say(f"WRONG  {line}")
    _say(f"{len(found)} findings" if found else "every case is where it belongs; nothing twice, nothing lost")
    return 1 if found else 0


async def _repairs(database: Database) -> Counter[str]:
    """What the watchdog put right while the storm went on, by kind and reason."""
    async with database.reader() as session:
        made = await session.exec(select(Audit.action, Audit.detail).where(Audit.actor == ACTOR))
        return Counter(f"{action.removeprefix('watchdog.')}, {detail['reason']}" for action, detail in made)


def _in_doubt(plans: Sequence[CasePlan], world: World) -> list[str]:
    """Cases of which a replay is asked: where two people did the same at once, and as many others."""
    known = [plan for plan in plans if plan.number in world.cases]
    rivals = [plan for plan in known if len(plan.rivals) > 1]
    others = [plan for plan in known if plan not in rivals][: len(rivals)]
    return [world.cases[plan.number] for plan in (*rivals, *others)]


async def _outage_findings(storm_: Storm, client: Client) -> list[str]:
    """Timers went on firing while the database alone was away."""
    if storm_.outage is None:
        return []
    begin, end = storm_.outage[0] + timedelta(seconds=1), storm_.outage[1]
    cases = [storm_.world.cases[plan.number] for plan in _steady_plans() if plan.number in storm_.world.cases]
    fired = [await fired_between(client, case_id, begin, end) for case_id in cases]
    _say(f"timers of {len(cases)} cases that fired within {end - begin} without a database: {fired}")
    return [f"{case} had no timer while the database was away" for case, n in zip(cases, fired, strict=True) if not n]


def _report(storm_: Storm, evidence: Evidence, events: Counter[str]) -> None:
    journal = evidence.journal
    _say(f"calls: {dict(journal.tries)}, slowest {journal.slowest:.0f} s")
    _say(f"tried again because of {dict(journal.failures)}")
    _say(f"accepted {len(journal.accepted)}, refused {len(journal.refused)}, of these in effect: {unheard(evidence)}")
    restarts = {name: kept.restarts for name, kept in storm_.installation.kept.items()}
    _say(f"restarts: {restarts}; connections cut: {sum(link.cuts for link in storm_.installation.links.values())}")
    outside = evidence.outside
    _say(
        f"outside: {sum(outside.requests.values())} requests for {len(outside.effects)} orders, "
        f"{sum(outside.mails.values())} mails for {len(outside.mails)} letters"
    )
    _say(f"{SAMPLE} histories: {dict(events)}")


def _say(text: str) -> None:
    print(f"{system_clock():%H:%M:%S} {text}", flush=True)
