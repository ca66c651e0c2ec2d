"""Does a site change its times and limits in a table, and leave the diagram alone? Does a README name every row?"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pathways.bpmn.model import Definition
from pathways.bundle import read_bundle
from pathways.catalogue import library_folders
from pathways.dmn.pinned import decisions_in
from pathways.forms.submission import validate_form
from pathways.ladders import library_calendars, library_ladders
from tests.pathways.library.drawn import library
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Simulation

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LIBRARY = library_folders()[0].parent
CASE = """
- id: changed
  start: {referral_id: REF-1, patient_id: PAT-1}
  steps:
    - expect: {waiting: [screen], due: {screen: "2026-01-07T09:00:00+00:00"}}
"""


def of_site(folder: Path, name: str, table: str, old: str, new: str) -> Definition:
    """A pathway of the library with one value changed in one of its tables."""
    shutil.copytree(LIBRARY / name, folder / name)
    file = folder / name / table
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))
    bundle = read_bundle(folder / name, ladders=library_ladders(), calendars=library_calendars())
    assert bundle.definition is not None
    return bundle.definition


async def test_a_row_of_the_table_is_the_time_of_the_step(tmp_path: Path) -> None:
    screen = '<text>"screen"</text></outputEntry>\n        <outputEntry id="tmj_settings_1_2"><text>"P{}D"</text>'
    changed = of_site(tmp_path, "e_tmj_assessment", "tmj_settings.dmn", screen.format(5), screen.format(2))
    (case,) = read_cases(CASE)
    await play_on_engine(case, Simulation({"tmj_assessment": changed}), "tmj_assessment")


@pytest.mark.parametrize(("risk_high", "refused"), [(True, ["site"]), (False, [])])
def test_the_plan_of_a_child_at_high_risk_offers_no_site_without_picu(risk_high: bool, refused: list[str]) -> None:
    form = json.loads((LIBRARY / "h_paediatric_mouth_breathing" / "plan.form").read_text())
    local = {
        "plan": ["adenotonsillectomy"],
        "order": "Surgery first",
        "site": "local",
        "guardian_consent": True,
        "child_assent": "too_young",
    }
    errors = validate_form(form, local, now=NOW, variables={"risk_high": risk_high})
    assert [error.field for error in errors] == refused


def described() -> Iterator[tuple[str, str, str]]:
    """Folder, row and value of every table of times and limits in the library."""
    for drawn in library().values():
        for decisions in map(decisions_in, drawn.definition.decisions):
            for table in (
                each.id for each in decisions.decisions if each.id and each.id.endswith(("times", "settings"))
            ):
                rows = decisions.evaluate(table, {}, now=NOW).value
                assert isinstance(rows, list)
                pairs = [[str(cell) for cell in row.values()] for row in rows if isinstance(row, dict)]
                yield from ((drawn.folder.name, name, value) for name, value, *_ in pairs)


def test_the_readme_of_a_pathway_names_every_row_that_a_site_can_change_with_its_value() -> None:
    texts = {folder.name: (folder / "README.md").read_text() for folder in library_folders()}
    missing = [
        f"{folder}: {name} = {value}"
        for folder, name, value in described()
        if f"`{name}`" not in texts[folder] or value not in texts[folder]
    ]
    assert missing == []


def test_which_codes_are_malignant_stands_in_one_table() -> None:
    """What a first report means, an amended one, and one of a case that is over: a site edits it once."""
    root = LIBRARY.parents[1]
    places = [*root.glob("api/**/*.py"), *root.glob("policy/**/*.*"), *LIBRARY.rglob("*.bpmn"), *LIBRARY.rglob("*.dmn")]
    named = [path.name for path in places if path.is_file() and "363346000" in path.read_text(errors="ignore")]
    assert named == ["report_alert.dmn"]
