"""Which pathways may run, in which version? Folders in, pinned and hashed publications out."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from pathways.bpmn.findings import DefinitionError
from pathways.catalogue import library_folders, publish
from pathways.check import check_files, human
from pathways.ladders import read_ladders

CALL = '<bpmn:callActivity id="call_{0}" calledElement="{0}"/>'
FORM = {"id": "ask", "components": [{"type": "textfield", "key": "x"}]}
TASK = (
    '<bpmn:userTask id="t"><bpmn:extensionElements><zeebe:formDefinition formId="ask"/><zeebe:assignmentDefinition '
    'candidateGroups="nurse"/><zeebe:properties><zeebe:property name="escalation" value="{ladder}"/>'
    '<zeebe:property name="expectedDuration" value="P1D"/></zeebe:properties></bpmn:extensionElements></bpmn:userTask>'
)


def bundle(
    root: Path, key: str, *, calls: tuple[str, ...] = (), ladder: str = "LAD-RED", form=FORM, note: str = ""
) -> Path:
    """Write a pathway folder: a user task with a form, then its calls."""
    names = ["s", "t", *(f"call_{name}" for name in calls), "e"]
    flows = "".join(
        f'<bpmn:sequenceFlow sourceRef="{source}" targetRef="{target}"/>' for source, target in pairwise(names)
    )
    folder = root / key
    folder.mkdir(parents=True, exist_ok=True)
    body = TASK.format(ladder=ladder) + "".join(CALL.format(name) for name in calls)
    (folder / "pathway.bpmn").write_text(
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
        f'<bpmn:process id="{key}" name="{key.title()}" isExecutable="true">{note}'
        f'<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>{body}{flows}</bpmn:process></bpmn:definitions>'
    )
    (folder / "ask.form").write_text(json.dumps(form))
    return folder


def versions(*folders: Path) -> dict[str, str]:
    return {publication.key: publication.sha256 for publication in publish(folders)}


def test_a_publication_pins_what_it_calls_and_its_forms(tmp_path):
    caller, called = publish([bundle(tmp_path, "a", calls=("b",)), bundle(tmp_path, "b")])
    assert (caller.key, caller.name, caller.definition.sha256) == ("a", "A", caller.sha256)
    assert caller.definition.calls == {"b": called.sha256}
    assert caller.definition.forms.keys() == {"ask"}
    assert caller.forms == {"ask": FORM}
    assert caller.bpmn_source == (tmp_path / "a" / "pathway.bpmn").read_bytes()


def test_publishing_the_same_files_gives_the_same_versions_in_any_order(tmp_path):
    folders = [bundle(tmp_path, "a", calls=("b",)), bundle(tmp_path, "b")]
    assert versions(*folders) == versions(*reversed(folders))


def test_a_change_gives_a_new_version_to_the_pathway_and_to_its_callers_only(tmp_path):
    folders = [bundle(tmp_path, "a", calls=("b",)), bundle(tmp_path, "b"), bundle(tmp_path, "c")]
    before = versions(*folders)
    bundle(tmp_path, "b", note="<!-- changed -->")
    after = versions(*folders)
    assert {key for key in before if before[key] != after[key]} == {"a", "b"}


@pytest.mark.parametrize(
    "change", [{"ladder": "LAD-URGENT"}, {"form": FORM | {"components": []}}], ids=["another ladder", "another form"]
)
def test_ladders_and_forms_count_for_the_version(tmp_path, change):
    before = versions(bundle(tmp_path, "a"))
    assert versions(bundle(tmp_path, "a", **change)) != before


def test_the_content_of_a_ladder_counts_for_the_version(tmp_path):
    folder = bundle(tmp_path, "a", ladder="L")
    first, second = (
        publish([folder], ladders=read_ladders(f"L: [{{at: {at}, tell: [nurse]}}]"))[0].sha256 for at in ("d", "c")
    )
    assert first != second


def test_pathways_may_call_each_other_in_a_circle(tmp_path):
    folders = [bundle(tmp_path, "a", calls=("b",)), bundle(tmp_path, "b", calls=("a", "c")), bundle(tmp_path, "c")]
    before = versions(*folders)
    a, b, _ = publish(folders)
    assert a.definition.calls == {"b": before["b"]}
    assert b.definition.calls == {"a": before["a"], "c": before["c"]}
    assert len(set(before.values())) == 3
    bundle(tmp_path, "a", calls=("b",), note="<!-- changed -->")
    after = versions(*folders)
    assert {key for key in before if before[key] != after[key]} == {"a", "b"}


def test_a_pathway_may_call_itself(tmp_path):
    (again,) = publish([bundle(tmp_path, "a", calls=("a",))])
    assert again.definition.calls == {"a": again.sha256}


def test_a_called_process_that_is_not_published_refuses_everything(tmp_path):
    with pytest.raises(DefinitionError) as refused:
        publish([bundle(tmp_path, "a", calls=("gone",)), bundle(tmp_path, "b")])
    (finding,) = [finding for finding in refused.value.findings if finding.severity == "error"]
    assert (finding.rule, finding.element) == ("missing-process", "call_gone")
    assert "gone" in str(refused.value)


def test_two_folders_with_the_same_process_are_refused(tmp_path):
    with pytest.raises(DefinitionError, match="duplicate-process"):
        publish([bundle(tmp_path / "one", "a"), bundle(tmp_path / "two", "a")])


def test_a_folder_without_a_diagram_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match=r"pathway\.bpmn"):
        publish([tmp_path])


@pytest.mark.parametrize("source", ["{", "[]", "[" * 100_000, '"text"'])
def test_a_form_that_is_no_form_is_refused(tmp_path, source):
    folder = bundle(tmp_path, "a")
    (folder / "other.form").write_text(source)
    with pytest.raises(DefinitionError, match="form-json"):
        publish([folder])


def test_two_forms_with_the_same_id_are_refused(tmp_path):
    folder = bundle(tmp_path, "a")
    (folder / "other.form").write_text(json.dumps(FORM))
    with pytest.raises(DefinitionError, match="form-duplicate-id"):
        publish([folder])


def test_a_missing_form_is_refused(tmp_path):
    folder = bundle(tmp_path, "a")
    (folder / "ask.form").unlink()
    with pytest.raises(DefinitionError, match="missing-form"):
        publish([folder])


def test_a_process_whose_starting_timer_reads_what_no_case_has_yet_is_refused(tmp_path):
    folder = bundle(tmp_path, "a")
    diagram = folder / "pathway.bpmn"
    timer = "<bpmn:timerEventDefinition><bpmn:timeDate>=visit.at</bpmn:timeDate></bpmn:timerEventDefinition>"
    plain = '<bpmn:startEvent id="s"/>'
    assert plain in diagram.read_text()
    text = diagram.read_text().replace(plain, f'<bpmn:startEvent id="s">{timer}</bpmn:startEvent>')
    diagram.write_text(text)
    with pytest.raises(DefinitionError, match="unscheduled-start"):
        publish([folder])


def test_the_library_can_be_published():
    folders = library_folders()
    assert len(publish(folders)) == len(folders)


def refused_by(*paths: Path) -> list[str]:
    return [finding.rule for finding in check_files(paths) if finding.severity == "error"]


def test_check_finds_called_processes_in_the_folders_beside(tmp_path):
    folder = bundle(tmp_path, "a", calls=("b",))
    assert refused_by(folder) == ["missing-process"]
    bundle(tmp_path, "b")
    assert refused_by(folder, folder / "pathway.bpmn") == []


def test_check_reads_folders_of_folders(tmp_path):
    bundle(tmp_path, "a", ladder="NONE")
    bundle(tmp_path, "b", calls=("a",))
    assert refused_by(tmp_path) == ["unknown-ladder", "missing-process"]


def test_check_reads_a_single_diagram_without_looking_up_its_calls(tmp_path):
    bundle(tmp_path, "a", calls=("gone",))
    alone = (tmp_path / "a" / "pathway.bpmn").rename(tmp_path / "a" / "draft.bpmn")
    assert refused_by(alone) == []


def test_check_says_what_it_cannot_find(tmp_path):
    assert sorted(refused_by(tmp_path / "gone.bpmn", tmp_path)) == ["no-diagram", "no-file"]


def test_findings_are_printed_for_people_worst_first(tmp_path):
    folder = bundle(tmp_path, "a", ladder="NONE", note='<bpmn:task id="lost"/>')
    printed = human(check_files([folder])).splitlines()
    assert printed[0].startswith(f"{folder}/pathway.bpmn:1: error unknown-ladder [t]: ")
    assert printed[-1] == "1 error: not publishable."
    assert human([]) == "No errors: publishable."


def test_a_process_that_is_called_a_letter_off_is_told_with_the_one_that_was_meant(tmp_path):
    with pytest.raises(DefinitionError, match=r"Did you mean 'imaging'\?"):
        publish([bundle(tmp_path, "a", calls=("imagign",)), bundle(tmp_path, "imaging")])


def test_what_may_be_right_later_is_told_with_the_publication(tmp_path):
    begun = (
        '<bpmn:serviceTask id="call_x" name="Go on"><bpmn:extensionElements>'
        '<zeebe:taskDefinition type="pathway.start"/>'
        '<zeebe:taskHeaders><zeebe:header key="pathway" value="{}"/></zeebe:taskHeaders></bpmn:extensionElements>'
        "</bpmn:serviceTask>"
    )

    def told(pathway: str) -> dict[str, str]:
        folder = bundle(tmp_path, "a", calls=("x",))
        text = (folder / "pathway.bpmn").read_text().replace(CALL.format("x"), begun.format(pathway))
        (folder / "pathway.bpmn").write_text(text)
        made = publish([folder, bundle(tmp_path, "imaging")])[0]
        return {each.rule: each.remedy for each in made.findings if each.severity == "warning"}

    assert "unknown-role" in told("imaging")
    assert "unpublished-pathway" not in told("imaging")
    assert told("imagign")["unpublished-pathway"].startswith("Did you mean 'imaging'?")
