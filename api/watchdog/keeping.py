"""Who makes the rounds, and when? One process at a time for the whole installation; the last report is on record."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import structlog
from pydantic import TypeAdapter
from sqlmodel.ext.asyncio.session import AsyncSession

from api.surroundings import Clock, Surroundings
from api.watchdog.report import Report
from api.watchdog.rounds import Watchdog
from records.database import Database, one_at_a_time
from records.tables import WatchRound

logger = structlog.get_logger(__name__)

NAME = "watchdog"
LONGEST_ROUND = timedelta(minutes=3)
"""After this time a round that has not finished is taken for dead."""

ALARMED = timedelta(seconds=5)
"""So soon comes the round after one that newly found cases that cannot say how they stand: it looks at all of them."""

MOST_FINDINGS = 500
"""So many findings and repairs are kept of a round; its counts are of all."""

_REPORT = TypeAdapter(Report)


class WatchError(Exception):
    """The interval of the rounds is malformed."""


def every(environment: Mapping[str, str]) -> timedelta | None:
    """Read how often a round is made: every 20 seconds, or as `PATHWAYS_WATCH_SECONDS` says; 0 makes none.

    Raises:
        WatchError: it is not a number of seconds.
    """
    given = environment.get("PATHWAYS_WATCH_SECONDS", "20")
    if not given.isdigit():
        raise WatchError("PATHWAYS_WATCH_SECONDS must be a number of seconds, such as 20; 0 makes no rounds.")
    return timedelta(seconds=int(given)) if int(given) else None


@asynccontextmanager
async def watching(here: Surroundings, *, every: timedelta | None) -> AsyncIterator[None]:
    """Make rounds until the block ends; None makes none."""
    if every is None:
        yield
        return
    stopped = asyncio.Event()
    rounds = asyncio.create_task(keeper_of(here, every=every).until(stopped))
    try:
        yield
    finally:
        stopped.set()
        rounds.cancel()
        with suppress(asyncio.CancelledError):
            await rounds


def keeper_of(here: Surroundings, *, every: timedelta) -> "Keeper":
    """Give the keeper of the API's cases; it tells administrators of cases that are stuck."""
    client, queue = here.gateway.client, here.gateway.task_queue
    tell = sorted(here.access.administrators)
    watchdog = Watchdog(here.database, client, queue, clock=here.clock, tell=tell)
    return Keeper(here.database, watchdog, every=every, clock=here.clock)


class Keeper:
    """Makes a round every so often, unless another process has just made one."""

    def __init__(self, database: Database, watchdog: Watchdog, *, every: timedelta, clock: Clock) -> None:
        self._database = database
        self._watchdog = watchdog
        self._every = every
        self._clock = clock

    async def until(self, stopped: asyncio.Event, said: Callable[[Report | None], None] | None = None) -> None:
        """Make rounds until `stopped` is set. Cancelling is not enough: Temporal's client answers that like a loss."""
        while not stopped.is_set():
            try:
                report = await self.turn()
                if said is not None:
                    said(report)
            except Exception:  # a watchdog that ends in silence would be worse than any error
                logger.exception("the watchdog could not make its round")
            waiting = asyncio.ensure_future(stopped.wait())
            await asyncio.wait([waiting], timeout=self._pause.total_seconds())
            waiting.cancel()

    @property
    def _pause(self) -> timedelta:
        return min(ALARMED, self._every) if self._watchdog.is_alarmed else self._every

    async def turn(self, *, at_once: bool = False) -> Report | None:
        """Make a round, unless it is not due or another process is at it; `at_once` makes one in any case."""
        async with self._database.session() as session:
            if not await self._begin(session, at_once=at_once):
                return None
        try:
            report = await self._watchdog.round()
        except BaseException:
            await self._give_up()
            raise
        async with self._database.session() as session:
            row = await session.get_one(WatchRound, NAME)
            row.finished_at, row.report = self._clock(), kept(report)
            session.add(row)
        return report

    async def _give_up(self) -> None:
        """Let the next turn, of any process, not wait until this round counts as dead; the last report stays."""
        async with self._database.session() as session:
            row = await session.get_one(WatchRound, NAME)
            row.begun_at = self._clock() - LONGEST_ROUND
            session.add(row)

    async def _begin(self, session: AsyncSession, *, at_once: bool) -> bool:
        await one_at_a_time(session, NAME)
        now, row = self._clock(), await session.get(WatchRound, NAME)
        if row is not None and not at_once and not self._is_due(row, now):
            return False
        row = row or WatchRound(name=NAME, begun_at=now)
        row.begun_at, row.finished_at = now, None
        session.add(row)
        return True

    def _is_due(self, row: WatchRound, now: datetime) -> bool:
        """Half a pause is due: the clocks of two processes need not agree."""
        after = LONGEST_ROUND if row.finished_at is None else self._pause / 2
        return now - row.begun_at >= after


def kept(report: Report) -> dict[str, object]:
    """Give the report as it is kept: as JSON, and not endless."""
    content: dict[str, object] = _REPORT.dump_python(report, mode="json")
    return content | {"findings": _first(content["findings"]), "repairs": _first(content["repairs"])}


def _first(found: object) -> object:
    return found[:MOST_FINDINGS] if isinstance(found, list) else found


async def last_report(session: AsyncSession) -> tuple[Report, datetime] | None:
    """Give the last report, and when its round ended; None before the first."""
    row = await session.get(WatchRound, NAME)
    if row is None or not row.report:
        return None
    report = _REPORT.validate_python(row.report)
    return report, row.finished_at or row.begun_at
