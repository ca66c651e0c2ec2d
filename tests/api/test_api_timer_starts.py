"""Does the clock begin a case at its time: once, whoever looks, whatever was missed, and as the active version says?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlmodel import col, select, update

from api.noted_starts import finish_noted_starts
from api.post import Post
from api.timer_starts import begin_by_timer, plan_timers
from pathways.bpmn.model import Definition, TimerTrigger, WorkingCalendar
from records.tables import NotedStart, PublishedDefinition, TimerStart
from records.writes.publications import publish
from tests.api.conftest import DyingGateway, Office, number
from tests.host import diagrams
from workflows.host.gateway import CaseGateway

pytestmark = pytest.mark.temporal
MONDAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
DAY = timedelta(days=1)
BERLIN = WorkingCalendar("Europe/Berlin", (1, 2, 3, 4, 5), "08:00", "16:00", ("2026-03-04",))


def timed(key: str, expression: str, form: str = "cycle", **about: object) -> Definition:
    """A pathway of one task that the clock begins."""
    drawn = diagrams.line(key, diagrams.user_task("see", key))
    begun = diagrams.begun_by(TimerTrigger(form, f'"{expression}"'), drawn)  # type: ignore[arg-type]
    return replace(begun, **about)  # type: ignore[arg-type]


@dataclass
class Clockwork:
    """An office whose clock is set by hand, and one pathway of its own."""

    office: Office
    key: str
    now: datetime = MONDAY

    def post(self, gateway: CaseGateway | None = None) -> Post:
        return Post(self.office.database, gateway or self.office.gateway, lambda: self.now, "http://x/{case_id}")

    async def publish(self, definition: Definition) -> None:
        async with self.office.database.session() as session:
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=self.now)

    async def begins(self, at: datetime) -> list[dict[str, object]]:
        """Sweep at a time; give what the cases begun by then were told, in order."""
        self.now = at
        await begin_by_timer(self.post())
        return await self.told()

    async def told(self) -> list[dict[str, object]]:
        found = []
        for row in await self.noted():
            case = await self.office.dentist.read(f"/cases/{row.case_id}")
            found.append({name: case["variables"][name] for name in ("started_for", "starts_missed")})
        return found

    async def noted(self) -> list[NotedStart]:
        async with self.office.database.reader() as session:
            rows = select(NotedStart).where(NotedStart.pathway == self.key).order_by(col(NotedStart.due_at))
            return list(await session.exec(rows))

    async def due(self) -> list[datetime | None]:
        async with self.office.database.reader() as session:
            return [row.due_at for row in await session.exec(select(TimerStart).where(TimerStart.key == self.key))]


@pytest_asyncio.fixture
async def clockwork(any_office: Office) -> AsyncIterator[Clockwork]:
    """The pathway is withdrawn in the end, so that its timers begin nothing in other tests."""
    made = Clockwork(any_office, f"timed_{number()}")
    yield made
    await withdraw(made)


async def withdraw(clockwork: Clockwork) -> None:
    async with clockwork.office.database.session() as session:
        mine = update(PublishedDefinition).where(col(PublishedDefinition.key) == clockwork.key)
        await session.exec(mine.values(active=False))
    await plan_timers(clockwork.post())


def for_time(at: datetime, missed: int = 0) -> dict[str, object]:
    return {"started_for": at.isoformat(), "starts_missed": missed}


async def test_a_cycle_begins_a_case_each_time_and_not_before(clockwork: Clockwork) -> None:
    await clockwork.publish(timed(clockwork.key, "R3/P1D"))
    assert await clockwork.begins(MONDAY + timedelta(hours=23)) == []
    assert await clockwork.begins(MONDAY + DAY) == [for_time(MONDAY + DAY)]
    assert len(await clockwork.begins(MONDAY + DAY)) == 1
    assert len(await clockwork.begins(MONDAY + 2 * DAY)) == 2
    assert len(await clockwork.begins(MONDAY + 3 * DAY)) == 3
    assert len(await clockwork.begins(MONDAY + 9 * DAY)) == 3


async def test_what_was_missed_is_made_up_for_by_one_case_that_says_so(clockwork: Clockwork) -> None:
    await clockwork.publish(timed(clockwork.key, "R/P1D"))
    late = MONDAY + 7 * DAY + timedelta(hours=3)
    await clockwork.begins(MONDAY)
    assert await clockwork.begins(late) == [for_time(MONDAY + 7 * DAY, missed=6)]
    case = await clockwork.office.dentist.read(f"/cases/{(await clockwork.noted())[0].case_id}")
    assert case["variables"]["started_late_seconds"] == 3 * 3600
    assert await clockwork.due() == [MONDAY + 8 * DAY]


async def test_missed_times_count_towards_the_end_of_a_cycle(clockwork: Clockwork) -> None:
    await clockwork.publish(timed(clockwork.key, "R3/P1D"))
    assert await clockwork.begins(MONDAY + 30 * DAY) == [for_time(MONDAY + 3 * DAY, missed=2)]
    assert await clockwork.due() == [None]


async def test_a_date_in_the_past_begins_one_case_for_good(clockwork: Clockwork) -> None:
    first, second = timed(clockwork.key, "2026-03-01T08:00:00Z", "date"), timed(clockwork.key, "P9D", "duration")
    await clockwork.publish(first)
    assert await clockwork.begins(MONDAY) == [for_time(datetime(2026, 3, 1, 8, tzinfo=UTC))]
    await clockwork.publish(replace(second, sha256="another"))
    await clockwork.begins(MONDAY + DAY)
    await clockwork.publish(first)
    assert len(await clockwork.begins(MONDAY + 2 * DAY)) == 1


async def test_cron_follows_the_clock_of_the_zone_over_the_change_to_summer_time(clockwork: Clockwork) -> None:
    drawn = timed(clockwork.key, "0 8 * * 1-5", calendars={"berlin": BERLIN})
    start = replace(drawn.nodes["start"], calendar="berlin")
    clockwork.now = datetime(2026, 3, 27, 12, tzinfo=UTC)
    await clockwork.publish(replace(drawn, nodes={**drawn.nodes, "start": start}))
    await clockwork.begins(clockwork.now)
    assert await clockwork.due() == [datetime(2026, 3, 30, 6, tzinfo=UTC)]


async def test_a_duration_counts_the_working_days_of_its_calendar(clockwork: Clockwork) -> None:
    drawn = timed(clockwork.key, "P2D", "duration", calendars={"berlin": BERLIN})
    start = replace(drawn.nodes["start"], calendar="berlin")
    await clockwork.publish(replace(drawn, nodes={**drawn.nodes, "start": start}))
    await clockwork.begins(MONDAY)
    assert await clockwork.due() == [datetime(2026, 3, 5, 7, tzinfo=UTC)]


async def test_a_new_version_replaces_the_schedule_and_keeps_a_timer_that_is_the_same(clockwork: Clockwork) -> None:
    await clockwork.publish(timed(clockwork.key, "R/P7D"))
    await clockwork.begins(MONDAY)
    clockwork.now = MONDAY + 3 * DAY
    await clockwork.publish(replace(timed(clockwork.key, "R/P7D"), sha256="renamed"))
    await clockwork.begins(clockwork.now)
    assert await clockwork.due() == [MONDAY + 7 * DAY]
    await clockwork.publish(replace(timed(clockwork.key, "R/P2D"), sha256="faster"))
    await clockwork.begins(clockwork.now)
    assert await clockwork.due() == [MONDAY + 5 * DAY]


async def test_a_rolled_back_version_counts_from_now_and_a_withdrawn_one_begins_nothing(clockwork: Clockwork) -> None:
    first = timed(clockwork.key, "R/P7D")
    await clockwork.publish(first)
    await clockwork.begins(MONDAY)
    await clockwork.publish(replace(timed(clockwork.key, "R/P2D"), sha256="faster"))
    await clockwork.begins(MONDAY)
    clockwork.now = MONDAY + DAY
    await clockwork.publish(first)
    await clockwork.begins(clockwork.now)
    assert await clockwork.due() == [MONDAY + 8 * DAY]
    await withdraw(clockwork)
    assert await clockwork.begins(MONDAY + 99 * DAY) == []


async def test_of_many_processes_that_sweep_at_once_one_begins_the_case(clockwork: Clockwork) -> None:
    await clockwork.publish(timed(clockwork.key, "R/PT1H"))
    await clockwork.begins(MONDAY)
    clockwork.now = MONDAY + timedelta(hours=2)
    await asyncio.gather(*(begin_by_timer(clockwork.post()) for _ in range(12)))
    assert await clockwork.told() == [for_time(MONDAY + timedelta(hours=2), missed=1)]


async def test_a_start_whose_process_died_is_finished_by_another(clockwork: Clockwork) -> None:
    await clockwork.publish(timed(clockwork.key, "R/PT1H"))
    clockwork.now = MONDAY + timedelta(hours=1)
    dying = DyingGateway(None, "nobody")  # type: ignore[arg-type]
    assert await begin_by_timer(clockwork.post(dying)) == 0
    clockwork.now += timedelta(minutes=2)
    assert await begin_by_timer(clockwork.post()) == 0
    assert await finish_noted_starts(clockwork.post()) == 1
    assert await clockwork.told() == [for_time(MONDAY + timedelta(hours=1))]
