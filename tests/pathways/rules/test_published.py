"""What do our rules say about a pathway folder?"""

import pytest

from pathways.bundle import read_bundle
from pathways.check import check_files
from pathways.ladders import library_calendars, library_ladders
from pathways.rules.published import published_findings
from tests.pathways.bpmn.diagrams import START, chain, document, extended
from tests.pathways.rules.pieces import CALLED, MESSAGE, catch, decide, given, notifying

SPREAD = given("=true", "spread")


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


TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    '<decision id="way" name="Way"><variable name="Way"/><decisionTable id="t" hitPolicy="UNIQUE">'
    '<input id="i"><inputExpression id="e" typeRef="number"><text>age</text></inputExpression></input>'
    '<output id="o" name="way"/>{}</decisionTable></decision></definitions>'
)
ROW = (
    '<rule id="r{0}"><inputEntry id="i{0}"><text>{1}</text></inputEntry>'
    '<outputEntry id="o{0}"><text>{0}</text></outputEntry></rule>'
)


def test_a_decision_that_is_null_where_its_rules_overlap_forbids_publication(tmp_path):
    overlapping = TABLE.format(ROW.format(1, "&lt; 18") + ROW.format(2, "[10..20]"))
    (tmp_path / "way.dmn").write_text(overlapping)
    assert graver(tmp_path, catch(MESSAGE)) == {"silent-wait", "dmn-rules-overlap"}
    (tmp_path / "way.dmn").write_text(TABLE.format(ROW.format(1, "&lt; 18") + ROW.format(2, "&gt;= 18")))
    assert graver(tmp_path, catch(MESSAGE)) == {"silent-wait"}
    assert len(check_files([tmp_path])) == len(set(check_files([tmp_path])))


def test_the_fields_of_a_template_are_read_in_a_draft_of_bpmn_too(tmp_path):
    drawn = document(notifying("We have booked your appointment.")).replace(b"/20100524/MODEL", b"/20200524/MODEL")
    (tmp_path / "pathway.bpmn").write_bytes(drawn)
    found = {finding.rule for finding in check_files([tmp_path])}
    assert "draft-namespace" in found
    assert "template-field" not in found


def test_a_variable_that_a_decision_asks_for_a_letter_off_is_told(tmp_path):
    (tmp_path / "way.dmn").write_text(TABLE.format(ROW.format(1, "-")))
    asked = extended("businessRuleTask", "it", '<zeebe:calledDecision decisionId="way" resultVariable="way"/>')

    def told(written: str) -> list[str]:
        mapping = f'<zeebe:ioMapping><zeebe:output source="=1" target="{written}"/></zeebe:ioMapping>'
        (tmp_path / "pathway.bpmn").write_bytes(
            document(chain(extended("task", "before", mapping), asked, names=("before", "it")))
        )
        return [
            f"{found.element}: {found.remedy}" for found in check_files([tmp_path]) if found.rule == "misspelt-variable"
        ]

    (tmp_path / "way.dmn").write_text((tmp_path / "way.dmn").read_text().replace(">age<", ">teeth_to_treat<"))
    assert told("teeth_to_treat") == []
    (said,) = told("teeth_totreat")
    assert said.startswith("it: Did you mean 'teeth_totreat'?")


CASES = """
- id: one
  start: {age_at_start: 40}
  steps:
    - {message: report, correlationKey: K, variables: {size_mm: 3}}
    - {message: elsewhere, correlationKey: K, variables: {weight: 3}}
    - {complete: worked, variables: {grade: 2}}
    - expect: {variables: {margin: clear}}
"""


def test_what_a_decision_asks_for_is_set_by_the_diagram_or_brought_by_an_example_case(tmp_path):
    asked = '<zeebe:calledDecision decisionId="way" resultVariable="way"/>'
    steps = (
        extended("serviceTask", "worked", '<zeebe:taskDefinition type="notify"/>'),
        extended("intermediateCatchEvent", "came", inside=MESSAGE),
        extended("businessRuleTask", "it", asked),
    )
    (tmp_path / "pathway.bpmn").write_bytes(document(chain(*steps, names=("worked", "came", "it"))))

    def told(name: str) -> list[str]:
        (tmp_path / "way.dmn").write_text(TABLE.format(ROW.format(1, "-")).replace(">age<", f">{name}<"))
        found = [each for each in check_files([tmp_path]) if each.rule == "unset-variable"]
        return [each.message for each in found if name in each.message]

    names = ("age_at_start", "size_mm", "weight", "grade", "margin", "priority", "case_id")
    assert [name for name in names if not told(name)] == ["priority", "case_id"]
    assert told("weight")[0].startswith("The decision 'way' in way.dmn reads 'weight' (`weight`)")
    (tmp_path / "cases.yaml").write_text(CASES)
    assert [name for name in names if told(name)] == ["weight", "margin"]


def test_a_variable_that_a_caller_beside_it_gives_is_no_finding(tmp_path):
    called, caller = tmp_path / "called", tmp_path / "caller"
    for folder in (called, caller):
        folder.mkdir()
    (called / "pathway.bpmn").write_bytes(document(decide("spread = true", default=True)))
    assert "unset-variable" in {found.rule for found in check_files([called])}
    call = extended("callActivity", "it", CALLED.replace('"q"', '"p"') + f"<zeebe:ioMapping>{SPREAD}</zeebe:ioMapping>")
    (caller / "pathway.bpmn").write_bytes(
        document(chain(call, names=("it",))).replace(b'process id="p"', b'process id="c"')
    )
    assert "unset-variable" not in {found.rule for found in check_files([called])}


def test_a_process_id_that_a_folder_beside_it_has_is_told(tmp_path):
    def told(other: bytes) -> list[str]:
        for name, source in (("one", document(chain(names=()))), ("other", other)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "pathway.bpmn").write_bytes(source)
        found = [each for each in check_files([tmp_path / "one"]) if each.rule == "same-process"]
        assert all(each.line and each.remedy for each in found)
        return [each.message for each in found]

    assert told(document(chain(names=()))) == []
    (said,) = told(document(chain(names=())).replace(b'name="P"', b'name="Imaging"'))
    assert "is that of 'Imaging' in" in said
