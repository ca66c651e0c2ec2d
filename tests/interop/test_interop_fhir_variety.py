"""Other populations and other systems write a referral in other ways: what is clear is read, what is not refused."""

from typing import Any

import pytest
from interop_documents import bundle, losses, resource, with_entries, without_task

from interop.errors import InteropError
from interop.intake import from_fhir

Json = dict[str, Any]
LETTER = {"contentType": "text/plain", "data": "SGVsbG8="}


def other_request(**changed: object) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "urn:uuid:p"},
        "code": {"text": "CT of the neck"},
        **changed,
    }


@pytest.mark.parametrize("kind", ["transaction", "collection", "message"])
def test_the_type_of_the_bundle_changes_nothing(kind: str) -> None:
    found, usual = (from_fhir(each).referral for each in ({**bundle(), "type": kind}, bundle()))
    assert found.model_dump(exclude={"attachments"}) == usual.model_dump(exclude={"attachments"})


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("batch", "POST each referral by itself"),
        ("searchset", "Send one of: transaction"),
        ("history", "Send one of: transaction"),
        ("batch-response", "Send one of: transaction"),
        ("bag", "Use one of: batch"),
    ],
)
def test_a_bundle_of_a_type_that_carries_no_single_referral_is_refused_with_what_to_send(
    kind: str, remedy: str
) -> None:
    with pytest.raises(InteropError) as caught:
        from_fhir({**bundle(), "type": kind})
    assert (caught.value.where, remedy in caught.value.remedy) == ("Bundle.type", True)


@pytest.mark.parametrize(
    ("full_url", "own_id", "reference"),
    [
        ("urn:uuid:0b5", "0b5", "Patient/0b5"),
        ("urn:uuid:0b5", None, "Patient/0b5"),
        ("https://ehr.example/fhir/Patient/7", "7", "Patient/7/_history/2"),
        ("https://ehr.example/fhir/Patient/7", None, "Patient/7"),
        ("https://ehr.example/fhir/Patient/7", "7", "https://ehr.example/fhir/Patient/7"),
        (None, "0b5", "urn:uuid:0b5"),
    ],
)
def test_a_patient_is_found_however_they_are_referred_to(
    full_url: str | None, own_id: str | None, reference: str
) -> None:
    value = bundle(subject={"reference": reference})
    resource(value, "Patient").pop("id")
    value["entry"][0] = {
        key: each for key, each in (("fullUrl", full_url), ("resource", resource(value, "Patient"))) if each
    }
    if own_id:
        resource(value, "Patient")["id"] = own_id
    value["entry"] = [each for each in value["entry"] if each["resource"]["resourceType"] != "Condition"]
    assert from_fhir(value).referral.patient.name == "Testina Sample"


def test_an_id_that_two_patients_have_names_none_of_them() -> None:
    twin = {**resource(bundle(), "Patient"), "name": [{"text": "Testina Other"}]}
    value = with_entries(twin, subject={"reference": "Patient/p"})
    with pytest.raises(InteropError, match="no Patient that came along"):
        from_fhir(value)


def test_contained_resources_refer_to_each_other() -> None:
    value = bundle()
    request = resource(value, "ServiceRequest")
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#d"}}
    condition = {"resourceType": "Condition", "id": "c", "code": {"text": "Gingivitis"}, "subject": {"reference": "#p"}}
    request |= {
        "contained": [resource(value, "Patient"), role, {**resource(value, "Practitioner"), "id": "d"}, condition],
        "subject": {"reference": "#p"},
        "requester": {"reference": "#r"},
        "reasonReference": [{"reference": "#c"}],
    }
    referral = from_fhir(request).referral
    assert (referral.requester.name, referral.conditions[0].text) == ("Dr Doe", "Gingivitis")
    assert "Gingivitis" in [each.text for each in referral.reason]


def test_a_requester_that_is_searched_for_is_known_by_the_identifier() -> None:
    asked_by = {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1000000012", "display": "Dr Far"}
    found = from_fhir(bundle(requester=asked_by)).referral.requester
    assert (found.name, found.identifier) == ("Dr Far", "1000000012")
    assert found.identifier_system == "http://hl7.org/fhir/sid/us-npi"


def test_a_requester_of_whom_nothing_came_is_listed() -> None:
    referral = from_fhir(bundle(requester={"reference": "Practitioner/elsewhere"})).referral
    assert any(each.endswith("(ServiceRequest).requester") for each in losses(referral))


@pytest.mark.parametrize(
    "other",
    [{"status": "completed"}, {"status": "revoked"}, {"status": "draft", "intent": "proposal"}],
    ids=lambda other: other["status"],
)
def test_requests_of_the_past_do_not_hide_the_one_that_asks(other: Json) -> None:
    referral = from_fhir(without_task(other_request(**other))).referral
    assert referral.referral_id == "SR-1"
    assert losses(referral)["Bundle.entry[*].resource(ServiceRequest)"] == 1


def test_of_several_that_ask_the_one_that_is_a_referral_counts() -> None:
    referral = {"coding": [{"system": "http://snomed.info/sct", "code": "103697008"}]}
    found = from_fhir(without_task(other_request(), other_request(), code=referral)).referral
    assert (found.referral_id, losses(found)["Bundle.entry[*].resource(ServiceRequest)"]) == ("SR-1", 2)


def test_requests_that_are_all_over_are_refused_for_that() -> None:
    with pytest.raises(InteropError, match="not active"):
        from_fhir(without_task(other_request(status="completed"), status="completed"))


def test_a_name_of_which_a_part_is_withheld_is_the_rest() -> None:
    value = bundle()
    withheld = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}]}
    resource(value, "Patient")["name"] = [{"given": [None, "李"], "_given": [withheld, None], "family": "王"}]
    assert from_fhir(value).referral.patient.name == "李 王"


