"""Does docs/designing-pathways.md keep its promise? Its pathway is published and run, its commands work."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from pathways.bpmn.model import Definition
from pathways.patient_texts import step_reason, step_text
from pathways.picture import render_svg
from tests.library import definitions, published_beside_it
from tests.templates.applier import templates
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/designing-pathways.md"
FOLDER = ROOT / "docs/designing/valve_dental_check"
KEY = FOLDER.name
CASES = read_cases((FOLDER / "cases.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def published() -> Mapping[str, Definition]:
    """The guide's pathway, published with the library."""
    (made,) = published_beside_it(FOLDER)
    assert [finding for finding in made.findings if finding.severity != "info"] == []
    return definitions() | {made.key: made.definition}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_the_guides_pathway_runs(case: Case, published: Mapping[str, Definition]) -> None:
    await play_on_engine(case, Simulation(published), KEY)


def test_the_guides_pathway_is_drawn_with_every_template() -> None:
    drawn = re.findall(r'modelerTemplate="([^"]+)"', (FOLDER / "pathway.bpmn").read_text(encoding="utf-8"))
    assert set(drawn) == {template["id"] for template in templates().values()}


def test_the_picture_is_the_diagrams_own() -> None:
    assert (FOLDER / "picture.svg").read_text() == render_svg((FOLDER / "pathway.bpmn").read_bytes())


def test_every_picture_and_file_that_the_guide_names_is_there() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    named = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len([link for link in named if link.endswith(".png")]) == 7
    assert [link for link in named if not (GUIDE.parent / link).exists()] == []


def test_the_guide_says_where_each_template_is_used() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [each["name"] for each in templates().values() if f"**{each['name']}**" not in text] == []


def commands() -> list[str]:
    """The commands of the guide that need nothing to run; the others (```bash) are run by tests/e2e."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [command for line in lines if (command := line.partition(" #")[0].strip())]


def test_every_command_of_the_guide_works(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs/designing", tmp_path / "docs/designing")
    (tmp_path / "pathways").symlink_to(ROOT / "pathways")
    can_draft = find_spec("bpmn_python") and find_spec("bpmn_io")
    seen = {}
    for line in commands():
        if "jaw_pain" in line and not can_draft:
            continue  # tests/cli/test_draft.py says what is missing
        words = shlex.split(line)
        command = [sys.executable, "-m", "cli", *words[1:]] if words[0] == "pathways" else words
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
        assert done.returncode == (1 if "diff" in words else 0), f"{line}\n{done.stdout}{done.stderr}"
        seen[words[1]] = done.stdout
    assert json.loads(seen["simulate"])["status"] == "completed"
    assert json.loads(seen["simulate"])["variables"]["way"] == "clear"
    assert "P3D" in seen["diff"]
    assert "P2D" in seen["diff"]


def test_the_patient_of_the_guides_pathway_reads_what_is_done_and_why(published: Mapping[str, Definition]) -> None:
    steps = published[KEY].nodes
    told = [node.id for node in steps.values() if step_text(published[KEY], node, "en")]
    assert told == ["assess", "opg", "treat", "confer", "review"]
    assert [each for each in told if step_reason(published[KEY], steps[each], "de")] == ["assess", "opg", "treat"]
