"""Which clocks run in a case? Its armed timers and its open steps; which timer is a rung, which step stands still."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.case import tokens
from records.tables import FactRecord, OpenActivation, Timer
from workflows.engine.facts import Fact

_TOLD = ("timer_started", "clock_stopped", "clock_resumed")


@dataclass(frozen=True, slots=True)
class Clocks:
    """What runs in a case. `rungs`: of timers that are rungs, their numbers from 0; `stopped`: steps, since when."""

    steps: tuple[OpenActivation, ...]
    timers: tuple[Timer, ...]
    rungs: Mapping[str, int]
    stopped: Mapping[str, datetime]


async def clocks_of(session: AsyncSession, case_id: str) -> Clocks:
    """Give the clocks of one case as its facts have told them; the cases that it called have their own."""
    told = select(FactRecord).where(FactRecord.case_id == case_id, col(FactRecord.fact).in_(_TOLD))
    facts = tuple(await session.exec(told.order_by(col(FactRecord.seq))))
    timers = tuple(await session.exec(select(Timer).where(Timer.case_id == case_id)))
    return clocks_told(await tokens(session, case_id), timers, facts)


def clocks_told(
    steps: tuple[OpenActivation, ...], timers: tuple[Timer, ...], facts: Iterable[FactRecord | Fact]
) -> Clocks:
    """Give the clocks of the open steps and armed timers by what facts, in order, have told of them."""
    rungs, stopped = dict[str, int](), dict[str, datetime]()
    for fact in facts:
        if fact.fact == "clock_stopped":
            stopped[fact.activation] = fact.at
        elif fact.fact == "clock_resumed":
            stopped.pop(fact.activation, None)
        elif fact.fact == "timer_started" and fact.detail.get("rung") is not None:
            rungs[fact.detail["timer"]] = fact.detail["rung"]
    return Clocks(steps, timers, rungs, stopped)
