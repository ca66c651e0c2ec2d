"""The date of a treatment has moved: is the plan still achievable?"""

from diagram import Diagram

diagram = d = Diagram(
    "treatment_date_moved",
    "Treatment date moved",
    version_tag="1.0.0",
    doc="The caller has set its anchor date, so every due time that hangs on it has moved; the coordinator confirms "
    "that the plan is still achievable. Demo template: needs local clinical sign-off before use.",
)

d.lane("coordination", "Coordination")
d.lane("engine", "Engine")

d.start("s0", "Date moved", ("coordination", 0))
d.user(
    "confirm_plan",
    "Coordinator confirms the new plan is still achievable",
    ("coordination", 1),
    groups="coordinator",
    priority=50,
    form="treatment_date_moved.confirm_plan",
    properties={
        "escalation": "LAD-URGENT",
        "calendar": "working",
        "expectedDuration": "PT8H",
        "patientText": "The date of your treatment has changed; we check that everything before it still fits.",
    },
)
d.xor("fits", "Achievable?", ("coordination", 2))
d.service(
    "tell_leads",
    "Tell leads: the plan does not fit the new date",
    ("engine", 2),
    type="notify",
    headers={
        "tell": "clinical_lead,key_worker",
        "level": "escalation",
        "text": "A treatment date moved and the plan before it no longer fits: decide how to go on.",
    },
)
d.end("end_told", "Leads decide", ("engine", 3))
d.end("end_ok", "Plan confirmed", ("coordination", 3))

d.path("s0", "confirm_plan", "fits")
d.flow("fits", "end_ok", default=True, name="yes")
d.flow("fits", "tell_leads", when='=achievable != "yes"', name="no, or conference needed")
d.path("tell_leads", "end_told")

forms = {
    "confirm_plan": [
        "achievable:enum(yes|needs_conference|no)! | Is the plan still achievable?",
        "notes:text",
    ],
}

data_classes = dict.fromkeys(("achievable", "notes"), "status")
