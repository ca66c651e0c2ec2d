"""What can a decision give? The results of the tables beside a diagram, as far as they are fixed values.

DMN is loaded only where there are decisions: most diagrams are checked without.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pathways.feel.regions import Box, Incomparable, Ordered, Region, points
from pathways.files import read_file
from pathways.rules.conditions import fixed_value

if TYPE_CHECKING:
    from pathways.dmn.model import Decision

_ONE_RULE = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY"})


def decided_values(folder: Path) -> Mapping[str, Box]:
    """By id, what the decisions of a folder give: under "" the value itself, else by the name of the result column."""
    paths = sorted(folder.glob("*.dmn"))
    if not paths:
        return {}
    from pathways.dmn import read_decisions

    found: dict[str, Box] = {}
    for path in paths:
        source = read_file(path)
        reading = read_decisions(source, file=str(path)) if isinstance(source, bytes) else None
        for decision in reading.decisions.decisions if reading and reading.decisions else ():
            found[decision.id] = dict(_results(decision))
    return found


def _results(decision: "Decision") -> Iterator[tuple[str, Region]]:
    from pathways.dmn.model import DecisionTable

    table = decision.logic
    if not isinstance(table, DecisionTable) or table.hit_policy not in _ONE_RULE:
        return
    for number, column in enumerate(table.outputs):
        texts = [rule.outputs[number].text for rule in table.rules]
        region = _fixed([*texts, column.default.text] if column.default else texts)
        if region:
            yield "" if len(table.outputs) == 1 else column.name, region


def _fixed(texts: list[str]) -> Region | None:
    values: list[Ordered] = [value for value in map(fixed_value, texts) if value is not None]
    try:
        return points(values) if len(values) == len(texts) else None
    except Incomparable:
        return None
