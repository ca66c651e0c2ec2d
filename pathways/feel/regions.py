"""Which values pass a test, and is any value left over? Sets of FEEL values as intervals, and boxes of variables.

A `Region` is a set of values of one type: disjoint intervals in ascending order. A `Box` gives some variables a region
each; a variable that it does not name may have any value. Dates are counted day by day, every other ordered type is
taken as dense. Null is in no region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any, TypeAlias

from pathways.feel.syntax import Comparator
from pathways.feel.values import DaysTimeDuration, YearsMonthsDuration

Ordered: TypeAlias = bool | Decimal | str | date | datetime | time | DaysTimeDuration | YearsMonthsDuration
MOST_BOXES = 4_000


class Incomparable(Exception):
    """Two values have no order: they are of different types, or only one has a time zone."""


class TooManyBoxes(Exception):
    """The boxes cut each other into more than `MOST_BOXES` pieces; nothing is decided."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The values between two ends; an end that is None is open without limit."""

    low: Ordered | None = None
    high: Ordered | None = None
    low_included: bool = False
    high_included: bool = False

    @property
    def is_point(self) -> bool:
        """Whether it holds exactly one value."""
        return self.low is not None and self.low == self.high


Region: TypeAlias = tuple[Interval, ...]
Box: TypeAlias = Mapping[str, Region]

EVERYTHING: Region = (Interval(),)
NOTHING: Region = ()


def interval(low: Ordered | None, high: Ordered | None, *, low_included: bool, high_included: bool) -> Region:
    """The region between two ends, either of them None for no limit; empty when they leave nothing between."""
    if type(low) is date and not low_included and low < date.max:
        low, low_included = low + timedelta(days=1), True
    if type(high) is date and not high_included and high > date.min:
        high, high_included = high - timedelta(days=1), True
    closed = low_included and high_included
    if low is not None and high is not None and (_before(high, low) or (low == high and not closed)):
        return NOTHING
    return (Interval(low, high, low is not None and low_included, high is not None and high_included),)


def points(values: Iterable[Ordered]) -> Region:
    """The region of exactly these values.

    Raises:
        Incomparable: they are of different types.
    """
    return union(*((Interval(value, value, True, True),) for value in values))


BOOLEANS: Region = (Interval(False, False, True, True), Interval(True, True, True, True))
"""Both booleans: the domain of a boolean variable."""


def compared(operator: Comparator, value: Ordered) -> Region:
    """The values for which `? operator value` is true."""
    match operator:
        case "=":
            return points([value])
        case "!=":
            return complement(points([value]))
        case "<" | "<=":
            return interval(None, value, low_included=False, high_included=operator == "<=")
        case ">" | ">=":
            return interval(value, None, low_included=operator == ">=", high_included=False)


def union(*regions: Region) -> Region:
    """The values of any of these regions."""
    return complement(reduce(intersection, map(complement, regions), EVERYTHING))


def intersection(left: Region, right: Region) -> Region:
    """The values of both regions.

    Raises:
        Incomparable: the regions are of different types.
    """
    return tuple(piece for a in left for b in right for piece in _overlap(a, b))


def _overlap(a: Interval, b: Interval) -> Region:
    low, low_included = a.low, a.low_included
    if low is None or (b.low is not None and _before(low, b.low)):
        low, low_included = b.low, b.low_included
    elif low == b.low:
        low_included = low_included and b.low_included
    high, high_included = a.high, a.high_included
    if high is None or (b.high is not None and _before(b.high, high)):
        high, high_included = b.high, b.high_included
    elif high == b.high:
        high_included = high_included and b.high_included
    return interval(low, high, low_included=low_included, high_included=high_included)


def _before(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        raise Incomparable(f"{left!r} and {right!r} are of different types")
    try:
        return bool(left < right)
    except TypeError as error:
        raise Incomparable(str(error)) from error


def complement(region: Region) -> Region:
    """Every value that is not in the region."""
    gaps: list[Interval] = []
    low: Ordered | None = None
    included = False
    for piece in region:
        if piece.low is not None:
            gaps.extend(interval(low, piece.low, low_included=included, high_included=not piece.low_included))
        if piece.high is None:
            return tuple(gaps)
        low, included = piece.high, not piece.high_included
    return (*gaps, *interval(low, None, low_included=included, high_included=False))


def difference(region: Region, without: Region) -> Region:
    """The values of the first region that are not in the second."""
    return intersection(region, complement(without))


def intersect(left: Box, right: Box) -> Box | None:
    """The box where both boxes are; None when they do not touch."""
    both: dict[str, Region] = {}
    for name in dict.fromkeys((*left, *right)):
        both[name] = intersection(left.get(name, EVERYTHING), right.get(name, EVERYTHING))
        if not both[name]:
            return None
    return both


def subtract(box: Box, without: Box) -> list[Box]:
    """What is left of a box, in disjoint boxes."""
    if intersect(box, without) is None:
        return [box]
    left: list[Box] = []
    inside = dict(box)
    for name, region in without.items():
        outside = difference(inside.get(name, EVERYTHING), region)
        if outside:
            left.append({**inside, name: outside})
        inside[name] = intersection(inside.get(name, EVERYTHING), region)
    return left


def remainder(boxes: Sequence[Box], domains: Box) -> list[Box]:
    """What the boxes leave of all combinations of the variables; `domains` limits what a variable can be.

    Raises:
        Incomparable: a variable is tested as values of different types.
        TooManyBoxes: the answer would take too long.
    """
    left: list[Box] = [domains]
    for box in boxes:
        left = [piece for each in left for piece in subtract(each, box)]
        if len(left) > MOST_BOXES:
            raise TooManyBoxes(f"more than {MOST_BOXES} combinations")
    return left


def described(box: Box, *, domains: Box | None = None) -> str:
    """The box in words, such as `age is 18 and status is neither "a" nor "b"`; what is whole is not mentioned."""
    whole = domains or {}
    parts = [f"{name} is {_words(region)}" for name, region in box.items() if region != whole.get(name, EVERYTHING)]
    return " and ".join(parts) or "always"


def _words(region: Region) -> str:
    excluded = complement(region)
    if excluded and all(piece.is_point for piece in excluded) and not all(piece.is_point for piece in region):
        names = [_literal(piece.low) for piece in excluded]
        return f"not {names[0]}" if len(names) == 1 else f"neither {', '.join(names[:-1])} nor {names[-1]}"
    return " or ".join(_interval_words(piece) for piece in region)


def _interval_words(piece: Interval) -> str:
    if piece.is_point:
        return _literal(piece.low)
    if piece.low is None:
        return "anything" if piece.high is None else f"{'<=' if piece.high_included else '<'} {_literal(piece.high)}"
    if piece.high is None:
        return f"{'>=' if piece.low_included else '>'} {_literal(piece.low)}"
    opening, closing = "[" if piece.low_included else "(", "]" if piece.high_included else ")"
    return f"in {opening}{_literal(piece.low)}..{_literal(piece.high)}{closing}"


def _literal(value: Ordered | None) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case Decimal():
            return f"{value:f}"
        case date() | time():
            return f'@"{value.isoformat()}"'
        case _:
            return f'@"{value}"'
