"""When is something due? ISO 8601 durations and repeats, working hours, and the offsets of escalation ladders."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Literal

from pathways.bpmn.model import WorkingCalendar
from pathways.cron import Cron, is_cron, next_in_zone, parse_cron
from pathways.feel.moments import named_zone, parse_moment
from pathways.feel.values import DaysTimeDuration, YearsMonthsDuration, add_duration, parse_duration

_DURATION = re.compile(
    r"(?P<sign>-?)P(?P<months>\d+Y(?:\d+M)?|\d+M)?(?P<days>\d+W(?:\d+D)?|\d+D)?(?P<time>T[\dHMS.]+)?", re.ASCII
)
_OFFSET = re.compile(r"(?P<origin>[cd])(?:(?P<sign>[+-])(?:(?P<percent>\d{1,4})%|(?P<duration>P\S+)))?")
_LONGEST_SEARCH = 40_000  # days: a working duration beyond a century is a mistake


@dataclass(frozen=True, slots=True)
class Repeat:
    """A cycle: `R[n]/duration`, `R[n]/start/duration`, `R[n]/duration/end` or `R[n]/start/end` (ISO 8601).

    `times` None repeats for ever, `start` None begins one interval from now, nothing fires after `end`.
    """

    times: int | None
    start: datetime | None
    interval: str
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """An ISO 8601 duration as it was written: on a working calendar `P1D` is not `PT24H`."""

    months: YearsMonthsDuration
    days: int
    time: timedelta

    @property
    def is_positive(self) -> bool:
        """Whether it leads forwards."""
        return self.months.months > 0 or self.days > 0 or self.time > timedelta(0)


def parse_span(text: str) -> Span:
    """Read a duration such as `P1D`, `PT8H`, `P1M2DT3H` or `-P2W`.

    Raises:
        ValueError: the text is no duration.
    """
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise ValueError("this text is no duration; write for example P14D, PT2H30M or P1Y6M")
    sign = found["sign"]
    months = parse_duration(f"{sign}P{found['months'] or '0M'}")
    days, clock = (parse_duration(f"{sign}P{found[part] or zero}") for part, zero in (("days", "0D"), ("time", "T0S")))
    assert isinstance(months, YearsMonthsDuration)
    assert isinstance(days, DaysTimeDuration)
    assert isinstance(clock, DaysTimeDuration)
    return Span(months, days.timedelta().days, clock.timedelta())


def parse_repeat(text: str) -> Repeat:
    """Read a cycle such as `R3/PT10M`, `R/P1D`, `R5/2026-03-01T08:00:00Z/P1W` or `R/P1D/2026-03-31T00:00:00Z`.

    Raises:
        ValueError: the text is no cycle, or its interval is not longer than zero.
    """
    count, *parts = _SLASH.split(text.strip())
    parts = [part for part in parts if part]
    if not re.fullmatch(r"R\d{0,9}", count, re.ASCII) or len(parts) not in (1, 2):
        raise ValueError("this text is no cycle; write for example R3/PT10M")
    times = int(count[1:]) if count[1:] else None
    durations = [part.startswith("P") for part in parts]
    if durations == [True]:
        return _repeat(times, None, parts[0], None)
    if durations == [False, True]:
        return _repeat(times, read_moment(parts[0]), parts[1], None)
    if durations == [True, False]:
        return _repeat(times, None, parts[0], read_moment(parts[1]))
    if durations == [False, False]:
        start, end = map(read_moment, parts)
        return _repeat(times, start, f"PT{int((end - start).total_seconds())}S", None)
    raise ValueError("this text is no cycle; write for example R3/PT10M")


_SLASH = re.compile(r"/(?![^\[]*\])(?![A-Z][a-z])")
"""What separates the parts of a cycle: not the slash in the name of a zone."""


def _repeat(times: int | None, start: datetime | None, interval: str, end: datetime | None) -> Repeat:
    if not parse_span(interval).is_positive:
        raise ValueError("the interval of this cycle is not longer than zero")
    return Repeat(times, start, interval, end)


def read_moment(text: str) -> datetime:
    """Read a date, or a date and time such as `2026-03-01T08:00:00+01:00[Europe/Berlin]` or `…@Europe/Berlin`.

    Without offset and zone it is UTC; a date alone is its midnight.

    Raises:
        ValueError: the text is no date or date and time, or the zone is unknown.
    """
    plain, zone = _without_zone(text)
    moment = parse_moment(plain)
    if zone is None:
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(named_zone(zone)) if moment.tzinfo else moment.replace(tzinfo=named_zone(zone))


_ZONE = re.compile(r"(?P<plain>[^\[@]+)(?:\[(?P<named>[\w/+-]+)\]|@(?P<at>[\w/+-]+))", re.ASCII)


def _without_zone(text: str) -> tuple[str, str | None]:
    found = _ZONE.fullmatch(text)
    return (found["plain"], found["named"] or found["at"]) if found else (text, None)


def parse_cycle(text: str) -> Repeat | Cron:
    """Read an ISO 8601 cycle or a cron expression.

    Raises:
        ValueError: the text is neither.
    """
    return parse_cron(text) if is_cron(text.strip()) else parse_repeat(text)


def next_of(every: str, since: datetime, calendar: WorkingCalendar | None, *, first: datetime, done: int) -> datetime:
    """Give the next time of a cycle after `since`: one interval later, or when cron says so in the calendar's zone.

    Months are counted from `first`, which was `done` intervals before the next, so that the 31st stays the last day.
    An interval may name the zone in which days are counted: `P1D[Europe/Berlin]`. They are counted from `first` too, so
    that a time of the day which the clock passes over once is kept on all other days.

    Raises:
        ValueError: there is none.
    """
    if is_cron(every):
        return next_in_zone(parse_cron(every), since, named_zone(calendar.zone) if calendar else UTC)
    interval, zone = _without_zone(every)
    if zone is None or calendar is not None:
        start, length = _counted(interval, since, first, done, days=False)
        return working_add(start, length, calendar).astimezone(UTC)
    start, length = _counted(interval, since, first, done, days=True)
    return _add_by_the_clock(start.astimezone(named_zone(zone)), parse_span(length)).astimezone(UTC)


def _counted(interval: str, since: datetime, first: datetime, done: int, *, days: bool) -> tuple[datetime, str]:
    """Give from when how much time passes: months alone, and days if told so, are counted from the first time."""
    span = parse_span(interval)
    months = span.months.months
    if span.time or bool(months) == bool(span.days) or not (months or days):
        return since, interval
    return first, f"P{months * done}M" if months else f"P{span.days * done}D"


def next_to_come(
    every: str, since: datetime, calendar: WorkingCalendar | None, *, first: datetime, done: int, now: datetime
) -> tuple[datetime, int]:
    """Give the next time of a cycle after `since` that is not past, and how many intervals it is from `first`.

    Raises:
        ValueError: there is none.
    """
    if is_cron(every):
        return next_of(every, max(since, now), calendar, first=first, done=done), done
    if calendar is None and (passed := _whole_intervals(every, now - since)):
        since, done = since.astimezone(UTC) + passed * elapsed(every), done + passed
    due = next_of(every, since, calendar, first=first, done=done)
    while due < now:
        done += 1
        due = next_of(every, due, calendar, first=first, done=done)
    return due, done


def _whole_intervals(every: str, time: timedelta) -> int:
    """How many times of a cycle of nothing but elapsed time lie within a time: the others are passed one by one."""
    length = elapsed(every)
    return max((time - timedelta.resolution) // length, 0) if length else 0


def elapsed(every: str) -> timedelta:
    """Give the length of an interval of nothing but elapsed time; of one with days or months, none."""
    span = parse_span(_without_zone(every)[0])
    return timedelta(0) if span.months.months or span.days else span.time


def _add_by_the_clock(start: datetime, span: Span) -> datetime:
    """Add months and days on the clock of the start's zone, where a day may have 23 or 25 hours; then elapsed time."""
    moment = add_duration(start, span.months) + timedelta(days=span.days)
    return moment.astimezone(UTC) + span.time


