"""What does the command say when it cannot start a run?"""

from pathlib import Path

import pytest

from tests.conformance.control_flow.diagrams import bpmn
from tests.conformance.control_flow.running import as_command, in_process

STRAIGHT = bpmn("start s\nend e\ns -> e")
REFUSED = {
    "start variables that are no JSON": ["case.bpmn", "--variables", "{x: 1"],
    "start variables that are a list": ["case.bpmn", "--variables", "[1]"],
    "a script that is no JSON": ["case.bpmn", "--script", "case.bpmn"],
    "a script that is not there": ["case.bpmn", "--script", "nowhere.json"],
    "a time limit that is no duration": ["case.bpmn", "--until", "soon"],
    "a file that is not there": ["nowhere.bpmn"],
    "a called file that is not there": ["case.bpmn", "--with", "nowhere.bpmn"],
    "an option that does not exist": ["case.bpmn", "--quickly"],
    "no file at all": [],
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=[name.replace(" ", "-") for name in REFUSED])
def test_what_cannot_start_is_refused_in_one_json_object(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "case.bpmn").write_text(STRAIGHT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    run, status = in_process([*given, "--json"])
    assert (status, run["status"]) == (2, "refused")
    assert {"rule", "element", "line", "message"} <= set(run["findings"][0])


def test_the_installed_command_exits_with_two_when_it_refuses(tmp_path: Path) -> None:
    run, status = as_command([str(tmp_path / "nowhere.bpmn"), "--json"])
    assert (status, run["status"]) == (2, "refused")


def test_a_finding_names_the_line_of_its_element(tmp_path: Path) -> None:
    text = bpmn("start s\ntask a\nend e\ns -> a -> e\na -> nobody")
    (tmp_path / "case.bpmn").write_text(text, encoding="utf-8")
    run, _ = in_process([str(tmp_path / "case.bpmn"), "--json"])
    line = 1 + next(number for number, line in enumerate(text.splitlines()) if 'id="a_nobody"' in line)
    assert line in [finding["line"] for finding in run["findings"]]


def test_every_fact_has_what_the_contract_lists(tmp_path: Path) -> None:
    (tmp_path / "case.bpmn").write_text(bpmn("start s\nuser a\nend e\ns -> a -> e"), encoding="utf-8")
    run, _ = in_process([str(tmp_path / "case.bpmn"), "--json", "--auto"])
    assert {"status", "trace", "waiting", "variables", "incidents", "ended"} <= set(run)
    assert all({"seq", "at", "fact", "element", "name", "type", "activation"} <= set(fact) for fact in run["trace"])
    assert [fact["seq"] for fact in run["trace"]] == sorted(fact["seq"] for fact in run["trace"])
    assert [fact["flow"] for fact in run["trace"] if "flow" in fact] == ["s_a", "a_e"]


def test_two_runs_of_one_file_print_the_same(tmp_path: Path) -> None:
    (tmp_path / "case.bpmn").write_text(bpmn("start s\nuser a b\nend e\ns -> a -> e\ns -> b -> e"), encoding="utf-8")
    given = [str(tmp_path / "case.bpmn"), "--json", "--auto"]
    assert in_process(given) == in_process(given)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_a_file_may_come_in_any_declared_encoding(encoding: str, tmp_path: Path) -> None:
    declared = encoding.removesuffix("-sig").upper()
    text = bpmn("start s\n<userTask id='a' name='Prüfen'/>\ns -> a").replace(
        'encoding="UTF-8"', f'encoding="{declared}"'
    )
    (tmp_path / "case.bpmn").write_bytes(text.encode(encoding))
    run, status = in_process([str(tmp_path / "case.bpmn"), "--json"])
    assert (status, [row["name"] for row in run["waiting"]]) == (0, ["Prüfen"])
