"""An IHE 360X PCC-55 envelope becomes a referral, and its parts are checked against each other."""

from datetime import UTC, date, datetime

import pytest
from interop_documents import NOTE, ORDER, envelope

from interop.errors import InteropError
from interop.intake import from_360x


def test_an_envelope_becomes_a_referral() -> None:
    referral = from_360x(envelope()).referral
    assert referral.business_key == "2.999.5|REF-7"
    assert referral.message_id == "MSG-7"
    assert referral.sent_at == datetime(2027, 1, 4, 8, 15, tzinfo=UTC)
    assert referral.priority == "urgent"
    assert referral.patient.birth_date == "1960-02-29"
    assert referral.patient.language == "fr"
    assert referral.requester.name == "Olga Onco"
    assert referral.requester.identifier_system == "http://hl7.org/fhir/sid/us-npi"
    assert referral.requester.reply_to == "referrals@onc.example"
    assert referral.clinical_question == "Please phone&write\nDental check before radiotherapy."
    assert referral.rt_start_date == date(2027, 2, 1)
    assert referral.pathway_hint == "pre_rt_dental_clearance"


def test_code_system_oids_become_fhir_uris() -> None:
    condition = from_360x(envelope()).referral.conditions[0]
    assert condition.system == "http://hl7.org/fhir/sid/icd-10-cm"
    assert condition.also[0].system == "http://snomed.info/sct"


def test_a_negated_problem_is_not_carried_as_a_problem_but_noted() -> None:
    referral = from_360x(envelope()).referral
    assert "Diabetes" not in str(referral.conditions)
    assert any(note.where.endswith("section[11450-4]/entry/observation") for note in referral.losses)


def test_the_substance_is_the_allergy() -> None:
    assert [each.code for each in from_360x(envelope()).referral.allergies] == ["7980"]


def test_what_is_not_carried_is_listed_by_segment_and_section() -> None:
    found = {note.where for note in from_360x(envelope()).referral.losses}
    assert "hl7v2 PV1" in found
    assert not {"hl7v2 PID-1", "hl7v2 OBR-2"} & found
    assert "ClinicalDocument/component/structuredBody/component/section[8716-3]" in found


def test_the_message_and_its_documents_are_kept_unchanged() -> None:
    documents = {each.attachment.id: each.content for each in from_360x(envelope(ORDER + "\r")).documents}
    assert documents == {"hl7v2": ORDER.encode() + b"\r", "doc-1": NOTE.encode()}


def test_a_finer_priority_is_carried_as_urgent_and_noted() -> None:
    assert "stated as A, carried as urgent" in [note.what for note in from_360x(envelope()).referral.losses]


def test_without_a_note_the_patient_comes_from_pid() -> None:
    referral = from_360x(envelope(note=None)).referral
    assert referral.patient.name == "Testina Sample"
    assert referral.patient.identifiers[0].system == "urn:oid:2.999.1"


@pytest.mark.parametrize(
    ("hl7v2", "where"),
    [
        ("PID|1", "hl7v2 MSH-1"),
        (ORDER.replace("OMG^O19", "ADT^A08"), "hl7v2 MSH-9"),
        (ORDER.replace("ORC|NW", "ORC|CA"), "hl7v2 ORC-1"),
        (ORDER.replace("REF-7^^2.999.5^ISO", ""), "hl7v2 ORC-2"),
        (ORDER.replace("||||||||A", "||||||||Q"), "hl7v2 TQ1-9"),
        (ORDER.replace("20270104091500", "20271304091500"), "hl7v2 MSH-7"),
        (ORDER.replace("19600229", "19610301"), "hl7v2 PID"),
        (ORDER.replace("OBR|", "observation|"), "hl7v2"),
    ],
)
def test_a_wrong_message_is_refused_with_its_field(hl7v2: str, where: str) -> None:
    with pytest.raises(InteropError) as caught:
        from_360x(envelope(hl7v2))
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("note", "what"),
    [
        ("<ClinicalDocument", "well-formed"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + NOTE.partition("?>")[2], "DOCTYPE"),
        (NOTE.replace("recordTarget", "target"), "no recordTarget"),
        (NOTE.replace('extension="MRN-1"', "").replace('root="2.999.1"', ""), "no identifier"),
        (NOTE.replace("19600229", "19610229"), "time stamp"),
        ("<a>" * 400 + "</a>" * 400, "well-formed"),
    ],
)
def test_a_wrong_note_is_refused(note: str, what: str) -> None:
    with pytest.raises(InteropError, match=what):
        from_360x(envelope(note=note))


def test_another_transaction_is_refused() -> None:
    with pytest.raises(InteropError, match=r"envelope.transaction: is not PCC-55"):
        from_360x(envelope(transaction="PCC-58"))


def test_two_documents_with_one_id_are_refused() -> None:
    twice = [{"id": "a", "mime_type": "text/plain", "content": "x"}] * 2
    with pytest.raises(InteropError, match=r"envelope.documents: two documents have the same id"):
        from_360x(envelope(documents=twice))


def test_a_binary_document_comes_as_base64() -> None:
    pdf = {"id": "pdf", "mime_type": "application/pdf", "encoding": "base64", "content": "JVBERg=="}
    documents = from_360x(envelope(documents=[pdf])).documents
    assert documents[1].content == b"%PDF"


def test_a_remark_on_an_allergy_is_no_allergy() -> None:
    severity = (
        '<entry><act><entryRelationship><observation><code code="SEV"/><value xsi:type="CD" code="371924009"'
        ' codeSystem="2.16.840.1.113883.6.96" displayName="Moderate to severe"/></observation></entryRelationship>'
        "</act>"
    )
    note = NOTE.replace('<code code="48765-2"/>', f'<code code="48765-2"/>{severity}</entry>')
    referral = from_360x(envelope(note=note)).referral
    assert [each.code for each in referral.allergies] == ["7980"]
    assert any(
        each.where.endswith("section[48765-2]/entry/act/entryRelationship/observation") for each in referral.losses
    )


def test_a_diagnosis_whose_type_the_sender_left_out_is_read_by_its_code() -> None:
    note = NOTE.replace('<value xsi:type="CD" code="C02.9"', '<value code="C02.9"')
    assert [each.code for each in from_360x(envelope(note=note)).referral.conditions] == ["C02.9"]


def test_a_priority_that_only_the_reason_states_counts_and_is_noted() -> None:
    note = NOTE.replace("<text>Dental check", "<text><list><item>Priority: urgent</item></list> Dental check")
    referral = from_360x(envelope(ORDER.replace("TQ1|1||||||||A", "TQ1|1"), note)).referral
    assert referral.priority == "urgent"
    assert any("taken from the words" in each.what for each in referral.losses)


def test_a_namespace_that_is_a_uri_stays_one() -> None:
    note = NOTE.replace('root="2.16.840.1.113883.4.6"', 'root="http://hl7.org/fhir/sid/us-npi"')
    assert from_360x(envelope(note=note)).referral.requester.identifier_system == "http://hl7.org/fhir/sid/us-npi"
