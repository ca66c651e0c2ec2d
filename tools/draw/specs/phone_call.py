"""A patient has not been reached in writing: the booking office calls."""

from diagram import Diagram

diagram = d = Diagram(
    "phone_call",
    "Phone call to the patient",
    version_tag="1.0.0",
    doc="Begun by the rung of LAD-PATIENT after four days: the booking office calls the patient or carer. The step "
    "that waits for the patient goes on by itself. Demo template: needs local clinical sign-off before use.",
)

d.lane("booking", "Booking office")

d.start("s0", "Four days without an answer", ("booking", 0))
d.user(
    "call",
    "Call the patient",
    ("booking", 1),
    doc="The phone number is in the case. Call at different times of the day; leave no clinical detail on a machine.",
    groups="booking_office",
    priority="60",
    form="phone_call.call",
    properties={
        "escalation": "d → booking_office; d+P1D → coordinator",
        "calendar": "working",
        "expectedDuration": "P1D",
    },
    inputs={
        "about_referral": "=about_referral",
        "pathway_name": "=pathway_name",
        "task_title": "=task_title",
        "climbed_at": "=climbed_at",
    },
    outputs={"reached": "=reached", "calls": "=calls", "note": "=note"},
)
d.end("end_called", "Called", ("booking", 2))

d.path("s0", "call", "end_called")

forms = {
    "call": [
        "about_referral:shown | Referral",
        "pathway_name:shown | Pathway",
        "task_title:shown | What the patient is needed for",
        "climbed_at:shown | Not reached since",
        "reached:enum(patient|carer|left_message|wrong_number|nobody)! | Who was reached",
        "calls:int{1..20}! | How often you called",
        "note:text | What was agreed",
    ]
}

data_classes = {
    "*": "contact",
    **dict.fromkeys(("about_referral", "pathway_name", "climbed_at"), "status"),
    "task_title": "task_titles",
}
