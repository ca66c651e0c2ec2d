"""Do the rules of a table overlap, and do they leave anything out? (DMN 1.5 §8.2.10).

A rule is a box of values with one side per input. A cell is taken as a region of values when it is made of constants:
comparisons, ranges, lists of values. What the input values or the type of an input allow bounds the space. Null is not
looked at. A cell that cannot be taken as a region leaves the table undecided where it matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import combinations
from typing import Any

from pathways.dmn.model import DecisionTable, HitPolicy, Rule, Text
from pathways.feel import Expression, FeelSyntaxError
from pathways.feel.parser import parse_unary_tests
from pathways.feel.regions import (
    BOOLEANS,
    EVERYTHING,
    NOTHING,
    Box,
    Incomparable,
    Interval,
    Ordered,
    Region,
    TooManyBoxes,
    compared,
    complement,
    described,
    intersect,
    intersection,
    interval,
    points,
    remainder,
    union,
)
from pathways.feel.syntax import Node, UnaryTest
from pathways.feel.values import DaysTimeDuration, Range, Value, YearsMonthsDuration
from pathways.feel.writing import text_of

MOST_RULES = 300
"""Rules of a table that are still compared with each other."""

LONGEST = 200
"""Characters of the words for a place."""

ONE_ANSWER: tuple[HitPolicy, ...] = ("UNIQUE", "ANY", "PRIORITY", "FIRST")
"""Hit policies that need a rule for every case."""

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_SPACE = {"boolean": BOOLEANS}
_ORDERED = (bool, Decimal, str, date, time, DaysTimeDuration, YearsMonthsDuration)


class Undecidable(Exception):
    """A cell is no region of values that is known before the table runs."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules that can match together, and where they do."""

    first: int
    second: int
    where: str
    same_outputs: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of a table as far as its hit policy makes it matter; rules count from 1.

    overlaps: pairs of rules that can match together.
    missing: what no rule matches, in words; None where that cannot be decided.
    why: what keeps it from being decided.
    fractions_only: nothing is missing when the numbers are whole.
    never: rules that can never match, because a cell holds none of the values that may come.
    masked: rules that can never decide, because the rules before them match everything they do.
    """

    overlaps: tuple[Overlap, ...] = ()
    missing: tuple[str, ...] | None = ()
    why: str = "a cell depends on more than its input"
    fractions_only: bool = False
    never: tuple[int, ...] = ()
    masked: tuple[int, ...] = ()


def coverage(table: DecisionTable, spaces: Sequence[tuple[Text | None, str]]) -> Coverage:
    """What the rules of a table cover; `spaces` holds the allowed values and the type of FEEL of each input."""
    if len(table.rules) > MOST_RULES:
        return Coverage(missing=None, why=f"the table has more than {MOST_RULES} rules")
    try:
        domains = _domains(table, spaces)
        rules = [_Covered(number, rule, *_box(table, rule, domains)) for number, rule in enumerate(table.rules, 1)]
        return _coverage(table.hit_policy, rules, domains)
    except Incomparable:
        return Coverage(missing=None, why="the cells of a column hold values of different types")
    except TooManyBoxes:
        return Coverage(missing=None, why="the rules cut each other into too many cases")


@dataclass(frozen=True, slots=True)
class _Covered:
    """A rule with its box, nothing when it can never match, and the cells that are no region, by input."""

    number: int
    rule: Rule
    box: Box | None
    unknown: Mapping[str, str]

    @property
    def decided(self) -> bool:
        """Whether the box is all that the rule matches."""
        return not self.unknown


def _domains(table: DecisionTable, spaces: Sequence[tuple[Text | None, str]]) -> dict[str, Region]:
    """The values that may come, by the text of each input; two columns of one input share a side."""
    domains: dict[str, Region] = {}
    for clause, (allowed, type_ref) in zip(table.inputs, spaces, strict=True):
        name = clause.expression.text
        space = _allowed_region(allowed, _SPACE.get(type_ref, EVERYTHING))
        domains[name] = intersection(domains.get(name, EVERYTHING), space)
    return domains


def _allowed_region(allowed: Text | None, otherwise: Region) -> Region:
    if allowed is None or not allowed.text:
        return otherwise
    try:
        return region_of(allowed.text)
    except Undecidable:
        return otherwise


def _box(table: DecisionTable, rule: Rule, domains: Mapping[str, Region]) -> tuple[Box | None, Mapping[str, str]]:
    box: dict[str, Region] = dict(domains)
    unknown: dict[str, str] = {}
    for clause, cell in zip(table.inputs, rule.tests, strict=False):
        name = clause.expression.text
        try:
            box[name] = intersection(box[name], region_of(cell.text))
        except Undecidable:
            unknown[name] = cell.text
    return (box if all(box.values()) else None), unknown


def region_of(text: str) -> Region:
    """The values that pass the tests of a cell.

    Raises:
        Undecidable: that depends on something else than the value.
        Incomparable: the tests are about values of different types.
    """
    if text in ("", "-"):
        return EVERYTHING
    try:
        tree = parse_unary_tests(text, frozenset())
    except FeelSyntaxError as error:
        raise Undecidable(str(error)) from error
    region = union(*map(_test_region, tree.tests)) if tree.tests else EVERYTHING
    return complement(region) if tree.negated else region


def _test_region(node: Node) -> Region:
    if isinstance(node, UnaryTest):
        value = _constant(node.operand)
        if not isinstance(value, _ORDERED):
            raise Undecidable(node.source)
        return compared(node.operator, value)
    return _value_region(_constant(node))


def _constant(node: Node) -> Value:
    """The value of an expression that reads nothing, not even the clock or the input."""
    expression = Expression(node.source, node)
    words = node.source.replace("(", " ").split()
    if expression.names or "?" in node.source or "now" in words or "today" in words:
        raise Undecidable(node.source)
    return expression.evaluate({}, now=_NEVER).value


def _value_region(value: Value) -> Region:
    if value is None:
        return NOTHING
    if isinstance(value, list):
        return union(*map(_value_region, value)) if value else NOTHING
    if isinstance(value, Range):
        return _range_region(value)
    if not isinstance(value, _ORDERED):
        raise Undecidable(text_of(value))
    return points([value])


def _range_region(value: Range) -> Region:
    low, high = _end(value.start), _end(value.end)
    if value.operator == "!=":
        return complement(points([low] if low is not None else []))
    return interval(low, high, low_included=value.start_included, high_included=value.end_included)


def _end(value: Value) -> Ordered | None:
    if value is not None and not isinstance(value, _ORDERED):
        raise Undecidable(text_of(value))
    return value


# --- what follows from the boxes ------------------------------------------------------------------------


def _coverage(hit_policy: HitPolicy, rules: Sequence[_Covered], domains: Box) -> Coverage:
    missing = _missing(rules, domains) if hit_policy in ONE_ANSWER else []
    return Coverage(
        overlaps=tuple(_overlaps(rules, domains)) if hit_policy in ("UNIQUE", "ANY") else (),
        missing=None if missing is None else tuple(_words(box, domains) for box in missing),
        fractions_only=bool(missing) and not any(map(_has_whole_numbers, missing or ())),
        never=tuple(rule.number for rule in rules if rule.box is None),
        masked=tuple(_masked(rules)) if hit_policy == "FIRST" else (),
    )


def _words(box: Box, domains: Box) -> str:
    words = described(box, domains=domains)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} …"


def _overlaps(rules: Sequence[_Covered], domains: Box) -> Iterator[Overlap]:
    for one, two in combinations(rules, 2):
        if one.box is None or two.box is None or one.unknown != two.unknown:
            continue
        both = intersect(one.box, two.box)
        if both is not None:
            same = [output.text for output in one.rule.outputs] == [output.text for output in two.rule.outputs]
            yield Overlap(one.number, two.number, _words(both, domains), same)


def _missing(rules: Sequence[_Covered], domains: Box) -> list[Box] | None:
    """What no rule matches; None when a rule that is not decided might."""
    left = remainder([rule.box for rule in rules if rule.box is not None and rule.decided], domains)
    return None if left and not all(rule.decided for rule in rules) else left


def _masked(rules: Sequence[_Covered]) -> Iterator[int]:
    for place, rule in enumerate(rules):
        before = [other.box for other in rules[:place] if other.box is not None and other.decided]
        if before and rule.box is not None and not remainder(before, rule.box):
            yield rule.number


def _has_whole_numbers(box: Box) -> bool:
    """Whether some point of the box has whole numbers only."""
    return all(any(map(_has_whole_number, region)) for region in box.values())


def _has_whole_number(piece: Interval) -> bool:
    low, high = piece.low, piece.high
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        return True
    first = _whole_from(low, included=piece.low_included)
    return first < high or (first == high and piece.high_included)


def _whole_from(low: Decimal, *, included: bool) -> Any:
    """The first whole number at or after a limit."""
    whole = low.to_integral_value(rounding="ROUND_CEILING")
    return whole + 1 if whole == low and not included else whole
