"""What does an oncology department send? An IHE 360X PCC-55: OMG^O19 with a C-CDA Referral Note, in an envelope."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from demo.patients import Patient

SENDER = "referrals@oncology.demo.example"
RECIPIENT = "intake@pathways.demo.example"
PRIORITY = {"routine": "R", "urgent": "U", "asap": "A", "stat": "S"}
GENDER = {"female": "F", "male": "M"}
LOINC, SNOMED, PATIENTS = "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96", "2.16.840.1.113883.19.361"
RADIOTHERAPY = {"code": "108290001", "display": "Radiation oncology AND/OR radiotherapy"}


def envelope(referral_id: str, who: Patient, referral: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Write a referral as the envelope in which it is posted."""
    return {
        "direct_message_id": f"<{referral_id}@oncology.demo.example>",
        "submission_set_id": f"{PATIENTS}.{referral_id}",
        "sender_direct_address": SENDER,
        "recipient_direct_address": RECIPIENT,
        "transaction": "PCC-55",
        "hl7v2": _order(referral_id, who, referral, now),
        "documents": [{"id": "referral-note", "mime_type": "text/xml", "content": _note(who, referral, now)}],
    }


def _order(referral_id: str, who: Patient, referral: Mapping[str, Any], now: datetime) -> str:
    """OMG^O19 (HL7 v2.5.1 §4.4.4); the priority stands in TQ1-9."""
    stamp = now.strftime("%Y%m%d%H%M%S+0000")
    born = who.birth_date.strftime("%Y%m%d")
    segments = (
        f"MSH|^~\\&|ONCOLOGY|DEMO|PATHWAYS|DEMO|{stamp}||OMG^O19^OMG_O19|{referral_id}|P|2.5.1",
        f"PID|1||{who.number}^^^&{PATIENTS}&ISO^MR||{who.family}^{who.given}||{born}|{GENDER[who.gender]}",
        f"ORC|NW|{referral_id}",
        f"TQ1|1||||||||{PRIORITY[referral['priority']]}",
    )
    return "\r".join(segments) + "\r"


def _note(who: Patient, referral: Mapping[str, Any], now: datetime) -> str:
    """C-CDA R2.1 Referral Note (LOINC 57133-1)."""
    sections = [
        _section("42349-1", "Reason for referral", f"{referral['reason']}. {referral['question']}", ""),
        _section("11450-4", "Problems", referral["diagnosis"]["display"], _observation(referral["diagnosis"])),
    ]
    if referral.get("rt_start"):
        start = date.fromisoformat(referral["rt_start"])
        sections.append(_section("18776-5", "Plan of treatment", "Radiotherapy is planned", _planned(start)))
    return _document(who, now, "".join(sections))


def _document(who: Patient, now: datetime, sections: str) -> str:
    stamp = now.strftime("%Y%m%d%H%M%S+0000")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
        '<templateId root="2.16.840.1.113883.10.20.22.1.14"/>'
        f'<code code="57133-1" codeSystem="{LOINC}"/><title>Referral note (synthetic)</title>'
        f'<effectiveTime value="{stamp}"/>'
        f"<recordTarget><patientRole><id root={quoteattr(PATIENTS)} extension={quoteattr(who.number)}/>"
        f"<patient><name><given>{escape(who.given)}</given><family>{escape(who.family)}</family></name>"
        f'<administrativeGenderCode code="{GENDER[who.gender]}"/>'
        f'<birthTime value="{who.birth_date:%Y%m%d}"/></patient></patientRole></recordTarget>'
        f'<author><time value="{stamp}"/><assignedAuthor><id root="{PATIENTS}.1" extension="dr.eagle"/>'
        "<assignedPerson><name><given>Dr</given><family>Eagle</family></name></assignedPerson>"
        "<representedOrganization><name>Oncology (synthetic)</name></representedOrganization>"
        "</assignedAuthor></author>"
        f"<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"
    )


def _section(code: str, title: str, text: str, entry: str) -> str:
    return (
        f'<component><section><code code="{code}" codeSystem="{LOINC}"/><title>{title}</title>'
        f"<text>{escape(text)}</text>{entry}</section></component>"
    )


def _observation(diagnosis: Mapping[str, str]) -> str:
    code, display = quoteattr(diagnosis["code"]), quoteattr(diagnosis["display"])
    return (
        '<entry><observation classCode="OBS" moodCode="EVN">'
        f'<code code="64572001" codeSystem="{SNOMED}" displayName="Condition"/>'
        f'<value xsi:type="CD" code={code} codeSystem="{SNOMED}" displayName={display}/></observation></entry>'
    )


def _planned(start: date) -> str:
    code, display = RADIOTHERAPY["code"], quoteattr(RADIOTHERAPY["display"])
    return (
        '<entry><procedure classCode="PROC" moodCode="INT">'
        f'<code code="{code}" codeSystem="{SNOMED}" displayName={display}/>'
        f'<effectiveTime><low value="{start:%Y%m%d}"/></effectiveTime></procedure></entry>'
    )
