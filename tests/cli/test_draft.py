"""What does `pathways draft` make of a table, and what does bpmn-python, unlike us, see in our own diagrams?"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app, draft, draft_graph, simulate
from cli.draft_steps import DraftError, read_steps
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.bpmn.reading.xml import BPMN, parse
from pathways.check import check_files
from pathways.ladders import library_calendars, library_ladders
from tests.diagram_geometry import problems

LIBRARY = Path(__file__).parents[2] / "pathways/library"
PLAIN = [
    "acknowledge_result",
    "concern",
    "consent_withdrawn",
    "no_show",
    "patient_question",
    "seal_lifted",
    "treatment_date_moved",
]
"""Pathways without boundary events, event sub-processes and call activities: bpmn-python cannot load these."""
HEAD = "order,step,who,condition,due,ladder,ends\n"
TABLE = HEAD + (
    "0,Referral comes,,,,,\n"
    "1,Read the referral,ent_triage,,P2D,LAD-URGENT,\n"
    "2a,Book a visit,booking_office,yes,P5D,,\n"
    "2b,Write advice,ent_surgeon,no,,,\n"
    "3,Tell the dentist,coordinator,,P1D,LAD-RESULT,\n"
    "4a,goto 1,,=again = true,,,\n"
    "4b,Close,coordinator,else,,,\n"
    "5,Check the list,coordinator,,,,\n"
    '6a,Send the letter,"coordinator, booking_office",,,,\n'
    "6b,Archive,coordinator,,,,\n"
    "7,Closed,,,,,yes\n"
)
needs_extra = pytest.mark.skipif(
    find_spec("bpmn_python") is None or find_spec("bpmn_io") is None,
    reason=f"the extra is not installed: {draft.INSTALL}",
)


def drafted(table: Path) -> Result:
    return CliRunner().invoke(app.command_line("draft"), ["draft", str(table)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("bpmn_python") is None or find_spec("bpmn_io") is None:
        pytest.skip(f"the extra is not installed: {draft.INSTALL}")
    table = tmp_path_factory.mktemp("draft") / "jaw_pain.csv"
    table.write_text(TABLE, encoding="utf-8")
    result = drafted(table)
    assert result.exit_code == 0, result.output
    return table.with_suffix("")


@pytest.fixture(scope="module")
def definition(folder: Path) -> Definition:
    return read(folder / "pathway.bpmn")


def read(file: Path) -> Definition:
    reading = read_bpmn(file.read_bytes(), file=str(file), ladders=library_ladders(), calendars=library_calendars())
    assert reading.definition is not None, reading.findings
    return reading.definition


def test_a_draft_has_no_findings_but_what_its_table_asks_and_no_step_answers(folder: Path) -> None:
    (open_question,) = [finding for finding in check_files([folder]) if finding.severity != "info"]
    assert (open_question.rule, open_question.severity) == ("unset-variable", "warning")
    assert "`again = true`" in open_question.message


def test_a_step_becomes_a_task_with_roles_form_ladder_and_due_time(definition: Definition) -> None:
    node = definition.nodes["read_the_referral"]
    assert node.user is not None
    assert (node.user.candidate_groups, node.user.form_id) == ('"ent_triage"', '"jaw_pain.read_the_referral"')
    assert (node.ladder and node.ladder.name, node.expected_duration) == ("LAD-URGENT", '"P2D"')
    both = definition.nodes["send_the_letter"].user
    assert both is not None
    assert both.candidate_groups == '"coordinator,booking_office"'


def test_ways_part_and_join_as_the_orders_say(definition: Definition) -> None:
    kinds = {node.id: node.type for node in definition.nodes.values() if "Gateway" in node.type}
    assert kinds["split_read_the_referral"] == kinds["join_tell_the_dentist"] == "exclusiveGateway"
    assert kinds["split_check_the_list"] == kinds["join_closed"] == "parallelGateway"
    flows = {(flow.source, flow.target): flow.condition for flow in definition.flows.values()}
    assert flows["split_read_the_referral", "book_a_visit"] == 'read_the_referral_answer = "yes"'
    assert flows["split_tell_the_dentist", "read_the_referral"] == "again = true"
    assert definition.nodes["split_tell_the_dentist"].default == "split_tell_the_dentist_to_close"


def test_a_draft_is_drawn_as_a_careful_person_would(folder: Path) -> None:
    assert problems((folder / "pathway.bpmn").read_bytes()) == []


def test_whoever_does_a_step_has_a_lane_and_the_step_stands_in_it(folder: Path) -> None:
    root = parse((folder / "pathway.bpmn").read_bytes())
    lanes = {
        str(lane.get("name")): {ref.text for ref in lane.iter(f"{{{BPMN}}}flowNodeRef")}
        for lane in root.iter(f"{{{BPMN}}}lane")
    }
    assert list(lanes) == ["Ent triage", "Booking office", "Ent surgeon", "Coordinator", "Coordinator, booking office"]
    assert lanes["Ent triage"] == {"referral_comes", "read_the_referral", "split_read_the_referral"}
    assert "send_the_letter" in lanes["Coordinator, booking office"]
    assert sum(map(len, lanes.values())) == len(read(folder / "pathway.bpmn").nodes)


def test_a_draft_runs_to_its_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = {"read_the_referral_answer": "yes", "again": False}
    arguments = [str(folder / "pathway.bpmn"), "--auto", "--variables", json.dumps(answers)]
    assert simulate.main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "completed"


def test_a_draft_is_never_written_over(folder: Path) -> None:
    again = drafted(folder.with_suffix(".csv"))
    assert again.exit_code == 2
    assert "is there already" in again.output


@needs_extra
def test_an_order_that_makes_no_process_is_told_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "gap.csv"
    table.write_text(HEAD + "0,Comes,,,,,\n1,Read,gdp,,,,\n3,Tell,gdp,,,,\n4,Told,,,,,yes\n", encoding="utf-8")
    result = drafted(table)
    assert result.exit_code == 2
    assert f"{table}:3: The order of the steps makes no process" in result.output


SLIPS = {
    "step,who\nRead,gdp\n": "1: The column 'order' is missing.",
    "order,step,colour\n0,Comes,red\n": "1: The column 'colour' is not known.",
    f"{HEAD}0,Comes,,,,,\n1,Read,,,,,\n2,End,,,,,yes\n": "3: Nobody does 'Read'",
    f"{HEAD}0,Comes,,,,,\n1,Read,gdp,,5 days,,\n2,End,,,,,yes\n": "3: '5 days' is no ISO 8601 duration",
    f"{HEAD}0,Comes,,,,,\n1,Read,gdp,,,LAD-PURPLE,\n2,End,,,,,yes\n": "3: There is no ladder 'LAD-PURPLE'",
    f"{HEAD}0,Comes,,,,,\n1,Read,gdp,,,,\n1,Again,gdp,,,,\n2,End,,,,,yes\n": "4: The order 1 stands in line 3",
    f"{HEAD}0,Comes,,,,,\none,Read,gdp,,,,\n2,End,,,,,yes\n": "3: The order 'one' is none",
    f"{HEAD}0,Comes,,,,,\n1,goto 7,,,,,\n2,End,,,,,yes\n": "3: There is no step '7' to go to",
    f"{HEAD}1,Read,gdp,,,,\n2,End,,,,,yes\n": "1: Nothing begins",
    f"{HEAD}0,Comes,,,,,\n1,Read,gdp,,,,\n": "3: Nothing ends",
    f"{HEAD}0,Comes,,,,,\n1,Read,gdp,,,,\n2a,A,gdp,perhaps,,,\n": "4: The condition 'perhaps' cannot be decided",
    f"{HEAD}0,C,,,,,\n1,R,gdp,,,,\n2a,A,gdp,yes,,,\n2b,B,gdp,,,,\n3,E,,,,,yes\n": "5: Some ways that part here",
    f"{HEAD}0,C,,,,,\n1,R,gdp,,,,\n2a,A,gdp,yes,,,\n2b,B,gdp,=x,,,\n3,E,,,,,yes\n": "5: Of the ways 2a, 2b exactly",
    f"{HEAD}0,C,,,,,\n1a,A,gdp,yes,,,\n1b,B,gdp,no,,,\n2,E,,,,,yes\n": "3: Nobody can answer yes or no",
}


@pytest.mark.parametrize("text", SLIPS)
def test_a_slip_is_told_with_file_line_and_remedy(text: str, tmp_path: Path) -> None:
    table = tmp_path / "steps.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(DraftError) as slip:
        read_steps(table)
    assert str(slip.value).startswith(f"{table}:{SLIPS[text]}")


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(DraftError, match=r"no\.csv:0: The table cannot be read"):
        read_steps(tmp_path / "no.csv")


def test_without_the_extra_the_command_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(draft, "find_spec", lambda name: None)
    result = drafted(tmp_path / "steps.csv")
    assert result.exit_code == 2
    assert "pip install 'referral-pathways[bpmn-python]'" in result.output


def test_only_a_process_of_its_own_imports_bpmn_python() -> None:
    product = [
        path
        for name in ("pathways", "workflows", "activities", "records", "api", "interop", "policy", "cli")
        for path in (LIBRARY.parents[1] / name).rglob("*.py")
    ]
    naming = [path.name for path in product if "bpmn_python" in path.read_text(encoding="utf-8")]
    assert sorted(naming) == ["draft.py", "draft_graph.py"]


@needs_extra
def test_bpmn_python_finds_the_same_nodes_and_flows_as_our_reader() -> None:
    files = [LIBRARY / name / "pathway.bpmn" for name in PLAIN]
    command = [sys.executable, "-W", "ignore", str(draft_graph.__file__), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for file, graph in zip(files, json.loads(done.stdout), strict=True):
        ours = read(file)
        theirs = {node["id"]: node["type"] for node in graph["nodes"]}
        assert theirs == {node.id: node.type for node in ours.nodes.values()}, file
        flows = {each["id"]: (each["source"], each["target"]) for each in graph["flows"]}
        assert flows == {flow.id: (flow.source, flow.target) for flow in ours.flows.values()}, file
