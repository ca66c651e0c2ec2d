"""Synthetic inbound documents that several tests start from."""

from typing import Any

from interop.referral import Referral

Json = dict[str, Any]

NOTE = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <code code="57133-1" codeSystem="2.16.840.1.113883.6.1"/>
  <effectiveTime value="20270104090000+0100"/>
  <recordTarget><patientRole>
    <id root="2.999.1" extension="MRN-1"/>
    <telecom value="tel:+1-555-0100" use="HP"/>
    <patient>
      <name><given>Testina</given><family>Sample</family></name>
      <administrativeGenderCode code="F"/><birthTime value="19600229"/>
      <languageCommunication><languageCode code="fr"/></languageCommunication>
    </patient>
  </patientRole></recordTarget>
  <author><assignedAuthor>
    <id root="2.16.840.1.113883.4.6" extension="1000000004"/>
    <assignedPerson><name><given>Olga</given><family>Onco</family></name></assignedPerson>
    <representedOrganization><name>Example Oncology</name></representedOrganization>
  </assignedAuthor></author>
  <component><structuredBody>
    <component><section><code code="42349-1"/><text>Dental check before radiotherapy.</text></section></component>
    <component><section><code code="11450-4"/><title>Problems</title>
      <entry><act><entryRelationship><observation>
        <code code="55607006"/>
        <value xsi:type="CD" code="C02.9" codeSystem="2.16.840.1.113883.6.90" displayName="Tongue cancer">
          <translation code="363349007" codeSystem="2.16.840.1.113883.6.96"/>
        </value>
      </observation></entryRelationship></act></entry>
      <entry><observation negationInd="true"><value xsi:type="CD" code="73211009"
        codeSystem="2.16.840.1.113883.6.96" displayName="Diabetes"/></observation></entry>
    </section></component>
    <component><section><code code="48765-2"/>
      <entry><act><entryRelationship><observation>
        <value xsi:type="CD" code="419199007" codeSystem="2.16.840.1.113883.6.96"/>
        <participant><participantRole><playingEntity>
          <code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin G"/>
        </playingEntity></participantRole></participant>
      </observation></entryRelationship></act></entry>
    </section></component>
    <component><section><code code="18776-5"/>
      <entry><procedure><code code="108290001" codeSystem="2.16.840.1.113883.6.96"/>
        <effectiveTime><low value="20270201"/></effectiveTime></procedure></entry>
    </section></component>
    <component><section><code code="8716-3"/><text>BP 120/80</text></section></component>
  </structuredBody></component>
</ClinicalDocument>
"""

ORDER = "\r".join(
    (
        "MSH|^~\\&|EHR|ONC|||20270104091500+0100||OMG^O19^OMG_O19|MSG-7|P|2.5.1",
        "PID|1||MRN-1^^^&2.999.1&ISO^MR||Sample^Testina||19600229|F",
        "ORC|NW|REF-7^^2.999.5^ISO|||||||||||||||",
        "OBR|1|REF-7||103697008^Patient referral for dental care^SCT",
        "TQ1|1||||||||A",
        "PV1|1|O",
        "NTE|1||Please phone\\T\\write",
    )
)


def envelope(hl7v2: str = ORDER, note: str | None = NOTE, **changed: object) -> Json:
    """A PCC-55 envelope."""
    documents = [{"id": "doc-1", "mime_type": "text/xml", "content": note}] if note is not None else []
    return {
        "direct_message_id": "<7@onc.example>",
        "submission_set_id": "2.999.7",
        "sender_direct_address": "referrals@onc.example",
        "recipient_direct_address": "intake@dental.example",
        "transaction": "PCC-55",
        "hl7v2": hl7v2,
        "documents": documents,
        **changed,
    }


def bundle(**request: object) -> Json:
    """A transaction with Patient, requester, ServiceRequest, Task and clinical context."""
    reference = {"reference": "urn:uuid:p"}
    resources: list[Json] = [
        {
            "resourceType": "Patient",
            "id": "p",
            "identifier": [{"system": "urn:mrn", "value": "MRN-1"}],
            "name": [
                {"use": "old", "text": "Testina Former"},
                {"use": "official", "given": ["Testina"], "family": "Sample"},
            ],
            "birthDate": "1960-02",
            "gender": "female",
        },
        {
            "resourceType": "ServiceRequest",
            "id": "s",
            "identifier": [{"system": "urn:placer", "value": "SR-1"}],
            "status": "active",
            "intent": "order",
            "priority": "urgent",
            "code": {"text": "Ear, nose and throat assessment"},
            "subject": reference,
            "requester": {"reference": "PractitionerRole/r"},
            "authoredOn": "2027-01-04T09:00:00+01:00",
            "reasonCode": [{"text": "Hoarse for six weeks"}],
            **request,
        },
        {
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "focus": {"reference": "urn:uuid:s"},
            "input": [{"type": {"text": "rt_start_date"}, "valueDate": "2027-02-01"}],
        },
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "practitioner": {"reference": "Practitioner/d"},
            "organization": {"display": "Example Practice"},
            "telecom": [{"system": "email", "value": "answers@practice.example"}],
        },
        {
            "resourceType": "Practitioner",
            "id": "d",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1000000004"}],
            "name": [{"text": "Dr Doe"}],
        },
        {
            "resourceType": "Condition",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "73211009"}]},
            "subject": reference,
        },
        {
            "resourceType": "Condition",
            "verificationStatus": {"coding": [{"code": "refuted"}]},
            "code": {"text": "Asthma"},
            "subject": reference,
        },
        {"resourceType": "Observation", "status": "final"},
    ]
    entries = [{"fullUrl": f"urn:uuid:{each.get('id', 'x')}", "resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def plain() -> Json:
    """A referral in our own JSON."""
    return {
        "referral_id": "J-1",
        "assigner": "example-clinic",
        "reason": [{"text": "Neck lump"}],
        "priority": "urgent",
        "patient": {"identifiers": [{"value": "MRN-1"}], "name": "Testina Sample"},
        "requester": {"name": "Dr Doe", "reply_to": "answers@practice.example"},
        "sent_at": "2027-01-04T09:00:00+01:00",
        "rt_start_date": "2027-02-01",
        "documents": [{"id": "letter", "mime_type": "text/plain", "content": "SGVsbG8="}],
    }


def resource(value: Json, kind: str) -> Json:
    """The first resource of its kind in a Bundle."""
    found: Json = next(each["resource"] for each in value["entry"] if each["resource"]["resourceType"] == kind)
    return found


def with_entries(*resources: Json, **request: object) -> Json:
    """The usual Bundle with more in it."""
    value = bundle(**request)
    value["entry"] += [{"resource": each} for each in resources]
    return value


def without_task(*resources: Json, **request: object) -> Json:
    """The same without a Task."""
    value = with_entries(*resources, **request)
    del value["entry"][2]
    return value


def losses(referral: Referral) -> dict[str, int]:
    """How often what is not carried, by where."""
    return {each.where: each.count for each in referral.losses}
