"""Is every row of the specification answered for, and does what is named there exist?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "domain-rows.md"
ROW = re.compile(r"^\| ([SH]\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
EXPECTED = (*(f"S{number}" for number in range(1, 134)), *(f"H{number}" for number in range(1, 21)))
NOWHERE = "–"


@dataclass(frozen=True)
class Row:
    """One row of the page: where it is met, and what proves it."""

    name: str
    state: str
    where: tuple[str, ...]
    proof: tuple[str, ...]


def rows() -> Iterator[Row]:
    for name, _, state, where, proof in ROW.findall(PAGE.read_text("utf-8")):
        yield Row(name, state.partition(":")[0].strip(), paths(where), paths(proof))


def paths(cell: str) -> tuple[str, ...]:
    named = tuple(re.findall(r"`([^`]+)`", cell))
    assert named or cell.strip() == NOWHERE, cell
    return named


def test_every_row_of_the_specification_is_answered_for_once() -> None:
    assert tuple(row.name for row in rows()) == EXPECTED


def test_everything_that_is_named_exists() -> None:
    named = [(row.name, each) for row in rows() for each in (*row.where, *row.proof)]
    assert [(name, each) for name, each in named if not (ROOT / each).exists()] == []


def test_what_is_met_names_where_and_a_proof_and_what_is_not_here_names_nothing() -> None:
    for row in rows():
        is_here = {"met": True, "half": True, "missing": False, "later": False}[row.state]
        assert (bool(row.where), bool(row.proof)) == (is_here, is_here), row.name
        assert all(each.startswith("tests/") or each.endswith("/cases.yaml") for each in row.proof), row.name
