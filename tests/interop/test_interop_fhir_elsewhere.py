"""Guides of other countries and other versions of FHIR: what they write otherwise is read, or refused by its name."""

from typing import Any

import pytest
from interop_documents import bundle, losses, resource, with_entries, without_task

from interop.codes import ICD_10, ICD_10_CM, LOINC, SNOMED, canonical
from interop.errors import InteropError
from interop.intake import PostedJson, from_fhir
from interop.referral import Referral
from interop.routing import ENT_IMAGING_ONCOLOGY

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("system", "ours"),
    [
        ("http://snomed.info/sct", SNOMED),
        ("http://snomed.info/sct/999000021000000109", SNOMED),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED),
        ("2.16.840.1.113883.6.1", LOINC),
        ("http://hl7.org/fhir/sid/icd-10-cm", ICD_10_CM),
        ("http://hl7.org/fhir/sid/icd-10-nl", ICD_10),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", ICD_10),
        ("http://hl7.org/fhir/sid/icd-10-nl/other", "http://hl7.org/fhir/sid/icd-10-nl/other"),
        ("urn:oid:1.2.3", "urn:oid:1.2.3"),
        (None, None),
    ],
)
def test_a_code_system_is_known_by_its_other_names(system: str | None, ours: str | None) -> None:
    assert canonical(system) == ours


@pytest.mark.parametrize("system", ["http://fhir.de/CodeSystem/bfarm/icd-10-gm", "urn:oid:2.16.840.1.113883.6.3"])
def test_the_code_of_a_national_icd_10_chooses_the_pathway_and_stays_as_it_was_sent(system: str) -> None:
    reason = {"coding": [{"system": system, "code": "C01", "display": "Zungengrund"}]}
    found = from_fhir(bundle(code={"text": "Überweisung"}, reasonCode=[reason], note=[])).referral
    assert (found.pathway_hint, found.reason[0].system) == (ENT_IMAGING_ONCOLOGY, system)


def named(**name: object) -> Referral:
    value = bundle()
    resource(value, "Patient")["name"] = [name]
    return from_fhir(value).referral


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ({"text": "田中 太郎", "family": "田中", "given": ["太郎"]}, "田中 太郎"),
        ({"text": "Nagy Júlia", "family": "Nagy", "given": ["Júlia"]}, "Nagy Júlia"),
        ({"family": "Suharto"}, "Suharto"),
        ({"given": ["Sukarno"]}, "Sukarno"),
        ({"text": "Mr. Li", "family": "Wang", "given": ["Li"]}, "Li Wang"),
    ],
)
def test_a_name_is_shown_as_its_language_orders_it_and_no_part_is_lost(name: Json, shown: str) -> None:
    assert named(**name).patient.name == shown


def test_a_text_that_does_not_hold_the_whole_name_is_listed() -> None:
    assert any(each.endswith(".name[*].text") for each in losses(named(text="Li", family="Wang", given=["Li"])))


def allergy(**changed: object) -> Json:
    patient = {"reference": "urn:uuid:p"}
    return {"resourceType": "AllergyIntolerance", "code": {"text": "Penicillin G"}, "patient": patient, **changed}


def enclosed(*resources: Json, kind: str = "document") -> Json:
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "id": "in", "type": kind, "timestamp": "2027-01-04T09:00:00Z", "entry": entries}


def test_what_a_document_within_a_message_holds_came_along() -> None:
    """BSeR sends what supports a referral as a document Bundle within its message Bundle."""
    note: Json = {"resourceType": "Composition", "status": "final", "subject": {"reference": "urn:uuid:p"}}
    note["type"] = {"coding": [{"system": LOINC, "code": "57133-1"}]}
    found = from_fhir({**with_entries(enclosed(note, allergy())), "type": "message"}).referral
    assert [each.text for each in found.allergies][-1] == "Penicillin G"
    assert any(each.endswith("resource(Bundle).timestamp") for each in losses(found))


def test_a_bundle_within_that_is_no_document_is_listed() -> None:
    found = from_fhir(with_entries(enclosed(allergy(), kind="searchset"))).referral
    assert "Penicillin G" not in [each.text for each in found.allergies]
    assert losses(found)["Bundle.entry[*].resource(Bundle)"] == 1


