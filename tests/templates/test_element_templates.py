"""Is every element template exactly what our reader executes? (.camunda/element-templates)"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from pathways.bpmn.findings import DefinitionError
from pathways.bpmn.model import FlowNode
from pathways.bpmn.reader import read_bpmn
from pathways.catalogue import Known, library_folders, publish
from pathways.check import check_files
from pathways.ladders import library_calendars, library_ladders
from policy.profiles import profiles
from tests.templates.applier import ROOT, Template, diagram, templates, written

SCHEMA = ROOT / ".run/browser/node_modules/@camunda/zeebe-element-templates-json-schema/resources/schema.json"
TEMPLATES = templates()
WANTED = (
    "Referral",
    "Result handoff",
    "Follow-up",
    "Imaging order",
    "Case conference",
    "Acknowledge",
    "Escalation ladder",
    "Escalation timer",
    "Notify patient",
)
FILLED = {"Form": "applied.step", "Text": "We have booked your appointment."}
"""What a designer fills in where there can be no default, by label; everything else without one is plain text."""
TIMES = {"meeting": ("P14D", "P14D"), "async_24h": ("PT24H", "P1D"), "urgent_call": ("PT4H", "PT4H")}
"""Until when a conference decides, and how long it may take, by its mode."""

every_template = pytest.mark.parametrize("name", TEMPLATES)


def unfilled(field: Mapping[str, Any]) -> bool:
    """Whether a designer has to write something here."""
    return not field.get("value") and bool(field.get("constraints", {}).get("notEmpty"))


def test_there_is_a_template_for_everything_that_a_designer_draws() -> None:
    assert sorted(each["name"] for each in TEMPLATES.values()) == sorted(WANTED)
    assert len({each["id"] for each in TEMPLATES.values()}) == len(WANTED)


@pytest.mark.skipif(not SCHEMA.exists(), reason="Camunda's schema is absent: run tests/browser/install.sh")
@every_template
def test_the_template_is_valid_against_camundas_schema(name: str) -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(TEMPLATES[name])] == []
    broken = {**TEMPLATES[name], "properties": [{"binding": {"type": "zeebe:nonsense"}}]}
    assert not validator.is_valid(broken)


@every_template
def test_every_field_tells_the_designer_what_it_is(name: str) -> None:
    template = TEMPLATES[name]
    groups = {group["id"] for group in template["groups"]}
    assert len(template["description"]) > 40
    for field in template["properties"]:
        assert field["label"]
        assert re.search(r"\w{3}.*\.", field["description"]), field["label"]
        assert field["type"] == "Hidden" or field["group"] in groups, field["label"]
    assert groups == {field["group"] for field in template["properties"] if "group" in field}


@every_template
def test_defaults_keep_to_their_own_constraints(name: str) -> None:
    for field in TEMPLATES[name]["properties"]:
        value, constraints = field.get("value", ""), field.get("constraints", {})
        if "choices" in field:
            assert value in {choice["value"] for choice in field["choices"]}, field["label"]
        if "pattern" in constraints:
            assert constraints["pattern"]["message"]
            if value:
                assert re.search(constraints["pattern"]["value"], value), field["label"]


def values(template: Template) -> Mapping[str, Any]:
    """What a designer has to fill in: whatever must not be empty and has no default."""
    empty = [each for each in template["properties"] if not each.get("value") and not each.get("optional")]
    must = [each["label"] for each in empty if each.get("constraints", {}).get("notEmpty") or each["label"] in FILLED]
    return {label: FILLED.get(label, "Something in one line") for label in must}


def applied(name: str) -> FlowNode:
    template = TEMPLATES[name]
    source = diagram(template, values(template))
    reading = read_bpmn(source, file=name, ladders=library_ladders(), calendars=library_calendars())
    assert reading.definition is not None, reading.findings
    return reading.definition.nodes["step"]


@every_template
def test_a_pathway_with_the_template_is_published(name: str, tmp_path: Path) -> None:
    template = TEMPLATES[name]
    folder = tmp_path / name
    folder.mkdir()
    (folder / "pathway.bpmn").write_bytes(diagram(template, values(template)))
    (folder / "step.form").write_text(
        json.dumps({"id": "applied.step", "type": "default", "schemaVersion": 18, "components": []})
    )
    made = publish([folder], published=dict.fromkeys(_library(), Known("0" * 64)))
    assert [finding.message for finding in made[0].findings if finding.severity == "error"] == []


@every_template
def test_every_property_becomes_something_that_is_executed(name: str) -> None:
    template, node = TEMPLATES[name], applied(name)
    for field, value in written(template, values(template)):
        binding = field["binding"]
        assert _executed(node, binding, value), f"{field['label']} ({binding}) is not in what the reader made"


def _executed(node: FlowNode, binding: Mapping[str, str], value: Any) -> bool:
    match binding["type"]:
        case "zeebe:input":
            return binding["name"] in {each.target for each in node.inputs} and _is_read(node, binding["name"])
        case "zeebe:output":
            made = {each.target: each.source for each in node.outputs}
            return value in made and _is_made(node, binding["source"].removeprefix("="))
        case "zeebe:taskHeader":
            assert node.work is not None
            return node.work.headers[binding["key"]] == value and f'"{binding["key"]}"' in _activities()
        case "zeebe:taskDefinition":
            assert node.work is not None
            return node.work.task_type == f'"{value}"' or node.work.task_type == value
        case "zeebe:calledElement":
            assert node.call is not None
            copies = node.call.propagate_all_child_variables or node.call.propagate_all_parent_variables
            return node.call.process_id == value and value in _library() and not copies
        case "zeebe:property":
            return _means(node, binding["name"]) == value
        case "zeebe:userTask" | "zeebe:assignmentDefinition" | "zeebe:formDefinition" | "zeebe:priorityDefinition":
            return node.user is not None and all((node.user.candidate_groups, node.user.form_id, node.user.priority))
        case "bpmn:TimerEventDefinition#property":
            return node.trigger is not None and node.trigger.kind == "timer" and value in repr(node.trigger)
        case "property":
            return binding["name"] == "cancelActivity" and node.interrupting is value
        case unknown:
            raise AssertionError(f"nothing executes {unknown}")


def _means(node: FlowNode, name: str) -> str | None:
    """What the reader made of one of our properties."""
    match name:
        case "escalation":
            return node.ladder.name if node.ladder else None
        case "calendar":
            return node.calendar
        case "expectedDuration":
            return node.expected_duration and node.expected_duration.strip('"')
        case unknown:
            raise AssertionError(f"no default is set for {unknown}")


@cache
def _activities() -> str:
    """The activities: what a header or an input of a service task is read by."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "activities").glob("*.py")))


