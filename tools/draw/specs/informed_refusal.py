"""The patient declines a step: an informed-refusal conversation, the referrer told, a safety net agreed."""

from diagram import Diagram

diagram = d = Diagram(
    "informed_refusal",
    "Informed refusal",
    version_tag="1.0.0",
    doc="The patient declines what was offered: conversation, outcome to the referrer, review date. The caller "
    "cancels the steps that depended on it. Demo template: needs local clinical sign-off before use.",
)

d.lane("key_worker", "Key worker")
d.lane("engine", "Engine")

d.start("s0", "Patient declines", ("key_worker", 0))
d.user(
    "refusal",
    "Informed-refusal conversation",
    ("key_worker", 1),
    groups="key_worker",
    priority=50,
    form="informed_refusal.refusal",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "working",
        "expectedDuration": "P2D",
        "patientText": "You said no to something we offered. Your key worker talks with you about what that means.",
    },
)
d.xor("capacity", "Doubt about capacity?", ("engine", 2))
d.service(
    "tell_lead",
    "Tell the clinical lead: capacity in doubt",
    ("engine", 3, 1),
    type="notify",
    headers={
        "tell": "clinical_lead",
        "level": "escalation",
        "text": "A patient declined a step and the key worker doubts their capacity to decide.",
    },
)
d.send(
    "outcome",
    "Tell the referrer: declined by patient",
    ("engine", 4),
    type="referral.send",
    message="referral.outcome",
    headers={"message": "referral.outcome", "to": "requester"},
    inputs={"outcome": '="declined by patient"'},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT4H"},
)
d.xor("net", "Review agreed?", ("engine", 5))
d.service(
    "safety_net",
    "Plan the review on the agreed date",
    ("engine", 6, 1),
    type="follow.up",
    inputs={"on": "=review_on", "what": '="Review after refusal: " + what_declined', "role": '="key_worker"'},
    outputs={"follow_up_on": "=review_on"},
    properties={"escalation": "LAD-URGENT", "expectedDuration": "PT4H"},
)
d.end("end_ok", "Refusal recorded", ("engine", 7))

d.path("s0", "refusal", "capacity")
d.flow("capacity", "tell_lead", when="=capacity_concern = true", name="yes")
d.flow("capacity", "outcome", default=True, name="no")
d.path("tell_lead", "outcome", "net")
d.flow("net", "safety_net", when="=review_on != null", name="yes")
d.flow("net", "end_ok", default=True, name="no")
d.flow("safety_net", "end_ok")

forms = {
    "refusal": [
        "what_declined:string! | What is declined",
        "understands_risk:bool! | Does the patient understand the risk?",
        "capacity_concern:bool! | Is there doubt about capacity to decide?",
        "alternative_accepted:enum(none|watchful_wait|other_treatment|second_opinion)!",
        "decision_aid_given:bool | A decision aid was given",
        "review_on:date | Review on",
    ],
}
