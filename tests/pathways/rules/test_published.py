"""What do our rules say about a pathway folder?"""

from pathways.bundle import read_bundle
from pathways.ladders import library_calendars, library_ladders
from pathways.rules.published import published_findings
from tests.pathways.bpmn.diagrams import START, document
from tests.pathways.rules.pieces import MESSAGE, catch


def graver(folder, body):
    (folder / "pathway.bpmn").write_bytes(document(body))
    bundle = read_bundle(folder, ladders=library_ladders(), calendars=library_calendars())
    return {finding.rule for finding in published_findings(bundle) if finding.severity == "error"}


def test_a_silent_wait_forbids_publication(tmp_path):
    assert graver(tmp_path, catch(MESSAGE)) == {"silent-wait"}


def test_a_diagram_that_cannot_be_executed_is_left_to_the_reader(tmp_path):
    assert graver(tmp_path, catch(MESSAGE).replace(START, '<bpmn:startEvent id="other"/>')) == set()