def test_a_month_in_a_plan_is_no_date_to_work_towards() -> None:
    plan: Json = {"resourceType": "CarePlan", "activity": [{"detail": {"code": {"text": "Radiotherapy"}}}]}
    plan["activity"][0]["detail"]["scheduledPeriod"] = {"start": "2027-03"}
    referral = from_fhir(without_task(plan)).referral
    assert referral.rt_start_date is None
    assert "Bundle.entry[*].resource(CarePlan).activity[*]" in losses(referral)


@pytest.mark.parametrize("status", ["entered-in-error", "superseded"])
def test_a_document_that_does_not_count_is_left_out(status: str) -> None:
    document = {"resourceType": "DocumentReference", "id": "d", "status": status, "content": [{"attachment": LETTER}]}
    intake = from_fhir(with_entries(document))
    assert len(intake.documents) == 1
    assert "Bundle.entry[*].resource(DocumentReference)" in losses(intake.referral)


def test_a_document_whose_content_is_a_binary_of_the_bundle_is_carried() -> None:
    value = with_entries({"resourceType": "DocumentReference", "content": [{"attachment": {"url": "Binary/b"}}]})
    value["entry"].append({"resource": {"resourceType": "Binary", "id": "b", **LETTER}})
    assert from_fhir(value).documents[1].content == b"Hello"


def test_a_copy_of_the_patient_within_the_request_is_nobody_else() -> None:
    value = bundle(subject={"reference": "#me"})
    copy = {**resource(value, "Patient"), "id": "me", "meta": {"versionId": "2"}}
    resource(value, "ServiceRequest")["contained"] = [copy]
    referral, usual = from_fhir(value).referral, from_fhir(bundle()).referral
    assert (referral.patient, referral.conditions) == (usual.patient, usual.conditions)
    copy["birthDate"] = "1961-02"
    with pytest.raises(InteropError, match="not the referred patient"):
        from_fhir(value)


@pytest.mark.parametrize("kind", ["DocumentReference", "Observation"])
def test_what_is_about_another_patient_is_refused(kind: str) -> None:
    mother = {**resource(bundle(), "Patient"), "id": "m", "birthDate": "1938-02"}
    about = {"resourceType": kind, "id": "pain", "subject": {"reference": "Patient/m"}, "code": {"text": "Pain"}}
    with pytest.raises(InteropError, match="not the referred patient"):
        from_fhir(with_entries(mother, about, reasonReference=[{"reference": "Observation/pain"}]))


def test_a_refuted_condition_is_no_reason() -> None:
    refuted = {"coding": [{"code": "refuted"}]}
    condition = {"resourceType": "Condition", "id": "c", "code": {"text": "Asthma"}, "verificationStatus": refuted}
    sent = with_entries(
        {**condition, "subject": {"reference": "urn:uuid:p"}}, reasonReference=[{"reference": "Condition/c"}]
    )
    referral = from_fhir(sent).referral
    assert "Asthma" not in str(referral.reason)
    assert any(each.endswith("(ServiceRequest).reasonReference[*]") for each in losses(referral))


def test_of_very_many_prescriptions_the_active_are_carried_first() -> None:
    def prescribed(number: int, status: str) -> Json:
        code, subject = {"text": f"Drug {number}"}, {"reference": "urn:uuid:p"}
        kind = {"resourceType": "MedicationRequest", "status": status, "intent": "order"}
        return {**kind, "subject": subject, "medicationCodeableConcept": code}

    sent = with_entries(*(prescribed(n, "completed") for n in range(600)), prescribed(600, "active"))
    referral = from_fhir(sent).referral
    assert (len(referral.medications), referral.medications[0].text) == (500, "Drug 600")
    assert losses(referral)["Bundle.entry[*].resource(MedicationRequest)"] == 101


@pytest.mark.parametrize(
    ("own_id", "full_url", "number"),
    [
        ("s", "urn:uuid:s", ("s", None)),
        ("s", None, ("s", None)),
        (None, "urn:uuid:s", ("s", None)),
        ("s", "https://ehr.example/fhir/ServiceRequest/s", ("s", "https://ehr.example/fhir/ServiceRequest")),
    ],
)
def test_a_request_without_identifier_has_the_number_that_its_server_gave(
    own_id: str | None, full_url: str | None, number: tuple[str, str | None]
) -> None:
    value = without_task(identifier=[])
    resource(value, "ServiceRequest").pop("id")
    value["entry"][1] = {"resource": resource(value, "ServiceRequest") | ({"id": own_id} if own_id else {})}
    value["entry"][1] |= {"fullUrl": full_url} if full_url else {}
    referral = from_fhir(value).referral
    assert (referral.referral_id, referral.assigner) == number


def test_a_referral_of_a_record_without_ids_is_numbered_by_its_entry() -> None:
    kind = {"resourceType": "Procedure", "status": "completed", "code": {"text": "Referral to dentist"}}
    procedure = {**kind, "subject": {"reference": "urn:uuid:p"}}
    value = {"resourceType": "Bundle", "type": "collection", "entry": [bundle()["entry"][0]]}
    value["entry"].append({"fullUrl": "urn:uuid:0c2", "resource": procedure})
    assert from_fhir(value).referral.referral_id == "0c2"
    del value["entry"][1]["fullUrl"]
    with pytest.raises(InteropError, match=r"entry\[1\].resource.id: is missing"):
        from_fhir(value)