def is_time_literal(text: str, *, form: Literal["date", "duration", "cycle"]) -> bool:
    """Whether literal text is ISO 8601 of this form; a cycle may also be a cron expression."""
    readers = {"date": read_moment, "duration": parse_span, "cycle": parse_cycle}
    try:
        readers[form](text)
    except ValueError:
        return False
    return True


def working_add(start: datetime, duration_text: str, calendar: WorkingCalendar | None) -> datetime:
    """The moment one duration after `start`, or before it when the duration is negative.

    Without a calendar plain time passes. With one, `P1D` is the same local time on the next working day, clamped
    into its hours (from a day off: the end of the next working day), `PT8H` is eight working hours, and months go
    by the calendar and then wait for opening. Who starts later is never due earlier.

    Args:
        start: an aware time; the result has its time zone.
        duration_text: ISO 8601.
        calendar: working hours, None for around the clock.

    Raises:
        ValueError: the text is no duration, or the calendar has no working time within its reach.
    """
    span = parse_span(duration_text)
    if calendar is None:
        return _add_plain(start, span)
    moment = _add_months(start, span.months, calendar) if span.months.months else start
    moment = _add_days(moment, span.days, calendar) if span.days else moment
    moment = pass_time(moment, span.time, calendar) if span.time else moment
    return moment.astimezone(start.tzinfo)


def _add_plain(start: datetime, span: Span) -> datetime:
    moment = add_duration(start, span.months).astimezone(UTC)
    try:
        return (moment + timedelta(days=span.days) + span.time).astimezone(start.tzinfo)
    except OverflowError:
        raise ValueError("the time after this duration is outside the years 1 to 9999") from None


def _add_months(start: datetime, months: YearsMonthsDuration, calendar: WorkingCalendar) -> datetime:
    local = add_duration(start.astimezone(named_zone(calendar.zone)), months)
    if is_working_day(local.date(), calendar):
        return _clamp(local.date(), local.time(), calendar)
    return hours_of(next(_working_days(local.date(), calendar, step=1)), calendar)[0]


