"""Does docs/bpmn-support.md say what the engine does? The table is made of the golden cases that run here."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from pathways.bpmn.support import ROWS
from tests.golden.coverage import features_shown, rows_proved, table
from tests.golden.test_golden import CASES, name_of, read, run
from workflows.engine.registry import BEHAVIOURS

DOCUMENT = Path(__file__).parents[2] / "docs" / "bpmn-support.md"


@pytest.fixture(scope="module")
def proofs() -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for case in CASES:
        definition = read(case.with_suffix(".bpmn"))
        trace = run(case.with_suffix(".bpmn"), json.loads(case.read_text()))["trace"]
        for row in rows_proved(definition, trace):
            found[row].append(name_of(case))
    return dict(found)


def test_every_executed_row_has_a_case_that_executes_it(proofs: dict[str, list[str]]) -> None:
    executed = {row.id for row in ROWS.values() if row.status == "executed"}
    assert executed - proofs.keys() == set()


def test_nothing_runs_that_the_table_does_not_call_executed(proofs: dict[str, list[str]]) -> None:
    executed = {row.id for row in ROWS.values() if row.status == "executed"}
    assert proofs.keys() - executed == set()


def test_there_are_the_72_rows_of_the_contract() -> None:
    assert sum(row.counted for row in ROWS.values()) == 72


def test_every_type_of_flow_node_has_a_module_that_runs_it() -> None:
    from typing import get_args

    from pathways.bpmn.model import NodeType

    assert set(BEHAVIOURS) == set(get_args(NodeType))


def test_the_document_is_current(proofs: dict[str, list[str]], golden_update: bool) -> None:
    features: defaultdict[str, list[str]] = defaultdict(list)
    for case in CASES:
        for name in features_shown(case.with_suffix(".bpmn")):
            features[name].append(name_of(case))
    text = table(proofs, features)
    if golden_update:
        DOCUMENT.write_text(text)
    assert DOCUMENT.read_text() == text, "run: pytest tests/golden --golden-update"
