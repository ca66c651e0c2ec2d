"""What do the hit policy and the aggregation make of the rules that matched? (DMN 1.5 §8.2.10, Table 29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from pathways.dmn import model
from pathways.dmn.frame import Frame
from pathways.dmn.outputs import Output, rank, shaped
from pathways.feel.builtins import BUILTINS
from pathways.feel.comparison import equal
from pathways.feel.values import NoValue, Value


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched: its number from 1, its id, and one value per output."""

    number: int
    id: str
    values: Sequence[Value]


def decide(table: model.DecisionTable, outputs: Sequence[Output], matches: Sequence[Match], frame: Frame) -> Value:
    """The value of a table in which at least one rule matched.

    Raises:
        NoValue: the rules that matched contradict the hit policy.
    """
    match table.hit_policy:
        case "UNIQUE":
            return _value(outputs, _only(matches))
        case "ANY":
            return _value(outputs, _agreed(matches))
        case "FIRST":
            return _value(outputs, matches[0])
        case "PRIORITY":
            return _value(outputs, _by_priority(outputs, matches, frame)[0])
        case "OUTPUT ORDER":
            return [_value(outputs, found) for found in _by_priority(outputs, matches, frame)]
        case "RULE ORDER":
            return [_value(outputs, found) for found in matches]
        case "COLLECT":
            return _collected(table.aggregation, outputs, matches, frame)
        case _:
            assert_never(table.hit_policy)


def without_match(table: model.DecisionTable) -> Value:
    """The value of a table in which no rule matched and that has no default: null, nothing collected, none counted."""
    if table.hit_policy in ("RULE ORDER", "OUTPUT ORDER") or (table.hit_policy, table.aggregation) == ("COLLECT", ""):
        return []
    return Decimal(0) if table.hit_policy == "COLLECT" and table.aggregation == "COUNT" else None


def _value(outputs: Sequence[Output], found: Match) -> Value:
    return shaped(outputs, found.values)


def _numbers(matches: Sequence[Match]) -> str:
    return ", ".join(str(found.number) for found in matches)


def _only(matches: Sequence[Match]) -> Match:
    if len(matches) > 1:
        raise NoValue(f"only one rule may match, but the rules {_numbers(matches)} do")
    return matches[0]


def _agreed(matches: Sequence[Match]) -> Match:
    first = matches[0]
    for other in matches[1:]:
        if not all(equal(one, two) is True for one, two in zip(first.values, other.values, strict=True)):
            raise NoValue(f"the rules {_numbers(matches)} match and do not give the same")
    return first


def _by_priority(outputs: Sequence[Output], matches: Sequence[Match], frame: Frame) -> list[Match]:
    """The highest priority first: the first output decides, then the second, and so on; then the order of rules."""
    if not any(output.ranks for output in outputs):
        raise NoValue("its hit policy needs output values in order of priority")

    def ranks(found: Match) -> list[int]:
        return [rank(frame, output, value) for output, value in zip(outputs, found.values, strict=True)]

    return sorted(matches, key=ranks)


def _collected(
    aggregation: model.Aggregation, outputs: Sequence[Output], matches: Sequence[Match], frame: Frame
) -> Value:
    if aggregation == "":
        return [_value(outputs, found) for found in matches]
    if aggregation == "COUNT":
        return Decimal(len(matches))
    columns = zip(*(found.values for found in matches), strict=True)
    builtin = BUILTINS[aggregation.lower()]
    return shaped(outputs, [builtin.call(frame.run(), [list(column)], ()) for column in columns])
