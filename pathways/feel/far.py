"""What is a date outside the years 1 to 9999? A near date of the same calendar, cycles of 400 years away.

The calendar repeats every 400 years, to the weekday, so everything but the year is read from the near date.
Ordinary dates stay dates of Python; only what leaves its calendar, up to the years ± 999 999 999
(DMN 1.5 §10.3.2.3.4), becomes a `FarDate` or a `FarMoment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeAlias

from pathways.feel.fine import moment_at

_CYCLE_YEARS = 400
_CYCLE_DAYS = 146_097
_CYCLE = timedelta(days=_CYCLE_DAYS) // timedelta(microseconds=1)
_LAST_YEAR = 999_999_999
_FIRST_NEAR_YEARS = 400, 8000  # where a far past and a far future are calculated, clear of the ends of the calendar


@dataclass(frozen=True, slots=True)
class _Far:
    """A day whose year is `cycles` × 400 away from the year of `near`."""

    cycles: int
    near: date

    @property
    def year(self) -> int:
        """The year, zero or negative before the year 1."""
        return self.near.year + self.cycles * _CYCLE_YEARS

    @property
    def month(self) -> int:
        """1 to 12."""
        return self.near.month

    @property
    def day(self) -> int:
        """1 to 31."""
        return self.near.day


@dataclass(frozen=True, slots=True)
class FarDate(_Far):
    """A date far from the calendar of Python."""


@dataclass(frozen=True, slots=True)
class FarMoment(_Far):
    """A date and time far from it."""

    near: datetime

    @property
    def tzinfo(self) -> tzinfo | None:
        """The time zone, if any."""
        return self.near.tzinfo

    def date(self) -> AnyDate:
        """The day."""
        return date_of(self.year, self.month, self.day)

    def timetz(self) -> time:
        """The time of the day, with its zone."""
        return self.near.timetz()


AnyDate: TypeAlias = date | FarDate
AnyMoment: TypeAlias = datetime | FarMoment


def date_of(year: int, month: int, day: int) -> AnyDate:
    """The date of its three numbers.

    Raises:
        ValueError: there is no such day.
    """
    if 1 <= year <= 9999:
        return date(year, month, day)
    cycles = _cycles(year)
    return FarDate(cycles, date(year - cycles * _CYCLE_YEARS, month, day))


def combined(day: AnyDate | AnyMoment, clock: time) -> AnyMoment:
    """The day at the time."""
    if isinstance(day, date):
        return moment_at(day, clock)
    return FarMoment(day.cycles, moment_at(day.near, clock))


def day_of(moment: AnyDate | AnyMoment) -> AnyDate:
    """The day of a moment; a day is one already."""
    return moment.date() if isinstance(moment, datetime | FarMoment) else moment


def near(day: AnyDate | AnyMoment) -> date:
    """A day with the same month, day, weekday and number in its year."""
    return day if isinstance(day, date) else day.near


def ordinal(day: AnyDate | AnyMoment) -> int:
    """The number of the day; 1 January of the year 1 is 1."""
    return day.toordinal() if isinstance(day, date) else day.near.toordinal() + day.cycles * _CYCLE_DAYS


def date_of_ordinal(number: int) -> AnyDate:
    """The day of that number."""
    cycles, rest = divmod(number, _CYCLE_DAYS)
    day = date.fromordinal(rest + _CYCLE_DAYS)
    return date_of(day.year + (cycles - 1) * _CYCLE_YEARS, day.month, day.day)


def later(moment: AnyMoment, microseconds: int) -> AnyMoment:
    """The moment some microseconds later, however many; in a zone these are elapsed, not read from its clock.

    Raises:
        ValueError: the result is outside the years ± 999 999 999.
    """
    cycles, close = _close(moment)
    more, rest = divmod(microseconds, _CYCLE)
    elapsed = close if close.tzinfo is None else close.astimezone(UTC)
    result = _moment(cycles + more, elapsed + timedelta(microseconds=rest))
    return result if close.tzinfo is None else in_zone(result, close.tzinfo)


def in_zone(moment: AnyMoment, zone: tzinfo) -> AnyMoment:
    """The same moment on the clock of the zone."""
    cycles, close = _close(moment)
    return _moment(cycles, close.astimezone(zone))


def _close(moment: AnyMoment) -> tuple[int, datetime]:
    """The cycles, and a moment that is a few centuries away from the ends of the calendar."""
    if isinstance(moment, FarMoment):
        return moment.cycles, moment.near
    if _FIRST_NEAR_YEARS[0] <= moment.year < _FIRST_NEAR_YEARS[1] + _CYCLE_YEARS:
        return 0, moment
    cycles = _cycles(moment.year)
    return cycles, moment.replace(year=moment.year - cycles * _CYCLE_YEARS)


def _moment(cycles: int, close: datetime) -> AnyMoment:
    return combined(date_of(close.year + cycles * _CYCLE_YEARS, close.month, close.day), close.timetz())


def _cycles(year: int) -> int:
    if abs(year) > _LAST_YEAR:
        raise ValueError(f"the year is outside the years ± {_LAST_YEAR}")
    return (year - _FIRST_NEAR_YEARS[year > 2000]) // _CYCLE_YEARS