def test_a_reason_in_a_section_within_another_is_read() -> None:
    reason: Json = {"code": {"coding": [{"system": LOINC, "code": "42349-1"}]}, "text": {"div": "<div>Sore</div>"}}
    kind = {"coding": [{"system": "http://jpfhir.jp/fhir/Common/CodeSystem/doc-typecodes", "code": "57133-1"}]}
    note: Json = {"resourceType": "Composition", "status": "final", "type": kind, "identifier": {"value": "N-1"}}
    note |= {"subject": {"reference": "urn:uuid:p"}, "section": [{"title": "Structured", "section": [reason]}]}
    value = {"resourceType": "Bundle", "type": "document", "entry": [{"resource": note}, bundle()["entry"][0]]}
    assert from_fhir(value).referral.clinical_question == "Sore"


def test_a_swiss_order_form_is_a_referral_note() -> None:
    note: Json = {"resourceType": "Composition", "status": "final", "subject": {"reference": "urn:uuid:p"}}
    note["type"] = {"coding": [{"system": SNOMED, "code": "419891008"}]}
    note["category"] = [{"coding": [{"system": SNOMED, "code": "721927009"}]}]
    value = {**bundle(), "type": "document"}
    value["entry"] = [{"resource": note}, *value["entry"]]
    assert from_fhir(value).referral.referral_id == "SR-1"
    note["category"] = []
    value["entry"] = [each for each in value["entry"] if each["resource"]["resourceType"] != "ServiceRequest"]
    with pytest.raises(InteropError, match="does not begin with a referral note"):
        from_fhir(value)


def order_form(*others: Json, entry: str = "urn:uuid:s", **changed: object) -> Json:
    """A Swiss document of no more than the type of a record, with its order and what else came along."""
    note: Json = {"resourceType": "Composition", "status": "final", "subject": {"reference": "urn:uuid:p"}}
    note |= {"title": "Order and Referral by Form", "type": {"coding": [{"system": SNOMED, "code": "419891008"}]}}
    note |= {"section": [{"title": "Order-Referral", "entry": [{"reference": entry}]}], **changed}
    value = {**without_task(*others), "type": "document"}
    return {**value, "entry": [{"resource": note}, *value["entry"]]}


SECOND: Json = {"resourceType": "ServiceRequest", "id": "2", "status": "active", "intent": "order"}
REPORT: Json = {"resourceType": "DiagnosticReport", "status": "final", "basedOn": [{"reference": "urn:uuid:s"}]}
ANSWERS: Json = {"url": "http://example.org/composition-basedOn-order", "valueReference": {"reference": "urn:uuid:s"}}


@pytest.mark.parametrize("value", [order_form(), order_form(SECOND), order_form(entry="urn:uuid:form")])
def test_a_record_is_a_referral_by_the_order_that_it_names_or_the_only_one_that_came_along(value: Json) -> None:
    found = from_fhir(value).referral
    assert found.referral_id == "SR-1"
    assert "Order and Referral by Form" in found.clinical_question


@pytest.mark.parametrize(
    "value",
    [
        order_form(REPORT),
        order_form(extension=[ANSWERS]),
        order_form(SECOND, entry="urn:uuid:form"),
        order_form(type={"coding": [{"system": LOINC, "code": "11488-4", "display": "Consult note"}]}),
    ],
    ids=["a report on it", "it fulfils it", "one of two", "a consult note"],
)
def test_a_record_that_answers_an_order_or_leaves_open_which_one_is_meant_is_no_referral(value: Json) -> None:
    with pytest.raises(InteropError, match="does not begin with a referral note"):
        from_fhir(value)


@pytest.mark.parametrize("guide", ["eReferral", "clins"])
def test_the_reason_of_a_japanese_referral_is_its_purpose(guide: str) -> None:
    system = f"http://jpfhir.jp/fhir/{guide}/CodeSystem/document-section"
    purpose: Json = {"code": {"coding": [{"system": system, "code": "950"}]}, "text": {"div": "<div>Sore throat</div>"}}
    kind = {"coding": [{"system": "http://jpfhir.jp/fhir/Common/CodeSystem/doc-typecodes", "code": "57133-1"}]}
    note: Json = {"resourceType": "Composition", "status": "final", "type": kind, "identifier": {"value": "N-1"}}
    note |= {"subject": {"reference": "urn:uuid:p"}, "section": [{"title": "Structured", "section": [purpose]}]}
    value = {"resourceType": "Bundle", "type": "document", "entry": [{"resource": note}, bundle()["entry"][0]]}
    found = from_fhir(value)
    assert found.referral.clinical_question == "Sore throat"
    assert not any("Composition" in each for each in losses(found.referral))


