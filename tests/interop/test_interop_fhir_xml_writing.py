"""What we answer in FHIR JSON is written as FHIR XML: nothing is lost, and every element stands where R4 has it."""

import json
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interop_documents import bundle
from test_interop_audit_event import row
from test_interop_fhir_xml import EXTENDED
from test_interop_referral_note import REASON, document, note

from api.shapes.threads import communication
from interop.fhir.audit_event import audit_event
from interop.fhir.capability import capability_statement
from interop.fhir.outcome import Issue, issue_of_loss, operation_outcome
from interop.fhir.task import task_resource
from interop.fhir.xml import ELEMENTS, fhir_json, parse_fhir
from interop.fhir.xml_writing import fhir_xml
from interop.referral import LossNote
from records.tables import Thread, ThreadMessage

Json = dict[str, Any]
NOW = datetime(2027, 1, 5, 12, tzinfo=UTC)
BASE = "https://api.example/fhir"
OUTCOME = operation_outcome(
    [Issue("error", "invalid", "is <missing> & wrong.", "Bundle.type"), issue_of_loss(LossNote(where="a", what="b"))]
)
TASK = {
    **task_resource(
        {
            "task_id": "t-1",
            "state": "claimed",
            "title": "Vet\nreferral",
            "priority": "urgent",
            "candidate_groups": ["ent_triage", "gdp"],
            "assignee": "dora",
            "created_at": NOW,
            "due_at": NOW,
            "case_id": "case-1",
            "referral_id": "REF-7",
            "loop_state": "awaiting_info",
            "form_key": "vet",
            "focus": "ServiceRequest/1",
            "for": "Patient/1",
        }
    ),
    "contained": [{**OUTCOME, "id": "outcome"}],
}


def message(number: int) -> ThreadMessage:
    names = {"thread_id": "t", "author": "dr.oak", "author_name": "Dr Oak"}
    return ThreadMessage(message_id=f"t:{number}", text="Ask?", sent_at=NOW, **names)


THREAD = Thread(thread_id="t", root_case_id="case-1", kind="clinical", started_by="dr.oak", started_at=NOW)
SAID = communication(THREAD, message(2), message(1))
EVENT = audit_event(row("task.read"), base_url=BASE, patient="P-1")
LISTED = audit_event(row("tasks.read", case_id="", detail={"cases": ["case-1"]}), base_url=BASE)
FOUND = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 2,
    "link": [{"relation": "self", "url": f"{BASE}/Task?_format=xml&a=b"}],
    "entry": [
        {"fullUrl": f"{BASE}/Task/t-1", "resource": each, "search": {"mode": "match"}} for each in (TASK, SAID, EVENT)
    ],
}
ANSWERS = {
    "OperationOutcome": OUTCOME,
    "Task": TASK,
    "Communication": SAID,
    "AuditEvent": EVENT,
    "AuditEvent of a list": LISTED,
    "CapabilityStatement": capability_statement(version="1", published=date(2027, 1, 1), base_url=BASE),
    "Bundle": FOUND,
}
OTHERS = {"a referral": bundle(), "a note": document(note(REASON)), "extended": EXTENDED}


def read(xml: bytes) -> Json:
    return fhir_json(parse_fhir(xml))[0]


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same JSON, its members in another order."""
    if isinstance(value, dict):
        names = chance.sample(list(value), len(value))
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("value", [*ANSWERS.values(), *OTHERS.values()], ids=[*ANSWERS, *OTHERS])
def test_what_is_written_is_read_as_the_same_json_in_whatever_order_its_members_came(value: Json) -> None:
    xml = fhir_xml(value)
    assert json.loads(json.dumps(read(xml))) == json.loads(json.dumps(value))
    assert fhir_xml(shuffled(value, random.Random(7))) == xml


@pytest.mark.parametrize("value", ANSWERS.values(), ids=ANSWERS)
def test_the_table_knows_every_element_that_we_answer_with(value: Json) -> None:
    assert list(unknown(value, value["resourceType"])) == []


def unknown(value: Json, kind: str) -> Any:
    """The members that R4 does not have, by the table from which the order comes."""
    for name, inside in value.items():
        if name in ("resourceType", "id"):
            continue
        known = ELEMENTS[kind].get(name)
        if known is None or known.repeats != isinstance(inside, list):
            yield f"{kind}.{name}"
            continue
        for each in inside if isinstance(inside, list) else [inside]:
            if isinstance(each, dict):
                yield from unknown(each, each["resourceType"] if known.type == "Resource" else str(known.type))
            elif known.type not in ("", "boolean", "number"):
                yield f"{kind}.{name}"


def test_elements_stand_in_the_order_of_r4() -> None:
    coding = {"display": "D", "code": "c", "system": "urn:s", "id": "x"}
    value = {
        "status": "requested",
        "extension": [{"valueBoolean": True, "url": "urn:e"}],
        "code": {"text": "Last", "coding": [coding]},
        "contained": [{"resourceType": "Patient", "active": False, "id": "p"}],
        "_status": {"extension": [{"url": "urn:why", "valueDecimal": 1.5}]},
        "id": "t",
        "resourceType": "Task",
    }
    assert fhir_xml(value).decode().split("?>\n")[1] == (
        '<Task xmlns="http://hl7.org/fhir"><id value="t"/>'
        '<contained><Patient><id value="p"/><active value="false"/></Patient></contained>'
        '<extension url="urn:e"><valueBoolean value="true"/></extension>'
        '<status value="requested"><extension url="urn:why"><valueDecimal value="1.5"/></extension></status>'
        '<code><coding id="x"><system value="urn:s"/><code value="c"/><display value="D"/></coding>'
        '<text value="Last"/></code></Task>'
    )


@settings(deadline=None, max_examples=50)
@given(st.text())
def test_any_text_is_written_and_what_xml_does_not_have_is_marked(text: str) -> None:
    said = read(fhir_xml({"resourceType": "Task", "description": text}))["description"]
    assert [*said] == [each if each == marked else "\ufffd" for each, marked in zip(text, said, strict=True)]
