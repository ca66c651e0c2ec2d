"""What does `pathways simulate` print when nothing can run? One JSON object, exit status 2, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.simulate import REFUSED, main

DIAGRAM = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">'
    '<process id="{id}" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="{to}"/>'
    '<endEvent id="e"/>{more}</process></definitions>'
)
CALL = '<callActivity id="c" calledElement="other"/><sequenceFlow id="g" sourceRef="c" targetRef="e"/>'


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.bpmn"
    path.write_text(DIAGRAM.format(id="p", to="e", more=""))
    return path


def _printed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    printed: dict[str, object] = json.loads(capsys.readouterr().out)
    return printed


WRONG = {
    "no such file": (["gone.bpmn"], "no-file"),
    "a folder": (["."], "no-file"),
    "variables that are no JSON": (["good.bpmn", "--variables", "{x"], "variables"),
    "variables that are a list": (["good.bpmn", "--variables", "[]"], "variables"),
    "variables that are no number": (["good.bpmn", "--variables", '{"x": NaN}'], "variables"),
    "variables without end": (["good.bpmn", "--variables", "[" * 100_000], "variables"),
    "no such script": (["good.bpmn", "--script", "gone.json"], "no-file"),
    "a script that is no JSON": (["good.bpmn", "--script", "good.bpmn"], "script"),
    "a script that is no list": (["good.bpmn", "--script", "object.json"], "script"),
    "a process that is not there": (["good.bpmn", "--process", "q"], "unknown-process"),
    "no time": (["good.bpmn", "--until", "soon"], "until"),
    "an unknown option": (["good.bpmn", "--fast"], "usage"),
    "no file at all": ([], "usage"),
    "a called file that is refused": (["good.bpmn", "--with", "object.json"], "not-bpmn"),
}


@pytest.mark.parametrize(("arguments", "rule"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_started_is_refused_in_json(arguments, rule, good, monkeypatch, capsys):
    monkeypatch.chdir(good.parent)
    Path("object.json").write_text("{}")
    assert main([*arguments, "--json"]) == REFUSED
    printed = _printed(capsys)
    assert printed["status"] == "refused"
    (finding,) = printed["findings"]
    assert finding["rule"] == rule
    assert {"rule", "element", "line", "message"} <= finding.keys()


def test_a_file_that_is_refused_says_element_and_line(tmp_path, capsys):
    path = tmp_path / "bad.bpmn"
    path.write_text(DIAGRAM.format(id="p", to="gone", more=""))
    assert main([str(path)]) == REFUSED
    findings = _printed(capsys)["findings"]
    assert [(finding["rule"], finding["element"], finding["line"]) for finding in findings] == [
        ("dangling-flow", "f", 1)
    ]


def test_an_error_of_our_own_is_told_with_its_place_and_no_traceback(good, monkeypatch, capsys):
    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr("cli.simulate.headless.simulate", broken)
    assert main([str(good)]) == REFUSED
    (finding,) = _printed(capsys)["findings"]
    assert finding["rule"] == "engine-defect"
    assert "test_simulate.py" in finding["message"]


def test_only_the_files_with_called_processes_are_read(tmp_path, capsys):
    caller = tmp_path / "caller.bpmn"
    caller.write_text(DIAGRAM.format(id="p", to="c", more=CALL))
    (tmp_path / "called.bpmn").write_text(DIAGRAM.format(id="other", to="e", more=""))
    (tmp_path / "broken.bpmn").write_text("other, but not XML")
    assert main([str(caller), "--auto"]) == 0
    printed = _printed(capsys)
    assert (printed["status"], printed["ended"]) == ("completed", ["e", "e"])


def test_check_and_simulate_start_without_the_rest_of_the_product(good):
    heavy = ("typer", "temporalio", "sqlmodel", "sqlalchemy", "fastapi", "lxml", "yaml")
    for command in ("check", "simulate"):
        code = (
            f"import sys; sys.argv = ['pathways', {command!r}, {str(good)!r}, '--json']; import cli\n"
            "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
            f"sys.stderr.write(' '.join(name for name in {heavy!r} if name in sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stderr == "", command
        json.loads(done.stdout)
