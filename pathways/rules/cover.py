"""Do these conditions cover everything, do two of them overlap? Told only when an example can really happen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pathways.feel.regions import (
    BOOLEANS,
    EVERYTHING,
    Box,
    Incomparable,
    Interval,
    Region,
    TooManyBoxes,
    described,
    intersect,
    points,
    remainder,
)
from pathways.feel.scanner import FeelSyntaxError
from pathways.rules.conditions import Condition, Dimension, read_condition

_UNDECIDABLE = (Incomparable, TooManyBoxes, FeelSyntaxError)
_NOT_NULL = points([False])
_MOST_OVERLAPS = 4_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether some condition is always true; `example` says when none is."""

    verdict: Literal["covered", "gap", "undecided"]
    example: str = ""


def coverage(texts: Sequence[str], known: Box) -> Coverage:
    """Whether the conditions cover all values; `known`: what variables can be, as far as forms and decisions say."""
    try:
        conditions = [read_condition(text) for text in texts]
        space = _Space(conditions, known)
        left = remainder([box for condition in conditions for box in condition.boxes], space.domains)
    except _UNDECIDABLE:
        return Coverage("undecided")
    example = next(space.examples(left), None)
    if example is None:
        return Coverage("undecided" if left else "covered")
    return Coverage("gap", example)


def overlap(one: str, other: str, known: Box) -> str | None:
    """When both conditions are true, in words; None when they never are, or nobody can tell."""
    try:
        conditions = [read_condition(one), read_condition(other)]
        space = _Space(conditions, known)
        return next(space.examples(_shared(conditions[0], conditions[1], space.domains)), None)
    except _UNDECIDABLE:
        return None


def _shared(one: Condition, other: Condition, domains: Box) -> Iterator[Box]:
    if len(one.boxes) * len(other.boxes) > _MOST_OVERLAPS:
        raise TooManyBoxes(f"more than {_MOST_OVERLAPS} pairs")
    for left in one.boxes:
        for right in other.boxes:
            both = intersect(left, right)
            inside = None if both is None else intersect(both, domains)
            if inside is not None:
                yield inside


def never_true(text: str, known: Box) -> bool:
    """Whether the condition contradicts itself, or what its variables can be."""
    try:
        condition = read_condition(text)
        domains = _Space([condition], known).domains
        return not any(_meets(box, domains) for box in condition.boxes)
    except _UNDECIDABLE:
        return False


def _meets(box: Box, domains: Mapping[str, Region]) -> bool:
    """Whether some values pass; what is compared with a value of another type is null, and passes never."""
    try:
        return intersect(box, domains) is not None
    except Incomparable:
        return False


class _Space:
    """All that the conditions test, and what each of it can be."""

    def __init__(self, conditions: Sequence[Condition], known: Box) -> None:
        self.dimensions: dict[str, Dimension] = {}
        for condition in conditions:
            self.dimensions |= condition.dimensions
        boxes = [box for condition in conditions for box in condition.boxes]
        self.domains: Mapping[str, Region] = {
            name: known.get(name) or _domain(dimension, [box[name] for box in boxes if name in box])
            for name, dimension in self.dimensions.items()
        }

    def examples(self, boxes: Iterator[Box] | Sequence[Box]) -> Iterator[str]:
        """The boxes that can really happen, in words."""
        for box in boxes:
            narrowed = {name: region for name, region in box.items() if region != self.domains[name]}
            if self._can_happen(narrowed):
                yield self._words(narrowed)

    def _can_happen(self, narrowed: Box) -> bool:
        """Whether what the box narrows can be foreseen, and no variable is narrowed in two ways at once."""
        used: list[str] = []
        for name, region in narrowed.items():
            dimension = self.dimensions[name]
            if dimension.variables is None:
                return False
            if not (dimension.form == "null" and region == _NOT_NULL):
                used.extend(dimension.variables)
        return len(used) == len(set(used)) and not any(_is_part(one, other) for one in used for other in used)

    def _words(self, narrowed: Box) -> str:
        words = [self._dimension_words(name, region) for name, region in narrowed.items()]
        return " and ".join(words) or "always"

    def _dimension_words(self, name: str, region: Region) -> str:
        dimension = self.dimensions[name]
        if dimension.form == "null":
            return f"{(dimension.variables or (name,))[0]} is {'not ' if region == _NOT_NULL else ''}null"
        if dimension.form == "order" and dimension.variables:
            signs = [sign for sign, order in _SIGNS if any(order == piece.low for piece in region)]
            return " ".join((dimension.variables[0], " or ".join(signs), dimension.variables[1]))
        return described({name: region})


_SIGNS = (("<", Decimal(-1)), ("=", Decimal(0)), (">", Decimal(1)))


def _domain(dimension: Dimension, regions: Sequence[Region]) -> Region:
    """A variable that is tested as a boolean is one."""
    pieces: list[Interval] = [piece for region in regions for piece in region]
    if dimension.form == "value" and any(isinstance(piece.low, bool) for piece in pieces):
        return BOOLEANS
    return dimension.domain if dimension.form != "value" else EVERYTHING


def _is_part(whole: str, member: str) -> bool:
    return member.startswith(f"{whole}.")
