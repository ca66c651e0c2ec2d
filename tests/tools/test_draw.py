"""Does the drawing tool draw as a careful person would, in a file that the engine's reader takes?"""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from lxml import etree

from pathways.bpmn.reading.xml import parse
from tests.diagram_geometry import problems, read_picture

DRAW = Path(__file__).parents[2] / "tools/draw"

EVERYTHING = """
from diagram import Diagram
diagram = d = Diagram("p", "Everything", version_tag="1.0.0", doc="All kinds.", properties={"calendar": "working"})
d.lane("a", "Asker"); d.lane("b", "Expert")
d.start("s", "Asked", ("a", 0), message="asked", key="=id")
d.user("u", "Read", ("a", 1), groups="expert", due="=now()", follow_up="=now()", priority=60, form="f",
       inputs={"x": "=1"}, outputs={"y": "=2"}, properties={"escalation": "LAD"})
d.boundary("late", "Late", on="u", timer="R3/PT1H", interrupting=False)
d.boundary("wrong", "Wrong", on="u", error="E1")
d.service("v", "Compute", ("b", 1), type="t", retries=2, headers={"h": "1"})
d.script("c", "Calculate", ("b", 2), "=1+1", "two")
d.rule("r", "Decide", ("b", 3), "decision", "result")
d.manual("m", "Carry", ("b", 4))
d.call("k", "Other", ("b", 5), "other", version_tag="1.0.0")
d.receive("w", "Wait", ("b", 6), message="came", key="=id")
d.xor("g", "Good?", ("a", 2)); d.parallel("fork", "", ("a", 3)); d.inclusive("some", "Some?", ("a", 4))
d.event_gateway("eg", "Which?", ("a", 5))
d.catch("t", "Later", ("a", 6), timer="date: =slot"); d.catch("msg", "Came", ("a", 6, 1), message="came", key="=id")
d.throw("esc", "Tell", ("a", 7), escalation="ESC")
sub = d.subprocess("inner", "Inner", ("a", 8)); sub.start("i1", "", 0); sub.end("i2", "", 1); sub.path("i1", "i2")
d.end("e1", "Failed", ("a", 9), error="E2"); d.end("e2", "Stop", ("a", 9, 1), terminate=True)
d.end("e3", "Told", ("b", 7)); d.note("Why this is so", on="m", at=("b", 4, 1))
d.path("s", "u", "g"); d.flow("g", "u", when="=bad", name="again"); d.flow("g", "fork", default=True)
d.path("fork", "some", "eg", "t", "esc", "inner", "e1"); d.path("eg", "msg", "e2")
d.path("late", "v"); d.path("wrong", "v", "c", "r", "m", "k", "w", "e3")
ev = d.event_subprocess("gone", "Gone"); ev.start("x1", "Gone", 0, message="gone", key="=id", interrupting=False)
ev.end("x2", "Over", 1); ev.path("x1", "x2")
"""


def drawn(spec: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, str(DRAW / "draw.py"), str(spec)], capture_output=True, check=False)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    spec = tmp_path_factory.mktemp("draw") / "everything.py"
    spec.write_text(EVERYTHING)
    result = drawn(spec)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout


def test_every_kind_of_element_is_drawn_without_a_flaw(everything: bytes) -> None:
    assert problems(everything) == []


def test_the_semantics_of_the_specification_are_in_the_file(everything: bytes) -> None:
    root = parse(everything)
    tags = {e.tag.rpartition("}")[2] for e in root.iter()}
    assert tags >= {"userTask", "taskSchedule", "priorityDefinition", "calledElement", "calledDecision", "script"}
    assert tags >= {"subscription", "taskHeaders", "ioMapping", "properties", "versionTag", "conditionExpression"}
    assert next(e for e in root.iter() if e.local == "timeCycle").text == "R3/PT1H"
    assert next(e for e in root.iter() if e.local == "timeDate").text == "=slot"


def test_the_example_is_drawn_without_a_flaw() -> None:
    result = drawn(DRAW / "examples/closed_loop_referral.py")
    assert problems(result.stdout) == []


def redrawn(file: Path, *cells: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DRAW / "redraw.py"), str(file), *map(str, cells)]
    return subprocess.run(command, capture_output=True, check=True, text=True)


def test_drawing_again_moves_what_it_is_told_and_keeps_the_semantics(everything: bytes, tmp_path: Path) -> None:
    file, cells = tmp_path / "p.bpmn", tmp_path / "cells.yaml"
    file.write_bytes(everything)
    cells.write_text("gap: 40\ncells: {e3: [8, 0]}\n")
    redrawn(file, cells)
    before, after = everything.decode(), file.read_text()
    assert after.partition("<bpmndi:")[0] == before.partition("<bpmndi:")[0]
    assert problems(after.encode()) == []
    shapes = read_picture(etree.fromstring(after.encode())).shapes
    assert shapes["e3"].x > shapes["k"].x + 200


def test_the_cells_of_a_drawing_are_those_of_its_specification(everything: bytes, tmp_path: Path) -> None:
    file = tmp_path / "p.bpmn"
    file.write_bytes(everything)
    now = yaml.safe_load(redrawn(file).stdout)
    assert now["lanes"] == ["a", "b"]
    assert now["cells"] | {"u": [1, 0], "v": [1, 0], "e2": [9, 1], "e3": [7, 0]} == now["cells"]
    assert now["bands"] == [["gone"]]


def test_a_lane_that_is_not_declared_is_named(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.py"
    spec.write_text(
        "from diagram import Diagram\nd = Diagram('p', 'P')\nd.lane('a', 'A')\nd.user('u', 'U', ('b', 1))\n"
    )
    assert "lane 'b', which is not declared" in drawn(spec).stderr.decode()