def _add_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    """Count working days; a day off counts as the end of the one before it (going back: the begin of the next)."""
    if abs(days) > _LONGEST_SEARCH:
        raise ValueError("these are more than the working days that a calendar reaches")
    local, step = start.astimezone(named_zone(calendar.zone)), 1 if days > 0 else -1
    day = next(islice(_working_days(local.date(), calendar, step=step), abs(days) - 1, None))
    if is_working_day(local.date(), calendar):
        return _clamp(day, local.time(), calendar)
    opens, closes = hours_of(day, calendar)
    return closes if step > 0 else opens


def is_working_day(day: date, calendar: WorkingCalendar) -> bool:
    """Whether the site works on this day."""
    return day.isoweekday() in calendar.weekdays and day.isoformat() not in calendar.holidays


def _working_days(after: date, calendar: WorkingCalendar, *, step: int) -> Iterator[date]:
    """The working days after (or with step -1 before) a day."""
    for distance in range(1, _LONGEST_SEARCH):
        try:
            day = after + timedelta(days=step * distance)
        except OverflowError:
            break
        if is_working_day(day, calendar):
            yield day
    raise ValueError(f"the calendar of {calendar.zone} has no such working day in reach")


def _clamp(day: date, at: time, calendar: WorkingCalendar) -> datetime:
    opens, closes = hours_of(day, calendar)
    return min(max(datetime.combine(day, at, named_zone(calendar.zone)).astimezone(UTC), opens), closes)


def hours_of(day: date, calendar: WorkingCalendar) -> tuple[datetime, datetime]:
    """Give opening and closing of a working day as points in time, so that a clock change inside it counts truly.

    Raises:
        ValueError: it opens when it is closed already.
    """
    zone = named_zone(calendar.zone)
    opens, closes = (
        datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC) for at in (calendar.opens, calendar.closes)
    )
    if opens >= closes:
        raise ValueError(f"the calendar of {calendar.zone} opens at {calendar.opens} and closes at {calendar.closes}")
    return opens, closes


def working_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
    """Give the working time from `start` to `end`; none when `end` is earlier."""
    day, passed = start.astimezone(named_zone(calendar.zone)).date(), timedelta(0)
    while day <= end.astimezone(named_zone(calendar.zone)).date():
        if is_working_day(day, calendar):
            opens, closes = hours_of(day, calendar)
            passed += max(min(closes, end) - max(opens, start), timedelta(0))
        day += timedelta(days=1)
    return passed


def pass_time(moment: datetime, length: timedelta, calendar: WorkingCalendar) -> datetime:
    """Let working time pass, day by day, forwards or backwards."""
    rest, step = abs(length), 1 if length > timedelta(0) else -1
    today = moment.astimezone(named_zone(calendar.zone)).date()
    for day in _working_days(today - timedelta(days=step), calendar, step=step):
        opens, closes = hours_of(day, calendar)
        begin = max(moment, opens) if step > 0 else min(moment, closes)
        room = max(closes - begin if step > 0 else begin - opens, timedelta(0))
        if rest <= room:
            return begin + step * rest
        rest -= room
    raise ValueError(f"the calendar of {calendar.zone} has too few working days")


@dataclass(frozen=True, slots=True)
class Offset:
    """Where a rung stands: `fraction` of the time from creation to due, or a signed duration from `origin`."""

    origin: Literal["created", "due"]
    fraction: float | None = None
    duration: str | None = None


def parse_offset(text: str) -> Offset:
    """Read `c`, `c+50%`, `c+PT24H`, `d-PT4H`, `d` or `d+PT24H`.

    Raises:
        ValueError: the text is no offset of a ladder.
    """
    found = _OFFSET.fullmatch(text.strip())
    if found is None or (found["percent"] and (found["origin"], found["sign"]) != ("c", "+")):
        raise ValueError(f"'{text}' is no offset; write for example c+PT24H, c+50%, d-PT4H or d")
    origin: Literal["created", "due"] = "created" if found["origin"] == "c" else "due"
    if found["percent"]:
        return Offset(origin, fraction=int(found["percent"]) / 100)
    if found["duration"] is None:
        return Offset(origin)
    parse_span(found["duration"])
    return Offset(origin, duration=f"{found['sign'].replace('+', '')}{found['duration']}")


def rung_time(
    at: str,
    *,
    created: datetime,
    due: datetime | None,
) -> datetime | None:
    """When a rung is climbed; None when it is counted from a due time that the step does not have.

    Ladders run on elapsed time: the due time has already been counted by the step's calendar.

    Raises:
        ValueError: `at` is no offset of a ladder.
    """
    offset = parse_offset(at)
    origin = created if offset.origin == "created" else due
    if offset.fraction is not None:
        return None if due is None else created + (due - created) * offset.fraction
    if origin is None or offset.duration is None:
        return origin
    return working_add(origin, offset.duration, None)
