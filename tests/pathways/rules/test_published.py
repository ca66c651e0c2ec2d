"""What do our rules say about a pathway folder?"""

import pytest

from pathways.bundle import read_bundle
from pathways.check import check_files
from pathways.ladders import library_calendars, library_ladders
from pathways.rules.published import published_findings
from tests.pathways.bpmn.diagrams import START, chain, document
from tests.pathways.rules.pieces import MESSAGE, catch, notifying


def graver(folder, body):
    (folder / "pathway.bpmn").write_bytes(document(body))
    bundle = read_bundle(folder, ladders=library_ladders(), calendars=library_calendars())
    return {finding.rule for finding in published_findings(bundle) if finding.severity == "error"}


def test_a_silent_wait_forbids_publication(tmp_path):
    assert graver(tmp_path, catch(MESSAGE)) == {"silent-wait"}


def test_a_diagram_that_cannot_be_executed_is_left_to_the_reader(tmp_path):
    assert graver(tmp_path, catch(MESSAGE).replace(START, '<bpmn:startEvent id="other"/>')) == set()


REMARKS = {
    "a service task that names no type of work": ('<bpmn:serviceTask id="it" name="it"/>', "task-type"),
    "a signal event that names no signal": (
        '<bpmn:intermediateThrowEvent id="it" name="it"><bpmn:signalEventDefinition/></bpmn:intermediateThrowEvent>',
        "anonymous-event",
    ),
}


@pytest.mark.parametrize(("drawn", "rule"), REMARKS.values(), ids=REMARKS)
def test_what_runs_in_a_simulation_only_forbids_publication(tmp_path, drawn, rule):
    assert rule in graver(tmp_path, chain(drawn, names=("it",)))
    found = check_files([tmp_path])
    assert [finding.severity for finding in found if finding.rule == rule] == ["error"]
    draft = (tmp_path / "pathway.bpmn").rename(tmp_path / "draft.bpmn")
    assert [finding.severity for finding in check_files([draft]) if finding.rule == rule] == ["warning"]


def test_a_field_of_a_template_is_told_where_the_diagram_cannot_be_executed(tmp_path):
    drawn = notifying("").replace(START, '<bpmn:startEvent id="other"/>')
    assert "template-field" in graver(tmp_path, drawn)
    assert "template-field" in {finding.rule for finding in check_files([tmp_path])}
    draft = (tmp_path / "pathway.bpmn").rename(tmp_path / "draft.bpmn")
    assert "template-field" in {finding.rule for finding in check_files([draft])}
    draft.write_text("no diagram")
    assert {finding.rule for finding in check_files([draft])} == {"xml-syntax"}
