"""Draw the pathway of docs/designing-pathways.md as its reader does, and take the guide's pictures.

`.venv/bin/python tools/guide/draw.py [FOLDER]`, after tests/browser/install.sh: bpmn-js and Camunda's element templates
in Chromium. FOLDER (docs/designing) gets `valve_dental_check/pathway.bpmn`, and pictures of the steps and of the draft.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.bpmn_js import chromium, open_in_bpmn_js
from tests.browser.designer import EMPTY, Designer, designer

KEY, NAME = "valve_dental_check", "Dental check before a heart valve operation"
OURS = "referral-pathways."


def main() -> None:
    """Draw, photograph, save."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/designing"
    with chromium() as browser, designer(browser, width=1500, height=560) as person:
        (folder / KEY).mkdir(parents=True, exist_ok=True)
        (folder / KEY / "pathway.bpmn").write_text(draw(person, folder), encoding="utf-8")
        _draft(browser, folder)


def _draft(browser: Browser, folder: Path) -> None:
    """Draft the table of the guide, and take the picture of it."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "cli", "draft", str(folder / "jaw_pain.csv"), "--out", place]
        subprocess.run(command, check=True, cwd=ROOT)
        drawn = (Path(place) / "pathway.bpmn").read_bytes()
    open_in_bpmn_js(browser, drawn, folder / "7-draft.png", width=1120, height=600)


def draw(person: Designer, pictures: Path | None = None) -> str:
    """Draw the whole pathway; give the file that the modeler saves."""
    complaints = person.open(EMPTY.format(id=KEY, name=NAME))
    assert not complaints, complaints
    for number, (step, selected) in enumerate(STEPS, start=1):
        step(person)
        if pictures:
            person.photograph(pictures / f"{number}-{step.__name__.strip('_')}.png", selected=selected)
    return _steady(person.xml())


def _first_task(person: Designer) -> None:
    person.extend(KEY, ("zeebe:VersionTag", {"value": "1.0.0"}))
    person.place("asked", "StartEvent", "Operation planned", (180, 260))
    values = {
        "Roles": "restorative_dentist",
        "Form": "valve_dental_check.assess",
        "Text for the patient": "A dentist looks at your teeth before your operation.",
        "Why, for the patient": "Bad teeth can infect a new heart valve.",
        "Escalation ladder": "LAD-URGENT",
        "Expected duration": "P5D",
        "Calendar": "working",
    }
    person.place("assess", "Task", "Look at the teeth", (330, 260), template=f"{OURS}escalation-ladder", values=values)
    person.connect("asked", "assess")


def _timer(person: Designer) -> None:
    timer = {"on": "assess", "timer": True, "template": f"{OURS}escalation-timer", "values": {"After": "P3D"}}
    person.place("three_days", "BoundaryEvent", "3 days", (330, 300), **timer)
    text = {"Text": "We have not forgotten your dental check: the clinic will call you.", "Kind": "reminder"}
    person.place("remind", "Task", "Tell the patient", (430, 430), template=f"{OURS}notify-patient", values=text)
    person.place("reminded", "EndEvent", "Told", (570, 430))
    person.connect("three_days", "remind", bend=[{"x": 330, "y": 318}, {"x": 330, "y": 430}, {"x": 380, "y": 430}])
    person.connect("remind", "reminded")
    person.move_label("three_days", 365, 330)


def _imaging(person: Designer) -> None:
    values = {
        "Reason": "Dental check before a heart valve operation",
        "Clinical question": "Teeth with a poor prognosis, periapical disease?",
        "Priority": '="urgent"',
        "Order id": '=referral_id + "-OPG"',
        "Report goes to": "restorative_dentist",
        "Text for the patient": "An X-ray of all your teeth is taken.",
        "Why, for the patient": "It shows what nobody can see in the mouth.",
    }
    person.place("opg", "Task", "Panoramic radiograph", (490, 260), template=f"{OURS}imaging-order", values=values)
    person.connect("assess", "opg")


def _decision(person: Designer) -> None:
    person.place("decide", "BusinessRuleTask", "Decide the way", (650, 260))
    person.extend("decide", ("zeebe:CalledDecision", {"decisionId": "way", "resultVariable": "way"}))
    person.place("what_now", "ExclusiveGateway", "What is needed?", (780, 260))
    person.connect("opg", "decide")
    person.connect("decide", "what_now")
    person.move_label("what_now", 731, 212)


def _ways(person: Designer) -> None:
    values = {
        "Service": '="oral_surgery"',
        "Reason": "Teeth to treat before a heart valve operation",
        "Clinical question": "Can the teeth be treated in time?",
        "Priority": '="urgent"',
        "Referral id": '=referral_id + "-ORAL"',
        "First contact within": "P7D",
        "What is sent": '="dental"',
        "Text for the patient": "A dentist treats your teeth before your operation.",
        "Why, for the patient": "So that no tooth is left that could harm the new valve.",
    }
    person.place("treat", "Task", "Refer for treatment", (920, 120), template=f"{OURS}referral", values=values)
    question = {
        "Question": "Treat the teeth first, or operate and treat later?",
        "Options": '=["treat_first", "operate_first"]',
        "Required roles": '=["restorative_dentist", "key_worker"]',
        "Text for the patient": "Your team decides whether your teeth or your heart come first.",
    }
    person.place("confer", "Task", "Confer", (920, 400), template=f"{OURS}case-conference", values=question)
    person.place("joined", "ExclusiveGateway", "", (1060, 260))
    person.connect("what_now", "treat", when='=way = "treat"', name="treat", bend=_bent(780, 235, 780, 120, 870))
    person.connect("what_now", "confer", when='=way = "discuss"', name="discuss", bend=_bent(780, 285, 780, 400, 870))
    person.connect("what_now", "joined", name="clear", otherwise=True)
    person.move_label("what_now_to_confer", 806, 370)
    person.move_label("what_now_to_treat", 798, 160)
    person.connect("treat", "joined", bend=[{"x": 970, "y": 120}, {"x": 1060, "y": 120}, {"x": 1060, "y": 235}])
    person.connect("confer", "joined", bend=[{"x": 970, "y": 400}, {"x": 1060, "y": 400}, {"x": 1060, "y": 285}])


def _bent(x: int, y: int, over: int, to: int, end: int) -> list[dict[str, int]]:
    return [{"x": x, "y": y}, {"x": over, "y": to}, {"x": end, "y": to}]


def _result(person: Designer) -> None:
    result = {
        "Result": "={findings: findings, way: way, decision: decision}",
        "Recipients": "clinical_lead,gdp,patient",
    }
    person.place(
        "hand_over", "Task", "Hand over the result", (1200, 260), template=f"{OURS}result-handoff", values=result
    )
    read = {"Who acknowledges": "clinical_lead", "What there is to read": "Dental check before the operation"}
    person.place("read", "Task", "Surgeons acknowledge", (1360, 260), template=f"{OURS}acknowledge", values=read)
    review = {
        "What": "Look at the teeth again",
        "On": '=string(date(surgery_on) + duration("P180D"))',
        "Text for the patient": "Half a year after your operation a dentist looks again.",
    }
    person.place("review", "Task", "Plan the review", (1520, 260), template=f"{OURS}follow-up", values=review)
    person.place("checked", "EndEvent", "Checked", (1660, 260))
    for source, target in (("joined", "hand_over"), ("hand_over", "read"), ("read", "review"), ("review", "checked")):
        person.connect(source, target)


STEPS = (
    (_first_task, "assess"),
    (_timer, "three_days"),
    (_imaging, "opg"),
    (_decision, "decide"),
    (_ways, "treat"),
    (_result, "read"),
)
"""What the guide draws, and what is selected in the picture of it."""


def _steady(xml: str) -> str:
    """Number the ids that the modeler makes up, so that drawing again makes the same file."""
    made_up = dict.fromkeys(re.findall(r'id="((?:TimerEventDefinition|[A-Za-z]+)_[a-z0-9]{7}(?:_di)?)"', xml))
    for number, name in enumerate(made_up, start=1):
        xml = xml.replace(f'"{name}"', f'"made_{number}"')
    return xml if xml.endswith("\n") else f"{xml}\n"


if __name__ == "__main__":
    main()
