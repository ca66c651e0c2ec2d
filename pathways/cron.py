"""When does a cron expression fire next? Six fields as Camunda 8 writes them, or five as Unix does.

    second minute hour day-of-month month day-of-week        0 0 9 * * MON-FRI
    minute hour day-of-month month day-of-week               0 9 * * 1-5

Each field takes `*`, `?`, numbers, names (JAN, MON), ranges `a-b`, steps `/n` and lists. A day of the month may also
be `L` (the last) or `nW` (the weekday nearest to it), a day of the week `nL` (the last of the month) or `n#k` (the
k-th). Days must fit both day fields; Sunday is 0 or 7. Macros: `@hourly`, `@daily`, `@midnight`, `@weekly`,
`@monthly`, `@yearly`, `@annually`.
"""

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_MACROS = {
    "@hourly": "0 0 * * * *",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@weekly": "0 0 0 * * 0",
    "@monthly": "0 0 0 1 * *",
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name.upper(): (number + 1) % 7 for number, name in enumerate(calendar.day_abbr)}
_PART = re.compile(r"(?P<any>[*?])(?:/(?P<step>\d+))?|(?P<first>\w+)(?:-(?P<last>\w+))?(?:/(?P<every>\d+))?", re.ASCII)
_FURTHEST = 366 * 29
"""Days searched: a 29 February that is a given weekday comes within 28 years, or 40 around 2100."""

_SECOND = timedelta(seconds=1)
DayTest = Callable[[datetime], bool]


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression that was read; `days` must all hold for a day to fit.

    `goes_round`: its hour or minute begins with `*`, so it fires at intervals rather than at a time of the day.
    """

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    days: tuple[DayTest, ...]
    goes_round: bool


def is_cron(text: str) -> bool:
    """Whether text looks like a cron expression rather than an ISO 8601 cycle."""
    return text.startswith("@") or len(text.split()) in (5, 6)


def parse_cron(text: str) -> Cron:
    """Read a cron expression.

    Raises:
        ValueError: which field is wrong.
    """
    fields = _MACROS.get(text.strip().lower(), text).upper().split()
    if len(fields) == 5:
        fields = ["0", *fields]
    if len(fields) != 6:
        raise ValueError(f"this text has {len(fields)} fields; cron has six, from seconds to the day of the week")
    second, minute, hour, day, month, weekday = fields
    return Cron(
        seconds=tuple(sorted(_numbers(second, 0, 59))),
        minutes=tuple(sorted(_numbers(minute, 0, 59))),
        hours=tuple(sorted(_numbers(hour, 0, 23))),
        months=frozenset(_numbers(month, 1, 12, _MONTHS)),
        days=(_day_of_month(day), _day_of_week(weekday)),
        goes_round=minute.startswith(("*", "?")) or hour.startswith(("*", "?")),
    )


def next_in_zone(cron: Cron, after: datetime, zone: tzinfo) -> datetime:
    """Give the first moment later than `after` by the clock of `zone`, in UTC.

    Where clocks are set it goes as in Vixie's cron: a time of the day comes once, when the clock shows it first; one
    that the clock passes over comes as much later. What goes round comes whenever the clock shows it.

    Raises:
        ValueError: there is none within a generation.
    """
    return _whenever_shown(cron, after, zone) if cron.goes_round else _once_a_day(cron, after, zone)


def _once_a_day(cron: Cron, after: datetime, zone: tzinfo) -> datetime:
    found = next_time(cron, after.astimezone(zone).replace(fold=0))
    while found.astimezone(UTC) <= after:
        found = next_time(cron, found)
    return found.astimezone(UTC)


def _whenever_shown(cron: Cron, after: datetime, zone: tzinfo) -> datetime:
    """Search by the clock as it goes now; if it is set before the time that is found, by the clock from then on."""
    offset = _offset(after, zone)
    while True:
        found = next_time(cron, after.astimezone(timezone(offset))).astimezone(UTC)
        if _offset(found, zone) == offset:
            return found
        set_at = _set_between(after, found, zone)
        after, offset = set_at - _SECOND, _offset(set_at, zone)


def _offset(moment: datetime, zone: tzinfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _set_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Give the moment at which the clock is set: `before` and `after` that, it has different offsets."""
    offset = _offset(before, zone)
    while after - before > _SECOND:
        middle = before + (after - before) / 2
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after.replace(microsecond=0)


