"""Does a designer with nothing but our element templates get what is published? (Camunda's engine, real Chromium.)"""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: uv pip install playwright")

from pathways.catalogue import Known, library_folders, publish
from tests.browser.bpmn_js import CHROMIUM, chromium
from tests.browser.designer import BUNDLE, EMPTY, PACKAGES, ROOT, designer, templates
from tests.templates.test_element_templates import unfilled, values

TEXT = {"Text": "We have not forgotten you."}
TIMER = "escalation-timer"
OURS = "referral-pathways."
SCHEMA = PACKAGES / "@camunda/zeebe-element-templates-json-schema/resources/schema.json"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and BUNDLE.exists() and SCHEMA.exists()),
        reason="Chromium or the modeler is absent: run tests/browser/install.sh",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with chromium() as opened:
        yield opened


def test_the_templates_keep_to_camundas_schema() -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for each in templates() for error in validator.iter_errors(each)] == []


def test_what_is_drawn_with_every_template_is_published(browser: playwright.Browser, tmp_path: Path) -> None:
    with designer(browser) as person:
        assert person.open(EMPTY.format(id="applied", name="Everything")) == []
        drawn = ["start"]
        person.place("start", "StartEvent", "Asked", (150, 200))
        for template in templates():
            name = template["id"].partition(".")[2].replace("-", "_")
            if name != "escalation_timer":
                at = (150 + 160 * len(drawn), 200)
                person.place(name, "Task", template["name"], at, template=template["id"], values=dict(values(template)))
                person.connect(drawn[-1], name)
                drawn.append(name)
        person.place("end", "EndEvent", "Done", (150 + 160 * len(drawn), 200))
        person.connect(drawn[-1], "end")
        x = 150 + 160 * drawn.index("escalation_ladder")
        timer = {"on": "escalation_ladder", "timer": True, "template": "referral-pathways.escalation-timer"}
        person.place("escalation_timer", "BoundaryEvent", "Two days", (x, 240), **timer)
        person.place("late", "Task", "Tell", (x + 100, 340), template="referral-pathways.notify-patient", values=TEXT)
        person.place("told", "EndEvent", "Told", (x + 260, 340))
        person.connect("escalation_timer", "late")
        person.connect("late", "told")
        assert [person.template_of(each) for each in drawn[1:]] == [
            each["id"] for each in templates() if TIMER not in each["id"]
        ]
        assert person.template_of("escalation_timer") == "referral-pathways.escalation-timer"
        assert {each: said for each in drawn[1:] if (said := person.complaints(each))} == {}
        xml = person.xml()
    (tmp_path / "pathway.bpmn").write_text(xml, encoding="utf-8")
    asked = {"key": "seen", "type": "checkbox", "label": "Seen"}
    form = {"id": "applied.step", "type": "default", "schemaVersion": 18, "components": [asked]}
    (tmp_path / "step.form").write_text(json.dumps(form), encoding="utf-8")
    library = "\n".join((folder / "pathway.bpmn").read_text(encoding="utf-8") for folder in library_folders())
    processes = re.findall(r'<bpmn:process id="(\w+)"', library)
    made = publish([tmp_path], published=dict.fromkeys(processes, Known("0" * 64)))
    assert [finding.message for finding in made[0].findings if finding.severity != "info"] == []
    assert made[0].definition.nodes["escalation_timer"].interrupting is False


def test_the_panel_shows_in_red_what_must_be_filled_in_and_nothing_else(browser: playwright.Browser) -> None:
    with designer(browser) as person:
        person.open(EMPTY.format(id="empty", name="Empty"))
        for number, template in enumerate(templates()):
            if TIMER in template["id"]:
                continue
            person.place(f"step_{number}", "Task", "Step", (150 + 160 * number, 200), template=template["id"])
            must = [field["label"] for field in template["properties"] if unfilled(field)]
            said = person.complaints(f"step_{number}")
            assert len(said) == len(must), (template["name"], said)
            assert all(any(label in text for text in said) for label in must), (template["name"], said)


@pytest.mark.parametrize(("mode", "by"), [("meeting", "P14D"), ("urgent_call", "PT4H")])
def test_the_mode_of_a_conference_sets_its_times(browser: playwright.Browser, mode: str, by: str) -> None:
    with designer(browser) as person:
        person.open(EMPTY.format(id="conference", name="Conference"))
        chosen = {"Mode": mode, "Question": "Now or later?"}
        person.place("confer", "Task", "Confer", (150, 200), template=f"{OURS}case-conference", values=chosen)
        xml = person.xml()
    assert f'duration(&#34;{by}&#34;))" target="decide_by"' in xml
    assert xml.count('target="decide_by"') == 1
    assert f'name="expectedDuration" value="{by}"' in xml


def test_the_pathway_of_the_guide_is_what_is_drawn_with_the_templates(browser: playwright.Browser) -> None:
    drawer = runpy.run_path(str(ROOT / "tools/guide/draw.py"))
    with designer(browser) as person:
        drawn = drawer["draw"](person)
    assert drawn == (ROOT / "docs/designing/valve_dental_check/pathway.bpmn").read_text(encoding="utf-8")