@pytest.mark.parametrize(
    ("value", "where", "version"),
    [
        (bundle(code={"concept": {"text": "Referral"}}), "resource.code.concept", "R5"),
        (bundle(reason=[{"concept": {"text": "Hoarse"}}]), "resource.reason", "R5"),
        (
            with_entries({"resourceType": "MedicationRequest", "medication": {"concept": {"text": "Warfarin"}}}),
            "resource.medication",
            "R5",
        ),
        ({"resourceType": "ReferralRequest", "status": "active"}, "ReferralRequest", "STU3"),
        (without_task({"resourceType": "ProcedureRequest", "status": "active"}), "resource", "STU3"),
    ],
)
def test_what_another_version_of_fhir_writes_otherwise_is_refused_by_its_name(
    value: Json, where: str, version: str
) -> None:
    with pytest.raises(InteropError, match=f"is FHIR {version}.*R4") as caught:
        from_fhir(value)
    assert caught.value.where.endswith(where)


@pytest.mark.parametrize(
    "subject",
    [
        {"identifier": {"system": "urn:mrn", "value": "MRN-1"}, "display": "T. Sample"},
        {"identifier": {"system": "urn:mrn", "value": "MRN-1"}, "type": "Patient"},
        {"reference": "Patient?identifier=urn:mrn|MRN-1"},
        {"reference": "Patient?identifier=urn%3Amrn|MRN-1"},
    ],
)
def test_a_patient_is_found_by_the_identifier_that_a_reference_names(subject: Json) -> None:
    found = from_fhir(bundle(subject=subject)).referral
    assert found.patient.name == "Testina Sample"
    assert not any("subject.identifier" in each for each in losses(found))


def test_an_identifier_that_two_patients_have_or_that_lacks_its_system_names_none_of_them() -> None:
    twin = {**resource(bundle(), "Patient"), "id": "q", "name": [{"text": "Testina Other"}]}
    with pytest.raises(InteropError, match="no Patient that came along"):
        from_fhir(with_entries(twin, subject={"identifier": {"system": "urn:mrn", "value": "MRN-1"}}))
    with pytest.raises(InteropError, match="no Patient that came along"):
        from_fhir(bundle(subject={"identifier": {"value": "MRN-1"}}))


LETTER: Json = {"contentType": "text/plain", "data": "SGVsbG8="}


def letter(**attachment: object) -> Json:
    content = [{"attachment": {**LETTER, **attachment}}, {"attachment": LETTER}]
    return {"resourceType": "DocumentReference", "id": "x" * 300, "status": "current", "content": content}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (bundle(identifier=[{"value": "9" * 1_001}]), "resource.identifier[0].value"),
        (bundle(code={"coding": [{"code": "c" * 1_001}]}), "resource.code.coding[0].code"),
        (bundle(code={"text": "t" * 20_001}), "resource.code.text"),
        (bundle(note=[{"text": "n" * 15_000}] * 2), "resource.note"),
        (bundle(requester={"display": "d" * 1_001}), "resource.requester.display"),
        (with_entries(letter(contentType="m" * 201)), "resource.content[0].attachment.contentType"),
    ],
)
def test_what_is_too_long_is_refused_at_its_place(value: Json, where: str) -> None:
    with pytest.raises(InteropError, match="has more than") as caught:
        from_fhir(value)
    assert caught.value.where.endswith(where)


def test_documents_under_a_long_id_are_told_apart() -> None:
    assert len(from_fhir(with_entries(letter())).documents) == 3


def test_json_as_posted_is_kept_byte_for_byte() -> None:
    content = b'{"the very": 1.10 }'
    intake = from_fhir(PostedJson(content, bundle()))
    assert intake.documents[0].content == content
