"""A dental referral note (a FHIR document, as HL7's Dental Data Exchange sends it) becomes a referral."""

from datetime import UTC, datetime
from typing import Any

import pytest
from interop_documents import bundle

from interop.errors import InteropError
from interop.fhir.narrative import words
from interop.intake import from_fhir, from_json

LOINC = "http://loinc.org"


def section(code: str, text: str, *entries: str) -> dict[str, Any]:
    return {
        "title": "Section",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'},
        "entry": [{"reference": entry} for entry in entries],
    }


def note(*sections: dict[str, Any], code: str = "57134-9", **changed: object) -> dict[str, Any]:
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": code, "display": "Dentistry note"}]},
        "subject": {"reference": "urn:uuid:p"},
        "date": "2027-01-03T09:00:00Z",
        "author": [{"reference": "Practitioner/d"}],
        "custodian": {"display": "Example Dental Practice"},
        "section": list(sections),
        **changed,
    }


REASON = section("42349-1", "<p>Sore tooth</p><p>Gums\n bleed &amp; swell</p>", "urn:uuid:s")


def document(composition: dict[str, Any], **request: object) -> dict[str, Any]:
    """What `bundle` sends, without its Task, as a document that begins with the note."""
    found = bundle(**request)
    del found["entry"][2]
    entries = [{"fullUrl": "urn:uuid:n", "resource": composition}, *found["entry"]]
    return {**found, "type": "document", "identifier": {"system": "urn:notes", "value": "N-1"}, "entry": entries}


def without_request(composition: dict[str, Any]) -> dict[str, Any]:
    found = document(composition)
    found["entry"] = [each for each in found["entry"] if each["resource"]["resourceType"] != "ServiceRequest"]
    return found


def test_the_note_names_the_request_and_gives_its_reason_in_words() -> None:
    referral = from_fhir(document(note(REASON), intent="plan", authoredOn=None, requester=None)).referral
    assert referral.referral_id == "SR-1"
    assert referral.clinical_question == "Sore tooth\nGums bleed & swell"
    assert referral.sent_at == datetime(2027, 1, 3, 9, tzinfo=UTC)
    assert (referral.requester.name, referral.requester.organization) == ("Dr Doe", "Example Dental Practice")
    assert any("taken as an order" in each.what for each in referral.losses)


def test_of_several_requests_the_one_that_the_note_names_counts() -> None:
    sent = document(note(REASON))
    other = {"resourceType": "ServiceRequest", "status": "active", "intent": "plan", "subject": {"reference": "urn:x"}}
    sent["entry"].append({"resource": other})
    assert from_fhir(sent).referral.referral_id == "SR-1"


def test_a_note_without_a_request_is_itself_the_referral() -> None:
    referral = from_fhir(without_request(note(section("42349-1", "Sore tooth")))).referral
    assert (referral.referral_id, referral.assigner) == ("N-1", "urn:notes")
    assert referral.clinical_question == "Sore tooth"
    assert referral.requester.name == "Dr Doe"
    assert any("read as ServiceRequest" in each.what for each in referral.losses)


def test_a_section_that_is_words_only_is_listed_by_its_code() -> None:
    sent = document(note(REASON, section("48765-2", "Penicillin"), section("11450-4", "Diabetes", "Condition/x")))
    found = [each.where for each in from_fhir(sent).referral.losses]
    assert "Bundle.entry[0].resource.section[48765-2].text" in found
    assert not any("11450-4" in each for each in found)


@pytest.mark.parametrize(
    ("composition", "what"),
    [
        (note(REASON, code="34756-7"), "does not begin with a referral note"),
        (note(REASON, status="entered-in-error"), "entered in error"),
        (note(REASON, status="signed"), "not a code of CompositionStatus"),
        (note(REASON, subject={"reference": "Practitioner/d"}), "not the patient"),
    ],
)
def test_a_note_that_cannot_be_relied_on_is_refused(composition: dict[str, Any], what: str) -> None:
    with pytest.raises(InteropError, match=what):
        from_fhir(document(composition))


def test_a_note_that_gives_no_reason_is_no_referral() -> None:
    with pytest.raises(InteropError, match="gives no reason"):
        from_fhir(without_request(note(section("51848-0", "Well"))))


def test_a_reason_that_did_not_come_along_is_listed() -> None:
    referral = from_fhir(document(note(REASON), reasonReference=[{"reference": "Condition/missing"}])).referral
    assert any(each.where.endswith("(ServiceRequest).reasonReference[*]") for each in referral.losses)


def test_tables_become_lines_and_scripts_do_not_matter() -> None:
    assert words("<table><tr><th>Drug</th><td>Aspirin</td></tr><tr><td>None<br/>else</td></tr></table>") == (
        "Drug Aspirin\nNone\nelse"
    )


def test_a_record_with_hundreds_of_documents_carries_the_first_and_lists_the_others() -> None:
    sent = bundle()
    letter = {"contentType": "text/plain", "data": "SGVsbG8="}
    for number in range(210):
        resource = {"resourceType": "DocumentReference", "id": f"d{number}", "content": [{"attachment": letter}]}
        sent["entry"].append({"resource": resource})
    intake = from_fhir(sent)
    left = next(each for each in intake.referral.losses if each.where.endswith("(DocumentReference)"))
    assert (len(intake.documents), left.count) == (200, 11)


def test_contained_documents_of_two_resources_may_have_one_id() -> None:
    sent = bundle()
    content = [{"attachment": {"contentType": "text/plain", "data": "SGVsbG8="}}]
    letter = {"resourceType": "DocumentReference", "id": "letter", "content": content}
    for kind in ("ServiceRequest", "Task"):
        sending = next(each["resource"] for each in sent["entry"] if each["resource"]["resourceType"] == kind)
        sending["contained"] = [letter]
    _, first, second = (each.attachment.id for each in from_fhir(sent).documents)
    assert first != second


def test_two_documents_with_one_id_are_refused() -> None:
    letter = {"id": "letter", "mime_type": "text/plain", "content": "SGVsbG8="}
    patient = {"identifiers": [{"value": "MRN-1"}], "name": "Testina Sample"}
    with pytest.raises(InteropError, match="two documents have the same id"):
        from_json({"referral_id": "J-1", "patient": patient, "documents": [letter, letter]})
