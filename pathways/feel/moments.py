"""Which date, time or date and time does a text stand for? (DMN 1.5 §10.3.4.1, §10.3.2.3.4 to 10.3.2.3.6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pathways.feel.far import AnyDate, AnyMoment, combined, date_of, later
from pathways.feel.fine import fine_time
from pathways.feel.values import Duration, parse_duration

_DATE = r"(?P<year>-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = (
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9+_/-]+)?"
)
_DATE_TEXT = re.compile(_DATE)
_TIME_TEXT = re.compile(f"T?{_TIME}")
_MOMENT_TEXT = re.compile(f"{_DATE}T{_TIME}")
_DAY = timedelta(days=1) // timedelta(microseconds=1)
_LARGEST_OFFSET = timedelta(hours=18)


def any_date(text: str) -> AnyDate:
    """The date of `2026-12-01` or `-123456-12-01`; of a date and time the part before `T`.

    Raises:
        ValueError: the text is no such date of the years ± 999 999 999.
    """
    match = _DATE_TEXT.fullmatch(text)
    if match is None:
        return any_moment(text).date() if _MOMENT_TEXT.fullmatch(text) else _refuse("date", "2026-12-01")
    return _date(match)


def parse_time(text: str) -> time:
    """The time of `13:20:00`, `13:20`, `13:20:00+01:00` or `13:20:00@Europe/London`; of a date and time its time.

    Raises:
        ValueError: the text is no such time.
    """
    match = _TIME_TEXT.fullmatch(text)
    if match is None:
        return any_moment(text).timetz() if _MOMENT_TEXT.fullmatch(text) else _refuse("time", "13:20:00")
    return _time(match)


def parse_moment(text: str) -> datetime:
    """The date and time of `2026-12-01T13:20:00Z` in the years 1 to 9999; of a date alone its midnight without a zone.

    Raises:
        ValueError: the text is no such date and time.
    """
    moment = any_moment(text)
    return moment if isinstance(moment, datetime) else _refuse_year()


def any_moment(text: str) -> AnyMoment:
    """The same as `parse_moment`, in the years ± 999 999 999.

    Raises:
        ValueError: the text is no such date and time.
    """
    match = _MOMENT_TEXT.fullmatch(text)
    if match is not None:
        midnight = combined(_date(match), _time(match))
        return later(midnight, _DAY) if match["hour"] == "24" else midnight
    if _DATE_TEXT.fullmatch(text):
        return combined(any_date(text), time())
    return _refuse("date and time", "2026-12-01T13:20:00Z")


def parse_at(text: str) -> AnyDate | AnyMoment | time | Duration:
    """The value of `@"…"`: whichever of date, time, date and time or duration the text spells (rule 62).

    Raises:
        ValueError: it spells none of them.
    """
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if _MOMENT_TEXT.fullmatch(text):
        return any_moment(text)
    return any_date(text) if _DATE_TEXT.fullmatch(text) else parse_time(text)


def _refuse(kind: str, example: str) -> NoReturn:
    raise ValueError(f"this text is no {kind}; write for example {example}")


def _refuse_year() -> NoReturn:
    raise ValueError("the year is outside the years 1 to 9999")


def _date(match: re.Match[str]) -> AnyDate:
    return date_of(int(match["year"]), int(match["month"]), int(match["day"]))


def _time(match: re.Match[str]) -> time:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    microsecond, nanoseconds = divmod(int((match["fraction"] or "0").ljust(9, "0")[:9]), 1000)
    if hour == 24 and not (minute or second or microsecond or nanoseconds):
        hour = 0  # 24:00:00 is the midnight at the end of the day (XML Schema Part 2, §3.3.8)
    return fine_time(time(hour, minute, second, microsecond, tzinfo=_zone(match["zone"])), nanoseconds)


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in "Zz":
        return UTC
    if text.startswith("@"):
        return named_zone(text[1:])
    hours, minutes, seconds = (*(int(part) for part in text[1:].split(":")), 0)[:3]
    if minutes > 59 or seconds > 59:
        raise ValueError("this is no offset from UTC")
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return fixed_offset(-offset if text[0] == "-" else offset)


def named_zone(name: str) -> ZoneInfo:
    """The time zone of the IANA database, such as `Europe/London`.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError("this is no time zone of the IANA database") from None


def fixed_offset(offset: timedelta) -> tzinfo:
    """The time zone that is always this far from UTC.

    Raises:
        ValueError: the offset is beyond ± 18 hours.
    """
    if abs(offset) > _LARGEST_OFFSET:
        raise ValueError("an offset from UTC has at most 18 hours")
    return timezone(offset) if offset else UTC


def seconds_and_micros(seconds: Decimal) -> tuple[int, int]:
    """Whole seconds and the microseconds left over."""
    whole = int(seconds)
    return whole, int((seconds - whole) * 1_000_000)
