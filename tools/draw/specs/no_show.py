"""The patient did not come: find out why, agree a new appointment, and let a clinician decide at the second time."""

from diagram import Diagram

diagram = d = Diagram(
    "no_show",
    "No-show handling",
    version_tag="1.0.0",
    doc="The patient missed an appointment: contact, reason, new slot; repeated non-attendance is reviewed by a "
    "clinician and never discharged automatically. Demo template: needs local clinical sign-off before use.",
)

d.lane("booking", "Booking office")
d.lane("lead", "Clinical lead")

LADDER = {"escalation": "LAD-URGENT", "calendar": "working", "expectedDuration": "P1D"}

d.start("s0", "Appointment missed", ("booking", 0))
d.user(
    "contact",
    "Contact patient and record reason",
    ("booking", 1),
    doc="Counts this missed appointment. The answer is to rebook unless a clinician decides otherwise.",
    groups="booking_office",
    priority=50,
    form="no_show.contact",
    properties={**LADDER, "patientText": "You missed an appointment. We call you to find a new one that suits you."},
    outputs={
        "noshow_count": "=if noshow_count = null then 1 else noshow_count + 1",
        "noshow_decision": '="rebook"',
        "noshow_label": '=if is_child = true then "was not brought" else "did not attend"',
        "noshow_reason": "=noshow_reason",
        "reached_patient": "=reached_patient",
        "barriers": "=barriers",
        "new_slot": "=new_slot",
    },
)
d.xor("repeated", "Does a clinician decide?", ("booking", 2))
d.end("end_rebook", "Rebook", ("booking", 3))
d.user(
    "review",
    "Clinical review of repeated non-attendance",
    ("lead", 2),
    groups="clinical_lead",
    priority=50,
    form="no_show.review",
    properties={
        **LADDER,
        "patientText": "A clinician looks at how we can best help you after the missed appointments.",
    },
    outputs={"noshow_decision": "=decision", "noshow_rationale": "=rationale"},
)
d.end("end_reviewed", "Decided by a clinician", ("lead", 3))

d.path("s0", "contact", "repeated")
d.flow("repeated", "end_rebook", default=True, name="no")
d.flow(
    "repeated",
    "review",
    when='=noshow_count >= 2 or noshow_reason = "PATIENT_DIED"',
    name="second time, or patient died",
)
d.path("review", "end_reviewed")

forms = {
    "contact": [
        "noshow_reason:enum(CANCELLED_TOO_LATE|ARRIVED_TOO_LATE|PATIENT_FORGOT|PATIENT_ILL|TRANSPORT|PATIENT_DIED"
        "|UNKNOWN|OTHER)! | Reason",
        "reached_patient:bool! | Did you reach the patient or carer?",
        "barriers:text | What makes it hard to come?",
        "new_slot:datetime | New appointment",
    ],
    "review": [
        "decision:enum(rebook|outreach|discharge_with_safety_net|safeguarding)!",
        "rationale:text! | Why?",
    ],
}
