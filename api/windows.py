"""When is something free? Times as windows: cut by what is taken, common to several, one visit after the other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A time from `since` on and before `until`."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is; below zero when it ends before it begins."""
        return self.until - self.since


def cut(windows: Iterable[Window], taken: Iterable[Window]) -> list[Window]:
    """Give what is left of windows without what is taken, the earliest first."""
    left = sorted(windows)
    for each in taken:
        left = [part for window in left for part in _parts(window, each)]
    return left


def _parts(window: Window, taken: Window) -> Iterator[Window]:
    if taken.until <= window.since or taken.since >= window.until:
        yield window
        return
    if window.since < taken.since:
        yield Window(window.since, taken.since)
    if taken.until < window.until:
        yield Window(taken.until, window.until)


def common(of_each: Sequence[Iterable[Window]]) -> list[Window]:
    """Give the times that lie in windows of each, the earliest first."""
    found = sorted(of_each[0])
    for windows in of_each[1:]:
        both = [Window(max(a.since, b.since), min(a.until, b.until)) for a in found for b in windows]
        found = sorted(each for each in both if each.length > timedelta(0))
    return found


def at_least(windows: Iterable[Window], length: timedelta) -> list[Window]:
    """Give the windows that are so long."""
    return [each for each in windows if each.length >= length]


def in_turn(
    of_each: Mapping[str, Sequence[Window]], *, length: timedelta, way: timedelta
) -> list[tuple[str, Window]] | None:
    """Give the earliest end of one visit to each, in whichever order, with the way between; None: there is none."""
    found = (_in_this_order(order, of_each, length, way) for order in permutations(of_each))
    return min((each for each in found if each), key=lambda visits: visits[-1][1].until, default=None)


def _in_this_order(
    order: Sequence[str], of_each: Mapping[str, Sequence[Window]], length: timedelta, way: timedelta
) -> list[tuple[str, Window]] | None:
    visits = list[tuple[str, Window]]()
    for name in order:
        ready = visits[-1][1].until + way if visits else None
        starts = (
            max(each.since, ready) if ready else each.since for each in of_each[name] if _fits(each, ready, length)
        )
        begins = min(starts, default=None)
        if begins is None:
            return None
        visits.append((name, Window(begins, begins + length)))
    return visits


def _fits(window: Window, ready: datetime | None, length: timedelta) -> bool:
    return window.until - (max(window.since, ready) if ready else window.since) >= length
