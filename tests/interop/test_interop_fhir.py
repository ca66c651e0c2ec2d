"""A FHIR R4 Bundle or ServiceRequest becomes a referral, and what does not fit is listed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from interop_documents import bundle

from interop.errors import InteropError
from interop.fhir.requesting import service_request, with_request
from interop.intake import from_fhir


def resource(document: dict[str, Any], index: int) -> dict[str, Any]:
    found: dict[str, Any] = document["entry"][index]["resource"]
    return found


def test_a_bundle_with_service_request_and_task_becomes_a_referral() -> None:
    referral = from_fhir(bundle()).referral
    assert (referral.referral_id, referral.assigner) == ("SR-1", "urn:placer")
    assert referral.patient.name == "Testina Sample"
    assert referral.patient.birth_date == "1960-02"
    assert referral.requester.name == "Dr Doe"
    assert referral.requester.organization == "Example Practice"
    assert referral.requester.reply_to == "answers@practice.example"
    assert referral.sent_at == datetime(2027, 1, 4, 8, tzinfo=UTC)
    assert referral.rt_start_date == date(2027, 2, 1)
    assert [each.code for each in referral.conditions] == ["73211009"]
    assert referral.pathway_hint == "ent_imaging_oncology"


def test_the_posted_json_is_kept_as_a_document_and_never_becomes_a_variable() -> None:
    intake = from_fhir(bundle())
    assert intake.documents[0].attachment == intake.referral.attachments[0]
    assert b"Former" in intake.documents[0].content
    assert "Former" not in str(intake.referral.to_variables())


def test_what_identifies_the_patient_is_in_the_one_variable_patient() -> None:
    variables = from_fhir(bundle()).referral.to_variables()
    assert "Sample" in str(variables.pop("patient"))
    assert "Sample" not in str(variables)
    assert "MRN-1" not in str(variables)


def test_everything_that_is_not_carried_is_listed() -> None:
    found = {note.where: note.count for note in from_fhir(bundle()).referral.losses}
    assert found["Bundle.entry[*].resource(Observation)"] == 1
    assert found["Bundle.entry[*].resource(Condition)"] == 1, "the refuted condition"
    assert found["Bundle.entry[*].resource(Patient).name[*]"] == 1, "the former name"


def test_a_single_service_request_with_a_contained_patient_is_accepted() -> None:
    document = bundle()
    request = resource(document, 1)
    request["contained"] = [resource(document, 0)]
    request["subject"] = {"reference": "#p"}
    request["requester"] = {"display": "Dr Walk-In"}
    referral = from_fhir(request).referral
    assert referral.patient.name == "Testina Sample"
    assert referral.requester.name == "Dr Walk-In"


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"priority": "soon"}, "Bundle.entry[1].resource.priority", "RequestPriority"),
        ({"status": "finished"}, "Bundle.entry[1].resource.status", "RequestStatus"),
        ({"status": "draft"}, "Bundle.entry[1].resource.status", "not active"),
        ({"intent": "wish"}, "Bundle.entry[1].resource.intent", "RequestIntent"),
        ({"intent": "proposal"}, "Bundle.entry[1].resource.intent", "not an order"),
        ({"doNotPerform": True}, "Bundle.entry[1].resource.doNotPerform", "not to perform"),
        ({"subject": {"reference": "Patient/other"}}, "Bundle.entry[1].resource.subject", "no Patient"),
        ({"subject": {"reference": "PractitionerRole/r"}}, "Bundle.entry[1].resource.subject", "Patient"),
        ({"authoredOn": "2027-02-30"}, "Bundle.entry[1].resource.authoredOn", "not a date"),
        ({"reasonCode": "pain"}, "Bundle.entry[1].resource.reasonCode", "not an array"),
        ({"modifierExtension": [{"url": "urn:x"}]}, "Bundle.entry[1].resource.modifierExtension", "meaning"),
        ({"implicitRules": "urn:x"}, "Bundle.entry[1].resource.implicitRules", "meaning"),
    ],
)
def test_a_wrong_request_is_refused_with_its_path(change: dict[str, object], where: str, what: str) -> None:
    with pytest.raises(InteropError) as caught:
        from_fhir(bundle(**change))
    assert caught.value.where == where
    assert what in caught.value.what


def test_a_task_status_outside_the_binding_is_refused() -> None:
    document = bundle()
    resource(document, 2)["status"] = "sent"
    with pytest.raises(InteropError, match=r"entry\[2\].resource.status: is not a code of TaskStatus"):
        from_fhir(document)


def test_two_service_requests_without_a_task_are_refused() -> None:
    document = bundle()
    document["entry"][2] = {"resource": {**resource(document, 1), "id": "s2"}}
    with pytest.raises(InteropError, match="second ServiceRequest"):
        from_fhir(document)


def test_data_of_another_patient_is_refused() -> None:
    document = bundle()
    resource(document, 5)["subject"] = {"reference": "Patient/mother"}
    with pytest.raises(InteropError, match="not the referred patient"):
        from_fhir(document)


def test_a_replaced_patient_record_is_refused() -> None:
    document = bundle()
    resource(document, 0)["link"] = [{"type": "replaced-by", "other": {"reference": "Patient/q"}}]
    with pytest.raises(InteropError, match="replaced by another"):
        from_fhir(document)


def test_a_bundle_type_that_carries_no_referral_is_refused() -> None:
    with pytest.raises(InteropError, match=r"Bundle\.type"):
        from_fhir({**bundle(), "type": "searchset"})


def test_an_error_never_quotes_what_the_sender_wrote() -> None:
    with pytest.raises(InteropError) as caught:
        from_fhir(bundle(priority="Testina Sample"))
    assert "Testina" not in str(caught.value)


def test_urgent_with_suspected_cancer_becomes_urgent_suspected_cancer_and_says_so() -> None:
    referral = from_fhir(bundle(reasonCode=[{"text": "Suspected head and neck cancer"}])).referral
    assert referral.priority == "urgent_suspected_cancer"
    assert any("raised" in note.what for note in referral.losses)


def test_a_stated_routine_is_never_raised_but_noted_for_triage() -> None:
    referral = from_fhir(bundle(priority="routine", note=[{"text": "suspected laryngeal cancer"}])).referral
    assert referral.priority == "routine"
    assert any("check at triage" in note.what for note in referral.losses)


def test_the_newest_referral_procedure_of_a_record_is_read_as_a_service_request() -> None:
    referral = from_fhir(record("2026-01-02T10:00:00Z", "2026-05-02T10:00:00Z", "2025-05-02T10:00:00Z")).referral
    assert referral.referral_id == "procedure-1"
    assert referral.service_code is not None
    assert referral.service_code.code == "103697008"
    assert referral.sent_at == datetime(2026, 5, 2, 10, tzinfo=UTC)
    assert any("read as ServiceRequest" in note.what for note in referral.losses)
    assert {"Bundle.entry[*].resource(Procedure)": 2}.items() <= {(note.where, note.count) for note in referral.losses}


def record(*made_at: str) -> dict[str, Any]:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "103697008"}]}
    procedures = [
        {
            "resourceType": "Procedure",
            "id": f"procedure-{index}",
            "status": "completed",
            "code": code,
            "subject": {"reference": "Patient/p"},
            "performedDateTime": when,
        }
        for index, when in enumerate(made_at)
    ]
    entries = [{"resource": resource(bundle(), 0)}, *({"resource": each} for each in procedures)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def test_a_record_without_any_request_is_refused_until_one_is_added() -> None:
    history = record()
    with pytest.raises(InteropError, match="neither a ServiceRequest nor a Procedure"):
        from_fhir(history)
    request = service_request(
        identifier={"system": "urn:placer", "value": "NEW-1"},
        subject={"reference": "Patient/p"},
        code={"text": "Dental clearance before head and neck radiotherapy"},
        authored_on="2027-01-04T09:00:00Z",
    )
    referral = from_fhir(with_request(history, request, rt_start_date="2027-01-20")).referral
    assert referral.referral_id == "NEW-1"
    assert referral.rt_start_date == date(2027, 1, 20)
    assert referral.pathway_hint == "pre_rt_dental_clearance"
