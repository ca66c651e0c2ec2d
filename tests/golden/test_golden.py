"""Does every element run as BPMN 2.0.2 says? One diagram, one trace, one sentence per case.

A case is `<element>/<case>.bpmn` and `<element>/<case>.json`:

    given      what the case shows, as a sentence
    variables  of the process when it starts          processes  which start (default: the one with a none start)
    script     steps of `pathways simulate`           auto       complete every task, let time run
    trace      one line per fact (`trace.py`)         status, ended, waiting, left (variables): how it stands at the end

A `<element>/<case>.dmn` beside them holds the decisions that the diagram calls.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pathways.bpmn.findings import is_error
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.dmn.pinned import pin_all
from pathways.ladders import library_calendars, library_ladders
from tests.golden.trace import compact
from workflows.proof.headless import simulate

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.json"))
GIVEN = ("given", "variables", "processes", "script", "auto")


def name_of(case: Path) -> str:
    return case.relative_to(HERE).with_suffix("").as_posix()


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_golden(case: Path, golden_update: bool) -> None:
    golden = json.loads(case.read_text())
    now = outcome(case.with_suffix(".bpmn"), golden)
    if golden_update:
        case.write_text(as_text({**{key: golden[key] for key in GIVEN if key in golden}, **now}))
        return
    assert now == {key: value for key, value in golden.items() if key not in GIVEN}


def test_every_diagram_has_a_trace() -> None:
    assert [name_of(path) for path in sorted(HERE.glob("*/*.bpmn"))] == [name_of(case) for case in CASES]


def run(diagram: Path, golden: Mapping[str, Any]) -> dict[str, Any]:
    """Run the case as `pathways simulate` does."""
    return simulate(
        read(diagram),
        processes=golden.get("processes", ()),
        variables=golden.get("variables", {}),
        script=golden.get("script", ()),
        auto=golden.get("auto", False),
    )


def outcome(diagram: Path, golden: Mapping[str, Any]) -> dict[str, Any]:
    """Run the case and give what a golden file keeps of it."""
    result = run(diagram, golden)
    return {
        "trace": compact(result["trace"]),
        "status": result["status"],
        **({"reason": result["reason"]} if "reason" in result else {}),
        "ended": result["ended"],
        "waiting": [line["element"] for line in result["waiting"]],
        "left": json.loads(json.dumps(result["variables"])),
    }


def read(diagram: Path) -> Definition:
    source = diagram.read_bytes()
    reading = read_bpmn(source, file=diagram.name, ladders=library_ladders(), calendars=library_calendars())
    assert reading.definition is not None, reading.findings
    beside = diagram.with_suffix(".dmn")
    sources = {beside.name: beside.read_bytes()} if beside.exists() else {}
    decisions, findings = pin_all(sources, folder=diagram.parent)
    assert not any(map(is_error, findings)), findings
    return replace(reading.definition, decisions=decisions)


def as_text(golden: Mapping[str, Any]) -> str:
    """Write a case so that a person reads it: one line per trace line and script step, everything else on its own."""
    entries = [f"  {json.dumps(key)}: {_text(value)}" for key, value in golden.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _text(value: Any) -> str:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value or all(_short(v) for v in value):
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join(f"    {json.dumps(line, ensure_ascii=False)}" for line in value) + "\n  ]"


def _short(value: Any) -> bool:
    return isinstance(value, str) and " " not in value