@cache
def _library() -> Mapping[str, str]:
    """By process id: the diagram, decisions and forms that read its inputs and make its outputs."""
    found = {}
    for folder in library_folders():
        text = "\n".join(
            path.read_text(encoding="utf-8") for kind in ("*.bpmn", "*.form", "*.dmn") for path in folder.glob(kind)
        )
        found |= dict.fromkeys(re.findall(r'<bpmn:process id="(\w+)"', text), text)
    return found


def _is_read(node: FlowNode, variable: str) -> bool:
    """Whether the called process or an activity reads this input, or a person who does a task of the process."""
    read = f'"{variable}"' in _activities()
    if node.call is None or read:
        return read
    return re.search(rf"\b{variable}\b", _library()[node.call.process_id] + _contract(node.call.process_id)) is not None


def _contract(process: str) -> str:
    """What INTERFACES.md says that a process takes and gives."""
    contract = (ROOT / "pathways/library/INTERFACES.md").read_text(encoding="utf-8")
    return contract.partition(f"\n## {process}\n")[2].partition("\n## ")[0]


def _is_made(node: FlowNode, variable: str) -> bool:
    if node.call is not None:
        text = _library()[node.call.process_id]
        return re.search(rf'(target|resultVariable|"key":) ?=?"{variable}"', text) is not None
    return f'"{variable}"' in _activities()


@pytest.mark.parametrize("mode", TIMES)
def test_the_mode_of_a_conference_sets_its_times(mode: str) -> None:
    assert sorted(choices("case-conference", "Mode")) == sorted(TIMES)
    filled = {**values(TEMPLATES["case-conference"]), "Mode": mode}
    given = [(each["label"], value) for each, value in written(TEMPLATES["case-conference"], filled)]
    by, within = TIMES[mode]
    assert [value for label, value in given if label == "Decide by"] == [f'=string(now() + duration("{by}"))']
    assert [value for label, value in given if label == "Expected duration"] == [within]


