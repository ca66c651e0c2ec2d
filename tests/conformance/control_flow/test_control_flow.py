"""Does `pathways simulate` run control flow as BPMN 2.0.2 and the contract say?

The expectations come from the standard and the contract, not from what the engine does. Where the contract leaves
something open, the case allows each reading and says so.
Each case is also written in other ways (nodes and flows turned over, with a prefix and without flow ids,
as modelers write it): nothing may change.
"""

from pathlib import Path

import pytest

from tests.conformance.control_flow.expectation import differences
from tests.conformance.control_flow.running import CASES, TABLES, arguments, as_command, in_process
from tests.conformance.control_flow.variants import WAYS

REWRITTEN = [
    name
    for table, cases in TABLES.items()
    if table not in ("feel", "values")
    for name in cases
    if not CASES[name].as_written
]
"""Expressions do not change with the diagram around them: their cases are written once."""


def _named(name: str) -> str:
    return name.replace(" ", "-")


def test_no_sentence_stands_in_two_tables() -> None:
    assert len(CASES) == sum(len(table) for table in TABLES.values())


@pytest.mark.parametrize("name", CASES, ids=_named)
def test_a_case_runs_as_the_standard_says(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert not differences(case, *in_process(arguments(case, tmp_path)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", REWRITTEN, ids=_named)
def test_a_case_runs_the_same_however_it_is_written(name: str, way: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert not differences(case, *in_process(arguments(case, tmp_path, WAYS[way])))


@pytest.mark.parametrize("name", [next(iter(table)) for table in TABLES.values()], ids=_named)
def test_the_installed_command_gives_the_same(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    assert not differences(case, *as_command(arguments(case, tmp_path)))
