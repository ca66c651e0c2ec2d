"""When is something due? ISO 8601 durations and repeats, working hours, and the offsets of escalation ladders."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from pathways.bpmn.model import WorkingCalendar
from pathways.feel.moments import parse_moment
from pathways.feel.values import DaysTimeDuration, YearsMonthsDuration, add_duration, parse_duration

_MIXED = re.compile(r"(-?P(?=\d+[YM])(?:\d+Y)?(?:\d+M)?)([\dT].*)")
_REPEAT = re.compile(
    r"R(?P<times>\d{0,9})/(?:(?P<start>[^P/][^/]*)/)?(?P<interval>P[^/]+)|R(?P<only>\d{0,9})//(?P<last>P[^/]+)"
)
_OFFSET = re.compile(r"(?P<origin>[cd])(?:(?P<sign>[+-])(?:(?P<percent>\d{1,4})%|(?P<duration>P\S+)))?")
_LONGEST_SEARCH = 40_000  # days: a working duration beyond a century is a mistake


@dataclass(frozen=True, slots=True)
class Repeat:
    """A cycle `R[n]/[start]/duration`: `times` None repeats for ever, `start` None begins one interval from now."""

    times: int | None
    start: datetime | None
    interval: str


def parse_durations(text: str) -> tuple[YearsMonthsDuration | DaysTimeDuration, ...]:
    """The parts of an ISO 8601 duration in the order they are added: months first, then days and time.

    Raises:
        ValueError: the text is no duration.
    """
    mixed = _MIXED.fullmatch(text)
    if mixed is None:
        return (parse_duration(text),)
    sign = "-" if text.startswith("-") else ""
    return parse_duration(mixed[1]), parse_duration(f"{sign}P{mixed[2]}")


def parse_repeat(text: str) -> Repeat:
    """Read a cycle such as `R3/PT10M`, `R/P1D` or `R5/2026-03-01T08:00:00Z/P1W`.

    Raises:
        ValueError: the text is no cycle, or its interval is not longer than zero.
    """
    found = _REPEAT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no cycle; write for example R3/PT10M")
    interval = found["interval"] or found["last"]
    if not any(_is_positive(part) for part in parse_durations(interval)):
        raise ValueError(f"the interval of '{text}' is not longer than zero")
    times = found["times"] or found["only"]
    start = parse_moment(found["start"]) if found["start"] else None
    return Repeat(
        int(times) if times else None, start and (start if start.tzinfo else start.replace(tzinfo=UTC)), interval
    )


def _is_positive(part: YearsMonthsDuration | DaysTimeDuration) -> bool:
    return (part.months if isinstance(part, YearsMonthsDuration) else part.seconds) > 0


def is_time_literal(text: str, *, form: Literal["date", "duration", "cycle"]) -> bool:
    """Whether literal text is ISO 8601 of this form."""
    readers = {"date": parse_moment, "duration": parse_durations, "cycle": parse_repeat}
    try:
        readers[form](text)
    except ValueError:
        return False
    return True


def working_add(start: datetime, duration_text: str, calendar: WorkingCalendar | None) -> datetime:
    """The moment one duration after `start`, or before it when the duration is negative.

    Without a calendar plain time passes. With one, `P1D` is the same local time on the next working day, clamped
    into its hours, and `PT8H` is eight working hours; months move by the calendar and then wait for opening.

    Args:
        start: an aware time; the result has its time zone.
        duration_text: ISO 8601.
        calendar: working hours, None for around the clock.

    Raises:
        ValueError: the text is no duration, or the calendar has no working time within its reach.
    """
    moment = start
    for part in parse_durations(duration_text):
        if calendar is None:
            moment = add_duration(moment, part)
        elif isinstance(part, YearsMonthsDuration):
            moment = _add_months(moment, part, calendar)
        else:
            moment = _add_days_and_time(moment, part, calendar)
    return moment.astimezone(start.tzinfo)


def _add_months(moment: datetime, months: YearsMonthsDuration, calendar: WorkingCalendar) -> datetime:
    local = add_duration(moment.astimezone(ZoneInfo(calendar.zone)), months)
    day = local.date()
    if not is_working_day(day, calendar):
        day = next(_working_days(day, calendar, step=1))
    return _clamp(day, local.time(), calendar)


def _add_days_and_time(moment: datetime, duration: DaysTimeDuration, calendar: WorkingCalendar) -> datetime:
    days, hours, minutes, seconds = duration.parts()
    step = -1 if duration.seconds < 0 else 1
    if days > _LONGEST_SEARCH:
        raise ValueError(f"{duration} is longer than working calendars reach")
    if days:
        local = moment.astimezone(ZoneInfo(calendar.zone))
        day = next(islice(_working_days(local.date(), calendar, step=step), days - 1, None))
        moment = _clamp(day, local.time(), calendar)
    rest = timedelta(hours=hours, minutes=minutes, seconds=float(seconds))
    return _pass_time(moment, rest, calendar, step=step) if rest else moment


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
    raise ValueError(f"the calendar of {calendar.zone} has no such working day near {after}")


def _clamp(day: date, at: time, calendar: WorkingCalendar) -> datetime:
    opens, closes = _hours(day, calendar)
    return min(max(datetime.combine(day, at, ZoneInfo(calendar.zone)).astimezone(UTC), opens), closes)


def _hours(day: date, calendar: WorkingCalendar) -> tuple[datetime, datetime]:
    """Opening and closing of a working day as points in time, so that a clock change inside it counts truly."""
    zone = ZoneInfo(calendar.zone)
    opens, closes = (
        datetime.combine(day, time.fromisoformat(at), zone).astimezone(UTC) for at in (calendar.opens, calendar.closes)
    )
    if opens >= closes:
        raise ValueError(f"the calendar of {calendar.zone} opens at {calendar.opens} and closes at {calendar.closes}")
    return opens, closes


def _pass_time(moment: datetime, rest: timedelta, calendar: WorkingCalendar, *, step: int) -> datetime:
    """Let working time pass, day by day, forwards or backwards."""
    today = moment.astimezone(ZoneInfo(calendar.zone)).date()
    yesterday = today - timedelta(days=step)
    for day in _working_days(yesterday, calendar, step=step):
        opens, closes = _hours(day, calendar)
        begin = max(moment, opens) if step > 0 else min(moment, closes)
        room = closes - begin if step > 0 else begin - opens
        if timedelta(0) < rest <= room:
            return begin + step * rest
        rest -= max(room, timedelta(0))
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
    parse_durations(found["duration"])
    return Offset(origin, duration=f"{found['sign'].replace('+', '')}{found['duration']}")


def rung_time(
    at: str,
    *,
    created: datetime,
    due: datetime | None,
    calendar: WorkingCalendar | None = None,  # noqa: ARG001  (clinical safety clocks never stop at night)
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