@pytest.mark.parametrize("name", [n for n, t in TEMPLATES.items() if any(map(unfilled, t["properties"]))])
def test_a_template_that_is_not_filled_in_says_which_fields_are_missing(name: str, tmp_path: Path) -> None:
    (tmp_path / "pathway.bpmn").write_bytes(diagram(TEMPLATES[name]))
    with pytest.raises(DefinitionError) as refused:
        publish([tmp_path], published=dict.fromkeys(_library(), Known("0" * 64)))
    errors = [finding for finding in refused.value.findings if finding.severity == "error"]
    assert {finding.rule for finding in errors} == {"template-field"}
    for field in filter(unfilled, TEMPLATES[name]["properties"]):
        assert any(f"the field {field['label']!r} of the template" in finding.message for finding in errors)


def test_a_task_may_have_no_form(tmp_path: Path) -> None:
    (tmp_path / "pathway.bpmn").write_bytes(diagram(TEMPLATES["escalation-ladder"]))
    node = publish([tmp_path])[0].definition.nodes["step"]
    assert node.user is not None
    assert node.user.form_id is None
    assert {finding.rule for finding in check_files([tmp_path]) if finding.severity == "warning"} == {
        "task-without-form"
    }


def choices(name: str, label: str) -> list[str]:
    field = next(each for each in TEMPLATES[name]["properties"] if each["label"] == label)
    return [choice["value"].removeprefix("=").strip('"') for choice in field["choices"]]


@pytest.mark.parametrize("name", [n for n, t in TEMPLATES.items() if "Escalation ladder" in str(t["properties"])])
def test_ladders_to_choose_from_are_those_of_the_library(name: str) -> None:
    assert sorted(choices(name, "Escalation ladder")) == sorted(library_ladders())


@pytest.mark.parametrize("name", ["escalation-ladder", "escalation-timer"])
def test_calendars_to_choose_from_are_those_of_the_library(name: str) -> None:
    assert sorted(choices(name, "Calendar")) == sorted({"always", *library_calendars()})


DUPLICATE_CHECK = r"""type="duplicate\.check".*?</zeebe:ioMapping>"""
"""What names under which service a case is known, and sends nothing."""


@pytest.mark.parametrize("critical", ["=false", "=true", "=critical"])
def test_who_acknowledges_is_paged_when_the_designer_says_that_the_result_is_critical(critical: str) -> None:
    template = TEMPLATES["acknowledge"]
    source = diagram(template, {**values(template), "Critical": critical})
    reading = read_bpmn(source, file="acknowledge", ladders=library_ladders(), calendars=library_calendars())
    assert reading.definition is not None, reading.findings
    given = {each.target: each.source for each in reading.definition.nodes["step"].inputs}
    assert given["critical"] == critical.removeprefix("=")
    assert critical.removeprefix("=") in choices("acknowledge", "Critical")


def test_services_to_choose_from_are_those_that_the_library_refers_to() -> None:
    sending = re.sub(DUPLICATE_CHECK, "", "\n".join(_library().values()), flags=re.DOTALL)
    named = re.findall(r"""source='="(\w+)"' target="(?:\w+_)?service\"""", sending)
    assert set(named) | {"restorative_dentistry", "complex_shared_plan", "service"} == set(
        choices("referral", "Service")
    )


def test_studies_to_choose_from_are_those_of_the_imaging_order() -> None:
    contract = (ROOT / "pathways/library/INTERFACES.md").read_text(encoding="utf-8")
    known = re.search(r"\| `modality` \| enum ! \| `([^`]+)`", contract)
    assert known is not None
    assert sorted(choices("imaging-order", "Study")) == sorted([*known[1].split(), "modality"])


def test_payloads_to_choose_from_are_the_profiles_of_the_policy() -> None:
    assert sorted(choices("referral", "What is sent")) == sorted(profiles().profiles)


def test_a_value_that_nothing_executes_is_refused() -> None:
    template = TEMPLATES["escalation-ladder"]
    source = diagram(template, {**values(template), "Escalation ladder": "LAD-PURPLE"})
    reading = read_bpmn(source, file="purple", ladders=library_ladders(), calendars=library_calendars())
    assert "unknown-ladder" in {finding.rule for finding in reading.findings}
