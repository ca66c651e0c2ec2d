"""Can the examples of docs/designing be begun from? Each is drawn with the templates, published and run by cases."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from pathways.bpmn.findings import Finding
from pathways.bpmn.model import Definition
from pathways.catalogue import library_folders
from pathways.check import check_files
from pathways.picture import render_svg
from tests.diagram_geometry import problems
from tests.library import definitions, published_beside_it
from tests.templates.applier import templates
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/designing-pathways.md"
NAMES = ("developmental_anomalies", "full_mouth_rehabilitation", "lichen_planus_recall")
FOLDERS = [ROOT / "docs/designing" / name for name in NAMES]
CASES = [
    pytest.param(folder.name, case, id=f"{folder.name}-{case.id}")
    for folder in FOLDERS
    for case in read_cases((folder / "cases.yaml").read_text(encoding="utf-8"))
]
every_example = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@pytest.fixture(scope="module")
def published() -> Mapping[str, Definition]:
    """The examples, published with the library."""
    return definitions() | {each.key: each.definition for each in published_beside_it(*FOLDERS)}


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """What is to be mended in the examples, checked with the library."""
    return [finding for finding in check_files([*FOLDERS, *library_folders()]) if finding.severity != "info"]


@every_example
def test_an_example_has_nothing_to_mend(folder: Path, findings: list[Finding]) -> None:
    assert [finding for finding in findings if Path(finding.file).parent == folder] == []


@pytest.mark.parametrize(("key", "case"), CASES)
async def test_an_example_runs(key: str, case: Case, published: Mapping[str, Definition]) -> None:
    await play_on_engine(case, Simulation(published), key)


@every_example
def test_an_example_is_drawn_with_our_templates_as_a_careful_person_would(folder: Path) -> None:
    source = (folder / "pathway.bpmn").read_bytes()
    tasks = re.findall(r"<bpmn:(?:userTask|serviceTask|callActivity|sendTask|task) [^>]*>", source.decode())
    ids = {template["id"] for template in templates().values()}
    assert {found[1] for task in tasks if (found := re.search(r'modelerTemplate="([^"]+)"', task))} <= ids
    assert all("modelerTemplate=" in task for task in tasks)
    assert list(problems(source)) == []
    assert (folder / "picture.svg").read_text(encoding="utf-8") == render_svg(source)


@every_example
def test_an_example_says_that_it_is_a_demo_and_stands_in_the_guide(folder: Path) -> None:
    assert "Demo template: clinical content needs local sign-off." in (folder / "pathway.bpmn").read_text("utf-8")
    assert f"designing/{folder.name}/" in GUIDE.read_text(encoding="utf-8")
