"""How is a decision table evaluated? Inputs, matching rules, outputs; the hit policy then decides (DMN 1.5 §8.2).

The matched rules are recorded for every table that runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathways.dmn import model
from pathways.dmn.frame import Code, Frame
from pathways.dmn.hit_policies import Match, decide, without_match
from pathways.dmn.outputs import INPUT, Output, compiled_output, rank, shaped
from pathways.dmn.result import MatchedRules
from pathways.feel import Expression
from pathways.feel.run import Run
from pathways.feel.values import NoValue, Value
from pathways.feel.writing import to_json

if TYPE_CHECKING:
    from pathways.dmn.boxed import Compiler

_Cell = Expression | str | None
"""A compiled cell: a test, the reason why it is none, or nothing when everything passes."""


@dataclass(frozen=True, slots=True)
class _Column:
    """An input: its code, the type it asks for, and the values that may come."""

    clause: model.InputClause
    code: Code
    allowed: _Cell


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule: its tests and its output codes."""

    rule: model.Rule
    tests: tuple[_Cell, ...]
    outputs: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A decision table ready to run."""

    owner: str
    table: model.DecisionTable
    columns: tuple[_Column, ...]
    outputs: tuple[Output, ...]
    rows: tuple[_Row, ...]

    def evaluate(self, frame: Frame) -> Value:
        """The value of the table, null with a warning where there is none."""
        try:
            inputs = [_input(frame, column) for column in self.columns]
            matches = self._matches(frame, inputs)
            self._record(frame, inputs, matches)
            return self._decided(frame, matches)
        except NoValue as reason:
            return frame.missing(f"table '{self.owner}': {reason}")

    def _matches(self, frame: Frame, inputs: Sequence[Value]) -> list[Match]:
        runs = [frame.run({INPUT: value}) for value in inputs]
        matches: list[Match] = []
        for number, row in enumerate(self.rows, 1):
            frame.desk.root.spend(1 + len(runs) // 4)
            if _matches(frame, row, runs):
                if len(row.outputs) != len(self.outputs):
                    raise NoValue(f"rule {number} does not give one value for each output")
                values = [self._output(frame, *pair) for pair in zip(self.outputs, row.outputs, strict=True)]
                matches.append(Match(number, row.rule.id, values))
                if self.table.hit_policy == "FIRST":
                    break
        return matches

    def _output(self, frame: Frame, output: Output, code: Code) -> Value:
        clause = output.clause
        value = frame.suited(code(frame), clause.type_ref, f"output '{clause.name or self.owner}'")
        if output.ranks and value is not None and rank(frame, output, value) == len(output.ranks):
            raise NoValue(f"output '{clause.name or self.owner}' is none of the output values {output.values}")
        return value

    def _decided(self, frame: Frame, matches: list[Match]) -> Value:
        if matches:
            return decide(self.table, self.outputs, matches, frame)
        defaults = [output.default for output in self.outputs if output.default is not None]
        if not defaults:
            return without_match(self.table)
        values = [None if output.default is None else output.default(frame) for output in self.outputs]
        pairs = zip(self.outputs, values, strict=True)
        fitted = [frame.suited(value, output.clause.type_ref, "the default output") for output, value in pairs]
        return shaped(self.outputs, fitted)

    def _record(self, frame: Frame, inputs: Sequence[Value], matches: Sequence[Match]) -> None:
        labels = [column.clause.label for column in self.columns]
        frame.desk.matched.append(
            MatchedRules(
                owner=self.owner,
                table=self.table.id,
                hit_policy=f"{self.table.hit_policy} {self.table.aggregation}".strip(),
                rules=tuple(match.number for match in matches),
                rule_ids=tuple(match.id for match in matches),
                inputs=tuple(zip(labels, map(to_json, inputs), strict=True)),
                outputs=tuple(to_json(shaped(self.outputs, match.values)) for match in matches),
            )
        )


def _input(frame: Frame, column: _Column) -> Value:
    clause = column.clause
    value = frame.suited(column.code(frame), clause.expression.type_ref, f"input '{clause.label}'")
    if value is None or column.allowed is None or isinstance(column.allowed, str):
        return value
    if column.allowed.value_in(frame.run({INPUT: value})) is not True:
        raise NoValue(f"input '{clause.label}' is none of its input values")
    return value


def _matches(frame: Frame, row: _Row, runs: Sequence[Run]) -> bool:
    for test, run in zip(row.tests, runs, strict=False):
        if isinstance(test, str):
            frame.missing(test)
            return False
        if test is not None and test.value_in(run) is not True:
            return False
    return True


def compile_table(compiler: Compiler, table: model.DecisionTable, names: frozenset[str]) -> Code:
    """The code of a decision table."""
    outputs = tuple(compiled_output(compiler, table, clause, names) for clause in table.outputs)
    columns = tuple(
        _Column(clause, compiler.compile(clause.expression, names), _allowed(compiler, clause.values, names))
        for clause in table.inputs
    )
    rows = tuple(
        _Row(
            rule,
            tuple(compiler.test(test, names) for test in rule.tests),
            tuple(_output_entry(compiler, entry, names) for entry in rule.outputs),
        )
        for rule in table.rules
    )
    return CompiledTable(compiler.owner, table, columns, outputs, rows).evaluate


def _output_entry(compiler: Compiler, entry: model.LiteralExpression, names: frozenset[str]) -> Code:
    return compiler.compile(entry, names) if entry.text not in ("", "-") else lambda _frame: None


def _allowed(compiler: Compiler, values: model.Text | None, names: frozenset[str]) -> _Cell:
    return None if values is None else compiler.test(values, names)
