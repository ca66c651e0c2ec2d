"""Whom does a signal reach? Every case that waits for it, of any pathway, and every process that it begins (§10.5.5).

Whom it is for is fixed by when it is noted: who waited by then gets it, also when the read model shows that only later.
Each is told once, however often telling is tried. A signal is not kept: who begins to wait later does not get it, and
one that nobody waits for is lost.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.beginning import Beginning, Occurred, begin, beginnings
from api.post import Post
from api.problems import Problem
from api.reach import within_reach
from api.turns import few_at_once
from records.queries.access import Side
from records.queries.routing import cases_waiting_for_signal, unfinished_signals, waited_already
from records.queries.standing import theirs
from records.tables import Signal
from records.writes.signals import finish_signal, record_signal
from workflows.contract.requests import DeliverSignal, OpenedTask
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound, GatewayError

logger = structlog.get_logger(__name__)
AT_ONCE = 16
"""Cases that are told at the same time."""

UNDER_WAY = timedelta(minutes=5)
"""After this time, a signal that was noted and not told to all is told by whoever finds it: its call has died."""

LOOKED_BACK = timedelta(hours=1)
"""So long after it was noted, a signal is told to those who waited for it by then and are seen only now."""

Told = tuple[str, tuple[OpenedTask, ...]] | None
"""The case that took the signal and the tasks that it opened; None when it no longer waited."""


@dataclass(frozen=True, slots=True)
class Broadcasted:
    """Whom a signal reached, which cases it began, and the tasks opened (empty when it was answered before)."""

    signal_id: str
    reached: tuple[str, ...]
    begun: tuple[str, ...]
    opened: tuple[OpenedTask, ...] = ()


async def broadcast(post: Post, signal: DeliverSignal, organisations: tuple[str, ...] | None = None) -> Broadcasted:
    """Note a signal and tell everyone whom it is for. `organisations`: as which a person sends it: to their cases only.

    Raises:
        Problem: 409, a person sends another signal under an id that is taken.
        GatewayError: somebody could not be told; the signal is noted, and telling again tells each one once.
    """
    async with post.database.session() as session:
        waiting = await cases_waiting_for_signal(session, signal.name)
        if organisations is not None:
            mine = await theirs(session, waiting, Side(signal.actor, organisations, post.clock()))
            waiting = tuple(case_id for case_id in waiting if case_id in mine)
        row = Signal(
            signal_id=signal.signal_id,
            name=signal.name,
            source=signal.actor,
            payload={"variables": dict(signal.variables), **_sent_as(organisations)},
            reached=[case_id for case_id in waiting if case_id != signal.thrower],
            begun=[asdict(beginning) for beginning in await beginnings(session, "signal", signal.name)],
            received_at=post.clock(),
        )
        asked = _content(row)
        stored = await record_signal(session, row)
    if organisations is not None and _content(stored) != asked:
        raise Problem("signal-reused", "This id was used before for another signal; only the first was told.")
    return _known(stored) if stored.status == "broadcast" else await _tell_all(post, stored)


def _content(signal: Signal) -> str:
    return json.dumps([signal.name, signal.payload["variables"]], sort_keys=True, default=str)


def _sent_as(organisations: tuple[str, ...] | None) -> dict[str, Any]:
    return {} if organisations is None else {"organisations": list(organisations)}


async def finish_broadcasts(post: Post) -> int:
    """Tell signals to the end whose call has died, and those who were missed; give the number of signals.

    Signals of a few names are told at the same time; those of one name one after another, as they came.
    """
    async with post.database.reader() as session:
        noted = await unfinished_signals(session, before=post.clock() - UNDER_WAY)
    by_name: dict[str, list[Signal]] = {}
    for signal in sorted((*noted, *await _with_missed(post)), key=lambda each: each.received_at):
        by_name.setdefault(signal.name, []).append(signal)
    return sum(await few_at_once([partial(_finished_in_order, post, signals) for signals in by_name.values()]))


async def _with_missed(post: Post) -> list[Signal]:
    """The signals for which a case waited when they were noted, though the read model did not show it yet."""
    async with post.database.reader() as session:
        waited: dict[str, tuple[Signal, list[str]]] = {}
        for signal, case_id in await waited_already(session, after=post.clock() - LOOKED_BACK):
            waited.setdefault(signal.signal_id, (signal, []))[1].append(case_id)
        return [signal for signal, cases in waited.values() if await _now_with_missed(session, signal, cases)]


async def _now_with_missed(session: AsyncSession, signal: Signal, waited: Sequence[str]) -> bool:
    """Add to whom a signal is for those who waited and were not told; say whether there are any."""
    told = {*signal.reached, signal.source}
    untold = [case_id for case_id in waited if case_id not in told]
    mine = await within_reach(session, signal, untold) if untold else frozenset()
    missed = [case_id for case_id in untold if case_id in mine]
    signal.reached = [*signal.reached, *missed]
    return bool(missed)


async def _finished_in_order(post: Post, signals: Sequence[Signal]) -> int:
    return sum([await _finished(post, signal) for signal in signals])


async def _finished(post: Post, signal: Signal) -> bool:
    try:
        await _tell_all(post, signal)
    except GatewayError as error:
        logger.warning("a signal could not be broadcast yet", signal=signal.name, error=str(error))
        return False
    return True


def _known(signal: Signal) -> Broadcasted:
    begun = tuple(Beginning(**each).case_id(signal.signal_id) for each in signal.begun)
    return Broadcasted(signal.signal_id, tuple(signal.reached), begun)


async def _tell_all(post: Post, signal: Signal) -> Broadcasted:
    calls = (
        *(partial(_tell, post, signal, case_id) for case_id in signal.reached),
        *(partial(_begin, post, signal, Beginning(**each)) for each in signal.begun),
    )
    told = [each for each in await few_at_once(calls, most=AT_ONCE) if each is not None]
    opened = tuple(task for _, tasks in told for task in tasks)
    took = {case_id for case_id, _ in told}
    reached = tuple(case_id for case_id in signal.reached if case_id in took)
    async with post.database.session() as session:
        await finish_signal(session, signal.signal_id, reached=reached)
    return Broadcasted(signal.signal_id, reached, _known(signal).begun, opened)


async def _tell(post: Post, signal: Signal, case_id: str) -> Told:
    request = DeliverSignal(signal.name, signal.signal_id, signal.payload["variables"], signal.source)
    update_id = hashlib.sha256(f"signal\x00{signal.signal_id}".encode()).hexdigest()
    try:
        return case_id, (await post.gateway.send(case_id, request, update_id)).opened
    except EventRejected:
        return None
    except CaseNotFound:
        logger.error("a case of the read model is not in Temporal", case_id=case_id, signal=signal.name)
        return None


def _organisation(signal: Signal) -> str | None:
    named = signal.payload.get("organisations")
    return named[0] if named else None


async def _begin(post: Post, signal: Signal, beginning: Beginning) -> Told:
    occurred = Occurred(
        "signal", signal.signal_id, signal.payload["variables"], signal.source, organisation=_organisation(signal)
    )
    try:
        began = await begin(post, beginning, occurred)
        return began.case_id, began.opened
    except EventRejected as refusal:
        logger.error("a signal cannot begin a case", pathway=beginning.key, node=beginning.node, code=refusal.code)
        return None
