"""What we send back: 360X envelopes that our own reader understands, FHIR Task and OperationOutcome."""

from datetime import UTC, date, datetime

import pytest
from interop_documents import bundle, envelope

from interop.errors import InteropError
from interop.fhir.capability import capability_statement
from interop.fhir.outcome import Issue, issue_of_loss, operation_outcome
from interop.fhir.task import task_resource
from interop.intake import from_360x, from_fhir
from interop.referral import Coded, LossNote, Requester
from interop.x360.consultation_note import Outcome
from interop.x360.hl7v2 import Message, split_message
from interop.x360.outbound import (
    Appointment,
    Envelope,
    Postmark,
    accepted,
    acknowledgement,
    appointment_booked,
    declined,
    outcome,
    patient_did_not_attend,
)
from interop.x360.xml import parse_xml

NOW = datetime(2027, 1, 5, 12, tzinfo=UTC)
POSTMARK = Postmark("M-1", NOW, "intake@dental.example")
REFERRAL = from_360x(envelope()).referral
VISIT = Appointment("A-1", datetime(2027, 1, 10, 9, tzinfo=UTC), site="Clinic | 2")


def message(sent: Envelope) -> Message:
    return split_message(str(sent["hl7v2"]))


def field(sent: Envelope, segment: str, number: int, component: int = 1) -> str | None:
    return message(sent).required(segment).text(number, component)


def test_an_answer_goes_back_where_the_referral_came_from() -> None:
    sent = accepted(REFERRAL, POSTMARK)
    assert sent["recipient_direct_address"] == "referrals@onc.example"
    assert sent["sender_direct_address"] == "intake@dental.example"
    assert field(sent, "ORC", 2) == "REF-7"
    assert message(sent).required("MSH").moment(7) == (NOW, True)
    assert field(sent, "PID", 3, 4) == "&2.999.1&ISO"


def test_an_acknowledgement_repeats_the_control_id() -> None:
    sent = acknowledgement(REFERRAL, POSTMARK)
    assert (field(sent, "MSA", 1), field(sent, "MSA", 2)) == ("AA", "MSG-7")


def test_an_acceptance_names_the_contact_and_the_date() -> None:
    sent = accepted(REFERRAL, POSTMARK, contact="Dora Dentist", seen_by=date(2027, 1, 12), note="a|b&c\nd")
    assert (sent["transaction"], field(sent, "MSH", 9)) == ("PCC-56", "OSU")
    assert (field(sent, "ORC", 5), field(sent, "ORC", 15)) == ("IP", "20270112")
    assert (field(sent, "ORC", 12, 2), field(sent, "ORC", 12, 3)) == ("Dentist", "Dora")
    assert field(sent, "NTE", 3) == "a|b&c\nd"


def test_a_decline_says_why() -> None:
    reason = Coded(text="Out of area", system="http://snomed.info/sct", code="1")
    sent = declined(REFERRAL, POSTMARK, reason=reason, advice="Ask the city clinic")
    assert (field(sent, "ORC", 5), field(sent, "ORC", 16), field(sent, "ORC", 16, 3)) == ("CA", "1", "SCT")


def test_an_appointment_and_a_missed_one_name_the_visit() -> None:
    for sent, kind in (
        (appointment_booked(REFERRAL, POSTMARK, VISIT), "S12"),
        (patient_did_not_attend(REFERRAL, POSTMARK, VISIT), "S26"),
    ):
        assert field(sent, "MSH", 9, 2) == kind
        assert field(sent, "SCH", 2) == "A-1"
        assert field(sent, "TQ1", 7) == "20270110090000+0000"
        assert field(sent, "AIL", 3) == "Clinic | 2"


def test_an_outcome_carries_a_consultation_note_and_flags_codes_that_do_not_fit() -> None:
    report = Outcome(
        author=Requester(name="Dora Dentist"),
        written_at=NOW,
        findings="Caries <treated> & healed",
        diagnoses=(
            Coded(system="http://snomed.info/sct", code="109570002", text="Caries"),
            Coded(system="urn:local", code="X1", text="Local finding"),
        ),
        answer="Cleared",
    )
    sent = outcome(REFERRAL, POSTMARK, report)
    assert (sent["transaction"], field(sent, "ORC", 5)) == ("PCC-57", "CM")
    documents = sent["documents"]
    assert isinstance(documents, list)
    root = parse_xml(documents[0]["content"], where="document")
    assert "Caries <treated> & healed" in root.text()
    assert "code X1 of urn:local, not carried as code" in root.text()
    assert [each.get("code") for each in root.node.iter("{urn:hl7-org:v3}value")] == ["109570002"]


def test_the_same_postmark_gives_the_same_envelope() -> None:
    assert accepted(REFERRAL, POSTMARK) == accepted(REFERRAL, POSTMARK)


def test_a_referral_without_an_address_for_answers_cannot_be_answered() -> None:
    document = bundle(requester={"display": "Dr Walk-In"})
    with pytest.raises(InteropError, match="reply_to"):
        accepted(from_fhir(document).referral, POSTMARK)


def test_a_user_task_is_shown_as_a_fhir_task() -> None:
    task = task_resource(
        {
            "task_id": "t-1",
            "state": "claimed",
            "title": "Vet referral",
            "priority": "urgent_suspected_cancer",
            "candidate_groups": ["ent_triage"],
            "assignee": "dora",
            "created_at": datetime.fromisoformat("2027-01-05T09:00"),
            "due_at": NOW,
            "referral_id": "REF-7",
            "loop_state": "awaiting_info",
        }
    )
    assert (task["status"], task["priority"], task["intent"]) == ("received", "asap", "order")
    assert task["authoredOn"] == "2027-01-05T09:00:00+00:00"
    assert task["restriction"] == {"period": {"end": "2027-01-05T12:00:00+00:00"}}
    assert "awaiting-information" in str(task["businessStatus"])
    assert "focus" not in task


def test_a_task_in_an_unknown_state_is_refused() -> None:
    with pytest.raises(InteropError, match="not a state of a user task"):
        task_resource({"task_id": "t-1", "state": "lost"})


def test_an_operation_outcome_points_at_the_element_and_tells_what_is_lost() -> None:
    missing = Issue("error", "invalid", "is missing. Add it.", "Bundle.entry[0].resource.name")
    said = operation_outcome([missing, issue_of_loss(LossNote(where="a", what="b", count=2))])
    assert said["issue"] == [
        {
            "severity": "error",
            "code": "invalid",
            "diagnostics": "is missing. Add it.",
            "expression": ["Bundle.entry[0].resource.name"],
        },
        {"severity": "information", "code": "informational", "diagnostics": "a: b (2 times)"},
    ]


def test_an_issue_with_a_code_outside_the_binding_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="IssueSeverity"):
        Issue("bad", "invalid", "x")


def test_the_capability_statement_lists_what_is_offered() -> None:
    said = capability_statement(version="0.1.0", published=date(2027, 1, 1), base_url="http://localhost/fhir")
    assert said["fhirVersion"] == "4.0.1"
    assert "search-type" in str(said["rest"])
