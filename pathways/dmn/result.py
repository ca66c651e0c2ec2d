"""What came of evaluating a decision? The value, why parts of it are null, and what was read and matched on the way."""

from __future__ import annotations

from dataclasses import dataclass

from pathways.feel.values import Json, Value


@dataclass(frozen=True, slots=True)
class MatchedRules:
    """One decision table that was evaluated: the rules that matched, what they were tested on, what they gave.

    `owner` names the decision or knowledge model the table belongs to; rules count from 1; no rules: the default.
    """

    owner: str
    table: str
    hit_policy: str
    rules: tuple[int, ...]
    rule_ids: tuple[str, ...]
    inputs: tuple[tuple[str, Json], ...]
    outputs: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that was made: the values it needed, by name, and the value it gave."""

    decision: str
    name: str
    inputs: tuple[tuple[str, Json], ...]
    value: Json


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The value of the decision that was asked for; `decided` and `matched` are in the order of evaluation."""

    value: Value
    warnings: tuple[str, ...] = ()
    matched: tuple[MatchedRules, ...] = ()
    decided: tuple[Decided, ...] = ()
