"""What is a time finer than a microsecond? A time of Python that keeps three more digits, to the nanosecond.

Text and properties show these digits; calculations round them away, and comparisons look no closer than a millisecond.
"""

from __future__ import annotations

from datetime import date, datetime, time


class FineTime(time):
    """A time with nanoseconds beyond its microseconds."""

    nanoseconds = 0


class FineMoment(datetime):
    """A date and time with nanoseconds beyond its microseconds."""

    nanoseconds = 0

    def timetz(self) -> time:
        """The time of the day, with its zone and its nanoseconds."""
        return fine_time(super().timetz(), self.nanoseconds)


def fine_time(clock: time, nanoseconds: int) -> time:
    """The time, that many nanoseconds later; an ordinary one when there are none."""
    if not nanoseconds:
        return clock
    result = FineTime(clock.hour, clock.minute, clock.second, clock.microsecond, clock.tzinfo)
    result.nanoseconds = nanoseconds
    return result


def moment_at(day: date, clock: time) -> datetime:
    """The day at the time, with its nanoseconds."""
    if not isinstance(clock, FineTime):
        return datetime.combine(day, clock)
    moment = FineMoment.combine(day, clock)
    moment.nanoseconds = clock.nanoseconds
    return moment


def nanoseconds(value: time | datetime) -> int:
    """The nanoseconds beyond the microseconds."""
    return value.nanoseconds if isinstance(value, FineTime | FineMoment) else 0