def next_time(cron: Cron, after: datetime) -> datetime:
    """Give the first moment later than `after`, in the zone of `after`, as if its clock were never set.

    Raises:
        ValueError: there is none within a generation.
    """
    start = (after + timedelta(seconds=1)).replace(microsecond=0)
    day = start.replace(hour=0, minute=0, second=0)
    for _ in range(_FURTHEST):
        if day.month in cron.months and all(fits(day) for fits in cron.days):
            found = _first_on(cron, day, start)
            if found is not None:
                return found
        day += timedelta(days=1)
    raise ValueError("this cron expression never fires")


def _first_on(cron: Cron, day: datetime, start: datetime) -> datetime | None:
    for hour in cron.hours:
        for minute in cron.minutes:
            last = day.replace(hour=hour, minute=minute, second=cron.seconds[-1])
            if last >= start:
                times = (day.replace(hour=hour, minute=minute, second=second) for second in cron.seconds)
                return next(time for time in times if time >= start)
    return None


def _numbers(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError("this is no part of a cron field")
        found |= set(_range(match, low, high, names or {}))
    return found


def _range(match: re.Match[str], low: int, high: int, names: Mapping[str, int]) -> range:
    if match["any"]:
        return _checked(low, high, match["step"], low, high)
    first = _number(match["first"], names)
    last = _number(match["last"], names) if match["last"] else (high if match["every"] else first)
    return _checked(first, last, match["every"], low, high)


def _number(text: str, names: Mapping[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdecimal():
        raise ValueError("this is no number or name of a cron field")
    return int(text)


def _checked(first: int, last: int, step: str | None, low: int, high: int) -> range:
    if not (low <= first <= last <= high) or step == "0":
        raise ValueError(f"a range does not lie within {low}-{high} of a cron field, or its step is 0")
    return range(first, last + 1, int(step or 1))


def _day_of_month(field: str) -> DayTest:
    if field == "L":
        return lambda day: day.day == _last_day(day)
    if re.fullmatch(r"\d+W", field):
        return lambda day: day.day == _nearest_weekday(day, int(field[:-1]))
    days = _numbers(field, 1, 31)
    return lambda day: day.day in days


def _last_day(day: datetime) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: datetime, wanted: int) -> int:
    """Give the weekday nearest to a day of the month, within that month."""
    last = _last_day(day)
    target = min(wanted, last)
    weekday = day.replace(day=target).weekday()
    if weekday == 5:
        return target - 1 if target > 1 else target + 2
    if weekday == 6:
        return target + 1 if target < last else target - 2
    return target


def _day_of_week(field: str) -> DayTest:
    if re.fullmatch(r"\w+L", field) and len(field) > 1 and field[:-1] in {*"01234567", *_WEEKDAYS}:
        weekday = _number(field[:-1], _WEEKDAYS) % 7
        return lambda day: day.isoweekday() % 7 == weekday and day.day > _last_day(day) - 7
    if "#" in field:
        name, _, which = field.partition("#")
        weekday, place = _number(name, _WEEKDAYS) % 7, _number(which, {})
        return lambda day: day.isoweekday() % 7 == weekday and (day.day - 1) // 7 + 1 == place
    days = {number % 7 for number in _numbers(_sunday_last(field), 0, 7, _WEEKDAYS)}
    return lambda day: day.isoweekday() % 7 in days


def _sunday_last(field: str) -> str:
    """Write Sunday as 7 where a range ends with it: FRI-SUN is 5-7."""
    return field.replace("-SUN", "-7").replace("-0", "-7")
