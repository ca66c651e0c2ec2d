"""Which decision does a published pathway call? The one that was beside its diagram, pinned with its version."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pathways import codec
from pathways.bpmn.findings import DefinitionError
from pathways.bpmn.model import Definition
from pathways.catalogue import publish
from workflows.engine.events import Started
from workflows.engine.step import step

HERE = Path(__file__).parent
CASE = HERE.parent / "golden" / "business_rule_task" / "decision"


def folder_with(root: Path, *, decision: str | None) -> Path:
    folder = root / "pathway"
    folder.mkdir(exist_ok=True)
    (folder / "pathway.bpmn").write_text(CASE.with_suffix(".bpmn").read_text())
    for old in folder.glob("*.dmn"):
        old.unlink()
    if decision is not None:
        (folder / "triage.dmn").write_text(decision)
    return folder


def test_a_published_pathway_decides_without_its_files(tmp_path: Path) -> None:
    """The definition travels as JSON, the folder is gone."""
    (publication,) = publish([folder_with(tmp_path, decision=CASE.with_suffix(".dmn").read_text())])
    definition = codec.load(Definition, codec.dump(publication.definition))
    result = step(definition, None, Started(datetime(2026, 1, 5, tzinfo=UTC), "case", {"age": 40}))
    ended = next(fact for fact in result.facts if fact.fact == "case_ended")
    assert ended.detail["variables"] == {"age": 40, "urgency": "routine"}


def test_another_rule_is_another_version(tmp_path: Path) -> None:
    text = CASE.with_suffix(".dmn").read_text()
    (one,) = publish([folder_with(tmp_path, decision=text)])
    (other,) = publish([folder_with(tmp_path, decision=text.replace("routine", "later"))])
    assert one.sha256 != other.sha256


@pytest.mark.parametrize(
    ("decision", "rule"), [(None, "missing-decision"), ("<definitions/>", "missing-decision"), ("<", "xml-syntax")]
)
def test_a_decision_that_is_missing_or_wrong_refuses_publication(
    tmp_path: Path, decision: str | None, rule: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        publish([folder_with(tmp_path, decision=decision)])
    assert rule in {finding.rule for finding in refused.value.findings}
