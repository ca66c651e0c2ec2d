"""A red-flag step is a day late: the clinical lead steps in and says what was done."""

from diagram import Diagram

diagram = d = Diagram(
    "direct_intervention",
    "Direct clinical intervention",
    version_tag="1.0.0",
    doc="Begun by the rung of LAD-RED a day after the due time: the clinical lead steps in where a red-flag step is "
    "still not done. Demo template: needs local clinical sign-off before use.",
)

d.lane("lead", "Clinical lead")

d.start("s0", "A day late", ("lead", 0))
d.user(
    "intervene",
    "Direct clinical intervention",
    ("lead", 1),
    doc="Speak to whoever should have done the step, and to the patient where that is needed. The step itself stays "
    "open until it is done; say here who does it by when.",
    groups="clinical_lead",
    priority="100",
    form="direct_intervention.intervene",
    properties={
        "escalation": "d → clinical_lead, service_manager; d+P1D → safety_officer",
        "calendar": "always",
        "expectedDuration": "PT4H",
    },
    inputs={
        "about_referral": "=about_referral",
        "pathway_name": "=pathway_name",
        "task_title": "=task_title",
        "climbed_at": "=climbed_at",
    },
    outputs={"action": "=action", "note": "=note", "done_by": "=done_by"},
)
d.end("end_done", "Stepped in", ("lead", 2))

d.path("s0", "intervene", "end_done")

forms = {
    "intervene": [
        "about_referral:shown | Referral",
        "pathway_name:shown | Pathway",
        "task_title:shown | Step that is late",
        "climbed_at:shown | Late since",
        "action:enum(done_myself|reassigned|patient_called_in|other_pathway|no_longer_needed)! | What was done",
        "done_by:datetime! | When the step is done at the latest",
        "note:text! | To whom you spoke, and what was agreed",
    ]
}

data_classes = {
    "*": "risk_flags",
    **dict.fromkeys(("about_referral", "pathway_name", "climbed_at"), "status"),
    "task_title": "task_titles",
    "done_by": "dates",
}
