"""Somebody saw a red flag: a clinician on call confirms it within an hour, and the answer is carried out at once."""

from diagram import Diagram

diagram = d = Diagram(
    "red_flag",
    "Red flag raised",
    version_tag="1.0.0",
    doc="A red flag is paged to the clinician on call, who confirms it: same-day emergency transfer, upgrade to urgent "
    "suspected cancer, or downgrade with a reason. Demo template: needs local clinical sign-off before use.",
)

d.lane("on_call", "Clinician on call")
d.lane("engine", "Engine")

SYSTEM = {"escalation": "LAD-RED", "expectedDuration": "PT1H"}

d.start("s0", "Red flag raised", ("engine", 0))
d.rule("propose", "What does the finding ask for?", ("engine", 1), decision="red_flag_action", result="proposed_action")
d.service(
    "page",
    "Page the clinician on call",
    ("engine", 2),
    type="notify",
    headers={
        "tell": "nearest_on_call,ent_surgeon,key_worker",
        "level": "red_flag",
        "text": "A red flag was raised: confirm it within an hour.",
    },
)
d.user(
    "confirm",
    "Clinician confirms red flag",
    ("on_call", 3),
    doc="'Not confirmed' goes with downgrade only; anything else is asked again. Whoever is on call, or an ENT surgeon "
    "or the clinical lead, may answer.",
    groups="nearest_on_call,ent_surgeon,clinical_lead",
    priority=100,
    form="red_flag.confirm",
    properties={
        "escalation": "LAD-RED",
        "calendar": "always",
        "expectedDuration": "PT1H",
        "patientText": "Something you told us needs a doctor's look today. A doctor decides within an hour.",
    },
    outputs={
        "confirmed": "=confirmed",
        "red_flag_action": "=action",
        "red_flag_rationale": "=rationale",
        "priority": '=if action = "emergency_transfer" then "stat"'
        ' else if action = "urgent_suspected_cancer" then "urgent_suspected_cancer" else priority',
    },
)
d.xor("clear", "A red flag?", ("on_call", 4))
d.xor("which", "Transfer?", ("engine", 4))
d.service(
    "transfer",
    "Same-day emergency transfer instruction",
    ("engine", 5),
    type="notify",
    headers={
        "tell": "nearest_on_call,ent_surgeon,key_worker,coordinator",
        "level": "red_flag",
        "text": "Same-day emergency transfer: call the receiving hospital by phone now.",
    },
)
d.end("end_transfer", "Emergency transfer", ("engine", 6))
d.xor("open_already", "Cancer pathway open already?", ("engine", 5, 1))
d.service(
    "usc",
    "Start the suspected cancer pathway",
    ("engine", 6, 1),
    type="pathway.start",
    headers={"pathway": "ent_imaging_oncology"},
    inputs={
        "referral_id": '=referral_id + "-RF"',
        "patient_id": "=patient_id",
        "patient": "=patient",
        "requester": "=requester",
        "reason": '="Red flag: " + (if finding = null then "see the record" else finding)',
        "clinical_question": '="Malignancy?"',
        "priority": '="urgent_suspected_cancer"',
    },
    outputs={"started_case": "=started_case"},
    properties=SYSTEM,
)
d.service(
    "tell_usc",
    "Tell coordinator: urgent suspected cancer",
    ("engine", 7, 1),
    type="notify",
    headers={
        "tell": "coordinator,key_worker",
        "level": "red_flag",
        "text": "A red flag was confirmed: the case is now urgent suspected cancer.",
    },
)
d.end("end_usc", "Urgent suspected cancer", ("engine", 8, 1))
d.service(
    "tell_down",
    "Tell who raised it, with the reason",
    ("on_call", 5),
    type="notify",
    headers={
        "tell": "key_worker,referrer",
        "level": "information",
        "text": "A red flag was looked at and not confirmed; the reason is in the case.",
    },
)
d.end("end_down", "Not a red flag", ("on_call", 6))

d.path("s0", "propose", "page", "confirm", "clear")
d.flow("clear", "which", default=True, name="yes")
d.flow(
    "clear",
    "confirm",
    when='=confirmed = false and red_flag_action != "downgrade"',
    name="unclear: asked again",
    exit="top",
    enter="top",
)
d.flow("clear", "tell_down", when='=red_flag_action = "downgrade"', name="no")
d.flow("which", "transfer", when='=red_flag_action = "emergency_transfer"', name="yes")
d.flow("which", "open_already", default=True, name="no: suspected cancer")
d.path("transfer", "end_transfer")
d.flow("open_already", "usc", default=True, name="no")
d.flow("open_already", "tell_usc", when="=cancer_pathway_open = true", name="yes", exit="bottom", enter="bottom")
d.path("usc", "tell_usc", "end_usc")
d.path("tell_down", "end_down")

forms = {
    "confirm": [
        "confirmed:bool! | Is it a red flag?",
        "action:enum(emergency_transfer|urgent_suspected_cancer|downgrade)! | What is done?",
        "rationale:text! | Why?",
    ],
}


def words(*given: str) -> str:
    """Whether the finding speaks of one of these."""
    return " or ".join(f'contains(lower case(?), "{word}")' for word in given)


TRANSFER, CANCER = '"emergency_transfer"', '"urgent_suspected_cancer"'
decisions = {
    "red_flag_action": {
        "name": "What does a red flag ask for?",
        "hit": "FIRST",
        "inputs": {"Finding": 'if finding = null then "" else string(finding)'},
        "outputs": {"action": "string"},
        "rules": [
            [words("airway", "stridor", "breath"), TRANSFER],
            [words("sepsis", "spreading infection", "fever"), TRANSFER],
            [words("orbit", "eye", "vision"), TRANSFER],
            [words("bleed", "haemorrhage", "hemorrhage"), TRANSFER],
            [words("cord compression", "weakness of legs"), TRANSFER],
            ["-", CANCER],
        ],
    }
}

data_classes = dict.fromkeys(("confirmed", "action", "rationale"), "risk_flags")
