"""The patient withdraws consent to share: nothing leaves any more, and a clinician says how care goes on."""

from diagram import Diagram

diagram = d = Diagram(
    "consent_withdrawn",
    "Consent withdrawn",
    version_tag="1.0.0",
    doc="Sharing stops at once, recipients hear of the withdrawal, and the key worker agrees with the patient how care "
    "goes on. Treatment is never cancelled silently. Demo template: needs local clinical sign-off before use.",
)

d.lane("engine", "Engine")
d.lane("key_worker", "Key worker")

SYSTEM = {"escalation": "LAD-RED", "expectedDuration": "PT1H"}

d.start("s0", "Consent withdrawn", ("engine", 0, 1))
d.service(
    "apply",
    "Stop sharing, tell recipients",
    ("engine", 1, 1),
    doc="Effective at once: outbound shares to the withdrawn parties are blocked, what is queued and not yet sent is "
    "cancelled, tasks are shown only to those who may still see them. What was sent cannot be recalled: its recipients "
    "hear of the withdrawal.",
    type="consent.apply",
    inputs={"patient_id": "=patient_id", "scope": "=scope"},
    outputs={"consent_applied_at": "=string(now())"},
    properties=SYSTEM,
)
d.user(
    "continue_care",
    "Clinician reviews how care continues without sharing",
    ("key_worker", 2),
    groups="key_worker",
    priority=50,
    form="consent_withdrawn.continue_care",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "working",
        "expectedDuration": "P1D",
        "patientText": "You asked us not to share your information. Your key worker talks with you about how your care"
        " goes on.",
    },
)
d.xor("stop", "How does care go on?", ("engine", 3, 1))
d.service(
    "tell_lead",
    "Tell clinical lead: patient wishes to stop",
    ("engine", 4, 0),
    type="notify",
    headers={
        "tell": "clinical_lead,coordinator",
        "level": "escalation",
        "text": "After withdrawing consent the patient wishes to stop. Nothing was cancelled: decide with the patient.",
    },
)
d.service(
    "record",
    "Record the other legal basis for this case",
    ("engine", 4, 2),
    type="consent.record",
    inputs={
        "patient_id": "=patient_id",
        "scope": "=scope",
        "continue_mode": "=continue_mode",
        "legal_basis": "=legal_basis",
    },
    outputs={"legal_basis_other": "=true"},
    properties=SYSTEM,
)
d.service(
    "audit",
    "Record the withdrawal for audit",
    ("engine", 5, 1),
    type="audit.write",
    headers={"event": "consent.withdrawn"},
    inputs={
        "patient_id": "=patient_id",
        "scope": "=scope",
        "continue_mode": "=continue_mode",
        "legal_basis": "=legal_basis",
        "explained_to_patient": "=explained_to_patient",
    },
    outputs={"consent_audited_at": "=string(now())"},
    properties=SYSTEM,
)
d.end("end_ok", "Care goes on as agreed", ("engine", 6, 1))

d.path("s0", "apply", "continue_care", "stop")
d.flow("stop", "audit", default=True, name="without sharing")
d.flow("stop", "tell_lead", when='=continue_mode = "stop_pathway"', name="stop")
d.flow("stop", "record", when='=continue_mode = "legal_basis_other"', name="legal basis")
d.path("tell_lead", "audit", "end_ok")
d.path("record", "audit")

forms = {
    "continue_care": [
        "continue_mode:enum(patient_carries_letter|phone_with_verbal_consent|stop_pathway|legal_basis_other)!"
        " | How does care go on?",
        "legal_basis:string | Legal basis | When sharing goes on for another lawful reason",
        "explained_to_patient:bool! | Was this explained to the patient?",
    ],
}

data_classes = dict.fromkeys(("continue_mode", "legal_basis", "explained_to_patient"), "consent")
