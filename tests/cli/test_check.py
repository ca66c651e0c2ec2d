"""What does `pathways check` print, and with which exit status does it end?"""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from cli.check import main
from cli.simulate import main as simulate
from pathways import check

ROOT = Path(__file__).parents[2]
HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
)
WAIT = '<bpmn:receiveTask id="wait" name="Wait for the report" messageRef="m"/>'
MESSAGE = '<bpmn:message id="m" name="report"/>'


def diagram(body: str = WAIT, names: tuple[str, ...] = ("wait",), roots: str = MESSAGE) -> str:
    path = ("start", *names, "end")
    flows = "".join(f'<bpmn:sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(path))
    return (
        f'{HEAD}{roots}\n<bpmn:process id="p" name="P" isExecutable="true"><bpmn:startEvent id="start"/>\n'
        f'{body}\n<bpmn:endEvent id="end"/>{flows}</bpmn:process></bpmn:definitions>'
    )


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    status = main([str(argument) for argument in arguments])
    return status, capsys.readouterr().out


def test_a_draft_that_can_run_ends_with_0_and_says_what_forbids_publication(tmp_path, capsys):
    (tmp_path / "draft.bpmn").write_text(diagram())
    status, text = printed(capsys, tmp_path / "draft.bpmn")
    assert status == 0
    assert f"{tmp_path}/draft.bpmn:3: warning silent-wait [wait]: 'Wait for the report' may wait for ever" in text
    assert text.splitlines()[-1] == "No errors in this draft: it runs; 2 findings would forbid publication."


def test_the_same_diagram_in_a_pathway_folder_is_refused(tmp_path, capsys):
    (tmp_path / "pathway.bpmn").write_text(diagram())
    status, text = printed(capsys, tmp_path)
    assert status == 2
    assert "error silent-wait [wait]" in text
    assert text.splitlines()[-1] == "2 errors: not publishable."


def test_a_diagram_that_cannot_run_is_refused(tmp_path, capsys):
    (tmp_path / "draft.bpmn").write_text(diagram().replace('targetRef="end"', 'targetRef="nowhere"'))
    status, text = printed(capsys, tmp_path / "draft.bpmn", "--json")
    assert status == 2
    (refusal,) = [finding for finding in json.loads(text) if finding["severity"] == "error"]
    assert (refusal["rule"], refusal["line"], refusal["element"]) == ("dangling-flow", 4, "wait_end")


def test_json_is_a_list_of_findings(tmp_path, capsys):
    (tmp_path / "draft.bpmn").write_text(diagram())
    _, text = printed(capsys, "--json", tmp_path / "draft.bpmn")
    keys = {"rule", "severity", "file", "line", "element", "message", "remedy"}
    assert all(finding.keys() == keys for finding in json.loads(text))


def test_sarif_names_the_tool_and_the_rules(tmp_path, capsys):
    (tmp_path / "draft.bpmn").write_text(diagram())
    status, text = printed(capsys, "--sarif", tmp_path / "draft.bpmn")
    (run,) = json.loads(text)["runs"]
    assert (status, run["tool"]["driver"]["name"]) == (0, "pathways check")
    assert {"silent-wait", "message-without-key"} <= {result["ruleId"] for result in run["results"]}


def test_folders_are_walked_and_forms_are_read(tmp_path, capsys):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.bpmn").write_text(diagram())
    (tmp_path / "deep" / "ask.form").write_text("[]")
    (tmp_path / "two.bpmn").write_text(diagram())
    status, text = printed(capsys, tmp_path, "--json")
    by_file = {Path(finding["file"]).name for finding in json.loads(text)}
    assert (status, by_file) == (2, {"one.bpmn", "two.bpmn", "ask.form"})


def test_a_form_beside_a_draft_says_what_its_variables_can_be(tmp_path, capsys):
    values = [{"value": "yes"}, {"value": "no"}]
    form = {"id": "ask", "components": [{"type": "radio", "key": "answer", "label": "Answer", "values": values}]}
    (tmp_path / "ask.form").write_text(json.dumps(form))
    task = (
        '<bpmn:userTask id="t" name="Ask"><bpmn:extensionElements><zeebe:formDefinition formId="ask"/>'
        '</bpmn:extensionElements></bpmn:userTask><bpmn:exclusiveGateway id="g" name="Answer?"/>'
        '<bpmn:sequenceFlow id="a" sourceRef="g" targetRef="end"><bpmn:conditionExpression>answer = "yes"'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    maybe = '<bpmn:conditionExpression>answer = "maybe"</bpmn:conditionExpression>'
    conditional = diagram(task, ("t", "g")).replace('targetRef="end"/>', f'targetRef="end">{maybe}</bpmn:sequenceFlow>')
    (tmp_path / "draft.bpmn").write_text(conditional)
    _, text = printed(capsys, tmp_path / "draft.bpmn")
    assert 'is true when answer is "no"' in text
    assert "`answer = \"maybe\"` behind 'Answer?' is never true" in text


def test_the_library_has_no_errors(capsys):
    status, text = printed(capsys, ROOT / "pathways" / "library", "--json")
    assert status == 0
    assert {finding["severity"] for finding in json.loads(text)} <= {"info"}


def table(*rules: str) -> str:
    drawn = "".join(
        f'<rule id="r{number}"><inputEntry id="i{number}"><text>{test}</text></inputEntry>'
        f'<outputEntry id="o{number}"><text>"{"yes" if number else "no"}"</text></outputEntry></rule>'
        for number, test in enumerate(rules)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
        '<decision id="answer" name="Answer"><variable name="Answer" typeRef="string"/>'
        '<decisionTable id="t" hitPolicy="UNIQUE"><input id="in"><inputExpression id="ie" typeRef="number">'
        f'<text>age</text></inputExpression></input><output id="out" name="answer" '
        f'typeRef="string"/>{drawn}</decisionTable></decision>'
        "</definitions>"
    )


def test_overlapping_and_missing_rules_of_a_decision_are_findings(tmp_path, capsys):
    (tmp_path / "answer.dmn").write_text(table("&lt; 18", "[10..20]"))
    _, text = printed(capsys, tmp_path / "answer.dmn", "--json")
    assert {finding["rule"] for finding in json.loads(text)} == {"dmn-rules-overlap", "dmn-rules-missing"}


def test_decisions_of_a_pathway_folder_are_checked_once(tmp_path, capsys):
    (tmp_path / "pathway.bpmn").write_text(diagram())
    (tmp_path / "answer.dmn").write_text(table("&lt; 18", "[10..").replace("</definitions>", ""))
    (tmp_path / "other.dmn").write_text(table("&lt; 18", "[10..20]"))
    _, text = printed(capsys, tmp_path, "--json")
    said = [(finding["file"], finding["rule"]) for finding in json.loads(text) if finding["file"].endswith(".dmn")]
    assert len(said) == len(set(said)) == 3


def test_a_decision_beside_a_draft_says_what_its_result_can_be(tmp_path, capsys):
    (tmp_path / "answer.dmn").write_text(table("&lt; 18", "&gt;= 18"))
    task = (
        '<bpmn:businessRuleTask id="t" name="Ask"><bpmn:extensionElements><zeebe:calledDecision decisionId="answer" '
        'resultVariable="answer"/></bpmn:extensionElements></bpmn:businessRuleTask>'
        '<bpmn:exclusiveGateway id="g" name="Answer?"/><bpmn:sequenceFlow id="a" sourceRef="g" targetRef="end">'
        '<bpmn:conditionExpression>answer = "yes"</bpmn:conditionExpression></bpmn:sequenceFlow>'
    )
    no = '<bpmn:conditionExpression>answer = "{}"</bpmn:conditionExpression></bpmn:sequenceFlow>'
    for value, rules in (("no", set()), ("other", {"conditions-leave-a-gap", "condition-never-true"})):
        decided = diagram(task, ("t", "g")).replace('targetRef="end"/>', f'targetRef="end">{no.format(value)}')
        (tmp_path / "draft.bpmn").write_text(decided)
        _, text = printed(capsys, tmp_path / "draft.bpmn", "--json")
        assert {finding["rule"] for finding in json.loads(text) if finding["severity"] == "warning"} == rules


def test_a_mistake_of_ours_over_one_file_hides_no_other(tmp_path, capsys, monkeypatch):
    real = check.read_bpmn
    monkeypatch.setattr(
        check, "read_bpmn", lambda source, **given: 1 / 0 if b"bad" in source else real(source, **given)
    )
    (tmp_path / "a.bpmn").write_text(diagram().replace("Wait for", "bad"))
    (tmp_path / "b.bpmn").write_text(diagram())
    status, text = printed(capsys, tmp_path, "--json")
    found = {(Path(finding["file"]).name, finding["rule"]) for finding in json.loads(text)}
    assert status == 2
    assert {("a.bpmn", "engine-defect"), ("b.bpmn", "silent-wait")} <= found


def test_simulate_asks_none_of_our_rules():
    code = "import cli.simulate, sys; print([name for name in sys.modules if name.startswith('pathways.rules')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_draft_with_every_doubt_is_simulated_all_the_same(tmp_path, capsys):
    (tmp_path / "draft.bpmn").write_text(diagram())
    assert simulate([str(tmp_path / "draft.bpmn")]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "waiting"
