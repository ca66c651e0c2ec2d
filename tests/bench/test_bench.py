"""Does the benchmark measure what it says? A tiny run of our side; no time is asserted."""

from pathlib import Path

import pytest

from bench.__main__ import main
from bench.drawing import BPMN_ENGINE, OURS, SPIFF, Dialect
from bench.engines import ours
from bench.processes import Process, fork, forks, graph, linear, loop, multi_instance, nested
from pathways.bpmn.reader import read_bpmn

SMALL = (linear(30, 5), fork(3), multi_instance(4), graph(42, 2), forks(42, 2), nested(2))
HOLDER = 1
"""The activation that holds the instances of a multi-instance activity is ours alone."""


@pytest.mark.parametrize("process", SMALL, ids=lambda process: process.name)
def test_a_case_visits_and_waits_as_often_as_the_table_divides_by(process: Process, tmp_path: Path) -> None:
    file = tmp_path / "measured.bpmn"
    file.write_text(process.bpmn(OURS), "utf-8")
    answer = ours.run(file=str(file), variables=process.variables, saved=True)
    assert answer["completed"]
    assert answer["waits"] == process.waits
    assert answer["activated"] - (HOLDER if process.name.startswith("items") else 0) == process.visits
    assert len(answer["sizes"]) == process.waits + 1


def test_two_runs_save_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "measured.bpmn"
    file.write_text(fork(5).bpmn(OURS), "utf-8")
    digests = {ours.run(file=str(file), variables={}, saved=True)["digest"] for _ in range(2)}
    assert len(digests) == 1


def test_a_long_run_saves_as_many_bytes_as_a_short_one(tmp_path: Path) -> None:
    file = tmp_path / "loop.bpmn"
    file.write_text(loop().bpmn(OURS), "utf-8")
    short, long = (ours.rounds(file=str(file), variables={"yes": True}, count=n, window=2) for n in (10, 300))
    assert long["sizes"][-1] - short["sizes"][-1] < 20


@pytest.mark.parametrize("dialect", [OURS, SPIFF, BPMN_ENGINE], ids=lambda dialect: dialect.name)
def test_every_dialect_is_drawn_with_the_same_nodes_and_flows(dialect: Dialect) -> None:
    drawn, expected = graph(42, 2).bpmn(dialect), graph(42, 2).bpmn(OURS)
    assert drawn.count(" id=") == expected.count(" id=")
    assert dialect.condition.format(name="yes") in drawn


def test_a_process_with_its_diagram_can_be_read() -> None:
    text = graph(42, 2).bpmn(OURS, diagram=True)
    assert text.count("<bpmndi:BPMNShape ") == 42
    assert read_bpmn(text.encode(), file="graph.bpmn", ladders={}, calendars={}).definition is not None


def test_a_tiny_run_of_our_side_writes_the_page(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    assert main(["--quick", "--only-ours", "--out", str(page)]) == 0
    text = page.read_text("utf-8")
    assert "| linear, 30 nodes, 5 user tasks | " in text
    assert (
        "| at least 10 times SpiffWorkflow's elements per second, saved at each wait | not measured | **no** |" in text
    )
    assert "fails:" not in text
